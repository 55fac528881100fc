"""Whether answers to probes hold what was really asked: every question rebuilt where it was asked, beside its hash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from colloquia.conversation.probes import END
from colloquia.conversation.walk import Walk
from colloquia.errors import DamagedLogError
from colloquia.logbook.answers import answer_of, answer_row
from colloquia.logbook.record import experiment_id
from colloquia.running.call import content_sha256
from colloquia.running.verifying import Mismatch, Verification, long_enough

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from colloquia.conversation.probes import AskedProbe
    from colloquia.conversation.transcript import Answer, Turn
    from colloquia.conversation.walk import Question
    from colloquia.design.trials import Trial
    from colloquia.logbook.answers import AnswerRow

Hashes = Mapping[tuple[str, int, str], set[str]]
"""What the journal says answers hash to, by trial id, turn and what was asked beside it."""


def with_all_probes(trials: Iterable[Trial]) -> dict[str, Trial]:
    """Return the latest of each conversation, with every probe that any study ever asked in it, wherever it was."""
    found: dict[str, Trial] = {}
    for trial in trials:
        before = found[trial.trial_id].talk.probes if trial.trial_id in found else ()
        probes = tuple(dict.fromkeys((*trial.talk.probes, *before)))
        found[trial.trial_id] = replace(trial, talk=replace(trial.talk, probes=probes, asked_from=0))
    return found


def verify_answers(
    trials: Mapping[str, Trial],
    said: Mapping[str, Sequence[Turn]],
    rows: Iterable[AnswerRow],
    *,
    folder_id: str | None,
    hashes: Hashes,
    shared: Mapping[str, Mapping[AskedProbe, Answer]],
) -> Verification:
    """Rebuild the question of every answer, and compare its hash with the one that was sent.

    Args:
        trials: Every conversation that this folder's studies ever planned, with all its probes, by id.
        said: The turns of the log, by trial id.
        rows: The answers.
        folder_id: Random id of the run folder.
        hashes: What the journal says each answer hashes to.
        shared: The answers that a fork has from its parent, by id of the fork; what was shown stands in its requests.
    """
    found: list[Mismatch] = []
    kept: dict[str, dict[AskedProbe, AnswerRow]] = {}
    for row in rows:
        kept.setdefault(row.trial_id, {})[row.asked] = row
    for trial_id, answers in kept.items():
        trial = trials.get(trial_id)
        if trial is None:
            reason = "no study in the journal plans it, so its probes cannot be rebuilt"
            found.append(Mismatch(trial_id=trial_id, turn_id=None, reason=reason))
            continue
        for row in answers.values():
            found += _changed(trial, row, folder_id, hashes)
        stored = {asked: answer_of(row) for asked, row in answers.items()}
        found += _mismatches(trial, said.get(trial_id, ()), stored, shared.get(trial_id, {}))
    requests = sum(map(len, kept.values()))
    return Verification(conversations=len(kept), requests=requests, mismatches=tuple(found))


def _mismatches(
    trial: Trial, said: Sequence[Turn], answers: Mapping[AskedProbe, Answer], shared: Mapping[AskedProbe, Answer]
) -> Iterator[Mismatch]:
    pending = dict(answers)
    walk = Walk(long_enough(trial.talk, len(said)), {})
    try:
        for turn in (*said, None):
            if turn is not None:
                _take_earlier_ends(walk, pending)
            while (question := walk.probe()) is not None:
                answer = pending.pop(question.asked, None)
                if answer is None:
                    _take_shared(walk, question, shared)
                    continue
                if (reason := _contradiction(question, answer)) is not None:
                    yield _mismatch(trial, question.asked, reason)
                walk.answer(answer)
            if turn is not None:
                walk.take(turn)
    except DamagedLogError:
        return  # the replay of the turns says so
    for asked in pending:
        yield _mismatch(trial, asked, "no study in the journal asks it there")


def _contradiction(question: Question, answer: Answer) -> str | None:
    if answer.request_sha256 != question.request.sha256:
        return "the request rebuilt from the log is not the one that was sent"
    if answer.value != question.probe.answers.read(answer.content or ""):
        return "its answer is not the one that its text gives"
    return None


def _take_shared(walk: Walk, question: Question, shared: Mapping[AskedProbe, Answer]) -> None:
    """Take the answer that a fork has from its parent, under whose name it is verified; where there is none go on."""
    if (answer := shared.get(question.asked)) is not None:
        walk.answer(answer)
    else:
        walk.pass_by(question.asked)


def _take_earlier_ends(walk: Walk, pending: dict[AskedProbe, Answer]) -> None:
    """Take out the sound answers that were asked at an end which was none any more once the talk went on."""
    for asked, answer in list(pending.items()):
        if asked.after_turn != walk.said:
            continue
        probe = next((probe for probe in walk.talk.probes if probe.is_meant(asked)), None)
        was_end = probe is not None and END in probe.when and not probe.is_due_after(walk.said, is_over=False)
        if was_end and walk.question(asked).request.sha256 == answer.request_sha256:
            del pending[asked]


def _changed(trial: Trial, row: AnswerRow, folder_id: str | None, hashes: Hashes) -> Iterator[Mismatch]:
    """Yield the columns that are not what the study makes them, and a text that the journal does not vouch for."""
    if folder_id and row.speaker_role in {seat.role for seat in trial.talk.seats}:
        here = experiment_id(folder_id, trial.trial_id)
        expected = answer_row(trial, answer_of(row), experiment_id=here, run_id=row.run_id)
        names = (name for name in row.__struct_fields__ if name != "arm")
        changed = [name for name in names if getattr(row, name) != getattr(expected, name)]
        if changed:
            yield _mismatch(trial, row.asked, f"{', '.join(changed)}: not what the study makes of this answer")
    known = hashes.get((row.trial_id, row.after_turn, row.asked.beside))
    if known and row.content is not None and content_sha256(row.content) not in known:
        yield _mismatch(trial, row.asked, "the text is not one that the journal vouches for")


def _mismatch(trial: Trial, asked: AskedProbe, reason: str) -> Mismatch:
    place = f"after turn {asked.after_turn}" if asked.after_turn else "at the start"
    return Mismatch(trial_id=trial.trial_id, turn_id=None, reason=f"{asked.beside} {place}: {reason}")
