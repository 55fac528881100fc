"""What a service answers, good and bad: the fault matrix as bytes, drawn.

Each answer says what it really costs, whether the caller is told so, and whether it is data about the model.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping
    from datetime import datetime

PATIENCE_SECONDS = 30.0
"""Longer than any caller waits in silence."""
BYOK_FEE = 0.05
"""What OpenRouter asks on top where a provider bills a key of one's own."""
WORDS = ("ano", "yes", "the horse", "«dobrý den»", "price", "🐎", "no more", "tomorrow", "I see", "&amp; <b>")


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Some bytes of a body, after a while."""

    data: bytes = b""
    after_seconds: float = 0.0
    is_reset: bool = False
    """True where the connection breaks here."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One answer on its way."""

    kind: str
    pieces: tuple[Piece, ...] = ()
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    after_seconds: float = 0.1
    """Until the headers come."""
    billed_usd: float = 0.0
    told_usd: float | None = None
    """What its usage says; None where nothing does."""
    is_data: bool = False
    """True where it is about the model: whoever has all of it must not ask again."""
    is_refused: bool = False
    """True where there is no connection at all."""
    is_lost: bool = False
    """True where the connection breaks before the headers."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What an answer is made for."""

    generation_id: str
    text: str
    tokens_in: int
    tokens_out: int
    cost_usd: float
    """All of it, the fee for a key of one's own included."""
    is_byok: bool
    is_streaming: bool
    slug: str
    now: datetime

    @property
    def usage(self) -> dict[str, Any]:
        """What a service that says everything would say of the cost."""
        fee = self.cost_usd * BYOK_FEE / (1 + BYOK_FEE) if self.is_byok else self.cost_usd
        return {
            "prompt_tokens": self.tokens_in,
            "completion_tokens": self.tokens_out,
            "cost": fee,
            "is_byok": self.is_byok,
            "cost_details": {"upstream_inference_cost": self.cost_usd - fee if self.is_byok else None},
        }

    @property
    def told_usd(self) -> float:
        """What that usage comes to."""
        upstream = self.usage["cost_details"]["upstream_inference_cost"]
        cost: float = self.usage["cost"]
        return cost + upstream if self.is_byok else cost


class Maker(Protocol):
    """One kind of answer."""

    def __call__(self, asked: Asked, draws: random.Random, /) -> Answer:
        """Return an answer of that kind."""


def well(asked: Asked, draws: random.Random) -> Answer:
    """Return a reply, whole."""
    return _reply("well", asked, draws)


def cut_by_length(asked: Asked, draws: random.Random) -> Answer:
    """Return a reply that ran into its length."""
    return _reply("length", asked, draws, finish="length")


def filtered(asked: Asked, draws: random.Random) -> Answer:
    """Return a refusal, in one of the ways in which models refuse."""
    how = draws.choice(("filter", "filtered text", "refusal field", "silent"))
    if how == "refusal field":
        return _reply(how, asked, draws, text="", refusal="I cannot help with that.")
    return _reply(how, asked, draws, text=asked.text if how == "filtered text" else "", finish="content_filter")


def empty(asked: Asked, draws: random.Random) -> Answer:
    """Return nothing, with a reason for the end: the model's own doing."""
    return _reply("empty", asked, draws, text="")


def thought_only(asked: Asked, draws: random.Random) -> Answer:
    """Return reasoning and no text."""
    return _reply("reasoning only", asked, draws, text="", finish="length", reasoning="Hm.")


def blocked(asked: Asked, draws: random.Random) -> Answer:
    """Refuse the request in a way that is data: overflow, moderation, policy."""
    body, status = draws.choice(
        (
            (_error(400, "too long", error_type="context_length_exceeded"), 400),
            (_error(403, "flagged", reasons=["violence"], flagged_input="x"), 403),
            (_error(400, "no", error_type="content_policy_violation"), 400),
            (_error(400, "no", error_type="refusal"), 400),
        )
    )
    named = {"x-generation-id": asked.generation_id}
    pieces = (Piece(data=body),)
    return Answer(kind="blocked", status=status, headers=named, pieces=pieces, is_data=True, told_usd=0.0)


def rate_limited(asked: Asked, draws: random.Random) -> Answer:
    """Ask to wait, in one of the forms, or without saying how long."""
    seconds = draws.choice((1, 2, 5, 20))
    headers, more = draws.choice(
        (
            ({"retry-after": str(seconds)}, {}),
            ({"retry-after-ms": str(seconds * 1000)}, {}),
            ({"retry-after": format_datetime(asked.now), "date": format_datetime(asked.now)}, {}),
            ({}, {"headers": {"X-RateLimit-Reset": str(int((asked.now.timestamp() + seconds) * 1000))}}),
            ({}, {}),
        )
    )
    if draws.random() < 0.1:
        body = _error(402, "in flight", limit_source="openrouter_in_flight_budget")
        return Answer(kind="402", status=402, headers={"retry-after": str(seconds)}, pieces=(Piece(data=body),))
    return Answer(kind="429", status=429, headers=headers, pieces=(Piece(data=_error(429, "slow down", **more)),))


