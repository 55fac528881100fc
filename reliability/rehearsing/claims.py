"""What has to hold of a run folder and of the simulator's ledger; every function yields what does not, in words.

The invariants: I1 a turn stands once, I2 turns are contiguous from 1, I3 what was sent at a turn is what the log says,
I4 every served call has an attempt that was written before it, I5 what was acknowledged is on disk, I6 what the log
counts is what was billed, I7 outcomes are never asked again.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec

from colloquia.conversation.hashing import canonical_json
from colloquia.design.words import SAMPLING
from colloquia.logbook import contents
from colloquia.logbook.folder import RunFolder
from reliability.rehearsing import evidence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal
    from pathlib import Path

    from colloquia.providers.simulator.ledger import Generation, Served
    from reliability.rehearsing.evidence import Evidence, Line

NOT_COMPARED = frozenset(
    {
        "experiment_id", "latency_ms", "timestamp", "time_to_first_token_ms", "attempts", "in_flight", "cost_usd",
        "cached_tokens", "saved_usd", "generation_id", "run_id", "crc32",
    }
)  # fmt: skip
"""Columns of a turn that no two runs have in common: times, ids, and what prompt caches make of the price."""
NANODOLLAR = 1e-9

_texts = msgspec.json.Encoder(order="deterministic")


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One request for a reply that a simulator was sent."""

    trial_id: str
    request_sha256: str
    at_seconds: float
    model: str
    served: Served

    @property
    def generation(self) -> Generation | None:
        """What a model said; None where none was asked."""
        return self.served.generation


def calls(served: Sequence[Served]) -> list[Call]:
    """Return the requests for replies of studies on OpenRouter that write no routing, in order of arrival."""
    return [_call(each, each.body) for each in served if each.path.endswith("/chat/completions") and each.key]


def _call(served: Served, body: dict[str, Any]) -> Call:
    sampling = {name: value for name, value in body.items() if name in SAMPLING}
    settings = (canonical_json(part) for part in (body["model"], {}, sampling))
    text = '{{"slug":{},"routing":{},"sampling":{},"messages":'.format(*settings).encode()
    return Call(
        trial_id=str(body.get("session_id", "")).rpartition("/")[0],
        request_sha256=sha256(
            text + _texts.encode([_unmarked(message) for message in body["messages"]]) + b"}"
        ).hexdigest(),
        at_seconds=served.at_seconds,
        model=body["model"],
        served=served,
    )


def _unmarked(message: dict[str, Any]) -> dict[str, Any]:
    """Return a message without the marks for prompt caches, which are no part of what a request says."""
    if isinstance(message["content"], str):
        return message
    return {"content": "".join(part["text"] for part in message["content"]), "role": message["role"]}


def order(rows: Sequence[Line]) -> Iterator[str]:
    """I1, I2: the lines of a conversation are its turns 1, 2, 3 ..., each once and in order."""
    last: Counter[str] = Counter()
    for row in rows:
        trial_id, turn_id = row["trial_id"], row["turn_id"]
        if turn_id <= last[trial_id]:
            yield f"turn {turn_id} of {_short(trial_id)} stands in the log twice, or after a later one"
        elif turn_id != last[trial_id] + 1:
            yield f"turn {turn_id} of {_short(trial_id)} follows turn {last[trial_id]} in the log"
        last[trial_id] = max(turn_id, last[trial_id])


def acknowledged(found: Evidence, asked: Sequence[Call]) -> Iterator[str]:
    """I5: whoever asks for a turn was told that the turns before it are on disk; so they are in the log."""
    has = Counter(row["trial_id"] for row in found.rows)
    turn_of = {(entry["trial_id"], entry["request_sha256"]): entry["turn_id"] for entry in found.of("attempt_started")}
    for call in asked:
        turn_id = turn_of.get((call.trial_id, call.request_sha256))
        if turn_id is not None and has[call.trial_id] < turn_id - 1:
            yield (
                f"turn {turn_id} of {_short(call.trial_id)} was asked for while the log had only "
                f"{has[call.trial_id]} of the turns before it"
            )


def announced(found: Evidence, asked: Sequence[Call]) -> Iterator[str]:
    """I3, I4: each served call is one attempt of the journal, with the request that was really sent."""
    starts = Counter((entry["trial_id"], entry["request_sha256"]) for entry in found.of("attempt_started"))
    for key, times in Counter((call.trial_id, call.request_sha256) for call in asked).items():
        if times > starts[key]:
            yield f"{times} calls of one request of {_short(key[0])} were served, and the journal has {starts[key]}"


def attempts(found: Evidence) -> Iterator[str]:
    """I7: within a run a turn is asked again only after a failure that passes, and never after an answer."""
    state: dict[tuple[str, str, int], tuple[int, str]] = {}
    for entry in found.entries:
        if entry["event"] not in ("attempt_started", "attempt_ended"):
            continue
        key = entry["run_id"], entry["trial_id"], entry["turn_id"]
        number, last = state.get(key, (0, "nothing"))
        where = f"turn {entry['turn_id']} of {_short(entry['trial_id'])}"
        if entry["event"] == "attempt_started":
            if last not in ("nothing", "rate", "transient"):
                yield f"{where} was asked again after {last}"
            state[key] = entry["attempt"], "an attempt under way"
        else:
            state[key] = number, "an answer" if entry["is_ok"] else entry["fault"]


