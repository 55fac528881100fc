"""What a simulated service was asked and billed, and what was durable at that moment; free of the package's code."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

import msgspec

LOG = "experiment_log.jsonl"
JOURNAL = "journal.jsonl"
MOST_TOLD = 3
"""Of how many breaches of one invariant a story tells."""

Key = tuple[str, int]
"""Which turn: conversation and place."""


@dataclass(kw_only=True)
class Served:
    """One call that reached the service, or tried to."""

    number: int
    run: int
    """Which run of the folder made it, counted from 1."""
    key: Key
    attempt: int
    """Counted within its turn and run."""
    generation_id: str
    messages: list[dict[str, str]]
    kind: str
    billed_usd: float
    told_usd: float | None
    is_data: bool
    is_delivered: bool = False
    """True once the caller had all of the answer."""


@dataclass(kw_only=True)
class Ledger:
    """What somebody outside knows of all runs of one folder."""

    run: int = 0
    run_ids: dict[int, str] = field(default_factory=dict)
    """What each run calls itself."""
    calls: list[Served] = field(default_factory=list)
    billed_usd: float = 0.0
    wrong: list[str] = field(default_factory=list)
    """Invariants that did not hold."""
    acknowledged: dict[Key, str | None] = field(default_factory=dict)
    """Text of every turn that was reported as done."""
    most_in_flight: int = 0
    in_flight: int = 0
    _attempts: Counter[Key] = field(default_factory=Counter)
    """Calls of this run."""
    _started: Counter[Key] = field(default_factory=Counter)
    """Attempts that this run has made durable."""
    _durable: set[Key] = field(default_factory=set)
    """Turns that are durable in the log."""
    _answered: set[Key] = field(default_factory=set)
    """Turns of this run to which the caller has a whole answer."""
    _parts: defaultdict[str, bytes] = field(default_factory=lambda: defaultdict(bytes))

    def begin(self) -> None:
        """Begin another run."""
        self.run += 1
        self._attempts.clear()
        self._started.clear()
        self._answered.clear()
        self._parts.clear()

    def flushed(self, name: str, data: bytes) -> None:
        """Take in what has become durable."""
        if name not in (LOG, JOURNAL):
            return
        whole, _, self._parts[name] = (self._parts[name] + data).rpartition(b"\n")
        for line in whole.split(b"\n"):
            if name == LOG:
                self._durable.add(_key(line))
            elif line.startswith(b'{"event":"attempt_started"'):
                self._started[_key(line)] += 1

    def asked(self, key: Key, generation_id: str, messages: list[dict[str, str]], model: str) -> Served:
        """Take in a call; what it should not have been is noted."""
        self._attempts[key] += 1
        if self._started[key] < self._attempts[key]:
            self.tell("I4", key, "was asked for before its attempt was durable in the journal")
        if key in self._durable:
            self.tell("I7", key, f"is durable, and {model} was asked for it again")
        elif key in self._answered:
            self.tell("I7", key, f"was answered by {model}, and asked for again in the same run")
        if key[1] > 1 and (key[0], key[1] - 1) not in self._durable:
            self.tell("I2", key, "was asked for before the turn before it was durable")
        served = Served(
            number=len(self.calls) + 1,
            run=self.run,
            key=key,
            attempt=self._attempts[key],
            generation_id=generation_id,
            messages=messages,
            kind="",
            billed_usd=0.0,
            told_usd=None,
            is_data=False,
        )
        self.calls.append(served)
        return served

    def delivered(self, served: Served) -> None:
        """Note that the caller has all of an answer."""
        served.is_delivered = True
        if served.is_data:
            self._answered.add(served.key)

    def acknowledge(self, key: Key, text: str | None) -> None:
        """Note that a turn was reported as done."""
        if key not in self._durable:
            self.tell("I5", key, "was reported as done before it was durable in the log")
        if key in self.acknowledged:
            self.tell("I1", key, "was reported as done twice")
        self.acknowledged[key] = text

    def named(self, name: str) -> None:
        """Note the first name that a run makes up: its own."""
        self.run_ids.setdefault(self.run, name)

    def remember(self, log: bytes) -> None:
        """Take in what a disk still has after whatever happened to it."""
        self._durable = {_key(line) for line in log.split(b"\n")[:-1]}

    def tell(self, invariant: str, key: Key | None, what: str) -> None:
        """Note that an invariant does not hold."""
        if sum(told.startswith(f"{invariant}:") for told in self.wrong) < MOST_TOLD:
            where = f"turn {key[1]} of {key[0]} " if key else ""
            self.wrong.append(f"{invariant}: {where}{what} (run {self.run})")


class _Where(msgspec.Struct):
    trial_id: str
    turn_id: int


_where: msgspec.json.Decoder[Any] = msgspec.json.Decoder(_Where)


def _key(line: bytes) -> Key:
    try:
        found = _where.decode(line)
    except msgspec.MsgspecError:
        return "(damaged)", 0
    return found.trial_id, found.turn_id
