"""What a conversation of 40 turns is billed for its input where prompts are cached, beside the least that can be.

The conversation is held by a run on the simulator, which keeps prompts by the rules of the providers and bills by
their prices. The least is found for the very requests that were made, by trying all that the rules allow: whatever
beginning each request has cached, each token is read at the price for that where an earlier request of the seat left
it, and paid in full, or written, where not.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.turns.ours import held
from benchmarks.turns.work import OPENING, prompt
from colloquia.design.study import Experiment
from colloquia.lab.planning.bench import Options
from colloquia.providers.simulator.plan import Plan
from colloquia.providers.simulator.prompt_cache import SHORTEST_CACHED_PREFIX
from colloquia.providers.simulator.simulator import Simulator
from colloquia.providers.simulator.speech import count
from colloquia.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from colloquia.providers.simulator.ledger import Generation

TITLE = "40 turns where prompts are cached"
TURNS = 40
MOST_TIMES = 1.15
VERSIONS = ("aiohttp", "msgspec")
CLOCK = Plan(clock_unit=0.02)
"""Fast, and slow enough that no stall of this machine outlasts the five minutes for which a prompt is kept."""
KINDS = {"sim/dear": "kept where marked", "sim/plain": "kept by itself"}
"""The fake models whose endpoint keeps prompts, and how."""
LONG = 8
"""How often the prompt of a conversation with a long one is repeated."""
TOKENS_PER_MESSAGE = 4


@dataclass(frozen=True, kw_only=True)
class Prices:
    """Dollars per token of a request."""

    plain: float
    read: float
    written: float | None
    """None where prompts are kept by themselves, for nothing."""


async def run(rounds: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Hold the conversations, and return what they were billed."""
    rows = []
    for slug, kind in KINDS.items():
        for length in ("short", "long"):
            bills = [await _bill(slug, length) for _ in range(rounds)]
            row = {name: median(bill[name] for bill in bills) for name in ("billed", "least", "uncached", "ratio")}
            rows.append({"kind": kind, "prompt": length, **row})
            say(f"{TITLE}, {kind}, a {length} prompt: {row['ratio']:.3f} times the least")
    return {"rounds": rounds, "rows": rows, "holds": all(row["ratio"] <= MOST_TIMES for row in rows)}


async def _bill(slug: str, length: str) -> dict[str, float]:
    """Hold one conversation, and return dollars of its input."""
    with tempfile.TemporaryDirectory(prefix="caching") as there:
        async with Simulator(CLOCK) as simulator:
            settings = Settings(environment={"OPENROUTER_API_KEY": "sk-simulated"}, cache=Path(there) / "cache")
            options = Options(run_dir=Path(there) / "run", base_url=simulator.base_url)
            await held(experiment(slug, length), options, settings)
            served = [(json.loads(each.raw_body), each.generation) for each in simulator.served if each.generation]
    if len(served) != TURNS:
        raise ValueError(f"{len(served)} requests were made for {TURNS} turns")
    prices = prices_of(served[0][1])
    seats = [[sizes(body) for body, _ in served[seat::2]] for seat in (0, 1)]
    billed, least = (
        sum(billed_usd(generation) for _, generation in served),
        sum(least_usd(seat, prices) for seat in seats),
    )
    uncached = prices.plain * sum(requested[-1] for seat in seats for requested in seat)
    return {"billed": billed, "least": least, "uncached": uncached, "ratio": billed / least}


def experiment(slug: str, length: str) -> Experiment:
    """Return one conversation of two seats with prompts of their own."""
    times = LONG if length == "long" else 1
    alice, bob = (" ".join([prompt("one", seat)] * times) for seat in (0, 1))
    return Experiment(
        models={"m": {"slug": slug, "routing": {"only": ["sim-alpha"]}}},
        pairing="self",
        scenarios={"work": {"alice": alice, "bob": bob}},
        kickoff=OPENING,
        num_turns=TURNS,
        sampling={"max_tokens": 256},
    )


def prices_of(generation: Generation) -> Prices:
    """Return what a request costs at the endpoint that answered."""
    prices: Mapping[str, str] = generation.endpoint.prices
    written = prices.get("input_cache_write")
    return Prices(
        plain=float(prices["prompt"]),
        read=float(prices["input_cache_read"]),
        written=None if written is None else float(written),
    )


def billed_usd(generation: Generation) -> float:
    """Return what the input of a call was billed: all but its reply, and but what is asked for any call."""
    prices = generation.endpoint.prices
    others = generation.tokens.completion * float(prices["completion"]) + float(prices["request"])
    return float(generation.cost_usd) - others


def sizes(body: Mapping[str, Any]) -> list[int]:
    """Return the tokens of a request up to the end of each of its messages."""
    found, total = [], 0
    for message in body["messages"]:
        content = message["content"]
        text = content if isinstance(content, str) else "".join(part["text"] for part in content)
        total += count(text) + TOKENS_PER_MESSAGE
        found.append(total)
    return found


def least_usd(requests: Sequence[Sequence[int]], prices: Prices) -> float:
    """Return the least that the requests of one seat can be billed, each of which begins with the one before.

    Args:
        requests: Of each request, the tokens up to the end of each message: the places where what is kept can end.
        prices: Dollars per token.
    """
    best = {0: 0.0}
    """By how much of the prompt is kept by now."""
    for places in requests:
        enough = [place for place in places if place >= SHORTEST_CACHED_PREFIX]
        after: dict[int, float] = {}
        for kept, dollars in best.items():
            for end in _ends(kept, enough, prices):
                written = (end - kept) * ((prices.written or prices.plain) - prices.plain)
                bill = dollars + kept * prices.read + (places[-1] - kept) * prices.plain + written
                after[end] = min(bill, after.get(end, bill))
        best = after
    return min(best.values())


def _ends(kept: int, enough: Sequence[int], prices: Prices) -> Sequence[int]:
    """Return up to where the prompt may be kept after a request."""
    if prices.written is None:
        return enough[-1:] or (kept,)
    return [kept, *(place for place in enough if place > kept)]


def section(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of the page."""
    verdict = "reached" if found["holds"] else "**not reached**"
    yield (
        f"One conversation of {TURNS} turns on the simulator, which keeps and bills prompts as providers do. To reach: "
        f"input billed at most {MOST_TIMES} times the least that the rules allow for the same requests; {verdict}."
    )
    yield ""
    yield "| prompts are | own prompt | input billed, $ | the least, $ | without a cache, $ | billed, times the least |"
    yield "|---|---|---:|---:|---:|---:|"
    for row in found["rows"]:
        yield (
            f"| {row['kind']} | {row['prompt']} | {row['billed']:.5f} | {row['least']:.5f} | {row['uncached']:.5f} | "
            f"{row['ratio']:.3f} |"
        )
