"""How far the judges are that are being asked, and what asking them came to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from colloquia.lab.running.loops import exit_code

if TYPE_CHECKING:
    from collections.abc import Mapping

    from colloquia.analysis.judging.docket import Wanted
    from colloquia.logbook.judgements import Judgement


@dataclass(kw_only=True)
class Tally:
    """What one model of a judge answered."""

    answered: int = 0
    missing: Counter[str] = field(default_factory=Counter)
    """How many replies hold no answer, by reason."""


@dataclass(kw_only=True)
class Answering:
    """How far the judges are, kept as they go."""

    asked: int = 0
    """Answers that were to be had when it began; the second stage adds its own."""
    done: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0
    """What the answers of this run are known to have cost."""
    tallies: dict[tuple[str, str], Tally] = field(default_factory=dict)
    """By judge and slug."""
    sources: Counter[str] = field(default_factory=Counter)
    newest: Judgement | None = None

    failures: dict[str, str] = field(default_factory=dict)
    """Why questions failed, by the key of their occasion."""

    def counts(self) -> dict[str, Any]:
        """Return all counts as plain values, without any text that a judge said."""
        return {
            "judgements": self.asked,
            "judgements_done": self.done,
            "missing": sum(tally.missing.total() for tally in self.tallies.values()),
            "failed": len(self.failures),
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "cost_usd": self.cost_usd,
            "sources": dict(self.sources),
        }

    def take(self, judgement: Judgement) -> None:
        """Note an answer that is on disk."""
        self.done += 1
        self.input_tokens += judgement.input_tokens or 0
        self.output_tokens += judgement.output_tokens or 0
        self.cost_usd += judgement.cost_usd or 0.0
        self.sources[judgement.source] += 1
        self.newest = judgement
        tally = self.tallies.setdefault((judgement.judge, judgement.by), Tally())
        if judgement.missing is None:
            tally.answered += 1
        else:
            tally.missing[judgement.missing] += 1


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What asking the judges came to."""

    wanted: tuple[Wanted, ...]
    """What is wanted of each judge now."""
    answering: Answering
    spent_usd: float
    """All that was ever spent in this folder."""
    stopped_by: str | None = None
    message: str = ""
    stopped_models: Mapping[str, str] = field(default_factory=dict)

    @property
    def missing(self) -> int:
        """Answers that are still to be had."""
        return sum(each.to_come for each in self.wanted)

    @property
    def exit_code(self) -> int:
        """0 nothing missing, 1 some questions failed, 3 stopped early and resumable; signals by number."""
        if self.stopped_by:
            return exit_code(self.stopped_by)
        if self.stopped_models:
            return 3
        return 1 if self.answering.failures else 0
