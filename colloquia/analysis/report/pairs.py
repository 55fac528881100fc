"""Who talks with whom: each pair of models, and what is the speaker's, the partner's and the pair's own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from colloquia.analysis.figures.comparison import comparison
from colloquia.analysis.figures.forest import forest
from colloquia.analysis.figures.heatmap import MOST_MODELS, heatmap
from colloquia.analysis.quantities import is_of_seats
from colloquia.analysis.report.answers import title
from colloquia.analysis.report.findings import DYAD, round_robin
from colloquia.analysis.report.markup import Html, element, paragraph
from colloquia.analysis.report.tables import chances, estimates
from colloquia.analysis.selecting import seats, talking

if TYPE_CHECKING:
    from collections.abc import Iterator

    from colloquia.analysis.report.evidence import Evidence
    from colloquia.analysis.report.plates import Plates
    from colloquia.analysis.report.tables import Table
    from colloquia.analysis.statistics.result import Estimate
    from colloquia.analysis.statistics.social_relations import RoundRobin

_WORDS = (
    "Actor: how a model behaves whoever it meets. Partner: what it brings out in others. Relationship: what is special "
    "to a pair. The effects are about these models, and their intervals about conversations; the shares are about "
    "models in general, of which these are the sample."
)
_CALLED = {
    "actor share": "share of what models do (actor)", "partner share": "share of what they bring out (partner)",
    "relationship share": "share of what is special to pairs (relationship)", "error share": "share of chance (error)",
    "actor variance": "variance of what models do (actor)",
    "partner variance": "variance of what they bring out (partner)",
    "relationship variance": "variance of what is special to pairs (relationship)",
    "actor-partner covariance": "covariance of actor and partner: does a model get what it gives",
    "relationship covariance": "covariance within pairs: do they mirror",
    "actor-partner r": "the same as correlation, actor and partner",
    "relationship r": "the same as correlation, within pairs",
}  # fmt: skip
"""Rows of a table, for readers who do not know the model."""


def pairs(evidence: Evidence, outcome: str, plates: Plates) -> Html | None:
    """Return the section; nothing where there are no two models that talk by two."""
    found = evidence.frames.conversations
    if len(seats(found)) != DYAD or not 1 < len(evidence.models) <= MOST_MODELS:
        return None
    both = found[["model_1", "model_2"]].dropna()
    if (both["model_1"] == both["model_2"]).all():
        by = "speaker_model" if is_of_seats(evidence.frames, outcome) else "model_1"
        figure = comparison(talking(evidence.frames), outcome, by=by)
        said = paragraph("Every model talks with itself only: nothing can be told of what it brings out in others.")
        return element("section", element("h2", "Model by model"), plates.figure(figure), said, id="pairs")
    parts = [plates.figure(heatmap(evidence.frames, outcome))]
    for role, robin in round_robin(evidence, outcome).items():
        parts.extend(_relations(evidence, outcome, (role, robin), plates))
    return element("section", element("h2", "Who talks with whom"), *parts, id="pairs")


def _relations(evidence: Evidence, outcome: str, of: tuple[str, RoundRobin], plates: Plates) -> Iterator[Html]:
    role, robin = of
    whose = "" if role == "all" else f", as {role}"
    name = title(evidence, outcome)
    call = f"{evidence.call(outcome)}.round_robin()[{role!r}]"
    yield paragraph(_WORDS)
    yield plates.figure(
        forest(
            evidence.frames,
            [*robin.actors, *robin.partners],
            title=f"What each model does and brings out{whose}",
            unit=f"{name}, difference from the mean",
            code=f"{call}.frame",
        )
    )
    if robin.self_play:
        yield plates.table(_table(robin.self_play, "self-play", f"Models with themselves{whose}", call))
    every = (*robin.shares, *robin.variances, *robin.reciprocity)
    told = tuple(replace(each, name=_CALLED.get(each.name, each.name)) for each in every)
    yield plates.table(_table(told, "shares", f"What varies between models{whose}", call))
    if robin.warnings:
        yield paragraph(" ".join(robin.warnings), class_="soft")


def _table(found: tuple[Estimate, ...], name: str, heading: str, call: str) -> Table:
    return estimates(
        found, name=name, title=heading, caption=f"95 % intervals. From {call}.frame.",
        beside=[chances("p", [each.p_value for each in found])],
    )  # fmt: skip
