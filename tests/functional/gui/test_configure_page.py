"""Configure, without a browser: from nothing to a study that can be started, and what is wrong by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import colloquia

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

    Shown = Callable[..., AppTest]

PARTS = ["Scenarios", "Models", "Parameters", "Factors", "Design matrix", "View file"]
STUDY = """num_turns = 4
[models]
ada = "scripted:echo"
[scenarios]
train = "You sit on a train."
"""


def values(app: AppTest, *kinds: str) -> list[str]:
    """Return what elements of some kinds say."""
    return [str(element.value) for kind in kinds for element in getattr(app, kind)]


@pytest.fixture
def written(desk: Path) -> Path:
    """Write a draft into ``data``, and return its path."""
    path = desk / "data" / "draft.toml"
    path.parent.mkdir()
    path.write_text(STUDY, encoding="utf-8")
    return path


def test_with_nothing_there_a_study_can_be_begun(desk: Path, shown: Shown) -> None:
    """The page says so, with what it can begin from."""
    app = shown("configure")

    assert not app.exception
    assert "No study lies here yet" in app.info[0].value
    assert app.button


@pytest.mark.parametrize("part", PARTS)
def test_every_part_is_shown(written: Path, shown: Shown, part: str) -> None:
    """By its link, and nothing on disk changes by looking."""
    app = shown("configure", run="data", part=part)

    assert not app.exception
    assert written.read_text(encoding="utf-8") == STUDY


def test_what_it_comes_to_stands_beside_it(written: Path, shown: Shown) -> None:
    """One pair, one conversation, four turns, nothing to pay."""
    app = shown("configure", run="data")

    assert [metric.value for metric in app.metric][:2] == ["1", "4"]


def test_what_is_wrong_is_said_with_its_line(written: Path, shown: Shown) -> None:
    """And nothing can be started."""
    written.write_text(STUDY.replace("num_turns = 4", "num_turns = 0"), encoding="utf-8")

    app = shown("configure", run="data")

    assert not app.exception
    said = " ".join(values(app, "text", "code", "warning", "error", "caption"))
    assert "num_turns" in said
    assert "the least is 1" in said


@pytest.mark.parametrize(
    "text", ["[models", "", "models = 3\n", 'num_turns = 1\n[models]\n"![x](http://evil.example)" = "nope"\n']
)
def test_a_draft_that_is_no_study_is_no_stack_trace(written: Path, shown: Shown, text: str) -> None:
    """Whatever stands in the file, in every part."""
    written.write_text(text, encoding="utf-8")

    for part in PARTS:
        app = shown("configure", run="data", part=part)
        assert not app.exception
        assert "evil.example" not in " ".join(values(app, "markdown", "caption", "error", "warning", "info"))


def test_where_nothing_is_missing_nothing_can_be_started(written: Path, shown: Shown) -> None:
    """A study that was changed and asks for nothing new can be: the run keeps it as the folder's own."""
    colloquia.run(written, run_dir=written.parent)

    def offered() -> tuple[bool, str]:
        app = shown("configure", run="data")
        start = next(button for button in app.button if button.label == "Start run…")
        return not start.disabled, next(
            text for text in values(app, "caption") if text.startswith("Nothing is missing")
        )

    assert offered() == (False, "Nothing is missing in this run folder: there is nothing to run.")
    written.write_text(f'title = "Another"\n{STUDY}', encoding="utf-8")
    assert offered() == (True, "Nothing is missing in this run folder: a run keeps the study as it now is.")


def test_answers_to_probes_are_counted_beside_the_turns(written: Path, shown: Shown) -> None:
    """They are calls too."""
    probe = '[probes.mood]\nask = "each"\nwhen = "end"\nscale = [0, 10]\nquestion = "How are you?"\n'
    written.write_text(STUDY.replace("scripted:echo", "openai/gpt-4.1-mini") + probe, encoding="utf-8")

    assert "besides, 2 answers to probes" in values(shown("configure", run="data"), "caption")


def test_forks_are_not_counted_among_the_conversations_of_the_design(desk: Path, shown: Shown) -> None:
    """They stand beside it, and are part of what is missing only."""
    (desk / "study.toml").write_text(STUDY, encoding="utf-8")
    colloquia.run("study.toml")
    colloquia.fork(colloquia.load("data").conversations["experiment_id"].item(), 1, edit="No.", times=3)

    app = shown("configure", run="data")

    assert {metric.label: metric.value for metric in app.metric}["Conversations"] == "1"
