"""What can be drawn of a study: functions of the frames that :func:`colloquia.load` returns, each giving a figure.

``colloquia.figures.trajectory(frames, "words", split="speaker_model")``
"""

from __future__ import annotations

from colloquia.analysis.figures.answers import answers
from colloquia.analysis.figures.comparison import comparison
from colloquia.analysis.figures.contrasts import contrasts
from colloquia.analysis.figures.differences import differences
from colloquia.analysis.figures.distribution import distribution
from colloquia.analysis.figures.endings import endings
from colloquia.analysis.figures.figure import Figure
from colloquia.analysis.figures.following import following
from colloquia.analysis.figures.heatmap import heatmap
from colloquia.analysis.figures.influences import influences
from colloquia.analysis.figures.moves import moves
from colloquia.analysis.figures.relation import relation
from colloquia.analysis.figures.shares import shares
from colloquia.analysis.figures.stances import stances
from colloquia.analysis.figures.trajectory import trajectory
from colloquia.analysis.figures.until import until

__all__ = [
    "Figure",
    "answers",
    "comparison",
    "contrasts",
    "differences",
    "distribution",
    "endings",
    "following",
    "heatmap",
    "influences",
    "moves",
    "relation",
    "shares",
    "stances",
    "trajectory",
    "until",
]
