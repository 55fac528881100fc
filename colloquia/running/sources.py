"""Where the turns of a folder come from; live ones and simulated ones are never mixed.

Whether a server is a simulator shows in its first reply. Where nobody could ask it before the run, and the folder has
turns of either kind, that reply is asked for alone: what is wrong stops the run after one call of that provider, and
not after as many as its lanes let go. A server that keeps silent holds the others up for ``ALONE_SECONDS`` only.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from colloquia.design.models import prefix
from colloquia.errors import CallError, Failure, Fault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from colloquia.conversation.chat_model import Reply

ALONE_SECONDS = 60.0
_OTHER = {"live": "simulated", "simulated": "live"}


class Sources:
    """What a folder holds, and which providers have yet to show what they are.

    Args:
        there: Where its turns come from.
        strangers: Slugs of whose providers nobody knows yet whether they are simulators.
    """

    def __init__(self, there: Iterable[str] = (), strangers: Iterable[str] = ()) -> None:
        self._there = set(there)
        self._doors = {prefix(slug): asyncio.Lock() for slug in strangers}
        """By provider, until it has shown what it is."""
        self._unfit: dict[str | None, Failure] = {}
        """What stands against a provider whose replies cannot be kept here."""

    @property
    def there(self) -> frozenset[str]:
        """Where the turns come from that the folder has by now."""
        return frozenset(self._there)

    def knows(self, slug: str) -> bool:
        """Tell whether replies of a provider are known to be kept here, so that it needs no introduction."""
        provider = prefix(slug)
        return provider not in self._doors and provider not in self._unfit

    @asynccontextmanager
    async def introduction(self, slug: str) -> AsyncIterator[None]:
        """Let one call at a time go to a provider that nobody knows yet.

        Raises:
            CallError: its replies cannot be kept in this folder.
        """
        async with AsyncExitStack() as held:
            door = self._doors.get(prefix(slug))
            if door is not None and not self._there.isdisjoint(_OTHER):
                with suppress(TimeoutError):
                    async with asyncio.timeout(ALONE_SECONDS):
                        await held.enter_async_context(door)
            if prefix(slug) not in self._doors:
                await held.aclose()
            if unfit := self._unfit.get(prefix(slug)):
                raise CallError(unfit)
            yield

    def objection(self, slug: str, name: str, reply: Reply) -> Failure | None:
        """Return what stands against keeping a reply: live turns where it is simulated, or the reverse."""
        other = _OTHER.get(reply.source)
        if other in self._there:
            message = (
                f"This folder holds {other} turns, and {name} answers with {reply.source} ones: they are never mixed. "
                "Name another run folder with --run-dir."
            )
            self._unfit[prefix(slug)] = Failure(fault=Fault.STOP_RUN, stage="reply", message=message, was_sent=False)
            return replace(self._unfit[prefix(slug)], was_sent=True)
        self._doors.pop(prefix(slug), None)
        self._there.add(reply.source)
        return None
