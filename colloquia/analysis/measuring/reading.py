"""The conversations of a run folder as measures see them: those that are planned, whole and over."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from colloquia import studies
from colloquia.analysis.measuring.transcript import Answer, Game, Said, Seat, Transcript
from colloquia.conversation.procedures.game import MatrixGame
from colloquia.conversation.schedule import Scheduled
from colloquia.design.plan import planned
from colloquia.errors import FolderError
from colloquia.logbook import contents, forks
from colloquia.logbook.record import experiment_id
from colloquia.providers.registry import default_view

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

    from colloquia.conversation.probes import AskedProbe
    from colloquia.conversation.transcript import Answer as Asked
    from colloquia.conversation.transcript import Turn
    from colloquia.design.trials import Trial
    from colloquia.logbook.folder import RunFolder
    from colloquia.logbook.holdings import Contents


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A conversation that can be measured."""

    experiment_id: str
    trial_id: str
    scenario: str
    trial: Trial
    """As it was planned."""
    transcript: Transcript


@dataclass(frozen=True, kw_only=True)
class Subjects:
    """The conversations of a run folder that can be measured, and why others cannot."""

    subjects: tuple[Subject, ...]
    left_out: Mapping[str, int]
    """How many conversations with turns are not measured, by reason."""
    sources: frozenset[str]
    """Where their turns come from: ``live``, ``embedded`` ..."""


def read(folder: RunFolder) -> Subjects:
    """Return the conversations of a run folder that can be measured, cell by cell in the order of iterations.

    Raises:
        FolderError: there is no log, or it cannot be read.
    """
    if not (folder.path / folder.log).is_file():
        raise FolderError(f"No log in {folder.path}: name the run folder of a study that was run.")
    found = contents.read(folder)
    held = [studies.parse(text) for text in found.studies]
    trials = planned(held, default_view, forks=forks.read(folder)) if held else ()
    found = forks.with_prefixes(found, trials)
    known = {trial.trial_id: trial for trial in trials}
    left_out: Counter[str] = Counter()
    kept = []
    for trial_id, turns in found.turns.items():
        reason = _objection(known.get(trial_id), turns, found)
        if reason:
            left_out[reason] += 1
        else:
            kept.append(known[trial_id])
    return Subjects(
        subjects=tuple(_subjects(kept, found)),
        left_out=left_out,
        sources=frozenset(turn.reply.source for trial in kept for turn in found.turns[trial.trial_id]),
    )


def _objection(trial: Trial | None, turns: Sequence[Turn], found: Contents) -> str | None:
    """Return why a conversation is not measured; None where it is."""
    if trial is None:
        return "no longer planned"
    if trial.trial_id in found.quarantined:
        return "damaged"
    is_over = turns[-1].ended_by or len(turns) >= trial.num_turns or trial.trial_id in found.failed
    return None if is_over else "not ended yet"


def _subjects(kept: Iterable[Trial], found: Contents) -> Iterable[Subject]:
    cells: dict[Hashable, list[tuple[Trial, Transcript]]] = defaultdict(list)
    for trial in sorted(kept, key=lambda trial: trial.iteration):
        is_failed = trial.trial_id in found.failed
        transcript = _transcript(trial, found.turns[trial.trial_id], is_failed=is_failed)
        answers = tuple(_answers(found.answers.get(trial.trial_id, {}).items()))
        cells[_cell(trial)].append((trial, replace(transcript, answers=answers)))
    for cell in cells.values():
        texts = [transcript.texts for _, transcript in cell]
        for place, (trial, transcript) in enumerate(cell):
            yield Subject(
                experiment_id=experiment_id(found.folder_id or "", trial.trial_id),
                trial_id=trial.trial_id,
                scenario=trial.scenario,
                trial=trial,
                transcript=replace(transcript, earlier=tuple(texts[:place]), later=tuple(texts[place + 1 :])),
            )


def _cell(trial: Trial) -> Hashable:
    seats = tuple((seat.role, seat.participant.name, seat.participant.slug) for seat in trial.talk.seats)
    left = (trial.branch.parent, trial.branch.turn, trial.branch.label) if trial.branch else None
    return (trial.scenario, seats, trial.opener, trial.arm, tuple(sorted(trial.factors.items())), left)


def _transcript(trial: Trial, turns: Sequence[Turn], *, is_failed: bool) -> Transcript:
    last = turns[-1].ended_by
    return Transcript(
        seats=tuple(Seat(role=seat.role, prompt=seat.prompt) for seat in trial.talk.seats),
        turns=tuple(map(_said, turns)),
        planned_turns=trial.num_turns,
        ended_by=last or ("length" if len(turns) >= trial.num_turns else None),
        is_failed=is_failed,
        game=_game(trial),
    )


def _answers(given: Iterable[tuple[AskedProbe, Asked]]) -> Iterator[Answer]:
    """Yield the answers to probes that ask for a number, in the order of turns; what could not be read has none."""
    for asked, answer in sorted(given, key=lambda pair: (pair[0].after_turn, pair[0].probe, pair[0].role)):
        if not isinstance(answer.value, str):
            yield Answer(probe=asked.probe, seat=asked.role, after_turn=asked.after_turn, value=answer.value)


def _game(trial: Trial) -> Game | None:
    procedure = trial.talk.procedure
    played = procedure.procedure if isinstance(procedure, Scheduled) else procedure
    if not isinstance(played, MatrixGame):
        return None
    payoffs = {row: {column: tuple(both) for column, both in by.items()} for row, by in played.payoffs.items()}
    return Game(options=tuple(payoffs), payoffs=payoffs)


def _said(turn: Turn) -> Said:
    return Said(
        turn_id=turn.turn_id,
        seat=turn.role,
        text=None if turn.is_struck else turn.content,
        latency_ms=turn.reply.latency_ms,
        first_token_ms=turn.reply.time_to_first_token_ms,
        output_tokens=turn.reply.usage.output_tokens,
        is_truncated=turn.reply.finish_reason == "length",
        is_refusal=turn.is_refusal,
        move=turn.move,
        round=turn.round,
    )
