"""What a turn costs: a run with everything switched on beside the least that one Python process can do."""
