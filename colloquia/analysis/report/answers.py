"""The answers: at most five sentences, chosen by a rule that is stated, each with its interval and its place.

Where the study names hypotheses these are the answers, and Holm holds them as one family. Otherwise the answers are
explored: of each question to each primary outcome the largest effect, told from none by its q value. "No difference" is
never said without a test of equivalence.
"""

from __future__ import annotations

from math import floor, isfinite, log10
from typing import TYPE_CHECKING

from colloquia.analysis.hypotheses import FIRST, GROUP, SECOND, blocks, compared
from colloquia.analysis.quantities import quantity
from colloquia.analysis.report.markup import Html, code, element, listed, paragraph
from colloquia.analysis.report.opening import badges, scope
from colloquia.analysis.report.tables import CONFIRMATORY, EXPLORATORY, STANDING, Column, chances, estimates
from colloquia.analysis.report.writing import counted, decimals, enumerated, estimated, interval, number, probability
from colloquia.analysis.validity import corrected_contrast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colloquia.analysis.hypotheses import Tested
    from colloquia.analysis.report.evidence import Evidence
    from colloquia.analysis.report.findings import Finding
    from colloquia.analysis.report.plates import Plates
    from colloquia.analysis.report.tables import Table
    from colloquia.analysis.statistics.bounds import Bounds
    from colloquia.analysis.statistics.result import Estimate

MOST = 5
RULE = (
    "The study names no hypotheses, so these answers are exploratory. To every primary outcome ({outcomes}) every "
    "question of the design was put: {number}, one family, of which those with q ≤ 0.05 (Benjamini-Hochberg) "
    "may be shown. Shown is the largest effect of each question, in standard deviations between conversations, the "
    "largest first, then the next outcomes of the same questions, five in all. The whole family stands under "
    "“Everything that was asked”."
)
_UNANSWERED = (
    "Nothing can be told from chance yet: the questions of the design meet cells with a single conversation, or with "
    "conversations that are all alike, and without variation there is no interval. Raise iterations and run again; "
    "only what is missing is run. The differences as they are stand under “Everything that was asked”."
)
_NOTHING = (
    "Every question that has an interval came out at 0 in these conversations, which is no proof that there is no "
    "difference: how large one could be, the intervals under “Everything that was asked” say."
)
_UNASKED = (
    "There is no question to answer yet: nothing is varied that two conversations or more could be compared in. Add a "
    "model, a factor or a scenario, and run again."
)


