"""What a completion says: its text, why it ended, and what it took.

Nearly all servers write an answer in one piece in one way, and such a one is decoded by type, which is a third of the
work. Whatever is written otherwise is no error here: it is looked at field by field.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from colloquia.conversation.chat_model import RefusalSource, Usage
from colloquia.providers.assembly import reasoning_in, refusal_in, text_in
from colloquia.providers.decoding import MOST_DOLLARS, MOST_TOKENS, dollars, mapping, tokens, word
from colloquia.struct import Struct

if TYPE_CHECKING:
    from colloquia.design.forecast import Price
    from colloquia.providers.origin import Origin

FINISH_REASONS = {
    "stop": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "complete": "stop",
    "length": "length",
    "max_tokens": "length",
    "max_output_tokens": "length",
    "model_length": "length",
    "content_filter": "content_filter",
    "safety": "content_filter",
    "refusal": "content_filter",
    "recitation": "content_filter",
    "prohibited_content": "content_filter",
    "tool_calls": "tool_calls",
    "tool_use": "tool_calls",
    "function_call": "tool_calls",
    "error": "error",
}
"""Our words for the reasons that servers give; any other word is kept as it is."""


class Said(Struct, kw_only=True, frozen=True):
    """The parts of a choice that decide."""

    text: str
    refusal: str | None = None
    reasoning: str | None = None
    finish_reason: str | None = None
    """In our words."""
    native_finish_reason: str | None = None
    refusal_source: RefusalSource | None = None

    @property
    def content(self) -> str | None:
        """The text; what it says to refuse where that is all."""
        return self.text if self.text.strip() else self.refusal or self.text or None

    @property
    def is_empty(self) -> bool:
        """True where nothing can be read."""
        return not (self.content or "").strip()


class Completion(Struct, kw_only=True, frozen=True):
    """What a server says of a reply."""

    said: Said
    usage: Usage
    id: str | None = None
    provider: str | None = None
    """Who served it, behind a router."""
    model: str | None = None


_Count = Annotated[int, msgspec.Meta(ge=0, le=MOST_TOKENS)] | None
_Dollars = Annotated[float, msgspec.Meta(ge=0, le=MOST_DOLLARS)] | None
_Text = Annotated[str, msgspec.Meta(min_length=1)]


class _Message(Struct, kw_only=True, frozen=True, gc=False):
    content: _Text
    refusal: None = None
    reasoning: _Text | None = None
    reasoning_content: None = None
    reasoning_details: Any = None


class _Choice(Struct, kw_only=True, frozen=True, gc=False):
    message: _Message
    finish_reason: str | None = None
    native_finish_reason: str | None = None
    error: None = None


class _Details(Struct, kw_only=True, frozen=True, gc=False):
    cached_tokens: _Count = None
    cache_write_tokens: _Count = None
    reasoning_tokens: _Count = None


class _Usage(Struct, kw_only=True, frozen=True, gc=False):
    prompt_tokens: _Count = None
    completion_tokens: _Count = None
    prompt_tokens_details: _Details | None = None
    completion_tokens_details: _Details | None = None
    cost: _Dollars = None
    is_byok: bool | None = None


class _Plain(Struct, kw_only=True, frozen=True, gc=False):
    choices: Annotated[tuple[_Choice, ...], msgspec.Meta(min_length=1, max_length=1)]
    usage: _Usage
    id: str | None = None
    provider: str | None = None
    model: str | None = None
    error: None = None


_decode = msgspec.json.Decoder(_Plain).decode
_NONE = _Details()


def plain_completion(body: bytes | bytearray, origin: Origin) -> Completion | None:
    """Return the completion that ``body`` is; None where it is written in any other than the one way."""
    try:
        found = _decode(body)
    except (ValueError, RecursionError):
        return None
    choice, told = found.choices[0], found.usage
    message = choice.message
    if told.is_byok or message.content.isspace() or (message.reasoning_details and not message.reasoning):
        return None
    native = word(choice.native_finish_reason)
    normal, refusal_source = _read_reason(word(choice.finish_reason), native)
    if normal == "error":
        return None
    return Completion(
        said=Said(
            text=message.content,
            reasoning=message.reasoning,
            finish_reason=normal,
            native_finish_reason=native,
            refusal_source=refusal_source,
        ),
        usage=_plain_usage(told, origin),
        id=word(found.id),
        provider=word(found.provider),
        model=word(found.model),
    )


def _plain_usage(told: _Usage, origin: Origin) -> Usage:
    asked, said = told.prompt_tokens, told.completion_tokens
    of_prompt, of_reply = told.prompt_tokens_details or _NONE, told.completion_tokens_details or _NONE
    return Usage(
        input_tokens=asked,
        output_tokens=said,
        cached_tokens=of_prompt.cached_tokens,
        written_tokens=of_prompt.cache_write_tokens,
        reasoning_tokens=of_reply.reasoning_tokens,
        cost_usd=told.cost if origin.says_cost else _cost_reckoned(asked, said, origin.price),
    )


def completion(said: Said, body: dict[str, Any], origin: Origin) -> Completion:
    """Return what ``body`` says, in which ``said`` was said."""
    labels = {name: word(body.get(name)) for name in ("id", "provider", "model")}
    return Completion(said=said, usage=_usage(mapping(body.get("usage")), origin), **labels)


def said_in(choice: dict[str, Any]) -> Said | None:
    """Return what a choice says; None where it has no message, or one of no known kind."""
    message = mapping(choice.get("message")) or mapping(choice.get("delta"))
    text = text_in(message.get("content") if message else choice.get("text"))
    if not choice or text is None or not (message or "text" in choice):
        return None
    reason, native = word(choice.get("finish_reason")), word(choice.get("native_finish_reason"))
    refusal = refusal_in(message)
    normal, refusal_source = _read_reason(reason, native)
    return Said(
        text=text,
        refusal=refusal,
        reasoning=reasoning_in(message),
        finish_reason=normal,
        native_finish_reason=native,
        refusal_source="provider" if refusal else refusal_source,
    )


@lru_cache(maxsize=256)  # servers have few
def _read_reason(reason: str | None, native: str | None) -> tuple[str | None, RefusalSource | None]:
    """Return in our words why a reply ended, and who says by it that this is a refusal."""
    normal = FINISH_REASONS.get(reason.lower(), reason.lower()) if reason else None
    if "refusal" in ((native or "").lower(), (reason or "").lower()):
        return normal, "provider"
    return normal, "filter" if normal == "content_filter" else None


def _usage(told: dict[str, Any], origin: Origin) -> Usage:
    details, of_prompt = mapping(told.get("completion_tokens_details")), mapping(told.get("prompt_tokens_details"))
    asked, said = tokens(told.get("prompt_tokens")), tokens(told.get("completion_tokens"))
    return Usage(
        input_tokens=asked,
        output_tokens=said,
        cached_tokens=tokens(of_prompt.get("cached_tokens")),
        written_tokens=tokens(of_prompt.get("cache_write_tokens")),
        reasoning_tokens=tokens(details.get("reasoning_tokens")),
        cost_usd=cost_told(told) if origin.says_cost else _cost_reckoned(asked, said, origin.price),
    )


def cost_told(told: dict[str, Any]) -> float | None:
    """Return what OpenRouter charged, and with a key of one's own at the provider what that one charges as well."""
    cost = dollars(told.get("cost"))
    if told.get("is_byok") is not True or cost is None:
        return cost
    upstream = dollars(mapping(told.get("cost_details")).get("upstream_inference_cost"))
    return None if upstream is None else cost + upstream


def _cost_reckoned(asked: int | None, said: int | None, price: Price | None) -> float | None:
    if price is None:
        return None
    if not (price.prompt or price.completion or price.request):
        return 0.0
    if asked is None or said is None:
        return None
    return asked * price.prompt + said * price.completion + price.request
