"""The port to every language model: a request goes in, a reply comes out.

Whoever fulfils it (a server, an embedded model, a scripted seat) imports this file, never the reverse. A reply is
whatever the model did, a refusal or an empty answer included; a call that failed raises
:class:`colloquia.errors.CallError` instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol

from colloquia.struct import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

Source = Literal["live", "embedded", "scripted", "simulated", "human"]
"""Where a turn comes from; findings rest on ``live`` (or ``human``) turns only."""

RefusalSource = Literal["provider", "filter", "rule"]
"""Who says that a turn is a safety refusal: the provider's own field, its filter, or our reading of the text."""

Outcome = Literal["empty", "no_answer", "refusal", "input_blocked", "context_overflow"]
"""Why a reply cannot be sent on: each ends its conversation and is data, never tried again."""


class Message(Struct, kw_only=True, frozen=True, gc=False):
    """One message as a participant is sent it; its keys stand in the order in which they are sent and hashed."""

    content: str
    role: str
    """``system``, ``user``, ``assistant``; ``script`` for the one text of the script view."""


class Occasion(Struct, kw_only=True, frozen=True, gc=False):
    """Which call this is; never sent to the model as text and never part of the request's hash."""

    trial_id: str
    turn_id: int
    """The turn this call is to produce, counted from 1."""
    role: str
    seat: int
    """Position of the speaking seat, counted from 0."""
    own_turns: int = 0
    """Turns that the speaker has already taken."""
    draw: int
    """This turn's own random number, 0 to 2**31 - 1; the same in every run of the same study."""
    beside: str | None = None
    """What is asked beside the turns, such as ``judge success by x-ai/grok-4``; None where it is a turn."""

    @property
    def key(self) -> str:
        """What tells it from every other call that may be under way."""
        return call_key(self.trial_id, self.turn_id, self.beside)


def call_key(trial_id: str, turn_id: int, beside: str | None = None) -> str:
    """Return what tells a call from every other: the moves of a hidden round are asked for at once."""
    return f"{trial_id} {turn_id}" if beside is None else f"{trial_id} {turn_id} {beside}"


class ChatRequest(Struct, kw_only=True, frozen=True):
    """What one participant is asked at one turn."""

    slug: str
    """The slug as the study writes it, provider prefix included."""
    routing: Mapping[str, Any]
    """OpenRouter's ``provider`` object, as the study writes it."""
    sampling: Mapping[str, Any]
    """Body fields as they are sent, ``max_tokens`` and a drawn ``seed`` included."""
    messages: tuple[Message, ...]
    messages_json: bytes
    """``messages`` as a UTF-8 JSON array, keys sorted, no spaces: what is hashed and what is sent."""
    sha256: str
    """Hexadecimal ``request_sha256`` of slug, routing, sampling and messages."""
    occasion: Occasion
    kept: int = 0
    """Messages, counted from the first, with which the next request of the same seat begins too; beyond the prompt
    none where nobody knows. No part of the hash."""
    on_text: Callable[[str], None] | None = None
    """Called with all the text so far whenever some arrives; None where nobody watches."""


class Usage(Struct, kw_only=True, frozen=True, gc=False):
    """Tokens and dollars of one call, as the server counted them; None is unknown, never zero."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    """Includes reasoning tokens."""
    cached_tokens: int | None = None
    """Of the request, read from the server's prompt cache."""
    written_tokens: int | None = None
    """Of the request, written into it at a price."""
    reasoning_tokens: int | None = None
    cost_usd: float | None = None
    saved_usd: float | None = None
    """What the prompt cache saved, below zero where it was only written; None where nobody knows."""


class Reply(Struct, kw_only=True, frozen=True, gc=False):
    """What a model did when it was asked."""

    content: str | None
    """The text; the provider's ``refusal`` text where that is all; None when there was none."""
    source: Source
    finish_reason: str | None = None
    """Normalised: ``stop``, ``length``, ``content_filter``, ``error`` ...; None when unknown."""
    native_finish_reason: str | None = None
    reasoning: str | None = None
    """Hidden reasoning, kept in the log and sent to nobody."""
    outcome: Outcome | None = None
    """Set where nothing can be sent on; the conversation ends with it."""
    refusal_source: RefusalSource | None = None
    """Set where the provider itself says that this is a refusal."""
    usage: Usage = Usage()
    latency_ms: float | None = None
    """Request written to last byte of the successful attempt; None for scripted seats."""
    time_to_first_token_ms: float | None = None
    served_by: str | None = None
    served_model: str | None = None
    generation_id: str | None = None
    is_repaired: bool = False
    """True where a lone surrogate became U+FFFD."""
    original_json: str | None = None
    """Where ``is_repaired``: the original text as ASCII JSON, for the journal."""
    attempts: int = 1
    in_flight: int = 1
    """Calls under way in this run when this one was sent, itself included."""
    timestamp: datetime | None = None
    """UTC, when the reply was complete."""


class ChatModel(Protocol):
    """Something that can be asked for the next turn."""

    async def reply(self, request: ChatRequest) -> Reply:
        """Return what the model does with ``request``.

        Raises:
            CallError: the call failed; its failure says whether trying again may help.
        """
