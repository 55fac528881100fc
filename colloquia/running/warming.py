"""Long prompts that many conversations begin with: one call goes ahead, so that the others find them cached.

What a call writes into a prompt cache can be read only once its reply has begun: of calls that leave together each pays
for all of its prompt. So where ``FEWEST_TALKS`` conversations or more begin with one prompt, at a model that caches,
the first call with it leaves alone, and the others wait until it is back, for ``LONGEST_WAIT_SECONDS`` at most. It is
no call of its own but the first of the plan: it stands in the journal with its cost like any other, counts against the
cap, and is part of the forecast. A note in the journal says which it was.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING

from colloquia.providers.prompt_caching import FEWEST_KEPT_CHARACTERS, shared_prompt

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from colloquia.conversation.chat_model import ChatRequest
    from colloquia.design.trials import Trial

FEWEST_TALKS = 20
LONGEST_WAIT_SECONDS = 60.0


class Warming:
    """Which prompts are still to be written into a cache.

    Args:
        trials: The conversations that are to be held.
        caches: Tells whether the prompts of a slug are cached.
    """

    def __init__(self, trials: Iterable[Trial] = (), caches: Callable[[str], bool] = lambda _slug: False) -> None:
        talks = Counter(key for trial in trials for key in _prompts(trial))
        self._talks = {key: number for key, number in talks.items() if number >= FEWEST_TALKS and caches(key[0])}
        """Conversations that begin with it, by slug and prompt, until it is cached."""
        self._doors = {key: asyncio.Lock() for key in self._talks}

    def concerns(self, request: ChatRequest) -> bool:
        """Tell whether a call is the first of a seat with a prompt that is still to be cached."""
        return bool(self._talks) and request.occasion.own_turns == 0 and _key(request) in self._talks

    @asynccontextmanager
    async def alone(self, request: ChatRequest) -> AsyncIterator[None]:
        """Let one call at a time leave with a prompt, until one came back well."""
        key = _key(request)
        async with AsyncExitStack() as held:
            with suppress(TimeoutError):
                async with asyncio.timeout(LONGEST_WAIT_SECONDS):
                    await held.enter_async_context(self._doors[key])
            if key not in self._talks:
                await held.aclose()
            yield

    def warmed(self, request: ChatRequest) -> str:
        """Take in that a call came back well; return in words what it was."""
        talks = self._talks.pop(_key(request))
        return (
            f"a prompt of {len(request.messages[0].content):,} characters with which {talks} conversations begin: turn "
            f"{request.occasion.turn_id} of conversation {request.occasion.trial_id} went ahead, the others follow"
        )


def _key(request: ChatRequest) -> tuple[str, str]:
    return request.slug, shared_prompt(request) or ""


def _prompts(trial: Trial) -> set[tuple[str, str]]:
    """Return the prompts of a conversation that are long enough to be cached, with who is told them."""
    return {(seat.participant.slug, seat.prompt) for seat in trial.asked if len(seat.prompt) >= FEWEST_KEPT_CHARACTERS}
