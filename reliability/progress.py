"""How far a long proof has come, kept in ``reliability/.progress`` so that it goes on after an interruption.

One file for each part and seed, one line for each finished step. What was found for other sources than those that
stand here now is forgotten. A short proof keeps nothing.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reliability.house import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reliability.row import Scale

FOLDER = Path(__file__).parent / ".progress"


class Progress:
    """The finished steps of one proof.

    Args:
        part: Name of the proof.
        scale: Only a full proof keeps its steps.
        seed: Of the proof.
        folder: Where they are kept.
    """

    def __init__(self, part: str, scale: Scale, seed: int, *, folder: Path = FOLDER) -> None:
        self.path = folder / f"{part}-{seed}.jsonl"
        self.done: dict[str, Any] = {}
        """What each finished step came to, by its key."""
        self.earlier_seconds = 0.0
        """How long the sessions before this one took."""
        self._keeps = scale == "full"
        self._began = time.monotonic()
        if self._keeps:
            self._read()

    def keep(self, key: str, value: object) -> None:
        """Note that a step is finished, and what it came to, as JSON."""
        self.done[key] = value
        if self._keeps:
            self._write({"key": key, "value": value, "seconds": self.seconds()})

    def seconds(self) -> float:
        """Return how long the proof has taken, earlier sessions included."""
        return self.earlier_seconds + time.monotonic() - self._began

    def forget(self) -> None:
        """Begin anew the next time."""
        self.path.unlink(missing_ok=True)

    def _read(self) -> None:
        lines = list(self._lines())
        if not lines or lines[0] != {"fingerprint": fingerprint()}:
            self.forget()
            self._write({"fingerprint": fingerprint()})
            return
        for line in lines[1:]:
            self.done[line["key"]] = line["value"]
            self.earlier_seconds = line["seconds"]

    def _lines(self) -> Iterator[Any]:
        try:
            text = self.path.read_bytes()
        except FileNotFoundError:
            return
        whole, _, torn = text.rpartition(b"\n")
        if torn:
            self.path.write_bytes(whole + b"\n")
        for line in whole.split(b"\n"):
            yield json.loads(line)

    def _write(self, line: dict[str, Any]) -> None:
        self.path.parent.mkdir(exist_ok=True)
        with self.path.open("ab") as file:
            file.write(json.dumps(line).encode() + b"\n")
