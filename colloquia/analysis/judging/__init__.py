"""Judging: what judges are shown and asked, how their answers are read, and how far they can be believed."""
