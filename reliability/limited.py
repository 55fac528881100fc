"""A run against a server whose limit it does not know, on a virtual clock, and what of that limit it made use of."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from colloquia.design.forecast import Expectations
from colloquia.design.study import Experiment
from colloquia.design.trials import trials
from colloquia.running.budget import Budget
from colloquia.running.call import Desk
from colloquia.running.control import Control
from colloquia.running.lag import Lag
from colloquia.running.lanes import WIDEST, Lane
from colloquia.running.network import Network
from colloquia.running.progress import Progress
from colloquia.running.run import Run
from colloquia.running.session import OPEN_AT_ONCE
from colloquia.running.work import difference
from reliability import loop
from reliability.buckets import EPOCH_SECONDS, Server, bucket
from reliability.chance import chance

if TYPE_CHECKING:
    from collections.abc import Callable

    from colloquia.logbook.jsonl import Writer
    from colloquia.running.pace import Departure
    from colloquia.running.work import Work

SLUG = "x/limited"
TURNS = 20
FOLDER_ID = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One server, and how long it is asked."""

    seed: str
    per_second: float
    seconds: float
    """How long a usual reply takes."""
    hints: bool
    epochs: int = 10
    outage: bool = False
    """True where nothing can be reached for a minute, in the middle."""

    def __str__(self) -> str:
        """Return it in words."""
        hints = "with hints" if self.hints else "without hints"
        return f"{self.per_second:g}/s, replies of {self.seconds:g} s, {hints}, seed {self.seed}"


@dataclass(frozen=True, kw_only=True)
class Came:
    """What a case came to."""

    allowed: float
    """Calls that the bucket would have let in."""
    accepted: int
    refused: int
    failed: int
    """Conversations that could not go on."""
    too_early: int
    """Calls that left although a hint asked to wait."""
    cut_twice: int
    """Cuts by refused calls that had left before the cut before."""
    recovery_seconds: float | None = None
    """From the end of the outage until as much is done as before."""

    @property
    def goodput(self) -> float:
        """The share of what the bucket allowed that was made use of."""
        return self.accepted / self.allowed

    @property
    def refused_share(self) -> float:
        """The share of all calls that were refused."""
        return self.refused / max(self.accepted + self.refused, 1)


class Watched:
    """A lane, and how often a call cuts its pace that had left before the cut before."""

    def __init__(self, lane: Lane, now: Callable[[], float]) -> None:
        self.cut_twice = 0
        self._lane = lane
        self._now = now
        self._cut_at = float("-inf")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._lane, name)

    def refused(self, left: Departure, hint_seconds: float | None = None) -> None:
        """Look at the pace before and after."""
        before = self._lane.pace.per_second
        self._lane.refused(left, hint_seconds)
        if self._lane.pace.per_second != before:
            self.cut_twice += left.at <= self._cut_at
            self._cut_at = self._now()


class _Discards:
    """A writer on no disk."""

    async def journal(self, entry: object) -> None:
        """Take a record."""

    def entry(self, entry: object) -> None:
        """Take a record that nobody waits for."""

    def turn(self, ended: object, row: object, on_disk: Callable[[], None]) -> None:  # noqa: ARG002 (as a writer's)
        """Take a turn."""
        on_disk()

    async def written(self) -> None:
        """Return at once."""


def came(case: Case, make_lane: Callable[..., Lane] = Lane) -> Came:
    """Hold conversations against a limited server until the case is over."""
    draws = chance(case.seed, case.per_second, case.seconds, case.hints)
    filled = bucket(draws, per_second=case.per_second, epochs=case.epochs)
    horizon = case.epochs * EPOCH_SECONDS
    gone = (horizon / 2 + 30, horizon / 2 + 90)
    server = Server(bucket=filled, seconds=case.seconds, draws=draws, hints=case.hints)
    if case.outage:
        server.gone = gone
    most = filled.allowed(0, horizon) + filled.burst
    progress, watched = loop.run(_held(server, horizon, most, make_lane, draws), draws)
    allowed = filled.allowed(0, horizon) + filled.burst
    if case.outage:
        allowed -= filled.allowed(*gone) - filled.burst
    return Came(
        allowed=allowed,
        accepted=len(server.accepted_at),
        refused=len(server.refused_at),
        failed=len(progress.failures),
        too_early=server.too_early,
        cut_twice=watched.cut_twice,
        recovery_seconds=_recovery(server, gone[1]) if case.outage else None,
    )


async def _held(
    server: Server, horizon: float, most: float, make_lane: Callable[..., Lane], draws: random.Random
) -> tuple[Progress, Watched]:
    clock, control, progress = asyncio.get_running_loop(), Control(), Progress()
    desk = Desk(
        run_id="run",
        writer=cast("Writer", _Discards()),
        budget=Budget(cap_usd=None),
        now=clock.time,
        utc=lambda: datetime(2026, 1, 1, tzinfo=UTC),
        chance=random.Random(draws.random()),
        control=control,
        network=Network(now=clock.time),
        lag=Lag(now=clock.time),
    )
    watched = Watched(make_lane(WIDEST, now=clock.time), clock.time)
    desk.lanes[SLUG] = cast("Lane", watched)
    run = Run(folder_id=FOLDER_ID, desk=desk, models=cast("Any", server), control=control, progress=progress)
    found = work(int(most / TURNS) + OPEN_AT_ONCE)
    progress.set_out(found)
    clock.call_at(horizon, control.stop, "over")
    await run.hold(found, at_once=OPEN_AT_ONCE)
    return progress, watched


def work(conversations: int) -> list[Work]:
    """Return so many conversations that are to be held."""
    experiment = Experiment.from_words(
        {
            "models": {"limited": SLUG},
            "scenarios": {"train": "You sit on a train."},
            "num_turns": TURNS,
            "iterations": conversations,
        }
    )
    planned = trials(experiment, lambda _: "flip")
    return list(difference(planned, {}, expectations=Expectations(prices={}, reply_tokens={})).work)


def _recovery(server: Server, back_at: float) -> float:
    """Return after how long as many calls came through in ten seconds as nine tenths of what is allowed."""
    horizon = len(server.bucket.rates) * EPOCH_SECONDS
    at = back_at
    while at < horizon - 10:
        window = max(10.0, 10 / server.bucket.rate(at))
        came_through = sum(at <= when < at + window for when in server.accepted_at)
        if came_through >= 0.9 * server.bucket.allowed(at, at + window) - 1:
            return at - back_at
        at += 1.0
    return horizon
