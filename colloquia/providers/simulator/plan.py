"""What a simulator is told to do: its faults, its limits, its clock; as values, or as a TOML file.

::

    seed = 1                      # of all probabilities
    clock_unit = 0.01             # real seconds that one simulated second takes

    [models]                      # further slugs, and the fake model that stands in for each
    "openai/gpt-4.1-mini" = "sim/plain"
    "acme/large" = { like = "sim/plain", price = ["0.000001", "0.000005"], at = ["acme", "other/fp8"] }

    [[fault]]
    name = "status-503-html"
    probability = 0.05

    [[fault]]
    name = "length-cut"
    attempts = [1, 2]             # the first and second time that a request is made
    model = "sim/plain"
    between = [60, 120]           # simulated seconds

    [[limit]]                     # a hidden token bucket, of each model or of one
    per_minute = 60
    [[limit]]
    at = 120                      # from this simulated second on
    per_minute = 30

Where several faults would strike, the first in the file does.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from colloquia.errors import DesignError, nearest
from colloquia.providers.simulator import chances
from colloquia.providers.simulator.catalogue import ALPHA, BETA, GAMMA, MODELS, StandIn
from colloquia.providers.simulator.fault import Declines, Disconnects, Refuses
from colloquia.providers.simulator.faults import FAULTS
from colloquia.providers.simulator.limits import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from colloquia.providers.simulator.fault import Fault

Entry = TypeVar("Entry", bound=msgspec.Struct)

_SERVED_AT = tuple(provider.slug for provider in (ALPHA, BETA, GAMMA))
_OWN = tuple(model.slug for model in MODELS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """What decides whether a fault strikes."""

    key: str
    """Of a request for a reply; of any other its path."""
    attempt: int
    is_streamed: bool = False
    model: str = ""
    provider: str = ""
    path: str | None = None
    """None for requests for a reply."""
    now: float = 0.0
    """Simulated seconds since the beginning."""


class Strike(msgspec.Struct, frozen=True, kw_only=True):
    """One fault of a plan, and when it strikes; always, where nothing is said."""

    name: str
    probability: float | None = None
    """Drawn anew for each attempt of a request, from the plan's seed."""
    attempts: tuple[int, ...] = ()
    """Which attempts of a request, counted from 1."""
    model: str | None = None
    provider: str | None = None
    """The provider it happens to; where that fails, the router turns to the next."""
    path: str | None = None
    """A page such as ``/models`` that it happens to, in place of requests for a reply."""
    between: tuple[float, float] | None = None
    """From and until which simulated second."""

    def __post_init__(self) -> None:
        if self.name not in FAULTS:
            raise DesignError(f"there is no fault {self.name!r}.{nearest(self.name, FAULTS)}")
        if self.probability is not None and not 0 <= self.probability <= 1:
            raise DesignError(f"probability is {self.probability}; it lies between 0 and 1.")
        if self.probability is not None and self.attempts:
            raise DesignError("it has a probability and attempts; a fault strikes by one of them.")
        if any(attempt < 1 for attempt in self.attempts):
            raise DesignError("attempts are counted from 1.")
        if self.between and not 0 <= self.between[0] < self.between[1]:
            raise DesignError("between holds two simulated seconds, the smaller one first.")
        if self.provider is not None and self.provider not in _SERVED_AT:
            raise DesignError(f"there is no provider {self.provider!r}.{nearest(self.provider, _SERVED_AT)}")
        self._check_kind()

    def _check_kind(self) -> None:
        if isinstance(self.fault, Refuses) and not self.between:
            raise DesignError("a connection has no attempts: say between which simulated seconds it is refused.")
        if self.path is not None and not isinstance(self.fault, Declines | Disconnects):
            raise DesignError("it happens to replies only: leave out its path.")

    @property
    def fault(self) -> Fault:
        """What happens."""
        return FAULTS[self.name]

    def hits(self, call: Call, *draw: object) -> bool:
        """Tell whether it strikes at ``call``; ``draw`` is what a probability is drawn from."""
        return (
            not isinstance(self.fault, Refuses)
            and self.path == call.path
            and self.model in (None, call.model)
            and self.provider in (None, call.provider)
            and (not self.attempts or call.attempt in self.attempts)
            and (self.between is None or self.between[0] <= call.now < self.between[1])
            and self.fault.fits(is_streamed=call.is_streamed)
            and self._is_drawn(*draw, call.key, call.attempt)
        )

    def _is_drawn(self, *draw: object) -> bool:
        return self.probability is None or chances.fraction(*draw) < self.probability


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """How much may be asked from one moment on."""

    per_minute: float
    at: float = 0.0
    """From this simulated second on."""
    burst: float | None = None
    """Requests at once; those of a minute where it is None."""
    model: str | None = None
    """The model it holds for; each of all models where it is None."""

    def __post_init__(self) -> None:
        if self.per_minute <= 0 or self.at < 0 or (self.burst is not None and self.burst < 1):
            raise DesignError("per_minute is above 0, at is not below 0, and burst is at least 1.")


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a simulator is told."""

    seed: int = 0
    """Of all probabilities."""
    clock_unit: float = 1.0
    """Real seconds that one simulated second takes."""
    key: str | None = None
    """The only key that is accepted; whatever begins with ``sk-`` where it is None."""
    credit: float = 10_000.0
    """Dollars that may be spent."""
    generation_misses: int = 1
    """How often a generation is not found before it is."""
    concurrent: int | None = None
    """Requests for a reply at once; None for any number."""
    concurrent_status: int = 429
    """What those above are answered: 429 or 503."""
    says_when: bool = True
    """Whether limits say how long to wait."""
    free_per_minute: int = 20
    free_per_day: int = 1000
    models: Mapping[str, str | StandIn] = {}
    """Further slugs, and the fake model that stands in for each, or what else is to be said of it."""
    faults: tuple[Strike, ...] = ()
    """Where several would strike, the first does."""
    limits: tuple[Limit, ...] = ()

    def __post_init__(self) -> None:
        if not self.clock_unit > 0:
            raise DesignError("clock_unit is above 0.")
        if self.concurrent_status not in (429, 503):
            raise DesignError("concurrent_status is 429 or 503.")
        if self.concurrent is not None and self.concurrent < 1:
            raise DesignError("concurrent is at least 1.")
        for slug, said in self.models.items():
            like = said if isinstance(said, str) else said.like
            if like not in _OWN:
                raise DesignError(f"models: {slug!r}: there is no fake model {like!r}.{nearest(like, _OWN)}")
        entries: tuple[Strike | Limit, ...] = (*self.faults, *self.limits)
        for entry in entries:
            self._check_model(entry)

    def _check_model(self, entry: Strike | Limit) -> None:
        known = {*_OWN, *self.models}
        if entry.model is not None and entry.model not in known:
            name = f"fault {entry.name!r}" if isinstance(entry, Strike) else "limit"
            raise DesignError(f"{name}: there is no model {entry.model!r}.{nearest(entry.model, known)}")

    def fault(self, call: Call) -> Strike | None:
        """Return the first fault that strikes at ``call``."""
        hits = (
            strike
            for number, strike in enumerate(self.faults)
            if strike.hits(call, self.seed, "fault", number, strike.name)
        )
        return next(hits, None)

    def stages(self, model: str) -> tuple[Stage, ...]:
        """Return the stages of a model's token bucket; none where it has no limit."""
        own = [limit for limit in self.limits if limit.model == model]
        limits = sorted(own or [limit for limit in self.limits if limit.model is None], key=lambda limit: limit.at)
        return tuple(Stage(at=limit.at, per_minute=limit.per_minute, burst=limit.burst) for limit in limits)

    def refusals(self) -> list[tuple[float, float]]:
        """Return the stretches of time in which nobody listens."""
        return sorted(strike.between for strike in self.faults if isinstance(strike.fault, Refuses) and strike.between)


