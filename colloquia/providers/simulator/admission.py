"""Who is let in: limits of rate, of requests at once, of free models and of credit."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from colloquia.providers.simulator.declining import decline
from colloquia.providers.simulator.limits import Bucket, FreeLimits
from colloquia.providers.simulator.pricing import affordable, most

if TYPE_CHECKING:
    from collections.abc import Mapping

    from colloquia.providers.simulator.asked import Asked
    from colloquia.providers.simulator.catalogue import Endpoint, Model
    from colloquia.providers.simulator.clock import Clock
    from colloquia.providers.simulator.declining import DeclinedError
    from colloquia.providers.simulator.plan import Plan

_PER_DAY = "free-models-per-day. Add 10 credits to unlock 1000 free model requests per day"
_PER_MINUTE = "free-models-per-min. "
BUSY_SECONDS = 1.0
"""How long a server that is full asks to wait."""


class Gate:
    """Lets requests in, or declines them."""

    def __init__(self, plan: Plan, clock: Clock) -> None:
        self._plan = plan
        self._clock = clock
        self._buckets: dict[str, Bucket | None] = {}
        self.free = FreeLimits(per_minute=plan.free_per_minute, per_day=plan.free_per_day)

    def admit(self, model: Model, in_flight: int) -> None:
        """Let a request in.

        Args:
            model: What it asks.
            in_flight: Requests under way, itself not included.

        Raises:
            DeclinedError: it has to wait.
        """
        if self._plan.concurrent is not None and in_flight >= self._plan.concurrent:
            raise self._full()
        if model.is_free:
            self._admit_free()
        bucket = self._bucket(model.slug)
        wait = bucket.take(self._clock.now()) if bucket else None
        if wait is not None:
            raise self._limited(model, wait)

    def check_credit(self, asked: Asked, endpoint: Endpoint, billed: Decimal) -> None:
        """Check that the credit covers the longest reply.

        Raises:
            DeclinedError: it does not.
        """
        left = Decimal(str(self._plan.credit)) - billed
        if most(endpoint, asked.prompt_tokens, asked.max_tokens) <= left:
            return
        can = affordable(endpoint, asked.prompt_tokens, left)
        message = (
            f"This request requires more credits, or fewer max_tokens. You requested up to {asked.max_tokens} tokens, "
            f"but can only afford {can}. To increase, visit https://openrouter.ai/settings/credits and add more credits"
        )
        raise decline(402, message, metadata={"limit_source": "openrouter_credits"})

    def _bucket(self, slug: str) -> Bucket | None:
        if slug not in self._buckets:
            stages = self._plan.stages(slug)
            self._buckets[slug] = Bucket(stages=stages) if stages else None
        return self._buckets[slug]

    def _hint(self, seconds: float) -> Mapping[str, str]:
        return {"retry-after": self._clock.written(seconds)} if self._plan.says_when else {}

    def _full(self) -> DeclinedError:
        status = self._plan.concurrent_status
        return decline(status, "Too many requests at once (simulated).", headers=self._hint(BUSY_SECONDS))

    def _limited(self, model: Model, wait: float) -> DeclinedError:
        metadata = {
            "raw": f"{model.slug} is temporarily rate-limited upstream (simulated).",
            "provider_name": model.endpoints[0].provider.name,
            "is_byok": False,
            "provider_error_code": "rate_limit_exceeded",
            "limit_source": "upstream_provider_shared_pool",
        }
        return decline(429, "Provider returned error", metadata=metadata, headers=self._hint(wait))

    def _admit_free(self) -> None:
        broken = self.free.take(self._clock.now())
        if not broken:
            return
        name, limit, wait = broken
        headers = {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": str(self._clock.epoch_milliseconds(wait)),
        }
        message = f"Rate limit exceeded: {_PER_DAY if name.endswith('day') else _PER_MINUTE}"
        raise decline(429, message, headers=headers, metadata={"headers": headers})
