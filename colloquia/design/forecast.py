"""What is still to be said, in tokens and dollars, before anything is asked.

Each request holds the prompt and all that was said, so input grows with the square of the length. Tokens are
counted as four characters each; a reply is taken to be as long as the model's replies were so far in this folder, or
``LIKELY_REPLY_TOKENS`` where it has none, and at most its ``max_tokens``. Scripted seats and people cost nothing; what
they say is read by the others all the same. A rule that ends a conversation early only makes it cheaper.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from itertools import accumulate
from typing import TYPE_CHECKING, Any, TypeVar

from colloquia.conversation.probes import Open
from colloquia.design.models import prefix
from colloquia.design.shape import frame, questions, shape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from colloquia.conversation.participants import Participant
    from colloquia.conversation.probes import AskedProbe, Probe
    from colloquia.conversation.transcript import Turn
    from colloquia.design.shape import Call
    from colloquia.design.trials import Trial

Found = TypeVar("Found")
_Form = tuple[object, tuple[int, ...]]
"""The frame of a conversation, and how long the prompts of its seats are."""

LIKELY_REPLY_TOKENS = 200
LIKELY_ANSWER_TOKENS = 10
"""Of a probe that asks for a number or an option."""
CHARACTERS_PER_TOKEN = 4
SHORT = 0.5
"""Of the likely length: what the low end of a forecast takes replies to be."""
UNASKED = frozenset({"scripted", "human"})
"""Providers that send nothing anywhere."""


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
    least_usd: float | None = 0.0
    """The cost if replies are half as long as likely."""
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
            least_usd=_sum(self.least_usd, other.least_usd),
            most_usd=_sum(self.most_usd, other.most_usd),
        )

    def __mul__(self, times: int) -> Forecast:
        """Return so many of the same."""
        return Forecast(
            conversations=self.conversations * times,
            turns=self.turns * times,
            input_tokens=self.input_tokens * times,
            output_tokens=self.output_tokens * times,
            cost_usd=None if self.cost_usd is None else self.cost_usd * times,
            least_usd=None if self.least_usd is None else self.least_usd * times,
            most_usd=None if self.most_usd is None else self.most_usd * times,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Overflow:
    """A turn at which a model's context is likely to be too small."""

    model: str
    """Its friendly name."""
    holds: int
    """Tokens that it takes, its reply included."""
    turn: int
    tokens: int
    """Likely, of request and reply together."""


class Length(Enum):
    """How long replies are taken to be."""

    SHORT = "half as long as likely"
    LIKELY = "likely"
    LONGEST = "as long as may be"


