"""What a run would do: the difference between a study and the log of its folder, in words and dollars."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from colloquia import studies
from colloquia.design.advice import advice, probing_advice, sent
from colloquia.design.balance import balance
from colloquia.design.forecast import Expectations
from colloquia.design.models import prefix
from colloquia.design.plan import planned, plans
from colloquia.design.procedures import is_own
from colloquia.lab.planning.bench import EMBEDDED_AT_ONCE, headroom, is_embedded, objections, slugs, unknown_measures
from colloquia.lab.planning.reckoning import Overflowing, Reckoning, overflowing, reckonings
from colloquia.lab.planning.timing import reply_seconds, timing
from colloquia.logbook import contents, forks
from colloquia.providers.cards import card_of
from colloquia.providers.registry import default_view
from colloquia.running.session import OPEN_AT_ONCE
from colloquia.running.work import Difference, difference, is_finished, reply_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from colloquia.conversation.kind import Kind
    from colloquia.design.forking import Fork
    from colloquia.design.study import Experiment
    from colloquia.design.trials import Trial
    from colloquia.lab.planning.bench import Bench
    from colloquia.lab.planning.timing import Timing
    from colloquia.logbook.folder import RunFolder
    from colloquia.logbook.holdings import Contents


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a run would do, before anything is asked."""

    experiment: Experiment
    folder: Path
    found: Contents
    """What its logs hold."""
    difference: Difference
    is_frozen: bool
    """True where the run folder already holds this very study."""
    advice: tuple[str, ...]
    """Warnings about the study and notices about this machine, one sentence each."""
    sent: Mapping[str, str]
    """By friendly name: which body fields are sent, and which usual ones are not."""
    spent_usd: float
    """All that is known to have been spent in this folder."""
    judges_usd: float
    """What of it was spent on judges."""
    has_unknown_cost: bool
    """True where something was paid that no price is known of."""
    has_bounded_cost: bool
    """True where a call that was lost is counted at the most that it can have cost."""
    is_damaged: bool
    """True where a line of its logs is not what was written."""
    trials: tuple[Trial, ...]
    """Every conversation of the study."""
    expectations: Expectations
    """What its forecasts rest on."""
    timing: Timing
    earlier: tuple[Reckoning, ...]
    """The runs of this folder that came to their end."""

    @cached_property
    def overflows(self) -> tuple[Overflowing, ...]:
        """The conversations still to be held in which a model's context is likely to be too small, by cell."""
        return overflowing(self.difference.work, self.expectations)

    def __repr__(self) -> str:
        """Return how much is new, longer and there already, and what it is likely to cost."""
        found = self.difference
        cost_usd = found.missing.cost_usd
        cost = ", for an unknown sum" if cost_usd is None else f", about ${cost_usd:,.4f}" if cost_usd else ""
        return (
            f"Plan({self.folder}: {found.new.conversations:,} new, {found.longer.conversations:,} longer, "
            f"{found.unchanged.conversations:,} unchanged, {found.dropped.conversations:,} no longer planned; "
            f"{found.missing.turns:,} turns to add{cost})"
        )

    def balance(self) -> pd.DataFrame:
        """Return how often each model sits in each seat, and opens from it, in each scenario and arm."""
        import pandas as pd

        return pd.DataFrame([asdict(sitting) for sitting in balance(self.trials)])

    @property
    def is_complete(self) -> bool:
        """True where nothing is missing and nothing falls out of the plan."""
        return not self.difference.work and (self.is_frozen or not self.difference.unchanged.conversations)


def draw_up(bench: Bench) -> Plan:
    """Return what a run of the study would do."""
    found = bench.reader.read()
    expectations = expected(bench, found)
    found_missing = _missing(bench, found, expectations)
    return Plan(
        experiment=bench.experiment,
        folder=bench.folder.path,
        found=found,
        difference=found_missing,
        is_frozen=bool(found.runs) and studies.parse(found.runs[-1].study) == bench.experiment,
        advice=tuple(_advice(bench, found, found_missing)),
        sent=sent(bench.experiment),
        spent_usd=found.spent_usd,
        judges_usd=found.judges_usd,
        has_unknown_cost=found.has_unknown_cost,
        has_bounded_cost=found.has_bounded_cost,
        is_damaged=bool(found.damage),
        trials=bench.trials,
        expectations=expectations,
        timing=timing(
            found_missing.work,
            expectations,
            reply_seconds=reply_seconds(bench.trials, found.spoken),
            lanes=found.lanes,
            widest=dict.fromkeys(filter(is_embedded, slugs(bench.experiment)), EMBEDDED_AT_ONCE),
            open_at_once=bench.options.at_once or OPEN_AT_ONCE,
        ),
        earlier=tuple(reckonings(found)),
    )


def _advice(bench: Bench, found: Contents, missing: Difference) -> Iterator[str]:
    """Yield what should be known before a run, one sentence each."""
    yield from advice(bench.experiment)
    yield from probing_advice(bench.experiment, bench.trials)
    yield from _notices(bench, found)
    yield from _another_study(bench, found, missing)


def expected(bench: Bench, found: Contents) -> Expectations:
    """Return what a forecast rests on: prices, contexts, and how long replies were so far in the folder."""
    cards = {slug: card_of(slug, bench.listed.cards) for slug in slugs(bench.experiment)}
    return Expectations(
        prices=bench.prices,
        reply_tokens=reply_tokens(bench.trials, found.spoken),
        headroom=headroom(bench),
        contexts={slug: card.context_length for slug, card in cards.items() if card and card.context_length},
    )


