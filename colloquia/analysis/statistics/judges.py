"""How far judges can be believed: whether they agree, keep their verdict, favour their own, and agree with people.

Everything is made of the frame of answers (``load().judgements``) and of conversations; nobody is asked. The unit is
the conversation: intervals over turns are bootstraps of conversations.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Literal

import numpy as np

from colloquia.analysis.statistics.agreement import cohens_kappa, icc_2k, krippendorff_alpha
from colloquia.analysis.statistics.corrections import design_based, design_based_contrast
from colloquia.analysis.statistics.rates import wilson
from colloquia.analysis.statistics.result import CONFIDENCE, Estimate
from colloquia.analysis.statistics.strata import DRAWS
from colloquia.design.families import family
from colloquia.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pandas as pd

    from colloquia.analysis.statistics.agreement import Level
    from colloquia.analysis.statistics.result import Floats

_PLACE = ["experiment_id", "turn_id"]
_PAIR = 2
_FEWEST = 2
"""Conversations on either side below which self-preference is not estimated."""
MOST_CONTRASTED = 4
"""Seatings of which each two are compared."""
REPORTABLE, HEADLINE = 0.67, 0.80
"""Lower ends of the interval of alpha between judge and people, from which a verdict may be reported, and headed."""


def readings(
    answers: pd.DataFrame, judge: str, reading: Literal["first", "swapped", "again"] = "first"
) -> pd.DataFrame:
    """Return the answers of a judge that hold, one row a place and one column a model; missing where there is none."""
    kept = answers[(answers["judge"] == judge) & (answers["reading"] == reading) & answers["is_current"]]
    kept = kept[kept["experiment_id"].notna()]
    table = kept.assign(turn_id=kept["turn_id"].fillna(0)).pivot_table(
        index=_PLACE, columns="by", values="answer", aggfunc="last", dropna=False, observed=True
    )
    return table.dropna(how="all")


def agreement(answers: pd.DataFrame, judge: str, *, is_scale: bool) -> list[Estimate]:
    """Return how far the models of a panel agree: alpha of all, then ICC(2,k) of a scale or kappa of each two.

    Estimates that cannot be had (one model, nothing judged twice) are left out.
    """
    table = readings(answers, judge)
    if table.shape[1] < _PAIR:
        return []
    rows = [_values(table[by], is_scale=is_scale) for by in table.columns]
    of = list(table.index.get_level_values("experiment_id"))
    found = [_or_none(lambda: krippendorff_alpha(rows, "interval" if is_scale else "nominal", of=of))]
    if is_scale:
        whole = table.dropna()
        scores = [_values(whole[by], is_scale=True) for by in whole.columns]
        found.append(_or_none(lambda: icc_2k(scores, of=list(whole.index.get_level_values("experiment_id")))))  # type: ignore[arg-type] # no gaps are left
    else:
        found += [_kappa(table, one, other) for one, other in combinations(table.columns, 2)]
    return [each for each in found if each is not None]


def kept(answers: pd.DataFrame, judge: str, reading: Literal["swapped", "again"]) -> list[Estimate]:
    """Return how often each model of a judge kept its verdict in the other order, or when it was asked once more."""
    import pandas as pd

    first, second = readings(answers, judge), readings(answers, judge, reading)
    how = {"swapped": "in the other order", "again": "when asked again"}[reading]
    found = []
    for by in second.columns:
        if by not in first:
            continue
        both = pd.DataFrame({"first": first[by], "second": second[by]}).dropna()
        same, of = int((both["first"] == both["second"]).sum()), len(both)
        if of:
            low, high = wilson(same, of)
            found.append(
                Estimate(
                    name=f"{by} kept its verdict {how}", estimate=same / of, low=low, high=high, conversations=of,
                    method="share of what was read twice; Wilson's interval", unit="readings",
                )
            )  # fmt: skip
    return found


def self_preference(
    answers: pd.DataFrame, turns: pd.DataFrame, judge: str, *, label: str | None = None
) -> list[tuple[str, Estimate]]:
    """Return for each judge model how much more it gives its own family than the other judges do.

    For each place: what it gives less what the others give on average (its consensus without it); then that of what its
    own family said less that of what others said, so that a model that is generous to all favours nobody. Where several
    families talk in one conversation, it counts for nobody's, unless turns are judged.

    Args:
        answers: ``load().judgements``.
        turns: ``load().turns``, which tell who speaks.
        judge: The judge.
        label: The label whose share is compared; None for a scale.
    """
    table = readings(answers, judge)
    if table.empty or table.shape[1] < _PAIR:
        return []
    scores = table.apply(lambda column: column.astype("float64") if label is None else _is_label(column, label))
    houses = _houses(table, turns)
    found = []
    for by in scores.columns:
        others = scores.drop(columns=by).mean(axis=1)
        values = (scores[by] - others).to_frame("value").assign(is_own=houses.eq(family(str(by))), house=houses)
        values = values[values["value"].notna() & values["house"].notna()].reset_index()
        if (estimate := _preference(values, label)) is not None:
            found.append((str(by), estimate))
    return found


def _preference(values: pd.DataFrame, label: str | None) -> Estimate | None:
    """Return the mean of its own less that of the others', with a bootstrap of conversations."""
    own = values["is_own"].to_numpy(dtype="float64")
    parts = values[["experiment_id"]].assign(
        own=own * values["value"], owns=own, other=(1 - own) * values["value"], others=1 - own
    )
    sums = parts.groupby("experiment_id").sum().to_numpy()
    if min((sums[:, 1] > 0).sum(), (sums[:, 3] > 0).sum()) < _FEWEST:
        return None
    chance = np.random.default_rng(1)
    times = chance.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=DRAWS)
    drawn = _difference(times @ sums)
    low, high = np.nanquantile(drawn, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    what = "points" if label is None else f"share of {label!r}"
    return Estimate(
        name=f"self-preference ({what})", estimate=float(_difference(sums.sum(axis=0)[None])[0]), low=float(low),
        high=float(high), conversations=len(sums),
        method=f"own less others', against the leave-one-out consensus; bootstrap of conversations, {DRAWS:,} draws",
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Anchored:
    """What people say about a judge."""

    coders: Estimate | None
    """Agreement of the people among themselves."""
    panel: Estimate | None
    """Agreement of the panel's verdict with theirs."""
    models: tuple[tuple[str, Estimate], ...]
    """The same for each judge model."""
    corrected: tuple[tuple[str, str, float, Estimate], ...]
    """Who talks, the label (empty for a scale), what the judges found, and the same corrected by what people said."""
    contrasts: tuple[tuple[str, Estimate], ...]
    """The label and each difference between two of who talks, corrected; where these are few."""
    calibration: pd.DataFrame
    """By who talks and what the judges said: how many items people labelled, and what they said of them on average."""
    uncorrected: tuple[str, ...] = ()
    """For whom there is no correction, and why."""

    @property
    def gate(self) -> str:
        """What the agreement of panel and people allows, in words."""
        low = self.panel.low if self.panel else float("nan")
        if low >= HEADLINE:
            return f"may carry a headline (the interval of alpha begins at {low:.2f}, {HEADLINE:.2f} is asked)"
        if low >= REPORTABLE:
            return f"may be reported, and carry no headline (the interval of alpha begins at {low:.2f})"
        return (
            f"is not to be relied on uncorrected (the interval of alpha begins at {low:.2f}, {REPORTABLE:.2f} is asked)"
        )


def anchored(
    items: pd.DataFrame, coders: pd.DataFrame, *, labels: Sequence[str], bounds: tuple[float, float] = (0.0, 1.0)
) -> Anchored:
    """Return how far judges agree with people, and what they found, corrected.

    Args:
        items: One row a place that was judged: ``experiment_id``, ``stratum`` of the draw, ``seating`` (who talks with
            whom), ``verdict`` of the panel, ``truth`` by people (missing where nobody was asked), and a column for each
            judge model, called ``by`` and its slug.
        coders: What each person said, one row a labelled place and one column a person.
        labels: Those of the judge; empty for a scale.
        bounds: The ends of the scale; of a label 0 and 1.
    """
    level: Level = "nominal" if labels else "interval"
    known = items[items["truth"].notna()]
    models = [(name[3:], _with_people(known, name, level)) for name in items.columns if name.startswith("by ")]
    corrected: list[tuple[str, str, float, Estimate]] = []
    failed: list[str] = []
    for seating, some in items[items["verdict"].notna()].groupby("seating", sort=False):
        for label in labels or ("",):
            coded = _coded(some, label)
            try:
                found = design_based(coded, bounds=bounds)
                corrected.append((str(seating), label, float(coded["judged"].mean()), found))
            except DesignError as error:
                failed.append(f"{seating}: {error}")
                break
    rows = [list(coders[name].astype("object").where(coders[name].notna(), None)) for name in coders.columns]
    of = [str(each) for each in coders.index.get_level_values(0)]
    return Anchored(
        coders=_or_none(lambda: krippendorff_alpha(rows, level, of=of)) if len(rows) >= _PAIR else None,
        panel=_with_people(known, "verdict", level),
        models=tuple((name, found) for name, found in models if found is not None),
        corrected=tuple(corrected),
        contrasts=tuple(_contrasts(items, labels or ("",), list(dict.fromkeys(name for name, *_ in corrected)))),
        calibration=_calibration(known, labels),
        uncorrected=tuple(failed),
    )


def _contrasts(items: pd.DataFrame, labels: Sequence[str], seatings: list[str]) -> Iterator[tuple[str, Estimate]]:
    if len(seatings) > MOST_CONTRASTED:
        return
    for label in labels:
        coded = _coded(items[items["verdict"].notna()], label)
        for one, other in combinations(seatings, 2):
            found = _or_none(lambda: design_based_contrast(coded, "seating", one, other))  # noqa: B023 (called at once)
            if found is not None:
                yield label, found


def _calibration(known: pd.DataFrame, labels: Sequence[str]) -> pd.DataFrame:
    """Return what people said of items, by who talks and what the judges said; of labels, how often the same."""
    said = known[known["verdict"].notna()]
    truth = (said["truth"] == said["verdict"]).astype("float64") if labels else said["truth"].astype("float64")
    verdict = said["verdict"].astype("object") if labels else said["verdict"].astype("float64").round()
    groups = said.assign(truth=truth, verdict=verdict).groupby(["seating", "verdict"], sort=True)["truth"]
    return groups.agg(labelled="size", people="mean").reset_index()


def _with_people(known: pd.DataFrame, column: str, level: Level) -> Estimate | None:
    both = known[known[column].notna()]
    if both.empty:
        return None
    pair = [list(both["truth"]), list(both[column])]
    return _or_none(lambda: krippendorff_alpha(pair, level, of=list(both["experiment_id"])))


def _coded(some: pd.DataFrame, label: str) -> pd.DataFrame:
    """Return items with numbers for what was judged and what is true: the score, or 1 where it is this label."""
    if not label:
        return some.assign(judged=some["verdict"].astype("float64"), truth=some["truth"].astype("float64"))
    truth = (some["truth"] == label).astype("float64").where(some["truth"].notna())
    return some.assign(judged=(some["verdict"] == label).astype("float64"), truth=truth)


def _difference(sums: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = sums[:, 0] / sums[:, 1] - sums[:, 2] / sums[:, 3]
    return found


def _houses(table: pd.DataFrame, turns: pd.DataFrame) -> pd.Series[str]:
    """Return the family of who said what was judged; missing where several did."""
    import pandas as pd

    said = turns.assign(
        house=turns["speaker_slug"].map({slug: family(slug) for slug in turns["speaker_slug"].dropna().unique()})
    )
    of_turns = said.set_index(_PLACE)["house"].to_dict()
    of_talks = {talk: next(iter(houses)) for talk, houses in _sets(said).items() if len(houses) == 1}
    houses = [of_turns.get((talk, turn)) if turn else of_talks.get(talk) for talk, turn in table.index.to_list()]
    return pd.Series(houses, index=table.index, dtype="object")


def _sets(said: pd.DataFrame) -> dict[str, set[str]]:
    return {str(talk): set(houses) for talk, houses in said.groupby("experiment_id")["house"]}


def _is_label(column: pd.Series[str], label: str) -> pd.Series[float]:
    return (column == label).astype("float64").where(column.notna())


def _values(column: pd.Series[str], *, is_scale: bool) -> list[object]:
    return [None if value != value or value is None else float(value) if is_scale else value for value in column]  # noqa: PLR0124 (only what is not a number differs from itself)


def _kappa(table: pd.DataFrame, one: str, other: str) -> Estimate | None:
    both = table[[one, other]].dropna()
    of = list(both.index.get_level_values("experiment_id"))
    found = _or_none(lambda: cohens_kappa(list(both[one]), list(both[other]), of=of))
    return None if found is None else replace(found, name=f"Cohen's kappa of {one} and {other}")


def _or_none(estimate: Callable[[], Estimate]) -> Estimate | None:
    try:
        return estimate()
    except DesignError:
        return None
