"""How many calls a second a server takes, as far as its refusals tell.

A limit is most often a bucket that fills at a steady rate and holds a few calls more. Two refusals find it out: each
says that the bucket was empty when that call left, so what was accepted between them is what flowed in between them.

- Nothing is known before the first refusal, and calls leave as they come.
- A refusal cuts the pace once: to a little below what was accepted since the refusal before, at least a little below
  what it was, at most to half; to no less than three quarters where it had grown well beyond what was known, since a
  bucket that ran over meanwhile took more than it was asked. Calls that left before the cut and are refused after it
  add nothing to it.
- Then the pace is held for as many calls as keep refusals below two in a hundred, and grows: by a share a second while
  calls are many, by a share a call where they are few, faster the longer nothing is refused. It grows only with calls
  that waited for it.
- After refusals with hardly a call between them the pace is half and half again, and never more than lets in one call
  more than was let in; once a call that left since is known
  to be let in, it returns quickly to what was known before.
"""

from __future__ import annotations

from collections import deque

from colloquia.struct import Struct

BELOW = 0.97
"""The pace after a refusal, as a share of what the server took before it."""
BEYOND = 1.1
"""A pace that has grown by so much is a probe; its refusal was to be expected."""
PROBED = 0.75
"""The least that a refused probe leaves of the pace; where another refusal follows soon, the next leaves less."""
LEAST_PROBED = 0.4
SOON_CALLS = 12
LET_IN_SECONDS = 2.0
"""A call that was not refused for so long was let in, however long its reply takes."""
SLOWEST_PER_SECOND = 1 / 60
FIRST_PER_SECOND = 1.0
"""After a refusal before which nothing is known."""
HELD_CALLS = 60
"""So many calls leave after an episode before the pace grows again; twice as many where it had several refusals."""
GROWTH_PER_SECOND = 0.01
GROWTH_PER_CALL = 0.01
"""The growth is the smaller of both, times the fourth power of how far the pace is beyond what is known."""
MOST_QUICKENED = 8.0
"""So many times the growth at first, at most."""
CATCHING_UP = 1.25
"""Growth with each call, back to a pace that was known before refusals that said nothing."""
SHORTEST_SECONDS = 1.0
"""Calls that left before the first refusal are reckoned over no less: the first few leave all at once."""
KNOWN_AFTER = 3
"""So many calls between two refusals tell a rate; fewer tell only that it is less."""
REMEMBERED = 20
"""Departures by which the rate before the first refusal is reckoned."""


class Departure(Struct, kw_only=True, frozen=True, gc=False):
    """A call that left: when, as which of its lane, and how many were then under way, itself included."""

    at: float
    number: int
    in_flight: int


