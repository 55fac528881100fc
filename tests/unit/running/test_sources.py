"""Live turns and simulated ones never meet in a folder, and a server that nobody knows is asked alone first."""

from __future__ import annotations

import asyncio
import random
from contextlib import AsyncExitStack
from typing import Any

import pytest
from fakes import reply

from colloquia.errors import CallError, Fault
from colloquia.running.sources import ALONE_SECONDS, Sources
from reliability import loop

LIVE, SIMULATED, SCRIPTED = (reply(source=source) for source in ("live", "simulated", "scripted"))


@pytest.mark.parametrize(("there", "comes"), [("live", SIMULATED), ("simulated", LIVE)])
def test_the_other_kind_is_refused_and_changes_nothing(there: str, comes: Any) -> None:
    """However often it comes; the run stops, and says which folder has what."""
    sources = Sources({there})

    for _ in range(2):
        failure = sources.objection("openai/gpt", "gpt", comes)

        assert failure is not None
        assert failure.fault is Fault.STOP_RUN
        assert f"This folder holds {there} turns, and gpt answers with {comes.source} ones" in failure.message
        assert "--run-dir" in failure.message


def test_the_first_kind_that_comes_is_the_folders() -> None:
    """Where a folder is new; scripted seats stand beside either."""
    sources = Sources()

    assert sources.objection("a/b", "gpt", LIVE) is None
    assert sources.objection("scripted:echo", "echo", SCRIPTED) is None
    assert sources.objection("a/b", "gpt", SIMULATED) is not None
    assert sources.objection("a/b", "gpt", LIVE) is None


def test_who_is_known_to_be_fit_needs_no_introduction() -> None:
    """A stranger is known from its first reply that can be kept; one that cannot be kept stays to be refused."""
    sources = Sources({"live"}, {"mine:a"})

    assert (sources.knows("a/b"), sources.knows("mine:a")) == (True, False)

    assert sources.objection("mine:a", "a", LIVE) is None
    assert sources.knows("mine:a")

    assert sources.objection("mine:a", "a", SIMULATED) is not None
    assert not sources.knows("mine:a")


async def let_in(sources: Sources, slugs: list[str]) -> tuple[AsyncExitStack, list[str]]:
    """Return who is let in of those who come, and what lets them out."""
    held, inside = AsyncExitStack(), []

    async def come(slug: str) -> None:
        await held.enter_async_context(sources.introduction(slug))
        inside.append(slug)

    waiting = [asyncio.create_task(come(slug)) for slug in slugs]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    held.callback(lambda: [task.cancel() for task in waiting])
    return held, inside


def test_a_provider_that_nobody_knows_is_asked_alone() -> None:
    """One call of each such provider at a time; those that are known are not held up."""

    async def act() -> list[str]:
        held, inside = await let_in(
            Sources({"live"}, strangers=["mine:a", "yours:a"]), ["mine:a", "mine:b", "a/b", "a/b", "yours:a"]
        )
        async with held:
            return inside

    assert sorted(asyncio.run(act())) == ["a/b", "a/b", "mine:a", "yours:a"]


@pytest.mark.parametrize("there", [(), ("scripted", "embedded")])
def test_where_nothing_can_be_mixed_nobody_waits(there: tuple[str, ...]) -> None:
    """A new folder takes whichever kind comes first."""

    async def act() -> list[str]:
        held, inside = await let_in(Sources(there, strangers=["mine:a"]), ["mine:a", "mine:a"])
        async with held:
            return inside

    assert asyncio.run(act()) == ["mine:a", "mine:a"]


def test_a_silent_server_holds_the_others_up_for_a_minute_only() -> None:
    """A first call that is never answered does not stop a run."""

    async def act() -> list[float]:
        clock, gone = asyncio.get_running_loop(), []
        sources = Sources({"live"}, strangers=["mine:a"])

        async def call() -> None:
            async with sources.introduction("mine:a"):
                gone.append(clock.time())
                await asyncio.sleep(10 * ALONE_SECONDS)

        await asyncio.gather(call(), call(), call())
        return gone

    assert loop.run(act(), random.Random(1)) == pytest.approx([0.0, ALONE_SECONDS, ALONE_SECONDS], abs=1)


def test_its_first_reply_opens_the_door_for_all() -> None:
    """Those who wait go in at once, not one after another; so do those who come later."""

    async def act() -> list[str]:
        sources = Sources({"live"}, strangers=["mine:a"])
        held, inside = await let_in(sources, ["mine:a", "mine:b", "mine:c"])
        assert inside == ["mine:a"]
        sources.objection("mine:a", "mine", LIVE)
        await held.aclose()
        later, together = await let_in(sources, ["mine:b", "mine:c"])
        async with later:
            return together

    assert asyncio.run(act()) == ["mine:b", "mine:c"]


def test_those_who_waited_at_the_door_go_in_together() -> None:
    """Once the first of them has shown what its provider is."""

    async def act() -> int:
        sources, inside, most = Sources({"live"}, strangers=["mine:a"]), 0, 0

        async def call(number: int) -> None:
            nonlocal inside, most
            async with sources.introduction("mine:a"):
                inside += 1
                most = max(most, inside)
                assert number == 0 or inside > 0
                await asyncio.sleep(0)
                sources.objection("mine:a", "mine", LIVE)
                for _ in range(10):
                    await asyncio.sleep(0)
                inside -= 1

        await asyncio.gather(*(call(number) for number in range(5)))
        return most

    assert asyncio.run(act()) == 4


@pytest.mark.parametrize("strangers", [[], ["mine:a"]])
def test_nobody_follows_to_a_server_whose_turns_cannot_be_kept(strangers: list[str]) -> None:
    """No further call leaves for it; other providers are asked as before."""

    async def act() -> None:
        sources = Sources({"live"}, strangers=strangers)
        sources.objection("mine:a", "mine", SIMULATED)
        async with sources.introduction("a/b"):
            pass
        with pytest.raises(CallError, match="never mixed") as refused:
            async with sources.introduction("mine:b"):
                pass
        assert not refused.value.failure.was_sent

    asyncio.run(act())
