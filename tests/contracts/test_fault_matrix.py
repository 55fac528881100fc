"""Each fault that the simulator can play is read as the fault matrix wants, through a real socket.

The matrix is ``reliability.md``, section 9; each fault says which of its rows it belongs to. A verdict is a fault class
for a call that failed, an outcome for what the model did, or ``said`` for a reply with a text that goes on.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from unit.providers.simulator.rehearsing import KEY, UNIT, ask, planned

from colloquia.conversation.chat_model import Reply
from colloquia.errors import Fault
from colloquia.providers.simulator.fault import Refuses
from colloquia.providers.simulator.faults import FAULTS
from colloquia.providers.simulator.plan import Strike
from colloquia.providers.simulator.simulator import Simulator
from colloquia.providers.wire import Patience

if TYPE_CHECKING:
    from colloquia.errors import Failure
    from colloquia.providers.simulator.ledger import Served

MATRIX_ROWS = range(1, 41)

SERVER_STATUSES = (408, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529)
BODIES = ("", "-html", "-empty", "-huge")

EXPECTED: dict[str, str] = {
    # rows 1 and 2: rates
    "status-429": "rate",
    "status-429-seconds": "rate",
    "status-429-milliseconds": "rate",
    "status-429-date": "rate",
    "status-429-reset": "rate",
    "status-429-skewed": "rate",
    "status-429-zero": "rate",
    "status-429-garbage": "rate",
    "status-429-absurd": "rate",
    "status-429-minute": "rate",
    "status-429-day": "rate",
    "status-429-upstream": "rate",
    # row 3: credit
    "status-402": "stop_run",
    "status-402-in-flight": "rate",
    "status-429-quota": "stop_run",
    # row 4: the key
    "status-401": "stop_run",
    # row 5: what is forbidden
    "status-403-moderation": "input_blocked",
    "status-403-guardrail": "stop_run",
    "status-403-budget": "stop_run",
    "status-403-region": "stop_model",
    # row 6: the context
    "status-400-context": "context_overflow",
    "status-400-context-untyped": "context_overflow",
    # row 7: other requests that are wrong
    "status-400": "stop_model",
    "status-400-provider": "stop_model",
    "status-400-model": "stop_model",
    "status-404": "stop_model",
    "status-404-deprecated": "stop_model",
    "status-404-free": "stop_model",
    "status-404-retryable": "transient",
    "status-413": "stop_trial",
    "status-422": "stop_model",
    "status-499-billed": "stop_model",
    "status-503-not-retryable": "stop_model",
    # row 8: servers in trouble
    **{f"status-{status}{body}": "transient" for status in SERVER_STATUSES for body in BODIES},
    "status-502-raw-json": "transient",
    "status-502-raw-plain": "transient",
    "status-502-raw-absent": "transient",
    "status-502-raw-huge": "transient",
    "status-503-wrong-type": "transient",
    "status-503-text": "transient",
    "status-503-string-code": "transient",
    "status-503-no-code": "transient",
    "status-503-null-metadata": "transient",
    "status-503-hint": "transient",
    "status-503-loading": "transient",
    **{f"status-{status}-billed": "transient" for status in (408, 504, 520, 522, 524)},
    "too-large": "transient",
    "gzip-bomb": "transient",
    # row 9: status 200 without a reply
    "ok-error": "transient",
    "ok-error-rate": "rate",
    "ok-error-key": "stop_run",
    "ok-error-context": "context_overflow",
    "ok-error-text": "transient",
    "choices-null": "transient",
    "choices-empty": "transient",
    "choices-missing": "transient",
    "all-null": "transient",
    # row 10: an error beside half a text
    "finish-error": "transient",
    "choice-error": "transient",
    # row 11: length
    "length-cut": "said",
    "length-cut-json": "said",
    # row 12: refusals
    "status-400-policy": "refusal",
    "status-400-policy-raw": "refusal",
    "status-400-refusal": "refusal",
    "refusal-text": "said",
    "refusal-field": "said",
    "refusal-filter": "refusal",
    "refusal-filter-explained": "refusal",
    "refusal-filter-partial": "said",
    "refusal-native": "refusal",
    # row 13: finish reasons
    "finish-null": "said",
    "finish-blank": "said",
    "finish-unknown": "said",
    "stream-blank-reasons": "said",
    # row 14: nothing said
    "refusal-silent": "empty",
    "content-null": "empty",
    "content-empty": "empty",
    "content-blank": "empty",
    "empty-stop": "empty",
    "empty-unexplained": "empty",
    "empty-cold": "transient",
    "empty-error": "transient",
    # row 15: only reasoning
    "length-reasoning": "no_answer",
    "length-reasoning-stop": "no_answer",
    "length-reasoning-hidden": "no_answer",
    # row 16: malformed, and odd but harmless
    "ok-error-string-code": "transient",
    "ok-html": "transient",
    "ok-empty": "transient",
    "not-a-table": "transient",
    "usage-nan": "transient",
    "json-cut": "transient",
    "not-utf8": "transient",
    "gzip-cut": "transient",
    "content-number": "transient",
    "content-parts": "said",
    "nested": "said",
    "usage-missing": "said",
    "usage-null": "said",
    "usage-zero": "said",
    "usage-strings": "said",
    "leading-space": "said",
    "keys-twice": "said",
    "gzip": "said",
    "json-for-stream": "said",
    "stream-for-json": "said",
    "stream-no-usage": "said",
    "stream-two-usages": "said",
    "stream-empty-detail": "said",
    # row 17: cut off, or only seemingly
    "stream-cut": "transient",
    "stream-cut-done": "transient",
    "stream-garbled": "transient",
    "close-in-body": "transient",
    "bad-chunk": "transient",
    "length-too-short": "transient",
    "length-too-long": "said",
    "stream-no-done": "said",
    "stream-done-twice": "said",
    "stream-after-done": "said",
    "stream-at-once": "said",
    "hang-after-end": "said",
    "byte-by-byte": "said",
    # row 18: errors in the middle of a stream
    "stream-error": "transient",
    "stream-error-word": "transient",
    "stream-error-no-choices": "transient",
    "stream-error-bare": "transient",
    "stream-error-billed": "transient",
    "stream-error-text": "transient",
    "stream-error-request": "transient",
    "stream-error-first": "transient",
    # row 19: comments only
    "stream-comments": "transient",
    # row 20: the connection
    "connection-refused": "transient",
    "close-unanswered": "transient",
    "reset-unanswered": "transient",
    "no-http": "transient",
    "reset-in-body": "transient",
    "keep-alive-closed": "said",
    # row 21: silence
    "never-answer": "transient",
    "stall-after-head": "transient",
    "stall-in-body": "transient",
    "slow-drip": "transient",
    "late-answer": "transient",
    "slow-answer": "said",
    # row 22: twice
    "same-id": "said",
    # row 36: somebody else answers
    "other-model": "said",
    "other-provider": "said",
    "provider-null": "said",
    # row 37: odd text
    "content-odd": "said",
    "content-long": "said",
    "half-character": "said",
    # row 38: replayed
    "cache-replay": "said",
}

EXPECTED_IN_STREAMS = {
    # row 13: a stream without a finish reason was cut
    "finish-null": "transient",
    "finish-blank": "transient",
    "empty-unexplained": "transient",
}

IMPATIENT = Patience(silence_seconds=0.1, idle_seconds=0.1, deadline_seconds=0.15)
PATIENCE = {
    "hang-after-end": Patience(farewell_seconds=0.05),
    "late-answer": IMPATIENT,
    "never-answer": IMPATIENT,
    "slow-drip": IMPATIENT,
    "stall-after-head": IMPATIENT,
    "stall-in-body": IMPATIENT,
    "stream-comments": IMPATIENT,
}
"""Of the client, by faults that only its own patience ends."""

HINTS = {
    "status-402-in-flight": 30,
    "status-429-seconds": 30,
    "status-429-milliseconds": 30,
    "status-429-date": 30,
    "status-429-reset": 30,
    "status-429-skewed": 30,
    "status-429-zero": 0,
    "status-429-absurd": 365 * 86_400,
    "status-429-minute": 30,
    "status-429-day": 30,
    "status-503-hint": 30,
}
"""Simulated seconds that each asks to wait; those with a date round them up to a second of real time."""

REFUSED_BY = {
    "status-400-policy": "filter",
    "status-400-policy-raw": "filter",
    "status-400-refusal": "provider",
    "status-403-moderation": "filter",
    "refusal-text": None,
    "refusal-field": "provider",
    "refusal-filter": "provider",
    "refusal-filter-explained": "provider",
    "refusal-filter-partial": "filter",
    "refusal-native": "provider",
    "refusal-silent": None,
}
"""Who says that it is a refusal; None where only a reader of the text can tell."""

KEPT_IN_PART = frozenset({"finish-error", "choice-error", "stream-error", "stream-error-bare", "stream-cut"})
"""Faults after which half a text is kept with the attempt."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How an answer was read, and what the simulator noted."""

    read: Reply | Failure
    served: Served | None

    @property
    def name(self) -> str:
        if isinstance(self.read, Reply):
            return self.read.outcome or "said"
        return self.read.fault.value


