"""The methods paragraph, written from the records and not from memory; how to run it again; what it does not show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colloquia.analysis.report.markup import Html, code, element, joined, listed, paragraph
from colloquia.analysis.report.opening import design, listed_models
from colloquia.analysis.report.writing import counted, enumerated
from colloquia.analysis.selecting import ended_by

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from colloquia.analysis.report.evidence import Evidence
    from colloquia.analysis.report.findings import Finding


def methods_text(evidence: Evidence, findings: Sequence[Finding]) -> str:
    """Return the methods as plain text, one paragraph for each matter."""
    return "\n\n".join((*_paragraphs(evidence, findings), "")).strip() + "\n"


def methods(evidence: Evidence, findings: Sequence[Finding]) -> Html:
    """Return the section."""
    return element(
        "section",
        element("h2", "Methods"),
        *(paragraph(each) for each in _paragraphs(evidence, findings)),
        element("h3", "Again"),
        paragraph(
            "Every number on this page is given again by the call beside it, after ",
            code(_frames(evidence)),
            ". The rows behind it are those of ",
            code("frames.conversations"),
            "; each has an experiment_id, by which its turns are found in the log.",
        ),
        element("h3", "Files"),
        listed(joined((f"{name}: ", code(f"sha256 {digest}"))) for name, digest in evidence.records.hashes.items()),
        element("h3", "Limits"),
        listed(_limits(evidence)),
        id="methods",
    )


def _frames(evidence: Evidence) -> str:
    call = f"import colloquia; frames = colloquia.load({evidence.folder!r})"
    if evidence.where is None:
        return call
    return f"{call}; from colloquia.analysis.selecting import holding; frames = holding(frames, {evidence.where!r})"


def _paragraphs(evidence: Evidence, findings: Sequence[Finding]) -> Iterator[str]:
    yield _data(evidence)
    yield " ".join(_models(evidence))
    yield _analysis(evidence, findings)
    yield _software(evidence)


def _data(evidence: Evidence) -> str:
    found, experiment = evidence.frames.conversations, evidence.experiment
    how = ended_by(found)
    ended = int((~how.isin(["failed", "not ended"])).sum())
    runs = evidence.records.runs
    when = f" between {runs[0][:10]} and {runs[-1][:10]}" if runs and runs[0][:10] != runs[-1][:10] else ""
    when = when or (f" on {runs[0][:10]}" if runs else "")
    lengths = sorted({int(number) for number in found["planned_turns"].dropna()})
    length = enumerated([f"{number:,}" for number in lengths])
    chosen = "" if evidence.where is None else f" Analysed are those where {evidence.where}."
    return (
        f"Design: {design(evidence)} Of {evidence.of:,} planned conversations of {length} turns, "
        f"{counted(len(found), 'conversation')} with {counted(len(evidence.frames.turns), 'turn')} are analysed, "
        f"{ended:,} of which ended as planned, by rule or by outcome; they were held{when} in "
        f"{counted(len(runs), 'run')}.{_judged(evidence)}{chosen} "
        "The unit of every estimate is the conversation (or the seat of one), "
        "never the turn. "
        f"All draws come from the study seed {experiment.seed}; every prompt, setting and seat stands in the id of its "
        f"conversation."
    )


def _judged(evidence: Evidence) -> str:
    """Say when judges were asked, and who they are."""
    if not evidence.judges:
        return ""
    times = evidence.records.judged
    when = f", asked {counted(len(times), 'time')}, the last on {times[-1][:10]}" if times else ""
    said = [
        f"{name} by {enumerated([entry.slug for entry in each.judge.by])} (rubric {each.judge.rubric.sha256[:12]})"
        for name, each in evidence.judges.items()
    ]
    return f" Judges, blind to models and conditions{when}: {enumerated(said)}."


def _models(evidence: Evidence) -> Iterator[str]:
    turns = evidence.frames.turns
    yield f"Models: {listed_models(evidence)}."
    for name in evidence.models:
        own = turns[turns["speaker_model"] == name]
        slugs = sorted(own["speaker_slug"].dropna().unique())
        served = sorted(own["served_by"].dropna().unique())
        versions = sorted(own["served_model"].dropna().unique())
        said = f"{name} is {enumerated(list(slugs)) or 'a model that said nothing yet'}"
        said += f", served by {enumerated(served)}" if served else ""
        said += f" as {enumerated(versions)}" if versions else ""
        yield f"{said}; it {evidence.records.sent[name]}." if name in evidence.records.sent else f"{said}."


def _analysis(evidence: Evidence, findings: Sequence[Finding]) -> str:
    if evidence.experiment.predictions:
        family = (
            f"Hypotheses are one family ({len(evidence.experiment.predictions)}), adjusted by Holm; all else is "
            "exploratory, with q values by Benjamini and Hochberg."
        )
    else:
        family = (
            f"There are no hypotheses: whatever primary outcomes say ({counted(len(findings), 'estimate')}) is "
            "exploratory, with q values by Benjamini and Hochberg."
        )
    ways = list(dict.fromkeys(finding.estimate.method for finding in findings))
    return (
        f"Analysis: {family} Intervals hold 95 %. Estimates were made by: {'; or '.join(ways) or 'nothing yet'}. Where "
        "more than 5 % of the conversations are lost, bounds say what they could change. No difference is claimed "
        "without a test of equivalence."
    )


def _software(evidence: Evidence) -> str:
    held = [f"{name} {' and '.join(versions)}" for name, versions in evidence.records.versions.items()]
    made = [f"{name} {version}" for name, version in evidence.records.made_with.items()]
    return (
        f"Software: conversations were held with {enumerated(held) or 'unknown versions'}; analysed with "
        f"{enumerated(made)}."
    )


def _limits(evidence: Evidence) -> Iterator[str]:
    yield (
        "What holds for these models, prompts and versions need not hold for others; a model behind a name can change "
        "without notice."
    )
    if len(evidence.scenarios) < 8:  # noqa: PLR2004 (fewer are no sample)
        yield "Scenarios are few, and are taken as they are: no claim is made about situations in general."
    if evidence.sources:
        yield f"{evidence.sources}: no language model of a provider said these turns; they carry no finding about one."
    if not evidence.experiment.predictions:
        yield "Nothing was predicted: what is told from none here is to be tested on new conversations."
    if evidence.frames.measures.empty:
        yield "No measure of what was said was computed."
    yield "Word lists and lexicons are English."
