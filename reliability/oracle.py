"""What must be true of a run folder, asked of its files; each question is answered with what is not."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import msgspec

from colloquia.errors import ColloquiaError, FolderError, StorageError
from colloquia.logbook import contents
from colloquia.logbook.check import check
from colloquia.logbook.entries import AttemptStarted, decode_entry
from colloquia.logbook.lines import lines
from colloquia.logbook.record import DamagedLine
from colloquia.running.verifying import verify

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from colloquia.design.trials import Trial
    from colloquia.logbook.folder import RunFolder
    from colloquia.logbook.holdings import Contents
    from reliability.stage import Held, Key

Transcripts = dict[str, list[tuple[int, str, str | None]]]
"""Turn, role and text of each conversation, by trial id."""


def transcripts(found: Contents) -> Transcripts:
    """Return what was said."""
    return {
        trial_id: [(turn.turn_id, turn.role, turn.content) for turn in turns] for trial_id, turns in found.turns.items()
    }


def whole_lines(folder: RunFolder) -> bytes:
    """Return the log up to its last line end."""
    with folder.reading(folder.log) as file:
        data = file.read()
    return data[: data.rfind(b"\n") + 1]


def badly_ended(held: Held) -> Iterator[str]:
    """Yield what is wrong with how a run on a failing disk ended; it may have made the failure good."""
    error, summary = held.error, held.summary
    if error is not None and type(error) not in (StorageError, FolderError):
        yield f"the run ended with {_named(error)}"
    if summary is not None and summary.exit_code != 0:
        yield f"the run ended with code {summary.exit_code}: {summary.message or dict(summary.progress.failures)}"
    yield from (f"a traceback would be printed: {text}" for text in held.tracebacks)


def lost(folder: RunFolder, acknowledged: Mapping[Key, str | None]) -> Iterator[str]:
    """Yield the turns that were reported as done and are not in the log, or are there with another text."""
    found = contents.read(folder)
    said = {(trial_id, turn_id): text for trial_id, turns in transcripts(found).items() for turn_id, _, text in turns}
    for key, text in acknowledged.items():
        if key not in said:
            yield f"turn {key[1]} of {key[0]} was reported as done and is lost"
        elif said[key] != text:
            yield f"turn {key[1]} of {key[0]} has another text than the one reported as done"
    yield from (f"after the failure: {damage}" for damage in found.damage)


def unlisted(folder: RunFolder, asked: Iterable[Key]) -> Iterator[str]:
    """Yield the turns that somebody was called for without a word in the journal."""
    listed = set()
    for line in lines(folder, folder.journal):
        try:
            entry = None if line.is_torn else decode_entry(line.data)
        except DamagedLine:
            continue
        if isinstance(entry, AttemptStarted):
            listed.add((entry.trial_id, entry.turn_id))
    yield from (f"the call for turn {key[1]} of {key[0]} is not in the journal" for key in sorted(set(asked) - listed))


def unfinished(folder: RunFolder, held: Held, trials: Iterable[Trial], expected: Transcripts) -> Iterator[str]:
    """Yield what keeps the last run of a folder from being a whole and sound one."""
    if held.error is not None:
        yield f"the last run ended with {_named(held.error)}"
        return
    if held.summary is not None and held.summary.exit_code != 0:
        yield f"the last run ended with code {held.summary.exit_code}: {held.summary.message}"
    findings, found = check(folder), contents.read(folder)
    has_written = held.summary is None or bool(held.summary.plan.difference.work)  # else it leaves a torn end alone
    if findings.is_damaged or (findings.torn and has_written) or findings.superseded or findings.quarantined:
        yield f"check: {' '.join(findings.messages)}"
    if transcripts(found) != expected:
        yield "the turns are not those that were planned, each once and in order"
    verified = verify(
        {trial.trial_id: trial for trial in trials},
        contents.rows(folder),
        folder_id=found.folder_id,
        content_hashes=found.content_hashes,
    )
    yield from (f"verify: {mismatch}" for mismatch in verified.mismatches)
    yield from _stale_table(folder, expected)
    yield from _wrong_last_word(folder, found)
    yield from (f"a traceback would be printed: {text}" for text in held.tracebacks)


def _stale_table(folder: RunFolder, expected: Transcripts) -> Iterator[str]:
    with folder.reading(folder.turns_csv) as file:
        table = csv.DictReader(io.StringIO(file.read().decode(), newline=""))
        written: Transcripts = {}
        for row in table:
            turn = (int(row["turn_id"]), row["speaker_role"], row["content"])
            written.setdefault(row["trial_id"], []).append(turn)
    if {trial_id: sorted(turns) for trial_id, turns in written.items()} != expected:
        yield "experiment_log.csv is not made of the log"


def _wrong_last_word(folder: RunFolder, found: Contents) -> Iterator[str]:
    """Only where the end of that run is in the journal: a run with nothing to do leaves the words of the one before.

    So none may be there, where the power was cut before its name was durable; what is there can be read.
    """
    if folder.disk.is_dir(folder.path / folder.state) is None:
        return
    with folder.reading(folder.state) as file:
        try:
            state = msgspec.json.decode(file.read(), type=dict[str, Any])
        except msgspec.DecodeError as error:
            yield f"state.json cannot be read: {error}"
            return
    if found.ends and state["run_id"] == found.ends[-1].run_id and state["status"] != "finished":
        yield f"state.json says {state['status']} of a run that finished"


def _named(error: BaseException) -> str:
    is_meant = isinstance(error, ColloquiaError)
    return f"{type(error).__name__}: {error}" if is_meant else f"a traceback, {type(error).__name__}: {error}"