def verdict(name: str, *, is_streaming: bool) -> Verdict:
    """Return how a reply with that fault is read."""
    between = (0.0, 1e9) if isinstance(FAULTS[name], Refuses) else None

    async def main() -> Verdict:
        async with Simulator(planned(Strike(name=name, between=between))) as simulator:
            read = await ask(simulator, is_streaming=is_streaming, patience=PATIENCE.get(name))
        return Verdict(read=read, served=simulator.served[0] if simulator.served else None)

    return asyncio.run(main())


CASES = [
    pytest.param(name, is_streaming, id=f"{name}-{'streamed' if is_streaming else 'whole'}")
    for name, fault in FAULTS.items()
    for is_streaming in (False, True)
    if fault.fits(is_streamed=is_streaming)
]


def test_the_table_names_every_fault_and_no_other() -> None:
    """A new fault says here what it has to be read as, and its row is one of the matrix."""
    assert set(EXPECTED) == set(FAULTS)
    assert set(EXPECTED_IN_STREAMS) <= set(EXPECTED)
    assert all(fault.row in MATRIX_ROWS for fault in FAULTS.values())


@pytest.mark.parametrize(("name", "is_streaming"), CASES)
def test_a_fault_is_read_as_the_matrix_wants(name: str, is_streaming: bool) -> None:  # noqa: FBT001 (a parameter)
    """Class or outcome; nothing of it passes for live, and no key is shown."""
    expected = (EXPECTED_IN_STREAMS if is_streaming else {}).get(name, EXPECTED[name])

    told = verdict(name, is_streaming=is_streaming)

    assert told.name == expected
    assert told.served is None or told.served.fault == name
    assert not isinstance(told.read, Reply) or told.read.source == "simulated"
    assert KEY not in repr(told)


