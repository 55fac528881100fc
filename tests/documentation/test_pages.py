"""Every code block of the documentation does what the page says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from doors import ROOT, cleared
from shown_blocks import Command, commands, first_missing, reader

import colloquia

if TYPE_CHECKING:
    from pathlib import Path

SHOWN = ("docs/*.md", "docs/guides/*.md", "docs/explanation/*.md", "docs/extending/*.md")
PAGES = sorted(page for pattern in SHOWN for page in ROOT.glob(pattern))


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, with no key and no price list of this machine."""
    return cleared(tmp_path, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_shows_is_so(page: Path) -> None:
    """Its blocks are done in their order, as by a reader who follows it."""
    with reader() as sybil:
        for block in sybil.parse(page).examples():
            block.evaluate()


def test_the_python_of_the_readme_runs(desk: Path) -> None:
    """Over a run folder where the page says that one is."""
    study = colloquia.Experiment(
        models={"a": "scripted:random", "b": "scripted:echo"}, scenarios={"train": "You sit on a train."}, num_turns=4
    )
    colloquia.run(study, run_dir=desk / "data")

    with reader() as sybil:
        for block in sybil.parse(ROOT / "README.md").examples():
            block.evaluate()


def test_a_console_block_is_read_as_commands_and_what_they_print() -> None:
    """A backslash goes on; an exit code may be said."""
    assert commands("$ colloquia plan\n2 new\n$ colloquia \\\n  check # exit 1\n") == [
        Command(line="colloquia plan", printed=["2 new"]),
        Command(line="colloquia    check", exit_code=1),
    ]


def test_what_is_printed_is_compared_in_order() -> None:
    """An ellipsis stands for anything, and blanks are as good as others; the first line that is missing is named."""
    said = "run  one\nsaved 12 turns in 3 s\n"

    assert first_missing(["run one", "saved 12 turns in … s"], said) is None
    assert first_missing(["saved 12 turns in … s", "run one"], said) == "run one"
    assert first_missing(["saved 13 turns"], said) == "saved 13 turns"
