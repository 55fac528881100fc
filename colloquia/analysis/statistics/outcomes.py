"""What can be asked about: one number for each conversation, or for each of its seats, from the frames of a study.

An outcome is named as a researcher would: a quantity of turns (``words``), a variable of a measure
(``lexical_diversity.mattr``), a column of ``conversations`` (``num_turns``), or a claim about conversations that holds
or does not (``ended_by == 'deal'``). Conversations that failed, or whose value is missing, are lost: they stay, without
a value. Those that have not begun or ended are left out, and so are forks, beside what they continue; that is said.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from colloquia.analysis.health import repeated, unlive
from colloquia.analysis.quantities import QUANTITIES, by_conversation, by_turn, is_of_seats, quantity
from colloquia.analysis.selecting import ended_by, unforked
from colloquia.analysis.statistics.conversations import SEAT, UNIT, WHY_NOT_TURNS, Conversations
from colloquia.analysis.statistics.duplicates import collapse
from colloquia.design.expressions import expression
from colloquia.errors import DesignError

if TYPE_CHECKING:
    import pandas as pd

    from colloquia.analysis.tables import Frames

MODEL, PARTNER = "speaker_model", "partner_model"
_CLAIM = re.compile(r"[=<>]| (not )?in ")


def conversations(frames: Frames, outcome: str, *, distinct: bool = False) -> Conversations:
    """Return the outcome of each conversation that has ended.

    Args:
        frames: What :func:`colloquia.load` returns.
        outcome: See above.
        distinct: Whether conversations of a cell count once where all of them are word for word the same.

    Raises:
        DesignError: there is no such outcome, or ``frames`` are turns.
    """
    about = _ended(frames)
    if _CLAIM.search(outcome):
        found = about[[UNIT]].assign(value=_claimed(about, outcome))
    elif outcome in _counted(about):
        found = about[[UNIT]].assign(value=about[outcome].astype("float64"))
    else:
        values = by_conversation(frames, _once_measured(frames, outcome))[[UNIT, "value"]]
        found = about[[UNIT]].merge(values, on=UNIT, how="left")
    return _finished(frames, found, distinct=distinct)


def seats(frames: Frames, outcome: str, *, distinct: bool = False) -> Conversations:
    """Return the outcome of each seat of each conversation, with its model and, in dyads, the model it talked to.

    Raises:
        DesignError: there is no such outcome, or it is one of whole conversations.
    """
    about = _ended(frames)
    if _CLAIM.search(outcome) or outcome in _counted(about) or not is_of_seats(frames, outcome):
        raise DesignError(f"{outcome!r} is a number of whole conversations: its seats cannot be compared.")
    values = by_conversation(frames, _once_measured(frames, outcome), by_seat=True)[[UNIT, SEAT, "value"]]
    return _finished(frames, _seats(about).merge(values, on=[UNIT, SEAT], how="left"), distinct=distinct)


def turns(frames: Frames, outcome: str) -> pd.DataFrame:
    """Return the outcome of each turn of conversations that have ended, in the order in which they were said.

    For what is about the course of conversations; a test takes conversations. Nothing where turns have no such number.
    """
    about = _ended(frames)
    if _CLAIM.search(outcome) or outcome in _counted(about):
        return frames.turns.iloc[:0]
    found = by_turn(frames, _once_measured(frames, outcome))
    return found[found[UNIT].isin(about[UNIT])].sort_values([UNIT, "turn_id"], kind="stable")


def _counted(about: pd.DataFrame) -> list[str]:
    """Return the numbers of conversations that the log has: ``num_turns``, ``n_refusals`` ..."""
    numbers = map(str, about.select_dtypes("number").columns)
    return [name for name in numbers if name not in QUANTITIES and name != "iteration"]


def _ended(frames: Frames) -> pd.DataFrame:
    if not hasattr(frames, "conversations"):
        raise DesignError(f"Statistics are made of what colloquia.load() returns, not of turns. {WHY_NOT_TURNS}")
    own = unforked(frames.conversations)
    return own[ended_by(own) != "not ended"]


def _finished(frames: Frames, found: pd.DataFrame, *, distinct: bool) -> Conversations:
    """Return the rows with all that tells conversations apart, and what must be said of them."""
    about = _ended(frames)
    if about.empty:
        raise DesignError("No conversation has ended yet: there is nothing to estimate from.")
    failed = set(about.loc[about["is_failed"].astype("bool"), UNIT])
    rows = found.merge(about.drop(columns=[name for name in about if name in {*found.columns} - {UNIT}]), on=UNIT)
    rows = rows.assign(
        value=rows["value"].where(~rows[UNIT].isin(failed)), fingerprint=rows[UNIT].map(repeated(frames))
    )
    own = len(unforked(frames.conversations))
    left_out, forks = own - len(about), len(frames.conversations) - own
    notes = (
        f"{source} turns are among them: no language model of a provider said those."
        if (source := unlive(frames))
        else "",
        f"{left_out:,} conversations have not ended and are left out." if left_out else "",
        f"{forks:,} forks share turns with what they continue and are left out; frames.forks compares them."
        if forks
        else "",
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
        f"{again:,} of {single.count:,} conversations stand in cells in which all are word for word the same: where "
        "models were asked without chance (temperature 0, a cache) they are no observations of their own "
        "(distinct=True)."
    )


def _claimed(about: pd.DataFrame, outcome: str) -> list[float]:
    names = [str(name) for name in about.columns]
    claim = expression(outcome, names)
    records = about.astype("object").where(about.notna(), None).to_dict("records")
    values = [{str(name): value for name, value in record.items()} for record in records]
    return [  # what nobody knows, such as the verdict of a judge who refused, is missing and never false
        float(claim.holds(each)) if all(each[name] is not None for name in claim.names) else np.nan for each in values
    ]


def _once_measured(frames: Frames, outcome: str) -> str:
    """Return the name of an outcome of which there is one version only.

    Raises:
        DesignError: there is none, or several measures, or one in several ways, have a variable of this name.
    """
    quantity(outcome, frames)
    measure, _, variable = outcome.rpartition(".")
    found = frames.measures[frames.measures["variable"] == variable]
    found = found[found["measure"] == measure] if measure else found
    ways = found[["measure", "version", "params", "embedding"]].drop_duplicates()
    if len(ways) > 1:
        said = "; ".join(" ".join(map(str, way)) for way in ways.itertuples(index=False))
        raise DesignError(f"{outcome!r} was measured in several ways: {said}. Keep one of them in frames.measures.")
    return outcome


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
    groups = rows.groupby(UNIT, sort=False)
    is_dyad = groups[MODEL].transform("size") == 2  # noqa: PLR2004 - a dyad
    other = rows[MODEL].shift(-1).where(groups.cumcount() == 0, rows[MODEL].shift(1))
    return rows.assign(**{PARTNER: other.where(is_dyad)}).drop(columns="place").reset_index(drop=True)
