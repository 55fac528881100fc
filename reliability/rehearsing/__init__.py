"""Studies held by the real command against a simulator on a socket: what they leave behind, and what has to hold."""
