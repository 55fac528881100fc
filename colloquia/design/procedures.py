"""The procedures that a study can name, with their settings; one file each in ``conversation/procedures``.

A procedure of one's own is named ``FILE.py:NAME``. The design only knows its name, version and settings, which is all
that its conversations are known by; its code is brought along by whoever is allowed to run it.
"""

from __future__ import annotations

from dataclasses import MISSING, dataclass, replace
from typing import TYPE_CHECKING, Any, NoReturn

from colloquia.conversation.kind import Kind, as_text
from colloquia.conversation.materials import fill, slot_names
from colloquia.conversation.procedures.bargain import Bargain
from colloquia.conversation.procedures.commons import Commons
from colloquia.conversation.procedures.dialogue import Dialogue
from colloquia.conversation.procedures.game import MatrixGame
from colloquia.conversation.procedures.group import Group
from colloquia.conversation.procedures.interview import Interview, Questionnaire
from colloquia.conversation.procedures.population import Population
from colloquia.conversation.procedures.public_goods import PublicGoods
from colloquia.conversation.procedures.trust import Trust
from colloquia.conversation.procedures.ultimatum import Ultimatum
from colloquia.errors import DesignError, nearest
from colloquia.plugins import brought, loaded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from colloquia.conversation.steps import Setup
    from colloquia.conversation.transcript import Event
    from colloquia.places import Place

KINDS: Mapping[str, type[Kind]] = {
    "dialogue": Dialogue,
    "group": Group,
    "interview": Interview,
    "questionnaire": Questionnaire,
    "game": MatrixGame,
    "public goods": PublicGoods,
    "ultimatum": Ultimatum,
    "trust": Trust,
    "bargain": Bargain,
    "commons": Commons,
    "population": Population,
}

OWN = "FILE.py:NAME"


def kind_of(name: str) -> type[Kind] | None:
    """Return the procedure of a name, also one that an installed package brings; None where there is none.

    Raises:
        DesignError: a package brings something else under that name.
    """
    if name in KINDS:
        return KINDS[name]
    found = loaded("procedures", name)
    if found is None:
        return None
    if not (isinstance(found, type) and issubclass(found, Kind)):
        raise DesignError(f"{name!r}, which an installed package brings, is no kind of procedure.")
    return found


@dataclass(frozen=True, kw_only=True)
class Unread(Kind):
    """A procedure of the researcher's own whose code nobody has allowed to run."""

    kind: str
    written: Mapping[str, Any]
    """The settings that the study writes."""

    has_moves = True

    def next_step(self, events: Sequence[Event]) -> NoReturn:  # noqa: ARG002 (nothing is known of it)
        """Refuse.

        Raises:
            DesignError: always.
        """
        raise DesignError(
            f"procedure: {self.kind!r} runs Python code that the study names: add --allow-code if you trust it."
        )

    def slots(self, role: str) -> dict[str, str]:  # noqa: ARG002 (the same for all)
        """Return the settings that are texts or numbers."""
        return {name: as_text(value) for name, value in self.written.items() if isinstance(value, str | int | float)}


