"""The laboratory: puts the pieces together, and is the only place that chooses among them."""
