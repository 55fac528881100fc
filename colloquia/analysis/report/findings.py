"""What a study found: every question that its design asks of every outcome, estimated by ``analysis.statistics``.

The questions are those of the design: each factor's other levels against its first, each pair of models, or, in a
round robin of four models or more, what each model does and what it brings out. Nothing here is a statistic of its
own: a finding holds an :class:`Estimate` and the call that gives it again.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import combinations
from math import isfinite
from typing import TYPE_CHECKING

from colloquia.analysis.quantities import is_of_seats, quantity
from colloquia.analysis.selecting import ended_by, numbers, seats, verdicts
from colloquia.analysis.statistics.contrasts import contrast
from colloquia.analysis.statistics.conversations import MOST_LOST
from colloquia.analysis.statistics.families import benjamini_hochberg
from colloquia.analysis.statistics.outcomes import MODEL
from colloquia.analysis.statistics.social_relations import FEWEST_MODELS
from colloquia.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from colloquia.analysis.report.evidence import Evidence
    from colloquia.analysis.statistics.bounds import Bounds
    from colloquia.analysis.statistics.conversations import Conversations
    from colloquia.analysis.statistics.result import Estimate
    from colloquia.analysis.statistics.social_relations import RoundRobin
    from colloquia.analysis.statistics.statistics import Statistics

DYAD = 2
LEVEL = 0.05
USUAL = (
    "words", "lexical_diversity.mattr", "self_repetition.self_repetition", "affect.compound", "wording.questions",
    "refusals",
)  # fmt: skip
"""Primary outcomes of any study, beside those that it declares itself."""
DECLARED = ("game_outcomes", "private_stance")
"""Measures of what a study asks for by its own words: moves of a game, answers to a probe."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Finding:
    """One question to one outcome, and its answer."""

    outcome: str
    question: str
    """The factor, ``model``, ``actor``, ``partner`` or ``self-play``."""
    claim: str
    """What the number is, as the subject of a sentence."""
    estimate: Estimate
    call: str
    """The library call that gives the number again."""
    size: float
    """The number in standard deviations between conversations; 0 where these do not differ."""
    q_value: float = float("nan")
    bounds: Bounds | None = None
    """Where more is lost than may be passed over."""

    @property
    def is_apart(self) -> bool:
        """Whether it is told from none, all others that were asked considered."""
        return self.q_value <= LEVEL


def primary(evidence: Evidence) -> list[str]:
    """Return the primary outcomes: what the study declares (probes, judges, moves, endings), and the usual ones."""
    found = evidence.frames.conversations
    there = set(evidence.outcomes)
    declared = [name for name in evidence.outcomes if name.partition(".")[0] in DECLARED]
    endings = sorted(set(ended_by(found)) - {"length", "failed", "not ended"})
    claims = [f"ended_by == {ending!r}" for ending in endings]
    labels = [f"{name} == {str(label)!r}" for name in verdicts(found) for label in found[name].dropna().unique()]
    return [*numbers(found), *sorted(labels), *declared, *claims, *(name for name in USUAL if name in there)]


def explored(evidence: Evidence, outcomes: Iterable[str], *, is_quick: bool = False) -> list[Finding]:
    """Return an answer to every question of the design for each outcome, with q values over all of them.

    Args:
        evidence: What the study holds.
        outcomes: Names of outcomes; one that no conversation has is passed over.
        is_quick: Intervals and p values by t, for long tables.
    """
    found = [finding for outcome in outcomes for finding in _of(evidence, outcome, is_quick=is_quick)]
    q_values = benjamini_hochberg([finding.estimate.p_value for finding in found])
    return [replace(finding, q_value=float(q)) for finding, q in zip(found, q_values, strict=True)]


def round_robin(evidence: Evidence, outcome: str) -> dict[str, RoundRobin]:
    """Return the social relations model of an outcome by role; nothing where the study is no round robin of dyads."""
    with suppress(DesignError):
        return _robins(evidence, evidence.statistics(outcome))
    return {}


def _robins(evidence: Evidence, of: Statistics) -> dict[str, RoundRobin]:
    is_dyadic = len(seats(evidence.frames.conversations)) == DYAD
    if is_dyadic and len(evidence.models) >= FEWEST_MODELS and _has_seats(evidence, of.outcome):
        with suppress(DesignError):  # some pair never talked
            return of.round_robin()
    return {}


def _has_seats(evidence: Evidence, outcome: str) -> bool:
    return outcome in evidence.outcomes and is_of_seats(evidence.frames, outcome)


