"""What must be true of the two files of a run folder, asked of their bytes; none of the package's code is used.

I1 each turn has one line; I2 turns are contiguous from 1; I3 what was sent at a turn is the fold of the turns before;
I4 a call has its attempt in the journal; I5 what was reported as done is there as it was said; I6 what was billed is
there, at its price or as a lost call. (That I4 and I5 hold at the moment itself, and I7, is the ledger's to see.)
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import sha256
from math import isclose
from typing import TYPE_CHECKING, Any
from zlib import crc32

import msgspec

from reliability.simulating.ledger import JOURNAL, LOG

if TYPE_CHECKING:
    from reliability.simulating.ledger import Key, Ledger, Served
    from reliability.simulating.plays import Play

SEAL = len(b',"crc32":"00000000"}')
SMALLEST_USD = 1e-9
Row = dict[str, Any]
Attempt = tuple[str, str, int, int]
"""Run, conversation, turn, number."""


@dataclass(kw_only=True)
class Account:
    """What the files say."""

    rows: dict[Key, Row] = field(default_factory=dict)
    started: dict[Attempt, Row] = field(default_factory=dict)
    ended: dict[Attempt, Row] = field(default_factory=dict)

    @property
    def spent_usd(self) -> float:
        """All that was spent: what calls were booked at, and of those that never came back the most they can cost."""
        return sum(self.booked_usd(attempt) for attempt in self.started)

    def booked_usd(self, attempt: Attempt) -> float:
        """Return what one call counts for."""
        end = self.ended.get(attempt)
        if end is None:
            reserved: float = self.started[attempt]["reserved_usd"] or 0.0
            return reserved
        cost: float | None = end["cost_usd"] if end["booked_usd"] is None else end["booked_usd"]
        return cost or 0.0


def account(log: bytes, journal: bytes, ledger: Ledger) -> Account:
    """Read both files; lines that are damaged, doubled or out of order are told."""
    found = Account()
    for row in _records(LOG, log, ledger):
        key = (row["trial_id"], row["turn_id"])
        if key in found.rows:
            ledger.tell("I1", key, "has two lines")
        elif key[1] > 1 and (key[0], key[1] - 1) not in found.rows:
            ledger.tell("I2", key, "stands there without the one before it")
        found.rows.setdefault(key, row)
    for entry in _records(JOURNAL, journal, ledger):
        _take(found, entry)
    return found


def check(log: bytes, journal: bytes, ledger: Ledger, play: Play) -> Account:
    """Tell what does not hold, and return what the files say."""
    found = account(log, journal, ledger)
    for key, text in ledger.acknowledged.items():
        if key not in found.rows:
            ledger.tell("I5", key, "was reported as done and is lost")
        elif found.rows[key]["content"] != text:
            ledger.tell("I5", key, "is not as it was reported")
    answers = {served.generation_id: served for served in ledger.calls}
    folds = _Folds(play)
    for key, row in sorted(found.rows.items()):
        folds.check(key, row, answers.get(row["generation_id"]), ledger)
    _check_money(found, ledger)
    return found


def _take(found: Account, entry: Row) -> None:
    if entry["event"] in ("attempt_started", "attempt_ended"):
        attempt = (entry["run_id"], entry["trial_id"], entry["turn_id"], entry["attempt"])
        (found.started if entry["event"] == "attempt_started" else found.ended)[attempt] = entry


def _check_money(found: Account, ledger: Ledger) -> None:
    for served in ledger.calls:
        attempt = _attempt_of(served, found, ledger)
        if attempt is None:
            ledger.tell("I4", served.key, "was asked for, and the journal has no attempt")
            continue
        booked, end = found.booked_usd(attempt), found.ended.get(attempt)
        if booked < served.billed_usd - SMALLEST_USD:
            ledger.tell("I6", served.key, f"cost ${served.billed_usd:.9f} ({served.kind}), booked are ${booked:.9f}")
        is_told = served.is_delivered and served.told_usd is not None and end is not None and end["is_ok"]
        if is_told and not isclose(booked, served.told_usd or 0.0, abs_tol=SMALLEST_USD):
            ledger.tell("I6", served.key, f"was told to cost ${served.told_usd:.9f}, booked are ${booked:.9f}")
    if found.spent_usd < ledger.billed_usd - SMALLEST_USD:
        ledger.tell("I6", None, f"${ledger.billed_usd:.9f} were billed and ${found.spent_usd:.9f} are written down")


def _attempt_of(served: Served, found: Account, ledger: Ledger) -> Attempt | None:
    """Return the attempt in the journal that a call was."""
    attempt = (ledger.run_ids[served.run], *served.key, served.attempt)
    return attempt if attempt in found.started else None


def _records(name: str, data: bytes, ledger: Ledger) -> list[Row]:
    found = []
    for number, line in enumerate(data.split(b"\n")[:-1], start=1):
        body, seal = line[:-SEAL], line[-SEAL:]
        if seal != b',"crc32":"%08x"}' % crc32(body):
            ledger.tell("I1", None, f"{name}, line {number} is damaged")
            continue
        found.append(msgspec.json.decode(line))
    return found


class _Folds:
    """Every conversation as its speakers saw it, put together once more."""

    def __init__(self, play: Play) -> None:
        self._play = play
        self._said: dict[str, list[Row]] = {}

    def check(self, key: Key, row: Row, served: Served | None, ledger: Ledger) -> None:
        """Take in the next turn of a conversation, and tell where it answers something else than it should."""
        said = self._said.setdefault(key[0], [])
        if served is None or served.key != key:
            ledger.tell("I3", key, "has a text that nobody said")
        else:
            self._compare(key, row, served, said, ledger)
        said.append(row)

    def _compare(self, key: Key, row: Row, served: Served, said: list[Row], ledger: Ledger) -> None:
        role = row["speaker_role"]
        prompt = served.messages[0]["content"] if served.messages[0]["role"] == "system" else ""
        if prompt not in self._play.prompts[row["scenario"], role]:
            ledger.tell("I3", key, "was asked for with a prompt that the study does not have")
        kickoff: str = self._play.words["kickoff"]
        messages = [{"content": prompt, "role": "system"}] if prompt else []
        heard = None
        for turn in said:
            if turn["speaker_role"] == role:
                messages += [
                    {"content": heard or kickoff, "role": "user"},
                    {"content": turn["content"], "role": "assistant"},
                ]
                heard = None
            else:
                heard = turn["content"]
        messages.append({"content": heard or kickoff, "role": "user"})
        if served.messages != messages:
            ledger.tell("I3", key, "was asked for with other messages than the turns before it make")
        if row["request_sha256"] != _hash(row["speaker_slug"], self._play.words["sampling"], messages):
            ledger.tell("I3", key, "has another hash than the messages that it answers")


def _hash(slug: str, sampling: dict[str, Any], messages: list[dict[str, str]]) -> str:
    parts = {"slug": slug, "routing": {}, "sampling": sampling, "messages": messages}
    texts = (f'"{name}":{json.dumps(part, **_CANONICAL)}' for name, part in parts.items())
    return sha256("{{{}}}".format(",".join(texts)).encode()).hexdigest()


_CANONICAL: dict[str, Any] = {"sort_keys": True, "separators": (",", ":"), "ensure_ascii": False}
