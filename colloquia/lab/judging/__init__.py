"""Judges and people who say what conversations were: asked, drawn, labelled, compared."""
