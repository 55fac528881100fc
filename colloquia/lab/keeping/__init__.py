"""What run folders hold: read, checked, forked, measured, reported, written in other forms."""
