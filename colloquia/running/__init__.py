"""Many conversations at once: the work that is missing, the calls it takes, and what they cost."""
