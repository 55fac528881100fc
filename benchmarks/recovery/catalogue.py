"""All parts, in the order of the page."""

from benchmarks.recovery import differences, relations

PARTS = (*differences.PARTS, *relations.PARTS)
"""Every kind of study that is simulated."""