def read_plan(path: Path) -> Plan:
    """Return the plan that a TOML file holds.

    Raises:
        DesignError: there is no such file, or it says something wrong; the message names the entry.
    """
    try:
        words = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise DesignError(f"The faults plan {path} cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise DesignError(f"The faults plan {path} is not TOML: {error}") from None
    try:
        return plan_of(words)
    except DesignError as error:
        raise DesignError(f"{path}: {error}") from None


def plan_of(words: Mapping[str, Any]) -> Plan:
    """Return the plan that the words of a TOML file mean.

    Raises:
        DesignError: they say something wrong; the message names the entry.
    """
    others = {name: value for name, value in words.items() if name not in ("fault", "limit")}
    faults = tuple(_entries("fault", words.get("fault", []), Strike))
    limits = tuple(_entries("limit", words.get("limit", []), Limit))
    if {"faults", "limits"} & set(others):
        raise DesignError("faults plan: write each fault under [[fault]], and each limit under [[limit]].")
    return _converted("faults plan", {**others, "faults": faults, "limits": limits}, Plan)


def _entries(word: str, entries: object, kind: type[Entry]) -> Iterator[Entry]:
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise DesignError(f"faults plan: write each {word} under [[{word}]].")
    for number, entry in enumerate(entries, 1):
        name = f" ({entry['name']!r})" if "name" in entry else ""
        yield _converted(f"faults plan, {word} {number}{name}", entry, kind)


def _converted(where: str, words: Mapping[str, Any], kind: type[Entry]) -> Entry:
    known = [field.name for field in msgspec.structs.fields(kind)]
    for word in words:
        if word not in known:
            raise DesignError(f"{where}: there is no word {word!r}.{nearest(word, known)}")
    try:
        return msgspec.convert(words, kind)
    except (DesignError, msgspec.ValidationError) as error:
        raise DesignError(f"{where}: {error}") from None