@pytest.mark.parametrize("name", sorted(HINTS))
def test_a_hint_is_never_shortened(name: str) -> None:
    """In seconds, milliseconds, as a date or as the moment of a reset, also by a clock that is an hour ahead."""
    told = verdict(name, is_streaming=False)

    assert not isinstance(told.read, Reply)
    assert told.read.retry_after_seconds is not None
    assert told.read.retry_after_seconds >= HINTS[name] * UNIT - 1e-6
    assert told.read.retry_after_seconds <= HINTS[name] * UNIT + 2


@pytest.mark.parametrize("is_streaming", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("name", sorted(REFUSED_BY))
def test_a_refusal_says_who_refuses(name: str, is_streaming: bool) -> None:  # noqa: FBT001 (a parameter)
    """Also where there is a text, which goes on and is noted."""
    told = verdict(name, is_streaming=is_streaming)

    assert isinstance(told.read, Reply)
    assert told.read.refusal_source == REFUSED_BY[name]


@pytest.mark.parametrize("name", ["connection-refused", "never-answer", "reset-unanswered", "close-unanswered"])
def test_only_a_refused_connection_was_surely_not_billed(name: str) -> None:
    """Any other call may have been heard."""
    told = verdict(name, is_streaming=False)

    assert not isinstance(told.read, Reply)
    assert told.read.was_sent is (name != "connection-refused")


@pytest.mark.parametrize("name", sorted(KEPT_IN_PART))
def test_half_a_text_is_kept_with_the_attempt(name: str) -> None:
    """Where a reply broke off, what had come is there to look at, and is no turn."""
    told = verdict(name, is_streaming=True)

    assert not isinstance(told.read, Reply)
    assert (told.read.partial_text or "").startswith("Simulated")
    assert told.read.fault is Fault.TRANSIENT
