"""What a study found: every question that its design asks of every outcome, estimated by ``analysis.statistics``.

The questions are those of the design: each factor's other levels against its first, each pair of models, or, in a
round robin of four models or more, what each model does and what it brings out; where four or more are no round robin,
each against the mean of all. Nothing here is a statistic of its
own: a finding holds an :class:`Estimate` and the call that gives it again.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import combinations
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from colloquia.analysis.quantities import is_of_seats, quantity
from colloquia.analysis.selecting import ended_by, numbers, seats, verdicts
from colloquia.analysis.statistics.contrasts import contrast, deviation
from colloquia.analysis.statistics.conversations import MOST_LOST, SEAT, UNIT
from colloquia.analysis.statistics.families import benjamini_hochberg
from colloquia.analysis.statistics.outcomes import MODEL, conversations
from colloquia.analysis.statistics.social_relations import FEWEST_MODELS
from colloquia.analysis.statistics.strata import DRAWS
from colloquia.analysis.validity import corrected_contrast
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
_SLACK, _DIGITS = 1e-6, 6
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
    """The factor, ``model``, ``model_1`` (who sits where), ``actor``, ``partner`` or ``self-play``."""
    claim: str
    """What the number is, as the subject of a sentence."""
    estimate: Estimate
    call: str
    """The library call that gives the number again."""
    size: float
    """The number in standard deviations of all conversations (or seats) that were looked at, whatever their cell; 0
    where these do not differ."""
    rows: str = "conversations"
    """What the standard deviation is of: ``conversations``, or ``seats``."""
    q_value: float = float("nan")
    bounds: Bounds | None = None
    """Where more is lost than may be passed over."""
    corrected: Estimate | None = None
    """The same as people say it, where the outcome is a judge's verdict and people labelled enough of them."""

    @property
    def is_apart(self) -> bool:
        """Whether it is told from none, all others that were asked considered."""
        return self.q_value <= LEVEL


def primary(evidence: Evidence) -> list[str]:
    """Return the primary outcomes: what the study declares (probes, judges, moves, endings), and the usual ones.

    The usual ones are about how something is said; of a game, whose turns are moves, they are none. What each seat of
    a game earned stands among its measures, and is not asked about once more as two numbers of conversations.
    """
    found = evidence.frames.conversations
    there = set(evidence.outcomes)
    declared = [name for name in evidence.outcomes if name.partition(".")[0] in DECLARED]
    endings = sorted(set(ended_by(found)) - {"length", "failed", "not ended"})
    claims = [f"ended_by == {ending!r}" for ending in endings]
    labels = [
        f"{name} == {str(label)!r}"
        for name in sorted(verdicts(found))
        for label in found[name].cat.categories
        if (found[name] == label).any()
    ]
    usual = () if evidence.is_game else USUAL
    own = [name for name in numbers(found) if f"game_outcomes.{name.rpartition('_')[0]}" not in there]
    return [*own, *labels, *declared, *claims, *(name for name in usual if name in there)]


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


def twins(evidence: Evidence, outcomes: Iterable[str]) -> dict[str, str]:
    """Return the outcomes that are another one seen from the other side or in another unit, and which.

    Of two labels one is the share of the other from one; a family of questions that holds both holds each one twice.
    """
    first: dict[bytes, str] = {}
    found: dict[str, str] = {}
    for outcome in outcomes:
        with suppress(DesignError):  # no conversation has it, or none has ended
            of = evidence.statistics(outcome)
            shape = _shape(of.seats if _has_seats(evidence, outcome) else of.conversations)
            if shape and (own := first.setdefault(shape, outcome)) != outcome:
                found[outcome] = own
    return found


def _shape(rows: Conversations) -> bytes:
    """Return what is left of values once mean, unit and sign are taken away; nothing where they do not vary."""
    by_unit = rows.rows.sort_values([UNIT, *([SEAT] if SEAT in rows.rows else [])], kind="stable")
    values = by_unit[rows.value].to_numpy(dtype="float64")
    known = values[np.isfinite(values)]
    spread = known.std() if len(known) else 0.0
    if not spread:
        return b""
    shape = (values - known.mean()) / spread
    sign = np.sign(shape[np.isfinite(shape)][np.abs(known - known.mean()) > spread * _SLACK][0])
    told: bytes = (np.round(shape * sign, _DIGITS) + 0.0).tobytes()
    return told


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
            corrected=None if is_quick else _corrected(evidence, of.outcome, factor, levels, within),
        )  # fmt: skip


