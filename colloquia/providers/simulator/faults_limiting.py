"""Faults of limits: rates, with every way to say how long to wait, and credit."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from colloquia.providers.simulator.declining import Declined
from colloquia.providers.simulator.fault import Declines
from colloquia.providers.simulator.shapes import complaint
from colloquia.providers.simulator.wordings import error, said, upstream

if TYPE_CHECKING:
    from collections.abc import Callable

    from colloquia.providers.simulator.clock import Clock
    from colloquia.providers.simulator.fault import Scene
    from colloquia.providers.simulator.script import Answer

HINT_SECONDS = 30.0
"""How long rate limits ask to wait, in simulated seconds."""
SKEW_SECONDS = 3600
YEAR_SECONDS = 365 * 86_400.0
OVERLOADED = json.dumps({"error": {"message": "simulated overload", "type": "engine_overloaded"}})


def _limited(
    hint: Callable[[Clock], dict[str, str]], message: str = "Rate limit exceeded."
) -> Callable[[Scene], Answer]:
    """Return a 429 with the headers that ``hint`` makes; OpenRouter repeats those on limits in its metadata."""

    def answer(scene: Scene) -> Answer:
        headers = hint(scene.clock)
        repeated = {name: value for name, value in headers.items() if name.startswith("X-RateLimit")}
        metadata = {"headers": repeated} if repeated else {}
        return complaint(scene.shape, Declined(status=429, message=message, headers=headers, metadata=metadata))

    return answer


def _reset(clock: Clock, *, ahead: float = 0.0) -> dict[str, str]:
    """Return the headers of a limit that is reset in ``HINT_SECONDS``, on a clock that may be ahead of ours."""
    reset = clock.epoch_milliseconds(HINT_SECONDS) + round(ahead * 1000)
    return {"X-RateLimit-Limit": "20", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(reset)}


def _skewed(clock: Clock) -> dict[str, str]:
    return {**_reset(clock, ahead=SKEW_SECONDS), "date": clock.date(skew_seconds=SKEW_SECONDS)}


def _in_flight(scene: Scene) -> Answer:
    return complaint(
        scene.shape,
        Declined(
            status=402,
            message="Simulated: the budget of requests in flight is used up.",
            metadata={"limit_source": "openrouter_in_flight_budget"},
            headers={"retry-after": scene.clock.written(HINT_SECONDS)},
        ),
    )


CREDIT = (
    Declines(
        name="status-402",
        does="The credit is used up.",
        row=3,
        answer=said(
            402,
            "This request requires more credits, or fewer max_tokens. You requested up to 1024 tokens, but can only "
            "afford 12.",
            metadata={"limit_source": "openrouter_credits"},
        ),
    ),
    Declines(
        name="status-402-in-flight",
        does="Too much is reserved by requests in flight; with Retry-After.",
        row=3,
        answer=_in_flight,
    ),
)

RATES = (
    Declines(
        name="status-429",
        does="A rate limit without a hint.",
        row=2,
        answer=_limited(lambda _clock: {}),
    ),
    Declines(
        name="status-429-seconds",
        does="A rate limit, Retry-After in seconds.",
        row=1,
        answer=_limited(lambda clock: {"retry-after": clock.written(HINT_SECONDS)}),
    ),
    Declines(
        name="status-429-milliseconds",
        does="A rate limit, retry-after-ms.",
        row=1,
        answer=_limited(lambda clock: {"retry-after-ms": f"{clock.real(HINT_SECONDS) * 1000:g}"}),
    ),
    Declines(
        name="status-429-date",
        does="A rate limit, Retry-After as an HTTP date.",
        row=1,
        answer=_limited(lambda clock: {"retry-after": clock.date(HINT_SECONDS)}),
    ),
    Declines(
        name="status-429-reset",
        does="A rate limit that says only when it is reset, in milliseconds since 1970.",
        row=1,
        answer=_limited(_reset),
    ),
    Declines(
        name="status-429-skewed",
        does="The same from a server whose clock is an hour ahead, as its Date header shows.",
        row=1,
        answer=_limited(_skewed),
    ),
    Declines(
        name="status-429-zero",
        does="A rate limit with Retry-After: 0.",
        row=1,
        answer=_limited(lambda _clock: {"retry-after": "0"}),
    ),
    Declines(
        name="status-429-garbage",
        does="A rate limit whose Retry-After is no time.",
        row=2,
        answer=_limited(lambda _clock: {"retry-after": "in a while"}),
    ),
    Declines(
        name="status-429-absurd",
        does="A rate limit that asks to wait a year.",
        row=1,
        answer=_limited(lambda clock: {"retry-after": clock.written(YEAR_SECONDS)}),
    ),
    Declines(
        name="status-429-minute",
        does="The limit of free models per minute.",
        row=1,
        answer=_limited(_reset, "Rate limit exceeded: free-models-per-min. "),
    ),
    Declines(
        name="status-429-day",
        does="The limit of free models per day.",
        row=1,
        answer=_limited(
            _reset,
            "Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day",
        ),
    ),
    Declines(
        name="status-429-upstream",
        does="The provider's own limit, with its error as JSON in a text.",
        row=2,
        answer=upstream(
            429,
            raw=OVERLOADED,
            provider_error_code="engine_overloaded",
            limit_source="upstream_provider_shared_pool",
        ),
    ),
    Declines(
        name="status-429-quota",
        does="A quota that waiting does not refill.",
        row=3,
        answer=error(429, {"code": 429, "message": "Simulated quota.", "type": "insufficient_quota"}),
    ),
)

FAULTS = (*CREDIT, *RATES)
