"""The probes of a study: each question with whom it is asked, when, how it is answered and who remembers it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from colloquia.conversation.materials import fill
from colloquia.conversation.probes import END, MOMENTS, SHOWN, START, Open, Options, Probe, Scale
from colloquia.design.factors import COLUMNS
from colloquia.design.words import WORDS, check_names
from colloquia.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from colloquia.conversation.probes import Shown
    from colloquia.places import Place

_WORDS = frozenset({"ask", "when", "scale", "options", "open", "shown", "question"})
_KINDS = ("scale", "options", "open")
_BOUNDS = 2
_LEAST_OPTIONS = 2
EACH = "each"


def check_probes(value: object, place: Place) -> None:
    """Refuse what can be no probe in any scenario.

    Raises:
        DesignError: a word is unknown or missing, or says something that cannot be asked.
    """
    if value is None:
        return
    entries = place.mapping(value, of="name = { ask, when, scale, question }")
    check_names(entries, place, what="probe")
    for name, entry in entries.items():
        here = place.at(name)
        if not name.isidentifier() or not name.isascii() or name in WORDS:
            raise here.error("a probe is named with letters, digits and underscores, and not like a word of the study.")
        if name in COLUMNS:
            raise here.error("a probe cannot be called so: every table has a column of that name.")
        words = here.mapping(entry, of="ask, when, scale, question")
        for word in words:
            here.known(word, _WORDS, what="word of a probe")
        if not here.at("question").text(words.get("question", "")).strip():
            raise here.at("question").error("is missing: a probe asks something.")
        _asked(words, here)
        _moments(words.get("when", END), here.at("when"))
        _answers(words, here)
        here.at("shown").known(str(words.get("shown", "never")), SHOWN, what="word for who remembers a probe")


def probe_texts(value: object, roles: Sequence[str]) -> list[str]:
    """Return the questions that are asked in a scenario with these roles, as the researcher wrote them."""
    entries = value.values() if isinstance(value, dict) else ()
    return [
        entry["question"]
        for entry in entries
        if isinstance(entry, dict) and _roles(entry, roles) and isinstance(entry.get("question"), str)
    ]


def probes_of(value: object, roles: Sequence[str]) -> list[str]:
    """Return the names of the probes that are asked in a scenario with these roles."""
    entries = value.items() if isinstance(value, dict) else ()
    return [name for name, entry in entries if isinstance(entry, dict) and _roles(entry, roles)]


def read_probes(
    value: object, roles: Sequence[str], slots: Mapping[str, str], shown: Mapping[str, Shown], place: Place
) -> tuple[Probe, ...]:
    """Return the probes of a scenario, in the order of the study; those that ask none of its roles left out.

    Args:
        value: The word ``probes``, checked.
        roles: The roles of the scenario, in seat order.
        slots: What fills the questions.
        shown: Who remembers a probe, where a factor sets it, by probe.
        place: Where the probes stand in the study.
    """
    if not isinstance(value, dict):
        return ()
    return tuple(
        Probe(
            name=name,
            ask=asked,
            when=_moments(words.get("when", END), place.at(name).at("when")),
            question=_filled(words["question"], slots, place.at(name).at("question")),
            answers=_answers(words, place.at(name)),
            shown=shown.get(name, words.get("shown", "never")),
        )
        for name, words in value.items()
        if (asked := _roles(words, roles))
    )


def _roles(words: Mapping[str, Any], roles: Sequence[str]) -> tuple[str, ...]:
    asked = words.get("ask", EACH)
    named = roles if asked == EACH else asked if isinstance(asked, list) else [asked]
    return tuple(role for role in roles if role in named)


def _asked(words: Mapping[str, Any], place: Place) -> None:
    asked, here = words.get("ask", EACH), place.at("ask")
    named = asked if isinstance(asked, list) else [asked]
    if not named:
        raise here.error("names nobody.")
    for role in named:
        here.text(role)


def _moments(value: object, place: Place) -> tuple[str | int, ...]:
    moments = value if isinstance(value, list) else [value]
    if not moments:
        raise place.error("names no moment.")
    return tuple(dict.fromkeys(_moment(moment, place) for moment in moments))


def _moment(value: object, place: Place) -> str | int:
    if isinstance(value, str):
        return place.known(value, MOMENTS, what="moment of a probe; write one of these, or a turn")
    turn = place.whole_number(value, least=0)
    return START if turn == 0 else turn


def _answers(words: Mapping[str, Any], place: Place) -> Scale | Options | Open:
    written = [word for word in _KINDS if word in words]
    if len(written) != 1:
        raise place.error("needs one of `scale = [low, high]`, `options = [...]` and `open = true`.")
    here = place.at(written[0])
    value = words[written[0]]
    if written[0] == "scale":
        return _scale(value, here)
    if written[0] == "options":
        return _options(value, here)
    if value is not True:
        raise here.error("is true or not written.")
    return Open()


def _scale(value: object, place: Place) -> Scale:
    bounds: list[Any] = value if isinstance(value, list) else []
    if len(bounds) != _BOUNDS or any(isinstance(each, bool) or not isinstance(each, int | float) for each in bounds):
        raise place.error("expected two numbers, such as [0, 100].")
    low, high = bounds
    if low >= high:
        raise place.error(f"goes from {low} to {high}; the first number is the lower one.")
    return Scale(low=low, high=high)


def _options(value: object, place: Place) -> Options:
    if not isinstance(value, list) or len(value) < _LEAST_OPTIONS:
        raise place.error('expected a list of two options at least, such as ["yes", "no"].')
    named = [place.at(number).text(each).strip() for number, each in enumerate(value)]
    if not all(named) or len({each.casefold() for each in named}) < len(named):
        raise place.error("an option is empty, or stands there twice.")
    return Options(options=tuple(named))


def _filled(text: str, slots: Mapping[str, str], place: Place) -> str:
    try:
        return fill(text, {**slots, "options": "{{options}}"})
    except DesignError as error:
        raise error if str(error).startswith(place.path) else place.error(str(error)) from None


def check_asked(value: object, asked: Mapping[str, Sequence[str]], place: Place) -> None:
    """Refuse probes that would ask nobody.

    Args:
        value: The word ``probes``, checked.
        asked: The roles of each scenario.
        place: Where the probes stand in the study.
    """
    for name, words in value.items() if isinstance(value, dict) else ():
        for role in _named(words):
            known = {each for roles in asked.values() for each in roles}
            place.at(name).at("ask").known(role, known, what="role of any scenario")


def _named(words: Mapping[str, Any]) -> Iterator[str]:
    asked = words.get("ask", EACH)
    yield from (role for role in (asked if isinstance(asked, list) else [asked]) if role != EACH)
