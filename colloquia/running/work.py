"""Work = plan - log: what a study still needs, given what its log has.

A crash, Ctrl-C, a spent budget, more iterations, one more model, an edited scenario and a longer conversation are all
the same thing: the difference between the trials of the study and the turns of the log.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from colloquia.conversation.steps import End
from colloquia.conversation.walk import is_over, unanswered
from colloquia.design.forecast import Forecast, total

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from colloquia.conversation.probes import AskedProbe
    from colloquia.conversation.transcript import Answer, Turn
    from colloquia.design.forecast import Expectations
    from colloquia.design.trials import Trial
    from colloquia.logbook.keys import Spoken


@dataclass(frozen=True, kw_only=True)
class Work:
    """One conversation that is not finished, and the turns it has."""

    trial: Trial
    said: tuple[Turn, ...]
    answers: Mapping[AskedProbe, Answer] = field(default_factory=dict)
    """The answers to probes that it has."""
    waits_for: str | None = None
    """The donor whose lines it needs and that has not ended yet, by trial id."""
    forecast: Forecast
    """What the rest of it is likely to take."""


@dataclass(frozen=True, kw_only=True)
class Dropped:
    """Conversations that the log has and the study no longer plans."""

    conversations: int = 0
    turns: int = 0
    paid_turns: int = 0
    """Turns of live models, unless they are known to have cost nothing."""
    cost_usd: float = 0.0
    """What is known to have been spent on them."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What a run would do, and what it would leave behind."""

    work: tuple[Work, ...]
    """In the order in which the conversations are to be held."""
    new: Forecast
    longer: Forecast
    """Conversations that go on: grown longer, interrupted, or failed before."""
    unchanged: Forecast
    """Conversations that need nothing; their turns are the turns they have."""
    dropped: Dropped
    quarantined: int = 0
    """Planned conversations that a damaged line touches; they are left as they are."""

    @property
    def missing(self) -> Forecast:
        """All that is still to be done."""
        return self.new + self.longer


def is_finished(trial: Trial, said: Sequence[Turn]) -> bool:
    """Tell whether a conversation has ended by itself or has its planned length."""
    if bool(said) and (len(said) >= trial.num_turns or is_over(trial.talk, said)):
        return True
    return trial.donor is not None and isinstance(trial.talk.procedure.next_step(said), End)  # it has no further line


def difference(
    trials: Sequence[Trial],
    said: Mapping[str, Sequence[Turn]],
    answers: Mapping[str, Mapping[AskedProbe, Answer]] | None = None,
    *,
    expectations: Expectations,
    quarantined: AbstractSet[str] = frozenset(),
    left_before: AbstractSet[str] = frozenset(),
    is_wanted: Callable[[Trial], bool] = lambda _trial: True,
) -> Difference:
    """Return what ``trials`` need beyond the turns ``said``.

    Args:
        trials: The plan, in order.
        said: The turns of the log, by trial id.
        answers: The answers to probes that are on file, by trial id.
        expectations: What the forecast rests on.
        quarantined: Conversations that a damaged line touches.
        left_before: Conversations that had already fallen out of the plan when the folder was last run.
        is_wanted: Tells whether a conversation is to be held now; others that are missing are left for later.
    """
    work: list[Work] = []
    unchanged: list[Forecast] = []
    by_id = {trial.trial_id: trial for trial in trials}
    set_aside = quarantined | {trial.trial_id for trial in trials if _has_lost_its_parent(trial, said, quarantined)}
    for each in trials:
        if each.trial_id not in set_aside:
            donor = by_id.get(each.donor) if each.donor else None
            found = _needed(each, donor, said, answers or {}, expectations)
            if isinstance(found, Forecast):
                unchanged.append(found)
            elif is_wanted(found.trial):
                work.append(found)
    work = [item for item in work if item.waits_for is None or is_wanted(by_id[item.waits_for])]
    planned = by_id.keys()
    gone = [turns for trial_id, turns in said.items() if trial_id not in planned and trial_id not in left_before]
    return Difference(
        work=tuple(work),
        new=total(item.forecast for item in work if not _has_begun(item)),
        longer=total(item.forecast for item in work if _has_begun(item)),
        unchanged=total(unchanged),
        dropped=_dropped(gone),
        quarantined=len(planned & set_aside),
    )


def _needed(
    each: Trial,
    donor: Trial | None,
    said: Mapping[str, Sequence[Turn]],
    answers: Mapping[str, Mapping[AskedProbe, Answer]],
    expectations: Expectations,
) -> Work | Forecast:
    """Return what a conversation still needs; where that is nothing, what it holds."""
    turns = said.get(each.trial_id, ())
    if not each.talk.probes and bool(turns) and len(turns) >= each.num_turns:
        return Forecast(conversations=1, turns=len(turns))  # known without reading what was said
    has_lines = donor is not None and is_finished(donor, said.get(donor.trial_id, ()))
    trial = each.with_donor(said) if has_lines else each
    answered = answers.get(trial.trial_id, {})
    open_probes = unanswered(trial.talk, turns[: trial.num_turns], answered) if trial.talk.probes else []
    if is_finished(trial, turns) and not open_probes:
        return Forecast(conversations=1, turns=len(turns), answers=len(answered))
    here = tuple(turns[: trial.num_turns])
    rest = expectations.rest_of(trial, here, open_probes)
    waits_for = None if has_lines else trial.donor
    return Work(trial=trial, said=here, answers=answered, waits_for=waits_for, forecast=rest)


def _has_lost_its_parent(trial: Trial, said: Mapping[str, Sequence[Turn]], quarantined: AbstractSet[str]) -> bool:
    """Tell whether the turns that a fork shares are not all there, or damage touches them."""
    if (branch := trial.branch) is None:
        return False
    return branch.parent in quarantined or len(said.get(branch.parent, ())) < branch.turn


def _has_begun(item: Work) -> bool:
    """Tell whether a conversation has anything of its own; what a fork shares is its parent's."""
    if (branch := item.trial.branch) is not None:
        return len(item.said) > branch.turn or any(asked.after_turn >= branch.turn for asked in item.answers)
    return bool(item.said or item.answers)


def reply_tokens(trials: Sequence[Trial], spoken: Mapping[str, Mapping[str, Spoken]]) -> dict[str, float]:
    """Return the mean length of the replies so far in tokens, by friendly name."""
    found = totals(trials, spoken)
    return {name: each.tokens / each.counted for name, each in found.items() if each.counted}


def totals(trials: Iterable[Trial], spoken: Mapping[str, Mapping[str, Spoken]]) -> dict[str, Spoken]:
    """Return what the turns of each participant came to in all of ``trials``, by friendly name.

    Args:
        trials: The conversations that count.
        spoken: The same of each conversation, by trial id.
    """
    found: dict[str, Spoken] = {}
    for trial in trials:
        for name, each in spoken.get(trial.trial_id, {}).items():
            found[name] = found[name] + each if name in found else each
    return found


def _dropped(gone: Sequence[Sequence[Turn]]) -> Dropped:
    turns = [turn for conversation in gone for turn in conversation]
    return Dropped(
        conversations=len(gone),
        turns=len(turns),
        paid_turns=sum(_is_paid(turn) for turn in turns),
        cost_usd=sum(turn.reply.usage.cost_usd or 0.0 for turn in turns),
    )


def _is_paid(turn: Turn) -> bool:
    return turn.reply.source == "live" and turn.reply.usage.cost_usd != 0
