"""The work that all contestants do: C dyads at once, T turns each, the whole history in every request.

Turn t is one chat completion by the one seat (t even) or the other. A seat sees its own prompt, what it said as
``assistant`` and what the other said as ``user``; the opener's view begins with ``OPENING``. Every conversation has
prompts of its own, so that no two requests are alike.
"""

from __future__ import annotations

from dataclasses import dataclass

MODELS = ("model-a", "model-b")
OPENING = "Please begin the conversation."
WARM_UP = 10**6
"""The number of the one conversation that is held before anything is measured."""

_PROMPT = (
    " You take part in a negotiation study. Stay in character, answer in at most sixty words, never mention that you "
    "are a language model, and keep in mind what was said before. Your goal is to reach an agreement that serves your "
    "interests; you value fairness, but you do not accept an offer below your reservation price. Speak plainly, one "
    "paragraph a turn, and do not narrate actions. If the other side insists, explain why."
)
_TEXT = (
    "the conversation moves because we agree that trust is built slowly and often through small promises said to a "
    "question about markets prices fairness while my counterpart prefers certainty over risk which I can understand "
    "given the history of offers so let us consider another proposal with clear terms before the deadline then decide "
    "together what matters most now for both sides today."
)
_WORDS = tuple(_TEXT.split())


@dataclass(frozen=True, kw_only=True)
class Load:
    """How much of it there is."""

    conversations: int
    turns: int
    latency_ms: int = 0
    """From the request to the reply."""
    is_streamed: bool = False
    is_many: bool = False
    """True where a run has to be told to hold so many at once."""

    @property
    def all_turns(self) -> int:
        """Turns of all conversations together."""
        return self.conversations * self.turns


def prompt(conversation: int | str, seat: int) -> str:
    """Return the prompt of a seat."""
    return f"You are {('Alice, a buyer', 'Bob, a seller')[seat]}, in conversation {conversation}.{_PROMPT}"


def said(request: bytes) -> list[str]:
    """Return the sixty words that answer ``request``: the same for the same request."""
    at = sum(request[-64:]) + len(request)
    return [_WORDS[(at + 7 * number) % len(_WORDS)] for number in range(60)]
