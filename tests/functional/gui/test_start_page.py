"""Start, without a browser: a first run without a key, the runs that lie here, and what can be asked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from colloquia.gui import wall
from colloquia.gui.followed import followed, start_of
from colloquia.logbook.folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.testing.v1 import AppTest

    Shown = Callable[..., AppTest]
    Ran = Callable[..., Path]

SECRET = "sk-or-v1-QzXjVkWqYxZgJv"  # noqa: S105 (no key of anybody)


def button(app: AppTest, label: str) -> object:
    """Return the button with this label."""
    return next(each for each in app.button if each.label == label)


def test_try_it_now_starts_a_real_run_and_lands_on_run(shown: Shown) -> None:
    """In a folder of its own, as a process of its own."""
    app = button(shown("start"), "Try it now").click().run()
    started = start_of(RunFolder(Path("runs/first-look-1")))

    assert started is not None
    started.process.terminate()
    started.process.wait(timeout=60)
    assert not app.exception
    assert app.query_params["run"] == "first-look-1"
    assert "first-look-1" in [each.value for each in app.subheader]
    assert Path("runs/first-look-1/draft.toml").is_file()


def test_a_new_study_is_a_folder_of_its_own_whatever_runs_lie_here(shown: Shown, ran: Ran) -> None:
    """Nobody who asks for a new one edits the study of an experiment that was held."""
    ran("data")

    app = button(shown("start"), "New study").click().run()

    assert not app.exception
    assert app.query_params["run"] == "study-1"
    assert [each.value for each in app.subheader] == ["Configure"]
    assert Path("runs/study-1/draft.toml").is_file()
    assert not Path("data/draft.toml").exists()


def test_runs_are_listed_newest_first_with_what_they_came_to(shown: Shown, ran: Ran) -> None:
    """State with its sign and word, never by colour alone."""
    ran("runs/one")
    ran("data", title="![x](http://evil.example)")

    table = shown("start").dataframe[0].value

    assert list(table["run"]) == ["data", "one"]
    assert set(table["state"]) == {"✓ Done"}
    assert next(iter(table["study"])) == "![x](http://evil.example)"
    assert list(table["turns"]) == [8, 8]
    assert list(table["spent"]) == ["$0", "$0"]
    assert list(table["said by"]) == ["scripted", "scripted"]


def test_what_a_study_no_longer_plans_is_not_counted_as_left(shown: Shown, ran: Ran) -> None:
    """Not in the table of runs, not on the page of the run; its tile says what it is."""
    ran("data")
    ran("data", scenarios={"bus": "You sit in a bus."})

    (row,) = shown("start").dataframe[0].value.to_dict("records")
    app = shown("run", run="data")
    courses = followed(RunFolder(Path("data"))).look().courses

    assert (row["conversations"], row["progress"], row["state"]) == ("4 of 4", 1.0, "✓ Done")
    assert next(metric.value for metric in app.metric if metric.label == "Conversations") == "4 of 4"
    assert not [button for button in app.button if button.label == "Resume"]
    assert [wall._tile(course, None)["word"] for course in courses] == 4 * ["done"] + 4 * ["not in the plan"]


def test_a_run_whose_lines_cannot_be_read_says_so_in_the_list(shown: Shown, ran: Ran) -> None:
    """However well it ended."""
    log = ran("data") / "experiment_log.jsonl"
    log.write_bytes(log.read_bytes().replace(b'"content":"', b'"content":"!', 1))

    (row,) = shown("start").dataframe[0].value.to_dict("records")

    assert row["state"] == "⚠ Done, damaged"


def test_without_runs_there_is_no_empty_table(shown: Shown) -> None:
    """Only what can be done."""
    app = shown("start")

    assert len(app.dataframe) == 1
    assert list(app.dataframe[0].value["provider"])[:3] == ["scripted", "embedded", "OpenRouter"]


def test_a_key_is_found_and_not_shown(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the page holds four characters of it in a row."""
    monkeypatch.setenv("OPENROUTER_API_KEY", SECRET)

    app = shown("start")

    table = app.dataframe[0].value
    assert "key found in OPENROUTER_API_KEY" in list(table["what"])
    everything = repr(app) + table.to_csv()
    assert not any(SECRET[place : place + 4] in everything for place in range(len("sk-or-v1-"), len(SECRET) - 3))


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param({"experiment_log.jsonl": b"\x00\xff not a log\n"}, id="no log"),
        pytest.param({"journal.jsonl": b'{"event": "unheard of", "schema": 99}\n'}, id="newer schema"),
        pytest.param({"state.json": b"{"}, id="torn state"),
        pytest.param({"study.toml": b"models = ["}, id="broken study alone"),
    ],
)
def test_a_damaged_folder_does_not_break_the_list(shown: Shown, damage: dict[str, bytes]) -> None:
    """It is listed like the others, and Run says what is wrong."""
    folder = Path("runs/broken")
    folder.mkdir(parents=True)
    for name, data in damage.items():
        (folder / name).write_bytes(data)

    for page in ("start", "run"):
        app = shown(page, run="broken")
        assert not app.exception
        assert not app.error
