"""What a turn of the embedded model costs as a conversation grows: the CPU of its 20th turn beside that of its 2nd.

Six conversations are held by turns, so that their twelve participants share the slots of the server. All replies have
the same number of tokens. The CPU is that of this process, in which the model runs.
"""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from colloquia.conversation.chat_model import Occasion
from colloquia.conversation.participants import Participant, Seat
from colloquia.conversation.transcript import Turn
from colloquia.conversation.views import views_of
from colloquia.providers import embedded
from colloquia.providers.keys import Keyring
from colloquia.providers.provider import Surroundings
from colloquia.providers.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from colloquia.conversation.chat_model import ChatModel, Reply
    from colloquia.conversation.views import View, Windowed

TITLE = "A turn of the embedded model, late and early"
MOST_TIMES = 2.0
VERSIONS = ("xllamacpp",)
SLUG = f"embedded:{embedded.SHIPPED}"
TALKS = 6
TURNS = 20
EARLY = 2
TOKENS = 32
NAMES = ("Ana", "Ben")
PROMPT = (
    "This is a transcript of a talk about bicycle number {number}. Ana would like to buy it and has 80 dollars. Ben "
    "sells it and asks for 120 dollars. Both are friendly, say one thing at a time, and answer what was just said."
)
SAMPLING = {"max_tokens": TOKENS, "temperature": 0.7, "seed": "auto", "ignore_eos": True}


class Talk:
    """One conversation on its way."""

    def __init__(self, number: int) -> None:
        participant = Participant(name="small", slug=SLUG, sampling=SAMPLING, view="script")
        seats = [Seat(role=name, participant=participant, prompt=PROMPT.format(number=number)) for name in NAMES]
        self._views: Mapping[str, View | Windowed] = views_of(seats, kickoff="", go_on="")
        self._number = number
        self._turns = 0

    async def go_on(self, model: ChatModel) -> tuple[float, Reply]:
        """Take the next turn; return the seconds of CPU that it took, and what was said."""
        self._turns += 1
        seat = (self._turns - 1) % 2
        role = NAMES[seat]
        occasion = Occasion(
            trial_id=f"talk-{self._number}",
            turn_id=self._turns,
            role=role,
            seat=seat,
            draw=self._turns * 7 + self._number,
        )
        began = time.process_time()
        reply = await model.reply(self._views[role].request(occasion))
        took = time.process_time() - began
        for view in self._views.values():
            view.see(Turn(turn_id=self._turns, role=role, reply=reply))
        return took, reply


async def run(rounds: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Hold the conversations so many times, each time with a model that is loaded anew."""
    taken = []
    for number in range(rounds):
        taken.append(await _round())
        say(f"{TITLE}, round {number + 1}: turn {TURNS} took {taken[-1]['ratio']:.2f} times the CPU of turn {EARLY}")
    found = {name: median(each[name] for each in taken) for name in taken[0]}
    return {"rounds": rounds, **found, "holds": found["ratio"] <= MOST_TIMES}


def made() -> embedded.Embedded:
    """Return the provider of the model; nothing is loaded yet."""
    return embedded.provider(Surroundings(name="embedded", wire=Wire(), keyring=Keyring({}), folder=Path()))


async def _round() -> dict[str, float]:
    served = made()
    try:
        model = served.model(SLUG)
        await Talk(TALKS + 1).go_on(model)  # loads the model
        return await _measured(model, [Talk(number) for number in range(TALKS)])
    finally:
        await served.close()


async def _measured(model: ChatModel, talks: list[Talk]) -> dict[str, float]:
    said = [[await talk.go_on(model) for talk in talks] for _ in range(TURNS)]
    if any(reply.usage.output_tokens != TOKENS for turn in said for _, reply in turn):
        raise ValueError("not all replies have the same length")
    early, late = (median(took for took, _ in said[turn - 1]) for turn in (EARLY, TURNS))
    asked = sum(reply.usage.input_tokens or 0 for turn in said for _, reply in turn)
    cached = sum(reply.usage.cached_tokens or 0 for turn in said for _, reply in turn)
    return {"early_ms": early * 1000, "late_ms": late * 1000, "ratio": late / early, "cached_share": cached / asked}


def section(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of the page."""
    verdict = "reached" if found["holds"] else "**not reached**"
    yield (
        f"{TALKS} conversations of {TURNS} turns by turns, {TOKENS} tokens a reply. To reach: the CPU of turn {TURNS} "
        f"at most {MOST_TIMES:g} times that of turn {EARLY}; {verdict}."
    )
    yield ""
    yield f"| turn {EARLY}, CPU ms | turn {TURNS}, CPU ms | times | tokens that were still in a slot |"
    yield "|---:|---:|---:|---:|"
    yield f"| {found['early_ms']:,.0f} | {found['late_ms']:,.0f} | {found['ratio']:.2f} | {found['cached_share']:.0%} |"
