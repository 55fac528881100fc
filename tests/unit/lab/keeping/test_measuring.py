"""Measuring a run folder: what is missing is computed once, what is there is kept, what changed stands beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from measurable import said, write_run

from colloquia.analysis.measuring.embedding import TfIdf
from colloquia.analysis.measuring.measure import Measure, Value
from colloquia.analysis.measuring.registry import built_in
from colloquia.errors import DesignError, FolderError
from colloquia.lab.keeping.measuring import chosen, measure
from colloquia.logbook import measurements
from colloquia.logbook.folder import RunFolder

OWN = Path(__file__).parents[3] / "data" / "measures" / "shouting.py"


def lines(path: Path) -> list[bytes]:
    """Return the lines of a folder's measurements."""
    return (path / RunFolder.measures).read_bytes().splitlines()


class Counting:
    """A measure's function that counts how often it is called."""

    def __init__(self, of: Measure) -> None:
        self.calls = 0
        self._of = of

    def __call__(self, transcript, params):  # noqa: ANN001, ANN204 (as the one it stands for)
        self.calls += 1
        return self._of.of(transcript, params)


def test_every_measure_is_computed_for_every_conversation(tmp_path: Path) -> None:
    """But those that need what the folder does not hold, which are counted."""
    write_run(tmp_path)

    found = measure(tmp_path, chosen([]))

    without = {tally.measure.id for tally in found.tallies if tally.without_source}
    assert without == {"stance_flips", "private_stance", "game_outcomes"}
    assert all(tally.new == (0 if tally.measure.id in without else 4) for tally in found.tallies)
    assert len(lines(tmp_path)) == 4 * 15
    assert found.conversations == 4


def test_measuring_again_writes_nothing_and_computes_nothing(tmp_path: Path) -> None:
    """Values are known by the hash of all their inputs."""
    write_run(tmp_path)
    counting = Counting(built_in()["loops"])
    counted = replace(built_in()["loops"], of=counting)
    measure(tmp_path, [counted])
    before = (tmp_path / RunFolder.measures).read_bytes()

    found = measure(tmp_path, [counted])

    assert counting.calls == 4
    assert (found.tallies[0].new, found.tallies[0].kept) == (0, 4)
    assert (tmp_path / RunFolder.measures).read_bytes() == before


def test_a_new_version_stands_beside_the_old_one(tmp_path: Path) -> None:
    """Both are readable, the new one is current."""
    folder = write_run(tmp_path)
    measure(tmp_path, chosen(["loops"]))

    measure(tmp_path, [replace(built_in()["loops"], version=2)])

    found = measurements.read(folder)
    assert {each.version for each in found.current.values()} == {2}
    assert sorted(each.version for each in found.by_key.values()) == [1] * 4 + [2] * 4


def test_what_was_current_before_is_current_again_without_computing(tmp_path: Path) -> None:
    """Whoever goes back to an old version sees its values, written again and not computed again."""
    folder = write_run(tmp_path)
    counting = Counting(built_in()["loops"])
    old = replace(built_in()["loops"], of=counting)
    measure(tmp_path, [old])
    measure(tmp_path, [replace(old, version=2)])
    calls = counting.calls

    found = measure(tmp_path, [old])

    assert counting.calls == calls
    assert found.tallies[0].kept == 4
    assert {each.version for each in measurements.read(folder).current.values()} == {1}


def test_a_conversation_that_grew_is_measured_anew_and_others_are_kept(tmp_path: Path) -> None:
    """A further iteration costs only itself, where the measure does not read the cell."""
    write_run(tmp_path, iterations=1)
    measure(tmp_path, chosen(["loops"]))
    write_run(tmp_path, iterations=2)

    found = measure(tmp_path, chosen(["loops"]))

    assert (found.tallies[0].new, found.tallies[0].kept) == (2, 2)


def test_a_cell_that_grew_gives_a_new_baseline(tmp_path: Path) -> None:
    """Convergence reads the cell, so all of its conversations are measured anew."""
    write_run(tmp_path, iterations=2)
    measure(tmp_path, chosen(["convergence"]))
    write_run(tmp_path, iterations=3)

    found = measure(tmp_path, chosen(["convergence"]))

    assert (found.tallies[0].new, found.tallies[0].kept) == (6, 0)


def test_neither_log_nor_journal_is_touched(tmp_path: Path) -> None:
    """To the byte."""
    folder = write_run(tmp_path)
    before = [(folder.path / name).read_bytes() for name in (folder.log, folder.journal)]

    measure(tmp_path, chosen([]))

    assert [(folder.path / name).read_bytes() for name in (folder.log, folder.journal)] == before


