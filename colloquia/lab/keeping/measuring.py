"""Measuring a run folder: what is missing is computed and written down, what is there is kept."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import groupby
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace as rewritten

from colloquia.analysis.judging.verdicts import of_turns
from colloquia.analysis.measuring import reading
from colloquia.analysis.measuring.embedding import embedding_for
from colloquia.analysis.measuring.registry import built_in, named
from colloquia.errors import DesignError
from colloquia.logbook import judgements, measurements
from colloquia.logbook.folder import RunFolder
from colloquia.logbook.measurements import Measurement, Number
from colloquia.logbook.outline import outline
from colloquia.logbook.record import timestamp
from colloquia.studies import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from colloquia.analysis.measuring.measure import Measure
    from colloquia.analysis.measuring.reading import Subject, Subjects
    from colloquia.analysis.measuring.transcript import Embedding, Transcript
    from colloquia.logbook.measurements import Measurements

GROUP = 500
"""So many measurements are written at once."""
_SOURCES: dict[str, Callable[[Transcript], bool]] = {
    "judge": lambda transcript: bool(transcript.labels),
    "probe": lambda transcript: bool(transcript.answers),
    "moves": lambda transcript: transcript.game is not None,
}
"""What tells whether a conversation has what a measure cannot do without."""


@dataclass(kw_only=True)
class Tally:
    """What came of one measure."""

    measure: Measure
    new: int = 0
    """Conversations it was computed for."""
    kept: int = 0
    """Conversations whose values were there."""
    without_source: int = 0
    """Conversations that have nothing for it to read."""
    numbers: int = 0
    """Values, new and kept."""
    missing: Counter[str] = field(default_factory=Counter)
    """How many of them have no number, by reason."""

    def take(self, found: Measurement) -> None:
        """Count the values of one conversation."""
        self.numbers += len(found.numbers)
        self.missing.update(number.reason for number in found.numbers if number.reason is not None)


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What measuring a run folder came to."""

    tallies: tuple[Tally, ...]
    conversations: int
    left_out: Mapping[str, int]
    """Conversations that are not measured, by reason."""
    embeddings: tuple[str, ...]
    """Ids and revisions of what told texts apart."""
    sources: frozenset[str]
    unreadable: int
    """Lines of ``measures.jsonl`` that are not what was written."""


def chosen(names: Iterable[str]) -> tuple[Measure, ...]:
    """Return the measures of these names, all that come with Colloquia where there is none.

    Whoever writes ``"file.py:NAME"`` on a command line wants that file to run, so no further word is asked for.

    Raises:
        DesignError: there is no such measure, or two have the same id.
    """
    found = tuple(named(name, allows_code=True) for name in dict.fromkeys(names)) or tuple(built_in().values())
    if len({measure.id for measure in found}) < len(found):
        raise DesignError("Two of the measures have the same id.")
    return found


def measure(
    folder: Path | str,
    measures: Sequence[Measure],
    *,
    on_progress: Callable[[int, int], None] | None = None,
    embed: Callable[[Iterable[str]], Embedding] = embedding_for,
) -> Measured:
    """Compute what is missing of ``measures`` for the conversations of a run folder, and write it down.

    Args:
        folder: The run folder.
        measures: Which; see :func:`chosen`.
        on_progress: Called with the conversations done, and all there are.
        embed: Makes the embedding of a scenario from all its texts.

    Raises:
        DesignError: a measure failed.
        FolderError: there is no log, or a file cannot be read.
        StorageError: the disk failed.
    """
    run_folder = RunFolder(Path(folder))
    found = _with_labels(reading.read(run_folder), run_folder)
    known = measurements.read(run_folder)
    tallies = {each.id: Tally(measure=each) for each in measures}
    embeddings: dict[str, None] = {}
    with _writing(run_folder) as take:
        for done, (subject, embedding) in enumerate(_embedded(found.subjects, measures, embed), start=1):
            if embedding is not None:
                embeddings[embedding.identity] = None
            take(_measured(subject, embedding, tallies.values(), known))
            if on_progress is not None:
                on_progress(done, len(found.subjects))
    return Measured(
        tallies=tuple(tallies.values()),
        conversations=len(found.subjects),
        left_out=found.left_out,
        embeddings=tuple(embeddings),
        sources=found.sources,
        unreadable=known.unreadable,
    )


