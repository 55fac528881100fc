"""What other installed packages bring along, by the groups of their entry points.

========================  ==========================================================================
group                     what each entry names
========================  ==========================================================================
``colloquia.providers``   a function ``provider(surroundings)``; its models are ``NAME:model``
``colloquia.procedures``  a class that is a ``Kind``; a study names it as ``kind = "NAME"``
``colloquia.measures``    a ``Measure``; its id is its name
========================  ==========================================================================

What comes with Colloquia keeps its name. Looking takes a while, so that it is done once, and only where a name is not
one of ours.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points

from colloquia.errors import SettingsError


@cache
def brought(group: str) -> dict[str, EntryPoint]:
    """Return what installed packages bring under a group, by name."""
    return {entry.name: entry for entry in entry_points(group=f"colloquia.{group}")}


@cache
def loaded(group: str, name: str) -> object:
    """Return what a package brings under a name; None where none does.

    Raises:
        SettingsError: it cannot be imported.
    """
    entry = brought(group).get(name)
    if entry is None:
        return None
    try:
        return entry.load()
    except (ImportError, AttributeError) as error:
        package = entry.dist.name if entry.dist else entry.value
        raise SettingsError(
            f"{package}, which brings {name!r}, cannot be loaded: {error}. Install it again."
        ) from error
