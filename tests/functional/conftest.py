"""The doors as a person uses them: commands with their exit code and what they print."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from doors import ROOT, Said, cleared, toml
from openai_server import running
from under_way import ANSWERED

from colloquia.cli.app import main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from openai_server import Served


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, with no key, no proxy and no price list of this machine."""
    return cleared(tmp_path, monkeypatch)


@pytest.fixture
def colloquia(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Return a function that runs a command in this process."""

    def command(*arguments: str) -> Said:
        code = 0
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as left:
            code = int(left.code or 0)
        printed = capsys.readouterr()
        return Said(code=code, out=printed.out, err=printed.err)

    return command


@pytest.fixture
def process(desk: Path) -> Callable[..., subprocess.Popen[str]]:
    """Return a function that starts a command as a process of its own."""

    def start(*arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "colloquia", *map(str, arguments)],
            cwd=desk,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )

    return start


@pytest.fixture
def study(desk: Path) -> Callable[..., Path]:
    """Return a function that writes a study.toml of scripted seats; keywords are words of the study."""

    def write(name: str = "study.toml", **words: Any) -> Path:
        shipped: dict[str, Any] = {
            "models": {"echo": "scripted:echo", "random": "scripted:random"},
            "scenarios": {"train": "You sit on a train."},
            "num_turns": 4,
        }
        path = desk / name
        path.write_text(toml({**shipped, **words}), encoding="utf-8")
        return path

    return write


@pytest.fixture
def served() -> Iterator[Served]:
    """Return a server that answers some calls, and then nobody until it is told to: no run ends before."""
    with running(holds_after=ANSWERED) as served:
        yield served


@pytest.fixture
def stuck() -> Iterator[Served]:
    """Return a server that answers nobody."""
    with running(holds_after=0) as served:
        yield served
