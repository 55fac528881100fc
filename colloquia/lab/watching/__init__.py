"""Runs that are followed as they go."""
