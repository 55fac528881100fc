"""Which words a model answers with: a pure function of model, provider and request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colloquia.providers.simulator.answering import answer
from colloquia.providers.simulator.judging import verdict
from colloquia.providers.simulator.moving import move
from colloquia.providers.simulator.speech import Speech, Tokens, count, cut, sentences, thoughts

if TYPE_CHECKING:
    from colloquia.providers.simulator.asked import Asked
    from colloquia.providers.simulator.catalogue import Endpoint


def speak(asked: Asked, endpoint: Endpoint, attempt: int) -> Speech:
    """Return what the model says at ``endpoint``.

    Args:
        asked: The request.
        endpoint: Who answers; another provider says something else.
        attempt: How often the request was made; it matters only where seeds have no effect.
    """
    draw = (asked.model.slug, endpoint.provider.slug, _chosen_by(asked, endpoint, attempt))
    reasoning = _reasoning(asked, draw)
    hidden = count(reasoning)
    most = max(asked.max_tokens - hidden, 0)
    wanted = verdict(asked.messages, draw) or answer(asked.messages, draw) or move(asked.messages, draw)
    text, reason = sentences(draw, most, _stops(asked)) if wanted is None else cut(wanted, most)
    return Speech(
        content=text or (None if hidden else ""),
        reasoning=None if not reasoning or asked.said("reasoning").get("exclude") is True else reasoning,
        finish_reason=reason,
        native_finish_reason=endpoint.native(reason),
        tokens=Tokens(prompt=asked.prompt_tokens, completion=hidden + count(text), reasoning=hidden),
    )


def _chosen_by(asked: Asked, endpoint: Endpoint, attempt: int) -> tuple[object, ...]:
    """Return what the words depend on besides model and provider."""
    seed = asked.body.get("seed")
    if seed is not None and not endpoint.provider.heeds_seed:
        return asked.key, attempt
    if seed is not None and "seed" in endpoint.parameters:
        return asked.messages, "seed", seed
    if asked.body.get("temperature") == 0 and "temperature" in endpoint.parameters:
        return asked.messages, "greedy"
    return (asked.key,)


def _reasoning(asked: Asked, draw: object) -> str:
    if not asked.model.reasons:
        return ""
    told = asked.said("reasoning")
    effort = told.get("effort") or asked.body.get("reasoning_effort") or "medium"
    return thoughts(draw, str(effort), min(int(told.get("max_tokens") or asked.max_tokens), asked.max_tokens))


def _stops(asked: Asked) -> list[str]:
    stop = asked.body.get("stop")
    return [stop] if isinstance(stop, str) else list(stop or ())
