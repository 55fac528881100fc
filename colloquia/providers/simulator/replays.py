"""OpenRouter's response cache: the same request, to the byte, is answered with the same reply for nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from colloquia.providers.decoding import number
from colloquia.providers.simulator.speech import Tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from colloquia.providers.simulator.catalogue import Endpoint
    from colloquia.providers.simulator.connection import Request
    from colloquia.providers.simulator.speech import Speech

USUAL_SECONDS = 300
LONGEST_SECONDS = 86_400


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """A reply that may be given again."""

    speech: Speech
    endpoint: Endpoint
    generation_id: str
    at: float
    """The simulated second at which it was made."""
    seconds: int
    """How long it is kept."""


class Replays:
    """The replies that may be given again."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, bytes], Kept] = {}

    def find(self, request: Request, now: float) -> Kept | None:
        """Return the reply to give again, where one was asked for and is there."""
        if not is_wanted(request) or request.headers.get("x-openrouter-cache-clear", "").lower() == "true":
            return None
        kept = self._kept.get(_place(request))
        return kept if kept and now - kept.at < kept.seconds else None

    def keep(self, request: Request, speech: Speech, endpoint: Endpoint, generation_id: str, now: float) -> None:
        """Keep a reply, where that was asked for."""
        if is_wanted(request):
            self._kept[_place(request)] = Kept(
                speech=speech, endpoint=endpoint, generation_id=generation_id, at=now, seconds=_seconds(request)
            )


def is_wanted(request: Request) -> bool:
    """Tell whether the client wants replies given again."""
    return request.headers.get("x-openrouter-cache", "").lower() == "true"


def again(kept: Kept) -> Speech:
    """Return the speech of a reply that is given again, for which nothing is counted."""
    return replace(kept.speech, tokens=Tokens(prompt=0, completion=0))


def headers(request: Request, kept: Kept | None, now: float) -> Mapping[str, str]:
    """Return what an answer says about the cache; nothing where that was not asked for."""
    if not is_wanted(request):
        return {}
    told = {"x-openrouter-cache-status": "HIT" if kept else "MISS", "x-openrouter-cache-ttl": str(_seconds(request))}
    if not kept:
        return told
    return {
        **told,
        "x-openrouter-cache-age": str(int(now - kept.at)),
        "x-openrouter-cache-source-id": kept.generation_id,
    }


def _seconds(request: Request) -> int:
    written = request.headers.get("x-openrouter-cache-ttl", "")
    seconds = number(written)
    return USUAL_SECONDS if seconds is None else int(min(max(seconds, 1), LONGEST_SECONDS))


def _place(request: Request) -> tuple[str, str, bytes]:
    return request.headers.get("authorization", ""), request.path, request.body
