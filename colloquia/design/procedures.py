"""The procedures that a study can name, with their settings; one file each in ``conversation/procedures``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from colloquia.conversation.procedures import dialogue, group
from colloquia.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType

    from colloquia.conversation.steps import Procedure, Setup
    from colloquia.places import Place


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What a file of ``conversation/procedures`` holds."""

    version: int
    defaults: Mapping[str, str | None]
    """Settings that a study may write, and what they are where it does not."""
    most_seats: int | None
    made: Callable[[Setup, Mapping[str, str | None]], Procedure]
    seats_may_change: bool
    """True where somebody may join or leave on the way."""


def _kind(file: ModuleType) -> Kind:
    return Kind(
        version=file.VERSION,
        defaults=file.DEFAULTS,
        most_seats=file.MOST_SEATS,
        made=file.made,
        seats_may_change=getattr(file, "SEATS_MAY_CHANGE", False),
    )


KINDS: Mapping[str, Kind] = {"dialogue": _kind(dialogue), "group": _kind(group)}


@dataclass(frozen=True, kw_only=True)
class ChosenProcedure:
    """A procedure with its settings, as a scenario has it."""

    kind: str
    settings: Mapping[str, str | None]
    """All of them, those left out at their defaults."""

    def made(self, setup: Setup) -> Procedure:
        """Return the procedure of a conversation."""
        return KINDS[self.kind].made(setup, self.settings)

    def identity(self) -> dict[str, Any]:
        """Return what stands for it in the identity of a conversation."""
        return {"kind": self.kind, "version": KINDS[self.kind].version, "settings": dict(self.settings)}


def read_procedure(value: object, place: Place) -> ChosenProcedure:
    """Return the procedure that a study or a scenario names.

    Raises:
        DesignError: there is no such procedure or setting.
    """
    words = value if isinstance(value, dict) else {"kind": value}
    kind = place.at("kind").text(words.get("kind"))
    if kind not in KINDS:
        known = ", ".join(repr(name) for name in KINDS)
        raise place.error(f"the procedure {kind!r} is not built yet; what there is: {known}.")
    for word in words:
        place.known(word, ("kind", *KINDS[kind].defaults), what=f"setting of the procedure {kind!r}")
    written = {word: place.at(word).text(words[word]) for word in words if word != "kind"}
    return ChosenProcedure(kind=kind, settings={**KINDS[kind].defaults, **written})


def check_procedure(chosen: ChosenProcedure, setup: Setup, place: Place) -> None:
    """Make sure that a procedure can be held in a scenario.

    Raises:
        DesignError: a setting does not fit its roles.
    """
    try:
        chosen.made(setup)
    except DesignError as error:
        raise DesignError(f"{place.path}.{error}") from None