def _corrected(
    evidence: Evidence, outcome: str, factor: str, levels: tuple[str, str], within: Sequence[str]
) -> Estimate | None:
    """Return a contrast of a judge's verdicts, corrected by what people said of some of them."""
    judge = evidence.judge_of(outcome)
    if judge is None:
        return None
    return corrected_contrast(
        judge, evidence.frames, lambda frames: conversations(frames, outcome), factor, levels, within=within
    )


def _models(evidence: Evidence, of: Statistics, *, is_quick: bool) -> Iterator[Finding]:
    """Yield what the models of seats do; of what whole conversations have, what it does who sits where."""
    if len(evidence.models) == 1:
        return
    arm = ["arm"] if "arm" in evidence.factors else []
    if not _has_seats(evidence, of.outcome):
        columns = seats(evidence.frames.conversations)
        is_self = evidence.frames.conversations[columns].nunique(axis=1).le(1).all()
        for column in columns[:1] if is_self else columns:
            others = [] if is_self else [name for name in columns if name != column]
            yield from _each(evidence, of, column, ["scenario", *arm, *others], is_quick=is_quick)
    elif robins := _robins(evidence, of):
        for role, robin in robins.items():
            yield from _effects(evidence, of, role, robin)
    else:
        yield from _each(evidence, of, MODEL, ["scenario", SEAT, *arm], is_quick=is_quick)


def _each(
    evidence: Evidence, of: Statistics, column: str, within: Sequence[str], *, is_quick: bool
) -> Iterator[Finding]:
    """Yield each two of the models that sit there; where they are four or more, each against the mean of all."""
    rows = of.seats if column == MODEL else of.conversations
    models = sorted(map(str, rows.present[column].dropna().unique()))
    if len(models) < FEWEST_MODELS:
        for pair in combinations(models, 2):
            yield from _pair(evidence, of, column, pair, within, is_quick=is_quick)
        return
    for model in models:
        with suppress(DesignError):  # they never all had the same part
            found = deviation(rows, column, model, within=within, draws=0 if is_quick else DRAWS)
            yield _finding(
                of.outcome, *_asked(column, within, f"{model} minus the mean of all"), found, rows,
                call=f"{evidence.call(of.outcome)}.deviation({column!r}, {model!r}{_blocks(within)})",
            )  # fmt: skip


def _asked(column: str, within: Sequence[str], claim: str) -> tuple[str, str]:
    """Return question and claim: about models in all seats, or about who sits in one while the others stay."""
    is_of_one_seat = any(name.startswith("model_") for name in within)
    return (column, f"{column} {claim}") if is_of_one_seat else ("model", claim)


def _effects(evidence: Evidence, of: Statistics, role: str, robin: RoundRobin) -> Iterator[Finding]:
    whose = "" if role == "all" else f" as {role}"
    for kind, place in (("actor", "actors"), ("partner", "partners"), ("self-play", "self_play")):
        for number, each in enumerate(getattr(robin, place)):
            yield _finding(
                of.outcome, kind, f"{each.name}{whose}", each, of.seats,
                call=f"{evidence.call(of.outcome)}.round_robin()[{role!r}].{place}[{number}]",
            )  # fmt: skip


def _pair(
    evidence: Evidence,
    of: Statistics,
    column: str,
    models: tuple[str, str],
    within: Sequence[str],
    *,
    is_quick: bool,
) -> Iterator[Finding]:
    rows = of.seats if column == MODEL else of.conversations
    with suppress(DesignError):  # the two never had the same part
        if is_quick:
            estimate = contrast(rows, column, *models, within=within, draws=0)
        else:
            estimate = of.contrast(column, *models, within=within)
        yield _finding(
            of.outcome, *_asked(column, within, f"{models[0]} minus {models[1]}"), estimate, rows,
            call=f"{evidence.call(of.outcome)}.contrast({column!r}, {models[0]!r}, {models[1]!r}{_blocks(within)})",
            corrected=None if is_quick else _corrected(evidence, of.outcome, column, models, within),
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
    corrected: Estimate | None = None,
) -> Finding:
    spread = float(rows.present["value"].std())
    size = estimate.estimate / spread if isfinite(spread) and spread > 0 else 0.0
    return Finding(
        outcome=outcome, question=question, claim=claim, estimate=estimate, call=call, size=size, bounds=bounds,
        corrected=corrected, rows="seats" if SEAT in rows.rows else "conversations",
    )  # fmt: skip


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
