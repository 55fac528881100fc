"""What the pages under `docs/reference` say is taken from the code while the documentation is built."""
