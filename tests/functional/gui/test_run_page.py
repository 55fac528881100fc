"""Run, without a browser: what a folder shows in each state, and what its buttons write."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace
from unit.logbook.samples import AT, ended, started

from colloquia.gui import happenings
from colloquia.gui.followed import followed, start_of
from colloquia.lab.keeping.reporting import report
from colloquia.logbook.entries import RunStarted
from colloquia.logbook.folder import RunFolder
from colloquia.logbook.record import decode_turn, encode, timestamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.testing.v1 import AppTest

    Shown = Callable[..., AppTest]
    Ran = Callable[..., Path]

FOLDER = RunFolder(Path("data"))
FRESH = -3600.0
"""The age of a last word that is still fresh when the page is drawn, however long that takes."""


def state(status: str, *, age_seconds: float = FRESH, **values: Any) -> None:
    """Write what the run in ``data`` does, as its heart would."""
    at = timestamp(datetime.fromtimestamp(datetime.now(UTC).timestamp() - age_seconds, UTC))
    words = {"run_id": "run-1", "status": status, "at": at, "conversations": 2, "finished": 0, **values}
    (FOLDER.path / FOLDER.state).write_text(json.dumps(words), encoding="utf-8")


def word(app: AppTest) -> str:
    """Return the state word with its icon."""
    return str(app.markdown[0].value)


def labels(app: AppTest) -> list[str]:
    """Return what can be done to the run."""
    return [button.label for button in app.button if button.label not in ("Previous", "Next")]


def press(app: AppTest, label: str) -> AppTest:
    """Press a button and return what is shown then."""
    return next(button for button in app.button if button.label == label).click().run()


def wish() -> str:
    """Return what was wished last."""
    return str(json.loads((FOLDER.path / FOLDER.control).read_bytes())["want"])


@pytest.fixture
def unfinished(ran: Ran) -> Path:
    """Return a folder with a study of which one conversation has only its first turn."""
    folder = ran("data", num_turns=4, iterations=2)
    log = folder / FOLDER.log
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:-3]))
    return folder


@pytest.mark.parametrize(
    ("status", "age_seconds", "values", "expected", "buttons"),
    [
        ("running", FRESH, {}, "Running", ["Pause", "Stop run"]),
        ("pausing", FRESH, {}, "Pausing", ["Resume", "Stop run"]),
        ("paused", FRESH, {}, "Paused", ["Resume", "Stop run"]),
        ("stopping", FRESH, {}, "Stopping", ["Pause", "Stop now"]),
        ("running", 60, {}, "Lost contact", ["Resume"]),
        ("stopped", 60, {}, "Stopped", ["Resume"]),
        ("SIGINT", 60, {}, "Stopped", ["Resume"]),
        ("budget", 60, {}, "Budget reached", ["Resume"]),
        ("finished", 60, {"finished": 1, "failed": 1}, "Done with errors", ["Resume"]),
        ("finished", 60, {"finished": 2}, "Done", []),
    ],
)
def test_each_state_has_its_word_its_icon_and_its_buttons(
    shown: Shown,
    unfinished: Path,
    status: str,
    age_seconds: float,
    values: dict[str, Any],
    expected: str,
    buttons: list[str],
) -> None:
    """Stopped is never red."""
    state(status, age_seconds=age_seconds, **values)

    app = shown("run", run="data")

    assert not app.exception
    assert f"{expected}" in word(app)
    assert ":material/" in word(app)
    assert labels(app) == buttons
    assert ("red" in word(app)) == (expected == "Lost contact")


@pytest.mark.parametrize(
    ("before", "label", "wanted", "after"),
    [
        ("running", "Pause", "pause", "Pausing"),
        ("paused", "Resume", "run", "Resuming"),
        ("running", "Stop run", "stop", "Stopping"),
        ("stopping", "Stop now", "stop_now", "Stopping"),
    ],
)
def test_a_press_is_a_wish_in_the_folder_and_shown_at_once(
    shown: Shown, unfinished: Path, before: str, label: str, wanted: str, after: str
) -> None:
    """Before the run has heard it."""
    state(before)

    app = press(shown("run", run="data"), label)

    assert wish() == wanted
    assert after in word(app)
    assert not app.error


def test_a_press_that_comes_too_late_says_so(shown: Shown, unfinished: Path) -> None:
    """The run ended between the look and the press."""
    state("running")
    app = shown("run", run="data")
    state("stopped", age_seconds=60)

    app = press(app, "Pause")

    assert not app.exception
    assert "could not be done" in app.error[0].value


def test_resume_runs_what_is_missing(shown: Shown, unfinished: Path) -> None:
    """In a process of its own; what is there is not asked again."""
    state("stopped", age_seconds=60)
    before = (unfinished / FOLDER.log).read_bytes()

    app = press(shown("run", run="data"), "Resume")
    started = start_of(FOLDER)

    assert started is not None
    assert started.process.wait(timeout=60) == 0
    assert "Done" in word(app.run())
    after = (unfinished / FOLDER.log).read_bytes()
    assert after.startswith(before)
    assert len(after.splitlines()) == 32


def test_the_figures_are_those_of_the_folder(shown: Shown, ran: Ran) -> None:
    """Conversations, turns, money."""
    ran("data")

    app = shown("run", run="data")
    figures = {metric.label: metric.value for metric in app.metric}

    assert figures == {
        "Conversations": "4 of 4", "Turns": "8 of 8", "Spent, billed": r"\$0", "Failed": "0", "Retries": "0",
    }  # fmt: skip


def test_a_pause_between_two_runs_is_drawn_as_silence(ran: Ran) -> None:
    """However long it lasted, two steps say so; what was said stands where it was said."""
    log = ran("data") / FOLDER.log
    rows = [decode_turn(line) for line in log.read_bytes().splitlines()]
    seconds = (0, 1, 10, 31, 32, 33, 3600, 3601)
    stamped = [
        replace(row, timestamp=timestamp(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second)))
        for row, second in zip(rows, seconds, strict=True)
    ]
    log.write_bytes(b"".join(map(encode, stamped)))

    (_, _, spec), *_ = happenings._drawn(followed(FOLDER).look())

    first, *_ = drawn = spec["data"]["values"]
    assert [((each["at"] - first["at"]) / 1000, each["value"]) for each in drawn] == [
        (0, 12), (10, 6), (20, 0), (30, 18), (40, 0), (3590, 0), (3600, 12),
    ]  # fmt: skip


def test_what_was_spent_before_the_chart_begins_counts(ran: Ran, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a long run only the last steps are drawn; their sum is that of all."""
    monkeypatch.setattr(happenings, "CHART_STEPS", 3)
    log = ran("data") / FOLDER.log
    rows = [decode_turn(line) for line in log.read_bytes().splitlines()]
    stamped = [
        replace(row, cost_usd=0.25, timestamp=timestamp(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)))
        for minute, row in enumerate(rows)
    ]
    log.write_bytes(b"".join(map(encode, stamped)))

    *_, (title, said, spec) = happenings._drawn(followed(FOLDER).look())

    assert (title, said) == ("Spent, dollars", "In all 2.0000")
    assert [each["value"] for each in spec["data"]["values"]] == [1.5, 1.75, 2.0]


