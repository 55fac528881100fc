"""What a reply costs by the price texts of its endpoint, and which part of a prompt the cache already holds."""

from __future__ import annotations

from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING

from colloquia.providers.simulator.speech import Tokens, count

if TYPE_CHECKING:
    from colloquia.providers.simulator.asked import Asked
    from colloquia.providers.simulator.catalogue import Endpoint

SHORTEST_CACHED_PREFIX = 1024
"""Tokens below which no prompt is cached."""
CACHE_SECONDS = 300.0
"""How long a cached prompt is kept, counted from its last use."""


def cost(endpoint: Endpoint, tokens: Tokens, finish_reason: str | None) -> Decimal:
    """Return the dollars charged; nothing where the zero-completion insurance holds."""
    if finish_reason == "error" or not (tokens.completion or finish_reason):
        return Decimal(0)
    prompt = _price(endpoint, "prompt")
    return (
        (tokens.prompt - tokens.cached - tokens.written) * prompt
        + tokens.cached * _price(endpoint, "input_cache_read", prompt)
        + tokens.written * _price(endpoint, "input_cache_write", prompt)
        + tokens.completion * _price(endpoint, "completion")
        + _price(endpoint, "request")
    )


def most(endpoint: Endpoint, prompt_tokens: int, max_tokens: int) -> Decimal:
    """Return the most that a reply could cost."""
    return cost(endpoint, Tokens(prompt=prompt_tokens, completion=max(max_tokens, 1)), "length")


def affordable(endpoint: Endpoint, prompt_tokens: int, dollars: Decimal) -> int:
    """Return how many completion tokens ``dollars`` pay for."""
    left = dollars - cost(endpoint, Tokens(prompt=prompt_tokens, completion=0), "stop")
    return max(int(left / _price(endpoint, "completion")), 0)


def _price(endpoint: Endpoint, name: str, otherwise: Decimal = Decimal(0)) -> Decimal:
    written = endpoint.prices.get(name)
    return Decimal(written) if written is not None else otherwise


class PromptCache:
    """Which beginnings of prompts each endpoint has seen lately."""

    def __init__(self) -> None:
        self._last_used: dict[str, float] = {}

    def look(self, asked: Asked, endpoint: Endpoint, now: float) -> tuple[int, int]:
        """Return how many prompt tokens are read from the cache and how many are written into it."""
        writes = "input_cache_write" in endpoint.prices
        if not endpoint.caches_prompts or (writes and not _is_marked(asked)):
            return 0, 0
        prefixes = _prefixes(asked, endpoint)
        cached = max((size for name, size in prefixes.items() if self._holds(name, now)), default=0)
        self._last_used |= dict.fromkeys(prefixes, now)
        return cached, asked.prompt_tokens - cached if writes and prefixes else 0

    def _holds(self, name: str, now: float) -> bool:
        return now - self._last_used.get(name, -CACHE_SECONDS) < CACHE_SECONDS


def _is_marked(asked: Asked) -> bool:
    """Tell whether the request marks what is to be kept."""
    contents = [message.get("content") for message in asked.body.get("messages") or ()]
    parts = [part for content in contents if isinstance(content, list) for part in content]
    return "cache_control" in asked.body or any("cache_control" in part for part in parts if isinstance(part, dict))


def _prefixes(asked: Asked, endpoint: Endpoint) -> dict[str, int]:
    """Return the beginnings of a prompt that are long enough, by digest, with their tokens."""
    digest = sha256(f"{asked.model.slug} {endpoint.tag}".encode())
    size = 0
    found: dict[str, int] = {}
    for role, text in asked.messages:
        digest.update(f"\x1e{role}\x1f{text}".encode("utf-8", "surrogatepass"))
        size += count(text) + 4
        if size >= SHORTEST_CACHED_PREFIX:
            found[digest.hexdigest()] = size
    return found
