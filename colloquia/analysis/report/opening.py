"""The head of a report: what was asked, how, on how much, and whether it was registered before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colloquia.analysis.report.markup import Html, element, joined, paragraph, text
from colloquia.analysis.report.writing import counted, enumerated
from colloquia.analysis.selecting import factors, seats
from colloquia.design.controls import TALK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colloquia.analysis.report.evidence import Evidence

MANY = 12
"""So many names can be read in a sentence."""
TIMES = " \u00d7 "
_MEANT = {
    "EMBEDDED": "a very small model inside this program said them: they show the instrument, they are no finding about "
    "language models",
    "SCRIPTED": "a fixed rule said them: no language model is behind what is found",
    "SIMULATED": "the built-in simulator of a provider said them: no language model is behind what is found",
}


def opening(evidence: Evidence, contents: Sequence[tuple[str, str]]) -> Html:
    """Return the head of the page, with links to the sections that follow."""
    title = evidence.experiment.title or "An untitled study"
    return element(
        "header",
        element("div", "Colloquia report · ", evidence.made_at[:10], class_="over"),
        element("h1", title),
        paragraph(badges(evidence), design(evidence), class_="lead"),
        paragraph(_amount(evidence), class_="meta"),
        _warning(evidence),
        element("nav", *(element("a", name, href=f"#{place}") for place, name in contents), aria_label="Contents"),
    )


def badges(evidence: Evidence) -> Html:
    """Return what must be said wherever a finding could be read; nothing where live models spoke."""
    found = evidence.sources.split(" and ") if evidence.sources else []
    return joined(element("span", source, class_="badge") for source in found)


def design(evidence: Evidence) -> str:
    """Return the design in one line: models, partners, scenarios, levels, arms, iterations."""
    found = evidence.frames.conversations
    parts = [counted(len(evidence.models), "model"), _seated(evidence), counted(len(evidence.scenarios), "scenario")]
    parts += [f"{counted(found[factor].nunique(), 'level')} of {factor}" for factor in factors(found)]
    arms = sorted({str(arm) for arm in found["arm"].dropna()} - {TALK}) if "arm" in found else []
    parts += [f"{counted(len(arms) + 1, 'arm')} ({enumerated([TALK, *arms])})"] if arms else []
    parts.append(counted(int(found["iteration"].max()) if len(found) else 0, "iteration"))
    return TIMES.join(part for part in parts if part) + "."


def _seated(evidence: Evidence) -> str:
    number = len(seats(evidence.frames.conversations))
    pairing = evidence.experiment.pairing
    said = {
        "all": "every partner and itself", "distinct": "every partner", "unordered": "every partner, in one order",
        "self": "itself as partner",
    }  # fmt: skip
    if number == 1:
        return "alone"
    if number > 2:  # noqa: PLR2004 (a group is more than two)
        return f"groups of {number}"
    return said.get(pairing, "chosen partners") if isinstance(pairing, str) else "chosen partners"


def _amount(evidence: Evidence) -> str:
    turns = evidence.frames.turns
    number = len(evidence.frames.conversations)
    looked = "" if evidence.where is None else f" of {evidence.of:,}, those where {evidence.where}"
    parts = [
        f"{counted(number, 'conversation')}{looked}",
        counted(len(turns), "turn"),
        _cost(evidence),
        _registered(evidence),
    ]
    return " · ".join(filter(None, parts))


def _cost(evidence: Evidence) -> str:
    records = evidence.records
    unknown = ", and calls of unknown price" if records.has_unknown_cost else ""
    at_most = "at most " if records.has_bounded_cost and not unknown else ""
    return f"{at_most}${records.spent_usd:,.2f} spent in this folder{unknown}"


def _registered(evidence: Evidence) -> str:
    if evidence.records.registrations:
        return "; ".join(evidence.records.registrations)
    return "not registered before the data"


def _warning(evidence: Evidence) -> Html | None:
    """Say what a reader could take wrongly of turns that no live model said."""
    if not evidence.sources:
        return None
    turns = evidence.frames.turns
    sentences = []
    for source in evidence.sources.split(" and "):
        number = int((turns["source"] == source.lower()).sum())
        share = "All" if number == len(turns) else f"{number:,} of {len(turns):,}"
        sentences.append(f"{share} turns are {source}: {_MEANT.get(source, 'no live model said them')}.")
    return element("div", paragraph(" ".join(sentences)), class_="warning")


def listed_models(evidence: Evidence) -> str:
    """Return the models by name, or how many they are where they are many."""
    models = evidence.models
    return enumerated(models) if len(models) <= MANY else counted(len(models), "model")


def scope(evidence: Evidence) -> Html:
    """Return about what the answers are, and about what they are not."""
    scenarios = evidence.scenarios
    named = f" ({enumerated(scenarios)})" if len(scenarios) <= MANY else ""
    return text(
        f"These answers are about these models ({listed_models(evidence)}) in "
        f"{'this scenario' if len(scenarios) == 1 else 'these scenarios'}{named}; the unit is the conversation. "
        "Nothing is said about other models, other prompts or later versions."
    )
