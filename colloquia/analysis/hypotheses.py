"""Hypotheses against the data: which conversations are compared, and what came of it; Holm holds the family.

A study that names hypotheses has said before the data what would be found. Each is one contrast between two groups of
conversations, in the units of its outcome; what ``exclude`` says is left out here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from colloquia.analysis.health import repeated
from colloquia.analysis.quantities import by_conversation
from colloquia.analysis.selecting import ended_by
from colloquia.analysis.statistics.bounds import bounds
from colloquia.analysis.statistics.contrasts import contrast
from colloquia.analysis.statistics.conversations import MOST_LOST, UNIT, Conversations
from colloquia.analysis.statistics.duplicates import collapse
from colloquia.analysis.statistics.equivalence import equivalence
from colloquia.analysis.statistics.families import holm
from colloquia.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from colloquia.analysis.statistics.bounds import Bounds
    from colloquia.analysis.statistics.result import Estimate
    from colloquia.analysis.tables import Frames
    from colloquia.design.expressions import Expression
    from colloquia.design.hypotheses import Hypothesis
    from colloquia.design.study import Experiment

GROUP, FIRST, SECOND = "group", "first", "second"
LEVEL = 0.05


@dataclass(frozen=True, kw_only=True, eq=False)
class Tested:
    """What came of one hypothesis."""

    hypothesis: Hypothesis
    estimate: Estimate
    """Of the first group minus the second; of an equivalence its 90 % interval and the p value of both tests."""
    excluded: int
    """Conversations of its groups that ``exclude`` left out."""
    bounds: Bounds | None = None
    """What the lost could change, where more are lost than may be passed over."""
    adjusted: float = float("nan")
    """Its p value by Holm, over all hypotheses of the study."""

    @property
    def verdict(self) -> str:
        """``as expected``, ``the opposite``, ``not told from none``; ``the same``, ``not shown to be the same``."""
        if self.hypothesis.within is not None:
            bound = self.hypothesis.within
            inside = -bound < self.estimate.low and self.estimate.high < bound
            return "the same" if inside and self.adjusted <= LEVEL else "not shown to be the same"
        if not self.adjusted <= LEVEL:
            return "not told from none"
        return "as expected" if self.estimate.estimate > 0 else "the opposite"


def verdicts(frames: Frames, experiment: Experiment) -> tuple[list[Tested], dict[str, str]]:
    """Return what came of each hypothesis, and why others could not be tested, by name."""
    found: list[Tested] = []
    untested: dict[str, str] = {}
    for hypothesis in experiment.predictions:
        try:
            found.append(_test(frames, hypothesis, experiment.exclusion))
        except DesignError as error:
            untested[hypothesis.name] = str(error)
    adjusted = holm([each.estimate.p_value for each in found])
    return [replace(each, adjusted=float(p)) for each, p in zip(found, adjusted, strict=True)], untested


def compared(frames: Frames, hypothesis: Hypothesis, exclusion: Expression | None = None) -> Conversations:
    """Return the conversations that a hypothesis compares, ``group`` telling which of the two each is in.

    Conversations of a cell that are all word for word the same are one observation, and stand once.

    Raises:
        DesignError: a group is empty.
    """
    kept = _grouped(frames, hypothesis, exclusion)
    rows = kept[~kept["is_excluded"]].drop(columns="is_excluded")
    for name in (FIRST, SECOND):
        if not (rows[GROUP] == name).any():
            claim = hypothesis.first if name == FIRST else hypothesis.second
            raise DesignError(f"No conversation that ended is in the {name} group ({claim.text}).")
    once = collapse(Conversations(rows=rows.assign(fingerprint=rows[UNIT].map(repeated(frames)))), "fingerprint")
    return once.conversations.without("fingerprint")


def _test(frames: Frames, hypothesis: Hypothesis, exclusion: Expression | None) -> Tested:
    rows = compared(frames, hypothesis, exclusion)
    within = blocks(rows)
    if hypothesis.within is None:
        estimate = contrast(rows, GROUP, FIRST, SECOND, within=within)
    else:
        found = equivalence(rows, GROUP, FIRST, SECOND, bound=hypothesis.within, within=within)
        estimate = replace(found.difference, p_value=found.p_value, method=f"{found.difference.method}; {found.method}")
    return Tested(
        hypothesis=hypothesis,
        estimate=replace(estimate, name=hypothesis.name),
        excluded=int(_grouped(frames, hypothesis, exclusion)["is_excluded"].sum()),
        bounds=_bounds(rows, within, is_claim=hypothesis.outcome.claim is not None),
    )


def _bounds(rows: Conversations, within: list[str], *, is_claim: bool) -> Bounds | None:
    """Return what the lost could change: a claim holds or does not, a number lies within those that were seen."""
    if rows.lost <= MOST_LOST or rows.present.empty:
        return None
    values = rows.present["value"]
    ends = (0.0, 1.0) if is_claim else (float(values.min()), float(values.max()))
    return bounds(rows, GROUP, FIRST, SECOND, value_range=ends, within=within)


def blocks(rows: Conversations) -> list[str]:
    """Return within what the two groups are compared: the scenario, where both have the same ones."""
    first, second = (set(rows.rows.loc[rows.rows[GROUP] == name, "scenario"]) for name in (FIRST, SECOND))
    return ["scenario"] if len(first | second) > 1 and first == second else []


def _grouped(frames: Frames, hypothesis: Hypothesis, exclusion: Expression | None) -> pd.DataFrame:
    import pandas as pd

    held = frames.conversations[ended_by(frames.conversations) != "not ended"]
    about = held[held["fork"].isna()] if "fork" in held else held  # a fork is no conversation of its own
    about = about.reset_index(drop=True)
    values = _values(frames, about, _names(hypothesis, exclusion))
    outcomes = [hypothesis.outcome.value(each) for each in values]
    rows = about.assign(
        group=pd.Series([hypothesis.group(each) for each in values], dtype="object"),
        value=pd.Series(outcomes, dtype="float64").mask(about["is_failed"].astype("bool")),
        is_excluded=[exclusion is not None and exclusion.holds(each) for each in values],
    )
    return rows[rows[GROUP].notna()]


def _names(hypothesis: Hypothesis, exclusion: Expression | None) -> set[str]:
    claims = [hypothesis.first, hypothesis.second, *filter(None, (hypothesis.outcome.claim, exclusion))]
    own = () if hypothesis.outcome.claim is not None else (hypothesis.outcome.text,)
    return {name for claim in claims for name in claim.names} | {*own}


def _values(frames: Frames, about: pd.DataFrame, names: Iterable[str]) -> list[dict[str, Any]]:
    """Return the columns of each conversation, and the variables of measures that are spoken of."""
    rows = about
    for name in sorted(set(names) - set(about.columns)):
        found = by_conversation(frames, name).set_index(UNIT)["value"]
        rows = rows.assign(**{name: rows[UNIT].map(found)})
    records = rows.astype("object").where(rows.notna(), None).to_dict("records")
    return [{str(name): _plain(value) for name, value in record.items()} for record in records]


def _plain(value: Any) -> Any:  # noqa: ANN401 (a cell of a frame is anything)
    return value.item() if hasattr(value, "item") else value