def _with_labels(found: Subjects, folder: RunFolder) -> Subjects:
    """Return conversations with what judges said about their turns."""
    latest = outline(folder).studies[-1:]
    judges = parse(latest[0]).panels if latest else {}
    if not judges:
        return found
    lengths = {subject.experiment_id: len(subject.transcript.turns) for subject in found.subjects}
    said = of_turns(judgements.read(folder).by_key.values(), judges, lengths)
    subjects = tuple(
        replace(subject, transcript=replace(subject.transcript, labels=said.get(subject.experiment_id, {})))
        for subject in found.subjects
    )
    return replace(found, subjects=subjects)


@contextmanager
def _writing(folder: RunFolder) -> Iterator[Callable[[Iterable[Measurement]], None]]:
    """Give what takes measurements and writes them in groups; what is held at the end is written, come what may."""
    waiting: list[Measurement] = []

    def take(found: Iterable[Measurement]) -> None:
        waiting.extend(found)
        if len(waiting) >= GROUP:
            measurements.write(folder, waiting)
            waiting.clear()

    try:
        yield take
    finally:
        measurements.write(folder, waiting)


def _embedded(
    subjects: Sequence[Subject], measures: Sequence[Measure], embed: Callable[[Iterable[str]], Embedding]
) -> Iterator[tuple[Subject, Embedding | None]]:
    """Yield the subjects, scenario by scenario, with the embedding of theirs where a measure reads it."""
    if not any("embedding" in each.reads for each in measures):
        yield from ((subject, None) for subject in subjects)
        return
    for _, group in groupby(sorted(subjects, key=lambda subject: subject.scenario), lambda subject: subject.scenario):
        of_scenario = list(group)
        embedding = embed(text for subject in of_scenario for text in _texts(subject.transcript))
        for subject in of_scenario:
            yield replace(subject, transcript=replace(subject.transcript, embedding=embedding)), embedding


def _texts(transcript: Transcript) -> Iterator[str]:
    yield from (turn.text for turn in transcript.turns if turn.text)
    yield from (seat.prompt for seat in transcript.seats if seat.prompt)


def _measured(
    subject: Subject, embedding: Embedding | None, tallies: Iterable[Tally], known: Measurements
) -> Iterator[Measurement]:
    """Yield what is to be written for one conversation: what was computed, or is to be current again."""
    for tally in tallies:
        of = tally.measure
        if of.needs in _SOURCES and not _SOURCES[of.needs](subject.transcript):
            tally.without_source += 1
            continue
        key = of.key(subject.transcript)
        there = known.by_key.get((subject.experiment_id, key))
        if there is None:
            tally.new += 1
            there = _made(of, key, subject, embedding)
            yield there
        else:
            tally.kept += 1
            if known.current[subject.experiment_id, of.id].key != key:
                yield rewritten(there, at=_now())
        tally.take(there)


def _made(of: Measure, key: str, subject: Subject, embedding: Embedding | None) -> Measurement:
    try:
        values = of.values(subject.transcript)
    except DesignError as error:
        raise DesignError(f"{error} (conversation {subject.experiment_id})") from error
    return Measurement(
        at=_now(),
        experiment_id=subject.experiment_id,
        trial_id=subject.trial_id,
        num_turns=len(subject.transcript.turns),
        measure=of.id,
        version=of.version,
        params=dict(of.params),
        embedding=embedding.identity if embedding is not None and "embedding" in of.reads else None,
        key=key,
        numbers=tuple(
            Number(
                value.variable, value.seat, value.turn_id, value.value if isfinite(value.value) else None, value.reason
            )
            for value in values
        ),
    )


def _now() -> str:
    return timestamp(datetime.now(UTC))
