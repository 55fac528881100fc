"""What is on disk: the run folder, its append-only logs, and the tables derived from them."""
