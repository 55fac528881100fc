"""Eight scripted talkers whose effects on each other are known, because they are written here.

A turn holds as many words as its speaker tends to say, plus what the partner brings out, plus what the pair has, minus
what a request for brevity takes away, plus chance. What the partner said beyond its habit carries over to the answer.
The first turn answers nobody, so a partner brings something out in 39 of 40 turns: :data:`TRUTH` counts that in.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from colloquia.conversation.chat_model import ChatRequest

TURNS = 40
BASE = 40
"""Words a turn, on average over talkers and partners."""
SAYS_MORE = {"ada": 12, "ben": 6, "cleo": 3, "dan": 0, "eva": 0, "finn": -3, "gus": -6, "hana": -12}
"""Words a turn, whoever the talker meets."""
BRINGS_OUT = {"ada": -8, "ben": 0, "cleo": 4, "dan": 8, "eva": -4, "finn": 0, "gus": 0, "hana": 0}
"""Words that partners add when they answer this talker."""
ALONE_TOGETHER = 5
"""Words that a talker adds when it answers itself."""
BREVITY = -7
"""Words that a turn loses where the prompt asks to keep it short."""
CARRIES_OVER = 0.4
"""Share of what the partner said beyond its habit that comes back in the answer."""
SPREAD = 9
"""Standard deviation of chance, in words."""
GOODBYE = {"asked": 0.06, "unasked": 0.02}
"""Chance that a turn after the first says goodbye."""

_ANSWERS = (TURNS - 1) / TURNS
TRUTH = {
    **{f"actor {name}": float(words) for name, words in SAYS_MORE.items()},
    **{f"partner {name}": words * _ANSWERS for name, words in BRINGS_OUT.items()},
    **{f"self-play {name}": ALONE_TOGETHER * _ANSWERS for name in SAYS_MORE},
    "brevity: asked - unasked": float(BREVITY),
    "influence": CARRIES_OVER,
}
"""What the report should find, in words a turn; influence is a share."""

SAYING = (
    "well the garden looks fine today and I think we could sit outside for a while before the rain comes back over the "
    "roofs from the harbour where my sister used to work on the old ferry every summer until they sold it"
)
WORDS = SAYING.split()


def _talker(name: str) -> Callable[[ChatRequest], str]:
    def speak(request: ChatRequest) -> str:
        is_asked = "Keep it short" in request.messages[0].content
        # The levels of a factor share their draws; models would not share their luck, so neither do these.
        chance = Random(f"{request.occasion.draw} {is_asked}")  # noqa: S311 (a script's chance, seeded by the study)
        heard = request.messages[-1].content if request.occasion.turn_id > 1 else ""
        extra = CARRIES_OVER * _beyond_habit(heard, name, request.occasion.turn_id - 1, is_asked=is_asked)
        length = round(_habit(name, _signed(heard), is_asked=is_asked) + extra + chance.gauss(0, SPREAD))
        leaves = heard and chance.random() < GOODBYE["asked" if is_asked else "unasked"]
        return _text(name, max(length, 4), chance, "Goodbye" if leaves else "Anyway")

    return speak


def _habit(name: str, partner: str | None, *, is_asked: bool) -> float:
    """Return how many words a talker says on average; ``partner`` is whom it answers, if anybody."""
    answer = 0 if partner is None else BRINGS_OUT[partner] + (ALONE_TOGETHER if partner == name else 0)
    return BASE + SAYS_MORE[name] + answer + (BREVITY if is_asked else 0)


def _beyond_habit(heard: str, listener: str, turn_id: int, *, is_asked: bool) -> float:
    """Return how many words more than usual the partner just said."""
    partner = _signed(heard)
    if partner is None:
        return 0.0
    return len(heard.split()) - _habit(partner, listener if turn_id > 1 else None, is_asked=is_asked)


def _signed(heard: str) -> str | None:
    """Return who said it: every turn ends with a name."""
    return heard.rstrip(".").split()[-1].lower() if heard else None


def _text(name: str, length: int, chance: Random, ending: str) -> str:
    start = chance.randrange(len(WORDS))
    body = [WORDS[(start + place * place) % len(WORDS)] for place in range(length - 3)]
    return f"{' '.join(body).capitalize()}. {ending}, it's {name.capitalize()}."


ada, ben, cleo, dan, eva, finn, gus, hana = map(_talker, SAYS_MORE)
