"""Figures: one file each, a chart with the table it shows and a caption that says what it is."""
