"""Turns as they are streamed into files, and as they are loaded, are what stands in the log."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zlib import crc32

import pandas as pd
import pyarrow as pa
import pytest
from msgspec.structs import replace
from pyarrow.parquet import ParquetFile
from unit.logbook.samples import AT, FOLDER_ID, turn_number

from colloquia import load, studies
from colloquia.analysis.codebook import codebook
from colloquia.analysis.extracting import extract, extract_parts
from colloquia.analysis.harvest import PART, Harvest, harvest
from colloquia.analysis.turn_stream import TurnStream
from colloquia.design.study import Experiment
from colloquia.design.trials import trials
from colloquia.lab.keeping.exporting import export_as
from colloquia.logbook.entries import FolderMade, RunStarted
from colloquia.logbook.folder import RunFolder
from colloquia.logbook.record import encode, experiment_id
from colloquia.logbook.turn_rows import turn_row
from colloquia.providers.registry import default_view

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from colloquia.analysis.turn_columns import Cells
    from colloquia.design.trials import Trial
    from colloquia.logbook.record import TurnRow

STUDY: dict[str, Any] = {
    "models": {"ada": "scripted:echo", "bob": "scripted:always Yes."},
    "pairing": [["ada", "bob"]],
    "scenarios": {
        "market": {"buyer": "You buy.", "seller": "You sell."},
        "court": {"judge": "You judge.", "other": "You ask."},
    },
    "num_turns": 4,
    "iterations": 2,
}
TONES: dict[str, Any] = {
    "scenarios": {**STUDY["scenarios"], "market": {"buyer": "You buy, {tone}.", "seller": "You sell."}},
    "factors": {"tone": {"NA": "warm", "007": "cold"}},
}
TEXTS = ("NA", "007", "", 'a "quote", a comma', "two\r\nlines\u2028end", "日本語 🙂", "\0", None)


def planned(**words: Any) -> tuple[Trial, ...]:
    """Return the conversations of the study."""
    return trials(Experiment.from_words({**STUDY, **words}), default_view)


def rows_of(trial: Trial, texts: Iterable[str | None] = TEXTS[:4]) -> list[TurnRow]:
    """Return turns of a conversation."""
    roles = [seat.role for seat in trial.talk.seats]
    return [
        turn_row(
            trial,
            replace(turn_number(number, text), role=roles[number % 2]),
            experiment_id=experiment_id(FOLDER_ID, trial.trial_id),
            run_id="run-1",
        )
        for number, text in enumerate(texts, start=1)
    ]


def filled(path: Path, lines: Iterable[bytes], *runs: dict[str, Any]) -> RunFolder:
    """Return a run folder with these lines in its log, and these studies run in it one after the other."""
    folder = RunFolder(path)
    folder.make()
    begun = [
        RunStarted(
            at=AT, run_id=f"run-{number}", study=studies.frozen(Experiment.from_words({**STUDY, **words})), versions={},
            command="run", planned={},
        )
        for number, words in enumerate(runs or ({},), start=1)
    ]  # fmt: skip
    made = FolderMade(at=AT, folder_id=FOLDER_ID)
    (path / folder.journal).write_bytes(b"".join(map(encode, [made, *begun])))
    (path / folder.log).write_bytes(b"".join(lines))
    return folder


def read_apart(folder: RunFolder) -> list[dict[str, Any]]:
    """Return what stands in the log, read with nothing of ours: the first whole line of each turn."""
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for line in (folder.path / folder.log).read_bytes().split(b"\n")[:-1]:
        body, _, seal = line.rpartition(b',"crc32":')
        if seal == b'"%08x"}' % crc32(body):
            row = json.loads(line)
            row.pop("crc32")
            found.setdefault((row["trial_id"], row["turn_id"]), {**row.pop("factors"), **row})
    return [{name: value for name, value in row.items() if value is not None} for row in found.values()]


def as_json(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a frame of turns as lines of a log have it, what is unknown left out."""
    times = frame["timestamp"].dt.strftime("%Y-%m-%dT%H:%M:%S.%f").str.slice(stop=-3) + "Z"
    rows = frame.drop(columns=["is_planned"]).assign(timestamp=times).astype(object).to_dict("records")
    return [{str(name): value for name, value in row.items() if not pd.isna(value)} for row in rows]


