"""Turn by turn, and in their own words: the trajectory, and three conversations picked by rule and not by look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from colloquia.analysis.figures.trajectory import SPLITS, trajectory
from colloquia.analysis.quantities import by_conversation, by_turn
from colloquia.analysis.report.answers import lowered, title
from colloquia.analysis.report.markup import Html, code, element, joined, paragraph
from colloquia.analysis.report.writing import plain
from colloquia.design.controls import TALK

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    import pandas as pd

    from colloquia.analysis.report.evidence import Evidence
    from colloquia.analysis.report.plates import Plates

TURNS = 4
"""Turns of an excerpt: those in the middle of the conversation."""
LONGEST = 700
"""Characters of a turn that an excerpt shows; the whole turn stands at the end of the report."""
WHOLE = 6_000
"""Characters of a turn that the report shows at all; the log has the rest."""
FEW = 4
"""So many models can be told apart as lines."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Picked:
    """A conversation that is quoted."""

    why: str
    about: dict[Hashable, Any]
    """Its row among the conversations."""
    value: float
    turns: pd.DataFrame

    @property
    def anchor(self) -> str:
        """The place of its transcript on the page."""
        return f"talk-{self.about['experiment_id']}"


def picked(evidence: Evidence, outcome: str) -> list[Picked]:
    """Return the conversations with the lowest, the median and the highest outcome; ties by id."""
    values = by_conversation(evidence.frames, outcome)[["experiment_id", "value"]]
    order = values.sort_values(["value", "experiment_id"], kind="stable").reset_index(drop=True)
    places = {"lowest": 0, "median": (len(order) - 1) // 2, "highest": len(order) - 1} if len(order) else {}
    found: dict[int, str] = {}
    for why, place in places.items():
        found.setdefault(place, why)
    return [_picked(evidence, order.iloc[place], why) for place, why in found.items()]


def _picked(evidence: Evidence, row: pd.Series[Any], why: str) -> Picked:
    frames = evidence.frames
    about = frames.conversations[frames.conversations["experiment_id"] == row["experiment_id"]].iloc[0]
    turns = frames.turns[frames.turns["experiment_id"] == row["experiment_id"]].sort_values("turn_id")
    return Picked(why=why, about=about.to_dict(), value=float(row["value"]), turns=turns)


def talks(evidence: Evidence, outcome: str, plates: Plates) -> Html:
    """Return the section: how the outcome goes over the turns, and excerpts."""
    drawn = outcome if len(by_turn(evidence.frames, outcome)) else "words"
    few = len(evidence.models) <= FEW
    split = "speaker_model" if few and len(evidence.models) > 1 else SPLITS[0]
    name = title(evidence, outcome)
    rule = (
        f"Three conversations, picked by rule: the lowest, the median and the highest of {lowered(name)}; of each the "
        f"{TURNS} turns in its middle, as they were said. The whole of them stands at the end."
    )
    return element(
        "section",
        element("h2", "Turn by turn, and in their own words"),
        plates.figure(trajectory(evidence.frames, drawn, split=split))
        if evidence.frames.turns["turn_id"].max() > 1
        else None,
        paragraph(rule),
        *(_excerpt(evidence, each, name) for each in picked(evidence, outcome)),
        id="talks",
    )


def transcripts(evidence: Evidence, outcome: str) -> Html:
    """Return the whole of the conversations that are quoted."""
    found = picked(evidence, outcome)
    return element(
        "section",
        element("h2", "The quoted conversations, whole"),
        *(
            element(
                "details",
                element("summary", f"{_named(each)}: {len(each.turns)} turns"),
                paragraph(_place(evidence, each), class_="meta"),
                *_lines(each.turns, WHOLE),
                id=each.anchor,
            )
            for each in found
        ),
        id="transcripts",
    )


def _excerpt(evidence: Evidence, each: Picked, name: str) -> Html:
    start = max((len(each.turns) - TURNS) // 2, 0)
    where = paragraph(
        element("b", each.why.capitalize()), f" · {lowered(name)} {plain(each.value)} · {_named(each)} · ",
        element("a", "the whole conversation", href=f"#{each.anchor}"), element("br"), _place(evidence, each),
        class_="place",
    )  # fmt: skip
    return element("blockquote", where, *_lines(each.turns.iloc[start : start + TURNS], LONGEST))


def _named(each: Picked) -> str:
    seats = {str(name): model for name, model in each.about.items() if isinstance(model, str)}
    who = " with ".join(model for name, model in seats.items() if name.startswith("model_"))
    arm = each.about.get("arm")
    control = f", control arm {arm}" if isinstance(arm, str) and arm != TALK else ""
    return f"{each.about['scenario']}, {who}, iteration {each.about['iteration']}{control}"


def _place(evidence: Evidence, each: Picked) -> Html:
    """Return where it stands in the log, and the command that shows it."""
    identity = str(each.about["experiment_id"])
    shown = code(f"colloquia show {identity[:8]} --run-dir {evidence.folder}")
    return joined((f"experiment_id {identity} · ", shown))


def _lines(turns: pd.DataFrame, longest: int) -> Iterator[Html]:
    for row in turns.to_dict("records"):
        content = row["content"] if isinstance(row["content"], str) else None
        notes = [note for note, holds in (("refusal", row["is_refusal"]), ("cut", row["is_truncated"])) if holds]
        notes += [str(row["source"]).upper()] if row["source"] not in ("live", "human") else []
        who = f"{row['turn_id']}. {row['speaker_role']} ({row['speaker_model']})"
        said = content if content is not None else "(no text)"
        more = f" … ({len(said) - longest:,} more characters)" if len(said) > longest else ""
        yield element(
            "div", element("span", " · ".join([who, *notes]), class_="who"), said[:longest], more or None, class_="turn"
        )