def test_a_cap_and_what_is_waited_for_are_shown(shown: Shown, unfinished: Path) -> None:
    """In the run's own words."""
    state("running", cap_usd=3.0, waits=["2 calls under way", "gpt: its server asks to wait 12 s"], turns=9)

    app = shown("run", run="data")

    assert next(metric.value for metric in app.metric if metric.label.startswith("Spent")) == r"\$0 of \$3.00"
    assert any("asks to wait 12 s" in text.value for text in app.text)


def test_lost_calls_make_what_was_spent_a_most(shown: Shown, ran: Ran) -> None:
    """A call under way when its run died cost what was reserved for it or less: on the page and in the report."""
    folder = ran("data")
    lost = replace(started(followed(FOLDER).look().courses[0].trial_id, 9, run_id="killed"), reserved_usd=0.25)
    with (folder / FOLDER.journal).open("ab") as journal:
        journal.write(encode(lost))

    app = shown("run", run="data")

    assert next(metric.value for metric in app.metric if metric.label.startswith("Spent")) == r"at most \$0.2500"
    assert "at most $0.25 spent in this folder" in report(folder).report.html


def test_the_conversation_of_the_url_is_shown(shown: Shown, ran: Ran) -> None:
    """And of a run that is over nothing can be followed."""
    ran("data")
    last = json.loads((FOLDER.path / FOLDER.log).read_bytes().splitlines()[-1])
    numbers = {course.experiment_id: course.number for course in followed(FOLDER).look().courses}

    app = shown("run", run="data", conversation=last["experiment_id"])

    assert f"#{numbers[last['experiment_id']]} train" in [text.value for text in app.text]
    assert not app.toggle
    assert "not in this run" in shown("run", run="data", conversation="nobody").warning[0].value


