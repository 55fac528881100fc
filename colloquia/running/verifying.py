"""Does the log say what was really asked and answered: every request rebuilt and compared with its hash."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from colloquia.conversation.walk import replay
from colloquia.design.controls import TALK
from colloquia.errors import DamagedLogError
from colloquia.logbook.record import experiment_id, parent_of
from colloquia.logbook.turn_rows import turn_of, turn_row
from colloquia.running.call import content_sha256

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from colloquia.conversation.probes import AskedProbe
    from colloquia.conversation.talk import Talk
    from colloquia.conversation.transcript import Answer, Turn
    from colloquia.conversation.walk import Asked
    from colloquia.design.trials import Trial
    from colloquia.logbook.record import TurnRow


@dataclass(frozen=True, kw_only=True, slots=True)
class Mismatch:
    """A place where the log contradicts itself."""

    trial_id: str
    turn_id: int | None
    """None where the whole conversation is meant."""
    reason: str

    def __str__(self) -> str:
        """Return the mismatch as a sentence."""
        where = f", turn {self.turn_id}" if self.turn_id else ""
        return f"conversation {self.trial_id}{where}: {self.reason}"


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What was compared, and what does not hold."""

    conversations: int
    requests: int
    """Requests whose hash was rebuilt."""
    mismatches: tuple[Mismatch, ...]

    @property
    def is_sound(self) -> bool:
        """True where nothing contradicts anything."""
        return not self.mismatches


def verify(
    trials: Mapping[str, Trial],
    rows: Iterable[TurnRow],
    *,
    folder_id: str | None,
    content_hashes: Mapping[tuple[str, int], str],
    answers: Mapping[str, Mapping[AskedProbe, Answer]] | None = None,
    shared: Mapping[str, Sequence[Turn]] | None = None,
) -> Verification:
    """Rebuild every request of the log and compare its hash with the one that was sent.

    Args:
        trials: Every conversation that this folder's studies ever planned, by id.
        rows: The turns of the log.
        folder_id: Random id of the run folder.
        content_hashes: What the journal says each turn's text hashes to, by trial id and turn.
        answers: The answers to probes, some of which stand in later requests, by trial id.
        shared: The turns that forks share with their parents, by trial id.
    """
    mismatches: list[Mismatch] = []
    requests = 0
    said: dict[str, list[Turn]] = {}
    responders: dict[str, list[str | None]] = {}
    for row in rows:
        said.setdefault(row.trial_id, []).append(turn_of(row))
        responders.setdefault(row.trial_id, []).append(row.responder_model)
        if row.trial_id in trials and folder_id:
            mismatches += _changed_fields(trials[row.trial_id], row, folder_id)
    for trial_id, turns in said.items():
        trial = trials.get(trial_id)
        if trial is None:
            reason = "no study in the journal plans it, so its requests cannot be rebuilt"
            mismatches.append(Mismatch(trial_id=trial_id, turn_id=None, reason=reason))
            continue
        requests += sum(turn.request_sha256 is not None for turn in turns)
        before = (shared or {}).get(trial_id, ())
        mismatches += _mismatches(trial, before, turns, (answers or {}).get(trial_id, {}), responders[trial_id])
        mismatches += _changed_texts(trial_id, turns, content_hashes)
    return Verification(conversations=len(said), requests=requests, mismatches=tuple(mismatches))


def _mismatches(
    trial: Trial,
    shared: Sequence[Turn],
    turns: Sequence[Turn],
    answers: Mapping[AskedProbe, Answer],
    responders: Sequence[str | None],
) -> Iterator[Mismatch]:
    try:
        whole = replay(long_enough(trial.talk, len(shared) + len(turns)), (*shared, *turns), answers)
        walked = islice(whole, len(shared), None)
        for (asked, turn), responder in zip(walked, responders, strict=True):
            for reason in _contradictions(asked, turn):
                yield Mismatch(trial_id=trial.trial_id, turn_id=turn.turn_id, reason=reason)
            if responder != ("|".join(trial.talk.heard_by(turn)) or None):
                reason = "responder_model: not who hears this turn"
                yield Mismatch(trial_id=trial.trial_id, turn_id=turn.turn_id, reason=reason)
            if asked.sha256 != turn.request_sha256:
                return  # all later requests hold the changed turn
    except DamagedLogError as error:
        reason = str(error).partition(": ")[2] or str(error)
        yield Mismatch(trial_id=trial.trial_id, turn_id=None, reason=reason)


def _contradictions(asked: Asked, turn: Turn) -> Iterator[str]:
    if asked.request and asked.request.sampling.get("seed") != turn.seed:
        yield "its seed is not the one that was drawn or written for it"
    if asked.sha256 != turn.request_sha256:
        yield "the request rebuilt from the log is not the one that was sent; an earlier turn was changed"
    elif asked.line is not None and asked.line != turn.content:
        yield "a scripted line is not the one in the study"
    elif asked.read(turn).move != turn.move:
        yield "its move is not the one that its text makes"


def _changed_fields(trial: Trial, row: TurnRow, folder_id: str) -> Iterator[Mismatch]:
    """Yield the columns that are not what the study makes them for this turn."""
    id_here = experiment_id(folder_id, trial.trial_id)
    if row.speaker_role not in {seat.role for seat in trial.talk.seats}:
        return  # the replay says so
    expected = turn_row(
        trial, turn_of(row), experiment_id=id_here, run_id=row.run_id, parent_id=parent_of(folder_id, trial)
    )
    changed = [
        name
        for name in row.__struct_fields__
        if name not in ("responder_model", "arm") and getattr(row, name) != getattr(expected, name)
    ]
    changed += ["arm"] if (row.arm or TALK) != (trial.arm or TALK) else []
    if changed:
        reason = f"{', '.join(changed)}: not what the study makes of this turn"
        yield Mismatch(trial_id=trial.trial_id, turn_id=row.turn_id, reason=reason)


def _changed_texts(
    trial_id: str, turns: Sequence[Turn], content_hashes: Mapping[tuple[str, int], str]
) -> Iterator[Mismatch]:
    for turn in turns:
        known = content_hashes.get((trial_id, turn.turn_id))
        if known is not None and known != content_sha256(turn.content):
            reason = "the text is not the one that the journal vouches for"
            yield Mismatch(trial_id=trial_id, turn_id=turn.turn_id, reason=reason)


def long_enough(talk: Talk, length: int) -> Talk:
    """Return the talk with room for all the turns it has: the study may have been longer once."""
    if talk.procedure.num_turns < length:
        return replace(talk, procedure=talk.procedure.lengthened(length))
    return talk
