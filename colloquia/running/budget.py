"""What a run folder may cost, and what it has cost so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from colloquia.design.forecast import Forecast


@dataclass(kw_only=True)
class Budget:
    """Dollars spent in a run folder against its cap, with the forecasts of the conversations under way.

    Near the cap no conversation is opened whose likely cost to its end does not fit beside those that are open; at
    the cap nothing more is asked.
    """

    cap_usd: float | None
    spent_usd: float = 0.0
    """All that was ever spent in this folder, failed attempts included."""
    has_unknown_cost: bool = False
    _open: dict[str, float] = field(default_factory=dict)
    """What the open conversations are still likely to cost, by trial id."""

    @property
    def is_spent(self) -> bool:
        """True when the cap is reached."""
        return self.cap_usd is not None and self.spent_usd >= self.cap_usd

    def has_room_for(self, forecast: Forecast) -> bool:
        """Tell whether a conversation is likely to fit beside those that are open."""
        if self.cap_usd is None:
            return True
        likely = forecast.cost_usd or 0.0
        return likely <= 0 or self.spent_usd + sum(self._open.values()) + likely <= self.cap_usd

    def open(self, trial_id: str, forecast: Forecast) -> None:
        """Set aside what a conversation is likely to cost."""
        self._open[trial_id] = forecast.cost_usd or 0.0

    def spend(self, trial_id: str, cost_usd: float | None) -> None:
        """Book what one call of a conversation cost; None where nobody knows."""
        if cost_usd is None:
            self.has_unknown_cost = True
            return
        self.spent_usd += cost_usd
        if trial_id in self._open:
            self._open[trial_id] = max(self._open[trial_id] - cost_usd, 0.0)

    def close(self, trial_id: str) -> None:
        """Give back what a conversation did not use."""
        self._open.pop(trial_id, None)
