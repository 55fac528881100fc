"""The last look before money is spent: is the key good, is there credit, does every model exist and hold the talk.

What makes a run impossible is refused; what a researcher should know is said. Where OpenRouter cannot be asked, the run
is not held up: its first call will tell, and goes alone (see :mod:`colloquia.running.sources`).
"""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from colloquia.design.models import prefix
from colloquia.errors import CallError, DesignError, FolderError, SettingsError
from colloquia.providers.account import Account, allowed, dearest
from colloquia.providers.cards import card_of
from colloquia.providers.keys import Keyring
from colloquia.providers.openrouter import BASE_URL
from colloquia.providers.pricelist import PATIENCE
from colloquia.providers.wire import Wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping

    from colloquia.design.forecast import Price
    from colloquia.design.models import ModelEntry
    from colloquia.lab.planning.bench import Bench
    from colloquia.lab.planning.planning import Plan
    from colloquia.logbook.entries import AttemptEnded
    from colloquia.logbook.folder import RunFolder
    from colloquia.providers.account import Endpoint, KeyState
    from colloquia.settings import Settings

LOOK_UPS = 3
LOOK_UP_PAUSE_SECONDS = 0.5
MOST_QUESTIONS = 50
"""Lost calls asked about before a run; the others wait for the next."""

