"""The page of what the browser costs: what is promised, what was found, and whether it holds."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.browser import page
from benchmarks.browser.soak import Sample, growth

ABOUT = {"command": "make soak", "date": "2026-01-02", "commit": "abc", "machine": "2 cores"}


def samples(*heaps: float) -> list[Sample]:
    """Return samples in which the first tab holds so much, minute by minute."""
    return [
        Sample(minute=minute, turns=10 * minute, server_mb=100.0, heaps_mb=(heap, 20.0), elements=(1, 1), tabs_mb=500.0)
        for minute, heap in enumerate(heaps)
    ]


def test_growth_is_that_of_the_last_third_over_the_middle_one() -> None:
    """What is loaded at the beginning is no leak."""
    assert growth(samples(1, 2, 10, 10, 12, 12)) == {"server": 0.0, "tab 1": 0.2, "tab 2": 0.0}


@pytest.mark.parametrize(("last", "holds"), [(10.5, True), (11.5, False)])
def test_memory_that_grows_by_more_than_a_tenth_is_not_flat(last: float, holds: bool) -> None:  # noqa: FBT001 (a case)
    """In any of the three."""
    assert page.holds("soak", {"growth": growth(samples(1, 1, 10, 10, last, last))}) is holds


@pytest.mark.parametrize(("seconds", "tick", "holds"), [(1.9, 49.0, True), (2.1, 49.0, False), (1.9, 51.0, False)])
def test_one_slow_page_or_a_dear_tick_breaks_the_promise(seconds: float, tick: float, holds: bool) -> None:  # noqa: FBT001 (a case)
    """Each page counts."""
    found = {"pages": [{"page": "run", "seconds": seconds}], "tick": {"ms": tick}}

    assert page.holds("loading", found) is holds


def test_the_page_says_what_was_measured_where() -> None:
    """With its command, commit and machine."""
    loading: dict[str, Any] = {
        **ABOUT,
        "pages": [{"page": "start", "seconds": 0.51, "cpu": 0.1, "first": 3.0}],
        "tick": {"ms": 31.2, "ticks": 90, "turns": 400},
        "load": 1.5,
    }
    soak = {**ABOUT, "minutes": 30.0, "samples": [vars(each) for each in samples(1, 2, 3)], "growth": {"server": 0.01}}

    text = page.text({"loading": loading, "soak": soak})

    assert "| start | 0.51 | 0.10 | 3.00 |" in text
    assert "31.2 ms" in text
    assert "server +1.0%" in text
    assert text.count("commit abc") == 2
