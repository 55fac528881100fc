"""What a draft would come to: its cells, tokens, dollars and time, who would be sent what, and what leaves the machine.

Prices are those of the list as it was last kept: nobody is asked for anything here.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from colloquia.conversation.steps import End
from colloquia.conversation.walk import Walk
from colloquia.extras import install_weights
from colloquia.lab.judging import judging
from colloquia.lab.judging.judging import look_up
from colloquia.lab.planning.bench import Bench, Options, lay_out, needs_weights, slugs_of
from colloquia.lab.planning.matrix import Cell, cells
from colloquia.lab.planning.planning import Plan, draw_up
from colloquia.lab.running.loops import finished
from colloquia.providers.addresses import host_of, is_loopback
from colloquia.providers.keys import OPENROUTER_HOST, OPENROUTER_VARIABLE, Keyring, variable_of
from colloquia.providers.registry import LOCAL_SERVERS, provider_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from colloquia.conversation.chat_model import Message
    from colloquia.conversation.participants import Participant
    from colloquia.conversation.walk import Asked
    from colloquia.design.forecast import Forecast
    from colloquia.design.trials import Trial
    from colloquia.lab.judging.judging import Drawn
    from colloquia.logbook.folder import RunFolder
    from colloquia.providers.pricelist import PriceList
    from colloquia.settings import Settings
    from colloquia.studies import Study


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
class JudgesOutlook:
    """All that can be said of asking the judges of a folder's study before they are asked."""

    drawn: Drawn
    destinations: tuple[Destination, ...]
    objections: tuple[str, ...]
    """What would keep them from being asked, as far as can be told without asking anybody."""
    python: tuple[str, ...]
    """Python files that the study names: judges that are functions are executed."""


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
    cells: tuple[Cell, ...]
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
    plan = draw_up(bench)
    destinations = tuple(_destinations(bench))
    return Outlook(
        bench=bench,
        plan=plan,
        cells=tuple(cells(bench.experiment, bench.trials, plan.expectations)),
        destinations=destinations,
        objections=tuple(_objections(bench, destinations)),
        is_measured=bool(plan.expectations.reply_tokens),
    )


def look_ahead_at_judges(folder: RunFolder, settings: Settings, listed: PriceList) -> JudgesOutlook:
    """Return what asking the judges of the study frozen in a folder would come to.

    Raises:
        DesignError: the study names no judge, or one cannot be asked about its conversations.
        FolderError: nothing was run in the folder.
    """
    options = Options(run_dir=folder.path)
    study, _ = look_up(None, options)
    drawn = finished(judging.draw_up(study, folder, options, (), settings=settings, listed=listed))
    destinations = tuple(_destinations(drawn.bench))
    return JudgesOutlook(
        drawn=drawn,
        destinations=destinations,
        objections=tuple(_objections(drawn.bench, destinations)),
        python=python_named(study),
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
        walk.add(asked.stand_in(f"[what {asked.role} says in turn {asked.turn_id}]"))
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


def _destinations(bench: Bench) -> Iterator[Destination]:
    keyring = Keyring(bench.settings.environment)
    places: dict[tuple[str, str], list[str]] = {}
    for entry in bench.asked:
        provider = provider_name(entry.slug)
        if host := _host(provider, bench.experiment.providers):
            variable = OPENROUTER_VARIABLE if provider == "openrouter" else variable_of(provider)
            places.setdefault((host, variable), []).append(entry.name)
    for (host, variable), models in places.items():
        yield Destination(
            host=host,
            is_this_machine=is_loopback(host),
            models=tuple(dict.fromkeys(models)),
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
    asked = slugs_of(bench.asked)
    if needs_weights(asked):
        yield f"The embedded model is not installed: {install_weights()}"
    unknown = [slug for slug in asked if slug not in bench.prices]
    if bench.experiment.max_cost is not None and unknown:
        yield (
            f"max_cost: a cap is set, and the price of {', '.join(unknown)} is unknown: fetch the price list, declare "
            "a price under `providers`, or take the cap out."
        )
