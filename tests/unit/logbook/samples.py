"""Small conversations, their rows, and journal entries to test with."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zlib import crc32

import msgspec
from builders import setup
from hypothesis import HealthCheck, settings
from msgspec import structs

from colloquia.conversation.chat_model import Reply, Usage
from colloquia.conversation.draws import Draws
from colloquia.conversation.participants import Participant, Seat
from colloquia.conversation.procedures.dialogue import Dialogue
from colloquia.conversation.talk import Talk
from colloquia.conversation.transcript import Turn
from colloquia.design.trials import Trial
from colloquia.logbook.entries import AttemptEnded, AttemptStarted, Entry
from colloquia.logbook.record import TurnRow, encode, experiment_id
from colloquia.logbook.turn_rows import turn_row

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""For properties: how fast a machine is, is none of theirs."""

FOLDER_ID = "6f1c0d3e-9a6b-4f0e-8a55-0d1f2b3c4d5e"
NOON = datetime(2026, 11, 22, 12, 0, 0, 123_000, tzinfo=UTC)
AT = "2026-11-22T12:00:00.000Z"
HASH = "ab" * 32


def trial_named(trial_id: str, *, num_turns: int = 4, **changes: Any) -> Trial:
    """Return a scheduled conversation between buyer and seller."""
    seats = tuple(
        Seat(role=role, participant=Participant(name=name, slug=f"lab/{name}"), prompt=f"You are the {role}.")
        for role, name in (("buyer", "ada"), ("seller", "bob"))
    )
    talk = Talk(
        trial_id=trial_id,
        seats=seats,
        procedure=Dialogue(setup=setup("buyer", "seller", num_turns=num_turns)),
        kickoff="Begin.",
        go_on="Go on.",
        stop=(),
        draws=Draws(seed=1, iteration=1, item=None, names=("ada", "bob")),
    )
    trial = Trial(
        talk=talk, scenario="market", iteration=1, num_turns=num_turns, factors={"tone": "warm"}, opener="buyer"
    )
    return replace(trial, **changes)


def turn_number(turn_id: int, content: str | None = "Hello.", **changes: Any) -> Turn:
    """Return a turn by whoever's turn it is."""
    reply = Reply(
        content=content,
        source="live",
        finish_reason="stop",
        usage=Usage(input_tokens=10 * turn_id, output_tokens=turn_id, cost_usd=0.25),
        latency_ms=100.5,
        timestamp=NOON + timedelta(seconds=turn_id),
    )
    turn = Turn(turn_id=turn_id, role=("seller", "buyer")[turn_id % 2], reply=reply, request_sha256=HASH)
    return structs.replace(turn, **changes)


def row_of(trial_id: str, turn_id: int, *, run_id: str = "run-1", **changes: Any) -> TurnRow:
    """Return the row of one turn, with some fields changed."""
    row = turn_row(
        trial_named(trial_id),
        turn_number(turn_id, f"Turn {turn_id} of {trial_id}."),
        experiment_id=experiment_id(FOLDER_ID, trial_id),
        run_id=run_id,
    )
    values = {name: getattr(row, name) for name in row.__struct_fields__}
    return TurnRow(**{**values, **changes})


def started(trial_id: str, turn_id: int, *, attempt: int = 1, run_id: str = "run-1", **changes: Any) -> AttemptStarted:
    """Return the journal's entry before a call."""
    return AttemptStarted(
        at=AT,
        run_id=run_id,
        trial_id=trial_id,
        turn_id=turn_id,
        attempt=attempt,
        speaker_model="ada",
        speaker_slug="lab/ada",
        request_sha256=HASH,
        **changes,
    )


def ended(trial_id: str, turn_id: int, *, attempt: int = 1, run_id: str = "run-1", **changes: Any) -> AttemptEnded:
    """Return the journal's entry after a call, an answered one unless said otherwise."""
    values: dict[str, Any] = {"is_ok": True, "cost_usd": 0.25, **changes}
    return AttemptEnded(at=AT, run_id=run_id, trial_id=trial_id, turn_id=turn_id, attempt=attempt, **values)


def sealed(values: dict[str, object]) -> bytes:
    """Return a line that holds some values under a right checksum."""
    body = msgspec.json.encode(values)[:-1]
    return b'%b,"crc32":"%08x"}\n' % (body, crc32(body))


def values_of(record: TurnRow | Entry) -> dict[str, object]:
    """Return the values of a record as its line has them, the checksum apart."""
    values: dict[str, object] = json.loads(encode(record))
    del values["crc32"]
    return values