def server_error(asked: Asked, draws: random.Random) -> Answer:
    """Fail with a status, and whatever a gateway puts in the body."""
    del asked
    status = draws.choice((408, 500, 502, 503, 504, 520, 522, 529))
    body = draws.choice((_error(status, "down"), b"<html>down</html>", b"", b"x" * 5000))
    return Answer(kind=f"status {status}", status=status, pieces=(Piece(data=body),))


def given_up(asked: Asked, draws: random.Random) -> Answer:
    """Let a gateway give up with a status of its own, while the model goes on and bills."""
    status = draws.choice((408, 504, 520, 522, 524))
    body = draws.choice((_error(status, "gave up"), b"<html>gave up</html>", b""))
    return Answer(
        kind=f"status {status}, billed",
        status=status,
        after_seconds=draws.uniform(0.1, 20),
        pieces=(Piece(data=body),),
        billed_usd=asked.cost_usd,
    )


def wrong_body(asked: Asked, draws: random.Random) -> Answer:
    """Return a good status and a body that is no reply; nothing is billed."""
    del asked
    body = draws.choice(
        (
            _error(502, "provider down"),
            b'{"choices": null}',
            b'{"choices": []}',
            b'{"choices": [{"message": {"content": "so fa',
            b"<html>hello</html>",
            b"",
            b'{"error": "server_error"}',
        )
    )
    return Answer(kind="no reply in the body", pieces=(Piece(data=body),))


def cold(asked: Asked, draws: random.Random) -> Answer:
    """Return no tokens and no reason: a cold start, which is not billed."""
    free = replace(asked, tokens_out=0, cost_usd=0.0)
    return replace(_reply("zero tokens", free, draws, text="", finish=None), is_data=False)


def broke_off(asked: Asked, draws: random.Random) -> Answer:
    """Fail while the model speaks; finish reason error, not billed."""
    free = replace(asked, cost_usd=0.0)
    if draws.random() < 0.5:
        return replace(_reply("finish reason error", free, draws, finish="error"), is_data=False)
    half = _event(asked, {"content": asked.text[:20]})
    error = {"code": 502, "message": "gone", "metadata": {"error_type": "provider_unavailable"}}
    end = _event(asked, {"content": ""}, finish="error", error=error)
    return Answer(kind="error in the stream", pieces=(Piece(data=half), Piece(data=end, after_seconds=0.5)))


def broke_off_billed(asked: Asked, draws: random.Random) -> Answer:
    """Fail while the model speaks, with an error that names a status; what was said is billed, and nobody says so."""
    error = {"code": draws.choice((400, 500, 502, 503)), "message": "gone"}
    if asked.is_streaming:
        half, end = _event(asked, {"content": asked.text[:20]}), b"data: " + _json({"error": error}) + b"\n\n"
        pieces: tuple[Piece, ...] = (Piece(data=half), Piece(data=end, after_seconds=0.5))
    else:
        choice = {"index": 0, "message": {"role": "assistant", "content": asked.text[:20]}, "error": error}
        pieces = (Piece(data=_json({**_about(asked), "choices": [choice]})),)
    return Answer(kind="error in the reply, billed", pieces=pieces, billed_usd=asked.cost_usd)


def cut_off(asked: Asked, draws: random.Random) -> Answer:
    """Let a reply that is billed end before its end: a clean end, or a reset."""
    whole = b"".join(piece.data for piece in _reply("x", asked, draws).pieces)
    end = whole.find(b'"finish_reason":"stop"') if asked.is_streaming else len(whole) - 1
    at = draws.randrange(max(end, 1))
    pieces = (Piece(data=whole[:at], after_seconds=0.2), Piece(is_reset=draws.random() < 0.5))
    return Answer(kind="cut off", pieces=pieces, billed_usd=asked.cost_usd)


def stalled(asked: Asked, draws: random.Random) -> Answer:
    """Say nothing for longer than anybody waits: before the headers, before data, or within."""
    how = draws.choice(("silent", "comments", "within"))
    if how == "silent":
        return Answer(kind=how, after_seconds=10 * PATIENCE_SECONDS, billed_usd=asked.cost_usd)
    comment = Piece(data=b": OPENROUTER PROCESSING\n\n", after_seconds=5.0)
    if how == "comments":
        return Answer(kind=how, pieces=(comment,) * 20, billed_usd=asked.cost_usd)
    begun = Piece(data=_event(asked, {"content": "So"}))
    return Answer(kind=how, pieces=(begun, Piece(after_seconds=10 * PATIENCE_SECONDS)), billed_usd=asked.cost_usd)


def lost(asked: Asked, draws: random.Random) -> Answer:
    """Take the request, bill it, and never be heard of again."""
    del draws
    return Answer(kind="lost reply", is_lost=True, billed_usd=asked.cost_usd)


def unreachable(asked: Asked, draws: random.Random) -> Answer:
    """Let no connection come about."""
    del asked
    return Answer(kind="refused", is_refused=True, after_seconds=draws.choice((0.0, 0.01, 3.0)))