def billed(found: Evidence, asked: Sequence[Call]) -> Iterator[str]:
    """I6: every reply that was billed is a turn at its price, an answered attempt at its price, or a lost call."""
    replies = {call.generation.id: call.generation for call in asked if call.generation}
    named: set[str] = set()
    for row in found.rows:
        reply = replies.get(row["generation_id"] or "")
        where = f"turn {row['turn_id']} of {_short(row['trial_id'])}"
        if reply is None or reply.id in named:
            yield f"{where} bears no reply's own id: {row['generation_id']}"
            continue
        named.add(reply.id)
        if not is_close(row["cost_usd"], reply.cost_usd):
            yield f"{where} costs {row['cost_usd']} in the log and {reply.cost_usd} at the service"
    yield from _unaccounted(found, [call for call in asked if call.generation and call.generation.id not in named])


def _unaccounted(found: Evidence, turnless: Sequence[Call]) -> Iterator[str]:
    """Yield replies without a turn that no attempt of the journal stands for."""
    turns = {(row["run_id"], row["trial_id"], row["turn_id"]) for row in found.rows}
    ends = {_attempt(entry): entry for entry in found.of("attempt_ended")}
    answered = {end["generation_id"]: end for end in ends.values() if end["generation_id"]}
    lost: Counter[tuple[str, str]] = Counter()
    for start in found.of("attempt_started"):
        end = ends.get(_attempt(start))
        is_lost = _attempt(start)[:3] not in turns if end is None else not (end["is_ok"] or end["generation_id"])
        lost[start["trial_id"], start["request_sha256"]] += is_lost
    for call in turnless:
        reply = call.generation
        if reply is None or not reply.cost_usd:
            continue
        end = answered.get(reply.id)
        if end is None:
            lost[call.trial_id, call.request_sha256] -= 1
            if lost[call.trial_id, call.request_sha256] < 0:
                yield f"a reply for {_short(call.trial_id)} was billed, and no attempt in the journal stands for it"
        elif end["is_ok"] and not is_close(end["cost_usd"], reply.cost_usd):
            yield f"a reply without a turn cost {reply.cost_usd}, and the journal says {end['cost_usd']}"


def covered(folder: Path, billed_usd: float) -> Iterator[str]:
    """I6 as well: what the package counts for a run folder is never less than what was billed."""
    if spent(folder) < billed_usd - NANODOLLAR:
        yield f"${billed_usd} were billed, and the run folder counts ${spent(folder)}"


def spent(folder: Path) -> float:
    """Return what the package takes a run folder to have cost."""
    return contents.read(RunFolder(folder)).spent_usd


def same_talks(rows: Sequence[Line], expected: Sequence[Line]) -> Iterator[str]:
    """Every conversation is the one that is held when nothing goes wrong, times and ids apart."""
    talks, expected_talks = talks_of(rows), talks_of(expected)
    if missing := expected_talks.keys() - talks.keys():
        yield f"{len(missing)} conversations are missing"
    for trial_id, turns in talks.items():
        ought = expected_talks.get(trial_id, [])
        if len(turns) != len(ought):
            yield f"{_short(trial_id)} has {len(turns)} turns, and {len(ought)} where nothing goes wrong"
        for turn, other in zip(turns, ought, strict=False):
            different = [name for name in turn if name not in NOT_COMPARED and turn[name] != other.get(name)]
            if different:
                yield f"turn {turn['turn_id']} of {_short(trial_id)} has another {', '.join(different)}"


def table_is(folder: Path, rows: Sequence[Line], *, whole: bool) -> Iterator[str]:
    """The table holds the turns of the log: all of them where ``whole``, else those up to some moment."""
    table = evidence.table(folder)
    if whole and (table is None or len(table) != len(rows)):
        yield f"the table has {len(table or ())} turns, and the log {len(rows)}"
    if table is None:
        return
    for number, (cells, row) in enumerate(zip(table, rows, strict=False), start=1):
        wrong = [name for name, text in cells.items() if name in row and text != evidence.cell(row[name])]
        if wrong:
            yield f"row {number} of the table has another {', '.join(wrong)} than the log"
    if len(table) > len(rows):
        yield "the table has turns that the log does not have"


def without_key(folder: Path, key: str) -> Iterator[str]:
    """The key stands in no file."""
    for name, data in evidence.files(folder).items():
        if key.encode() in data:
            yield f"the key stands in {name}"


def talks_of(rows: Sequence[Line]) -> dict[str, list[Line]]:
    """Return the rows of each conversation, in the order of the log."""
    talks: dict[str, list[Line]] = {}
    for row in rows:
        talks.setdefault(row["trial_id"], []).append(row)
    return talks


def is_close(written: float | None, charged: Decimal) -> bool:
    """Tell whether an amount in a log is what was charged."""
    return written is not None and abs(written - float(charged)) < NANODOLLAR


def _attempt(entry: Line) -> tuple[str, str, int, int]:
    return entry["run_id"], entry["trial_id"], entry["turn_id"], entry["attempt"]


def _short(trial_id: str) -> str:
    return f"conversation {trial_id[:8]}"
