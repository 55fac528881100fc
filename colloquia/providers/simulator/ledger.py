"""What was asked, what was served and what was billed for it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from colloquia.providers.decoding import MalformedError, decoded
from colloquia.providers.simulator.pricing import cost

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from colloquia.providers.simulator.catalogue import Endpoint
    from colloquia.providers.simulator.speech import Tokens


@dataclass(kw_only=True)
class Generation:
    """One reply that a model gave, and what it costs."""

    id: str
    created_at: datetime
    model: str
    endpoint: Endpoint = field(repr=False)
    is_streamed: bool
    tokens: Tokens
    finish_reason: str | None
    native_finish_reason: str | None
    session_id: str | None = None
    is_free: bool = False
    """True where nothing is charged, whatever was counted."""
    is_cancelled: bool = False
    lookups: int = 0
    """How often it was asked for afterwards."""

    @property
    def cost_usd(self) -> Decimal:
        """Return the dollars charged."""
        return Decimal(0) if self.is_free else cost(self.endpoint, self.tokens, self.finish_reason)

    def abort(self, delivered_tokens: int) -> None:
        """Note that the client left; a provider that notices bills only what it had sent."""
        self.is_cancelled = True
        if not (self.is_streamed and self.endpoint.provider.is_stopped_by_abort):
            return
        left = min(self.tokens.completion, delivered_tokens)
        self.tokens = replace(self.tokens, completion=left, reasoning=min(self.tokens.reasoning, left))
        self.finish_reason = None


@dataclass(kw_only=True)
class Served:
    """One request and what became of it."""

    number: int
    """Counted from 1, in order of arrival."""
    arrived_at: datetime
    at_seconds: float
    """Simulated seconds since the beginning."""
    method: str
    path: str
    headers: Mapping[str, str] = field(repr=False)
    """By lower-case name, without what is secret."""
    raw_body: bytes = field(default=b"", repr=False)
    key: str = ""
    """Of requests for a reply: equal for requests that ask the same."""
    attempt: int = 0
    """How often this was asked, this time included."""
    status: int = 0
    """What was said; 0 where the connection ended without an answer."""
    fault: str | None = None
    """The fault of the plan that was played."""
    generation: Generation | None = None
    """What a model did, where one was asked."""
    is_aborted: bool = False
    """True where the client left before the end."""
    is_over: bool = False

    @property
    def body(self) -> Any:  # noqa: ANN401 (any JSON)
        """The request's body; None where it is none, or was not kept."""
        try:
            return decoded(self.raw_body)
        except MalformedError:
            return None

    @property
    def cost_usd(self) -> Decimal:
        """Return the dollars charged for it."""
        return self.generation.cost_usd if self.generation else Decimal(0)

    def shown(self) -> dict[str, Any]:
        """Return what a person may want to know of it, as JSON."""
        generation = self.generation
        return {
            "number": self.number,
            "arrived_at": self.arrived_at.isoformat(),
            "at_seconds": round(self.at_seconds, 6),
            "method": self.method,
            "path": self.path,
            "key": self.key,
            "attempt": self.attempt,
            "status": self.status,
            "fault": self.fault,
            "generation_id": generation.id if generation else None,
            "model": generation.model if generation else None,
            "provider": generation.endpoint.provider.name if generation else None,
            "cost_usd": float(self.cost_usd),
            "is_aborted": self.is_aborted,
        }


class Ledger:
    """Everything a simulator did."""

    def __init__(self) -> None:
        self.served: list[Served] = []
        self.generations: dict[str, Generation] = {}
        self.billed = Decimal(0)
        """Dollars charged so far."""
        self._attempts: Counter[str] = Counter()

    def attempt(self, key: str) -> int:
        """Count one more attempt and return its number."""
        self._attempts[key] += 1
        return self._attempts[key]

    def book(self, served: Served, generation: Generation, *, is_free: bool) -> None:
        """Charge for a reply, or note that it is free."""
        generation.is_free = is_free
        served.generation = generation
        self.generations[generation.id] = generation
        self.billed += generation.cost_usd

    def abort(self, served: Served, delivered_tokens: int) -> None:
        """Note that the client left before the end, and give back what is then not charged."""
        generation = served.generation
        if generation and generation.is_streamed and 0 < generation.tokens.completion <= delivered_tokens:
            return
        served.is_aborted = True
        if generation:
            self.billed -= generation.cost_usd
            generation.abort(delivered_tokens)
            self.billed += generation.cost_usd

    def summary(self) -> dict[str, Any]:
        """Return how much was asked, served and billed."""
        served = list(self.served)
        return {
            "requests": len(served),
            "replies": sum(each.generation is not None for each in served),
            "aborted": sum(each.is_aborted for each in served),
            "billed_usd": float(self.billed),
            "faults": dict(sorted(Counter(each.fault for each in served if each.fault).items())),
            "statuses": dict(sorted(Counter(str(each.status) for each in served).items())),
        }
