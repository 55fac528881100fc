"""One conversation: participants, materials, views, procedure, transcript; pure and without a clock."""
