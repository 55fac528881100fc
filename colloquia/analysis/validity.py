"""Whether judges can be believed: agreement, consistency, self-preference, and people; and what people correct."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from colloquia.analysis.judging.anchor import consensus, stratum
from colloquia.analysis.selecting import seats
from colloquia.analysis.statistics import judges as statistics
from colloquia.analysis.statistics.conversations import UNIT
from colloquia.analysis.statistics.corrections import design_based_contrast
from colloquia.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd

    from colloquia.analysis.statistics.conversations import Conversations
    from colloquia.analysis.statistics.judges import Anchored
    from colloquia.analysis.statistics.result import Estimate
    from colloquia.analysis.tables import Frames
    from colloquia.design.judges import Judge
    from colloquia.logbook.labels import Labels

_PLACE = ["experiment_id", "turn_id"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Validity:
    """What is known about one judge."""

    judge: Judge
    places: int
    """Conversations or turns that were judged."""
    missing: int
    """First answers that are missing, of all its models."""
    of: int
    agreement: tuple[Estimate, ...]
    swapped: tuple[Estimate, ...]
    """How often each model kept its verdict in the other order."""
    again: tuple[Estimate, ...]
    """How often each kept it when it was asked once more."""
    label: str | None
    """The label that self-preference is about; None for a scale."""
    self_preference: tuple[tuple[str, Estimate], ...]
    people: Anchored | None
    """None where nobody has labelled a sheet of it."""
    items: pd.DataFrame | None
    """Each place that was judged: ``stratum``, ``verdict``, and ``truth`` where people labelled it; None as above."""

    @property
    def labelled(self) -> int:
        """How many places people labelled."""
        return 0 if self.items is None else int(self.items["truth"].notna().sum())


def validity(frames: Frames, panels: Mapping[str, Judge], known: Labels) -> list[Validity]:
    """Return what is known about judges that give labels or numbers, and were asked.

    Args:
        frames: What was said, and what judges said about it.
        panels: The judges, by name.
        known: What people said.
    """
    return [
        _of(judge, frames, known) for judge in panels.values() if judge.unit != "group" and judge.rubric.kind != "open"
    ]


def rows(found: Validity) -> list[Estimate]:
    """Return how far the models of a judge agree, keep their verdicts, and prefer what is their own."""
    preferring = [replace(each, name=f"{by}: {each.name}") for by, each in found.self_preference]
    return [*found.agreement, *found.swapped, *found.again, *preferring]


def rows_of_people(people: Anchored) -> list[Estimate]:
    """Return how far people agree with each other, with the panel, and with each model."""
    told = (
        ("people with each other", people.coders),
        ("panel with people", people.panel),
        *((f"{by} with people", each) for by, each in people.models),
    )
    return [replace(each, name=f"{who}: alpha") for who, each in told if each is not None]


def corrected_contrast(
    found: Validity,
    frames: Frames,
    values: Callable[[Frames], Conversations],
    factor: str,
    levels: tuple[object, object],
    *,
    within: Sequence[str] = (),
) -> Estimate | None:
    """Return a contrast of what a judge of conversations said, corrected by what people said of some of them.

    Args:
        found: The judge.
        frames: What the contrast is made of.
        values: Gives the outcome, one a conversation, from frames; it is asked for the judge's verdicts, and for
            people's in their place.
        factor: The column whose levels are compared.
        levels: Which two.
        within: Columns within whose combinations they are compared.

    Returns:
        None where nobody labelled anything, or too little of what is compared.
    """
    if found.items is None or found.judge.unit != "conversation":
        return None
    about = found.items[[UNIT, "stratum"]]
    judged = values(frames).rows.rename(columns={"value": "judged"})
    truth = values(_by_people(frames, found.judge.name, found.items)).rows[[UNIT, "value"]]
    items = judged.merge(truth.rename(columns={"value": "truth"}), on=UNIT, how="left").merge(about, on=UNIT)
    with suppress(DesignError):  # somewhere nobody looked
        return design_based_contrast(items[items["judged"].notna()], factor, *levels, within=within)
    return None


def _by_people(frames: Frames, name: str, items: pd.DataFrame) -> Frames:
    """Return frames with people's verdicts in the place of a judge's; missing where they were not asked."""
    own = frames.conversations[name]
    said = frames.conversations[UNIT].map(items.set_index(UNIT)["truth"]).astype(own.dtype)
    return replace(frames, conversations=frames.conversations.assign(**{name: said}))


def _of(judge: Judge, frames: Frames, known: Labels) -> Validity:
    answers, is_scale = frames.judgements, judge.rubric.kind == "scale"
    own = answers[(answers["judge"] == judge.name) & answers["is_current"] & (answers["reading"] == "first")]
    label = None if is_scale else judge.rubric.labels[0]
    coders = _coders(judge, known)
    items = None if coders is None or own.empty else _labelled(judge, frames, coders)
    return Validity(
        judge=judge,
        places=len(own.drop_duplicates(_PLACE)),
        missing=int(own["missing"].notna().sum()),
        of=len(own),
        agreement=tuple(statistics.agreement(answers, judge.name, is_scale=is_scale)),
        swapped=tuple(statistics.kept(answers, judge.name, "swapped")),
        again=tuple(statistics.kept(answers, judge.name, "again")),
        label=label,
        self_preference=tuple(statistics.self_preference(answers, frames.turns, judge.name, label=label)),
        people=None if coders is None or items is None else _people(judge, items, coders),
        items=items,
    )


def _people(judge: Judge, items: pd.DataFrame, coders: pd.DataFrame) -> Anchored:
    numbers = coders.astype("float64") if judge.rubric.kind == "scale" else coders
    return statistics.anchored(items, numbers, labels=judge.rubric.labels, bounds=judge.rubric.scale or (0.0, 1.0))


def _labelled(judge: Judge, frames: Frames, coders: pd.DataFrame) -> pd.DataFrame:
    """Return all places that were judged, with what people say of those that they labelled."""
    items = _items(judge, frames)
    said = {place: consensus(judge, coders.loc[place].dropna().astype("str")) for place in coders.index}
    truth: list[Any] = [said.get(place) for place in zip(items["experiment_id"], items["turn_id"], strict=True)]
    return items.assign(truth=truth)


def _coders(judge: Judge, known: Labels) -> pd.DataFrame | None:
    """Return what each person said about items drawn under a judge's present rubric; None where nobody did."""
    import pandas as pd

    places = {
        (each.experiment_id, each.turn_id, None, None)
        for each in known.drawn
        if each.judge == judge.name and each.rubric_sha256 == judge.rubric.sha256
    }
    rows = [
        {"experiment_id": label.experiment_id, "turn_id": label.turn_id or 0, "by": label.labeller, "said": label.label}
        for label in known.current.values()
        if label.scheme == judge.name and label.is_blind and label.place in places
    ]
    if not rows:
        return None
    return pd.DataFrame(rows).pivot_table(index=_PLACE, columns="by", values="said", aggfunc="last")


