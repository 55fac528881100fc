"""What a run would do: the difference between a study and the log of its folder, in words and dollars."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from colloquia import studies
from colloquia.design.advice import advice, sent
from colloquia.design.forecast import Expectations
from colloquia.design.models import prefix
from colloquia.design.trials import Trial, trials
from colloquia.lab.bench import headroom, objections, slugs
from colloquia.logbook import contents
from colloquia.providers.registry import default_view
from colloquia.running.work import Difference, difference, reply_tokens

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from colloquia.design.study import Experiment
    from colloquia.lab.bench import Bench
    from colloquia.logbook.contents import Contents
    from colloquia.logbook.folder import RunFolder


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a run would do, before anything is asked."""

    experiment: Experiment
    folder: Path
    difference: Difference
    is_frozen: bool
    """True where the run folder already holds this very study."""
    advice: tuple[str, ...]
    """Warnings about the study and notices about this machine, one sentence each."""
    sent: Mapping[str, str]
    """By friendly name: which body fields are sent, and which usual ones are not."""
    spent_usd: float
    """All that is known to have been spent in this folder."""
    has_unknown_cost: bool
    """True where something was paid that no price is known of."""
    is_damaged: bool
    """True where a line of its logs is not what was written."""

    @property
    def is_complete(self) -> bool:
        """True where nothing is missing and nothing falls out of the plan."""
        return not self.difference.work and (self.is_frozen or not self.difference.unchanged.conversations)


def draw_up(bench: Bench) -> Plan:
    """Return what a run of the study would do."""
    found = contents.read(bench.folder)
    return Plan(
        experiment=bench.experiment,
        folder=bench.folder.path,
        difference=missing(bench, found),
        is_frozen=bool(found.runs) and studies.parse(found.runs[-1].study) == bench.experiment,
        advice=(*advice(bench.experiment), *_notices(bench, found)),
        sent=sent(bench.experiment),
        spent_usd=found.spent_usd,
        has_unknown_cost=found.has_unknown_cost,
        is_damaged=bool(found.damage),
    )


def missing(bench: Bench, found: Contents) -> Difference:
    """Return what the study needs beyond what the logs hold."""
    expectations = Expectations(
        prices=bench.prices,
        reply_tokens=reply_tokens(bench.trials, found.turns),
        headroom=headroom(bench),
    )
    earlier = {trial.trial_id for trial in trials_of(found.runs[-1].study)} if found.runs else set(found.turns)
    return difference(
        bench.trials,
        found.turns,
        found.answers,
        expectations=expectations,
        quarantined=found.quarantined,
        left_before=frozenset(found.turns) - earlier,
    )


def left(folder: RunFolder) -> Difference:
    """Return what the study frozen in a run folder still needs, prices apart."""
    found = contents.read(folder)
    planned = trials_of(found.runs[-1].study) if found.runs else ()
    nothing_known = Expectations(prices={}, reply_tokens={})
    return difference(planned, found.turns, found.answers, expectations=nothing_known, quarantined=found.quarantined)


def trials_of(study: str) -> tuple[Trial, ...]:
    """Return every conversation that a frozen study planned."""
    return trials(studies.parse(study), default_view)


def _notices(bench: Bench, found: Contents) -> tuple[str, ...]:
    notices = [f"{damage} `colloquia check` says what to do." for damage in found.damage]
    notices += objections(bench)
    has_key = bool(bench.settings.environment.get("OPENROUTER_API_KEY"))
    if has_key and all(prefix(slug) for slug in slugs(bench.experiment)):
        notices.append("A key for OpenRouter is set, and no model of this study uses it: see MODELS on the page.")
    return (*notices, *bench.models.keys_sent())
