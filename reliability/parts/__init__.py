"""One file for each proof; each offers ``prove(scale, seed, say)`` and returns its rows."""
