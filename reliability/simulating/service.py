"""The HTTP client and the service behind it in one: calls are told apart by what is in them, and answered by lot."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

from colloquia.providers.call import BrokenError
from reliability.simulating.speech import BYOK_FEE, WORDS, Asked, well

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator, Mapping

    from colloquia.design.forecast import Price
    from colloquia.providers.call import Call, Ticket
    from reliability.simulating.clock import Clock
    from reliability.simulating.ledger import Key, Ledger, Served
    from reliability.simulating.speech import Answer, Maker, Piece

TEMPLATE_TOKENS = 16
"""What the template of a chat adds to each message, at most."""
SHORTEST_SECONDS = 0.001
"""Nothing takes no time at all."""
LONGEST_SHARE = 0.3
"""Replies that use all the length they may have."""


@dataclass(kw_only=True)
class Service:
    """Answers every call, and can be cut off from the world."""

    draws: random.Random
    clock: Clock
    ledger: Ledger
    prices: Mapping[str, Price]
    kickoffs: frozenset[str]
    """By what its first message says, the opener of a conversation is known."""
    kinds: list[Maker] = field(default_factory=lambda: [well])
    weights: list[float] = field(default_factory=lambda: [1.0])
    byok_share: float = 0.0
    is_offline: bool = False
    """True while nobody can connect, and what was under way breaks off."""
    is_alive: Callable[[], bool] = lambda: True
    """Tells whether the caller's machine still runs."""
    trace: Callable[[str], None] = lambda _line: None

    async def send(self, call: Call, ticket: Ticket) -> Response:
        """Take a call, and return its answer once the headers are there."""
        if not self.is_alive():
            raise asyncio.CancelledError
        asked, served = self._noted(call.body or b"")
        answer = self.draws.choices(self.kinds, self.weights)[0](asked, self.draws)
        if self.is_offline or answer.is_refused:
            served.kind = "refused"
            self.trace(f"{self.clock.now():.6f} refused {served.key}")
            await asyncio.sleep(max(answer.after_seconds if answer.is_refused else 0.0, SHORTEST_SECONDS))
            raise BrokenError("connect", "no connection")
        ticket.is_sent, ticket.written_at = True, self.clock.now()
        served.kind, served.is_data = answer.kind, answer.is_data
        served.billed_usd, served.told_usd = answer.billed_usd, answer.told_usd
        self.ledger.billed_usd += answer.billed_usd
        self.trace(f"{self.clock.now():.6f} {served.number} {served.key} {answer.kind} {answer.billed_usd!r}")
        return await self._headers(answer, served)

    async def close(self) -> None:
        """Leave everything as it is."""

    async def _headers(self, answer: Answer, served: Served) -> Response:
        self.ledger.in_flight += 1
        self.ledger.most_in_flight = max(self.ledger.most_in_flight, self.ledger.in_flight)
        try:
            await asyncio.sleep(answer.after_seconds)
        finally:
            self.ledger.in_flight -= 1
        if answer.is_lost or self.is_offline:
            raise BrokenError("status", "the server closed the connection without an answer")
        return Response(answer=answer, served=served, service=self)

    def _noted(self, body: bytes) -> tuple[Asked, Served]:
        told = msgspec.json.decode(body)
        messages = told["messages"]
        generation_id = f"gen-{len(self.ledger.calls) + 1}"
        served = self.ledger.asked(_key(told, self.kickoffs), generation_id, messages, told["model"])
        return self._priced(told, generation_id), served

    def _priced(self, told: dict[str, Any], generation_id: str) -> Asked:
        price, limit, messages = self.prices[told["model"]], told["max_tokens"], told["messages"]
        read = sum(len(message["content"].encode()) for message in messages)
        tokens_in = self.draws.randint(read // 6, read) + self.draws.randint(0, TEMPLATE_TOKENS) * len(messages)
        is_byok = self.byok_share > 0 and self.draws.random() < self.byok_share
        is_longest = self.draws.random() < LONGEST_SHARE
        tokens_out = limit if is_longest else self.draws.randint(1, limit)
        cost = tokens_in * price.prompt + tokens_out * price.completion + price.request
        return Asked(
            generation_id=generation_id,
            text=f"{self.draws.choice(WORDS)} {generation_id}",
            tokens_in=tokens_in,
            tokens_out=tokens_out,
            cost_usd=cost * (1 + BYOK_FEE) if is_byok else cost,
            is_byok=is_byok,
            is_streaming=told["stream"],
            slug=told["model"],
            now=self.clock.utc(),
        )


@dataclass(frozen=True, kw_only=True)
class Response:
    """An answer whose body is still to come."""

    answer: Answer
    served: Served
    service: Service

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.answer.status

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers by lower-case name."""
        return self.answer.headers

    @property
    def is_whole(self) -> bool:
        """False, as far as anybody can tell before its end."""
        return False

    async def chunk(self) -> bytes:
        """Return what arrived next of the body; nothing once all of it was returned."""
        for piece in self._to_come:
            if piece.after_seconds:
                await asyncio.sleep(piece.after_seconds)
            if piece.is_reset or self.service.is_offline:
                raise BrokenError("body", "the answer broke off")
            if piece.data:
                return piece.data
        self.service.ledger.delivered(self.served)
        return b""

    @cached_property
    def _to_come(self) -> Iterator[Piece]:
        return iter(self.answer.pieces)

    def close(self) -> None:
        """Leave it."""


def _key(told: dict[str, Any], kickoffs: frozenset[str]) -> Key:
    """Return which turn a call is for, as far as the service can know: by its session and its messages."""
    trial_id = told["session_id"].rpartition("/")[0]
    messages = [message for message in told["messages"] if message["role"] != "system"]
    opens = messages[0]["content"] in kickoffs
    return trial_id, len(messages) + (0 if opens else 1)
