"""What tests that go through the doors share: where the house is, what a command did, studies and logs as text."""

from __future__ import annotations

import json
import os
import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from subprocess import Popen

    import pytest

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a command did."""

    code: int
    out: str
    err: str


def cleared(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make an empty folder the desk: no key, no proxy and no price list of this machine."""
    monkeypatch.chdir(folder)
    for name in list(os.environ):
        if name.endswith("_API_KEY") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    return folder


def toml(words: dict[str, Any]) -> str:
    """Return words of a study as TOML; JSON values are TOML values but for tables."""
    return "".join(f"{word} = {_value(value)}\n" for word, value in words.items() if value is not None)


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_value(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def log_lines(folder: Path) -> list[dict[str, Any]]:
    """Return the rows of a run folder's log."""
    text = (folder / "experiment_log.jsonl").read_bytes()
    return [json.loads(line) for line in text.split(b"\n") if line]


def killed(process: Callable[..., Popen[str]], *arguments: object, times: int, spread: float = 0.8) -> None:
    """Kill a command again and again at random moments of its first seconds, and let it come to its end the last time.

    Args:
        process: Starts a command.
        arguments: Of the command.
        times: How often it is killed.
        spread: Seconds between the earliest and the latest moment of a kill.
    """
    chance, hits = random.Random(1), 0
    for _ in range(times):
        going = process(*arguments)
        deadline = time.monotonic() + 1.2 + chance.uniform(0, spread)
        while going.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        hits += going.poll() is None
        going.kill()
        going.communicate(timeout=30)
    last = process(*arguments)
    output, _ = last.communicate(timeout=120)
    assert last.returncode == 0, output
    assert hits, "no kill hit a run"
