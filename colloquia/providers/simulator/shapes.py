"""The shapes that servers give their answers: OpenRouter's, and those of its neighbours.

The neighbours name no provider, no native reason and no cost, end a stream with its usage only when they are asked to,
and take any key or none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from colloquia.providers.simulator.script import SIGNED_FIELD, Answer, Event
from colloquia.providers.simulator.speech import split

if TYPE_CHECKING:
    from collections.abc import Iterator

    from colloquia.providers.simulator.declining import Declined
    from colloquia.providers.simulator.ledger import Generation
    from colloquia.providers.simulator.speech import Speech

COMMENT = b": OPENROUTER PROCESSING"
DONE = b"data: [DONE]"
TOKENS_PER_DELTA = 4
CONTEXT_SENTENCES = {
    "openrouter": "This endpoint's maximum context length is {length} tokens. However, you requested about {asked} "
    "tokens ({prompt} of text input, {output} in the output). Please reduce the length of either one, or use the "
    "context-compression plugin to compress your prompt automatically.",
    "llama.cpp": "the request exceeds the available context size ({length} tokens), try increasing it",
    "vllm": "This model's maximum context length is {length} tokens. However, you requested {asked} tokens ({prompt} "
    "in the messages, {output} in the completion). Please reduce the length of the messages or completion.",
    "lmstudio": "Trying to keep the first {prompt} tokens when context the overflows. However, the model is loaded "
    "with context length of only {length} tokens, which is not enough.",
}
"""By shape; a shape without one cuts what is too long, in silence."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """How one kind of server looks from outside."""

    name: str
    base_path: str = "/v1"
    default_port: int = 8000
    reasoning_field: str = "reasoning"
    fingerprint: str | None = None

    @property
    def is_openrouter(self) -> bool:
        """Tell whether answers hold what only OpenRouter says."""
        return self.name == "openrouter"


SHAPES = {
    shape.name: shape
    for shape in (
        Shape(name="openrouter", base_path="/api/v1", default_port=8787),
        Shape(name="llama.cpp", default_port=8080, reasoning_field="reasoning_content", fingerprint="b0-simulated"),
        Shape(name="ollama", default_port=11434, fingerprint="fp_ollama"),
        Shape(name="vllm"),
        Shape(name="lmstudio", default_port=1234, reasoning_field="reasoning_content"),
    )
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Dress:
    """One reply, about to be dressed in a shape."""

    shape: Shape
    speech: Speech
    generation: Generation
    is_text: bool = False
    with_usage: bool = True
    """Whether a stream ends with its usage."""

    def whole(self) -> Answer:
        """Return the reply in one piece."""
        message = {"role": "assistant", **self._said()}
        said = {"text": self.speech.content} if self.is_text else {"message": message}
        body = {**self._frame("text_completion" if self.is_text else "chat.completion"), **SIGNED_FIELD}
        choice = {"index": 0, "logprobs": None, **self._ended(), **said, **self.speech.beside}
        extra = {"timings": {"predicted_n": self.speech.tokens.completion}} if self.shape.name == "llama.cpp" else {}
        return Answer(
            headers=self._headers(),
            body={**body, "choices": [choice], "usage": self.usage(), **extra},
            pause_seconds=self._latency() + self.speech.tokens.completion / self._speed(),
        )

    def streamed(self) -> Answer:
        """Return the reply as a stream."""
        events = [*self._opening(), *self._deltas(), *self._closing()]
        return Answer(headers=self._headers(), events=tuple(events), pause_seconds=self._latency())

    def usage(self) -> dict[str, Any]:
        """Return what was counted, and where that is said, what it cost."""
        tokens = self.speech.tokens
        counted = {
            "prompt_tokens": tokens.prompt,
            "completion_tokens": tokens.completion,
            "total_tokens": tokens.prompt + tokens.completion,
        }
        if not self.shape.is_openrouter:
            return counted
        cost = float(self.generation.cost_usd)
        return {
            **counted,
            "cost": cost,
            "is_byok": False,
            "prompt_tokens_details": {"cached_tokens": tokens.cached, "cache_write_tokens": tokens.written},
            "completion_tokens_details": {"reasoning_tokens": tokens.reasoning, "image_tokens": 0},
            "cost_details": {"upstream_inference_cost": cost},
        }

    def _headers(self) -> dict[str, str]:
        return {"x-generation-id": self.generation.id} if self.shape.is_openrouter else {}

    def _latency(self) -> float:
        return self.generation.endpoint.provider.latency_seconds

    def _speed(self) -> float:
        return self.generation.endpoint.provider.tokens_per_second

    def _frame(self, kind: str) -> dict[str, Any]:
        created = int(self.generation.created_at.timestamp())
        frame = {"id": self.generation.id, "object": kind, "created": created, "model": self.generation.model}
        if self.shape.is_openrouter:
            return {**frame, "provider": self.generation.endpoint.provider.name, "system_fingerprint": None}
        return {**frame, **({"system_fingerprint": self.shape.fingerprint} if self.shape.fingerprint else {})}

    def _said(self) -> dict[str, Any]:
        speech = self.speech
        hidden = {self.shape.reasoning_field: speech.reasoning} if speech.reasoning or self.shape.is_openrouter else {}
        refusal = {"refusal": speech.refusal} if speech.refusal or self.shape.is_openrouter else {}
        return {"content": speech.content, **refusal, **hidden}

    def _ended(self) -> dict[str, Any]:
        speech = self.speech
        error = {"error": speech.error} if speech.error else {}
        native = {"native_finish_reason": speech.native_finish_reason} if self.shape.is_openrouter else {}
        return {"finish_reason": speech.finish_reason, **native, **error}

    def _chunk(self, choice: dict[str, Any] | None, **beside: Any) -> dict[str, Any]:  # noqa: ANN401 (any JSON)
        frame = self._frame("text_completion" if self.is_text else "chat.completion.chunk")
        return {**frame, "choices": [] if choice is None else [{"index": 0, **choice}], **beside}

    def _delta(self, delta: dict[str, Any]) -> dict[str, Any]:
        said = {"text": delta.get("content", "")} if self.is_text else {"delta": delta}
        native = {"native_finish_reason": None} if self.shape.is_openrouter else {}
        return self._chunk({**said, "finish_reason": None, **native})

    def _opening(self) -> Iterator[Event]:
        if self.shape.is_openrouter:
            yield Event(COMMENT)
        first = self._delta({"role": "assistant", "content": ""})
        yield Event({**first, **SIGNED_FIELD})

    def _deltas(self) -> Iterator[Event]:
        done, pause = 0, TOKENS_PER_DELTA / self._speed()
        for piece in _pieces(self.speech.reasoning):
            done += len(piece)
            yield Event(self._delta(self._thought("".join(piece))), done, pause)
        done = self.speech.tokens.reasoning
        content = self.speech.content
        for piece in _pieces(content):
            done += len(piece)
            yield Event(self._delta({"content": "".join(piece)}), done, pause)
        if content is not None and not isinstance(content, str):
            yield Event(self._delta({"content": content}), self.speech.tokens.completion)
        if self.speech.refusal:
            yield Event(self._delta({"refusal": self.speech.refusal}), self.speech.tokens.completion)

    def _thought(self, text: str) -> dict[str, Any]:
        if not self.shape.is_openrouter:
            return {self.shape.reasoning_field: text}
        details = [{"type": "reasoning.text", "text": text, "format": "unknown", "index": 0}]
        return {"content": "", "reasoning": text, "reasoning_details": details}

    def _closing(self) -> Iterator[Event]:
        said = {"text": ""} if self.is_text else {"delta": {"content": ""}}
        tokens = self.speech.tokens.completion
        yield Event(self._chunk({**said, **self._ended(), **self.speech.beside}), tokens)
        if self.shape.is_openrouter:
            yield Event(COMMENT)
        if self.with_usage:
            yield Event(self._chunk(None, usage=self.usage()), tokens)
        yield Event(DONE, tokens)


def complaint(shape: Shape, declined: Declined) -> Answer:
    """Return the answer by which ``shape`` declines a request."""
    return Answer(
        status=declined.status,
        headers=declined.headers,
        body={"error": _error(shape, declined), **SIGNED_FIELD},
    )


def _error(shape: Shape, declined: Declined) -> object:
    typed = {"message": declined.message, "type": declined.kind}
    match shape.name:
        case "openrouter":
            metadata = {"metadata": declined.metadata} if declined.metadata else {}
            availability = {"availability": declined.availability} if declined.availability else {}
            return {"code": declined.status, "message": declined.message, **metadata, **availability}
        case "ollama":
            return {**typed, "param": None, "code": None}
        case "vllm":
            return {**typed, "param": None, "code": declined.status}
        case "lmstudio":
            return declined.message
    return {"code": declined.status, **typed, **declined.beside}


def _pieces(text: object) -> list[list[str]]:
    tokens = split(text) if isinstance(text, str) else []
    return [tokens[start : start + TOKENS_PER_DELTA] for start in range(0, len(tokens), TOKENS_PER_DELTA)]
