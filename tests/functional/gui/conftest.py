"""Pages as a browser asks for them, without a browser: ``streamlit.testing.v1.AppTest``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import streamlit as st
from browsing import browser, pages, tab  # noqa: F401 (fixtures)
from streamlit import config
from streamlit.testing.v1 import AppTest

import colloquia
from colloquia import Experiment
from colloquia.lab.serving import OPTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


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
