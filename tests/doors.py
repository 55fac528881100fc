"""What tests that go through the doors share: where the house is, what a command did, studies and logs as text."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a command did."""

    code: int
    out: str
    err: str


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
