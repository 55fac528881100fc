"""How far the answers hang on choices: the same estimate over every part of the data that could be defended."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from colloquia.analysis.report.answers import chosen, sentence
from colloquia.analysis.report.findings import explored
from colloquia.analysis.report.markup import Html, element, paragraph
from colloquia.analysis.report.tables import table_of
from colloquia.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from colloquia.analysis.report.evidence import Evidence
    from colloquia.analysis.report.findings import Finding
    from colloquia.analysis.report.plates import Plates
    from colloquia.analysis.tables import Frames


def robustness(evidence: Evidence, findings: Sequence[Finding], plates: Plates) -> Html | None:
    """Return the section; nothing where there is one way to choose the data."""
    told = [finding for finding in chosen(findings) if finding.is_apart]
    choices = list(_choices(evidence))
    if not told or len(choices) < 2:  # noqa: PLR2004 (one choice is none)
        return None
    rows = [row for choice, frames in choices for row in _rows(evidence, choice, frames, told)]
    if not rows:
        return None
    table = pd.DataFrame(rows)
    same = table.groupby("answer")["same_sign"].agg(["sum", "size"])
    said = " ".join(
        f"Answer {number}: the same sign in {int(row['sum'])} of {int(row['size'])}." for number, row in same.iterrows()
    )
    headings = {"answer": "Answer", "choice": "Data", "estimate": "Estimate", "low": "from", "high": "to", "n": "n"}
    shown = table_of(
        table, headings, name="robustness", title="The answers over parts of the data",
        caption="Each row leaves out or keeps what could be left out or kept; intervals by t.",
    )  # fmt: skip
    return element(
        "section",
        element("h2", "Do the answers hang on choices?"),
        paragraph("Each answer again, over every part of the data that could be defended. ", said),
        plates.table(shown),
        id="robustness",
    )


def _choices(evidence: Evidence) -> Iterator[tuple[str, Frames]]:
    """Yield parts of the data: each scenario, whole conversations, without cut, refused or retried ones, halves."""
    frames = evidence.frames
    found = frames.conversations
    masks = {
        **(
            {f"scenario {name}": found["scenario"] == name for name in evidence.scenarios}
            if len(evidence.scenarios) > 1
            else {}
        ),
        "without cut turns": found["n_truncated"] == 0,
        "without refusals": found["n_refusals"] == 0,
        "odd iterations": found["iteration"] % 2 == 1,
        "even iterations": found["iteration"] % 2 == 0,
        "without self-play": _is_mixed(found),
    }
    for choice, mask in masks.items():
        kept = mask.fillna(value=False).astype("bool")
        if 0 < kept.sum() < len(found):
            yield choice, _kept(frames, found[kept])


def _is_mixed(found: pd.DataFrame) -> pd.Series[bool]:
    if not {"model_1", "model_2"} <= set(found.columns):
        return found["iteration"].notna()
    different: pd.Series[bool] = found["model_1"] != found["model_2"]
    return different


def _kept(frames: Frames, conversations: pd.DataFrame) -> Frames:
    ids = set(conversations["experiment_id"])
    parts = {
        name: frame[frame["experiment_id"].isin(ids)].reset_index(drop=True)
        for name in ("turns", "probes", "measures")
        if len(frame := getattr(frames, name))
    }
    return replace(frames, conversations=conversations.reset_index(drop=True), **parts)


def _rows(evidence: Evidence, choice: str, frames: Frames, told: Sequence[Finding]) -> Iterator[dict[str, object]]:
    some = replace(evidence, frames=frames)
    with suppress(DesignError):
        again = explored(some, dict.fromkeys(each.outcome for each in told), is_quick=True)
        known = {(each.outcome, each.call): each for each in again}
        quick = {(each.outcome, each.question, each.claim): each for each in known.values()}
        for number, finding in enumerate(told, start=1):
            match = quick.get((finding.outcome, finding.question, finding.claim))
            if match is not None:
                estimate = match.estimate
                yield {
                    "answer": number, "choice": choice, "estimate": estimate.estimate, "low": estimate.low,
                    "high": estimate.high, "n": estimate.conversations,
                    "same_sign": estimate.estimate * finding.estimate.estimate > 0,
                    "claim": sentence(evidence, finding),
                }  # fmt: skip
