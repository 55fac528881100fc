"""People in a seat: ``human:NAME`` is asked through the inbox of the run folder, and waited for as long as it takes.

What a person says is a turn like any other, with ``source`` human. How long it took is no latency of a model, so it
has none. A person is asked for one turn at a time; ``human:`` alone is a person without a name.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from colloquia.conversation.chat_model import Reply
from colloquia.errors import SettingsError
from colloquia.providers.inbox import Inbox

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from colloquia.conversation.chat_model import ChatRequest
    from colloquia.providers.inbox import Question
    from colloquia.providers.provider import Surroundings

POLL_SECONDS = 0.1
"""So often an answer is looked for."""


class HumanModel:
    """A person who is asked for a turn."""

    def __init__(self, inbox: Inbox, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._inbox = inbox
        self._sleep = sleep
        self.answered: list[Question] = []
        """Questions whose answers were handed on."""

    async def reply(self, request: ChatRequest) -> Reply:
        """Return what the person says, once it is there."""
        self._forget(lambda asked: asked.trial_id == request.occasion.trial_id)
        question = self._inbox.ask(request)
        try:
            while (text := self._inbox.answer_to(question)) is None:
                await self._sleep(POLL_SECONDS)
        finally:
            self._inbox.withdraw(question)
        self.answered.append(question)
        return Reply(
            content=text or None,
            source="human",
            finish_reason="stop",
            outcome=None if text.strip() else "empty",
        )

    def close(self) -> None:
        """Remove what was answered: by now it is in the log."""
        self._forget(lambda _asked: True)

    def _forget(self, is_done: Callable[[Question], bool]) -> None:
        for asked in [asked for asked in self.answered if is_done(asked)]:
            self._inbox.forget(asked)
            self.answered.remove(asked)


class People:
    """The people of a study."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._path = surroundings.inbox
        self._models: dict[str, HumanModel] = {}

    def model(self, slug: str) -> HumanModel:
        """Return the person that ``slug`` names.

        Raises:
            SettingsError: there is no run folder in which it could be asked.
        """
        if self._path is None:
            raise SettingsError(f"{slug!r}: a person is asked through a run folder, and there is none here.")
        return self._models.setdefault(slug, HumanModel(Inbox(self._path)))

    async def close(self) -> None:
        """Tidy the inbox."""
        for model in self._models.values():
            model.close()


def provider(surroundings: Surroundings) -> People:
    """Return the people of a study."""
    return People(surroundings)