def _of(evidence: Evidence, outcome: str, *, is_quick: bool) -> Iterator[Finding]:
    with suppress(DesignError):  # no conversation has it, or none has ended
        of = evidence.statistics(outcome)
        if of.conversations.present["value"].nunique() > 1:
            yield from _contrasts(evidence, of, is_quick=is_quick)
            yield from _models(evidence, of, is_quick=is_quick)


def _contrasts(evidence: Evidence, of: Statistics, *, is_quick: bool) -> Iterator[Finding]:
    """Yield each other level of each factor against the first; scenarios where nothing else is varied."""
    is_bare = not evidence.factors and len(evidence.models) == 1
    for factor in evidence.factors or (["scenario"] if is_bare and len(evidence.scenarios) > 1 else []):
        first, *others = evidence.levels(factor)
        for level in others:
            yield from _contrast(evidence, of, factor, (level, first), is_quick=is_quick)


def _contrast(
    evidence: Evidence, of: Statistics, factor: str, levels: tuple[str, str], *, is_quick: bool
) -> Iterator[Finding]:
    within = evidence.blocks(factor)
    with suppress(DesignError):  # the two never stand in the same scenario
        if is_quick:
            estimate = contrast(of.conversations, factor, *levels, within=within, draws=0)
        else:
            estimate = of.contrast(factor, *levels, within=within)
        yield _finding(
            of.outcome, factor, f"{factor} {levels[0]} minus {levels[1]}", estimate, of.conversations,
            call=f"{evidence.call(of.outcome)}.contrast({factor!r}, {levels[0]!r}, {levels[1]!r}{_blocks(within)})",
            bounds=None if is_quick else _bounds(evidence, of, factor, levels, within),
        )  # fmt: skip


def _models(evidence: Evidence, of: Statistics, *, is_quick: bool) -> Iterator[Finding]:
    if not _has_seats(evidence, of.outcome) or len(evidence.models) == 1:
        return
    robins = _robins(evidence, of)
    if robins:
        for role, robin in robins.items():
            yield from _effects(evidence, of, role, robin)
    elif len(evidence.models) < FEWEST_MODELS:
        for first, second in combinations(evidence.models, 2):
            yield from _pair(evidence, of, (first, second), is_quick=is_quick)


def _effects(evidence: Evidence, of: Statistics, role: str, robin: RoundRobin) -> Iterator[Finding]:
    whose = "" if role == "all" else f" as {role}"
    for kind, place in (("actor", "actors"), ("partner", "partners"), ("self-play", "self_play")):
        for number, each in enumerate(getattr(robin, place)):
            yield _finding(
                of.outcome, kind, f"{each.name}{whose}", each, of.seats,
                call=f"{evidence.call(of.outcome)}.round_robin()[{role!r}].{place}[{number}]",
            )  # fmt: skip


def _pair(evidence: Evidence, of: Statistics, models: tuple[str, str], *, is_quick: bool) -> Iterator[Finding]:
    within = ["scenario", "speaker_role", *(["arm"] if "arm" in evidence.factors else [])]
    with suppress(DesignError):  # the two never had the same part
        if is_quick:
            estimate = contrast(of.seats, MODEL, *models, within=within, draws=0)
        else:
            estimate = of.contrast(MODEL, *models, within=within)
        yield _finding(
            of.outcome, "model", f"{models[0]} minus {models[1]}", estimate, of.seats,
            call=f"{evidence.call(of.outcome)}.contrast({MODEL!r}, {models[0]!r}, {models[1]!r}{_blocks(within)})",
        )  # fmt: skip


def _finding(
    outcome: str,
    question: str,
    claim: str,
    estimate: Estimate,
    rows: Conversations,
    *,
    call: str,
    bounds: Bounds | None = None,
) -> Finding:
    spread = float(rows.present["value"].std())
    size = estimate.estimate / spread if isfinite(spread) and spread > 0 else 0.0
    return Finding(
        outcome=outcome, question=question, claim=claim, estimate=estimate, call=call, size=size, bounds=bounds
    )


def _bounds(
    evidence: Evidence, of: Statistics, factor: str, levels: tuple[str, str], within: Sequence[str]
) -> Bounds | None:
    """Return what the lost could change, where more are lost than may be passed over."""
    if of.conversations.lost <= MOST_LOST:
        return None
    values = of.conversations.present["value"]
    about = quantity(of.outcome, evidence.frames) if of.outcome in evidence.outcomes else None
    low, high = (about.low, about.high) if about else (0.0, 1.0)
    ends = (float(values.min()) if low is None else low, float(values.max()) if high is None else high)
    return of.bounds(factor, *levels, value_range=ends, within=within)


def _blocks(within: Sequence[str]) -> str:
    return f", within={list(within)!r}" if within else ""
