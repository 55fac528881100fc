"""Asking judges, without a browser: what is missing, what it costs, who gets text, and the process that asks."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from doors import ROOT

import colloquia
from colloquia.gui.followed import start_of
from colloquia.logbook.folder import RunFolder
from colloquia.logbook.record import timestamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.testing.v1 import AppTest

    Shown = Callable[..., AppTest]
    Ran = Callable[..., Path]

FOLDER = RunFolder(Path("data"))
ASKED = {"question": "Did it work?", "labels": ["yes", "no"]}


def judged_by(*slugs: str, **words: Any) -> dict[str, Any]:
    """Return the words of a study with one judge."""
    return {"judges": {"success": {**ASKED, "by": list(slugs)}}, **words}


def labels(app: AppTest) -> list[str]:
    """Return what can be pressed."""
    return [button.label for button in app.button]


def press(app: AppTest, label: str) -> AppTest:
    """Press a button and return what is shown then."""
    return next(button for button in app.button if button.label == label).click().run()


def texts(app: AppTest) -> str:
    """Return what is said in plain text and captions."""
    return " ".join(str(element.value) for kind in (app.text, app.caption, app.error) for element in kind)


def is_off(app: AppTest, label: str) -> bool:
    """Tell whether a button cannot be pressed."""
    return next(bool(button.disabled) for button in app.button if button.label == label)


def test_judges_are_asked_from_the_page_and_their_answers_are_there(shown: Shown, ran: Ran) -> None:
    """By a process of its own, which the page Run shows; then nothing is missing."""
    ran("data", **judged_by("scripted:always yes", "scripted:always no"))
    app = press(shown("analyze", run="data", view="Judges"), "Ask the judges…")
    assert {metric.label: metric.value for metric in app.metric}["Answers to get"] == "8"
    assert "Nothing: all models answer on this machine" in texts(app)

    app = press(app, "Ask them")
    started = start_of(FOLDER)

    assert started is not None
    assert started.process.wait(timeout=60) == 0
    assert app.query_params["run"] == "data"
    rows = [json.loads(line) for line in (FOLDER.path / FOLDER.judgements).read_bytes().splitlines()]
    assert {row["by"] for row in rows} == {"scripted:always yes", "scripted:always no"}
    app = shown("analyze", run="data", view="Judges")
    assert "have answered all" in texts(app)
    assert "Ask the judges…" not in labels(app)


def test_a_run_whose_judges_were_not_asked_leads_to_them(shown: Shown, ran: Ran) -> None:
    """A study without judges has neither the link nor the view."""
    ran("data", **judged_by("scripted:always yes"))
    ran("runs/plain")

    def links(app: AppTest) -> list[str]:
        return [link.label for link in app.get("page_link")]

    assert "Ask the judges of this study" in links(shown("run", run="data"))
    assert "Ask the judges of this study" not in links(shown("run", run="plain"))
    assert "Judges" in shown("analyze", run="data").segmented_control(key="view").options
    assert "Judges" not in shown("analyze", run="plain").segmented_control(key="view").options


def test_who_gets_text_is_said_and_without_its_key_nobody_is_asked(shown: Shown, ran: Ran) -> None:
    """The host, the variable, and a button that cannot be pressed."""
    ran("data", **judged_by("openai/gpt-4.1-mini"))

    app = press(shown("analyze", run="data", view="Judges"), "Ask the judges…")

    (row,) = app.dataframe[-1].value.to_dict("records")
    assert row == {
        "host": "openrouter.ai", "gets text of": "openai/gpt-4.1-mini", "key": "OPENROUTER_API_KEY: not set"
    }  # fmt: skip
    assert {metric.label: metric.value for metric in app.metric}["Likely, estimated"] == "unknown"
    assert "OPENROUTER_API_KEY is not set" in texts(app)
    assert is_off(app, "Ask them")


def test_python_of_a_study_is_run_only_where_that_is_agreed_to(shown: Shown, desk: Path) -> None:
    """The file is named, the box is empty."""
    shutil.copy(ROOT / "tests" / "data" / "judging" / "judge.py", desk)
    study = colloquia.Experiment.from_words(
        {
            "models": {"echo": "scripted:echo"},
            "scenarios": {"train": "You sit on a train."},
            "num_turns": 2,
            **judged_by("scripted:judge.py:fair"),
        }
    )
    colloquia.run(study, run_dir=FOLDER.path, allow_code=True)

    app = press(shown("analyze", run="data", view="Judges"), "Ask the judges…")

    assert "judge.py" in texts(app)
    assert is_off(app, "Ask them")
    assert not is_off(app.checkbox(key="judges-code").check().run(), "Ask them")


@pytest.mark.parametrize("status", ["running", "paused"])
def test_while_something_goes_on_nobody_is_asked(shown: Shown, ran: Ran, status: str) -> None:
    """And the page says so."""
    from datetime import UTC, datetime

    ran("data", **judged_by("scripted:always yes"))
    state = {"run_id": "r", "status": status, "at": timestamp(datetime.now(UTC))}
    (FOLDER.path / FOLDER.state).write_text(json.dumps(state), encoding="utf-8")

    app = shown("analyze", run="data", view="Judges")

    assert "as soon as what goes on" in texts(app)
    assert "Ask the judges…" not in labels(app)
