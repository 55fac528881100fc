"""How fast a run goes: turns and dollars by time, and how long models took lately."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from colloquia.logbook.record import TurnRow

STEP_SECONDS = 10
"""Turns are counted in steps of so many seconds."""
RECENT = timedelta(minutes=2)
LATENCIES = 200
"""Of each model the last so many latencies are kept."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """What came within one step."""

    turns: int = 0
    cost_usd: float = 0.0


@dataclass(kw_only=True)
class Pace:
    """How fast turns come."""

    steps: dict[int, Step] = field(default_factory=dict)
    """By the second at which a step begins, since 1970."""
    latencies: dict[str, deque[float]] = field(default_factory=dict)
    """Milliseconds, by friendly name of the model."""
    turns_per_second: float = 0.0
    """Of the last two minutes."""

    def take(self, row: TurnRow) -> None:
        """Take in a turn."""
        if row.timestamp:
            second = int(datetime.fromisoformat(row.timestamp).timestamp())
            begins = second - second % STEP_SECONDS
            step = self.steps.get(begins, Step())
            self.steps[begins] = replace(step, turns=step.turns + 1, cost_usd=step.cost_usd + (row.cost_usd or 0.0))
        if row.latency_ms is not None:
            self.latencies.setdefault(row.speaker_model, deque(maxlen=LATENCIES)).append(row.latency_ms)

    def until(self, now: datetime) -> Pace:
        """Return the same, apart from what goes on, with the speed of the last minutes before ``now``."""
        since = (now - RECENT).timestamp()
        recent = {begins: step for begins, step in self.steps.items() if begins >= since}
        seconds = now.timestamp() - min(recent) if recent else 0.0
        return Pace(
            steps=dict(self.steps),
            latencies={name: deque(found) for name, found in self.latencies.items()},
            turns_per_second=sum(step.turns for step in recent.values()) / seconds if seconds > 0 else 0.0,
        )
