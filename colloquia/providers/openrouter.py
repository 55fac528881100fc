"""OpenRouter: one key for the models of many providers.

What is sent beyond the study's own fields, and why:

- ``provider.require_parameters`` wherever a sampling field besides ``max_tokens`` is written, since an endpoint that
  lacks a field would drop it in silence; a study's own routing may say otherwise.
- Context compression is switched off, since it would change what a model reads; so is the response cache, which would
  give one sample twice.
- ``session_id`` keeps the calls of one participant at one endpoint, whose prompt cache then holds the talk so far; a
  model whose endpoints keep only what is marked is sent marks (see :mod:`colloquia.providers.prompt_caching`).
- A model that reasons gets ``REASONING_HEADROOM`` tokens more than ``max_tokens``, since its hidden reasoning counts
  against them. None of this is part of the request's hash.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from colloquia.errors import CallError, Failure
from colloquia.providers.addresses import system_proxy
from colloquia.providers.assembly import Assembly
from colloquia.providers.call import Call
from colloquia.providers.cards import LENGTHS, ModelCard, card_of, fields_not_taken, read_cards, reasons
from colloquia.providers.complaints import complaint, fault
from colloquia.providers.decoding import MalformedError, decoded, mapping
from colloquia.providers.openai_compatible import Server, is_script
from colloquia.providers.origin import Origin
from colloquia.providers.prompt_caching import marked, session_id, with_saving
from colloquia.providers.provider import model_id
from colloquia.providers.replies import excerpt

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from colloquia.conversation.chat_model import ChatRequest, Reply
    from colloquia.providers.provider import Surroundings
    from colloquia.providers.wire import Wire

__all__ = [
    "BASE_URL",
    "HEADERS",
    "REASONING_HEADROOM",
    "ModelCard",
    "OpenRouter",
    "OpenRouterModel",
    "card_of",
    "catalogue",
    "fields_not_taken",
    "provider",
    "with_headroom",
]

BASE_URL = "https://openrouter.ai/api/v1"
REASONING_HEADROOM = 4096
"""Tokens beyond ``max_tokens`` that a reasoning model may use; unused ones cost nothing."""

HEADERS = {
    "HTTP-Referer": "https://colloquia.example",
    "X-OpenRouter-Title": "Colloquia",
    "X-OpenRouter-Cache": "false",
}


async def catalogue(wire: Wire, *, base_url: str = BASE_URL) -> tuple[ModelCard, ...]:
    """Return every model that OpenRouter serves, in its order; the list is public, so no key is shown for it.

    Raises:
        CallError: the list could not be had.
    """
    listing = Assembly()
    answer = await wire.exchange(Call(url=f"{base_url}/models", headers=HEADERS), listing)
    try:
        told = decoded(listing.body)
    except MalformedError:
        told = None
    entries = mapping(told).get("data")
    if answer.status != HTTPStatus.OK or not isinstance(entries, list):
        raise CallError(_no_list(told, answer.status, listing))
    return read_cards(entries)


def with_headroom(sampling: Mapping[str, Any], card: ModelCard | None) -> dict[str, Any]:
    """Return ``sampling`` as it is sent: with room for hidden reasoning beside the text."""
    room = REASONING_HEADROOM if reasons(card, sampling) else 0
    return {name: value + room if name in LENGTHS else value for name, value in sampling.items()}


class OpenRouterModel:
    """One model, asked through OpenRouter."""

    def __init__(self, server: Server, name: str, cards: Mapping[str, ModelCard], marked: Container[str] = ()) -> None:
        self._server = server
        self._name = name
        self._cards = cards
        self._marked = marked

    async def reply(self, request: ChatRequest) -> Reply:
        """Ask the model for the next turn."""
        card = card_of(self._name, self._cards)
        written = marked(request) if self._name in self._marked and not is_script(request) else request
        reply = await self._server.ask(written, self._fields(request, card), HEADERS)
        usage = with_saving(reply.usage, card)
        return reply if usage is reply.usage else replace(reply, usage=usage)

    def _fields(self, request: ChatRequest, card: ModelCard | None) -> dict[str, Any]:
        fields = {
            "plugins": [{"id": "context-compression", "enabled": False}],
            "session_id": session_id(request, card),
            **with_headroom(request.sampling, card),
            "model": self._name,
        }
        routing = _routing(request)
        return {**fields, "provider": routing} if routing else fields


class OpenRouter:
    """The models of OpenRouter."""

    def __init__(self, surroundings: Surroundings) -> None:
        base_url = surroundings.base_url or BASE_URL
        system_proxy(base_url)
        key = surroundings.keyring.openrouter(base_url, is_redirected=base_url != BASE_URL)
        self._cards = surroundings.cards
        self._marked = surroundings.marked
        self._server = Server(
            base_url=base_url,
            wire=surroundings.wire,
            key=key,
            is_streaming=surroundings.is_streaming,
            origin=Origin(provider="openrouter", says_cost=True, key_variable=key.variable),
        )

    def model(self, slug: str) -> OpenRouterModel:
        """Return the model of that name; whether OpenRouter serves it only its catalogue knows."""
        return OpenRouterModel(self._server, model_id(slug), self._cards, self._marked)

    async def close(self) -> None:
        """Leave OpenRouter as it is."""


def provider(surroundings: Surroundings) -> OpenRouter:
    """Return the models of OpenRouter, or of the server that the command line names in its place."""
    return OpenRouter(surroundings)


def _routing(request: ChatRequest) -> dict[str, Any]:
    is_sampled = any(name not in LENGTHS for name in request.sampling)
    return {**({"require_parameters": True} if is_sampled else {}), **request.routing}


def _no_list(told: object, status: int, listing: Assembly) -> Failure:
    complained = complaint(told, status if status >= HTTPStatus.MULTIPLE_CHOICES else None)
    return Failure(
        fault=fault(complained, None),
        stage="reply",
        message=f"openrouter: the list of models could not be read: {complained.text.rstrip('.')}.",
        status=status,
        error_type=complained.error_type,
        body=excerpt(listing.body),
    )
