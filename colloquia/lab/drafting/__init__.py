"""Studies that are being written."""
