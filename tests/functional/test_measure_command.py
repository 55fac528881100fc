"""``colloquia measure``: values beside the log, computed once, and what it says about them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from doors import log_lines

from colloquia import load

if TYPE_CHECKING:
    from collections.abc import Callable

    from doors import Said

    Command = Callable[..., Said]

OWN = Path(__file__).parents[1] / "data" / "measures" / "shouting.py"


@pytest.fixture
def done(study: Callable[..., Path], colloquia: Command) -> Path:
    """Run a study of scripted seats, and return its run folder."""
    colloquia("run", str(study(iterations=2)))
    return Path("data")


def row(said: Said, measure: str) -> list[str]:
    """Return the cells of a measure's line."""
    return next(line.split() for line in said.out.splitlines() if line.startswith(f"{measure} "))


def test_measuring_fills_the_frame_and_again_writes_nothing(done: Path, colloquia: Command) -> None:
    """The first time everything is new, the second time everything is kept."""
    first = colloquia("measure")
    written = (done / "measures.jsonl").read_bytes()
    again = colloquia("measure")

    assert (first.code, again.code) == (0, 0)
    assert row(first, "talk_share")[2:4] == ["8", "0"]
    assert row(again, "talk_share")[2:4] == ["0", "8"]
    assert (done / "measures.jsonl").read_bytes() == written
    frame = load(done).measures
    assert frame["experiment_id"].nunique() == 8
    assert set(frame["unit"]) == {"turn", "seat", "conversation"}


def test_the_log_and_the_journal_are_left_alone(done: Path, colloquia: Command) -> None:
    """To the byte."""
    files = [done / "experiment_log.jsonl", done / "journal.jsonl"]
    before = [path.read_bytes() for path in files]

    colloquia("measure")

    assert [path.read_bytes() for path in files] == before
    assert len(log_lines(done)) == 32


def test_some_measures_can_be_asked_for_alone(done: Path, colloquia: Command) -> None:
    """By name; nothing else is computed."""
    said = colloquia("measure", "loops", "wording")

    assert said.code == 0
    assert set(load(done).measures["measure"]) == {"loops", "wording"}


def test_scripted_turns_are_named_as_such(done: Path, colloquia: Command) -> None:
    """Nobody takes them for findings."""
    assert "SCRIPTED: these values are fit for a first look and not for findings." in colloquia("measure").out


def test_what_cannot_be_computed_is_said_with_what_is_missing(done: Path, colloquia: Command) -> None:
    """Judges, probes and games have nothing here."""
    said = colloquia("measure")

    assert "stance_flips was not computed for 8 conversations: there are no labels of a judge." in said.out
    assert "private_stance was not computed for 8 conversations: there are no numbers of a probe." in said.out
    assert "game_outcomes was not computed for 8 conversations: there are no moves of a game." in said.out


def test_reasons_for_missing_values_are_printed(done: Path, colloquia: Command) -> None:
    """With how many there are of each."""
    assert "fewer than 50 words (32)" in colloquia("measure", "lexical_diversity").out


def test_a_longer_study_is_measured_for_what_is_new(done: Path, study: Callable[..., Path], colloquia: Command) -> None:
    """More iterations cost only themselves."""
    colloquia("measure", "loops")
    colloquia("run", str(study(iterations=3)))

    said = colloquia("measure", "loops")

    assert row(said, "loops")[2:4] == ["4", "8"]


def test_a_measure_of_ones_own_is_named_by_its_file(done: Path, colloquia: Command) -> None:
    """Writing it on the command line is asking for it to run."""
    said = colloquia("measure", f"{OWN}:SHOUTING")

    assert said.code == 0
    assert set(load(done).measures["variable"]) == {"capitals"}


def test_the_list_names_all_measures(colloquia: Command) -> None:
    """Without a run folder."""
    said = colloquia("measure", "--list")

    assert said.code == 0
    assert "18 measures" in said.out
    assert row(said, "convergence")[2] == "embedding"


def test_a_named_measure_is_described_in_full(colloquia: Command) -> None:
    """Unit, range, minimum, caveat, and how its numbers were checked."""
    said = colloquia("measure", "--list", "coordination")

    for word in ("coordination, version 1", "minimum: 3 replies", "caveat:", "from -1 to 1 (seat)", "ConvoKit"):
        assert word in said.out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["lops"], "Did you mean 'loops'?"),
        (["no.py:X"], "There is no Python file no.py"),
        (["loops", "--run-dir", "nowhere"], "No log in nowhere"),
    ],
    ids=["unknown", "no file", "no folder"],
)
def test_what_cannot_be_measured_is_an_error_in_one_line(
    arguments: list[str], complaint: str, colloquia: Command
) -> None:
    """With exit code 2, and nothing written."""
    said = colloquia("measure", *arguments)

    assert said.code == 2
    assert complaint in said.err
    assert not Path("data").exists()
