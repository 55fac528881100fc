"""How far the answers hang on choices: the same estimate by every part of the data and every judge to be defended."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from colloquia.analysis.figures.specification import specification
from colloquia.analysis.hypotheses import FIRST, GROUP, SECOND, blocks, compared
from colloquia.analysis.report.answers import MOST, chosen, sentence
from colloquia.analysis.report.findings import explored
from colloquia.analysis.report.markup import Html, element, paragraph
from colloquia.analysis.report.tables import Column, Table
from colloquia.analysis.report.writing import decimals, number
from colloquia.analysis.selecting import Selection
from colloquia.analysis.statistics.contrasts import contrast
from colloquia.analysis.statistics.judges import readings
from colloquia.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from colloquia.analysis.report.evidence import Evidence
    from colloquia.analysis.report.findings import Finding
    from colloquia.analysis.report.plates import Plates
    from colloquia.analysis.statistics.result import Estimate
    from colloquia.analysis.tables import Frames

AS_REPORTED = "as reported"


@dataclass(frozen=True, kw_only=True, eq=False)
class _Answer:
    """One answer of the report, in the order in which it stands there."""

    number: int
    outcome: str
    claim: str
    estimate: Estimate
    finding: Finding | None = None
    """None where it is a hypothesis."""


def robustness(evidence: Evidence, findings: tuple[Finding, ...], plates: Plates) -> Html | None:
    """Return the section; nothing where there is one way to choose the data."""
    told = list(_answers(evidence, findings))
    rows = [_row(each, AS_REPORTED, each.estimate, each.estimate) for each in told]
    rows += [row for choice, frames in _choices(evidence) for row in _rows(evidence, choice, frames, told)]
    rows += [row for each in told for row in _by_judge(evidence, each)]
    if len(rows) < 2 * len(told) or not told:
        return None
    table = pd.DataFrame(rows).sort_values("answer", kind="stable").reset_index(drop=True)
    others = table[table["choice"] != AS_REPORTED]
    same = others.groupby("answer")["same_sign"].agg(["sum", "size"])
    said = " ".join(
        f"Answer {number}: the same sign in {int(row['sum'])} of {int(row['size'])}." for number, row in same.iterrows()
    )
    caption = (
        "Each row leaves out or keeps what could be left out or kept, or believes one judge alone; intervals by t, and "
        "of what is reported as it is reported."
    )
    shown = Table(
        name="robustness", title="The answers over choices that could be defended", caption=caption, frame=table,
        columns=tuple(_columns(table)),
    )  # fmt: skip
    return element(
        "section",
        element("h2", "Do the answers hang on choices?"),
        paragraph("Each answer again, by every choice of data and judges that could be defended. ", said),
        *(plates.figure(specification(evidence.frames, some)) for _, some in table.groupby("answer", sort=True)),
        plates.table(shown),
        id="robustness",
    )


def _columns(table: pd.DataFrame) -> Iterator[Column]:
    """Yield what is shown of the table, each row with the digits that its interval carries."""
    few = [decimals(low, high) for low, high in zip(table["low"], table["high"], strict=True)]
    yield Column(heading="Answer", cells=tuple(f"{number}" for number in table["answer"]))
    yield Column(heading="Choice", cells=tuple(table["choice"]))
    for heading, name in (("Estimate", "estimate"), ("from", "low"), ("to", "high")):
        cells = tuple(number(value, places) for value, places in zip(table[name], few, strict=True))
        yield Column(heading=heading, cells=cells, is_number=True)
    yield Column(heading="n", cells=tuple(f"{count:,}" for count in table["n"]), is_number=True)


def _answers(evidence: Evidence, findings: tuple[Finding, ...]) -> Iterator[_Answer]:
    """Yield the answers that have an interval: the hypotheses where there are any, else what is told from none."""
    if evidence.experiment.predictions:
        for number, each in enumerate(evidence.tested[0][:MOST], start=1):
            yield _Answer(
                number=number, outcome=each.hypothesis.outcome.text, claim=each.hypothesis.name, estimate=each.estimate
            )
        return
    for number, finding in enumerate(chosen(findings), start=1):
        if finding.is_apart:
            claim = sentence(evidence, finding)
            yield _Answer(
                number=number, outcome=finding.outcome, claim=claim, estimate=finding.estimate, finding=finding
            )


def _choices(evidence: Evidence) -> Iterator[tuple[str, Frames]]:
    """Yield parts of the data: each scenario, whole conversations, without cut, refused or retried ones, halves."""
    found = evidence.frames.conversations
    scenarios = evidence.scenarios if len(evidence.scenarios) > 1 else []
    masks = {
        **{f"scenario {name}": found["scenario"] == name for name in scenarios},
        "without cut turns": found["n_truncated"] == 0,
        "without refusals": found["n_refusals"] == 0,
        "odd iterations": found["iteration"] % 2 == 1,
        "even iterations": found["iteration"] % 2 == 0,
        "without self-play": _is_mixed(found),
    }
    for choice, mask in masks.items():
        kept = found[mask.fillna(value=False).astype("bool")]
        if 0 < len(kept) < len(found):
            yield choice, Selection(among=frozenset(kept["experiment_id"])).of(evidence.frames)


def _is_mixed(found: pd.DataFrame) -> pd.Series[bool]:
    if not {"model_1", "model_2"} <= set(found.columns):
        return found["iteration"].notna()
    different: pd.Series[bool] = found["model_1"] != found["model_2"]
    return different


def _rows(evidence: Evidence, choice: str, frames: Frames, told: list[_Answer]) -> Iterator[dict[str, object]]:
    """Yield the answers again that these frames allow."""
    some = replace(evidence, frames=frames)
    asked = dict.fromkeys(each.outcome for each in told if each.finding is not None)
    again = {(each.outcome, each.question, each.claim): each for each in explored(some, asked, is_quick=True)}
    for each in told:
        if each.finding is None:
            found = _hypothesis(some, each)
        else:
            match = again.get((each.outcome, each.finding.question, each.finding.claim))
            found = match.estimate if match else None
        if found is not None:
            yield _row(each, choice, found, each.estimate)


def _hypothesis(evidence: Evidence, answer: _Answer) -> Estimate | None:
    hypothesis = next(each for each in evidence.experiment.predictions if each.name == answer.claim)
    with suppress(DesignError):  # a group is empty
        rows = compared(evidence.frames, hypothesis, evidence.experiment.exclusion)
        return contrast(rows, GROUP, FIRST, SECOND, within=blocks(rows), draws=0)
    return None


def _by_judge(evidence: Evidence, answer: _Answer) -> Iterator[dict[str, object]]:
    """Yield an answer that rests on a panel as each of its judges alone gives it."""
    found = evidence.judge_of(answer.outcome)
    if found is None or len(found.judge.by) == 1:
        return
    name, frames = found.judge.name, evidence.frames
    table = readings(frames.judgements, name).reset_index().set_index("experiment_id")
    for by in sorted({entry.slug for entry in found.judge.by} & set(map(str, table.columns))):
        own = frames.conversations[name]
        said = frames.conversations["experiment_id"].map(table[by]).astype(own.dtype)
        alone = replace(frames, conversations=frames.conversations.assign(**{name: said}))
        yield from _rows(evidence, f"judged by {by} alone", alone, [answer])


def _row(answer: _Answer, choice: str, found: Estimate, reported: Estimate) -> dict[str, object]:
    return {
        "answer": answer.number, "choice": choice, "estimate": found.estimate, "low": found.low, "high": found.high,
        "n": found.conversations, "same_sign": found.estimate * reported.estimate > 0, "claim": answer.claim,
    }  # fmt: skip
