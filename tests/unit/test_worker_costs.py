"""The benchmark of workers: what holds, what does not, and what the page says."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from benchmarks.turns import page, workers
from benchmarks.turns.contestant import count
from benchmarks.turns.rounds import serving
from benchmarks.turns.work import Load
from benchmarks.turns.workers import CAP_USD, LOAD, PLACES, Took, found_of

ABOUT = {"command": "make bench", "date": "2026-01-02", "commit": "abc", "machine": "2 cores", "versions": {"x": "1"}}
FINE = Took(
    cpu_ms_a_turn=0.5, turns_a_second=100, turns=LOAD.all_turns, twice=0, most_under_way=PLACES, asked_again=3,
    spent_usd=CAP_USD, killed=0,
)  # fmt: skip


def found(**killed: Any) -> dict[str, Any]:
    """Return what one round comes to in which the last run was otherwise."""
    last = msgspec.structs.replace(FINE, **{"cpu_ms_a_turn": 0.9, "killed": 1, **killed})
    return found_of({"here": [FINE], "workers": [FINE], "killed": [last]})


@pytest.mark.parametrize(
    ("killed", "holds"),
    [
        ({}, True),
        ({"cpu_ms_a_turn": 1.01}, False),
        ({"turns": LOAD.all_turns - 1}, False),
        ({"twice": 1}, False),
        ({"most_under_way": PLACES + 1}, False),
        ({"spent_usd": CAP_USD + 0.001}, False),
        ({"killed": 0}, False),
    ],
    ids=str,
)
def test_all_must_hold_in_each_run(killed: dict[str, Any], *, holds: bool) -> None:
    """Every turn once, the limit, the cap, the CPU, and that a worker was killed at all."""
    assert found(**killed)["holds"] is holds


def test_the_page_has_the_workers() -> None:
    """With how often a call was made again that a lost worker had made."""
    written = page.text({"workers": ABOUT | found()})

    assert "at most 2 times the CPU of a run without workers; reached." in written
    assert "| killed | 0.900 | 1.80 | 100 | 200 | 3 | 0.600 |" in written


def test_the_server_tells_how_many_asked_at_once() -> None:
    """Of one model; whoever has gone asks no longer."""

    async def main(url: str) -> list[int]:
        await count(url, "/reset/50")
        host, port = url.removeprefix("http://").split(":")
        connections = [await asyncio.open_connection(host, int(port)) for _ in range(3)]
        for (_, writer), model in zip(connections, "aab", strict=True):
            body = f'{{"model":"{model}"}}'.encode()
            writer.write(b"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        await asyncio.gather(*(reader.readuntil(b"}") for reader, _ in connections))
        for _, writer in connections:
            writer.close()
        return [(await count(url, "/count"))["most_under_way"]]

    with serving() as url:
        assert asyncio.run(main(url)) == [2]


def test_a_run_without_workers_is_measured() -> None:
    """A small one, to its last turn."""
    small = Load(conversations=3, turns=2, is_many=True)
    with serving() as url:
        took = asyncio.run(workers.hold("here", url, small))

    assert (took.turns, took.twice, took.asked_again) == (small.all_turns, 0, 0)
    assert 0 < took.most_under_way <= 3
