"""Where conversations are held: in this process, or in workers on this machine or on others."""
