"""The conversations of a run folder as measures see them: which, in which cells, and with what in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from measurable import LINES, said, write_run

from colloquia.analysis.measuring.reading import read
from colloquia.errors import FolderError
from colloquia.logbook.folder import RunFolder

if TYPE_CHECKING:
    from pathlib import Path

    from colloquia.design.trials import Trial


def test_every_whole_conversation_is_a_subject(tmp_path: Path) -> None:
    """With its seats, prompts, texts, times and how it ended."""
    found = read(write_run(tmp_path))

    assert len(found.subjects) == 4
    first = found.subjects[0].transcript
    assert first.roles == ("landlord", "tenant")
    assert [seat.prompt for seat in first.seats] == ["You want to raise the rent.", "You want no raise."]
    assert [(turn.seat, (turn.text or "")[:8]) for turn in first.turns] == [
        ("landlord", LINES[0][:8]),
        ("tenant", LINES[1][:8]),
        ("landlord", LINES[2][:8]),
        ("tenant", LINES[3][:8]),
    ]
    assert [turn.is_truncated for turn in first.turns] == [True, False, False, False]
    timing = [(turn.latency_ms, turn.first_token_ms, turn.output_tokens) for turn in first.turns]
    assert timing == [(1000.0, 500.0, 20)] * 4
    assert (first.planned_turns, first.ended_by, first.is_failed) == (4, "length", False)
    assert found.sources == {"live"}
    assert found.left_out == {}


def test_cells_are_conversations_of_the_same_seats(tmp_path: Path) -> None:
    """In the order of iterations, each with the others of its cell before and after it."""
    found = read(write_run(tmp_path, iterations=3))

    counts = [(len(one.transcript.earlier), len(one.transcript.later)) for one in found.subjects]

    assert sorted(counts) == [(0, 2), (0, 2), (1, 1), (1, 1), (2, 0), (2, 0)]
    for one in found.subjects:
        last = (one.transcript.turns[0].text or "").split()[-2]
        assert all(turns.turns[0][2].split()[-2] == last for turns in one.transcript.earlier)  # type: ignore[union-attr]


def test_a_conversation_that_goes_on_is_left_out(tmp_path: Path) -> None:
    """And counted; its values would be stale with the next turn."""

    def short(trial: Trial) -> list[str]:
        return said(trial)[:2] if trial.iteration == 2 else said(trial)

    found = read(write_run(tmp_path, short))

    assert len(found.subjects) == 2
    assert found.left_out == {"not ended yet": 2}


def test_a_conversation_that_failed_is_measured_as_far_as_it_came(tmp_path: Path) -> None:
    """How it ended is an outcome."""

    def short(trial: Trial) -> list[str]:
        return said(trial)[:2] if trial.iteration == 2 else said(trial)

    found = read(write_run(tmp_path, short, failed=lambda trial: trial.iteration == 2))

    failed = [one.transcript for one in found.subjects if one.transcript.is_failed]
    assert [(len(transcript.turns), transcript.ended_by) for transcript in failed] == [(2, None), (2, None)]


def test_a_conversation_that_is_no_longer_planned_is_left_out(tmp_path: Path) -> None:
    """As in every table."""
    folder = write_run(tmp_path)
    old = (folder.path / folder.log).read_bytes()
    write_run(tmp_path, iterations=1)
    (folder.path / folder.log).write_bytes(old)

    found = read(folder)

    assert len(found.subjects) == 2
    assert found.left_out == {"no longer planned": 2}


def test_a_conversation_with_a_missing_turn_is_left_out(tmp_path: Path) -> None:
    """Nobody knows what was said there."""
    folder = write_run(tmp_path)
    lines = (folder.path / folder.log).read_bytes().splitlines(keepends=True)
    (folder.path / folder.log).write_bytes(b"".join(lines[:1] + lines[2:]))

    found = read(folder)

    assert len(found.subjects) == 3
    assert found.left_out == {"damaged": 1}


def test_a_folder_without_a_log_is_refused(tmp_path: Path) -> None:
    """With what to name instead."""
    with pytest.raises(FolderError, match="No log in"):
        read(RunFolder(tmp_path / "nothing"))
