"""How the prompt caches behind OpenRouter are used: what is marked, which session it goes by, what that saved.

Where an endpoint keeps prompts by itself, a prefix that stays the same is all it needs. Where it keeps only what a
request marks (Anthropic, Alibaba), two of the four marks that are allowed are set: behind the prompt, which other
conversations share, and behind all that the next request of the same seat begins with. Each token is then written
once, and read from then on. The mark holds for five minutes: one for an hour costs twice the price, and a conversation
does not pause for so long.

A prompt that is long enough to be kept is shared by all conversations that have it. So these go by one session, which
stays at one endpoint: the one whose cache has it.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

if TYPE_CHECKING:
    from colloquia.conversation.chat_model import ChatRequest, Message, Usage
    from colloquia.providers.cards import ModelCard

FEWEST_KEPT_CHARACTERS = 3 * 1024
"""A prompt that is shorter surely has fewer than the 1,024 tokens below which most caches keep nothing."""
LONGEST_SESSION_ID = 256
_MARK = {"type": "ephemeral"}
_json = msgspec.json.Encoder(order="deterministic")


def shared_prompt(request: ChatRequest) -> str | None:
    """Return the prompt that a request begins with, where it is long enough to be kept for others; else None."""
    first = request.messages[0]
    return first.content if first.role == "system" and len(first.content) >= FEWEST_KEPT_CHARACTERS else None


def caches_prompts(card: ModelCard | None) -> bool:
    """Tell whether the catalogue lists a price for tokens that a cache holds."""
    return card is not None and card.cache_read_price is not None


def session_id(request: ChatRequest, card: ModelCard | None) -> str:
    """Return what keeps requests at one endpoint: a seat of a conversation, or all seats with one long prompt."""
    occasion = request.occasion
    prompt = shared_prompt(request)
    if prompt is None or not caches_prompts(card):
        return f"{occasion.trial_id}/{occasion.seat}"[-LONGEST_SESSION_ID:]
    return f"prompt/{sha256(prompt.encode()).hexdigest()}"


def marked(request: ChatRequest) -> ChatRequest:
    """Return the request as it is sent where only marked prompts are kept; its hash stays that of the texts."""
    places = {request.kept - 1} | ({0} if request.messages[0].role == "system" else set())
    written = [_written(message, is_marked=place in places) for place, message in enumerate(request.messages)]
    return replace(request, messages_json=_json.encode(written))


def _written(message: Message, *, is_marked: bool) -> dict[str, object]:
    if not is_marked or not message.content:  # an empty part cannot be marked
        return {"content": message.content, "role": message.role}
    return {
        "content": [{"cache_control": _MARK, "text": message.content, "type": "text"}],
        "role": message.role,
    }


def with_saving(usage: Usage, card: ModelCard | None) -> Usage:
    """Return the usage with what the cache saved, at the prices that the catalogue lists."""
    cached, written = usage.cached_tokens, usage.written_tokens or 0
    if cached is None or card is None or card.prompt_price is None:
        return usage
    if not cached and not written:
        return replace(usage, saved_usd=0.0)
    if card.cache_read_price is None:
        return usage
    dearer = max((card.cache_write_price or 0.0) - card.prompt_price, 0.0)
    return replace(usage, saved_usd=cached * (card.prompt_price - card.cache_read_price) - written * dearer)
