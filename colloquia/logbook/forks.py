"""``forks.jsonl``: forks that were asked for in a run folder; together with its study they are its plan."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace as replaced
from itertools import chain
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from colloquia.design.forking import Fork, Unfolded
from colloquia.logbook.contents import rows_of
from colloquia.logbook.jsonl import append
from colloquia.logbook.lines import lines
from colloquia.logbook.places import ByTrial
from colloquia.logbook.record import SCHEMA, DamagedLine, Version, decode, experiment_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from colloquia.conversation.probes import AskedProbe
    from colloquia.conversation.transcript import Answer
    from colloquia.design.trial import Branch, Trial
    from colloquia.logbook.answers import AnswerRow
    from colloquia.logbook.arms import Row
    from colloquia.logbook.folder import RunFolder
    from colloquia.logbook.holdings import Contents
    from colloquia.logbook.record import TurnRow


class ForkAsked(msgspec.Struct, kw_only=True, frozen=True):
    """A fork that was asked for."""

    at: str
    """UTC, ISO 8601."""
    fork: Fork
    schema: Version = SCHEMA


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
    append(folder, folder.forks, asked)


def with_prefixes(found: Contents, trials: Iterable[Trial]) -> Contents:
    """Return what a folder holds with the turns and the answers that forks share with their parents."""
    planned = list(trials)
    if not any(trial.branch for trial in planned):
        return found
    branches = {trial.trial_id: trial.branch for trial in planned if trial.branch}

    def answers(trial_id: str) -> Mapping[AskedProbe, Answer]:
        own = found.answers.get(trial_id, {})
        if (branch := branches.get(trial_id)) is None:
            return own
        shared = answers(branch.parent)
        return {**{asked: answer for asked, answer in shared.items() if asked.after_turn < branch.turn}, **own}

    known = dict.fromkeys((*found.answers, *branches))
    return replaced(found, turns=Unfolded(planned, found.turns), answers=ByTrial(known, answers))


def unfolded(
    rows: Iterable[TurnRow], folder: RunFolder, found: Contents, trials: Mapping[str, Trial]
) -> Iterator[TurnRow]:
    """Yield the rows of the log with those that a fork shares before its own, under its own ids.

    What the parent's turns took stays with the parent: tokens, cost and times of a shared row are unknown. The parent's
    rows are read anew for each of its forks.

    Args:
        rows: The rows of the log.
        folder: The run folder.
        found: What it holds.
        trials: The plan, by trial id.
    """
    branches = {trial_id: trial.branch for trial_id, trial in trials.items() if trial.branch}

    def shared(trial_id: str) -> Iterator[TurnRow]:
        branch = branches.get(trial_id)
        if branch is not None and found.folder_id is not None:
            before = chain(shared(branch.parent), rows_of(folder, found, branch.parent))
            yield from _shared(trials[trial_id], branch, before, found.folder_id)

    begun: set[str] = set()
    for row in rows:
        if row.trial_id in branches and row.trial_id not in begun:
            begun.add(row.trial_id)
            yield from shared(row.trial_id)
        yield row


def heard(branch: Branch, rows: Iterable[TurnRow]) -> Iterator[TurnRow]:
    """Yield the rows of a parent that a fork shares, as they are heard in it; what they took stays with the parent."""
    for row in sorted(rows, key=lambda row: row.turn_id)[: branch.turn]:
        text = branch.text if row.turn_id == branch.edited else row.content
        yield replace(row, content=text, **dict.fromkeys(_SPENT))


def _shared(trial: Trial, branch: Branch, rows: Iterable[TurnRow], folder_id: str) -> Iterator[TurnRow]:
    for row in heard(branch, rows):
        yield replace(
            _as_of(trial, row, folder_id),
            parent_id=experiment_id(folder_id, branch.parent),
            forked_at=branch.turn,
        )


def unfolded_answers(rows: Iterable[AnswerRow], trials: Mapping[str, Trial], found: Contents) -> Iterator[AnswerRow]:
    """Yield the answers to probes, and then those that forks share with their parents, under the forks' own ids.

    Of a fork that has begun, that is. They come last because a parent may have been asked later than its fork: a
    probe can be added to both.

    Args:
        rows: The answers on file, in their order.
        trials: The plan by trial id, parents before their forks.
        found: What the folder holds, shared turns included.
    """
    forks = {trial_id: trial.branch for trial_id, trial in trials.items() if trial.branch}
    kept: dict[str, list[AnswerRow]] = {branch.parent: [] for branch in forks.values()}
    for row in rows:
        kept.get(row.trial_id, []).append(row)
        yield row
    for trial_id, branch in forks.items():
        if found.folder_id is not None and len(found.turns.get(trial_id, ())) > branch.turn:
            before = [row for row in kept[branch.parent] if row.after_turn < branch.turn]
            shared = [_as_of(trials[trial_id], row, found.folder_id) for row in before]
            kept.get(trial_id, []).extend(shared)
            yield from shared


def _as_of(trial: Trial, row: Row, folder_id: str) -> Row:
    """Return a row of a parent under the ids of its fork; what it took stays with the parent."""
    ours = {"experiment_id": experiment_id(folder_id, trial.trial_id), "trial_id": trial.trial_id}
    return replace(row, **ours, iteration=trial.iteration, **dict.fromkeys(_SPENT))


_SPENT = (
    "latency_ms", "input_tokens", "output_tokens", "time_to_first_token_ms", "cost_usd", "cached_tokens",
    "reasoning_tokens", "saved_usd",
)  # fmt: skip