def late(asked: Asked, draws: random.Random) -> Answer:
    """Return a reply slowly, its parts far apart, its usage last of all."""
    reply = _reply("late", asked, draws)
    slow = tuple(replace(piece, after_seconds=draws.uniform(0, 4)) for piece in reply.pieces)
    return replace(reply, pieces=slow, after_seconds=draws.uniform(0, 12))


def unpriced(asked: Asked, draws: random.Random) -> Answer:
    """Return a reply that is billed, and does not say so."""
    return replace(_reply("no usage", asked, draws, has_usage=False), told_usd=None)


def stops_model(asked: Asked, draws: random.Random) -> Answer:
    """Say that the model is not to be had, or hang up on it while it goes on and bills."""
    status = draws.choice((400, 404, 422, 499))
    pieces = (Piece(data=_error(status, "no endpoint")),)
    billed_usd = asked.cost_usd if status == 499 else 0.0
    return Answer(kind="stops the model", status=status, pieces=pieces, billed_usd=billed_usd)


def stops_run(asked: Asked, draws: random.Random) -> Answer:
    """Say that nothing is to be had: key refused, credit used up, a guardrail."""
    del asked
    body, status = draws.choice(
        ((_error(401, "no"), 401), (_error(402, "top up"), 402), (_error(403, "no", limit_source="guardrail"), 403))
    )
    return Answer(kind="stops the run", status=status, pieces=(Piece(data=body),))


def stops_trial(asked: Asked, draws: random.Random) -> Answer:
    """Say that this one request is too large."""
    del asked, draws
    return Answer(kind="stops the conversation", status=413, pieces=(Piece(data=_error(413, "too large")),))


COSTLY = (
    rate_limited, server_error, given_up, wrong_body, broke_off_billed, cut_off, stalled, lost, late, unpriced,
    cut_by_length,
)  # fmt: skip
"""What makes it hard to know what was spent."""
FREQUENT = (
    rate_limited, server_error, given_up, wrong_body, cold, broke_off, broke_off_billed, cut_off, lost, unreachable
)  # fmt: skip
SLOW = (stalled, late)
DATA = (cut_by_length, filtered, empty, thought_only, blocked)
RARE = (stops_model, stops_run, stops_trial)


def drawn_mix(draws: random.Random) -> tuple[list[Maker], list[float]]:
    """Return what a service answers, and how often: some kinds much, others hardly."""
    strength = draws.choice((0.0, 0.02, 0.05, 0.15, 0.3))
    kinds: list[Maker] = [well]
    weights = [1.0]
    for group, share in ((FREQUENT, 1.0), (SLOW, 0.3), (DATA, 0.2), ((unpriced,), 0.3), (RARE, 0.01)):
        for kind in group:
            if draws.random() < 0.6:
                kinds.append(kind)
                weights.append(strength * share * draws.uniform(0, 1) / 2)
    return kinds, weights


def _reply(
    kind: str,
    asked: Asked,
    draws: random.Random,
    *,
    text: str | None = None,
    finish: str | None = "stop",
    refusal: str | None = None,
    reasoning: str | None = None,
    has_usage: bool = True,
) -> Answer:
    said = asked.text if text is None else text
    usage = asked.usage if has_usage else None
    more = {name: value for name, value in (("refusal", refusal), ("reasoning", reasoning)) if value}
    if asked.is_streaming:
        pieces = _streamed(asked, {"content": said, **more}, finish, usage, draws)
    else:
        choice = {
            "index": 0,
            "finish_reason": finish,
            "message": {"role": "assistant", "content": said or None, **more},
        }
        pieces = (Piece(data=_json({**_about(asked), "choices": [choice], "usage": usage})),)
    return Answer(
        kind=kind,
        pieces=pieces,
        after_seconds=draws.uniform(0.05, 1.5),
        billed_usd=asked.cost_usd,
        told_usd=asked.told_usd,
        is_data=True,
    )


def _streamed(
    asked: Asked, message: dict[str, str], finish: str | None, usage: object, draws: random.Random
) -> tuple[Piece, ...]:
    said, more = message["content"], {name: text for name, text in message.items() if name != "content"}
    middle = len(said) // 2
    events = [
        _event(asked, {"role": "assistant", "content": said[:middle], **more}),
        _event(asked, {"content": said[middle:]}),
        _event(asked, {"content": ""}, finish=finish),
        b"data: " + _json({**_about(asked), "choices": [], "usage": usage}) + b"\n\n",
        b"data: [DONE]\n\n",
    ]
    if draws.random() < 0.9:
        return (Piece(data=b"".join(events)),)
    return tuple(Piece(data=event, after_seconds=draws.uniform(0, 0.3)) for event in events)


def _event(
    asked: Asked, delta: dict[str, Any], *, finish: str | None = None, error: dict[str, Any] | None = None
) -> bytes:
    body = {**_about(asked), "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
    return b"data: " + _json({**body, "error": error} if error else body) + b"\n\n"


def _about(asked: Asked) -> dict[str, Any]:
    return {"id": asked.generation_id, "model": asked.slug, "provider": "Somebody"}


def _error(code: int, message: str, **metadata: object) -> bytes:
    return _json({"error": {"code": code, "message": message, "metadata": metadata}})


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
