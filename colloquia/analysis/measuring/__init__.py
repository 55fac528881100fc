"""Measuring: what a measure is, what it is handed, how texts are read, and where measures are found."""
