"""What a measure is: a pure function with a name, a version and its own description.

``of(transcript, params)`` yields values: a number, or NaN with the reason why there is none. It may be a function of
your own in a file of your own; see :mod:`colloquia.analysis.measuring.registry`. A measure is handed what it *reads*
and nothing else, so the hash of that, its id, its version and its params is the hash of all its inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from math import isfinite, nan
from statistics import fmean, median
from typing import TYPE_CHECKING, Literal

import msgspec

from colloquia.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from colloquia.analysis.measuring.transcript import Part, Said, Transcript

Unit = Literal["turn", "seat", "conversation"]
"""What a number belongs to; a seat is one seat of one conversation, the row that is analysed."""

Needs = Literal["nothing", "embedding", "judge", "probe", "moves"]
"""Without what there is nothing to compute."""

_AGGREGATIONS: dict[str, Callable[[list[float]], float]] = {"mean": fmean, "median": median}


@dataclass(frozen=True, kw_only=True)
class Variable:
    """One number that a measure gives."""

    name: str
    unit: Unit
    scale: str
    """What its numbers count."""
    low: float | None = None
    """The least it can be; None where there is no bound."""
    high: float | None = None
    more_means: str
    """Which way it points."""
    aggregation: Literal["mean", "median"] | None = None
    """How the numbers of turns become that of their seat; None where the measure gives both itself."""
    needs: Needs = "nothing"
    """Without what there is none of this one, where the measure gives others without it."""


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """One number, or NaN and the reason; two that are missing for one reason are equal."""

    variable: str
    value: float = nan
    seat: str | None = None
    """None where the whole conversation is meant."""
    turn_id: int | None = None
    reason: str | None = None
    """Why there is no number; None where there is one."""

    def __post_init__(self) -> None:
        if isfinite(self.value) is (self.reason is not None):
            raise ValueError(f"{self.variable}: a value is a finite number, or NaN with a reason.")

    def __eq__(self, other: object) -> bool:
        """Tell whether both say the same; NaN equals nothing, so the reason is what is compared in its place."""
        return isinstance(other, Value) and self._said == other._said

    def __hash__(self) -> int:
        """Return the same for all that say the same."""
        return hash(self._said)

    @property
    def _said(self) -> tuple[object, ...]:
        return self.variable, self.value if self.reason is None else self.reason, self.seat, self.turn_id

    @property
    def unit(self) -> Unit:
        """What it belongs to."""
        if self.seat is None:
            return "conversation"
        return "seat" if self.turn_id is None else "turn"


Params = Mapping[str, float]
"""Numbers that a measure is computed with, by name."""


@dataclass(frozen=True, kw_only=True)
class Fixture:
    """A small input whose values are known."""

    transcript: Transcript
    expected: tuple[Value, ...]
    """Among the values that come out."""
    source: str
    """How they are known: the arithmetic, or the reference that gave them."""


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A measure and its description."""

    id: str
    version: int
    """Rises whenever the same transcript would get another value."""
    title: str
    of: Callable[[Transcript, Params], Iterable[Value]]
    variables: tuple[Variable, ...]
    needs: Needs = "nothing"
    reads: tuple[Part, ...] = ()
    """What it is handed beside seats and texts."""
    params: Params = field(default_factory=dict)
    minimum: str
    """The least input that it gives a number for."""
    caveat: str
    """What it must not be taken for."""
    fixture: Fixture

    def __post_init__(self) -> None:
        names = [variable.name for variable in self.variables]
        if not self.id.isidentifier() or len(set(names)) < len(names) or not names or self.version < 1:
            raise DesignError(
                f"The measure {self.id!r} needs an id that is one word, a version from 1, and variables with names "
                "of their own."
            )

    def key(self, transcript: Transcript) -> str:
        """Return the hash of all that its values for ``transcript`` depend on."""
        inputs = [self.id, self.version, dict(self.params), transcript.only(self.reads).digest()]
        return sha256(msgspec.json.encode(inputs, order="sorted")).hexdigest()

    def values(self, transcript: Transcript) -> tuple[Value, ...]:
        """Return what comes out for ``transcript``, the aggregates of seats included.

        Raises:
            DesignError: the function failed, or gave a variable that is not declared.
        """
        try:
            given = tuple(self.of(transcript.only(self.reads), self.params))
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise DesignError(f"The measure {self.id!r} failed: {type(error).__name__}: {error}") from error
        known = {variable.name for variable in self.variables}
        if unknown := {value.variable for value in given} - known:
            raise DesignError(f"The measure {self.id!r} gives {sorted(unknown)}, which it does not declare.")
        return (*given, *self._aggregates(transcript, given))

    def _aggregates(self, transcript: Transcript, given: tuple[Value, ...]) -> Iterator[Value]:
        for variable in self.variables:
            if variable.aggregation is None or (variable.needs == "judge" and not transcript.labels):
                continue
            of_variable = [value for value in given if value.variable == variable.name]
            for role in transcript.roles:
                of_seat = [value for value in of_variable if value.seat == role]
                numbers = [value.value for value in of_seat if value.reason is None]
                if numbers:
                    yield Value(variable.name, _AGGREGATIONS[variable.aggregation](numbers), role)
                else:
                    reason = next((value.reason for value in of_seat), "no turn of the seat has a number")
                    yield Value(variable.name, seat=role, reason=reason)


def number(
    variable: str, value: float | None, reason: str, *, seat: str | None = None, at: Said | None = None
) -> Value:
    """Return the value of a conversation, a seat or a turn, or why there is none where it is None or not finite."""
    seat, turn = (at.seat, at.turn_id) if at else (seat, None)
    if value is None or not isfinite(value):
        return Value(variable, seat=seat, turn_id=turn, reason=reason)
    return Value(variable, value, seat, turn)
