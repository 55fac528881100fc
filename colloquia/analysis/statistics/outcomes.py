"""What can be asked about: one number for each conversation, or for each of its seats, from the frames of a study.

An outcome is named as a researcher would: a quantity of turns (``words``), a variable of a measure
(``lexical_diversity.mattr``), a column of ``conversations`` (``num_turns``), or a claim about conversations that holds
or does not (``ended_by == 'deal'``). Conversations that failed, or whose value is missing, are lost: they stay, without
a value. Those that have not begun or ended are left out, and that is said.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from colloquia.analysis.health import fingerprints, unlive
from colloquia.analysis.quantities import QUANTITIES, by_turn
from colloquia.analysis.selecting import ended_by
from colloquia.analysis.statistics.conversations import SEAT, UNIT, WHY_NOT_TURNS, Conversations
from colloquia.analysis.statistics.duplicates import collapse
from colloquia.design.expressions import expression
from colloquia.errors import DesignError, nearest

if TYPE_CHECKING:
    import pandas as pd

    from colloquia.analysis.tables import Frames

MODEL, PARTNER = "speaker_model", "partner_model"
_CLAIM = re.compile(r"[=<>]| (not )?in ")
_ABOUT = frozenset({"input_tokens", "output_tokens", "cost_usd", "latency_ms"})
"""Sums of a conversation: they have a name of their own among the quantities, so they are no outcome of that name."""


def conversations(frames: Frames, outcome: str, *, distinct: bool = False) -> Conversations:
    """Return the outcome of each conversation: the mean over its seats where each has one.

    Args:
        frames: What :func:`colloquia.load` returns.
        outcome: See above.
        distinct: Whether conversations that are word for word the same count once.

    Raises:
        DesignError: there is no such outcome, or ``frames`` are turns.
    """
    whole = _of_conversations(frames, outcome)
    if whole is None:
        found = _of_seats(frames, outcome).groupby(UNIT, sort=False)["value"].mean()
        whole = _ended(frames)[[UNIT]].merge(found.reset_index(), on=UNIT, how="left")
    return _finished(frames, whole, distinct=distinct)


def seats(frames: Frames, outcome: str, *, distinct: bool = False) -> Conversations:
    """Return the outcome of each seat of each conversation, with its model and, in dyads, the model it talked to.

    Raises:
        DesignError: there is no such outcome, or it is one of whole conversations.
    """
    if _of_conversations(frames, outcome) is not None:
        raise DesignError(f"{outcome!r} is a number of whole conversations: its seats cannot be compared.")
    places = _seats(_ended(frames))
    found = places.merge(_of_seats(frames, outcome), on=[UNIT, SEAT], how="left")
    return _finished(frames, found, distinct=distinct)


def known(frames: Frames) -> tuple[str, ...]:
    """Return the names of all outcomes that ``frames`` hold."""
    measured = frames.measures.drop_duplicates(["measure", "variable"])
    numbers = frames.conversations.select_dtypes("number").columns
    return (
        *QUANTITIES,
        *(f"{row.measure}.{row.variable}" for row in measured.itertuples()),
        *(str(name) for name in numbers if name not in _ABOUT | {"iteration"}),
    )


def _ended(frames: Frames) -> pd.DataFrame:
    if not hasattr(frames, "conversations"):
        raise DesignError(f"Statistics are made of what colloquia.load() returns, not of turns. {WHY_NOT_TURNS}")
    return frames.conversations[ended_by(frames.conversations) != "not ended"]


def _finished(frames: Frames, found: pd.DataFrame, *, distinct: bool) -> Conversations:
    """Return the rows with all that tells conversations apart, and what must be said of them."""
    about = _ended(frames)
    if about.empty:
        raise DesignError("No conversation has ended yet: there is nothing to estimate from.")
    failed = set(about.loc[about["is_failed"].astype("bool"), UNIT])
    rows = found.merge(about.drop(columns=[name for name in about if name in {*found.columns} - {UNIT}]), on=UNIT)
    rows = rows.assign(
        value=rows["value"].where(~rows[UNIT].isin(failed)), fingerprint=rows[UNIT].map(fingerprints(frames))
    )
    left_out = len(frames.conversations) - len(about)
    notes = (
        f"{source} turns are among them: no language model of a provider said those."
        if (source := unlive(frames))
        else "",
        f"{left_out:,} conversations have not ended and are left out." if left_out else "",
    )
    all_ = Conversations(rows=rows, notes=tuple(filter(None, notes)))
    return _once(all_, distinct=distinct).without("fingerprint")


def _once(found: Conversations, *, distinct: bool) -> Conversations:
    single = collapse(found, "fingerprint")
    if single.distinct == single.count:
        return found
    if distinct:
        return single.conversations.noting(single.sentence)
    again = single.count - single.distinct
    return found.noting(
        f"{again:,} of {single.count:,} conversations repeat another of their cell word for word: where models were "
        "asked without chance (temperature 0, a cache) they are no observations of their own (distinct=True)."
    )


def _of_conversations(frames: Frames, outcome: str) -> pd.DataFrame | None:
    """Return the values of conversations; None where the outcome is one of seats."""
    about = _ended(frames)
    if outcome in QUANTITIES:
        return None
    if _CLAIM.search(outcome):
        return about[[UNIT]].assign(value=_claimed(about, outcome))
    measured = _measured(frames, outcome)
    if len(measured):
        whole = measured[measured["unit"] == "conversation"]
        return about[[UNIT]].merge(whole[[UNIT, "value"]], on=UNIT, how="left") if len(whole) else None
    if outcome in known(frames):
        return about[[UNIT]].assign(value=about[outcome].astype("float64"))
    names = known(frames)
    short = [name.rpartition(".")[2] for name in names]
    raise DesignError(f"No outcome {outcome!r}.{nearest(outcome, [*names, *short])} There are: {', '.join(names)}.")


def _claimed(about: pd.DataFrame, outcome: str) -> list[float]:
    names = [str(name) for name in about.columns]
    claim = expression(outcome, names)
    records = about.astype("object").where(about.notna(), None).to_dict("records")
    return [float(claim.holds({str(name): value for name, value in record.items()})) for record in records]


def _measured(frames: Frames, outcome: str) -> pd.DataFrame:
    """Return the values of seats and conversations of the variable of this name.

    Raises:
        DesignError: several measures, or one in several ways, have a variable of this name.
    """
    measure, _, variable = outcome.rpartition(".")
    all_ = frames.measures
    found = all_[(all_["variable"] == variable) & (all_["unit"] != "turn")]
    if measure:
        found = found[found["measure"] == measure]
    ways = found[["measure", "version", "params", "embedding"]].drop_duplicates()
    if len(ways) > 1:
        said = "; ".join(" ".join(map(str, way)) for way in ways.itertuples(index=False))
        raise DesignError(f"{outcome!r} was measured in several ways: {said}. Keep one of them in frames.measures.")
    return found


def _of_seats(frames: Frames, outcome: str) -> pd.DataFrame:
    """Return the values of seats; of a quantity of turns, the mean over the turns of the seat."""
    if outcome in QUANTITIES:
        return by_turn(frames, outcome).groupby([UNIT, SEAT], sort=False)["value"].mean().reset_index()
    found = _measured(frames, outcome)
    return found[found["unit"] == "seat"][[UNIT, SEAT, "value"]]


def _seats(about: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each seat of each conversation, in seat order."""
    import pandas as pd

    numbers = [name[5:] for name in map(str, about.columns) if re.fullmatch(r"role_\d+", name)]
    parts = [
        pd.DataFrame({
            UNIT: about[UNIT], SEAT: about[f"role_{number}"], MODEL: about[f"model_{number}"], "place": int(number),
        })
        for number in numbers
    ]  # fmt: skip
    rows = pd.concat(parts).dropna(subset=[SEAT]).sort_values([UNIT, "place"], kind="stable")
    models = rows.groupby(UNIT, sort=False)[MODEL]
    partner = models.transform(lambda each: each.to_numpy()[::-1] if len(each) == 2 else np.nan)  # noqa: PLR2004 - a dyad
    return rows.assign(**{PARTNER: partner}).drop(columns="place").reset_index(drop=True)
