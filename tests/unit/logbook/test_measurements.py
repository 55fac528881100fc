"""Measurements: every line stands, the last of a measure is the current one, and damage is passed over."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from unit.logbook.disks import FaultyDisk

from colloquia.errors import FolderError, StorageError
from colloquia.logbook.folder import RunFolder
from colloquia.logbook.measurements import Measurement, Number, read, write

if TYPE_CHECKING:
    from pathlib import Path


def measurement(value: float | None = 0.5, **known: object) -> Measurement:
    """Return what a measure says about a conversation."""
    words = {
        "at": "2026-01-01T00:00:00.000Z", "experiment_id": "talk-1", "trial_id": "trial-1", "num_turns": 4,
        "measure": "loops", "version": 1, "params": {"back": 6}, "embedding": None, "key": "k1",
        "numbers": (Number("share", "A", None, value, None if value is not None else "nothing said"),),
    }  # fmt: skip
    return Measurement(**{**words, **known})


def test_without_a_file_there_are_no_measurements(folder: RunFolder) -> None:
    """Reading makes none."""
    found = read(folder)

    assert (found.current, found.by_key, found.unreadable) == ({}, {}, 0)
    assert not (folder.path / folder.measures).exists()


def test_a_measurement_is_read_back_as_it_was_written(folder: RunFolder) -> None:
    """Numbers to the last digit, reasons, odd characters, and what is not known."""
    given = measurement(
        numbers=(
            Number("share", "A", 3, 0.1 + 0.2, None),
            Number("gini", None, None, None, 'a "reason" \u2028 with\nsigns'),
            Number("small", "\u00df", None, 5e-324, None),
        ),
        embedding="wordllama 1",
    )

    write(folder, [given])

    assert list(read(folder).current.values()) == [given]


def test_a_value_knows_its_unit() -> None:
    """As the one that was computed did."""
    units = [Number("x", seat, turn, 1.0, None).unit for seat, turn in ((None, None), ("A", None), ("A", 2))]

    assert units == ["conversation", "seat", "turn"]


def test_the_last_line_of_a_measure_is_current_and_the_others_stay(folder: RunFolder) -> None:
    """A changed measure stands beside the old one."""
    old, new = measurement(0.5), measurement(0.7, version=2, key="k2")
    other = measurement(0.1, experiment_id="talk-2")

    write(folder, [old, other])
    write(folder, [new])

    found = read(folder)
    assert found.current == {("talk-1", "loops"): new, ("talk-2", "loops"): other}
    assert found.by_key["talk-1", "k1"] == old
    assert len((folder.path / folder.measures).read_bytes().splitlines()) == 3


def test_nothing_to_write_makes_no_file(folder: RunFolder) -> None:
    """Measuring again where nothing changed touches nothing."""
    write(folder, [])

    assert not (folder.path / folder.measures).exists()


def test_a_torn_line_costs_only_itself(folder: RunFolder) -> None:
    """What was being written when the machine died is lost; the next stands on a line of its own."""
    write(folder, [measurement()])
    path = folder.path / folder.measures
    path.write_bytes(path.read_bytes() + b'{"at":"2026-01-01T00:')

    assert read(folder).unreadable == 0
    write(folder, [measurement(experiment_id="talk-2")])

    found = read(folder)
    assert [each.experiment_id for each in found.current.values()] == ["talk-1", "talk-2"]
    assert found.unreadable == 1


@pytest.mark.parametrize("place", [0, 12, 60, -12])
def test_a_changed_byte_is_noticed(folder: RunFolder, place: int) -> None:
    """A line that is not what was written counts for nothing, and is counted."""
    write(folder, [measurement(), measurement(experiment_id="talk-2")])
    path = folder.path / folder.measures
    data = bytearray(path.read_bytes())
    end = data.index(b"\n")
    data[place if place >= 0 else end + place] ^= 1
    path.write_bytes(bytes(data))

    found = read(folder)

    assert [each.experiment_id for each in found.current.values()] == ["talk-2"]
    assert found.unreadable == 1


def test_a_line_of_a_newer_colloquia_is_left_alone(folder: RunFolder) -> None:
    """What it means is not known here."""
    write(folder, [replace(measurement(), schema=99)])

    found = read(folder)

    assert found.current == {}
    assert found.unreadable == 1


def test_the_log_is_never_touched(folder: RunFolder) -> None:
    """Measures are beside the data, not in it."""
    write(folder, [measurement()])

    assert [path.name for path in folder.path.iterdir()] == [folder.measures]


@pytest.mark.parametrize("when", ["before", "half", "after"])
def test_whichever_call_of_the_disk_fails_it_is_said_and_the_next_write_is_whole(tmp_path: Path, when: str) -> None:
    """A half-written line costs itself alone."""
    second, failures = measurement(experiment_id="talk-2"), 0
    for fail_at in range(1, 40):
        place = tmp_path / str(fail_at)
        write(RunFolder(place), [measurement(experiment_id="talk-0")])
        disk = FaultyDisk(fail_at, when)

        with suppress(StorageError, FolderError):
            write(RunFolder(place, disk), [measurement()])
        failures += disk.has_failed
        write(RunFolder(place), [second])

        found = read(RunFolder(place))
        assert found.current["talk-0", "loops"].key == "k1"
        assert found.current["talk-2", "loops"] == second
        assert found.unreadable <= 1
    assert 0 < failures < 39


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    """As everywhere in the logbook."""
    folder = RunFolder(tmp_path / "data", FaultyDisk(1, "before", is_broken_for_good=True))

    with pytest.raises(StorageError, match="No space left"):
        write(folder, [measurement()])
