"""What a report is made from: the frames that are looked at, the study, and what the records of its runs say."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from colloquia.analysis.health import repeated, unlive
from colloquia.analysis.hypotheses import Tested, verdicts
from colloquia.analysis.quantities import QUANTITIES
from colloquia.analysis.selecting import factors, numbers, seats, talking
from colloquia.analysis.statistics.statistics import Statistics, statistics
from colloquia.analysis.validity import Validity, validity
from colloquia.logbook.labels import Labels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from colloquia.analysis.tables import Frames
    from colloquia.design.study import Experiment

_MOST = 0.5
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")


@dataclass(frozen=True, kw_only=True)
class Records:
    """What the records of a run folder say about how its data came to be."""

    runs: tuple[str, ...] = ()
    """When each run that held conversations began: UTC, ISO 8601."""
    judged: tuple[str, ...] = ()
    """When judges began to be asked, each time."""
    versions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of everything that a result may depend on, by name; several where runs differed."""
    sent: Mapping[str, str] = field(default_factory=dict)
    """By friendly name: which body fields were sent, and which usual ones were not."""
    hashes: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of the files of the run folder, by name."""
    registrations: tuple[str, ...] = ()
    """What was registered before the data, and when."""
    confirmatory: tuple[str, ...] = ()
    """Hypotheses that stood in the study before the data, word for word."""
    deviations: tuple[str, ...] = ()
    """What the study does otherwise than the one that counts."""
    spent_usd: float = 0.0
    has_unknown_cost: bool = False
    has_bounded_cost: bool = False
    """True where a call that was lost is counted at the most that it can have cost."""
    damaged_lines: int = 0
    gaps: int = 0
    """Places where lines of the logs are missing."""
    set_aside: int = 0
    """Conversations that damage touches."""
    forks: int = 0
    """Conversations that continue another from a turn on, which are left out."""
    made_with: Mapping[str, str] = field(default_factory=dict)
    """Versions of what made this report."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Evidence:
    """All that a report is made from."""

    frames: Frames
    experiment: Experiment
    records: Records
    labels: Labels = field(default_factory=Labels)
    """What people said."""
    folder: str = "data"
    """The run folder, as calls and commands name it."""
    where: str | None = None
    """Which conversations are looked at, as an expression; None where all are."""
    of: int = 0
    """Conversations of the plan, looked at or not."""
    made_at: str = ""
    """When the report was made: UTC, ISO 8601."""

    @property
    def sources(self) -> str:
        """``SCRIPTED``, ``SIMULATED``, ``EMBEDDED``, where such turns are among those looked at; else nothing."""
        return unlive(self.frames)

    @cached_property
    def models(self) -> list[str]:
        """Friendly names of the models that sit in some seat."""
        found = self.frames.conversations
        return sorted({str(name) for seat in seats(found) for name in found[seat].dropna().unique()})

    @cached_property
    def factors(self) -> list[str]:
        """Columns whose levels the study varies, arms included; items are a sample and are not among them."""
        found = self.frames.conversations
        items = {factor.name for factor in self.experiment.variation.factors if factor.is_item}
        own = [name for name in factors(found) if name.partition(".")[0] not in items]
        talks = talking(self.frames).conversations  # who opens a control arm follows from the arm
        named = ["opening_role"] if len(self.experiment.scenarios) == 1 and talks["opening_role"].nunique() > 1 else []
        return [name for name in (*own, "arm", *named) if name in found and found[name].nunique() > 1]

    def blocks(self, factor: str) -> list[str]:
        """Return within what the levels of a factor are compared, where it varies: the scenario, the arm."""
        many = ["scenario"] if len(self.scenarios) > 1 else []
        return [name for name in (*many, *(["arm"] if "arm" in self.factors else [])) if name != factor]

    @cached_property
    def scenarios(self) -> list[str]:
        """Names of the scenarios."""
        return [str(name) for name in self.frames.conversations["scenario"].dropna().unique()]

    @cached_property
    def outcomes(self) -> list[str]:
        """Every outcome that the frames hold: of the log, of measures, numbers of conversations."""
        measured = self.frames.measures.drop_duplicates(["measure", "variable"])
        return [
            *QUANTITIES,
            *(f"{row.measure}.{row.variable}" for row in measured.itertuples()),
            *numbers(self.frames.conversations),
        ]

    def seat(self, column: str) -> str:
        """Return who sits where a column such as ``model_1`` says, in words: by the role where it has one name."""
        number = column.rpartition("_")[2]
        roles = set(self.frames.conversations.get(f"role_{number}", []))
        role = str(next(iter(roles))) if len(roles) == 1 else ""
        is_named = role and not re.fullmatch("[A-Z]", role)
        return f"the {role}" if is_named else f"seat {number}"

    def levels(self, factor: str) -> list[str]:
        """Return the levels of a factor that occur, in the order of the study."""
        found = [str(level) for level in self.frames.conversations[factor].dropna().unique()]
        written = {each.name: [level.label for level in each.levels] for each in self.experiment.variation.factors}
        order = written.get(factor.removesuffix("_level"), [])
        return sorted(found, key=lambda level: (order.index(level) if level in order else len(order), level))

    def call(self, outcome: str) -> str:
        """Return the call that gives the statistics of an outcome."""
        return f"colloquia.statistics(frames, {outcome!r}{', distinct=True' if self.is_repeated else ''})"

    def statistics(self, outcome: str) -> Statistics:
        """Return the statistics of an outcome; a cell in which all are word for word the same counts once.

        Raises:
            DesignError: there is no such outcome, or no conversation has ended.
        """
        if outcome not in self._asked:
            self._asked[outcome] = statistics(self.frames, outcome, distinct=self.is_repeated)
        return self._asked[outcome]

    @cached_property
    def _asked(self) -> dict[str, Statistics]:
        return {}

    @cached_property
    def judges(self) -> dict[str, Validity]:
        """What is known about each judge that gives labels or numbers, by its name."""
        return {each.judge.name: each for each in validity(self.frames, self.experiment.panels, self.labels)}

    @cached_property
    def tested(self) -> tuple[list[Tested], dict[str, str]]:
        """What came of each hypothesis, and why others could not be tested, by name."""
        return verdicts(self.frames, self.experiment)

    def judge_of(self, outcome: str) -> Validity | None:
        """Return the judge of conversations whose verdict an outcome is; None where it is none, or that of several."""
        named = [each for name, each in self.judges.items() if re.search(rf"\b{name}\b", _QUOTED.sub("", outcome))]
        return named[0] if len(named) == 1 and named[0].judge.unit == "conversation" else None

    @property
    def is_game(self) -> bool:
        """Whether most turns are moves of a game."""
        return bool(self.frames.turns["move"].notna().mean() > _MOST)

    @cached_property
    def is_repeated(self) -> bool:
        """Whether in some cell all conversations are word for word the same, and so are one observation."""
        return bool(repeated(self.frames).duplicated().any())
