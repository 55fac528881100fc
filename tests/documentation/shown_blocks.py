"""How the pages of the documentation are tried: what they show is done, in order, on one desk a page.

- ``python`` runs; ``toml`` is read as TOML. Where the first line is ``# NAME``, the block becomes that file instead.
- ``console``: each line after ``$`` is a command, which must end well (or as ``# exit 1`` behind it says); the lines
  below it must be printed by it, in this order, where ``…`` stands for anything. One that ends in ``&`` is a server: it
  is waited for until it says something, and ended with its page. ``NAME=value`` before a command is set for it.
- Blocks of any other kind are only shown.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from doors import ROOT
from sybil import Sybil
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.myst import CodeBlockParser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sybil import Example

_FILE = re.compile(r"# ([\w./-]+\.(?:py|toml|csv))\n")
_EXIT = re.compile(r"\s+# exit (\d+)$")


@dataclass
class Command:
    """A command that a page shows, and what it says will be printed."""

    line: str
    exit_code: int = 0
    printed: list[str] = field(default_factory=list)


@contextmanager
def reader() -> Iterator[Sybil]:
    """Yield what finds the blocks of a page; servers that the page starts are ended afterwards."""
    python = PythonEvaluator()
    servers: list[subprocess.Popen[str]] = []
    sybil = Sybil(
        parsers=[
            CodeBlockParser(language="python", evaluator=lambda block: None if _written(block) else python(block)),
            CodeBlockParser(language="toml", evaluator=_toml),
            CodeBlockParser(language="console", evaluator=lambda block: _console(block, servers)),
        ]
    )
    try:
        yield sybil
    finally:
        for server in servers:
            server.terminate()
            server.communicate()


def _written(block: Example) -> bool:
    """Write a block that names its file; tell whether it does."""
    found = _FILE.match(block.parsed)
    if found:
        file = Path(found[1])
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(block.parsed, encoding="utf-8")
    return bool(found)


def _toml(block: Example) -> None:
    if not _written(block):
        tomllib.loads(block.parsed)


def _console(block: Example, servers: list[subprocess.Popen[str]]) -> None:
    for command in commands(block.parsed):
        if command.line.endswith("&"):
            servers.append(_started(command.line.removesuffix("&")))
            continue
        done = _run(command.line)
        assert done.returncode == command.exit_code, f"$ {command.line}\n{done.stdout}"
        missing = first_missing(command.printed, done.stdout)
        assert missing is None, f"$ {command.line} does not print {missing!r}, but:\n{done.stdout}"


def commands(block: str) -> list[Command]:
    """Return the commands of a block; a line that ends in a backslash goes on in the next."""
    found: list[Command] = []
    for line in block.replace("\\\n", " ").splitlines():
        if line.startswith("$ "):
            exit_code = _EXIT.search(line)
            found.append(Command(line=_EXIT.sub("", line[2:]), exit_code=int(exit_code[1]) if exit_code else 0))
        elif line.strip():
            assert found, f"a console block begins with $: {line!r}"
            found[-1].printed.append(line)
    return found


def first_missing(printed: list[str], said: str) -> str | None:
    """Return the first of the lines that was not printed where it should be."""
    place = 0
    for line in printed:
        pattern = r"\s+".join(".*".join(map(re.escape, word.split("…"))) for word in line.split())
        found = re.compile(pattern).search(said, place)
        if found is None:
            return line
        place = found.end()
    return None


def _run(line: str) -> subprocess.CompletedProcess[str]:
    words, environment = _called(line)
    return subprocess.run(
        words, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env=environment,
    )  # fmt: skip


def _started(line: str) -> subprocess.Popen[str]:
    words, environment = _called(line)
    server = subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    )
    assert server.stdout is not None
    assert server.stdout.readline(), f"$ {line} says nothing"
    return server


def _called(line: str) -> tuple[list[str], dict[str, str]]:
    """Return the words of a command and the environment it runs in."""
    words = shlex.split(line)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "120"}
    while "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        environment[name] = value
    if words[0] == "colloquia":
        words[:1] = [sys.executable, "-m", "colloquia"]
    elif words[0] == "python":
        words[0] = sys.executable
    return words, environment