def missing(bench: Bench, found: Contents, plan: Plan | None = None) -> Difference:
    """Return what the study needs beyond what the logs hold by now; what its plan reckoned is not reckoned again."""
    if plan and found is plan.found:
        return plan.difference
    fresh = expected(bench, found)
    return _missing(bench, found, plan.expectations if plan and plan.expectations == fresh else fresh)


def _missing(bench: Bench, found: Contents, expectations: Expectations) -> Difference:
    forked = forks.read(bench.folder)
    last = trials_of(*found.studies, forked=forked) if found.runs else ()
    earlier = {trial.trial_id for trial in last} if found.runs else set(found.turns)
    found = forks.with_prefixes(found, bench.trials)
    return difference(
        bench.trials,
        found.turns,
        found.answers,
        expectations=expectations,
        quarantined=found.quarantined,
        left_before=frozenset(found.turns) - earlier,
        is_wanted=lambda trial: _is_wanted(bench, trial, found),
    )


def _is_wanted(bench: Bench, trial: Trial, found: Contents) -> bool:
    """Tell whether a conversation is to be held now, with the turns of ``found``."""
    if bench.where is not None and not bench.where.holds(trial.labels):
        return False
    return not bench.options.only_probes or is_finished(trial, found.turns.get(trial.trial_id, ()))


def left(folder: RunFolder) -> Difference:
    """Return what the study frozen in a run folder still needs, prices apart."""
    found = contents.read(folder)
    trials = trials_of(*found.studies, forked=forks.read(folder)) if found.runs else ()
    found = forks.with_prefixes(found, trials)
    nothing_known = Expectations(prices={}, reply_tokens={})
    return difference(trials, found.turns, found.answers, expectations=nothing_known, quarantined=found.quarantined)


def trials_of(*texts: str, code: Path | None = None, forked: Sequence[Fork] = ()) -> tuple[Trial, ...]:
    """Return every conversation that the last of a folder's frozen studies plans there, and the forks of them.

    Args:
        texts: The studies, in the order in which they were run; one at least.
        code: Where the files that they name are kept, if their Python may be run; without it a procedure of the
            researcher's own is known by its name and settings only.
        forked: Forks that were asked for.
    """
    return planned([studies.parse(text) for text in texts], default_view, _own_of(code), forked)


def ever_planned(texts: Iterable[str], *, code: Path | None = None, forked: Sequence[Fork] = ()) -> Iterator[Trial]:
    """Yield every conversation that any of a folder's frozen studies planned, those of the latest last."""
    return chain.from_iterable(plans(map(studies.parse, texts), default_view, _own_of(code), forked))


def _own_of(code: Path | None) -> Callable[[Experiment], Mapping[str, type[Kind]] | None]:
    """Return what gives a study's own procedures, where their Python may be run."""
    return lambda experiment: studies.own_procedures(experiment, code) if code else None


def _another_study(bench: Bench, found: Contents, found_missing: Difference) -> Iterator[str]:
    """Yield a hint where the folder of one study, or of a demonstration, is about to take another one in."""
    own = "A new study? Give it a folder of its own: run_dir in the study (RUN_DIR), or --run-dir runs/NAME."
    kept = found_missing.unchanged.conversations + found_missing.longer.conversations
    if found_missing.dropped.conversations and not kept:
        yield f"No conversation that {bench.folder.path} holds belongs to this study. {own}"
    elif found.runs and _is_demonstration(studies.parse(found.runs[-1].study)) > _is_demonstration(bench.experiment):
        yield f"{bench.folder.path} holds conversations of a demonstration, and this study asks other models. {own}"


def _is_demonstration(experiment: Experiment) -> bool:
    """Tell whether nobody takes part but scripts and models inside this process."""
    return {prefix(slug) for slug in slugs(experiment)} <= {"embedded", "scripted"}


def _changed_code(bench: Bench) -> Iterator[str]:
    """Yield a warning for each file of procedures that is not the one this folder was run with."""
    variants = chain.from_iterable(bench.experiment.variants.values())
    chosen = {variant.scenario.procedure.kind: variant.scenario.procedure.version for variant in variants}
    for kind in filter(is_own, chosen):
        file = kind.rpartition(":")[0]
        with bench.folder.reading(f"{bench.folder.files}/{file}") as kept:
            before = kept.read()
        if before and before != bench.study.files()[file].read_bytes():
            yield (
                f"{file}: its code is not the one that {bench.folder.path} was run with, and its version is "
                f"{chosen[kind]}. If it changes what is said, raise `version` in the study: conversations that have "
                "begun would otherwise go on by another rule."
            )


def _notices(bench: Bench, found: Contents) -> tuple[str, ...]:
    notices = [f"{damage} `colloquia check` says what to do." for damage in found.damage]
    notices += objections(bench)
    notices += unknown_measures(bench.experiment)
    notices += _changed_code(bench)
    has_key = bool(bench.settings.environment.get("OPENROUTER_API_KEY"))
    if has_key and all(prefix(slug) for slug in slugs(bench.experiment)):
        notices.append("A key for OpenRouter is set, and no model of this study uses it: see MODELS on the page.")
    return (*notices, *bench.models.keys_sent())
