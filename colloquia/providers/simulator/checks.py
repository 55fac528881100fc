"""What is wrong with a request before any model is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from colloquia.providers.decoding import number
from colloquia.providers.simulator.declining import decline
from colloquia.providers.simulator.shapes import CONTEXT_SENTENCES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from colloquia.providers.simulator.asked import Asked
    from colloquia.providers.simulator.catalogue import Model
    from colloquia.providers.simulator.shapes import Shape

RANGES = {
    "temperature": (0, 2),
    "top_p": (0, 1),
    "min_p": (0, 1),
    "top_a": (0, 1),
    "top_k": (0, 10**9),
    "frequency_penalty": (-2, 2),
    "presence_penalty": (-2, 2),
    "repetition_penalty": (0, 2),
    "top_logprobs": (0, 20),
    "max_tokens": (1, 10**9),
    "max_completion_tokens": (1, 10**9),
    "seed": (-(2**63), 2**63),
}
WHOLE_NUMBERS = frozenset({"top_k", "top_logprobs", "max_tokens", "max_completion_tokens", "seed"})
ROLES = frozenset({"system", "developer", "user", "assistant", "tool"})
KINDS: Mapping[str, tuple[type, str]] = {
    "stream": (bool, "boolean"),
    "reasoning": (dict, "object"),
    "provider": (dict, "object"),
    "plugins": (list, "array"),
    "session_id": (str, "string"),
    "user": (str, "string"),
}
MOST_STOPS = 4
MODERATED_WORD = "simulate-moderation"
"""A moderated model blocks an input that holds it."""
LONGEST_FLAGGED = 100
LONGEST_COMPRESSED_BY_DEFAULT = 8192
"""Tokens of context up to which prompts are compressed unless that is switched off."""
EFFORTS = frozenset({"max", "xhigh", "high", "medium", "low", "minimal", "none"})


def check_key(authorization: str, right_key: str | None) -> None:
    """Check that the caller shows a key: the right one, or where none is set, one that looks like one.

    Raises:
        DeclinedError: it does not.
    """
    if not authorization:
        raise decline(401, "Missing Authentication header")
    scheme, _, key = authorization.partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise decline(401, "No auth credentials found")
    if key != right_key if right_key else not key.startswith("sk-"):
        raise decline(401, "User not found.")


def check_fields(body: Mapping[str, Any], *, is_text: bool) -> None:
    """Check the types and ranges of the fields that are known.

    Raises:
        DeclinedError: one is wrong.
    """
    if not isinstance(body.get("model"), str):
        raise decline(400, 'Invalid input: expected string at "model"')
    if is_text and not isinstance(body.get("prompt"), str):
        raise decline(400, 'Input required: specify "prompt" or "messages"')
    if not is_text:
        _check_messages(body.get("messages"))
    for name, (kind, word) in KINDS.items():
        if body.get(name) is not None and not isinstance(body[name], kind):
            raise decline(400, f'Invalid input: expected {word} at "{name}"')
    for name in RANGES:
        _check_number(name, body.get(name))
    _check_routing(body.get("provider") or {})
    _check_stop(body.get("stop"))


def _check_routing(wishes: Mapping[str, Any]) -> None:
    for name in ("order", "only", "ignore", "quantizations"):
        value = wishes.get(name)
        if value is not None and not (isinstance(value, list) and all(isinstance(slug, str) for slug in value)):
            raise decline(400, f'Invalid input: expected an array of strings at "provider.{name}"')
    limits = wishes.get("max_price") or {}
    if not isinstance(limits, dict) or any(number(limit) is None for limit in limits.values()):
        raise decline(400, 'Invalid input: expected prices at "provider.max_price"')


def _check_messages(messages: object) -> None:
    if not isinstance(messages, list) or not messages:
        raise decline(400, 'Input required: specify "prompt" or "messages"')
    for place, message in enumerate(messages):
        if not isinstance(message, dict) or message.get("role") not in ROLES:
            raise decline(400, f'Invalid input: expected a message at "messages.{place}"')
        if not isinstance(message.get("content"), str | list | None):
            raise decline(400, f'Invalid input: expected string or array at "messages.{place}.content"')


def _check_number(name: str, value: object) -> None:
    if value is None:
        return
    kind = int if name in WHOLE_NUMBERS else (int, float)
    if isinstance(value, bool) or not isinstance(value, kind):
        raise decline(400, f'Invalid input: expected number at "{name}"')
    least, most = RANGES[name]
    if not least <= value <= most:
        raise decline(400, f'Invalid input: expected a number from {least} to {most} at "{name}"')


def _check_stop(stop: object) -> None:
    texts = stop if isinstance(stop, list) else [stop]
    if stop is not None and (len(texts) > MOST_STOPS or not all(isinstance(text, str) for text in texts)):
        raise decline(400, f'Invalid input: expected a string, or at most {MOST_STOPS} of them, at "stop"')


def check_reasoning(body: Mapping[str, Any], model: Model) -> None:
    """Check that what is said on reasoning agrees with itself and with the model.

    Raises:
        DeclinedError: it does not.
    """
    told = body.get("reasoning") or {}
    effort, short = told.get("effort"), body.get("reasoning_effort")
    budget = told.get("max_tokens")
    if budget is not None:
        _check_number("max_tokens", budget)
    if effort is not None and budget is not None:
        raise decline(400, 'Only one of "reasoning.effort" and "reasoning.max_tokens" can be specified')
    if effort is not None and short is not None and effort != short:
        raise decline(400, '"reasoning.effort" and "reasoning_effort" contradict each other')
    for said in (effort, short):
        if said is not None and (not isinstance(said, str) or said not in EFFORTS):
            raise decline(400, f'Invalid input: expected one of {", ".join(sorted(EFFORTS))} at "reasoning.effort"')
    if model.reasons and ("none" in (effort, short) or told.get("enabled") is False):
        raise decline(400, "Reasoning is mandatory for this endpoint and cannot be disabled.")


def check_content(asked: Asked) -> None:
    """Check that a moderated model may hear the input.

    Raises:
        DeclinedError: it may not.
    """
    texts = [text for _, text in asked.messages if MODERATED_WORD in text]
    if not asked.model.is_moderated or not texts:
        return
    metadata = {
        "reasons": ["simulated"],
        "flagged_input": texts[0][:LONGEST_FLAGGED],
        "provider_name": asked.model.endpoints[0].provider.name,
        "model_slug": asked.model.slug,
    }
    message = f"{asked.model.slug} requires moderation on {metadata['provider_name']}. Your input was flagged."
    raise decline(403, message, metadata=metadata)


def check_length(asked: Asked, shape: Shape) -> None:
    """Check that prompt and reply fit into the context, where the server does not shorten the prompt by itself.

    Raises:
        DeclinedError: they do not.
    """
    prompt, length = asked.prompt_tokens, asked.model.context_length
    output = asked.max_tokens if _is_length_said(asked) else 1
    if prompt + output <= length or shape.name not in CONTEXT_SENTENCES or _compresses(asked, shape):
        return
    sentence = CONTEXT_SENTENCES[shape.name]
    raise decline(
        400,
        sentence.format(length=length, asked=prompt + output, prompt=prompt, output=output),
        metadata={"error_type": "context_length_exceeded"},
        kind="exceed_context_size_error" if shape.name == "llama.cpp" else "BadRequestError",
        beside={"n_prompt_tokens": prompt, "n_ctx": length},
    )


def _is_length_said(asked: Asked) -> bool:
    return bool(asked.body.get("max_completion_tokens") or asked.body.get("max_tokens"))


def _compresses(asked: Asked, shape: Shape) -> bool:
    """Tell whether the prompt is shortened until it fits, as OpenRouter does by itself for small contexts."""
    if not shape.is_openrouter:
        return False
    plugins = [plugin for plugin in asked.body.get("plugins") or () if isinstance(plugin, dict)]
    told = [plugin.get("enabled", True) for plugin in plugins if plugin.get("id") == "context-compression"]
    return bool(told[0]) if told else asked.model.context_length <= LONGEST_COMPRESSED_BY_DEFAULT
