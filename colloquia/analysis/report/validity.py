"""What the measures are worth: which were taken, in which version, how many values are missing, what they are not."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from colloquia.analysis.measuring.registry import built_in
from colloquia.analysis.report.markup import Html, code, element, joined, paragraph
from colloquia.analysis.report.tables import estimates, table_of
from colloquia.analysis.statistics.agreement import krippendorff_alpha
from colloquia.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from colloquia.analysis.report.evidence import Evidence
    from colloquia.analysis.report.plates import Plates
    from colloquia.analysis.report.tables import Table
    from colloquia.analysis.statistics.result import Estimate


def validity(evidence: Evidence, plates: Plates) -> Html:
    """Return the section."""
    measures = evidence.frames.measures
    if measures.empty:
        body: list[object] = [
            paragraph(
                "No measure was computed for these conversations, so only what the log itself counts is reported: ",
                code(f"colloquia measure --run-dir {evidence.folder}"),
                " computes the others offline.",
            )
        ]
    else:
        body = [
            paragraph(
                "Each measure is a fixed, versioned rule; its values are known by the hash of what they were computed "
                "from. None of them is a judgement about quality, and each has its caveat."
            ),
            plates.table(_table(measures)),
            *_embeddings(measures),
        ]
    heading = element("h2", "What the measures are worth")
    return element("section", heading, *body, *_judges(evidence, plates), id="validity")


def _table(measures: pd.DataFrame) -> Table:
    known = built_in()
    values = measures[measures["unit"] != "turn"]
    grouped = values.groupby(["measure", "version"], sort=True)["value"].agg(
        values="size", missing=lambda each: each.isna().sum()
    )
    found = grouped.reset_index()
    found["caveat"] = [
        known[name].caveat if name in known else "a measure of the study's own" for name in found["measure"]
    ]
    return table_of(
        found,
        {
            "measure": "Measure",
            "version": "Version",
            "values": "Values",
            "missing": "Missing",
            "caveat": "Not to be taken for",
        },
        name="measures",
        title="Measures",
        caption="Values of seats and conversations; those missing have their reason in frames.measures.",
    )


def _judges(evidence: Evidence, plates: Plates) -> Iterator[Html]:
    """Yield how often judges gave no answer, and how far those of a panel agree, in both orders of reading too."""
    judgements = evidence.frames.judgements
    current = judgements[judgements["is_current"]] if len(judgements) else judgements
    if current.empty:
        return
    given = current.groupby(["judge", "by"], sort=True)["answer"]
    found = given.agg(asked="size", missing=lambda each: each.isna().sum()).reset_index()
    yield element("h3", "Judges")
    yield paragraph(
        "A judge is a model, and errs like one: read its answers with its agreement. Only labels of people tell how "
        "far it is right, and correct what it found: ",
        code(f"colloquia judge --validity --run-dir {evidence.folder}"),
        ".",
    )
    headings = {"judge": "Judge", "by": "By", "asked": "Asked", "missing": "No answer"}
    said = "Of answers that count. A judge's own refusal is missing, and never a no. From frames.judgements."
    yield plates.table(table_of(found, headings, name="judges", title="What judges answered", caption=said))
    agreed = list(_agreements(current))
    if agreed:
        said = "Krippendorff's alpha for labels, 95 % intervals; 1: agreement, 0: chance. n: what was read twice."
        yield plates.table(estimates(agreed, name="agreement", title="How far judges agree", caption=said))


def _agreements(current: pd.DataFrame) -> Iterator[Estimate]:
    for judge, answers in current.groupby("judge", sort=True):
        places = zip(*(answers[name].map(str) for name in ("experiment_id", "turn_id", "group")), strict=True)
        placed = answers.assign(place=["|".join(place) for place in places])
        first = placed[placed["reading"] == "first"]
        yield from _alpha(f"{judge}: judges of the panel", first, "by")
        for by, own in placed.groupby("by", sort=True):
            yield from _alpha(f"{judge}: {by} with itself, read again", own, "reading")


def _alpha(name: str, answers: pd.DataFrame, raters: str) -> Iterator[Estimate]:
    wide = answers.pivot_table(index=raters, columns="place", values="answer", aggfunc="first")
    if len(wide) < 2:  # noqa: PLR2004 (one agrees with nobody)
        return
    rows = [[None if value != value else value for value in row] for row in wide.to_numpy().tolist()]  # noqa: PLR0124 (what is missing differs from itself)
    with suppress(DesignError):  # nothing was read twice
        yield replace(krippendorff_alpha(rows), name=name)


def _embeddings(measures: pd.DataFrame) -> list[Html]:
    found = sorted(measures["embedding"].dropna().unique())
    return [paragraph("Likeness in meaning: ", joined(", ".join(found)), ".", class_="soft")] if found else []
