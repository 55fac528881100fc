"""The schedule of a study: what happens at given turns, each text filled; one that comes out empty does nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from colloquia.conversation.materials import fill
from colloquia.conversation.schedule import Announced, Happening, Said
from colloquia.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from colloquia.design.words import Place

_WORDS = frozenset({"after", "announce", "to", "say", "role"})
_TO_COME = ("edit", "prompt", "join", "leave")


def schedule_texts(value: object) -> list[str]:
    """Return the texts of a schedule that may hold slots, as the researcher wrote them."""
    entries = [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
    return [entry[word] for entry in entries for word in ("announce", "say") if isinstance(entry.get(word), str)]


def read_schedule(value: object, roles: Sequence[str], slots: Mapping[str, str], place: Place) -> tuple[Happening, ...]:
    """Return what happens at given turns, in the order of the study.

    Raises:
        DesignError: an entry says something that cannot happen.
    """
    if not isinstance(value, list):
        raise place.error('expected a list, such as [{ after = 8, announce = "A note is passed in." }].')
    read = [_happening(entry, roles, slots, place.at(number)) for number, entry in enumerate(value)]
    return tuple(happening for happening in read if happening is not None)


def _happening(entry: object, roles: Sequence[str], slots: Mapping[str, str], place: Place) -> Happening | None:
    words = place.mapping(entry, of="after = turn, announce = text")
    for word in words:
        if word in _TO_COME:
            raise place.at(word).error("is not built yet.")
        place.known(word, _WORDS, what="word of a schedule")
    after = place.at("after").whole_number(words.get("after"), least=0)
    if ("announce" in words) == ("say" in words):
        raise place.error("needs either `announce`, or `say` and `role`.")
    word = "announce" if "announce" in words else "say"
    if word == "say" and ("role" not in words or "to" in words):
        raise place.error("`say` needs a `role`, and is heard by all who hear that role's turns.")
    if word == "announce" and "role" in words:
        raise place.error("an announcement is nobody's; `to` says who reads it.")
    text = _filled(words[word], slots, place.at(word))
    if not text.strip():
        return None
    if word == "say":
        return Said(after=after, role=place.at("role").known(str(words["role"]), roles, what="role here"), line=text)
    return Announced(after=after, text=text, to=_readers(words.get("to"), roles, place.at("to")))


def _readers(value: Any, roles: Sequence[str], place: Place) -> tuple[str, ...] | None:  # noqa: ANN401 (a role or roles)
    if value is None:
        return None
    named = value if isinstance(value, list) else [value]
    if not named:
        raise place.error("names nobody.")
    return tuple(place.known(place.text(role), roles, what="role here") for role in named)


def _filled(text: object, slots: Mapping[str, str], place: Place) -> str:
    try:
        return fill(place.text(text), slots)
    except DesignError as error:
        raise error if str(error).startswith(place.path) else place.error(str(error)) from None