@dataclass(frozen=True, kw_only=True)
class ChosenProcedure:
    """A procedure with its settings, as a scenario has it."""

    kind: str
    version: int
    settings: Mapping[str, Any]
    """All of them, those left out at their defaults; of one's own only those that are written."""

    @property
    def is_own(self) -> bool:
        """True where it is the researcher's code."""
        return is_own(self.kind)

    @property
    def of(self) -> type[Kind]:
        """What its file holds."""
        return kind_of(self.kind) or Unread

    def made(self, setup: Setup, own: Mapping[str, type[Kind]] | None = None) -> Kind:
        """Return the procedure of a conversation.

        Args:
            setup: What it is made for.
            own: Procedures whose code may be run, by ``FILE.py:NAME``.

        Raises:
            DesignError: code of one's own knows no such setting.
        """
        if not self.is_own:
            return self.of(setup=setup, **self.settings)
        if own is None or self.kind not in own:
            return Unread(setup=setup, kind=self.kind, written=self.settings)
        known = own[self.kind].settings()
        for word in self.settings:
            if word not in known:
                raise DesignError(f"procedure.{word}: {self.kind} has no such setting.{nearest(word, known)}")
        return own[self.kind](setup=setup, **self.settings)

    def identity(self) -> dict[str, Any]:
        """Return what stands for it in the identity of a conversation; its length does not."""
        settings = {name: value for name, value in self.settings.items() if name not in self.of.lengths}
        return {"kind": self.kind, "version": self.version, "settings": settings}

    def filled(self, slots: Mapping[str, str], place: Place) -> ChosenProcedure:
        """Return it with the slots in its texts filled, itself where it has none.

        Words that the procedure itself fills stay as they are.

        Raises:
            DesignError: a slot has no value.
        """
        own = {word: f"{{{{{word}}}}}" for word in self.of.words}

        def text(value: str, here: Place) -> str:
            try:
                return fill(value, {**slots, **own})
            except DesignError as error:
                raise here.error(str(error)) from None

        settings = {name: _mapped(value, text, place.at(name)) for name, value in self.settings.items()}
        return self if settings == self.settings else replace(self, settings=settings)


def read_procedure(value: object, place: Place) -> ChosenProcedure:
    """Return the procedure that a study or a scenario names.

    Raises:
        DesignError: there is no such procedure or setting.
    """
    words = value if isinstance(value, dict) else {"kind": value}
    kind = place.at("kind").text(words.get("kind"))
    written = {word: value for word, value in words.items() if word != "kind"}
    if is_own(kind):
        version = place.at("version").whole_number(written.pop("version", 1), least=1)
        return ChosenProcedure(kind=kind, version=version, settings=written)
    if kind not in KINDS:
        known = (*KINDS, *brought("procedures"))
        place.at("kind").known(kind, known, what=f"procedure, nor one of your own ({OWN})")
    found = kind_of(kind) or Unread
    settings = found.settings()
    for word in written:
        place.known(word, ("kind", *settings), what=f"setting of the procedure {kind!r}")
    return ChosenProcedure(kind=kind, version=found.version, settings={**settings, **written})


def check_procedure(chosen: ChosenProcedure, setup: Setup, place: Place) -> None:
    """Make sure that a procedure can be held in a scenario.

    Raises:
        DesignError: a setting is missing or says something that cannot be, or does not fit its roles.
    """
    for name, value in chosen.settings.items():
        if value is MISSING:
            raise place.at(name).error(f"missing; the procedure {chosen.kind!r} needs it.")
    chosen.made(setup).check(place)


def is_own(kind: str) -> bool:
    """Tell whether a word names a procedure in a file of the researcher's own."""
    file, colon, name = kind.rpartition(":")
    return bool(colon) and file.endswith(".py") and name.isidentifier()


def settings_of(value: object) -> frozenset[str]:
    """Return the settings that a factor may set in a procedure, as far as it can be read."""
    kind = value.get("kind") if isinstance(value, dict) else value
    known = kind_of(kind) if isinstance(kind, str) and not is_own(kind) else None
    written = [word for word in value if word not in ("kind", "version")] if isinstance(value, dict) else []
    return frozenset([*written, *(known.settings() if known else ())])


def seats_of(value: object) -> tuple[str, ...]:
    """Return the roles of a scenario in which one prompt serves all seats, as far as its procedure can be read."""
    words = value if isinstance(value, dict) else {"kind": value}
    kind = str(words.get("kind"))
    known = Unread if is_own(kind) else kind_of(kind) or Unread
    return known.seats({**known.settings(), **words})


def procedure_texts(value: object) -> Iterator[str]:
    """Yield the texts of a procedure's settings that may hold slots, as the researcher wrote them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from procedure_texts(part)


def _mapped(value: Any, text: Callable[[str, Place], str], place: Place) -> Any:  # noqa: ANN401 (any JSON)
    if isinstance(value, str):
        return text(value, place) if any(slot_names(value)) or "{{" in value else value
    if isinstance(value, list):
        return [_mapped(part, text, place.at(number)) for number, part in enumerate(value)]
    if isinstance(value, dict):
        return {name: _mapped(part, text, place.at(name)) for name, part in value.items()}
    return value
