"""What a run folder may cost, and what it has cost so far.

Before a call leaves, the most that it can cost is reserved: every byte of its body taken for a token and 16 more for
each message, at the dearest prompt price, and its whole length at the dearest completion price. When it ends it is
settled: with what was billed, also where it failed; with what its tokens come to where nobody says; with nothing where
it surely was not billed; and where nobody can know, with all that was reserved. So what is spent never passes the cap.

Near the cap no conversation is opened whose likely cost to its end does not fit beside those that are open: what
stops early is a smaller study of whole conversations.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from colloquia.design.forecast import Price
from colloquia.logbook.attempts import is_answered_for_nothing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from colloquia.conversation.chat_model import ChatRequest, Reply
    from colloquia.design.forecast import Forecast
    from colloquia.errors import Failure

TOKENS_PER_MESSAGE = 16
"""What a chat template may add to each message, at most."""
FREE = Price(prompt=0.0, completion=0.0)


class Amounts(dict[str, float]):
    """Dollars by key. The total is kept, since to add up all open calls for each of them would take their square."""

    def __init__(self) -> None:
        super().__init__()
        self.total = 0.0

    def __setitem__(self, key: str, dollars: float) -> None:
        """Put an amount in the place of what the key had."""
        self.total += dollars - self.get(key, 0.0)
        super().__setitem__(key, dollars)

    def take(self, key: str) -> float | None:
        """Take an amount out and return it; None where the key has none."""
        dollars = self.pop(key, None)
        self.total = self.total - (dollars or 0.0) if self else 0.0  # nothing is left of rounding once all is out
        return dollars


@dataclass(kw_only=True)
class Budget:
    """Dollars spent in a run folder against its cap."""

    cap_usd: float | None
    prices: Mapping[str, Price] = field(default_factory=dict)
    """The dearest price that a slug may be billed at; a slug that is missing has an unknown one."""
    headroom: Mapping[str, int] = field(default_factory=dict)
    """Tokens of hidden reasoning that a model may add to its length, by slug."""
    spent_usd: float = 0.0
    """All that was ever spent in this folder, failed attempts included."""
    has_unknown_cost: bool = False
    """True where something was booked that nobody billed to the cent."""
    _reserved: Amounts = field(default_factory=Amounts)
    """By the key of its occasion."""
    _open: Amounts = field(default_factory=Amounts)
    """What the open conversations are still likely to cost, by trial id."""
    _settled: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def reserved_usd(self) -> float:
        """What the calls under way may cost."""
        return self._reserved.total

    @property
    def is_spent(self) -> bool:
        """True when the cap is reached."""
        return self.cap_usd is not None and self.spent_usd >= self.cap_usd

    def has_room_for(self, forecast: Forecast) -> bool:
        """Tell whether a conversation is likely to fit beside those that are open."""
        if self.cap_usd is None:
            return True
        likely = forecast.cost_usd or 0.0
        return likely <= 0 or self.spent_usd + self._open.total + likely <= self.cap_usd

    def open(self, trial_id: str, forecast: Forecast) -> None:
        """Set aside what a conversation is likely to cost."""
        self._open[trial_id] = forecast.cost_usd or 0.0

    def close(self, trial_id: str) -> None:
        """Give back what a conversation did not use."""
        self._open.take(trial_id)

    def worst_usd(self, request: ChatRequest) -> float | None:
        """Return the most that a call can cost, or None where a price is unknown."""
        price = self.prices.get(request.slug)
        if price is None:
            return None
        prompt = len(request.messages_json) + TOKENS_PER_MESSAGE * len(request.messages)
        written = request.sampling.get("max_tokens") or request.sampling.get("max_completion_tokens") or 0
        length = written + self.headroom.get(request.slug, 0)
        return prompt * price.prompt + length * price.completion + price.request

    async def reserve(self, key: str, worst_usd: float | None) -> bool:
        """Reserve the most that a call can cost, waiting for calls under way to settle; False where it cannot fit."""
        while self.cap_usd is not None and not self._fits(worst_usd):
            if not self._reserved:
                return False
            self._settled.clear()
            await self._settled.wait()
        self._reserved[key] = worst_usd or 0.0
        return True

    def settle_reply(self, request: ChatRequest, reply: Reply) -> float | None:
        """Book what a reply cost, and return it; None where nobody knows."""
        return self._book(request, reply.usage.cost_usd, self._reckoned(request, reply))

    def settle_failure(self, request: ChatRequest, failure: Failure | None) -> float | None:
        """Book what a failed or abandoned call cost, and return it; None where nobody knows."""
        is_unbilled = failure is not None and (not failure.was_sent or is_answered_for_nothing(failure.status))
        told = failure.cost_usd if failure else None
        return self._book(request, 0.0 if told is None and is_unbilled else told, None)

    def _fits(self, worst_usd: float | None) -> bool:
        room = (self.cap_usd or 0.0) - self.spent_usd - self.reserved_usd
        return worst_usd is not None and (worst_usd <= room or worst_usd == 0)

    def _reckoned(self, request: ChatRequest, reply: Reply) -> float | None:
        """Return what the tokens of a reply come to."""
        price, usage = self.prices.get(request.slug), reply.usage
        if price is None or usage.input_tokens is None or usage.output_tokens is None:
            return None
        return usage.input_tokens * price.prompt + usage.output_tokens * price.completion + price.request

    def _book(self, request: ChatRequest, billed_usd: float | None, reckoned_usd: float | None) -> float | None:
        trial_id = request.occasion.trial_id
        worst_usd = self._reserved.take(request.occasion.key)
        self._settled.set()
        if self.prices.get(request.slug) == FREE:
            billed_usd = 0.0
        known = reckoned_usd if billed_usd is None else billed_usd
        if billed_usd is None:
            self.has_unknown_cost = True
        booked = worst_usd if known is None and self.prices.get(request.slug) else known
        self.spend(trial_id, booked)
        return booked

    def spend(self, trial_id: str, booked_usd: float | None) -> None:
        """Take in what a call was booked with; what its conversation is still likely to cost is less by that."""
        self.spent_usd += booked_usd or 0.0
        if trial_id in self._open:
            self._open[trial_id] = max(self._open[trial_id] - (booked_usd or 0.0), 0.0)
