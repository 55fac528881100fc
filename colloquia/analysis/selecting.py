"""Which conversations are looked at: one selection for every table and figure, and what it is in words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING

from pandas.api.types import is_numeric_dtype

from colloquia.design.controls import TALK
from colloquia.design.expressions import expression
from colloquia.design.hypotheses import is_of_probe
from colloquia.logbook.conversations import ConversationRow

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from colloquia.analysis.tables import Frames


_SEAT = re.compile(r"(model|role)_\d+")
_ENDINGS = {
    "failed": "not is_complete == True and is_failed == True",
    "not ended": "not is_complete == True and is_failed == False",
}
"""How the two endings that are none are told from the columns."""


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What conversations must be to count; where a field is empty, anything goes."""

    scenarios: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    """Friendly names; one of them sits in some seat."""
    first: tuple[str, ...] = ()
    """Friendly names; one of them sits in the first seat."""
    second: tuple[str, ...] = ()
    """Friendly names; one of them sits in the second seat."""
    iterations: tuple[int, ...] = ()
    endings: tuple[str, ...] = ()
    """How they ended: ``length`` and other reasons, ``failed``, ``not ended``."""
    levels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Labels of the study's own factors and items, by column."""
    among: frozenset[str] | None = None
    """Ids of the only conversations that may count, such as those with a label."""

    def of(self, frames: Frames) -> Frames:
        """Return frames that hold the selected conversations only; cells are left as they are."""
        kept = frames.conversations[self._mask(frames.conversations)]
        ids = set(kept["experiment_id"])
        return replace(
            frames,
            turns=frames.turns[frames.turns["experiment_id"].isin(ids)].reset_index(drop=True),
            conversations=kept.reset_index(drop=True),
            probes=frames.probes[frames.probes["experiment_id"].isin(ids)].reset_index(drop=True),
            measures=frames.measures[frames.measures["experiment_id"].isin(ids)].reset_index(drop=True),
            judgements=frames.judgements[frames.judgements["experiment_id"].isin(ids)].reset_index(drop=True),
        )

    def in_words(self, frames: Frames) -> str:
        """Return what is selected of ``frames``: ``42 of 120 conversations: scenario rent; model gpt``."""
        number = int(self._mask(frames.conversations).sum())
        said = [
            f"{name} {' or '.join(map(str, values))}"
            for name, values in (
                ("scenario", self.scenarios),
                ("model", self.models),
                ("first seat", self.first),
                ("second seat", self.second),
                ("iteration", self.iterations),
                ("ended by", self.endings),
                *self.levels.items(),
            )
            if values
        ]
        said += ["with the label"] if self.among is not None else []
        count = f"{number:,} of {len(frames.conversations):,} conversations"
        return f"{count}: {'; '.join(said)}" if said else count

    def where(self, frames: Frames) -> str | None:
        """Return the selection as an expression over the columns of ``conversations``; None where all are selected.

        What it selects, :func:`holding` selects too, and so do the commands that take ``--where``.
        """
        columns = seats(frames.conversations)
        said = [
            f"{name} in {list(values)!r}"
            for name, values in (
                ("scenario", self.scenarios),
                ("model_1", self.first),
                ("model_2", self.second),
                ("iteration", self.iterations),
                *self.levels.items(),
                ("experiment_id", sorted(self.among or ())),
            )
            if values or (name == "experiment_id" and self.among is not None)
        ]
        anywhere = [f"{name} in {list(self.models)!r}" for name in columns] if self.models else []
        endings = [_ENDINGS.get(how, f"is_complete == True and ended_by == {how!r}") for how in self.endings]
        said += [f"({' or '.join(parts)})" for parts in (anywhere, endings) if parts]
        return " and ".join(said) or None

    def _mask(self, conversations: pd.DataFrame) -> pd.Series[bool]:
        mask = conversations["experiment_id"].notna() | True
        for column, values in (
            ("scenario", self.scenarios),
            ("model_1", self.first),
            ("model_2", self.second),
            ("iteration", self.iterations),
            *self.levels.items(),
        ):
            if values and column in conversations:
                mask &= conversations[column].isin(values)
        if self.models:
            mask &= conversations[seats(conversations)].isin(self.models).any(axis=1)
        if self.endings:
            mask &= ended_by(conversations).isin(self.endings)
        if self.among is not None:
            mask &= conversations["experiment_id"].isin(self.among)
        return mask


def holding(frames: Frames, where: str) -> Frames:
    """Return frames that hold the conversations for which an expression over their columns holds.

    Raises:
        DesignError: it is no expression, or speaks of a column that there is not.
    """
    rows = frames.conversations
    claim = expression(where, map(str, rows.columns))
    records = rows.astype("object").where(rows.notna(), None).to_dict("records")
    held = [claim.holds({str(name): value for name, value in record.items()}) for record in records]
    return Selection(among=frozenset(rows["experiment_id"][held])).of(frames)


def unforked(conversations: pd.DataFrame) -> pd.DataFrame:
    """Return the conversations that were held on their own; forks only where there is nothing else.

    A fork shares turns with its parent, and is changed on purpose: beside its parent it is no observation of its own.
    """
    own = conversations[conversations["fork"].isna()] if "fork" in conversations else conversations
    return own if len(own) else conversations


def without_forks(frames: Frames) -> Frames:
    """Return frames of what was held on its own, as :func:`unforked` says; the same frames where that is all."""
    own = unforked(frames.conversations)
    if len(own) == len(frames.conversations):
        return frames
    return Selection(among=frozenset(own["experiment_id"])).of(frames)


def talking(frames: Frames) -> Frames:
    """Return frames without control arms, in which nobody is answered; the same frames where there are none."""
    rows = frames.conversations
    if "arm" not in rows or (is_talk := rows["arm"].isna() | (rows["arm"] == TALK)).all():
        return frames
    return Selection(among=frozenset(rows["experiment_id"][is_talk])).of(frames)


def seats(conversations: pd.DataFrame) -> list[str]:
    """Return the columns that say which model sits in which seat."""
    return [name for name in conversations.columns if name.startswith("model_") and name[6:].isdigit()]


def factors(conversations: pd.DataFrame) -> list[str]:
    """Return the columns that hold the study's own factors and items, whose labels are texts."""
    own = (name for name in _own(conversations) if not is_of_probe(name))
    return [name for name in own if not is_numeric_dtype(conversations[name]) and name not in verdicts(conversations)]


def verdicts(conversations: pd.DataFrame) -> list[str]:
    """Return the columns that hold labels of judges or words of procedures: categories, to tell them from factors."""
    return [str(name) for name in conversations.select_dtypes("category").columns]


def numbers(conversations: pd.DataFrame) -> list[str]:
    """Return the columns that hold numbers of conversations beyond those of the log, such as what a probe found."""
    return [name for name in _own(conversations) if is_numeric_dtype(conversations[name])]


def _own(conversations: pd.DataFrame) -> list[str]:
    known = {each.name for each in fields(ConversationRow)} | {"is_planned"}
    return [name for name in conversations.columns if name not in known and not _SEAT.fullmatch(name)]


def ended_by(conversations: pd.DataFrame) -> pd.Series[str]:
    """Return how each conversation ended; of those that did not, ``failed`` or ``not ended``."""
    is_over = conversations["is_complete"].astype("boolean").fillna(value=False).astype("bool")
    how = conversations["ended_by"].astype("object").where(is_over)
    return how.mask(how.isna(), conversations["is_failed"].map({True: "failed", False: "not ended"})).astype("str")
