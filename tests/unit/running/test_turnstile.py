"""Replies that come together are taken up some at a time, and in the order in which they came."""

from __future__ import annotations

import asyncio

from colloquia.running.turnstile import Turnstile


async def entered(turnstile: Turnstile, number: int, steps: int) -> list[list[int]]:
    """Let ``number`` tasks enter at once, each of which then takes so many steps; return who entered by round."""
    rounds: list[list[int]] = [[]]
    is_over = asyncio.Event()

    async def count_rounds() -> None:
        while not is_over.is_set():
            await asyncio.sleep(0)
            rounds.append([])

    async def enter(place: int) -> None:
        await turnstile.enter()
        rounds[-1].append(place)
        for _ in range(steps):
            await asyncio.sleep(0)

    counting = asyncio.create_task(count_rounds())
    await asyncio.gather(*(enter(place) for place in range(number)))
    is_over.set()
    await counting
    return [names for names in rounds if names]


def test_many_enter_in_groups_and_in_the_order_in_which_they_came() -> None:
    """Ten at three a round: four rounds, and nobody overtakes."""
    rounds = asyncio.run(entered(Turnstile(3), 10, steps=1))

    assert rounds == [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9]]


def test_the_first_are_done_before_the_last_enter() -> None:
    """What the first do next waits for their own group, not for everybody."""
    turnstile, happened = Turnstile(1), list[str]()

    async def one(place: int) -> None:
        await turnstile.enter()
        happened.append(f"{place} in")
        await asyncio.sleep(0)
        happened.append(f"{place} out")

    async def all_of_them() -> None:
        await asyncio.gather(*map(one, range(5)))

    asyncio.run(all_of_them())

    assert happened.index("0 out") < happened.index("2 in")
    assert happened.index("2 out") < happened.index("4 in")


def test_few_do_not_wait_at_all() -> None:
    """One after another enters in the step in which it comes."""

    async def steps() -> int:
        turnstile = Turnstile(2)
        taken = 0
        for _ in range(3):
            coroutine = turnstile.enter()
            try:
                coroutine.send(None)
            except StopIteration:
                taken += 1
            await asyncio.sleep(0)
        return taken

    assert asyncio.run(steps()) == 3


def test_who_is_called_off_while_it_waits_takes_nobodys_place() -> None:
    """The others enter as if it had not come."""

    async def the_others() -> list[int]:
        turnstile, came = Turnstile(1), list[int]()

        async def one(place: int) -> None:
            await turnstile.enter()
            came.append(place)

        tasks = [asyncio.create_task(one(place)) for place in range(4)]
        await asyncio.sleep(0)
        tasks[2].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return came

    assert asyncio.run(the_others()) == [0, 1, 3]
