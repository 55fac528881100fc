"""Servers that speak OpenAI's chat API: Ollama, vLLM, LM Studio, llama.cpp, and whatever a study declares.

They are sent what the study writes and nothing that only OpenRouter knows. What a turn costs is reckoned from the price
that the study gives; where it gives none the cost is unknown, never zero.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import structs

from colloquia.errors import CallError, Failure
from colloquia.providers.addresses import checked_base_url, system_proxy
from colloquia.providers.assembly import Assembly
from colloquia.providers.call import Call
from colloquia.providers.keys import without_keys
from colloquia.providers.origin import Origin
from colloquia.providers.provider import model_id
from colloquia.providers.replies import classify

if TYPE_CHECKING:
    from collections.abc import Mapping

    from colloquia.conversation.chat_model import ChatRequest, Reply
    from colloquia.providers.keys import Key
    from colloquia.providers.provider import Surroundings
    from colloquia.providers.wire import Answer, Wire


_LABELS = ("served_by", "served_model", "generation_id", "finish_reason", "native_finish_reason")


@dataclass(frozen=True, kw_only=True)
class Server:
    """Where requests go, and how they are read there."""

    base_url: str
    wire: Wire
    origin: Origin
    key: Key | None = None
    is_streaming: bool = True

    async def ask_plainly(self, request: ChatRequest, fields: Mapping[str, Any]) -> Reply:
        """Send ``request`` as servers other than OpenRouter need it: they count a stream's tokens only when asked to.

        Raises:
            CallError: the call failed; nothing in it shows a key.
        """
        counted = {"stream_options": {"include_usage": True}} if self.is_streaming else {}
        return await self.ask(request, {**fields, **counted}, keeps_connection=not self._may_hang_up)

    async def ask(
        self,
        request: ChatRequest,
        fields: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
        *,
        keeps_connection: bool = True,
    ) -> Reply:
        """Send ``request`` with the body ``fields`` and the ``headers`` that go with it.

        Raises:
            CallError: the call failed; nothing in it shows a key.
        """
        assembly = Assembly(request.on_text)
        call = Call(
            url=f"{self.base_url}/{'completions' if is_script(request) else 'chat/completions'}",
            headers={"Content-Type": "application/json", **(headers or {}), **(self.key.header() if self.key else {})},
            body=body(request, {**fields, "stream": self.is_streaming}),
            keeps_connection=keeps_connection,
        )
        try:
            return self._told(self._read(await self.wire.exchange(call, assembly), assembly))
        except CallError as error:
            failure = self._without_key(error.failure)
        raise CallError(failure)

    @property
    def _may_hang_up(self) -> bool:
        """Tell whether the next call on a connection may be lost.

        llama.cpp, which speaks plain http, promises to keep a connection and then closes it after a stream.
        """
        return self.is_streaming and self.base_url.startswith("http:")

    def _read(self, answer: Answer, assembly: Assembly) -> Reply:
        assembly.end()
        return classify(answer, assembly, self.origin)

    def _without_key(self, failure: Failure) -> Failure:
        hint = f" Is the server of {self.origin.provider!r} running at {self.base_url}?"
        message = failure.message + (hint if failure.stage == "connect" else "")
        return replace(
            failure,
            message=without_keys(message, self.key),
            body=without_keys(failure.body, self.key) if failure.body else None,
            error_type=without_keys(failure.error_type, self.key) if failure.error_type else None,
            partial_text=without_keys(failure.partial_text, self.key) if failure.partial_text else None,
            generation_id=without_keys(failure.generation_id, self.key) if failure.generation_id else None,
        )

    def _told(self, reply: Reply) -> Reply:
        """Return a reply whose labels show no key, whatever a server puts there; what the model said stands."""
        told: dict[str, Any] = {name: label for name in _LABELS if (label := getattr(reply, name))}
        clean: dict[str, Any] = {name: _label(label, self.key) for name, label in told.items()}
        return reply if clean == told else structs.replace(reply, **clean)


@lru_cache(maxsize=256)  # nearly every reply brings the same ones
def _label(label: str, key: Key | None) -> str:
    return without_keys(label, key)


def is_script(request: ChatRequest) -> bool:
    """Tell whether the request is one text to be completed, and not a list of messages."""
    return len(request.messages) == 1 and request.messages[0].role == "script"


def body(request: ChatRequest, fields: Mapping[str, Any]) -> bytes:
    """Return the JSON that is posted; messages go in as the bytes that were hashed."""
    if is_script(request):
        return msgspec.json.encode({**fields, "prompt": request.messages[0].content})
    return b'{"messages":%b,%b' % (request.messages_json, msgspec.json.encode(fields)[1:])


class CompatibleModel:
    """One model of a server that speaks OpenAI's chat API."""

    def __init__(self, server: Server, name: str) -> None:
        self._server = server
        self._name = name

    async def reply(self, request: ChatRequest) -> Reply:
        """Ask the model for the next turn."""
        return await self._server.ask_plainly(request, {**request.sampling, "model": self._name})


class CompatibleServer:
    """The models of one such server."""

    def __init__(self, surroundings: Surroundings) -> None:
        name = surroundings.name
        base_url = checked_base_url(surroundings.base_url or "", whose=f"providers.{name}")
        system_proxy(base_url)
        key = surroundings.keyring.of(name, base_url)
        self._server = Server(
            base_url=base_url,
            wire=surroundings.wire,
            key=key,
            is_streaming=surroundings.is_streaming,
            origin=Origin(
                provider=name,
                served_by=name,
                price=surroundings.price,
                key_variable=key.variable if key else None,
            ),
        )

    def model(self, slug: str) -> CompatibleModel:
        """Return the model of that name on the server; only the server knows whether it has it."""
        return CompatibleModel(self._server, model_id(slug))

    async def close(self) -> None:
        """Leave the server as it is."""


def provider(surroundings: Surroundings) -> CompatibleServer:
    """Return the models of the server at ``surroundings.base_url``."""
    return CompatibleServer(surroundings)
