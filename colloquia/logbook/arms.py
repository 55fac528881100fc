"""The arm that rows belong to by now: a study may have had no controls when they were written."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from colloquia.logbook.answers import AnswerRow
from colloquia.logbook.record import TurnRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Row = TypeVar("Row", TurnRow, AnswerRow)


def in_arms(found: Iterable[Row], arms: Mapping[str, str | None]) -> Iterable[Row]:
    """Yield rows with the arm that their conversation has in the plan.

    Args:
        found: The rows.
        arms: The arm of each planned conversation, by trial id.
    """
    return (_in_arm(row, arms.get(row.trial_id)) for row in found) if any(arms.values()) else found


def _in_arm(row: Row, arm: str | None) -> Row:
    return row if row.arm == arm or arm is None else replace(row, arm=arm)
