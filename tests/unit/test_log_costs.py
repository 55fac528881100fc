"""The benchmark of large logs: its folder is a real one, its works do what they say, its page says what was reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.logs.folder import make
from benchmarks.logs.logs import LOGS
from benchmarks.logs.works import WORKS, Took
from benchmarks.turns import page
from colloquia import load
from colloquia.logbook.check import check
from colloquia.logbook.folder import RunFolder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where a small folder of the same kind stands: 150 conversations, one of them half done."""
    place = tmp_path_factory.mktemp("logs")
    assert make(place / "run", 150) == 149 * 100 + 50
    return place


def test_the_folder_is_one_that_a_run_could_have_left(place: Path) -> None:
    """Every line whole, every turn explained; what is missing is the half of one conversation."""
    found = check(RunFolder(place / "run"))

    assert (found.messages, found.num_conversations, found.num_turns) == ((), 150, 14_950)


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # duckdb's own, under pandas 3
@pytest.mark.parametrize("name", WORKS)
def test_every_work_can_be_done(place: Path, name: str) -> None:
    """On what it is measured with; a resume that finds something else than is missing would raise."""
    WORKS[name](place / "run", place)()


def test_what_is_written_is_what_is_loaded(place: Path) -> None:
    """All turns of the log stand in the table and in the frame."""
    WORKS["csv"](place / "run", place)()

    text = (place / "run" / RunFolder.turns_csv).read_bytes()
    turns = load(place / "run").turns
    assert len(turns) == 14_950
    assert text.count(b'"gen-') == 14_950


def test_rounds_come_to_medians_and_the_page_says_what_is_reached() -> None:
    """A ratio is that of one round; memory counts where an aim is set."""
    taken = {name: [Took(cpu_seconds=number, mb=50) for number in (1.0, 2.0, 9.0)] for name in LOGS.names}
    taken["csv"] = [Took(cpu_seconds=number, mb=250) for number in (1.0, 2.0, 9.0)]
    about = {
        "command": "c", "date": "d", "commit": "0", "machine": "m", "versions": {}, "rounds": 3, "turns": 10,
        "conversations": 2, "bytes": 10**6,
    }  # fmt: skip

    found = about | LOGS.found_of(taken)
    written = page.text({"logs": found})

    assert (found["ratios"]["resume"], found["medians"]["resume"]["cpu_seconds"], found["holds"]) == (1.0, 2.0, False)
    assert "200 MB: **not reached**" in written
    assert "100 MB: reached" in written
    assert "**0 of 1 aims are reached.**" in written
