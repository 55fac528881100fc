"""Which measures there are: every file of ``measures`` that has a ``MEASURE``, and those of files of your own.

A measure of your own is ``"file.py:NAME"``, a :class:`~colloquia.analysis.measuring.measure.Measure` under that name
in the file. Its Python runs here, so whoever names it must have said so: on the command line by writing it there, in a
data file only together with ``--allow-code``. An example of 34 lines stands in ``tests/data/measures/shouting.py``.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from colloquia.analysis.measuring.measure import Measure
from colloquia.errors import DesignError, nearest
from colloquia.own_code import defined
from colloquia.plugins import brought, loaded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from colloquia.places import Place

_HOME = "colloquia.analysis.measures"


@cache
def built_in() -> dict[str, Measure]:
    """Return the measures that come with Colloquia, by id, in alphabetical order; then those of installed packages.

    Raises:
        DesignError: what a package brings is no measure.
    """
    found: dict[str, Measure] = {}
    for file in sorted(iter_modules(import_module(_HOME).__path__), key=lambda file: file.name):
        measure = import_module(f"{_HOME}.{file.name}").MEASURE
        found[measure.id] = measure
    for name in brought("measures"):
        measure = loaded("measures", name)
        if not isinstance(measure, Measure) or measure.id != name:
            raise DesignError(f"{name!r}, which an installed package brings, is no Measure with that id.")
        found.setdefault(name, measure)
    return found


def named(name: str, *, allows_code: bool) -> Measure:
    """Return the measure of an id, or of ``"file.py:NAME"``.

    Args:
        name: What is asked for.
        allows_code: Whether Python of that file may run.

    Raises:
        DesignError: there is none, or its file may not or cannot be run.
    """
    path, colon, attribute = name.rpartition(":")
    if colon and path.endswith(".py"):
        if not allows_code:
            raise DesignError(f"{name!r} runs Python code: add --allow-code if you trust it.")
        return _own(Path(path), attribute)
    if name not in built_in():
        raise DesignError(
            f"No measure {name!r}.{nearest(name, built_in())} There are: {', '.join(built_in())}. One of your own is "
            "named as 'file.py:NAME'."
        )
    return built_in()[name]


def check_variables(spoken_of: Mapping[str, Place]) -> dict[str, Place]:
    """Return those names that can only be variables of a measure of one's own, which nobody knows before it is run.

    Args:
        spoken_of: Names such as ``lexical_diversity.mattr``, each with the place of the study where it stands.

    Raises:
        DesignError: a measure has no such variable, or is called almost like one that there is.
    """
    known = {
        f"{measure.id}.{variable.name}": measure.id for measure in built_in().values() for variable in measure.variables
    }
    strangers: dict[str, Place] = {}
    for name, place in spoken_of.items():
        own = [each for each, measure in known.items() if measure == name.partition(".")[0]]
        if own or nearest(name, known):
            place.known(name, own or known, what="variable of a measure")
        else:
            strangers[name] = place
    return strangers


def _own(path: Path, attribute: str) -> Measure:
    measure = defined(path, attribute)
    if not isinstance(measure, Measure):
        raise DesignError(f"{path} has no measure {attribute!r}: it must be a Measure under that name.")
    if measure.id in built_in():
        raise DesignError(f"{path}: {measure.id!r} is the id of a measure of Colloquia; choose another.")
    return measure