def test_the_next_conversation_goes_into_the_url(shown: Shown, ran: Ran) -> None:
    """So that the link shows what the reader sees."""
    ran("data")

    app = press(shown("run", run="data"), "Next")

    assert not app.exception
    assert app.query_params["conversation"]


def test_the_journal_can_be_filtered(shown: Shown, ran: Ran) -> None:
    """Runs are there, errors are none."""
    ran("data")
    app = shown("run", run="data")
    everything = app.dataframe[0].value

    assert list(everything["what"]) == ["Run ended: finished.", "Run begun: 4 conversations, 8 turns."]


def test_a_hostile_study_is_shown_as_text(shown: Shown, ran: Ran) -> None:
    """Its title is no markup, its names stand in components that only assign text."""
    beacon = "![x](http://evil.example/a) <img src=http://evil.example/b>"
    ran("data", title=beacon, scenarios={"evil": beacon})

    app = shown("run", run="data")

    assert beacon in [text.value for text in app.text]
    rendered = (app.markdown, app.caption, app.title, app.subheader, app.error, app.warning, app.info)
    assert not any("evil.example" in str(element.value) for kind in rendered for element in kind)


def test_a_folder_that_is_deleted_while_it_is_shown_gives_a_sentence(shown: Shown, ran: Ran) -> None:
    """And a way to the others."""
    ran("runs/one")
    ran("runs/two")
    app = shown("run", run="one")
    shutil.rmtree("runs/one")

    app.run()

    assert not app.exception
    assert "not in this folder" in app.warning[0].value
    assert not press(app, "Show the newest run").warning


def test_a_run_that_could_not_begin_says_why(shown: Shown, unfinished: Path) -> None:
    """With the end of what it printed, behind Details."""
    state("stopped", age_seconds=60)
    study = unfinished / FOLDER.study
    study.write_text("models = 3\n", encoding="utf-8")

    app = press(shown("run", run="data"), "Resume")
    started = start_of(FOLDER)
    assert started is not None
    started.process.wait(timeout=60)
    app.run()

    assert "could not begin" in app.error[0].value
    assert any("study.toml" in code.value for code in app.code)


def test_judges_are_seen_stopped_and_gone_on_with(ran: Ran, shown: Shown) -> None:
    """As a run is: how many answers, at what cost; what is left is asked by the button that goes on with a run."""
    ran("data")
    state("running", judgements=8, judgements_done=2)
    with (FOLDER.path / FOLDER.journal).open("ab") as journal:
        planned = {"conversations": 0, "turns": 0, "judgements": 8}
        study = (FOLDER.path / FOLDER.study).read_text(encoding="utf-8")
        begun = RunStarted(at=AT, run_id="judging", study=study, versions={}, command="", planned=planned)
        answer = ended("t", 0, run_id="judging", beside="judge success by x/y")
        journal.write(encode(begun) + encode(answer))

    app = shown("run", run="data")

    assert any("being asked · 1 of 8 answers · $0.25" in text.value for text in app.text)
    assert labels(app) == ["Pause", "Stop run"]
    state("stopped", judgements=8, judgements_done=2)
    app = shown("run", run="data")
    assert word(app) == ":gray-badge[:material/stop_circle: Stopped]"
    assert "Resume" in labels(app)
