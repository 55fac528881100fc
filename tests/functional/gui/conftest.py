"""Pages as a browser asks for them, without a browser: ``streamlit.testing.v1.AppTest``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import streamlit as st
from browsing import browser, pages, tab  # noqa: F401 (fixtures)
from functional.gui.reading import BEACON
from streamlit import config
from streamlit.testing.v1 import AppTest

import colloquia
from colloquia import Experiment
from colloquia.lab.equipping.serving import OPTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pandas as pd


@pytest.fixture
def served() -> Iterator[None]:
    """Serve as ``colloquia gui`` does."""
    before = {name: config.get_option(name) for name in OPTIONS}
    for name, value in OPTIONS.items():
        config.set_option(name, list(value) if isinstance(value, tuple) else value)
    yield
    for name, value in before.items():
        config.set_option(name, value)


@pytest.fixture
def shown(served: None) -> Callable[..., AppTest]:
    """Return a function that shows a page in the whole app; keywords stand in the URL."""

    def show(page: str, **query: str) -> AppTest:
        script = f"from colloquia.gui.app import main\n\nmain(first={page!r})\n"
        test = AppTest.from_string(script, default_timeout=30)
        for name, value in query.items():
            test.query_params[name] = value
        return test.run()

    return show


@pytest.fixture
def ran(desk: Path) -> Callable[..., Path]:
    """Return a function that runs a small scripted study in a folder; keywords are words of the study."""

    def run(folder: str = "data", **words: Any) -> Path:
        study = {
            "models": {"echo": "scripted:echo", "random": "scripted:random"},
            "scenarios": {"train": "You sit on a train."},
            "num_turns": 2,
            **words,
        }
        colloquia.run(Experiment.from_words(study), run_dir=desk / folder)
        return desk / folder

    return run


@pytest.fixture(autouse=True)
def forgetting() -> Iterator[None]:
    """Forget the folders that the test before followed: its paths are others, its processes are gone."""
    yield
    st.cache_resource.clear()


@pytest.fixture
def turns(desk: Path) -> pd.DataFrame:
    """Run a small scripted study in ``data``, one of its models hostile, and return its turns."""
    (desk / "hostile.txt").write_text(f"{BEACON}\n=1+1\n", encoding="utf-8")
    study = Experiment(
        models={"plain": "scripted:random", BEACON: "scripted:lines hostile.txt"},
        scenarios={"rent": {"landlord": "Raise the rent.", "tenant": "Pay less."}, BEACON: "Talk."},
        num_turns=4,
        iterations=3,
    )
    colloquia.run(study)
    return colloquia.load("data").turns


@pytest.fixture
def forked(turns: pd.DataFrame) -> pd.Series[object]:
    """Hold two edited continuations of a conversation, and two that are not, and return the row of its turn 2."""
    row = turns[(turns["turn_id"] == 2) & (turns["scenario"] == "rent")].iloc[0]
    colloquia.fork(row["trial_id"], 2, folder="data", times=2, edit="I see.")
    colloquia.run(run_dir="data")
    return row
