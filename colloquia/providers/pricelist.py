"""What models cost: OpenRouter's catalogue, kept for a day beside other caches, and prices that studies declare."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from colloquia.design.forecast import Price
from colloquia.design.models import prefix
from colloquia.errors import CallError
from colloquia.providers.cards import ModelCard, card_of, fields_not_taken
from colloquia.providers.openrouter import BASE_URL, catalogue
from colloquia.providers.registry import FREE, LOCAL_SERVERS, price
from colloquia.providers.wire import Patience, Wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from colloquia.design.models import ModelEntry

FRESH_SECONDS = 24 * 3600
"""So long a list of prices is taken as it is."""
FILE = "openrouter-models.json"
BYOK_FEE = 0.05
"""What OpenRouter asks on top of what a provider bills a key of the researcher's own."""
PATIENCE = Patience(connect_seconds=3, silence_seconds=10, deadline_seconds=20)
FREE_PROVIDERS = frozenset({"embedded", "scripted", "human", *LOCAL_SERVERS})


@dataclass(frozen=True, kw_only=True)
class PriceList:
    """What is known about OpenRouter's models; empty where nobody could be asked."""

    cards: Mapping[str, ModelCard]
    """By slug."""
    age_seconds: float = 0.0

    def objections(self, entries: Iterable[ModelEntry], sampled: Iterable[str]) -> Iterator[str]:
        """Yield what in a study OpenRouter cannot do: slugs it does not serve, fields that no endpoint takes.

        Args:
            entries: The models of the study.
            sampled: Body fields that the study writes for all of them.
        """
        for entry in entries:
            if prefix(entry.slug) or not self.cards:
                continue
            card = card_of(entry.slug, self.cards)
            if card is None:
                yield f"{entry.place}: OpenRouter does not serve {entry.slug!r}; see `colloquia models`."
                continue
            taken_back = {field for field, value in entry.sampling.items() if value == "default"}
            written = sorted({*sampled, *entry.sampling} - taken_back)
            for field in fields_not_taken(card, written):
                yield f"{entry.place}: no endpoint of {entry.slug!r} takes {field!r}; take it out."


async def price_list(*, base_url: str | None, cache: Path) -> PriceList:
    """Return the catalogue: the kept one where it is of today, else asked for; the old one where nobody answers.

    Args:
        base_url: The server asked in OpenRouter's place, whose catalogue is not kept; None for OpenRouter itself.
        cache: Folder where it is kept.
    """
    kept = PriceList(cards={}) if base_url else _kept(cache / FILE)
    if kept.cards and kept.age_seconds < FRESH_SECONDS:
        return kept
    wire = Wire(patience=PATIENCE)
    try:
        cards = await catalogue(wire, base_url=base_url.rstrip("/") if base_url else BASE_URL)
    except CallError:
        return kept
    finally:
        await wire.close()
    if not base_url:
        _keep(cache, cards)
    return PriceList(cards={card.slug: card for card in cards})


def kept_list(cache: Path) -> PriceList:
    """Return the catalogue as it was last kept, whatever its age; an empty one where none was. Nobody is asked."""
    return _kept(cache / FILE)


def prices(slugs: Iterable[str], providers: Mapping[str, Mapping[str, Any]], listed: PriceList) -> dict[str, Price]:
    """Return dollars per token by slug; a slug that is missing has an unknown price."""
    found = {slug: _price(slug, providers, listed) for slug in slugs}
    return {slug: price for slug, price in found.items() if price is not None}


def with_fee(slug: str, price: Price) -> Price:
    """Return the dearest that a slug may be billed at: OpenRouter's fee comes on top of a key of one's own."""
    if prefix(slug):
        return price
    dearer = 1 + BYOK_FEE
    return Price(prompt=price.prompt * dearer, completion=price.completion * dearer, request=price.request * dearer)


def _price(slug: str, providers: Mapping[str, Mapping[str, Any]], listed: PriceList) -> Price | None:
    name = prefix(slug)
    if name is None:
        card = card_of(slug, listed.cards)
        return _card_price(card) if card else None
    if name in providers:
        return price(providers[name].get("price"))
    return FREE if name in FREE_PROVIDERS else None


def _card_price(card: ModelCard) -> Price | None:
    if card.prompt_price is None or card.completion_price is None:
        return None
    return Price(prompt=card.prompt_price, completion=card.completion_price, request=card.request_price or 0.0)


def _kept(path: Path) -> PriceList:
    with suppress(OSError, msgspec.MsgspecError):
        cards = msgspec.json.decode(path.read_bytes(), type=tuple[ModelCard, ...])
        age = max(time.time() - path.stat().st_mtime, 0.0)
        return PriceList(cards={card.slug: card for card in cards}, age_seconds=age)
    return PriceList(cards={})


def _keep(cache: Path, cards: tuple[ModelCard, ...]) -> None:
    """Keep the catalogue; a cache that cannot be written only costs another question."""
    with suppress(OSError):
        cache.mkdir(parents=True, exist_ok=True)
        (cache / FILE).write_bytes(msgspec.json.encode(cards))
