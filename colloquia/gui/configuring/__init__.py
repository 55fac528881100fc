"""The panels of the page Configure, one file each."""
