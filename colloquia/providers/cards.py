"""What OpenRouter's catalogue says of a model: its length, its prices, the fields it takes, whether it reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from colloquia.providers.decoding import mapping, number, tokens, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LENGTHS = ("max_tokens", "max_completion_tokens")
"""Body fields that every endpoint takes, under one name or the other."""

_LISTED_AS = {"reasoning_effort": "reasoning"}
"""Body fields that the catalogue lists under another name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelCard:
    """One model as the catalogue lists it."""

    slug: str
    name: str
    canonical_slug: str | None = None
    """The dated slug behind a name that may move."""
    created: int | None = None
    """When it was listed, in seconds since 1970."""
    context_length: int | None = None
    prompt_price: float | None = None
    """Dollars per token; None where it is unknown."""
    completion_price: float | None = None
    request_price: float | None = None
    """Dollars per call, on top."""
    cache_read_price: float | None = None
    """Dollars per token that comes from the prompt cache; None where there is none."""
    cache_write_price: float | None = None
    """Dollars per token that is written into it; None where that costs what any token does."""
    supported_parameters: tuple[str, ...] = ()
    """Body fields that at least one endpoint takes; empty where the catalogue does not say."""
    is_reasoning: bool = False
    """True where it reasons unless it is told not to."""


def read_cards(entries: Iterable[object]) -> tuple[ModelCard, ...]:
    """Return the cards that ``entries`` hold; what makes no sense is left out, or is unknown."""
    return tuple(card for entry in entries if (card := _card(mapping(entry))))


def card_of(slug: str, cards: Mapping[str, ModelCard]) -> ModelCard | None:
    """Return the card of ``slug``; a suffix such as ``:nitro`` without a card of its own is that of the model."""
    return cards.get(slug) or cards.get(slug.rpartition(":")[0])


def fields_not_taken(card: ModelCard, sampling: Iterable[str]) -> tuple[str, ...]:
    """Return the sampled body fields that no endpoint of the model takes."""
    if not card.supported_parameters:
        return ()
    written = [field for field in sampling if field not in LENGTHS]
    return tuple(field for field in written if _LISTED_AS.get(field, field) not in card.supported_parameters)


def reasons(card: ModelCard | None, sampling: Mapping[str, Any]) -> bool:
    """Tell whether a model will reason when it is sent ``sampling``."""
    asked = mapping(sampling.get("reasoning"))
    effort = asked.get("effort") or sampling.get("reasoning_effort")
    if effort == "none" or asked.get("enabled") is False:
        return False
    return bool(effort or asked) or bool(card and card.is_reasoning)


def _card(entry: Mapping[str, Any]) -> ModelCard | None:
    slug = word(entry.get("id"))
    if slug is None:
        return None
    pricing = mapping(entry.get("pricing"))
    fields = entry.get("supported_parameters")
    supported = tuple(field for field in fields if isinstance(field, str)) if isinstance(fields, list) else ()
    return ModelCard(
        slug=slug,
        name=word(entry.get("name")) or slug,
        canonical_slug=word(entry.get("canonical_slug")),
        created=_moment(entry.get("created")),
        context_length=tokens(entry.get("context_length")),
        prompt_price=_price(pricing.get("prompt")),
        completion_price=_price(pricing.get("completion")),
        request_price=_price(pricing.get("request")),
        cache_read_price=_price(pricing.get("input_cache_read")),
        cache_write_price=_price(pricing.get("input_cache_write")),
        supported_parameters=supported,
        is_reasoning=_reasons_unasked(mapping(entry.get("reasoning")), supported),
    )


def _reasons_unasked(habits: Mapping[str, Any], supported: tuple[str, ...]) -> bool:
    """Tell whether a model reasons by itself; an older card only says that it can."""
    if "mandatory" in habits or "default_enabled" in habits:
        return habits.get("mandatory") is True or habits.get("default_enabled") is True
    return "reasoning" in supported


def _moment(value: object) -> int | None:
    seconds = number(value)
    return int(seconds) if seconds is not None and seconds > 0 else None


def _price(value: object) -> float | None:
    price = number(value)
    return price if price is not None and price >= 0 else None
