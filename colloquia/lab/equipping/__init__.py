"""What this machine has for all of it: packages, weights, servers."""