@dataclass(frozen=True, kw_only=True)
class Expectations:
    """What a forecast rests on."""

    prices: Mapping[str, Price]
    """Dollars per token, by slug; a slug that is missing has an unknown price."""
    reply_tokens: Mapping[str, float]
    """Mean length of the replies so far, by friendly name."""
    headroom: Mapping[str, int] = field(default_factory=dict)
    """Tokens that a model may use for hidden reasoning beyond its written length, by slug."""
    contexts: Mapping[str, int] = field(default_factory=dict)
    """Tokens that a model's context holds, by slug, where that is known."""
    _forms: dict[object, tuple[object, _Form]] = field(default_factory=dict, repr=False, compare=False)
    """The form of each cell, beside its seats."""
    _known: dict[object, Any] = field(default_factory=dict, repr=False, compare=False)
    """What was found of one conversation, from its first turn, for all of the same form; the form itself too."""

    def rest_of(
        self, trial: Trial, said: Sequence[Turn] = (), unanswered: Sequence[AskedProbe] | None = None
    ) -> Forecast:
        """Return what is left of one conversation in which ``said`` was said.

        Args:
            trial: The conversation.
            said: Its turns so far.
            unanswered: The probes that are due by now and have no answer; those at the start where it is not known.
        """
        rest = self._found(self._rest_of, trial, said)
        return rest + self._probes_of(trial, said, unanswered) if trial.talk.probes else rest

    def asked(self, trial: Trial, said: Sequence[Turn] = ()) -> tuple[tuple[str, str, int], ...]:
        """Return how many requests are left of a conversation, by friendly name and slug; scripted turns are none."""
        return self._found(self._asked_of, trial, said)

    def overflows(self, trial: Trial, said: Sequence[Turn] = ()) -> tuple[Overflow, ...]:
        """Return, for each model whose context is likely to be too small, the first such turn of what is left."""
        return self._found(self._overflows_of, trial, said)

    def _found(self, of: Callable[[Trial, Sequence[Turn]], Found], trial: Trial, said: Sequence[Turn]) -> Found:
        if said:
            return of(trial, said)
        return self._once((of.__name__, self._form(trial)), lambda: of(trial, ()))

    def _form(self, trial: Trial) -> _Form:
        """Return what a conversation has in common with all that differ from it in the words of their prompts only."""
        seats = trial.talk.seats  # one object for all conversations of a cell, kept so that its id stays its own
        cell = (id(seats), trial.opener, trial.arm, trial.num_turns)
        if cell not in self._forms:
            form = (frame(trial) or cell, tuple(len(seat.prompt) for seat in seats))
            self._forms[cell] = seats, self._once(form, lambda: form)
        return self._forms[cell][1]

    def _once(self, key: object, find: Callable[[], Found]) -> Found:
        """Return what was found under a key before, or what ``find`` finds."""
        if key not in self._known:
            self._known[key] = find()
        found: Found = self._known[key]
        return found

    def _asked_of(self, trial: Trial, said: Sequence[Turn]) -> tuple[tuple[str, str, int], ...]:
        by_role = {seat.role: seat.participant for seat in trial.talk.seats}
        calls = ((call, by_role[call.role]) for call in self._shape(trial)[len(said) :])
        found = Counter((asked.name, asked.slug) for call, asked in calls if _is_asked(call, asked))
        return tuple((name, slug, number) for (name, slug), number in found.items())

    def _overflows_of(self, trial: Trial, said: Sequence[Turn]) -> tuple[Overflow, ...]:
        found: dict[str, Overflow] = {}
        for turn, participant, asked, reply in self._course(trial, said, Length.LIKELY):
            holds = self.contexts.get(participant.slug)
            if holds is not None and asked + reply > holds and participant.name not in found:
                tokens = round(asked + reply)
                found[participant.name] = Overflow(model=participant.name, holds=holds, turn=turn, tokens=tokens)
        return tuple(found.values())

    def _rest_of(self, trial: Trial, said: Sequence[Turn]) -> Forecast:
        bills = {length: self._bill(trial, said, length) for length in Length}
        asked, replied, cost = bills[Length.LIKELY]
        return Forecast(
            conversations=1,
            turns=max(trial.num_turns - len(said), 0),
            input_tokens=round(asked),
            output_tokens=round(replied),
            cost_usd=cost,
            least_usd=bills[Length.SHORT][2],
            most_usd=bills[Length.LONGEST][2],
        )

    def _bill(self, trial: Trial, said: Sequence[Turn], length: Length) -> tuple[float, float, float | None]:
        """Return tokens in, tokens out and dollars."""
        tokens_in = tokens_out = 0.0
        cost: float | None = 0.0
        for _, participant, asked, reply in self._course(trial, said, length):
            price = self.prices.get(participant.slug)
            tokens_in += asked
            tokens_out += reply
            dollars = None if price is None else asked * price.prompt + reply * price.completion + price.request
            cost = _sum(cost, dollars)
        return tokens_in, tokens_out, cost

    def _course(
        self, trial: Trial, said: Sequence[Turn], length: Length
    ) -> Iterator[tuple[int, Participant, float, float]]:
        """Yield each request that is left: its turn, who is asked, its tokens and those of the reply."""
        until = [0.0, *accumulate(float(len(turn.content or "")) for turn in said)]
        by_role = {seat.role: (seat.participant, len(seat.prompt)) for seat in trial.talk.seats}
        reply_of = {role: self._reply(participant, length) for role, (participant, _) in by_role.items()}
        for turn, call in enumerate(self._shape(trial)[len(said) :], start=len(said) + 1):
            participant, prompt = by_role[call.role]
            if not _is_asked(call, participant):
                until.append(until[-1] + _scripted_characters(call, participant))
                continue
            held = sum(until[last] - until[first - 1] for first, last in call.spans)
            reply = reply_of[call.role]
            until.append(until[-1] + reply * CHARACTERS_PER_TOKEN)
            yield turn, participant, (call.characters + call.prompts * prompt + held) / CHARACTERS_PER_TOKEN, reply

    def _probes_of(self, trial: Trial, said: Sequence[Turn], unanswered: Sequence[AskedProbe] | None) -> Forecast:
        """Return what its probes still take: those that are due by now, and those of the turns to come."""
        by_name = {probe.name: probe for probe in trial.talk.probes}
        begin = 0 if unanswered is None and not said else len(said) + 1
        to_come = (asked for asked in self._found(_all_questions, trial, ()) if asked.after_turn >= begin)
        due = (*(unanswered or ()), *to_come)
        return total(self._answer(trial, said, by_name[each.probe], each.role, each.after_turn) for each in due)

    def _answer(self, trial: Trial, said: Sequence[Turn], probe: Probe, role: str, after: int) -> Forecast:
        seat = next(seat for seat in trial.talk.seats if seat.role == role)
        participant = seat.participant
        if prefix(participant.slug) in UNASKED:
            return Forecast(answers=1)
        heard = sum(len(turn.content or "") for turn in said[:after])
        to_come = max(after - len(said), 0) * self._reply(participant, Length.LIKELY) * CHARACTERS_PER_TOKEN
        asked = (len(seat.prompt) + len(probe.question) + heard + to_come) / CHARACTERS_PER_TOKEN
        longest = self._reply(participant, Length.LONGEST)
        likely = min(LIKELY_REPLY_TOKENS if isinstance(probe.answers, Open) else LIKELY_ANSWER_TOKENS, longest)
        price = self.prices.get(participant.slug)
        cost = None if price is None else asked * price.prompt + likely * price.completion + price.request
        return Forecast(
            answers=1,
            input_tokens=round(asked),
            output_tokens=round(likely),
            cost_usd=cost,
            least_usd=cost,
            most_usd=None if price is None or cost is None else cost + (longest - likely) * price.completion,
        )

    def _reply(self, participant: Participant, length: Length) -> float:
        longest = float(reply_limit(participant.sampling) + self.headroom.get(participant.slug, 0))
        if length is Length.LONGEST:
            return longest
        likely = min(self.reply_tokens.get(participant.name, LIKELY_REPLY_TOKENS), longest)
        return likely * SHORT if length is Length.SHORT else likely

    def _shape(self, trial: Trial) -> tuple[Call, ...]:
        framed, _ = self._form(trial)
        return self._once(framed, lambda: shape(trial))


def reply_limit(sampling: Mapping[str, Any]) -> int:
    """Return the most tokens that a reply may have, as the study writes it."""
    limit: int = sampling.get("max_tokens") or sampling.get("max_completion_tokens") or LIKELY_REPLY_TOKENS
    return limit


def total(forecasts: Iterable[Forecast]) -> Forecast:
    """Return all forecasts together."""
    return sum(forecasts, Forecast())


def _all_questions(trial: Trial, _said: Sequence[Turn]) -> tuple[AskedProbe, ...]:
    return questions(trial)


def _is_asked(call: Call, participant: Participant) -> bool:
    return call.line is None and prefix(participant.slug) not in UNASKED


def _scripted_characters(call: Call, participant: Participant) -> float:
    """Return how long what is said without a model is likely to be: as written, where that is known."""
    form, _, rest = participant.slug.partition(":")[2].strip().partition(" ")
    if call.line is not None:
        return len(call.line)
    if form == "always":
        return len(rest)
    if form == "sequence":
        return max(map(len, rest.split()), default=0)
    return LIKELY_REPLY_TOKENS * CHARACTERS_PER_TOKEN * SHORT


def _sum(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one + other
