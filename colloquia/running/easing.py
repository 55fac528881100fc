"""Whether a server gets slower the more it is asked: many replies now beside what was usual."""

from __future__ import annotations

from statistics import median

WINDOW = 20
"""Replies that are looked at together."""
SLOWER = 2.0
"""Times the usual at which a lane no longer grows."""
MUCH_SLOWER = 3.0
"""Times the usual at which it narrows."""
DRIFT = 1.005
"""What is usual rises by so much with each window that is slower: talks grow, and long prompts take longer."""
NARROW = 4
"""With so few calls at once nothing of a server's slowness is of our making: then what there is is the usual."""


class Ease:
    """The seconds per token (or to the first) of the calls of one lane."""

    def __init__(self) -> None:
        self.times = 1.0
        """The median of the last window, as a multiple of the usual."""
        self._usual: float | None = None
        self._seen: list[float] = []

    @property
    def is_slower(self) -> bool:
        """True where replies come so slowly that more of them at once would not help."""
        return self.times >= SLOWER

    def took(self, seconds: float, *, width: int) -> bool:
        """Take in a reply; True where, with a window full of them, the server is found to be much slower."""
        self._seen.append(seconds)
        if len(self._seen) < WINDOW:
            return False
        found = median(self._seen)
        self._seen.clear()
        usual = found if self._usual is None or width <= NARROW else self._usual
        self.times = found / usual if usual > 0 else 1.0
        self._usual = min(found, usual * DRIFT)
        return self.times >= MUCH_SLOWER

    @property
    def share(self) -> float:
        """The share of a lane's width at which replies would be less than twice as slow as usual; half at least."""
        return max(SLOWER / self.times, 0.5)

    def explanation(self) -> str:
        """Return in words how slow replies are."""
        return f"replies take {self.times:.1f} times as long as usual"
