"""Everything that was asked: all estimates with their q values, the surest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from colloquia.analysis.report.answers import lowered, title
from colloquia.analysis.report.effects import without_interval
from colloquia.analysis.report.markup import Html, element, paragraph
from colloquia.analysis.report.tables import EXPLORATORY, STANDING, Column, Table
from colloquia.analysis.report.writing import decimals, enumerated, number, probability

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from colloquia.analysis.report.evidence import Evidence
    from colloquia.analysis.report.findings import Finding
    from colloquia.analysis.report.plates import Plates

MOST_TWINS = 6
"""Outcomes that are others in disguise which are named."""
MOST_ROWS = 60
"""Rows that the page shows; the files have all."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Asked:
    """All that was asked."""

    family: tuple[Finding, ...]
    """Every primary estimate."""
    others: tuple[Finding, ...]
    """Those of every other outcome."""
    twins: Mapping[str, str]
    """Outcomes that were not asked about, as each is another one seen from the other side, and which."""


def everything(evidence: Evidence, asked: Asked, plates: Plates) -> Html | None:
    """Return the section: the family of primary estimates, then those of every other measure."""
    if not asked.family:
        return None
    parts = [plates.table(_table("findings", "All primary estimates", asked.family, "One family of q values."))]
    if asked.others:
        said = "A family of its own; intervals and p values by t."
        parts.append(plates.table(_table("all-measures", "All outcomes", asked.others, said)))
    if asked.twins:
        parts.append(paragraph(_said_once(evidence, asked.twins), class_="soft"))
    return element(
        "section",
        element("h2", "Everything that was asked"),
        paragraph(
            "What is not in the answers is here, the surest first. A q value is the share of false findings to expect "
            "among the rows down to it."
        ),
        *parts,
        id="everything",
    )


def _said_once(evidence: Evidence, twins: Mapping[str, str]) -> str:
    """Say which outcomes are others in disguise."""
    pairs = [f"{title(evidence, twin)} ({title(evidence, other)})" for twin, other in twins.items()]
    return (
        "Not asked about, since each is the number in brackets in another unit or seen from the other side, and would "
        f"count one finding twice: {enumerated([lowered(pair) for pair in pairs[:MOST_TWINS]])}"
        f"{f'; and {len(pairs) - MOST_TWINS} more' if len(pairs) > MOST_TWINS else ''}."
    )


def _table(name: str, heading: str, found: Sequence[Finding], said: str) -> Table:
    order = sorted(found, key=lambda each: (each.q_value != each.q_value, each.q_value, each.outcome, each.claim))
    shown = order[:MOST_ROWS]
    more = f" The {len(shown)} surest of {len(order):,}; all are in {name}.csv." if len(order) > len(shown) else ""
    places = [decimals(each.estimate.low, each.estimate.high) for each in shown]
    ends = [(each.estimate, few) for each, few in zip(shown, places, strict=True)]
    columns = (
        Column(heading="Outcome", cells=tuple(each.outcome for each in shown)),
        Column(heading="Question", cells=tuple(each.claim for each in shown)),
        Column(heading="Estimate", cells=tuple(number(each.estimate, few) for each, few in ends), is_number=True),
        Column(heading="from", cells=tuple(number(each.low, few) for each, few in ends), is_number=True),
        Column(heading="to", cells=tuple(number(each.high, few) for each, few in ends), is_number=True),
        Column(heading="n", cells=tuple(f"{each.conversations:,}" for each, _ in ends), is_number=True),
        Column(
            heading="q", cells=tuple(probability(each.q_value).removeprefix("= ") for each in shown), is_number=True
        ),
    )
    why = without_interval([each.estimate for each in shown])
    return Table(name=name, title=heading, caption=said + more + why, frame=frame(order), columns=columns)


def frame(found: Sequence[Finding]) -> pd.DataFrame:
    """Return findings with every number and the call that gives each again."""
    return pd.DataFrame(
        [
            {
                "outcome": each.outcome, "question": each.question, "claim": each.claim,
                "estimate": each.estimate.estimate, "low": each.estimate.low, "high": each.estimate.high,
                "confidence": each.estimate.confidence, "n": each.estimate.conversations, "unit": each.estimate.unit,
                "p_value": each.estimate.p_value, "q_value": each.q_value, "standard_deviations": each.size,
                STANDING: EXPLORATORY, "method": each.estimate.method, "warnings": " ".join(each.estimate.warnings),
                "call": each.call,
            }
            for each in found
        ]
    )  # fmt: skip