def test_a_torn_line_is_measured_again(tmp_path: Path) -> None:
    """What a crash cut off is computed once more; everything else is kept."""
    write_run(tmp_path)
    measure(tmp_path, chosen(["loops"]))
    path = tmp_path / RunFolder.measures
    path.write_bytes(path.read_bytes()[:-20])

    found = measure(tmp_path, chosen(["loops"]))

    assert (found.tallies[0].new, found.tallies[0].kept) == (1, 3)
    assert measure(tmp_path, chosen(["loops"])).unreadable == 1


def test_the_embedding_is_part_of_the_value(tmp_path: Path) -> None:
    """Where one is read; nowhere else."""
    folder = write_run(tmp_path)

    found = measure(tmp_path, chosen(["convergence", "loops"]))

    kept = {each.measure: each.embedding for each in measurements.read(folder).current.values()}
    assert kept == {"convergence": found.embeddings[0], "loops": None}


def test_another_embedding_is_another_value_and_the_first_comes_back(tmp_path: Path) -> None:
    """TF-IDF stands in where no word vectors are installed, fitted to each scenario by itself."""
    folder = write_run(tmp_path, scenarios={"rent": "Rent.", "roof": "Roof."}, pairing="self")
    measure(tmp_path, chosen(["semantic_drift"]))

    counted = measure(tmp_path, chosen(["semantic_drift"]), embed=TfIdf)

    assert counted.tallies[0].new == 8
    assert len(counted.embeddings) == 2
    assert {each.embedding for each in measurements.read(folder).current.values()} == set(counted.embeddings)
    assert measure(tmp_path, chosen(["semantic_drift"])).tallies[0].kept == 8


def test_what_was_computed_before_an_interruption_is_kept(tmp_path: Path) -> None:
    """Ctrl-C costs nothing that was done."""
    write_run(tmp_path)

    def interrupt(done: int, _of: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure(tmp_path, chosen(["loops"]), on_progress=interrupt)

    assert len(lines(tmp_path)) == 3


def test_reasons_are_counted(tmp_path: Path) -> None:
    """So that nobody takes a column of missing values for a result."""
    write_run(tmp_path)

    tally = measure(tmp_path, chosen(["lexical_diversity"])).tallies[0]

    assert tally.numbers == 16
    assert tally.missing == {"fewer than 50 words": 16}


def test_progress_is_told_conversation_by_conversation(tmp_path: Path) -> None:
    """With how many there are."""
    write_run(tmp_path)
    told: list[tuple[int, int]] = []

    measure(tmp_path, chosen(["loops"]), on_progress=lambda done, of: told.append((done, of)))

    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_what_was_computed_before_a_measure_failed_is_kept(tmp_path: Path) -> None:
    """The error names the measure and the conversation."""
    write_run(tmp_path)
    seen: list[int] = []

    def fails_late(transcript, _params):  # noqa: ANN001, ANN202 (as a measure's function)
        seen.append(1)
        return [Value("talk_share", 1 / (3 - len(seen)), "landlord")]

    broken = replace(built_in()["talk_share"], of=fails_late)

    with pytest.raises(DesignError, match=r"'talk_share' failed: ZeroDivisionError.*\(conversation "):
        measure(tmp_path, [broken])

    assert len(lines(tmp_path)) == 2


def test_a_measure_of_ones_own_is_kept_like_any_other(tmp_path: Path) -> None:
    """Its values are read back without running its file."""
    folder = write_run(tmp_path, lambda trial: [line.upper() for line in said(trial)])

    found = measure(tmp_path, chosen([f"{OWN}:SHOUTING"]))

    assert found.tallies[0].new == 4
    numbers = [number for each in measurements.read(folder).current.values() for number in each.numbers]
    assert {number.value for number in numbers} == {1.0}


def test_the_same_id_twice_is_refused() -> None:
    """Their values could not be told apart."""
    with pytest.raises(DesignError, match="same id"):
        chosen([f"{OWN}:SHOUTING", f"{OWN.parent}/../measures/{OWN.name}:SHOUTING"])


def test_a_folder_without_a_log_is_refused(tmp_path: Path) -> None:
    """Before anything is written."""
    with pytest.raises(FolderError, match="No log in"):
        measure(tmp_path, chosen(["loops"]))

    assert list(tmp_path.iterdir()) == []