def _items(judge: Judge, frames: Frames) -> pd.DataFrame:
    """Return all places that were judged, with stratum, verdict, and what each model said.

    The strata are those of the draw, made anew: of the conversations and verdicts as they are now.
    """
    import pandas as pd

    table = statistics.readings(frames.judgements, judge.name)
    source = frames.conversations if judge.unit == "conversation" else frames.turns
    turns = [0] * len(source) if judge.unit == "conversation" else list(source["turn_id"])
    said = source[judge.name].astype("object").where(source[judge.name].notna(), None)
    verdicts = dict(zip(zip(source["experiment_id"], turns, strict=True), said, strict=True))
    seated = _seated(frames)
    items = table.rename(columns=lambda by: f"by {by}").reset_index()
    places = list(zip(items["experiment_id"], items["turn_id"].astype("int64"), strict=True))
    found: list[object] = [verdicts.get(place) for place in places]
    return items.assign(
        verdict=pd.Series(found, index=items.index, dtype="object"),
        seating=[" x ".join(seated[talk]) for talk, _ in places],
        stratum=[stratum(seated[talk], verdicts.get((talk, turn)), judge.rubric) for talk, turn in places],
    )


def _seated(frames: Frames) -> dict[str, list[str]]:
    """Return who talks with whom, by experiment id."""
    columns = seats(frames.conversations)
    names = frames.conversations[columns].to_numpy().tolist()
    return {
        str(talk): [str(name) for name in row if isinstance(name, str)]
        for talk, row in zip(frames.conversations["experiment_id"], names, strict=True)
    }
