"""The benchmarks of prompt caches and of the embedded model: what the least is, and what the page says."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from benchmarks.turns import caching, embedded, page
from benchmarks.turns.caching import Prices, least_usd, sizes
from colloquia.extras import install_weights
from colloquia.providers import embedded as provider

ABOUT = {"command": "make bench", "date": "2026-01-02", "commit": "abc", "machine": "2 cores", "versions": {"x": "1"}}
MARKED = Prices(plain=1.0, read=0.1, written=1.25)
BY_ITSELF = Prices(plain=1.0, read=0.25, written=None)


@pytest.mark.parametrize(
    ("requests", "prices", "least"),
    [
        ([[2000]], MARKED, 2000.0),
        ([[2000], [2000]], MARKED, 2500 + 200),
        ([[2000], [2000, 2100, 2300]], MARKED, 2500 + 200 + 300),
        ([[1000], [1000]], MARKED, 2000.0),
        ([[1000], [1000, 1100]], MARKED, 1000 + 1100),
        ([[1000], [1000, 1100], [1000, 1100, 1200]], MARKED, 1000 + 1.25 * 1100 + 110 + 100),
        ([[2000], [2000, 2100]], BY_ITSELF, 2000 + 500 + 100),
        ([[900], [900, 1100], [900, 1100, 1200]], BY_ITSELF, 900 + 1100 + 275 + 100),
    ],
    ids=str,
)
def test_the_least_writes_only_what_is_read_often_enough(
    requests: list[list[int]], prices: Prices, least: float
) -> None:
    """Worked out by hand: nothing below 1,024 tokens is kept, and the last request writes nothing."""
    assert least_usd(requests, prices) == pytest.approx(least)


def test_a_marked_message_is_as_long_as_an_unmarked_one() -> None:
    """Tokens are those of the text."""
    plain = {"messages": [{"role": "system", "content": "One two."}, {"role": "user", "content": "Three."}]}
    marked = {"messages": [{"role": "system", "content": [{"type": "text", "text": "One two."}]}, plain["messages"][1]]}

    assert sizes(plain) == sizes(marked) == [7, 13]


def test_a_conversation_is_billed_little_more_than_the_least() -> None:
    """Held by a run, on the simulator, marked and by itself; without a cache it is dearer."""
    lines: list[str] = []

    found = asyncio.run(caching.run(1, lines.append))

    assert found["holds"]
    assert len(found["rows"]) == len(lines) == 4
    assert all(1 - 1e-9 <= row["ratio"] < caching.MOST_TIMES for row in found["rows"])
    assert all(row["uncached"] > 1.5 * row["billed"] for row in found["rows"])


def test_the_page_has_the_caches_and_their_aim() -> None:
    """A miss stands there as a miss."""
    row: dict[str, Any] = {"kind": "kept where marked", "prompt": "long", "billed": 3.0, "least": 2.0, "uncached": 9.0}
    found = {"rounds": 3, "rows": [row | {"ratio": 1.5}], "holds": False}

    written = page.text({"caching": ABOUT | found})

    assert "## 40 turns where prompts are cached" in written
    assert "at most 1.15 times the least that the rules allow for the same requests; **not reached**." in written
    assert "| kept where marked | long | 3.00000 | 2.00000 | 9.00000 | 1.500 |" in written
    assert "medians of 3 rounds, 2026-01-02, commit abc" in written


def test_the_page_has_the_embedded_model() -> None:
    """Late and early, and what was still in a slot."""
    found = {"rounds": 1, "early_ms": 500.0, "late_ms": 750.0, "ratio": 1.5, "cached_share": 0.8, "holds": True}

    written = page.text({"embedded": ABOUT | found})

    assert "at most 2 times that of turn 2; reached." in written
    assert "| 500 | 750 | 1.50 | 80% |" in written


@pytest.mark.skipif(not provider.is_installed(), reason=f"the weights are not installed: {install_weights()}")
def test_a_talk_of_the_embedded_model_grows_and_its_replies_are_equally_long() -> None:
    """What a participant was sent before is not read again."""

    async def main() -> list[Any]:
        made = embedded.made()
        try:
            talk = embedded.Talk(1)
            return [await talk.go_on(made.model(embedded.SLUG)) for _ in range(4)]
        finally:
            await made.close()

    said = [reply for _, reply in asyncio.run(main())]

    assert [reply.usage.output_tokens for reply in said] == [embedded.TOKENS] * 4
    assert (said[2].usage.input_tokens or 0) > (said[0].usage.input_tokens or 0)
    assert (said[2].usage.cached_tokens or 0) > 0.8 * (said[0].usage.input_tokens or 0)