_MOVING = re.compile(r"^~|^openrouter/(auto|free)|[-:]latest$")
_OPEN_WEIGHTS = re.compile(
    r"^(meta-llama|mistralai|qwen|deepseek|google/gemma|microsoft/phi|nousresearch|allenai|z-ai|moonshotai)",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Preflight:
    """What was found before the first paid call."""

    ceilings: Mapping[str, Price] = field(default_factory=dict)
    """The dearest price of each slug, over the endpoints that its routing allows."""
    marked: frozenset[str] = frozenset()
    """Slugs of which such an endpoint keeps only what a request marks of its prompt."""
    settled: tuple[tuple[AttemptEnded, float], ...] = ()
    """Lost calls of earlier runs, and what the provider's books say that they cost."""
    warnings: tuple[str, ...] = ()
    is_openrouter_known: bool = False
    """True where it has shown whether it is a simulator."""


async def preflight(bench: Bench, plan: Plan) -> Preflight:
    """Ask OpenRouter about key, credit and endpoints, where a run of the study needs it; see :func:`beforehand`."""
    if not plan.difference.work:
        return Preflight()
    return await beforehand(bench, plan.difference.missing.cost_usd, lambda entries: _contexts(bench, plan, entries))


async def beforehand(
    bench: Bench,
    likely_usd: float | None,
    more: Callable[[list[ModelEntry]], Iterable[str]] = lambda _entries: (),
) -> Preflight:
    """Ask OpenRouter about key, credit and endpoints, where somebody is asked there.

    Args:
        bench: Who is asked.
        likely_usd: What that is likely to cost; None where nobody knows.
        more: Further warnings about the models that OpenRouter serves.

    Raises:
        DesignError: no endpoint of a model is left by its routing.
        FolderError: turns of live models and of a simulator would stand in one folder.
        SettingsError: the key is not accepted, or its credit is used up.
    """
    entries = [entry for entry in bench.asked if not prefix(entry.slug)]
    if not entries:
        return Preflight()
    try:
        async with openrouter(bench.settings, bench.options.base_url) as account:
            found = bench.reader.read()
            state = await account.key_state()
            _check_unmixed(bench.folder, found.sources, state)
            warnings = (*_credit(account, likely_usd, state), *_slugs(entries), *more(entries))
            endpoints = await _endpoints(account, entries)
            prices = ((slug, dearest(left)) for slug, left in endpoints.items())
            return Preflight(
                ceilings={slug: price for slug, price in prices if price is not None},
                marked=frozenset(
                    slug for slug, left in endpoints.items() if any(each.keeps_only_marked for each in left)
                ),
                settled=await _settled(account, found.unsettled),
                warnings=warnings,
                is_openrouter_known=True,
            )
    except CallError as error:
        return Preflight(warnings=(f"OpenRouter could not be asked beforehand: {error}",))


@asynccontextmanager
async def openrouter(settings: Settings, base_url: str | None) -> AsyncIterator[Account]:
    """Yield the account at OpenRouter, or at the server in its place, asked over connections of its own.

    Raises:
        SettingsError: there is no key, or it may not go there.
    """
    place = base_url or BASE_URL
    key = Keyring(settings.environment).openrouter(place, is_redirected=base_url is not None)
    wire = Wire(patience=PATIENCE)
    try:
        yield Account(wire=wire, base_url=place.rstrip("/"), key=key)
    finally:
        await wire.close()


def _check_unmixed(folder: RunFolder, sources: Collection[str], state: KeyState) -> None:
    """Refuse a simulator in a folder of live turns, and live models in a folder of simulated ones."""
    there, coming = ("live", "simulated") if state.is_simulated else ("simulated", "live")
    if there in sources:
        raise FolderError(
            f"{folder.path} holds {there} turns, and this run's would be {coming}: they are never mixed. Name another "
            "run folder with --run-dir."
        )


def _credit(account: Account, likely: float | None, state: KeyState) -> list[str]:
    if state.is_accepted is False:
        raise SettingsError(f"{account.key.variable} is not accepted by its server: put a valid key into .env.")
    if state.credit_usd is None:
        return []
    if state.credit_usd <= 0:
        raise SettingsError(f"{account.key.variable} has no credit left: raise its limit or top up, then run again.")
    if likely is not None and likely > state.credit_usd:
        return [f"The key has ${state.credit_usd:.2f} left; it is likely to be used up (${likely:.2f})."]
    return []


async def _endpoints(account: Account, entries: list[ModelEntry]) -> dict[str, tuple[Endpoint, ...]]:
    """Return the endpoints that the routing of each model leaves."""
    found: dict[str, tuple[Endpoint, ...]] = {}
    for entry in entries:
        endpoints = await account.endpoints(entry.slug)
        left = allowed(endpoints, entry.routing)
        if endpoints and not left:
            served = ", ".join(sorted(endpoint.tag for endpoint in endpoints))
            raise DesignError(f"{entry.place}.routing: leaves no endpoint of {entry.slug!r}; there are: {served}.")
        found[entry.slug] = (*found.get(entry.slug, ()), *left)
    return found


async def _settled(account: Account, unsettled: tuple[AttemptEnded, ...]) -> tuple[tuple[AttemptEnded, float], ...]:
    """Ask, all at once and a few times, what lost calls came to; what the books do not hold stays booked as it is."""
    open_ones = unsettled[:MOST_QUESTIONS]
    found: list[tuple[AttemptEnded, float]] = []
    for look_up in range(LOOK_UPS):
        if not open_ones:
            break
        await asyncio.sleep(LOOK_UP_PAUSE_SECONDS if look_up else 0)
        answers = await asyncio.gather(*(account.generation(attempt.generation_id or "") for attempt in open_ones))
        asked = list(zip(open_ones, answers, strict=True))
        found += [(attempt, answer.cost_usd) for attempt, answer in asked if answer is not None]
        open_ones = tuple(attempt for attempt, answer in asked if answer is None)
    return tuple(found)


def _slugs(entries: list[ModelEntry]) -> Iterator[str]:
    for entry in entries:
        if _MOVING.search(entry.slug):
            yield f"{entry.place}: {entry.slug!r} moves from model to model; pin one for a study."
        elif _OPEN_WEIGHTS.search(entry.slug) and not {"only", "order"} & entry.routing.keys():
            yield (
                f"{entry.place}: providers serve {entry.slug!r} at different quantizations; pin one, such as "
                'routing = { only = ["deepinfra"], quantizations = ["bf16"] }.'
            )


def _contexts(bench: Bench, plan: Plan, entries: list[ModelEntry]) -> Iterator[str]:
    """Yield which models are likely to be too small for the longest conversation."""
    slugs = {entry.slug: entry.place for entry in entries}
    longest = max(plan.difference.work, key=lambda work: work.trial.num_turns)
    tokens = longest.forecast.output_tokens + sum(len(seat.prompt) for seat in longest.trial.talk.seats) // 4
    for slug, place in slugs.items():
        card = card_of(slug, bench.listed.cards)
        if card and card.context_length and tokens > card.context_length:
            yield (
                f"{place}: {longest.trial.num_turns} turns come to about {tokens:,} tokens, more than the "
                f"{card.context_length:,} that {slug!r} holds; conversations will end as context_overflow."
            )
