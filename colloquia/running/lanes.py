"""Lanes: how many calls of one model are under way at once, and when the next may leave.

A lane finds out what its server carries, and stays a little below it:

- **Slow start.** A few calls at once (a sixteenth of the most), twice as many with each round of successes, up to the
  first sign of trouble; from then on small steps up, and only once refusals are rare enough. A lane that is not fully
  used does not grow.
- **One cut for each episode.** The first refusal (429 and its like) cuts the pace (calls a second, see
  :mod:`colloquia.running.pace`) to a little below what the server took. Where more calls were under way than before,
  and twice in a row, it may be these that are too many: then the width is cut to what the server is known to carry,
  and rests at that the longer the oftener it happens. Calls that left before a cut and are refused after it add
  nothing to it.
- **The pace governs.** A lane that knows its pace widens as in slow start where its width would hold calls back.
- **Hints are kept.** What the server asks to wait closes the lane; nothing shortens it. Afterwards calls leave at the
  lane's pace, never as one burst.
- **Other failures** (5xx, lost connections) pause growth; several in a row without a success halve the width once.
- **Slowing down.** Replies take longer where they are longer, so seconds are counted per token, or to the first token
  where replies are streamed; and talks grow, so what counts as usual drifts. Only where the median of many is twice the
  usual does the lane stop growing, and at three times it narrows early.

Who comes first leaves first. The widest lane, ``WIDEST``, bounds what one model may have under way whatever happens.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from colloquia.running.easing import Ease
from colloquia.running.lane_history import Change, History
from colloquia.running.pace import Departure, Pace

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

WIDEST = 64
"""Calls of one model under way at once, at most."""
FIRST_WIDTH = 4
FIRST_SHARE = 16
"""Slow start begins with so many calls at once, or this part of the widest where that is more."""
STUMBLES = 8
"""So many failures in a row that are no refusals narrow the lane."""
REST_SECONDS = 10.0
"""For so long after such a failure, or after its width was cut, a lane does not grow."""
LONGEST_REST_SECONDS = 640.0


class Lane:
    """The calls of one model: a bounded number at once, at a bounded pace, all held back while its server asks to wait.

    Args:
        widest: Calls under way at once, at most.
        now: Seconds on a clock that never jumps.
        sleep: Waits on that clock.
    """

    def __init__(
        self,
        widest: int = WIDEST,
        *,
        now: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.widest = widest
        self.in_flight = 0
        self.waiting = 0
        """Calls that wait for a place or for their time."""
        self.pace = Pace()
        self._now = now
        self._sleep = sleep
        self._width = float(min(max(FIRST_WIDTH, widest // FIRST_SHARE), widest))
        self._is_starting = True
        """True until the first sign of trouble."""
        self._full_at = float("-inf")
        """When all places were last taken."""
        self._carried = (0, 0)
        """The most calls at once of which one was let in: before the last cut, and since."""
        self._too_many = 0
        """Refusals in a row at more calls at once than before."""
        self._stumbles = 0
        self._rests_until = float("-inf")
        self._closed_until = float("-inf")
        self._ease = Ease()
        self._eased_at = float("-inf")
        """When it was last narrowed because replies were slow; calls that left before tell nothing more of that."""
        self._history = History(now, width=self.width)
        self._gate = asyncio.Lock()
        self._freed = asyncio.Event()

    @property
    def width(self) -> int:
        """Calls that may be under way at once, as things stand."""
        return int(self._width)

    def allow(self, widest: int) -> None:
        """Let at most so many calls be under way from now on; those that are come back first."""
        if widest != self.widest:
            self._width = max(min(self._width, float(widest)), float(min(FIRST_WIDTH, widest)))
            self.widest = widest
            self._freed.set()

    async def enter(self) -> Departure:
        """Wait for a place and take it until :meth:`leave`; return what is told when the call is back."""
        if self.waiting or self.in_flight >= self.width or self.pace.next_at() > self._now():
            await self._queue()
        self.in_flight += 1
        return self._left()

    def leave(self) -> None:
        """Give a place back."""
        self.in_flight -= 1
        self._freed.set()

    async def depart_again(self) -> Departure:
        """Wait for another time to leave, where a call that has its place was held up by something else."""
        await self._time()
        return self._left()

    def succeeded(self, left: Departure, seconds_per_token: float | None = None) -> None:
        """Take in that a call came back well, and how long it took for what it brought."""
        self._stumbles = 0
        self.pace.succeeded(left)
        self._carried = (self._carried[0], max(self._carried[1], left.in_flight))
        is_telling = seconds_per_token is not None and left.at > self._eased_at
        if is_telling and self._ease.took(seconds_per_token or 0.0, width=self.width):
            self._eased_at = self._now()
            self._narrow(self._ease.share * self._width, "slower", self._ease.explanation())
        if self._full_at >= left.at and not self._ease.is_slower:
            self._grow()

    def refused(self, left: Departure, hint_seconds: float | None = None) -> None:
        """Take in that the server asks to be asked less; a hint closes the lane for so long."""
        is_new = not self.pace.is_told_already(left)
        self.pace.refused(left, self._now())
        if is_new:
            self._cut(left)
        if hint_seconds:
            self.close_for(hint_seconds)

    def stumbled(self) -> None:
        """Take in a failure that is no refusal: a lost connection, an error of the server."""
        self._is_starting = False
        self._rests_until = max(self._rests_until, self._now() + REST_SECONDS)
        self._stumbles += 1
        self.pace.hold_until(self._now() + REST_SECONDS)
        if self._stumbles % STUMBLES == 0:
            self._narrow(self._width / 2, "failing", f"{self._stumbles} calls in a row failed")

    def close_for(self, seconds: float) -> None:
        """Let no call leave for so many seconds; a hint of the server is never shortened."""
        until = self._now() + seconds
        if until > self._closed_until:
            self._closed_until = until
            self.pace.wait_until(until)
            self._note("closed", f"its server asks to wait {seconds:.0f} s")

    def waits_seconds(self) -> float:
        """Return for how long no call will leave."""
        return max(self._closed_until - self._now(), 0.0)

    def take_changes(self) -> list[Change]:
        """Return what became of the lane and was not yet returned here; of many changes in a row the last."""
        self._note("opened" if self.waits_seconds() <= 0 else "closed", "")
        return self._history.take()

    def explanation(self) -> str | None:
        """Return in words what calls wait for in this lane; None where they wait for nothing but their places."""
        if self.waits_seconds() >= 1:
            return f"its server asks to wait {self.waits_seconds():.0f} s"
        if not self.waiting:
            return None
        at_once = f"{self.in_flight} of at most {self.width} calls at once"
        pace = self.pace.per_second
        if pace is None:
            return f"{at_once}; {self._ease.explanation()}" if self._ease.is_slower else None
        return f"{at_once}, {in_words(pace)}, since its server refused more"

    def _left(self) -> Departure:
        if self.in_flight >= self.width:
            self._full_at = self._now()
        return self.pace.leave(self._now(), self.in_flight)

    async def _queue(self) -> None:
        self.waiting += 1
        try:
            async with self._gate:  # lets in who came first
                await self._turn()
        finally:
            self.waiting -= 1

    async def _turn(self) -> None:
        """Wait for a place, then for the time."""
        while True:
            while self.in_flight >= self.width:
                self._freed.clear()
                await self._freed.wait()
            await self._time()
            if self.in_flight < self.width:
                return

    async def _time(self) -> None:
        while (wait := self.pace.next_at() - self._now()) > 0:
            await self._sleep(wait)

    def _grow(self) -> None:
        if self._now() < self._rests_until:
            return
        governed = self._is_starting or self.pace.per_second is not None
        step = 1.0 if governed and not self._too_many else max(1.0, 0.05 * self._width) / self._width
        self._width = min(self._width + step, float(self.widest))
        self._freed.set()
        self._note("grown", "")

    def _cut(self, left: Departure) -> None:
        """Take in the first refusal of an episode."""
        was_starting, self._is_starting = self._is_starting, False
        carried = max(self._carried)
        self._carried = (self._carried[1], 0)
        if left.in_flight <= carried:
            self._too_many = 0
            self._note("refused", "its server refused a call")
            return
        self._too_many += 1
        if self._too_many == 1 and not was_starting:
            self._note("refused", "its server refused a call")
            return
        rest = min(REST_SECONDS * 2.0 ** (self._too_many - 1), LONGEST_REST_SECONDS)
        self._rests_until = max(self._rests_until, self._now() + rest)
        self._narrow(max(carried, left.in_flight - 1), "refused", "its server refused a call")

    def _narrow(self, width: float, kind: str, reason: str) -> None:
        self._is_starting = False
        self._width = min(max(min(width, self._width), 1.0), float(self.widest))
        self._note(kind, reason)

    def _note(self, kind: str, reason: str) -> None:
        self._history.note(kind, reason, width=self.width, per_second=self.pace.per_second)


def in_words(per_second: float) -> str:
    """Return a pace as people say it."""
    return f"{per_second:.1f} a second" if per_second >= 1 else f"one every {1 / per_second:.1f} s"
