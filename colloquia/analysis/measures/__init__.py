"""The measures: one file each, found by its ``MEASURE``; adding one is adding a file."""
