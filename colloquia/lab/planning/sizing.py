"""How many iterations a study needs for a wanted power or precision, in conversations and in dollars.

The spread comes from a pilot folder or is assumed. Around the number that the textbook gives, studies are simulated and
analysed as they will be, so that what is answered is what the analysis would have found.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import ceil
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np

from colloquia.analysis.statistics.conversations import UNIT, Conversations
from colloquia.analysis.statistics.power import power
from colloquia.analysis.statistics.result import CONFIDENCE
from colloquia.design.forecast import total
from colloquia.design.forking import unforked
from colloquia.errors import DesignError, nearest

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

    from colloquia.design.forecast import Expectations, Forecast
    from colloquia.design.trials import Trial

STUDIES = 200
"""Simulated studies of each size."""
AROUND = (0.5, 0.75, 1.0, 1.25, 1.5)
"""Sizes that are tried, as parts of what the textbook gives."""
_ASSUMED = 400
"""Values by which an assumed spread is written down."""
MOST_AT_LEVEL = 2_000
"""So many conversations at each level are simulated, at most: more would take many minutes."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a study is to find out."""

    factor: str
    first: str
    second: str
    effect: float | None = None
    """The difference that is to be found, in units of the outcome; None where only precision is asked for."""
    power: float = 0.8
    half_width: float | None = None
    """Half of the interval around the difference, at most; None where it does not matter."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """A study of so many iterations, and what it would find."""

    iterations: int
    per_level: int
    """Conversations at each of the two levels."""
    conversations: int
    cost_usd: float | None
    """All of them; None where a price is unknown."""
    power: float
    """Share of simulated studies that found the effect."""
    half_width: float
    """The usual half of the interval."""


@dataclass(frozen=True, kw_only=True)
class Sizing:
    """Sizes that were tried, and the smallest that does."""

    sizes: tuple[Size, ...]
    enough: Size | None
    warnings: tuple[str, ...] = ()


def assumed(wanted: Wanted, *, spread: float | None = None, rate: float | None = None) -> Conversations:
    """Return conversations as they would be if the outcome had this standard deviation, or were true this often.

    Raises:
        DesignError: the spread is none, or the rate no share.
    """
    import pandas as pd

    if (spread is None) == (rate is None):
        raise DesignError("Assume either a standard deviation (--sd) or a rate (--rate), or name a pilot (--pilot).")
    if rate is not None:
        if not 0 < rate < 1:
            raise DesignError(f"--rate is a share between 0 and 1, not {rate:g}.")
        values = (np.arange(_ASSUMED) < rate * _ASSUMED).astype("float64")
    else:
        if not spread or spread < 0:
            raise DesignError("--sd is a standard deviation above 0.")
        quantiles = np.array([NormalDist().inv_cdf((place + 0.5) / _ASSUMED) for place in range(_ASSUMED)])
        values = spread * quantiles / quantiles.std()
    rows = [
        pd.DataFrame({UNIT: [f"{level}-{place}" for place in range(_ASSUMED)], wanted.factor: level, "value": values})
        for level in (wanted.first, wanted.second)
    ]
    return Conversations(rows=pd.concat(rows, ignore_index=True))


def sizing(
    trials: Sequence[Trial],
    expectations: Expectations,
    pilot: Conversations,
    wanted: Wanted,
    *,
    seed: int = 1,
    studies: int = STUDIES,
) -> Sizing:
    """Return what studies of several sizes would find.

    Args:
        trials: The study.
        expectations: What it costs.
        pilot: Conversations whose spread is taken.
        wanted: What is to be found out.
        seed: Of the simulation.
        studies: Simulated studies of each size.

    Raises:
        DesignError: the study has no such factor or level, nothing is wanted, or the pilot is too small.
    """
    at_level = conversations_at_level(trials, wanted)
    once = total(expectations.rest_of(trial) for trial in _once(trials))
    iterations = _iterations(_textbook(pilot, wanted), at_level)
    found = power(
        pilot,
        wanted.factor,
        wanted.first,
        wanted.second,
        effect=wanted.effect or 0.0,
        sizes=[max(number * at_level, 2) for number in iterations],
        studies=studies,
        seed=seed,
    )
    tried = zip(iterations, found.frame.to_dict("records"), strict=True)
    sizes = tuple(_size(number, once, row) for number, row in tried)
    enough = next((size for size in sizes if _is_enough(size, wanted)), None)
    return Sizing(sizes=sizes, enough=enough, warnings=found.warnings)


def _size(iterations: int, once: Forecast, found: Mapping[Hashable, Any]) -> Size:
    """Return what so many iterations take, of which one takes ``once``, and would find."""
    return Size(
        iterations=iterations,
        per_level=int(found["per_cell"]),
        conversations=iterations * once.conversations,
        cost_usd=None if once.cost_usd is None else once.cost_usd * iterations,
        power=float(found["power"]),
        half_width=float(found["half_width"]),
    )


def _is_enough(size: Size, wanted: Wanted) -> bool:
    has_power = wanted.effect is None or size.power >= wanted.power
    return has_power and (wanted.half_width is None or size.half_width <= wanted.half_width)


def _textbook(pilot: Conversations, wanted: Wanted) -> float:
    """Return how many conversations at each level the formula for two means gives."""
    rows = pilot.rows[pilot.rows[wanted.factor].astype(str).isin([wanted.first, wanted.second])]
    variance = float(rows.groupby(wanted.factor, observed=True)["value"].var().mean())
    if not variance > 0:
        raise DesignError("The outcome does not vary in the pilot, so nothing follows for a study: assume a spread.")
    normal = NormalDist()
    reach = normal.inv_cdf((1 + CONFIDENCE) / 2)
    by_power = by_width = 0.0
    if wanted.effect is not None:
        if not wanted.effect:
            raise DesignError("--effect is 0; the smallest difference that matters is wanted here.")
        by_power = 2 * variance * ((reach + normal.inv_cdf(wanted.power)) / wanted.effect) ** 2
    if wanted.half_width is not None:
        if wanted.half_width <= 0:
            raise DesignError("--half-width is a number above 0.")
        by_width = 2 * variance * (reach / wanted.half_width) ** 2
    return max(by_power, by_width)


def _iterations(textbook: float, at_level: int) -> list[int]:
    if textbook > MOST_AT_LEVEL:
        raise DesignError(
            f"By the textbook that takes {ceil(textbook):,} conversations at each level ({ceil(textbook / at_level):,} "
            f"iterations), and more than {MOST_AT_LEVEL:,} at a level are not simulated: look for a larger effect or a "
            "wider interval (--effect, --half-width), or measure more sharply."
        )
    return sorted({max(ceil(part * textbook / at_level), 1, ceil(2 / at_level)) for part in AROUND})


def conversations_at_level(trials: Sequence[Trial], wanted: Wanted) -> int:
    """Return how many conversations one iteration has at each of the two levels, of the two the fewer.

    Raises:
        DesignError: the study has no such factor or level, or nothing is wanted.
    """
    if wanted.effect is None and wanted.half_width is None:
        raise DesignError("Say what is wanted: a difference to be found (--effect), or a precision (--half-width).")
    labels = [_labels(trial) for trial in _once(trials)]
    known = {name for each in labels for name in each}
    if not wanted.factor:
        raise DesignError(f"Say what tells two groups apart (--factor): {', '.join(sorted(known))}.")
    if wanted.factor not in known:
        raise DesignError(
            f"{wanted.factor!r} is nothing by which the conversations of this study differ."
            + (nearest(wanted.factor, known) or f" There are: {', '.join(sorted(known))}.")
        )
    counted = Counter(each[wanted.factor] for each in labels if wanted.factor in each)
    _check_levels(wanted, sorted(counted))
    return min(counted[wanted.first], counted[wanted.second])


def _check_levels(wanted: Wanted, known: Sequence[str]) -> None:
    """Make sure that two levels are named, each of them one of those that are known."""
    there_are = f"There are: {', '.join(known)}."
    if not (wanted.first and wanted.second):
        raise DesignError(f"Say which two levels of {wanted.factor} to compare (--first and --second). {there_are}")
    for level in (wanted.first, wanted.second):
        if level not in known:
            raise DesignError(f"{wanted.factor} has no level {level!r}.{nearest(level, known) or f' {there_are}'}")
    if wanted.first == wanted.second:
        raise DesignError(f"--first and --second are both {wanted.first!r}: name another level. {there_are}")


def _once(trials: Iterable[Trial]) -> Iterator[Trial]:
    """Yield the conversations of one iteration."""
    return (trial for trial in unforked(trials) if trial.iteration == 1)


def _labels(trial: Trial) -> Mapping[str, str]:
    models = {f"model_{place}": name for place, name in enumerate(trial.names, start=1)}
    arm = {"arm": trial.arm} if trial.arm else {}
    return {"scenario": trial.scenario, **models, **arm, **trial.factors}
