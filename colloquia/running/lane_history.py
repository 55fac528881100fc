"""What became of a lane, for the journal: few records, however often it changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

APART_SECONDS = 10.0
"""Two records of a lane are at least so far apart."""
MATERIAL = 1.5
"""A lane that grew is worth a record when it is so many times as wide or as fast as the last one said."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """What became of a lane."""

    kind: str
    """``refused``, ``slower``, ``failing``: it was narrowed; ``closed``, ``opened``, ``grown``."""
    reason: str
    width: int
    per_second: float | None


class History:
    """The changes of one lane; of those that come too close together the most telling waits for its time."""

    def __init__(self, now: Callable[[], float], *, width: int) -> None:
        self._now = now
        self._told = Change(kind="opened", reason="", width=width, per_second=None)
        self._told_at = float("-inf")
        self._untold: Change | None = None

    def note(self, kind: str, reason: str, *, width: int, per_second: float | None) -> None:
        """Take in what the lane is now."""
        change = Change(kind=kind, reason=reason, width=width, per_second=per_second)
        if self._is_material(change):
            self._untold = change

    def take(self) -> list[Change]:
        """Return what is to be told now."""
        if self._untold is None or self._now() - self._told_at < APART_SECONDS:
            return []
        self._told, self._told_at, self._untold = self._untold, self._now(), None
        return [self._told]

    def _is_material(self, change: Change) -> bool:
        last = self._untold or self._told
        match change.kind:
            case "grown":
                return self._untold is None and _has_grown(change, self._told)
            case "opened":
                return self._untold is None and last.kind == "closed"
            case _:
                return change.reason != "" and last != change


def _has_grown(change: Change, told: Change) -> bool:
    faster = (change.per_second or 0.0) / told.per_second if told.per_second else 1.0
    return change.width >= MATERIAL * told.width or faster >= MATERIAL
