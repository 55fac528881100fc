"""What the measures are worth: which were taken, in which version, how many values are missing, what they are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colloquia.analysis.measuring.registry import built_in
from colloquia.analysis.report.judges import judges
from colloquia.analysis.report.markup import Html, code, element, joined, paragraph
from colloquia.analysis.report.tables import table_of

if TYPE_CHECKING:
    import pandas as pd

    from colloquia.analysis.report.evidence import Evidence
    from colloquia.analysis.report.plates import Plates
    from colloquia.analysis.report.tables import Table


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
    return element("section", heading, *body, *judges(evidence, plates), id="validity")


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


def _embeddings(measures: pd.DataFrame) -> list[Html]:
    found = sorted(measures["embedding"].dropna().unique())
    return [paragraph("Likeness in meaning: ", joined(", ".join(found)), ".", class_="soft")] if found else []
