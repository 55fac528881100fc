"""A study rehearsed on a simulator in a folder of its own: by the real command, or by its door in this process."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reliability.house import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

KEY = "sk-or-v1-canary-5f1c0a7e9d"
"""A key that is looked for in everything that a run leaves behind."""
STUDY = "study.toml"
FOLDER = "data"


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a command did."""

    code: int
    text: str
    """What it printed, errors included."""


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """One study in one working folder, asked of one server."""

    place: Path
    base_url: str
    is_streaming: bool = True
    program: tuple[str, ...] = ("-m", "colloquia")
    """What Python is to run: the command, or the command with a bug planted in it."""
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """The run folder."""
        return self.place / FOLDER

    def write(self, **words: Any) -> None:
        """Write the study, in the place of the one before."""
        self.place.mkdir(parents=True, exist_ok=True)
        (self.place / STUDY).write_text(toml(words), encoding="utf-8")

    def arguments(self) -> list[str]:
        """Return the command line of a run."""
        return ["run", STUDY, "--base-url", self.base_url, *([] if self.is_streaming else ["--no-stream"])]

    def start(self) -> subprocess.Popen[bytes]:
        """Start the run as a process of its own; what it says goes to ``said.txt``."""
        with (self.place / "said.txt").open("ab") as said:
            return subprocess.Popen(
                [sys.executable, *self.program, *self.arguments()],
                cwd=self.place,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
            )

    def run(self) -> Said:
        """Run it in this process."""
        return self.command(*self.arguments())

    def command(self, *arguments: str) -> Said:
        """Give a command in this process, as a person would from the working folder."""
        from colloquia.cli.app import main

        printed = io.StringIO()
        code = 0
        with self._at_the_desk(), contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            try:
                main(list(arguments))
            except SystemExit as left:
                code = int(left.code or 0)
        return Said(code=code, text=printed.getvalue())

    def printed(self) -> str:
        """Return what runs in processes of their own have printed so far."""
        return (self.place / "said.txt").read_text(encoding="utf-8", errors="replace")

    def unsound(self) -> Iterator[str]:
        """Yield what `check` and `verify` have to say against the log."""
        for command in ("check", "verify"):
            said = self.command(command, "--run-dir", FOLDER)
            if said.code:
                yield f"`{command}` says: {' '.join(said.text.split())[:300]}"

    def _environment(self) -> dict[str, str]:
        """Return an environment without the keys, proxies and caches of this machine."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.endswith("_API_KEY") and not name.lower().endswith("_proxy")
        }
        own = {
            "OPENROUTER_API_KEY": KEY,
            "PYTHONPATH": str(ROOT),
            "XDG_CACHE_HOME": str(self.place / "cache"),
            "COLUMNS": "200",
        }
        return {**kept, **own, **self.environment}

    @contextlib.contextmanager
    def _at_the_desk(self) -> Iterator[None]:
        before, here = dict(os.environ), os.getcwd()  # noqa: PTH109 (a text, to go back to)
        os.environ.clear()
        os.environ.update(self._environment())
        os.chdir(self.place)
        try:
            yield
        finally:
            os.chdir(here)
            os.environ.clear()
            os.environ.update(before)


def toml(words: Mapping[str, Any]) -> str:
    """Return words of a study as TOML; JSON values are TOML values but for tables."""
    return "".join(f"{word} = {_value(value)}\n" for word, value in words.items())


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_value(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