def chosen(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings that are answers, by the rule above; where none is told from none, the five largest.

    What has no interval is no answer, and neither is what came out at nothing.
    """
    known = [finding for finding in findings if isfinite(finding.estimate.low) and finding.size]
    apart = [finding for finding in known if finding.is_apart]
    order = sorted(apart or known, key=lambda each: -abs(each.size))
    first: dict[str, Finding] = {}
    others: dict[tuple[str, str], Finding] = {}
    for finding in order:
        if finding.question not in first:
            first[finding.question] = finding
        elif finding.outcome != first[finding.question].outcome:
            others.setdefault((finding.question, finding.outcome), finding)
    return [*first.values(), *others.values()][:MOST]


def answers(evidence: Evidence, findings: Sequence[Finding], outcomes: Sequence[str], plates: Plates) -> Html:
    """Return the section."""
    if evidence.experiment.predictions:
        return _confirmatory(evidence, plates)
    told = chosen(findings)
    if not told:
        has_intervals = any(isfinite(finding.estimate.low) for finding in findings)
        return _section(paragraph(_NOTHING if has_intervals else _UNANSWERED if findings else _UNASKED))
    titles = enumerated([lowered(title(evidence, each)) for each in outcomes])
    rule = RULE.format(outcomes=titles, number=counted(len(findings), "estimate"))
    return _section(
        listed((_explored(evidence, each) for each in told), class_="answers", is_numbered=True),
        paragraph(scope(evidence), class_="soft"),
        paragraph(rule, class_="soft"),
    )


def title(evidence: Evidence, outcome: str) -> str:
    """Return an outcome as it is called in a sentence."""
    if outcome not in evidence.outcomes:
        name, _, label = (part.strip(" '\"") for part in outcome.partition("=="))
        return f"Share of conversations {'ended by' if name == 'ended_by' else f'where {name} is'} {label}"
    return quantity(outcome, evidence.frames).title


def lowered(words: str) -> str:
    """Return a title as it stands within a sentence; an acronym stays one."""
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]


def sentence(evidence: Evidence, finding: Finding) -> str:
    """Return a finding as a sentence, in the units of its outcome."""
    estimate = finding.estimate
    size = _size(estimate)
    above = f"{size} {'above' if estimate.estimate >= 0 else 'below'}"
    name, role = estimate.name.partition(" ")[2], finding.claim.removeprefix(estimate.name)
    match finding.question:
        case "actor":
            said = f"{name}{role} is {above} the mean of {_these(evidence)}, whoever it meets (actor effect)"
        case "partner":
            said = f"whoever{role} meets {name} is {above} its own habit (partner effect of {name})"
        case "self-play":
            said = f"{name}{role} with itself is {above} what its two effects lead to expect (self-play)"
        case question:
            said = _compared(evidence, finding, question, size)
    return f"{title(evidence, finding.outcome)}: {said}"


def _compared(evidence: Evidence, finding: Finding, question: str, size: str) -> str:
    """Return a difference of two levels, or of a model from the mean of all, in words."""
    first, second = finding.claim.removeprefix(f"{question} ").split(" minus ", 1)
    more = f"{size} {'higher' if finding.estimate.estimate >= 0 else 'lower'}"
    is_from_mean = second == "the mean of all"
    if question == "model":
        than = f"the mean of {_these(evidence)}" if is_from_mean else f"for {second}"
        return f"{more} for {first} than {than}, in the same scenario and role"
    if question.startswith("model_"):
        seat = evidence.seat(question)
        than = f"on average of {_these(evidence)}" if is_from_mean else f"where it is {second}"
        return f"{more} where {seat} is {first} than {than}, with the same partner"
    return f"{more} where {question} is {first} than where it is {second}"


def _size(estimate: Estimate) -> str:
    """Return how large an estimate is, with as many digits as its interval carries, and one that is not 0."""
    size = abs(estimate.estimate)
    least = -floor(log10(size)) if size else 0
    return number(size, max(decimals(estimate.low, estimate.high), least))


def _these(evidence: Evidence) -> str:
    return f"these {len(evidence.models)} models"


def _explored(evidence: Evidence, finding: Finding) -> Html:
    said = sentence(evidence, finding)
    doubt = "" if finding.is_apart else "Not told from none. "
    return element(
        "div",
        paragraph(badges(evidence), element("b", doubt + said), f" ({interval(finding.estimate)})."),
        _place(
            finding.estimate,
            f"q {probability(finding.q_value)} · {number(finding.size)} standard deviations of all {finding.rows}",
            finding.call,
        ),
        _people(evidence, finding.outcome, finding.corrected),
        _lost(evidence, finding.outcome, finding.bounds),
    )


def _people(evidence: Evidence, outcome: str, corrected: Estimate | None) -> Html | None:
    """Say what people make of an answer that rests on judges; nothing where it does not."""
    judge = evidence.judge_of(outcome)
    if judge is None:
        return None
    if judge.people is None:
        said = "Judges said so, and nobody has checked them: "
        return element("p", said, code(f"colloquia label export --judge {judge.judge.name}"), ".", class_="place")
    looked = f"people labelled {judge.labelled:,} of {counted(judge.places, 'conversation')}"
    if corrected is None:
        return element("p", f"Not corrected: {looked}, and none of some kind that is compared here.", class_="place")
    warned = "".join(f" {warning}" for warning in corrected.warnings)
    return element(
        "p", element("b", f"Corrected by people: {estimated(corrected)}"), f"; {looked}.{warned}", class_="place"
    )


def _place(estimate: Estimate, beside: str, call: str) -> Html:
    return element(
        "p", f"{estimate.conversations:,} {estimate.unit} · {beside} · {estimate.method}", element("br"), code(call),
        class_="place",
    )  # fmt: skip


def _lost(evidence: Evidence, outcome: str, bounds: Bounds | None) -> Html | None:
    """Say what the conversations without a value could change."""
    if bounds is None:
        return None
    verdict = "does not hang" if bounds.is_robust else "hangs"
    what = "are lost" if evidence.judge_of(outcome) is None else "have no verdict, or are lost"
    return paragraph(
        f"{100 * bounds.lost:.1f} % of the conversations {what}. Had all of them gone one way it would be "
        f"{estimated(bounds.lowest)}, the other way {estimated(bounds.highest)}: on which side of zero it lies "
        f"{verdict} on them.",
        class_="place",
    )


def _confirmatory(evidence: Evidence, plates: Plates) -> Html:
    found, untested = evidence.tested
    items = [_tested(evidence, each) for each in found[:MOST]]
    rest = [f"{name} could not be tested: {why}" for name, why in untested.items()]
    registered = "was registered before the data" if evidence.records.registrations else "was not registered"
    if evidence.records.deviations:
        registered += ", and what is listed is otherwise now than in the one that counts"
    rule = (
        f"The study names {counted(len(evidence.experiment.predictions), 'hypothesis', 'hypotheses')}, which are what "
        f"is answered, in its order; p values are adjusted by Holm as one family. The study {registered}."
    )
    return _section(
        listed(items, class_="answers", is_numbered=True),
        plates.table(_hypotheses(evidence, found)) if found else None,
        listed(rest) if rest else None,
        listed(evidence.records.deviations, class_="deviations") if evidence.records.deviations else None,
        paragraph(scope(evidence), class_="soft"),
        paragraph(rule, class_="soft"),
    )


def _hypotheses(evidence: Evidence, found: Sequence[Tested]) -> Table:
    return estimates(
        [each.estimate for each in found],
        name="hypotheses",
        title="All hypotheses",
        caption="Differences in the units of the outcome; intervals of 95 %, of equivalences 90 %; p by Holm.",
        beside=(
            Column(heading=STANDING, cells=tuple(_standing(evidence, each) for each in found)),
            Column(heading="Verdict", cells=tuple(each.verdict for each in found)),
            chances("p", [each.adjusted for each in found]),
        ),
        what="Hypothesis",
    )


def _standing(evidence: Evidence, each: Tested) -> str:
    """Tell whether a hypothesis was written before the data."""
    return CONFIRMATORY if each.hypothesis.name in evidence.records.confirmatory else EXPLORATORY


def _tested(evidence: Evidence, each: Tested) -> Html:
    hypothesis, estimate = each.hypothesis, each.estimate
    expected = (
        f"higher where {hypothesis.first.text} than where {hypothesis.second.text}"
        if hypothesis.within is None
        else f"the same to within {hypothesis.within:g}, {hypothesis.first.text} or {hypothesis.second.text}"
    )
    place = evidence.experiment.predictions.index(hypothesis)
    call = f"compared(frames, experiment.predictions[{place}], experiment.exclusion)"
    left = f" · {each.excluded:,} left out by exclude" if each.excluded else ""
    return element(
        "div",
        paragraph(
            badges(evidence),
            element("b", f"{hypothesis.name} ({_standing(evidence, each)}): {each.verdict}. "),
            f"{hypothesis.outcome.text}, expected {expected}: difference {estimated(estimate)}.",
        ),
        _place(estimate, f"p {probability(each.adjusted)} by Holm{left}", call),
        _people(evidence, hypothesis.outcome.text, _corrected(evidence, each)),
        _lost(evidence, hypothesis.outcome.text, each.bounds),
    )


def _corrected(evidence: Evidence, each: Tested) -> Estimate | None:
    """Return a hypothesis about a judge's verdicts as people's labels correct it."""
    judge, exclusion = evidence.judge_of(each.hypothesis.outcome.text), evidence.experiment.exclusion
    if judge is None:
        return None
    within = blocks(compared(evidence.frames, each.hypothesis, exclusion))
    return corrected_contrast(
        judge, evidence.frames, lambda frames: compared(frames, each.hypothesis, exclusion), GROUP, (FIRST, SECOND),
        within=within,
    )  # fmt: skip


def _section(*parts: Html | None) -> Html:
    return element("section", element("h2", "Answers"), *parts, id="answers")
