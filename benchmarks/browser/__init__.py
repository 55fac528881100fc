"""What the pages cost a machine: memory over a long live run, seconds for a page, milliseconds for a tick."""
