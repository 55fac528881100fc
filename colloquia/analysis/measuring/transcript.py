"""What a measure is handed: one conversation, and of everything around it only what the measure says it reads.

A transcript knows no ids, no names of models and no clock: what is not in it cannot enter a value. Its digest covers
all that is in it, so the values of a measure are known again by the digest of what it was handed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from hashlib import sha256
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, Protocol

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Part = Literal["timing", "flags", "ending", "prompts", "cell", "embedding", "judge", "probe", "moves"]
"""What a measure may read beside seats and texts."""


class Embedding(Protocol):
    """What tells how alike two texts are in meaning; the model is part of every value that rests on it."""

    @property
    def identity(self) -> str:
        """Id and revision of the model, or of what it was fitted to."""
        ...

    def similarity(self, left: str, right: str) -> float | None:
        """Return the cosine of two texts; None where one of them has no vector, such as an empty one."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Seat:
    """One place in the conversation."""

    role: str
    prompt: str | None = None
    """What its participant was told; part ``prompts``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """One turn."""

    turn_id: int
    seat: str
    """The role of who says it."""
    text: str | None
    latency_ms: float | None = None
    """This and the next two: part ``timing``."""
    first_token_ms: float | None = None
    output_tokens: int | None = None
    is_truncated: bool = False
    """This and the next: part ``flags``."""
    is_refusal: bool = False
    move: str | None = None
    """This and the next: part ``moves``; the option taken, None where the reply was none."""
    round: int | None = None


@dataclass(frozen=True, kw_only=True)
class Texts:
    """Who said what in another conversation of the same cell."""

    turns: tuple[tuple[int, str, str | None], ...]
    """Number, seat and text of each turn."""

    @cached_property
    def digest(self) -> str:
        """Hash of all of it."""
        return _hashed(self.turns)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """One answer to a private question."""

    probe: str
    seat: str
    after_turn: int
    """0: before the first."""
    value: float | None
    """None where it could not be read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Game:
    """The payoffs of a game of two, from the first seat's view."""

    options: tuple[str, ...]
    """The cooperative one first."""
    payoffs: Mapping[str, Mapping[str, tuple[float, float]]]
    """By own move, then the other's: own payoff, the other's payoff."""

    @property
    def turned(self) -> Game:
        """The same from the second seat's view."""
        options = tuple(next(iter(self.payoffs.values())))
        return Game(
            options=options,
            payoffs={own: {other: row[own][::-1] for other, row in self.payoffs.items()} for own in options},
        )


@dataclass(frozen=True, kw_only=True)
class Transcript:
    """One conversation, as measures see it."""

    seats: tuple[Seat, ...]
    turns: tuple[Said, ...]
    planned_turns: int | None = None
    """This and the next two: part ``ending``."""
    ended_by: str | None = None
    is_failed: bool = False
    earlier: tuple[Texts, ...] = ()
    """Other conversations of the same cell with a lower iteration; this and the next: part ``cell``."""
    later: tuple[Texts, ...] = ()
    embedding: Embedding | None = None
    labels: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    """What judges said: construct, turn, label; part ``judge``."""
    answers: tuple[Answer, ...] = ()
    """Part ``probe``."""
    game: Game | None = None
    """Part ``moves``."""

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles in seat order."""
        return tuple(seat.role for seat in self.seats)

    def of(self, role: str) -> list[Said]:
        """Return what one seat said, turns without a text left out."""
        return [turn for turn in self.turns if turn.seat == role and turn.text is not None]

    @property
    def spoken(self) -> list[Said]:
        """The turns that have a text."""
        return [turn for turn in self.turns if turn.text is not None]

    @property
    def replies(self) -> list[tuple[Said, Said]]:
        """The turns that answer another seat's, each after the one before it."""
        return [
            (before, turn)
            for before, turn in pairwise(self.turns)
            if before.seat != turn.seat and before.text is not None and turn.text is not None
        ]

    @cached_property
    def texts(self) -> Texts:
        """Who said what, and nothing else."""
        return Texts(turns=tuple((turn.turn_id, turn.seat, turn.text) for turn in self.turns))

    def only(self, parts: Iterable[Part]) -> Transcript:
        """Return it with seats, texts and ``parts``, and everything else left blank."""
        kept = set(parts)
        blank: dict[str, Any] = {}
        of_turns: dict[str, Any] = {}
        for part, (whole, each) in _BLANK.items():
            if part not in kept:
                blank |= whole
                of_turns |= each
        if "prompts" not in kept:
            blank["seats"] = tuple(Seat(role=seat.role) for seat in self.seats)
        return replace(self, turns=tuple(replace(turn, **of_turns) for turn in self.turns), **blank)

    def digest(self) -> str:
        """Return the hash of everything that is in it; what is blank does not count, so a new part changes none."""
        parts = {
            "seats": [_filled(seat) for seat in self.seats],
            "turns": [_filled(turn) for turn in self.turns],
            "planned_turns": self.planned_turns,
            "ended_by": self.ended_by,
            "is_failed": self.is_failed,
            "earlier": [texts.digest for texts in self.earlier],
            "later": [texts.digest for texts in self.later],
            "embedding": self.embedding.identity if self.embedding else None,
            "labels": {construct: sorted(labels.items()) for construct, labels in self.labels.items()},
            "answers": [_filled(answer) for answer in self.answers],
            "game": self.game,
        }
        return _hashed({name: value for name, value in parts.items() if value})


_BLANK: dict[Part, tuple[dict[str, Any], dict[str, Any]]] = {
    "timing": ({}, {"latency_ms": None, "first_token_ms": None, "output_tokens": None}),
    "flags": ({}, {"is_truncated": False, "is_refusal": False}),
    "ending": ({"planned_turns": None, "ended_by": None, "is_failed": False}, {}),
    "cell": ({"earlier": (), "later": ()}, {}),
    "embedding": ({"embedding": None}, {}),
    "judge": ({"labels": {}}, {}),
    "probe": ({"answers": ()}, {}),
    "moves": ({"game": None}, {"move": None, "round": None}),
}
"""What each part is where it is not read: fields of the transcript, fields of its turns."""


def _filled(part: Seat | Said | Answer) -> dict[str, object]:
    """Return the fields that hold something else than by default."""
    return {name: value for name, default in _DEFAULTS[type(part)] if (value := getattr(part, name)) is not default}


_DEFAULTS = {kind: tuple((each.name, each.default) for each in fields(kind)) for kind in (Seat, Said, Answer)}


def _hashed(value: object) -> str:
    return sha256(msgspec.json.encode(value, order="sorted")).hexdigest()


def dyad(*texts: str | None, roles: tuple[str, str] = ("A", "B")) -> Transcript:
    """Return a conversation of two seats that speak in turn; for fixtures and examples."""
    turns = tuple(
        Said(turn_id=number, seat=roles[(number - 1) % 2], text=text) for number, text in enumerate(texts, start=1)
    )
    return Transcript(seats=tuple(Seat(role=role) for role in roles), turns=turns)