class Pace:
    """The time between two calls of a lane."""

    def __init__(self) -> None:
        self.per_second: float | None = None
        """Calls a second; None while no limit is known."""
        self.departures = 0
        self._next_at = 0.0
        self._recent: deque[float] = deque(maxlen=REMEMBERED)
        self._empty: Departure | None = None
        """The refused call at which the server last had nothing left."""
        self._refused_since = 0
        """Calls refused that left after it."""
        self._cut_at = float("-inf")
        self._cut_number = 0
        self._refused = 0
        """Calls refused in the last episode."""
        self._known = 0.0
        """The pace to return to after refusals that told no rate."""
        self._probed = PROBED
        self._was_probe = False
        self._first_since = float("inf")
        """When the first call left after the last cut."""
        self._grows_from = float("-inf")

    def next_at(self) -> float:
        """Return when the next call may leave."""
        return self._next_at

    def leave(self, now: float, in_flight: int) -> Departure:
        """Count a call that leaves, and grow where it had to wait for it."""
        self.departures += 1
        self._recent.append(now)
        self._first_since = min(self._first_since, now)
        if self.per_second is not None:
            spacing = 1 / self.per_second
            has_waited = now - self._next_at < spacing
            if has_waited:
                self._grow(now)
            elif self._empty is not None:
                self._empty = None  # the server had more than flowed out: nothing can be reckoned from here
            self._next_at = max(self._next_at, now - spacing / 2) + 1 / self.per_second
        return Departure(at=now, number=self.departures, in_flight=in_flight)

    def is_told_already(self, left: Departure) -> bool:
        """Tell whether a refused call belongs to an episode that has had its cut."""
        return left.at <= self._cut_at

    def refused(self, left: Departure, now: float) -> None:
        """Take in a refusal; the first of its episode cuts the pace."""
        if self.is_told_already(left):
            self._refused += 1
            self._refused_since += self._empty is not None and left.number > self._empty.number
            return
        self._cut(left)
        self._empty, self._refused_since, self._refused = left, 0, 1
        self._cut_at, self._cut_number, self._first_since = now, self.departures, float("inf")
        self._next_at = now + 1 / (self.per_second or 1.0)

    def succeeded(self, left: Departure) -> None:
        """Take in a call that came back well."""
        if left.at > self._cut_at:
            self._first_since = float("-inf")

    def hold_until(self, when: float) -> None:
        """Do not grow before ``when``."""
        self._grows_from = max(self._grows_from, when)

    def wait_until(self, when: float) -> None:
        """Let nobody leave before ``when``."""
        self._next_at = max(self._next_at, when)

    @property
    def is_calm(self) -> bool:
        """True once enough calls have left since the last refusal for the next one to be affordable."""
        return self.departures - self._cut_number >= HELD_CALLS * min(self._refused, 2)

    def _cut(self, left: Departure) -> None:
        before = self.per_second
        accepted, took = self._taken(left)
        if before is None:
            before = self._known = accepted / max(took, SHORTEST_SECONDS) or FIRST_PER_SECOND
            self.per_second = max(BELOW * before, SLOWEST_PER_SECOND)
            return
        least = self._least_left(before, left)
        most = (accepted + 1) / took if took > 0 else before  # one call more would have been let in
        if accepted >= KNOWN_AFTER and took > 0:
            after = min(max(BELOW * accepted / took, least * before), BELOW * before)
            self._known = after
        else:
            after = min(before / 2, most)
            # Where nothing at all was let in, the server may be closed for a while, which says little of its rate.
            self._known = max(after, min(0.8 * self._known, most) if accepted else 0.8 * self._known)
        self.per_second = max(after, SLOWEST_PER_SECOND)

    def _least_left(self, before: float, left: Departure) -> float:
        """Return the least share of the pace that a refusal leaves; learn from what the one before it left."""
        was_soon = left.number - self._cut_number < SOON_CALLS
        if self._was_probe:
            self._probed = max(0.8 * self._probed, LEAST_PROBED) if was_soon else min(1.05 * self._probed, PROBED)
        self._was_probe = before > BEYOND * self._known
        return self._probed if self._was_probe else 0.5

    def _taken(self, left: Departure) -> tuple[int, float]:
        """Return how many calls were let in before a refusal, and in how many seconds."""
        if self._empty is None:
            times = [at for at in self._recent if at <= left.at]
            return max(len(times) - 1, 0), times[-1] - times[0] if times else 0.0
        accepted = left.number - self._empty.number - 1 - self._refused_since
        return max(accepted, 0), left.at - self._empty.at

    def _grow(self, now: float) -> None:
        pace = self.per_second or FIRST_PER_SECOND
        if pace < BELOW * self._known and now - self._first_since > LET_IN_SECONDS:
            self.per_second = min(pace * CATCHING_UP, self._known)
        elif self.is_calm and now >= self._grows_from:
            ahead = pace / self._known if self._known else 1.0
            share = min(GROWTH_PER_SECOND / pace, GROWTH_PER_CALL) * min(max(ahead, 1.0) ** 4, MOST_QUICKENED)
            self.per_second = pace * (1 + share)
