"""What OpenRouter says of a key, of a model's endpoints and of a call: asked before money is spent, and after."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from colloquia.design.forecast import Price
from colloquia.errors import CallError
from colloquia.providers.assembly import Assembly
from colloquia.providers.call import Call
from colloquia.providers.decoding import MalformedError, decoded, mapping, number, tokens, word
from colloquia.providers.openrouter import HEADERS
from colloquia.providers.replies import SIMULATOR_HEADER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from colloquia.providers.keys import Key
    from colloquia.providers.wire import Wire


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyState:
    """What a key may still do."""

    is_accepted: bool | None
    """None where the server does not say."""
    credit_usd: float | None = None
    """Dollars that the key may still spend; None where it has no limit of its own, or nobody says."""
    is_free_tier: bool = False
    is_simulated: bool = False
    """True where the server says that it is a simulator."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoint:
    """One model at one provider."""

    tag: str
    """What ``provider.order`` calls it."""
    quantization: str | None
    context_length: int | None
    prompt_price: float
    """Dollars per token, the dearest of reading and of writing the prompt cache."""
    completion_price: float
    request_price: float
    keeps_only_marked: bool = False
    """True where it caches of a prompt what the request marks, and nothing else."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Generation:
    """What a call came to, as the provider's own books say."""

    cost_usd: float
    output_tokens: int | None
    finish_reason: str | None


@dataclass(frozen=True, kw_only=True)
class Account:
    """One key at one server of OpenRouter's shape."""

    wire: Wire
    base_url: str
    key: Key

    async def key_state(self) -> KeyState:
        """Return what the key may still do, as far as the server says.

        Raises:
            CallError: the server cannot be reached.
        """
        status, told, is_simulated = await self._asked("key")
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            return KeyState(is_accepted=False, is_simulated=is_simulated)
        data = mapping(told.get("data"))
        if status != HTTPStatus.OK or not data:
            return KeyState(is_accepted=None, is_simulated=is_simulated)
        return KeyState(
            is_accepted=True,
            credit_usd=number(data.get("limit_remaining")),
            is_free_tier=data.get("is_free_tier") is True,
            is_simulated=is_simulated,
        )

    async def endpoints(self, slug: str) -> tuple[Endpoint, ...]:
        """Return the endpoints of a model; none where the server does not say.

        Raises:
            CallError: the server cannot be reached.
        """
        status, told, _ = await self._asked(f"models/{quote(slug, safe='/:')}/endpoints")
        entries = mapping(told.get("data")).get("endpoints")
        if status != HTTPStatus.OK or not isinstance(entries, list):
            return ()
        return tuple(endpoint for entry in entries if (endpoint := _endpoint(mapping(entry))))

    async def generation(self, name: str) -> Generation | None:
        """Return what a call came to, or None where the books do not hold it (yet).

        Raises:
            CallError: the server cannot be reached.
        """
        status, told, _ = await self._asked(f"generation?id={quote(name, safe='')}")
        data = mapping(told.get("data"))
        cost = number(data.get("total_cost"))
        if status != HTTPStatus.OK or cost is None:
            return None
        return Generation(
            cost_usd=cost,
            output_tokens=tokens(data.get("native_tokens_completion")),
            finish_reason=word(data.get("finish_reason")),
        )

    async def _asked(self, path: str) -> tuple[int, dict[str, Any], bool]:
        """Return the status of an answer, what it says, and whether a simulator says it."""
        listing = Assembly()
        call = Call(url=f"{self.base_url}/{path}", headers={**HEADERS, **self.key.header()})
        answer = await self.wire.exchange(call, listing)
        if answer.broken is not None:
            raise CallError(answer.broken)
        is_simulated = SIMULATOR_HEADER in answer.headers
        try:
            return answer.status, mapping(decoded(listing.body)), is_simulated
        except MalformedError:
            return answer.status, {}, is_simulated


def allowed(endpoints: Iterable[Endpoint], routing: Mapping[str, Any]) -> tuple[Endpoint, ...]:
    """Return the endpoints that a study's routing lets a call go to."""
    only, ignored = routing.get("only"), routing.get("ignore") or []
    if only is None and routing.get("allow_fallbacks") is False:
        only = routing.get("order")
    quantizations = routing.get("quantizations")
    return tuple(
        endpoint
        for endpoint in endpoints
        if (only is None or _is_named(endpoint.tag, only))
        and not _is_named(endpoint.tag, ignored)
        and (quantizations is None or endpoint.quantization in quantizations)
    )


def dearest(endpoints: Iterable[Endpoint]) -> Price | None:
    """Return the dearest price of each kind over ``endpoints``; None where there is none."""
    found = tuple(endpoints)
    if not found:
        return None
    return Price(
        prompt=max(endpoint.prompt_price for endpoint in found),
        completion=max(endpoint.completion_price for endpoint in found),
        request=max(endpoint.request_price for endpoint in found),
    )


def _is_named(tag: str, names: Iterable[str]) -> bool:
    """Tell whether a list of providers means an endpoint: by its whole tag, or by the provider before the slash."""
    return any(name == tag or name == tag.partition("/")[0] for name in names)


def _endpoint(entry: dict[str, Any]) -> Endpoint | None:
    pricing = mapping(entry.get("pricing"))
    prompt, completion = number(pricing.get("prompt")), number(pricing.get("completion"))
    if prompt is None or completion is None:
        return None
    writes = (number(pricing.get(name)) or 0.0 for name in ("input_cache_write", "input_cache_write_1h"))
    return Endpoint(
        tag=word(entry.get("tag")) or word(entry.get("provider_name")) or "",
        quantization=word(entry.get("quantization")),
        context_length=tokens(entry.get("context_length")),
        prompt_price=max(prompt, *writes),
        completion_price=max(completion, number(pricing.get("internal_reasoning")) or 0.0),
        request_price=number(pricing.get("request")) or 0.0,
        keeps_only_marked=bool(number(pricing.get("input_cache_write")))
        and entry.get("supports_implicit_caching") is False,
    )