def hurt(lines: list[bytes]) -> list[bytes]:
    """Return lines of a log of which one was changed, one cut, one stands twice, and the last has no end."""
    changed, cut = lines[1].replace(b"run-1", b"run-2"), lines[4][:99] + b"\n"
    return [lines[0], changed, *lines[2:4], cut, *lines[5:], b"nonsense\n", lines[2], lines[0][:-1]]


@pytest.mark.parametrize("damaged", [False, True])
@pytest.mark.parametrize("words", [{}, TONES], ids=["plain", "factors"])
def test_turns_are_what_stands_in_the_log(tmp_path: Path, words: dict[str, Any], *, damaged: bool) -> None:
    """Loaded or streamed: whatever texts hold, with damaged and repeated lines left out."""
    lines = [encode(row) for trial in planned(**words) for row in rows_of(trial, TEXTS)]
    folder = filled(tmp_path / "data", hurt(lines) if damaged else lines, words)

    turns = load(folder.path).turns
    export_as(folder.path, "parquet", out=tmp_path / "export")

    assert as_json(turns) == read_apart(folder)
    assert len(turns) == len(lines) - 2 * damaged
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "export" / "turns.parquet"), turns)


@pytest.mark.parametrize("everything", [False, True])
def test_columns_are_the_same_whatever_is_known_beforehand(tmp_path: Path, *, everything: bool) -> None:
    """Factors of one scenario only, and of a study that no longer counts, are columns from the first part on."""
    now, before = {"seed": 4}, {**TONES, "seed": 3}
    lines = [encode(row) for trial in (*planned(**now), *planned(**before)) for row in rows_of(trial)]
    folder = filled(tmp_path / "data", lines, before, now)

    export_as(folder.path, "parquet", out=tmp_path / "export", everything=everything)

    turns = load(folder.path, everything=everything).turns
    assert ("tone" in turns) == everything
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "export" / "turns.parquet"), turns)


@pytest.mark.parametrize("words", [{}, TONES], ids=["plain", "factors"])
def test_turns_alone_are_those_beside_other_tables(tmp_path: Path, words: dict[str, Any]) -> None:
    """Whether conversations are counted or not, damaged and repeated lines are left out, and columns agree."""
    lines = [encode(row) for trial in planned(**words) for row in rows_of(trial, TEXTS)]
    folder = filled(tmp_path / "data", hurt(lines), words)

    alone = export_as(folder.path, "parquet", only=["turns"], out=tmp_path / "alone")
    (beside, *_) = export_as(folder.path, "parquet", out=tmp_path / "beside")

    assert alone == (tmp_path / "alone" / "turns.parquet",)
    assert alone[0].read_bytes() == beside.read_bytes()


def test_who_asks_for_other_tables_after_all_gets_them(tmp_path: Path) -> None:
    """Conversations that were not counted as turns went by are counted then."""
    folder = filled(tmp_path / "data", [encode(row) for trial in planned() for row in rows_of(trial)])
    alone, beside = (
        TurnStream(harvest=harvest(folder, everything=False, allow_code=False), is_alone=is_alone)
        for is_alone in (True, False)
    )

    assert list(alone.tables()) == list(beside.tables())
    pd.testing.assert_frame_equal(alone.frames.conversations, beside.frames.conversations)


def test_large_texts_are_written_group_by_group(tmp_path: Path) -> None:
    """So that neither who writes nor who reads needs to hold all of them."""
    trial = planned()[0]
    folder = filled(tmp_path / "data", map(encode, rows_of(trial, ["long " * 10_000] * 1_100)))

    (turns, *_) = export_as(folder.path, "parquet", out=tmp_path)

    file = ParquetFile(turns)
    assert file.metadata.num_row_groups > 1
    assert max(file.metadata.row_group(number).num_rows for number in range(file.metadata.num_row_groups)) < 1_100
    assert file.metadata.num_rows == 1_100


@dataclass(frozen=True, kw_only=True)
class _Watched(Harvest):
    """A run folder whose every part is handed out with a look at what columns take up by then."""

    bytes_before: list[int] = field(default_factory=list)

    def parts(self, *, counts: bool = True) -> Iterator[Cells]:
        return map(self._watched, super().parts(counts=counts))

    def _watched(self, part: Cells) -> Cells:
        self.bytes_before.append(pa.system_memory_pool().bytes_allocated())
        return part


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_no_group_is_held_while_the_next_is_made(tmp_path: Path, form: str) -> None:
    """It is made in the memory of the one before: as the second and the third are begun, no other columns are left."""
    trial = planned()[0]
    folder = filled(tmp_path / "data", map(encode, rows_of(trial, ["long " * 7_000] * (2 * PART + 1))))
    read = harvest(folder, everything=False, allow_code=False)
    watched = _Watched(**{each.name: getattr(read, each.name) for each in fields(read)})

    extract_parts(TurnStream(harvest=watched, is_alone=True).tables(), form, BytesIO())

    first, *later = watched.bytes_before
    assert len(later) == 2
    assert max(later) - first < 1 << 20


