"""Whether the judges of a run folder can be believed: agreement, consistency, self-preference, and people."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from colloquia import studies
from colloquia.analysis.judging.anchor import consensus, stratum
from colloquia.analysis.selecting import seats
from colloquia.analysis.statistics import judges as statistics
from colloquia.analysis.tables import load
from colloquia.errors import DesignError, nearest
from colloquia.logbook import contents, labels
from colloquia.logbook.folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from colloquia.analysis.statistics.judges import Anchored, Kept
    from colloquia.analysis.statistics.result import Estimate
    from colloquia.analysis.tables import Frames
    from colloquia.design.judges import Judge
    from colloquia.logbook.labels import Labels

_PLACE = ["experiment_id", "turn_id"]


@dataclass(frozen=True, kw_only=True)
class Validity:
    """What is known about one judge."""

    judge: Judge
    places: int
    """Conversations or turns that were judged."""
    missing: int
    """First answers that are missing, of all its models."""
    of: int
    agreement: tuple[Estimate, ...]
    swapped: tuple[Kept, ...]
    again: tuple[Kept, ...]
    label: str | None
    """The label that self-preference is about; None for a scale."""
    self_preference: tuple[tuple[str, Estimate], ...]
    people: Anchored | None
    """None where nobody has labelled a sheet of it."""


class Row(NamedTuple):
    """One number about a judge, with how sure it is."""

    what: str
    estimate: float
    low: float
    high: float
    conversations: int
    """What it rests on; of second readings, how many there were."""


def rows(found: Validity) -> list[Row]:
    """Return how far the models of a judge agree, keep their verdicts, and prefer what is their own."""
    told = [_row(each.name, each) for each in found.agreement]
    told += [_kept(each, "kept its verdict in the other order") for each in found.swapped]
    told += [_kept(each, "kept its verdict when asked again") for each in found.again]
    return told + [_row(f"{by}: {each.name}", each) for by, each in found.self_preference]


def rows_of_people(people: Anchored) -> list[Row]:
    """Return how far people agree with each other, with the panel, and with each model."""
    told = [_row("people with each other: alpha", people.coders)] if people.coders else []
    told += [_row("panel with people: alpha", people.panel)] if people.panel else []
    return told + [_row(f"{by} with people: alpha", each) for by, each in people.models]


def _row(what: str, found: Estimate) -> Row:
    return Row(what, found.estimate, found.low, found.high, found.conversations)


def _kept(found: Kept, what: str) -> Row:
    return Row(f"{found.by} {what}", found.same / found.of, found.low, found.high, found.of)


def validity(folder: Path | str, names: Sequence[str] = ()) -> list[Validity]:
    """Return what is known about the judges of a run folder that give labels or numbers.

    Args:
        folder: The run folder.
        names: Which judges; all where there are none.

    Raises:
        DesignError: there is no such judge.
        FolderError: there is no log.
    """
    run_folder, frames = RunFolder(Path(folder)), load(folder)
    latest = contents.studies(run_folder)[-1:]
    panels = studies.parse(latest[0]).panels if latest else {}
    for name in names:
        if name not in panels:
            raise DesignError(f"--judge {name}: no judge of this study.{nearest(name, panels)}")
    known = labels.read(run_folder)
    return [
        _of(judge, frames, known)
        for name, judge in panels.items()
        if (not names or name in names) and judge.unit != "group" and judge.rubric.kind != "open"
    ]


def _of(judge: Judge, frames: Frames, known: Labels) -> Validity:
    answers, is_scale = frames.judgements, judge.rubric.kind == "scale"
    own = answers[(answers["judge"] == judge.name) & answers["is_current"] & (answers["reading"] == "first")]
    label = None if is_scale else judge.rubric.labels[0]
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
        people=_people(judge, frames, known),
    )


def _people(judge: Judge, frames: Frames, known: Labels) -> Anchored | None:
    coders = _coders(judge, known)
    if coders is None:
        return None
    items = _items(judge, frames)
    said = {place: consensus(judge, coders.loc[place].dropna().astype("str")) for place in coders.index}
    items["truth"] = [said.get(place) for place in zip(items["experiment_id"], items["turn_id"], strict=True)]
    numbers = coders.astype("float64") if judge.rubric.kind == "scale" else coders
    return statistics.anchored(items, numbers, labels=judge.rubric.labels, bounds=judge.rubric.scale or (0.0, 1.0))


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
