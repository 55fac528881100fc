"""All parts, in the order of the page."""

from benchmarks.recovery import differences, judges, relations

PARTS = (*differences.PARTS, *relations.PARTS, *judges.PARTS)
"""Every kind of study that is simulated."""
