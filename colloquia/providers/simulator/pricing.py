"""What a reply costs by the price texts of its endpoint."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from colloquia.providers.simulator.speech import Tokens

if TYPE_CHECKING:
    from colloquia.providers.simulator.catalogue import Endpoint


def cost(endpoint: Endpoint, tokens: Tokens, finish_reason: str | None) -> Decimal:
    """Return the dollars charged; nothing where the zero-completion insurance holds."""
    if finish_reason == "error" or not (tokens.completion or finish_reason):
        return Decimal(0)
    prompt = _price(endpoint, "prompt")
    return (
        (tokens.prompt - tokens.cached - tokens.written) * prompt
        + tokens.cached * _price(endpoint, "input_cache_read", prompt)
        + (tokens.written - tokens.written_1h) * _price(endpoint, "input_cache_write", prompt)
        + tokens.written_1h * _price(endpoint, "input_cache_write_1h", 2 * prompt)
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
