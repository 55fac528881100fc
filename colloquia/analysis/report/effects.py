"""What the factors do, who follows whom, and when things happen; games where there are any."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from math import isfinite
from typing import TYPE_CHECKING

from colloquia.analysis.figures.forest import forest
from colloquia.analysis.figures.survival import survival
from colloquia.analysis.quantities import is_of_seats
from colloquia.analysis.report.answers import lowered, title
from colloquia.analysis.report.findings import DYAD
from colloquia.analysis.report.markup import Html, element, joined, paragraph
from colloquia.analysis.report.tables import Column, chances, estimates
from colloquia.analysis.report.writing import interval, number, probability
from colloquia.analysis.selecting import ended_by, seats
from colloquia.analysis.statistics import survival as until
from colloquia.analysis.statistics.conversations import Conversations
from colloquia.analysis.statistics.outcomes import MODEL
from colloquia.analysis.statistics.result import number as rounded
from colloquia.analysis.statistics.strata import ALIKE, SINGLE
from colloquia.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from colloquia.analysis.report.evidence import Evidence
    from colloquia.analysis.report.findings import Finding
    from colloquia.analysis.report.plates import Plates
    from colloquia.analysis.report.tables import Table
    from colloquia.analysis.statistics.result import Estimate

_NOTED = re.compile(r"([^|@]+)@(\d+)")
WHY = frozenset({ALIKE, SINGLE})
"""Why an estimate can have no interval."""
FEWEST_TURNS = 40
"""Turns of a conversation below which the slopes of its halves are mostly chance."""


def effects(evidence: Evidence, findings: Sequence[Finding], plates: Plates) -> Html | None:
    """Return the section of what is varied; nothing where nothing is."""
    asked = {*evidence.factors, "scenario", "model", *seats(evidence.frames.conversations)}
    own = [finding for finding in findings if finding.question in asked]
    if not own:
        return None
    figures = [_drawn(evidence, outcome, own, plates) for outcome in dict.fromkeys(each.outcome for each in own)]
    return element(
        "section",
        element("h2", "What is varied"),
        *figures,
        plates.table(_contrasts(evidence, own)),
        *(plates.table(table) for table in _means_by_factor(evidence, own)),
        id="effects",
    )


def _drawn(evidence: Evidence, outcome: str, own: Sequence[Finding], plates: Plates) -> Html | None:
    """Return a forest of the contrasts of one outcome; one or two are read in the table."""
    found = [each for each in own if each.outcome == outcome and isfinite(each.estimate.low)]
    if len(found) < 3:  # noqa: PLR2004 (see above)
        return None
    name = title(evidence, outcome)
    renamed = [replace(each.estimate, name=each.claim) for each in found]
    call = f"{evidence.call(outcome)}.contrast(...)"
    return plates.figure(forest(evidence.frames, renamed, title=f"Contrasts of {lowered(name)}", unit=name, code=call))


def _contrasts(evidence: Evidence, own: Sequence[Finding]) -> Table:
    renamed = [replace(each.estimate, name=f"{title(evidence, each.outcome)}: {each.claim}") for each in own]
    return estimates(
        renamed,
        name="contrasts",
        title="Contrasts",
        caption="Differences with 95 % intervals, in the units of the outcome; SD: in standard deviations of all "
        "conversations (for models: of their seats), whatever their cell; q over all primary estimates. The first is "
        f"{own[0].call}.{without_interval(renamed)}",
        beside=(
            Column(heading="SD", cells=tuple(number(each.size) for each in own), is_number=True),
            chances("q", [each.q_value for each in own]),
        ),
    )


def without_interval(found: Sequence[Estimate]) -> str:
    """Say why some estimates have no interval, as a sentence that follows others; nothing where all have one."""
    why = {warning: None for each in found if not isfinite(each.low) for warning in each.warnings if warning in WHY}
    return "".join(f" Where there is none: {warning[0].lower()}{warning[1:]}" for warning in why)


def _means_by_factor(evidence: Evidence, own: Sequence[Finding]) -> Iterator[Table]:
    outcomes = list(dict.fromkeys(each.outcome for each in own))
    for factor in evidence.factors:
        found = []
        for outcome in outcomes:
            with suppress(DesignError):
                found += [
                    replace(each, name=f"{title(evidence, outcome)}, {each.name}")
                    for each in evidence.statistics(outcome).means(factor)
                ]
        if found:
            caption = (
                f"Means over conversations with 95 % intervals. From {evidence.call(outcomes[0])}.means({factor!r})."
            )
            yield estimates(found, name=f"means-{factor}", title=f"Means by {factor}", caption=caption)


def following(evidence: Evidence, plates: Plates) -> Html | None:
    """Return the section of influence: who says more after the other said more; nothing where talks are too short."""
    shortest = int(evidence.frames.conversations["num_turns"].min() or 0)
    if shortest < FEWEST_TURNS or len(seats(evidence.frames.conversations)) != DYAD:
        return None
    with suppress(DesignError):
        of = evidence.statistics("words")
        whole = of.influence()
        rows = of.follows()
        means = [
            replace(each, name=f"{model} follows its partner")
            for model in evidence.models
            for each in _means(rows, model)
        ]
        said = (
            f"A turn that is one word longer than its speaker's habit is followed by one that is "
            f"{rounded(whole.estimate)} words longer ({interval(whole)}; {whole.conversations:,} conversations). "
            "This is predictive influence: it is causal only where the partner's turns were scripted or perturbed."
        )
        caption = f"Words for each further word of the turn before. From {evidence.call('words')}.follows()."
        table = estimates(means, name="influence", title="How far each model follows", caption=caption)
        heading = element("h2", "Who follows whom")
        return element("section", heading, paragraph(said), plates.table(table), id="following")
    return None


def _means(rows: Conversations, model: str) -> Iterator[Estimate]:
    from colloquia.analysis.statistics.contrasts import mean

    with suppress(DesignError):
        yield mean(rows.where(MODEL, [model]))


def happenings(evidence: Evidence, plates: Plates) -> Html | None:
    """Return the section of turns until something happens; nothing where nothing does."""
    parts = [part for what, rows, code in _events(evidence) for part in _curves(evidence, what, rows, code, plates)]
    if not parts:
        return None
    return element("section", element("h2", "When things happen"), *parts, id="happenings")


def _events(evidence: Evidence) -> Iterator[tuple[str, Conversations, str]]:
    """Yield each kind of ending and each rule that was noted, with its turn in each conversation."""
    found = evidence.frames.conversations
    for ending in sorted(set(ended_by(found)) - {"length", "failed", "not ended"}):
        claim = f"ended_by == {ending!r}"
        with suppress(DesignError):
            of = evidence.statistics(claim)
            yield f"the conversation ends by {ending}", of.until(), f"{evidence.call(claim)}.curves"
    noted = found["noted"].fillna("").map(lambda text: dict(_NOTED.findall(text)))
    for reason in sorted({reason for each in noted for reason in each}):
        at = noted.map(lambda each, reason=reason: each.get(reason)).astype("float64")
        rows = found.assign(happened=at.notna(), value=at.fillna(found["num_turns"].astype("float64")))
        kept = rows[rows["value"] > 0]
        yield f"the noted rule {reason!r} is met", Conversations(rows=kept), "the column noted of frames.conversations"


def _curves(evidence: Evidence, what: str, rows: Conversations, code: str, plates: Plates) -> Iterator[Html]:
    for factor in evidence.factors or (["scenario"] if len(evidence.scenarios) > 1 else []):
        curves = {str(level): curve for level, curve in until.by_level(rows, factor).items()}
        test = until.log_rank(rows, factor)
        yield plates.figure(survival(evidence.frames, curves, what=what, by=factor, code=f"{code} ({factor!r})"))
        medians = "; ".join(f"{level}: {_median(curve)}" for level, curve in curves.items())
        yield paragraph(
            f"By {factor}: log-rank chi-square {test.statistic:.1f}, df {test.df}, p {probability(test.p_value)}, "
            f"{test.conversations:,} conversations. Median turn: {medians}."
        )
    if not evidence.factors and len(evidence.scenarios) == 1:
        curve = until.curve(rows)
        yield plates.figure(survival(evidence.frames, {"all": curve}, what=what, by="conversations", code=code))


def _median(curve: until.Curve) -> str:
    if curve.median == float("inf"):
        return "not reached by half"
    high = "open" if curve.median_high == float("inf") else f"{curve.median_high:g}"
    return f"{curve.median:g} (95 % interval {curve.median_low:g} to {high})"


def games(evidence: Evidence, plates: Plates) -> Html | None:
    """Return the table of a game: what each model does and earns; nothing where nobody played."""
    names = [name for name in evidence.outcomes if name.startswith("game_outcomes.")]
    tables = []
    for outcome in names:
        with suppress(DesignError):
            if is_of_seats(evidence.frames, outcome):
                means = evidence.statistics(outcome).means(MODEL)
                caption = f"Means over conversations. From {evidence.call(outcome)}.means({MODEL!r})."
                tables.append(estimates(means, name=outcome, title=title(evidence, outcome), caption=caption))
    if not tables:
        return None
    return element("section", element("h2", "The game"), joined(plates.table(each) for each in tables), id="game")
