"""What is still to be said, in tokens and dollars, before anything is asked.

Each request holds the prompt and all that was said, so input grows with the square of the length. Tokens are
counted as four characters each; a reply is taken to be as long as the model's replies were so far in this folder, or
``LIKELY_REPLY_TOKENS`` where it has none, and at most its ``max_tokens``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from colloquia.conversation.probes import BEFORE_MOVE, Open
from colloquia.conversation.schedule import Scheduled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from colloquia.conversation.participants import Seat
    from colloquia.conversation.probes import AskedProbe, Probe
    from colloquia.conversation.steps import Procedure
    from colloquia.design.trials import Trial

LIKELY_REPLY_TOKENS = 200
LIKELY_ANSWER_TOKENS = 10
"""Of a probe that asks for a number or an option."""
CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Price:
    """Dollars per token of one model."""

    prompt: float
    completion: float
    request: float = 0.0
    """Dollars per call, on top."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Forecast:
    """What some conversations still take."""

    conversations: int = 0
    turns: int = 0
    answers: int = 0
    """To probes."""
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = 0.0
    """The likely cost; None where the price of a model is unknown."""
    most_usd: float | None = 0.0
    """The cost if every reply is as long as its ``max_tokens``."""

    def __add__(self, other: Forecast) -> Forecast:
        """Return both together."""
        return Forecast(
            conversations=self.conversations + other.conversations,
            turns=self.turns + other.turns,
            answers=self.answers + other.answers,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cost_usd=_sum(self.cost_usd, other.cost_usd),
            most_usd=_sum(self.most_usd, other.most_usd),
        )


@dataclass(frozen=True, kw_only=True)
class Expectations:
    """What a forecast rests on."""

    prices: Mapping[str, Price]
    """Dollars per token, by slug; a slug that is missing has an unknown price."""
    reply_tokens: Mapping[str, float]
    """Mean length of the replies so far, by friendly name."""
    headroom: Mapping[str, int] = field(default_factory=dict)
    """Tokens that a model may use for hidden reasoning beyond its written length, by slug."""

    def rest_of(
        self, trial: Trial, said_characters: int, said_turns: int, unanswered: Sequence[AskedProbe] = ()
    ) -> Forecast:
        """Return what is left of one conversation.

        Args:
            trial: The conversation.
            said_characters: How much was said in it.
            said_turns: Turns that were said.
            unanswered: Probes that are due by now and were not asked yet.
        """
        sums = _Both(likely=_Sums(said=said_characters), most=_Sums(said=said_characters))
        seats = _seats_in_turn(trial)
        opening = getattr(_procedure(trial), "opening", None)
        for asked in unanswered:
            probe = next(each for each in trial.talk.probes if each.name == asked.probe)
            self._add_probe(sums, trial, probe, asked.role)
        for number in range(said_turns, trial.num_turns):
            if number == 0 and opening is not None:
                sums.likely.said = sums.most.said = len(opening)  # nobody is asked for it
            else:
                self._add_turn(sums, seats[number % len(seats)])
            for probe, role in _due_after(trial, number + 1, len(seats)):
                self._add_probe(sums, trial, probe, role)
        likely, most = sums.likely, sums.most
        return Forecast(
            conversations=1,
            turns=max(trial.num_turns - said_turns, 0),
            answers=sums.answers,
            input_tokens=round(likely.input_tokens),
            output_tokens=round(likely.output_tokens),
            cost_usd=likely.cost_usd,
            most_usd=most.cost_usd,
        )

    def _add_turn(self, sums: _Both, seat: Seat) -> None:
        price, longest = self._price_and_longest(seat)
        mean = self.reply_tokens.get(seat.participant.name, LIKELY_REPLY_TOKENS)
        sums.likely.add(seat, min(mean, longest), price)
        sums.most.add(seat, longest, price)

    def _add_probe(self, sums: _Both, trial: Trial, probe: Probe, role: str) -> None:
        seat = next(seat for seat in trial.talk.seats if seat.role == role)
        price, longest = self._price_and_longest(seat)
        mean = LIKELY_REPLY_TOKENS if isinstance(probe.answers, Open) else LIKELY_ANSWER_TOKENS
        is_kept = probe.shown != "never"
        sums.answers += 1
        sums.likely.add(seat, min(mean, longest), price, question=probe.question, is_kept=is_kept)
        sums.most.add(seat, longest, price, question=probe.question, is_kept=is_kept)

    def _price_and_longest(self, seat: Seat) -> tuple[Price | None, float]:
        slug = seat.participant.slug
        return self.prices.get(slug), float(reply_limit(seat.participant.sampling) + self.headroom.get(slug, 0))


@dataclass(kw_only=True)
class _Both:
    likely: _Sums
    most: _Sums
    answers: int = 0


@dataclass(kw_only=True)
class _Sums:
    """Running sums over the turns of one conversation."""

    said: float
    """Characters said so far."""
    input_tokens: float = 0
    output_tokens: float = 0
    cost_usd: float | None = 0.0

    def add(
        self, seat: Seat, reply_tokens: float, price: Price | None, *, question: str = "", is_kept: bool = True
    ) -> None:
        asked = (len(seat.prompt) + self.said + len(question)) / CHARACTERS_PER_TOKEN
        self.input_tokens += asked
        self.output_tokens += reply_tokens
        if is_kept:
            self.said += len(question) + reply_tokens * CHARACTERS_PER_TOKEN
        cost = None if price is None else asked * price.prompt + reply_tokens * price.completion + price.request
        self.cost_usd = _sum(self.cost_usd, cost)


def reply_limit(sampling: Mapping[str, Any]) -> int:
    """Return the most tokens that a reply may have, as the study writes it."""
    limit: int = sampling.get("max_tokens") or sampling.get("max_completion_tokens") or LIKELY_REPLY_TOKENS
    return limit


def total(forecasts: Iterable[Forecast]) -> Forecast:
    """Return all forecasts together."""
    return sum(forecasts, Forecast())


def _due_after(trial: Trial, turns: int, seats: int) -> Iterator[tuple[Probe, str]]:
    """Yield the probes that are to be asked after so many turns, the moves of a round taken to be one each."""
    is_over = turns >= trial.num_turns
    for probe in trial.talk.probes:
        is_before_move = BEFORE_MOVE in probe.when and not is_over and turns % seats == 0
        if is_before_move or probe.is_due_after(turns, is_over=is_over):
            yield from ((probe, role) for role in probe.ask)


def _procedure(trial: Trial) -> Procedure:
    """Return who speaks when, whatever happens besides."""
    procedure = trial.talk.procedure
    return procedure.procedure if isinstance(procedure, Scheduled) else procedure


def _seats_in_turn(trial: Trial) -> list[Seat]:
    by_role = {seat.role: seat for seat in trial.talk.seats}
    order = getattr(_procedure(trial), "roles", tuple(by_role))
    return [by_role[role] for role in order]


def _sum(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one + other
