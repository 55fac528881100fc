"""Run folders to measure: a study of seats, and what they said, written as a run would have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from builders import plan
from doors import toml

from colloquia.conversation.chat_model import Reply, Usage
from colloquia.conversation.transcript import Turn
from colloquia.logbook.entries import FolderMade, RunStarted, TrialFailed
from colloquia.logbook.folder import RunFolder
from colloquia.logbook.record import encode, experiment_id
from colloquia.logbook.turn_rows import turn_row

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from colloquia.design.trials import Trial

FOLDER_ID = "6f1c0d3e-9a6b-4f0e-8a55-0d1f2b3c4d5e"
AT = "2026-11-22T12:00:00.000Z"
STUDY: dict[str, Any] = {
    "models": {"gpt": "openai/gpt", "claude": "anthropic/claude"},
    "scenarios": {"rent": {"landlord": "You want to raise the rent.", "tenant": "You want no raise."}},
    "num_turns": 4,
    "iterations": 2,
    "pairing": "distinct",
}
"""Two models in two roles, both ways round, twice: four conversations of four turns."""
LINES = (
    "The rent rises by eight per cent.",
    "Is that fair? I have lived here for nine years.",
    "Everything costs more, I am sorry.",
    "Then repair the roof first.",
)


def said(trial: Trial) -> list[str]:
    """Return four lines that differ between conversations."""
    first = trial.talk.seats[0].participant.name
    return [f"{line} {first} {trial.iteration}." for line in LINES]


def write_run(
    path: Path,
    saying: Callable[[Trial], Sequence[str | None]] = said,
    *,
    failed: Callable[[Trial], bool] = lambda _trial: False,
    **words: Any,
) -> RunFolder:
    """Write a run folder in which every planned conversation has the turns that ``saying`` gives.

    Args:
        path: Where.
        saying: The lines of a trial, its seats speaking in turn.
        failed: Which conversations could not go on.
        words: Words of the study.
    """
    study = {**STUDY, **words}
    trials = plan(**study)
    folder = RunFolder(path)
    folder.make()
    rows = [
        turn_row(trial, turn, experiment_id=experiment_id(FOLDER_ID, trial.trial_id), run_id="run-1")
        for trial in trials
        for turn in _turns(trial, saying(trial))
    ]
    failures = [
        TrialFailed(
            at=AT, run_id="run-1", trial_id=trial.trial_id, turn_id=9, fault="stop_trial", stage="status", message=""
        )
        for trial in trials
        if failed(trial)
    ]
    started = RunStarted(at=AT, run_id="run-1", study=toml(study), versions={}, command="run", planned={})
    journal = [FolderMade(at=AT, folder_id=FOLDER_ID), started, *failures]
    (folder.path / folder.log).write_bytes(b"".join(map(encode, rows)))
    (folder.path / folder.journal).write_bytes(b"".join(map(encode, journal)))
    return folder


def _turns(trial: Trial, lines: Sequence[str | None]) -> list[Turn]:
    roles = [seat.role for seat in trial.talk.seats]
    return [
        Turn(
            turn_id=number,
            role=roles[(number - 1) % len(roles)],
            reply=Reply(
                content=line,
                source="live",
                finish_reason="length" if number == 1 else "stop",
                latency_ms=1000.0,
                time_to_first_token_ms=500.0,
                usage=Usage(output_tokens=20),
            ),
            request_sha256="ab" * 32,
        )
        for number, line in enumerate(lines, start=1)
    ]
