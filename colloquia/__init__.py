"""Colloquia: the laboratory for conversations between language models."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from colloquia.version import VERSION

if TYPE_CHECKING:
    from colloquia import figures
    from colloquia.analysis.statistics.statistics import statistics
    from colloquia.analysis.tables import Frames, load
    from colloquia.conversation.refusals import is_refusal
    from colloquia.design.study import Experiment
    from colloquia.errors import ColloquiaError
    from colloquia.lab.judging.asking_judges import judge
    from colloquia.lab.keeping.folders import check, export, verify
    from colloquia.lab.keeping.forking import fork
    from colloquia.lab.planning.planning import Plan
    from colloquia.lab.running.runs import Summary, plan, run

__version__ = VERSION

_HOME = {
    "ColloquiaError": "colloquia.errors",
    "Experiment": "colloquia.design.study",
    "Frames": "colloquia.analysis.tables",
    "Plan": "colloquia.lab.planning.planning",
    "Summary": "colloquia.lab.running.runs",
    "check": "colloquia.lab.keeping.folders",
    "export": "colloquia.lab.keeping.folders",
    "figures": "colloquia.figures",
    "fork": "colloquia.lab.keeping.forking",
    "is_refusal": "colloquia.conversation.refusals",
    "judge": "colloquia.lab.judging.asking_judges",
    "load": "colloquia.analysis.tables",
    "plan": "colloquia.lab.running.runs",
    "run": "colloquia.lab.running.runs",
    "statistics": "colloquia.analysis.statistics.statistics",
    "verify": "colloquia.lab.keeping.folders",
}

__all__ = [
    "ColloquiaError",
    "Experiment",
    "Frames",
    "Plan",
    "Summary",
    "check",
    "export",
    "figures",
    "fork",
    "is_refusal",
    "judge",
    "load",
    "plan",
    "run",
    "statistics",
    "verify",
]


def __getattr__(name: str) -> object:
    """Import what is asked for, so that ``import colloquia`` stays light."""
    if name not in _HOME:
        raise AttributeError(f"module 'colloquia' has no attribute {name!r}")
    home = import_module(_HOME[name])
    return home if _HOME[name] == f"{__name__}.{name}" else getattr(home, name)


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
