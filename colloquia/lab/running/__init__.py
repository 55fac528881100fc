"""Studies that are run, here and in the background."""
