"""What a judge is to decide: one construct, the answers there are and, in a rubric, what each of them means.

A rubric is a file beside the study::

    construct = "concession"
    question = "Does the tenant give way?"
    [levels.yes]
    means = "Takes an offer that is worse than the one before."
    example = "Fine, six per cent then."

Levels that are whole numbers are a scale: any whole number from the lowest to the highest can be given.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Literal

from colloquia.conversation.hashing import canonical_json
from colloquia.places import Place, kind

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["labels", "scale", "open"]
CANNOT_TELL = "cannot tell"
"""What every judge may answer; so no label can be called so."""
FEWEST_ANSWERS = 2
MOST_LABELS = 50

_WHOLE = re.compile(r"-?\d{1,9}")


@dataclass(frozen=True, kw_only=True)
class Level:
    """One answer, and what it means."""

    means: str
    example: str


@dataclass(frozen=True, kw_only=True)
class Rubric:
    """What a judge is to decide."""

    question: str
    """As the researcher wrote it; slots are filled for each conversation."""
    construct: str = ""
    """What is judged, in a word or two; empty where the study only asks a question."""
    labels: tuple[str, ...] = ()
    scale: tuple[float, float] | None = None
    levels: Mapping[str, Level] = field(default_factory=dict)
    """By label, or by number as it is written; empty where there are no anchors."""

    @property
    def kind(self) -> Kind:
        """What is given: one of some labels, a number or a text."""
        if self.labels:
            return "labels"
        return "open" if self.scale is None else "scale"

    @property
    def is_whole(self) -> bool:
        """True where only whole numbers can be given: those of a scale with anchors."""
        return self.scale is not None and bool(self.levels)

    @property
    def sha256(self) -> str:
        """Hash of all of it, by which versions are told apart; slots stand in it unfilled."""
        levels = {name: [level.means, level.example] for name, level in self.levels.items()}
        parts = [self.question, self.construct, list(self.labels), self.scale and list(self.scale), levels]
        return sha256(canonical_json(parts).encode()).hexdigest()


def read_rubric(value: object, place: Place) -> Rubric:
    """Return the rubric that a table holds.

    Raises:
        DesignError: a part is missing or is not what it should be.
    """
    if isinstance(value, str):
        raise place.error(
            f"{value!r} is a file: it is read with a study file beside it; in Python hand over its table."
        )
    table = place.mapping(value, of="construct, question, levels")
    for word in table:
        place.known(word, ("construct", "question", "levels"), what="word of a rubric")
    for word, what in (("construct", "what is judged, one thing only"), ("question", "what the judge is asked")):
        if not isinstance(table.get(word), str) or not table[word].strip():
            raise place.at(word).error(f"a rubric says {what}, as a text.")
    levels = _levels(table.get("levels"), place.at("levels"))
    numbers = sorted(int(name) for name in levels if _WHOLE.fullmatch(name))
    if numbers and len(numbers) < len(levels):
        raise place.at("levels").error("are partly numbers and partly words; a scale has numbers only.")
    return Rubric(
        question=table["question"],
        construct=table["construct"].strip(),
        labels=() if numbers else read_labels(list(levels), place.at("levels")),
        scale=(numbers[0], numbers[-1]) if numbers else None,
        levels=levels,
    )


def read_labels(value: object, place: Place) -> tuple[str, ...]:
    """Return labels that can be told apart.

    Raises:
        DesignError: there are fewer than two, or two are the same.
    """
    if not isinstance(value, list) or not FEWEST_ANSWERS <= len(value) <= MOST_LABELS:
        raise place.error(f"expected {FEWEST_ANSWERS} to {MOST_LABELS} labels, as a list of texts.")
    found = tuple(" ".join(place.at(number).text(word).split()) for number, word in enumerate(value))
    seen: set[str] = set()
    for number, word in enumerate(found):
        if not word or not word.isprintable():
            raise place.at(number).error("is no word.")
        if word.casefold() == CANNOT_TELL:
            raise place.at(number).error(f"{CANNOT_TELL!r} can always be answered, and then counts as missing.")
        if word.casefold() in seen:
            raise place.at(number).error(f"{word!r} stands there twice, but for letter case.")
        seen.add(word.casefold())
    return found


def read_scale(value: object, place: Place) -> tuple[float, float]:
    """Return the lowest and the highest number of a scale.

    Raises:
        DesignError: it is no pair of numbers, lower first.
    """
    numbers = [each for each in value if isinstance(each, int | float) and not isinstance(each, bool)] if isinstance(
        value, list) else []  # fmt: skip
    if len(numbers) != FEWEST_ANSWERS or len(numbers) != len(value if isinstance(value, list) else ()):
        raise place.error(f"expected the lowest and the highest number, such as [0, 100], found {kind(value)}.")
    low, high = numbers
    if not low < high:
        raise place.error(f"goes from {low:g} to {high:g}; write the lower number first.")
    return (low, high)


def _levels(value: object, place: Place) -> dict[str, Level]:
    entries = place.mapping(value, of="level = { means, example }")
    if len(entries) < FEWEST_ANSWERS:
        raise place.error("has one level; a judge needs something to choose from.")
    return {" ".join(name.split()): _level(entry, place.at(name)) for name, entry in entries.items()}


def _level(value: object, place: Place) -> Level:
    entry = place.mapping(value, of="means, example")
    for word in entry:
        place.known(word, ("means", "example"), what="word of a level")
    for word in ("means", "example"):
        if not isinstance(entry.get(word), str) or not entry[word].strip():
            raise place.at(word).error("every level says what it means and gives an example, as texts.")
    return Level(means=entry["means"].strip(), example=entry["example"].strip())
