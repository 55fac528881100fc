"""What workers may do of what all together may: places in the lanes, and dollars, given in blocks.

The rule for both: what is given to one is first taken from what is free, and is free again only once it was given back.
So never more calls of a model are under way than its lane holds, and never more is spent than the cap, however workers
come and go. What a worker that was lost had under way is paid from what it had reserved.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from colloquia.running.budget import Budget
    from colloquia.running.executors.messages import Batch

DUST_USD = 1e-9
"""What rounding leaves."""
BLOCK_CALLS = 16
"""A lease carries as many calls as that, where there is so much."""


@dataclass(kw_only=True, eq=False)
class Lease:
    """What one worker has."""

    places: dict[str, int] = field(default_factory=dict)
    """Calls that it may have under way, by slug, as it was last told."""
    in_flight: Mapping[str, int] = field(default_factory=dict)
    """Calls that it had under way when it last told, by slug."""
    widths: Mapping[str, int] = field(default_factory=dict)
    """Calls that its lanes let be under way as things stand, by slug."""
    usd: float = 0.0
    """Dollars that it was given and has neither spent nor given back."""
    reserved_usd: float = 0.0
    short_usd: float = 0.0
    is_recalled: bool = False
    """True where it is to give back what it does not need now."""

    def held(self, slug: str) -> int:
        """Return how many calls it may have under way at this moment."""
        return max(self.places.get(slug, 0), self.in_flight.get(slug, 0))


@dataclass(kw_only=True)
class Leases:
    """What all workers have."""

    width: Callable[[str], int]
    """Calls of a slug under way at once, at most."""
    is_shared: Callable[[str], bool]
    """Tells whether that holds for all workers together; else each has a server of its own."""
    slugs: tuple[str, ...]
    budget: Budget
    workers: list[Lease] = field(default_factory=list)

    def share(self, lease: Lease, slug: str) -> int:
        """Return how many places a worker is to have while nobody comes and goes."""
        width = self.width(slug)
        if not self.is_shared(slug):
            return width
        least, more = divmod(width, len(self.workers))
        return least + (self.workers.index(lease) < more)

    def places(self, lease: Lease) -> dict[str, int]:
        """Return the places that a worker has from now on."""
        for slug in self.slugs:
            share, has = self.share(lease, slug), lease.places.get(slug, 0)
            free = self.width(slug) - sum(each.held(slug) for each in self.workers if each is not lease)
            may = share if not self.is_shared(slug) else min(share, max(free, 0))
            lease.places[slug] = may if may > has or share < has else has
        return dict(lease.places)

    def dollars(self, lease: Lease) -> tuple[float, bool]:
        """Return how many dollars a worker is given now, and whether it is to wait for none any longer."""
        cap, short = self.budget.cap_usd, lease.short_usd
        if cap is None or not short:
            return 0.0, False
        room = cap - self.budget.spent_usd - sum(max(each.usd, 0.0) for each in self.workers)
        first = next(each for each in self.workers if each.short_usd)
        room -= 0.0 if lease is first else first.short_usd  # what is called back for one is not for another
        if room >= short:
            given = min(room, short * BLOCK_CALLS)
            lease.usd += given
            lease.short_usd, lease.is_recalled = 0.0, False
            return given, False
        if lease is not first:
            return 0.0, False
        idle = [each for each in self.workers if each is not lease and each.usd - each.reserved_usd > DUST_USD]
        for each in idle:
            each.is_recalled = True
        return 0.0, not idle and not any(each.reserved_usd for each in self.workers)

    def told(self, lease: Lease, batch: Batch) -> None:
        """Take in what a worker says of itself."""
        lease.in_flight, lease.widths = batch.in_flight, batch.widths
        lease.short_usd, lease.reserved_usd = batch.short_usd, batch.reserved_usd
        lease.usd -= batch.returned_usd

    def spent(self, lease: Lease, dollars: float) -> None:
        """Take in what a worker spent of its lease."""
        lease.usd -= dollars


def together(waits: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Return the longest wait of each slug."""
    found: dict[str, float] = {}
    for each in waits:
        for slug, seconds in each.items():
            found[slug] = max(seconds, found.get(slug, 0.0))
    return found
