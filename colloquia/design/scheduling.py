"""The schedule of a study: what happens at given turns, each text filled; one that comes out empty does nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from colloquia.conversation.materials import fill
from colloquia.conversation.schedule import Announced, Attended, Edited, Happening, Prompted, Said, Schedule
from colloquia.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from colloquia.places import Place

_BESIDE: Mapping[str, frozenset[str]] = {
    "announce": frozenset({"to"}),
    "say": frozenset({"role"}),
    "edit": frozenset(),
    "prompt": frozenset({"role"}),
    "join": frozenset(),
    "leave": frozenset(),
}
"""What can happen, each with the words that may stand beside it, `after` apart."""
_WORDS = frozenset({"after", "to", "role", *_BESIDE})


def schedule_texts(value: object) -> list[str]:
    """Return the texts of a schedule that may hold slots, as the researcher wrote them."""
    entries = [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
    return [entry[word] for entry in entries for word in _BESIDE if isinstance(entry.get(word), str)]


def read_schedule(
    value: object, roles: Sequence[str], slots: Mapping[str, str], place: Place, *, opener: Sequence[str] = ()
) -> tuple[Happening, ...]:
    """Return what happens at given turns, in the order of the study.

    Raises:
        DesignError: an entry says something that cannot happen.
    """
    if not isinstance(value, list):
        raise place.error('expected a list, such as [{ after = 8, announce = "A note is passed in." }].')
    if not value:
        return ()
    read = [_happening(entry, roles, slots, place.at(number)) for number, entry in enumerate(value)]
    schedule = Schedule(happenings=tuple(happening for happening in read if happening is not None))
    _check_attendance(read, schedule, roles, place)
    if missing := sorted(schedule.absent(0) & set(opener)):
        raise place.error(f"{missing[0]!r} opens the conversation, and is not there yet; write `opens`.")
    return schedule.happenings


def _happening(entry: object, roles: Sequence[str], slots: Mapping[str, str], place: Place) -> Happening | None:
    words = place.mapping(entry, of="after = turn, announce = text")
    for word in words:
        place.known(word, _WORDS, what="word of a schedule")
    found = [word for word in words if word in _BESIDE]
    if len(found) != 1:
        raise place.error(f"needs exactly one of {', '.join(f'`{word}`' for word in _BESIDE)}.")
    (word,) = found
    after = place.at("after").whole_number(words.get("after"), least=1 if word == "edit" else 0)
    _check_beside(word, words, place)
    text = _filled(words[word], slots, place.at(word))
    if not text.strip():
        return None
    if word in ("join", "leave"):
        return Attended(after=after, role=_role(text, roles, place.at(word)), is_there=word == "join")
    if word == "announce":
        return Announced(after=after, text=text, to=_readers(words.get("to"), roles, place.at("to")))
    if word == "edit":
        return Edited(after=after, text=text)
    role = _role(words["role"], roles, place.at("role"))
    return Said(after=after, role=role, line=text) if word == "say" else Prompted(after=after, role=role, prompt=text)


def _check_beside(word: str, words: Mapping[str, Any], place: Place) -> None:
    for other in ("to", "role"):
        if other in words and other not in _BESIDE[word]:
            raise place.at(other).error(
                "an announcement is nobody's; `to` says who reads it."
                if word == "announce"
                else f"does not go with `{word}`."
            )
    if "role" in _BESIDE[word] and "role" not in words:
        raise place.error(f"`{word}` needs a `role`.")


def _check_attendance(read: Sequence[Happening | None], schedule: Schedule, roles: Sequence[str], place: Place) -> None:
    """Refuse comings and goings that cannot be, and what is said by or to somebody who is not there."""
    changes = [(number, each) for number, each in enumerate(read) if isinstance(each, Attended)]
    was_there: dict[str, bool] = {}
    for number, change in sorted(changes, key=lambda pair: pair[1].after):
        here = place.at(number).at("join" if change.is_there else "leave")
        if was_there.setdefault(change.role, not change.is_there) == change.is_there or change.after == 0:
            state = "there already" if change.is_there else "not there"
            raise here.error(f"{change.role!r} is {state} after turn {change.after}.")
        was_there[change.role] = change.is_there
        if set(roles) <= schedule.absent(change.after):
            raise here.error(f"nobody is left after turn {change.after}.")
    for number, happening in enumerate(read):
        if isinstance(happening, Said) and happening.role in schedule.absent(happening.after):
            raise place.at(number).at("role").error(f"{happening.role!r} is not there after turn {happening.after}.")
        if isinstance(happening, Announced) and happening.to and set(happening.to) <= schedule.absent(happening.after):
            raise place.at(number).at("to").error(f"nobody of these is there after turn {happening.after}.")


def _role(value: object, roles: Sequence[str], place: Place) -> str:
    return place.known(place.text(value), roles, what="role here")


def _readers(value: Any, roles: Sequence[str], place: Place) -> tuple[str, ...] | None:  # noqa: ANN401 (a role or roles)
    if value is None:
        return None
    named = value if isinstance(value, list) else [value]
    if not named:
        raise place.error("names nobody.")
    return tuple(_role(role, roles, place) for role in named)


def _filled(text: object, slots: Mapping[str, str], place: Place) -> str:
    try:
        return fill(place.text(text), slots)
    except DesignError as error:
        raise error if str(error).startswith(place.path) else place.error(str(error)) from None
