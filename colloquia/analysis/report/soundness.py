"""How far the data can be believed: what ran and what did not, before anything that was found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colloquia.analysis.figures.endings import endings
from colloquia.analysis.health import WARNED_SHARE, health, mixed_providers
from colloquia.analysis.report.markup import Html, element, listed, paragraph
from colloquia.analysis.report.tables import table_of
from colloquia.analysis.report.writing import counted, enumerated, share
from colloquia.analysis.selecting import ended_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from colloquia.analysis.report.evidence import Evidence
    from colloquia.analysis.report.plates import Plates

_SHOWN = (
    "failed", "not begun", "begun and not ended", "cells without a whole conversation", "refused",
    "cut at their length", "asked for more than once", "served by more than one provider",
    "word for word the same as another", "with repaired characters",
)  # fmt: skip


def soundness(evidence: Evidence, plates: Plates) -> Html:
    """Return the section."""
    found = health(evidence.frames)
    notes = list(_notes(evidence))
    how = ended_by(evidence.frames.conversations)
    headings = {"what": "What", "number": "Number", "of": "Of", "unit": "Unit", "share": "Share"}
    said = "From health(frames)."
    plates.keep(table_of(found, headings, name="health", title="What went otherwise than planned", caption=said))
    return element(
        "section",
        element("h2", "Can the data be believed?"),
        paragraph(_verdict(found)),
        element("ul", *_whole(how), *_cells(found), class_="strip"),
        listed(notes) if notes else None,
        plates.figure(endings(evidence.frames)) if len(set(how)) > 1 else None,
        id="soundness",
    )


def _whole(how: pd.Series[str]) -> Iterator[Html]:
    total = len(how)
    complete = int((~how.isin(["failed", "not ended"])).sum())
    capped = int((how == "length").sum())
    yield _cell(f"{complete:,} of {total:,}", "completed", is_careful=complete < (1 - WARNED_SHARE) * total)
    yield _cell(f"{capped:,}", "ended at their planned length", is_careful=False)
    if complete - capped:
        yield _cell(f"{complete - capped:,}", "ended before it, by rule or outcome", is_careful=False)


def _cells(found: pd.DataFrame) -> Iterator[Html]:
    rows = {str(row["what"]): row for row in found.to_dict("records")}
    for what in _SHOWN:
        row = rows.get(what)
        if row is not None and row["of"]:
            number = f"{row['number']:,}"
            said = (
                f"{what} ({share(row['number'], row['of'])} of {row['of']:,} {row['unit']})" if row["number"] else what
            )
            yield _cell(number, said, is_careful=bool(row["needs_care"]))


def _cell(number: str, said: str, *, is_careful: bool) -> Html:
    care = element("span", " Needs care.", class_="care-word") if is_careful else None
    return element("li", element("b", number), said, care, class_="care" if is_careful else None)


def _verdict(found: pd.DataFrame) -> str:
    careful = found[found["needs_care"]]
    if careful.empty:
        return f"Nothing concerns more than {100 * WARNED_SHARE:g} % of what was planned."
    said = [f"{row['what']} ({share(row['number'], row['of'])} of {row['unit']})" for row in careful.to_dict("records")]
    return f"With care: {enumerated(said)}. What is missing or cut may not be like the rest."


def _notes(evidence: Evidence) -> Iterator[str]:
    turns, records = evidence.frames.turns, evidence.records
    for model, providers in mixed_providers(turns).items():
        yield f"{model} was served by {enumerated(providers)}: not one model, perhaps."
    served = turns.dropna(subset=["served_model"]).groupby("speaker_model", sort=True)["served_model"].unique()
    for name, versions in served.items():
        if len(versions) > 1:
            yield f"{name} answered as {enumerated(sorted(map(str, versions)))}: its version changed during the study."
    if records.damaged_lines or records.gaps:
        lines = f"{counted(records.damaged_lines, 'line')} of the logs cannot be read"
        yield (
            f"{lines if records.damaged_lines else 'Lines of the logs are missing'}; "
            f"{counted(records.set_aside, 'conversation')} that damage touches are shown and not gone on with."
        )
    if evidence.is_repeated:
        yield (
            "Where all conversations of a cell are word for word the same, nothing was left to chance, and they are no "
            "observations of their own: they count once in every estimate, and each time in figures of means. Where "
            "others of the cell differ, each counts."
        )
    if evidence.records.forks:
        yield (
            f"{counted(evidence.records.forks, 'fork')} of conversations share turns with what they continue, and are "
            "left out here: frames.forks compares them."
        )
