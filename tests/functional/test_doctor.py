"""``colloquia doctor`` and ``models``: what is ready and what is not, and what to do, before anything is spent."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import pytest
from openai_server import running

from colloquia.lab.equipping.examining import examined
from colloquia.providers.simulator.plan import Plan
from colloquia.providers.simulator.threads import in_thread
from colloquia.settings import Settings
from colloquia.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from doors import Said

    from colloquia.providers.simulator.simulator import Simulator

    Command = Callable[..., Said]
    Written = Callable[..., Path]


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """Return a simulated OpenRouter in which nothing goes wrong."""
    with in_thread(Plan(clock_unit=0.001)) as simulator:
        yield simulator


def line(said: Said, name: str) -> str:
    """Return what was said of one thing."""
    return next(row for row in said.out.splitlines() if row[4:].startswith(f"{name} "))


def test_an_empty_folder_is_told_how_to_begin(colloquia: Command, desk: Path) -> None:
    """No key and no study are worth a note, and in nobody's way; nothing is written."""
    said = colloquia("doctor")

    assert said.code == 0, said.out
    assert line(said, "OpenRouter").startswith("-")
    assert "OPENROUTER_API_KEY" in line(said, "OpenRouter")
    assert "colloquia new" in line(said, "study")
    assert list(desk.iterdir()) == []


def test_a_study_is_read_and_planned(colloquia: Command, study: Written) -> None:
    """How much there is to hold, and where it would go."""
    study()

    said = colloquia("doctor", "study.toml")

    assert said.code == 0
    assert "4 conversations to hold" in line(said, "study")
    assert "run folder data" in line(said, "study")
    assert said.out.splitlines()[-1].endswith("plan study.toml")


def test_a_study_that_cannot_be_run_is_in_the_way(colloquia: Command, study: Written) -> None:
    """Its own message is shown."""
    said = colloquia("doctor", study(num_turns=0))

    assert said.code == 1
    assert line(said, "study").startswith("!!")
    assert "num_turns: is 0" in said.out


def test_a_key_that_the_study_needs_and_lacks_is_in_the_way(
    colloquia: Command, study: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the variable to set; a server in this machine needs none."""
    remote = study(models={"gpt": "openai/gpt-4o-mini"})

    said = colloquia("doctor", remote)

    assert said.code == 1
    assert line(said, "study").startswith("!!")
    assert "No key for provider 'openrouter': set OPENROUTER_API_KEY in .env." in line(said, "study")
    assert colloquia("doctor", study(models={"local": "ollama:smollm2"})).code == 0
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-canary-0123456789")
    assert not line(colloquia("doctor", remote), "study").startswith("!!")


def test_a_key_is_tried_where_it_belongs_and_never_shown(
    colloquia: Command, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Accepted or not, with what is left of its credit."""
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-simulated")

    said = colloquia("doctor", "--base-url", simulator.base_url)

    assert said.code == 0, said.out
    assert "accepts the key in OPENROUTER_API_KEY" in line(said, "OpenRouter")
    assert "a simulator answers" in line(said, "OpenRouter")
    assert "sk-simulated" not in said.out


def test_a_server_that_is_not_there_is_in_the_way(colloquia: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that cannot be tried is no key that works."""
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-canary-0123456789")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and nobody listens
        said = colloquia("doctor", "--base-url", f"http://127.0.0.1:{taken.getsockname()[1]}/v1")

    assert said.code == 1
    assert "could not be tried" in line(said, "OpenRouter")
    assert "canary" not in said.out + said.err


def test_a_port_that_is_taken_is_said(desk: Path) -> None:
    """With a command that takes another."""
    settings = Settings(environment={}, cache=desk)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        found = asyncio.run(examined(settings, port=port))

    taken = next(finding for finding in found if finding.name == "port")
    assert taken.state == "note"
    assert taken.words == f"{port} is taken: colloquia gui --port {port + 100}"


def test_the_version_can_be_asked_for(colloquia: Command) -> None:
    """As a report of a fault needs it."""
    assert colloquia("--version").out.strip() == VERSION


def test_models_lists_what_a_server_serves(colloquia: Command) -> None:
    """What is at hand is listed even where the list cannot be had."""
    with running() as served:
        said = colloquia("models", "--base-url", served.url)

    assert said.code == 0
    assert "embedded:smollm2-135m" in said.out
    assert "could not be had" in said.out
