"""Which beginnings of prompts an endpoint still holds, by the rules of the providers that keep them.

- An endpoint that charges nothing for writing keeps every prompt of ``SHORTEST_CACHED_PREFIX`` tokens by itself; one
  that charges keeps what stands before a mark (``cache_control``) in the request: on a part of a message, or at the top
  level, which marks the last part.
- What a mark keeps is found again from another mark at most ``LOOK_BACK`` parts behind it.
- A beginning can be read only once the reply to the request that wrote it has begun: of requests that leave together,
  each pays for all of its prompt.
- It is kept for five minutes after its last use, or for an hour where the mark says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from colloquia.providers.assembly import text_in
from colloquia.providers.decoding import mapping
from colloquia.providers.simulator.declining import decline
from colloquia.providers.simulator.speech import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from colloquia.providers.simulator.asked import Asked
    from colloquia.providers.simulator.catalogue import Endpoint

SHORTEST_CACHED_PREFIX = 1024
"""Tokens below which no prompt is cached."""
CACHE_SECONDS = 300.0
"""How long a cached prompt is kept, counted from its last use."""
HOUR_SECONDS = 3600.0
MOST_MARKS = 4
LOOK_BACK = 20
"""Parts of a prompt, its own included, among which a mark looks for what was written before."""
_LIFETIMES = {"5m": CACHE_SECONDS, "1h": HOUR_SECONDS}
_TOKENS_PER_MESSAGE = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """Which tokens of a prompt the cache had, and which it took in."""

    cached: int = 0
    written: int = 0
    written_1h: int = 0
    """Of those written, such as are kept for an hour."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Beginning:
    """A prompt up to the end of one of its parts."""

    name: str
    size: int
    """Its tokens."""
    seconds: float | None
    """How long a mark asks to keep it; None where there is no mark."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Entry:
    """What is held."""

    ready_at: float
    until: float
    seconds: float


class PromptCache:
    """What each endpoint holds."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}

    def look(self, asked: Asked, endpoint: Endpoint, now: float) -> Found:
        """Return which tokens of a prompt are read from the cache and which are written into it."""
        if not endpoint.caches_prompts:
            return Found()
        charges = "input_cache_write" in endpoint.prices
        beginnings = list(_beginnings(asked, endpoint))
        long_enough = [place for place, each in enumerate(beginnings) if each.size >= SHORTEST_CACHED_PREFIX]
        kept = [place for place in long_enough if not charges or beginnings[place].seconds]
        reach = LOOK_BACK if charges else len(beginnings)
        seen = {place for end in kept for place in range(max(end - reach + 1, 0), end + 1)} & set(long_enough)
        cached = max((beginnings[place].size for place in seen if self._holds(beginnings[place], now)), default=0)
        self._use([beginnings[place] for place in kept], cached, now, now + endpoint.provider.latency_seconds)
        cached = min(cached, asked.prompt_tokens)
        if not charges:
            return Found(cached=cached)
        hours = [beginnings[place].size for place in kept if beginnings[place].seconds == HOUR_SECONDS]
        most = max((beginnings[place].size for place in kept), default=0)
        return Found(
            cached=cached,
            written=max(min(most, asked.prompt_tokens) - cached, 0),
            written_1h=max(min(max(hours, default=0), asked.prompt_tokens) - cached, 0),
        )

    def _holds(self, beginning: _Beginning, now: float) -> bool:
        entry = self._entries.get(beginning.name)
        return entry is not None and entry.ready_at <= now < entry.until

    def _use(self, kept: list[_Beginning], cached: int, now: float, ready_at: float) -> None:
        """Take in what is new, and keep what was read for as long again."""
        for each in kept:
            entry = self._entries.get(each.name)
            seconds = each.seconds or CACHE_SECONDS
            if entry is None or now >= entry.until:
                self._entries[each.name] = _Entry(ready_at=ready_at, until=ready_at + seconds, seconds=seconds)
            elif each.size <= cached:
                longest = max(seconds, entry.seconds)
                self._entries[each.name] = _Entry(ready_at=entry.ready_at, until=now + longest, seconds=longest)


def check_marks(body: Mapping[str, Any]) -> None:
    """Check the marks of a request by the rules of the providers that charge for writing.

    Raises:
        DeclinedError: they cannot be.
    """
    marks = [mark for _, _, mark in _parts(body) if mark is not None]
    for mark in marks:
        if mapping(mark).get("type") != "ephemeral" or mapping(mark).get("ttl", "5m") not in _LIFETIMES:
            raise decline(400, 'Invalid input: expected {"type": "ephemeral", "ttl"?: "5m" | "1h"} at "cache_control"')
    if len(marks) > MOST_MARKS:
        raise decline(400, f"A maximum of {MOST_MARKS} blocks with cache_control may be provided. Found {len(marks)}.")
    lifetimes = [mapping(mark).get("ttl", "5m") for mark in marks]
    if lifetimes != sorted(lifetimes):  # "1h" before "5m", as it happens
        raise decline(400, "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block.")


def _beginnings(asked: Asked, endpoint: Endpoint) -> Iterator[_Beginning]:
    digest = sha256(f"{asked.model.slug} {endpoint.tag}".encode())
    size = 0
    for head, text, mark in _parts(asked.body):
        digest.update(f"\x1e{head}\x1f{text}".encode("utf-8", "surrogatepass"))
        size += count(text) + (_TOKENS_PER_MESSAGE if head else 0)
        seconds = None if mark is None else _LIFETIMES.get(mapping(mark).get("ttl", "5m"))
        yield _Beginning(name=digest.hexdigest(), size=size, seconds=seconds)


def _parts(body: Mapping[str, Any]) -> list[tuple[str, str, object]]:
    """Return the parts of a prompt: the role where a message begins, the text, and the mark where there is one."""
    if not body.get("messages"):
        return [("prompt", str(body.get("prompt") or ""), body.get("cache_control"))]
    found: list[tuple[str, str, object]] = []
    for message in body["messages"]:
        content = message.get("content")
        parts = content if isinstance(content, list) and content else [content]
        for place, part in enumerate(parts):
            role = "" if place else str(message["role"])
            text = text_in([part]) if isinstance(part, dict) else text_in(part)
            found.append((role, text or "", mapping(part).get("cache_control")))
    if body.get("cache_control") is not None:
        role, text, _ = found[-1]
        found[-1] = (role, text, body["cache_control"])
    return found