def test_what_columns_lack_is_counted_as_they_go_by(tmp_path: Path) -> None:
    """The codebook of a stream is that of the frames, also without the texts."""
    lines = [encode(row) for trial in planned(**TONES) for row in rows_of(trial, TEXTS)]
    folder = filled(tmp_path / "data", lines, TONES)

    stream = TurnStream(harvest=harvest(folder, everything=False, allow_code=False))
    parts = list(stream.tables(without=("content",)))

    assert "content" not in parts[0].column_names
    assert stream.sources == {"live"}
    pd.testing.assert_frame_equal(codebook(stream.frames, stream.missing), codebook(load(folder.path)))


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_a_study_that_nobody_began_has_no_file_of_turns(tmp_path: Path, form: str) -> None:
    """Its conversations are there, none of them begun, and no half-made file is left."""
    folder = filled(tmp_path / "data", [])

    written = export_as(folder.path, form, out=tmp_path / "export")

    assert [path.name for path in written] == [f"{name}.{form}" for name in ("conversations", "cells", "codebook")]
    assert sorted(written) == sorted((tmp_path / "export").iterdir())


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_lines_are_those_of_the_whole_frame(tmp_path: Path, form: str) -> None:
    """One head, and then every turn, however many parts they came in."""
    trial = planned()[0]
    folder = filled(tmp_path / "data", map(encode, rows_of(trial, ["long " * 10_000] * 1_100)))

    (turns, *_) = export_as(folder.path, form, out=tmp_path)

    assert turns.read_bytes() == extract(load(folder.path).turns, form)


def test_what_seldom_repeats_is_written_as_it_is(tmp_path: Path) -> None:
    """Parquet keeps cells that repeat once each, and no least and greatest text."""
    folder = filled(tmp_path / "data", [encode(row) for trial in planned() for row in rows_of(trial)])

    (turns, *_) = export_as(folder.path, "parquet", out=tmp_path)

    group = ParquetFile(turns).metadata.row_group(0)
    columns = {group.column(number).path_in_schema: group.column(number) for number in range(group.num_columns)}
    repeating = {name for name, column in columns.items() if "RLE_DICTIONARY" in column.encodings}
    assert {"scenario", "speaker_model", "run_id", "turn_id", "timestamp"} <= repeating
    assert not {"content", "reasoning", "request_sha256", "generation_id", "latency_ms", "cost_usd"} & repeating
    assert columns["turn_id"].is_stats_set
    assert columns["timestamp"].is_stats_set
    assert not columns["content"].is_stats_set
    assert not columns["trial_id"].is_stats_set


def test_a_part_holds_planned_turns_alone_and_is_full(tmp_path: Path) -> None:
    """However many turns between them are no longer planned, no part is smaller for it but the last."""
    now, before = {"seed": 4}, {"seed": 3}
    old, new = ([encode(row) for row in rows_of(planned(**words)[0], ["Hi."] * PART)] for words in (before, now))
    folder = filled(tmp_path / "data", [line for pair in zip(old, new, strict=True) for line in pair], before, now)

    found = {
        everything: [len(part["turn_id"]) for part in harvest(folder, everything=everything, allow_code=False).parts()]
        for everything in (False, True)
    }

    assert found == {False: [PART], True: [PART, PART]}


def test_conversations_begin_at_times_of_any_form(tmp_path: Path) -> None:
    """A log may hold any time of ISO 8601; one conversation's may be written in another than the next one's."""
    forms = ("2026-11-22T12:00:00.000Z", "2026-11-22T12:00:00Z", "20261122T130000+0100", "2026-11-22T12:00:00")
    begun = [replace(rows_of(trial)[0], timestamp=form) for trial, form in zip(planned(), forms, strict=False)]

    found = load(filled(tmp_path, map(encode, begun), STUDY).path).conversations["first_timestamp"]

    assert found.tolist() == [pd.Timestamp("2026-11-22 12:00:00", tz="UTC")] * len(begun)
