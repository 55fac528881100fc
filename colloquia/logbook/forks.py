"""``forks.jsonl``: forks that were asked for in a run folder; together with its study they are its plan."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace as replaced
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from colloquia.design.forking import Fork, unfolded
from colloquia.logbook.jsonl import lines
from colloquia.logbook.record import SCHEMA, DamagedLine, decode, encode, experiment_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from colloquia.design.trials import Trial
    from colloquia.logbook.contents import Contents
    from colloquia.logbook.folder import RunFolder
    from colloquia.logbook.record import TurnRow


class ForkAsked(msgspec.Struct, kw_only=True, frozen=True):
    """A fork that was asked for."""

    at: str
    """UTC, ISO 8601."""
    fork: Fork
    schema: int = SCHEMA


_asked = msgspec.json.Decoder(ForkAsked)


def read(folder: RunFolder) -> list[Fork]:
    """Return the forks that were asked for, in order; damaged lines are left out.

    Raises:
        FolderError: the file cannot be read.
    """
    found: list[Fork] = []
    for line in lines(folder, folder.forks):
        with suppress(DamagedLine):
            found.append(decode(line.data, _asked).fork)
    return found


def write(folder: RunFolder, asked: ForkAsked) -> None:
    """Append a fork, and return when it is on disk.

    Raises:
        StorageError: the disk failed.
    """
    file = folder.append(folder.forks)
    try:
        with folder.reading(folder.forks) as before:
            is_torn = not (before.read() or b"\n").endswith(b"\n")
        file.write(b"\n" * is_torn + encode(asked))
        file.sync()
    finally:
        file.close()


def with_prefixes(found: Contents, trials: Iterable[Trial]) -> Contents:
    """Return what a folder holds with the turns and the answers that forks share with their parents."""
    planned = list(trials)
    if not any(trial.branch for trial in planned):
        return found
    answers = {trial_id: dict(each) for trial_id, each in found.answers.items()}
    for trial in planned:
        if branch := trial.branch:
            shared = answers.get(branch.parent, {})
            before = {asked: answer for asked, answer in shared.items() if asked.after_turn < branch.turn}
            answers[trial.trial_id] = {**before, **answers.get(trial.trial_id, {})}
    return replaced(found, turns=unfolded(planned, found.turns), answers=answers)


def unfolded_rows(rows: Iterable[TurnRow], trials: Mapping[str, Trial], folder_id: str | None) -> Iterator[TurnRow]:
    """Yield the rows of the log with those that a fork shares before its own, under its own ids.

    What the parent's turns took stays with the parent: tokens, cost and times of a shared row are unknown.
    """
    parents = {trial.branch.parent for trial in trials.values() if trial.branch}
    kept: dict[str, list[TurnRow]] = {trial_id: [] for trial_id in parents}
    begun: set[str] = set()
    for row in rows:
        trial = trials.get(row.trial_id)
        if trial is not None and trial.branch is not None and row.trial_id not in begun:
            begun.add(row.trial_id)
            for shared in _shared(trial, kept.get(trial.branch.parent, ()), folder_id):
                kept.setdefault(row.trial_id, []).append(shared)
                yield shared
        if row.trial_id in parents:
            kept[row.trial_id].append(row)
        yield row


def _shared(trial: Trial, rows: Iterable[TurnRow], folder_id: str | None) -> Iterator[TurnRow]:
    branch = trial.branch
    if branch is None or folder_id is None:
        return
    for row in sorted(rows, key=lambda row: row.turn_id)[: branch.turn]:
        yield replace(
            row,
            experiment_id=experiment_id(folder_id, trial.trial_id),
            trial_id=trial.trial_id,
            iteration=trial.iteration,
            content=branch.text if row.turn_id == branch.edited else row.content,
            parent_id=experiment_id(folder_id, branch.parent),
            forked_at=branch.turn,
            **dict.fromkeys(_SPENT),
        )


_SPENT = (
    "latency_ms", "input_tokens", "output_tokens", "time_to_first_token_ms", "cost_usd", "cached_tokens",
    "reasoning_tokens", "saved_usd",
)  # fmt: skip
