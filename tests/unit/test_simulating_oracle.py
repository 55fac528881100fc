"""The oracle of the simulation: each invariant, broken by hand, is told, and nothing is where all is well."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any
from zlib import crc32

import pytest

from reliability.chance import chance
from reliability.simulating.invariants import check
from reliability.simulating.ledger import JOURNAL, LOG, Ledger
from reliability.simulating.plays import KICKOFF, Play, drawn_play

PROMPT = "You sell."
SAMPLING = {"max_tokens": 16}
SLUG = "acme/m-70b"


def line(**fields: Any) -> bytes:
    """Return a sealed line."""
    body = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()[:-1]
    return b'%b,"crc32":"%08x"}\n' % (body, crc32(body))


def messages(*heard: str) -> list[dict[str, str]]:
    """Return what the opener is sent, who has spoken with ``heard`` in between."""
    texts = [KICKOFF, *heard]
    said = [{"content": text, "role": ("user", "assistant")[number % 2]} for number, text in enumerate(texts)]
    return [{"content": PROMPT, "role": "system"}, *said]


def hashed(sent: list[dict[str, str]]) -> str:
    """Return the hash of a request."""
    parts: dict[str, Any] = {"slug": SLUG, "routing": {}, "sampling": SAMPLING, "messages": sent}
    texts = [f'"{name}":{json.dumps(part, sort_keys=True, separators=(",", ":"))}' for name, part in parts.items()]
    return sha256(f"{{{','.join(texts)}}}".encode()).hexdigest()


def row(turn_id: int = 1, **fields: Any) -> bytes:
    """Return the line of a turn by the opener."""
    usual = {
        "turn_id": turn_id,
        "scenario": "s0",
        "content": "Hello.",
        "trial_id": "a",
        "speaker_role": "one",
        "speaker_slug": SLUG,
        "generation_id": f"gen-{turn_id}",
        "request_sha256": hashed(messages()),
        "ended_by": None,
    }
    return line(**{**usual, **fields})


def started(**fields: Any) -> bytes:
    """Return the journal's line of a call that is about to be made."""
    usual = {"run_id": "r", "trial_id": "a", "turn_id": 1, "attempt": 1, "reserved_usd": 0.5}
    return line(event="attempt_started", **{**usual, **fields})


def ended(**fields: Any) -> bytes:
    """Return the journal's line of a call that came back."""
    usual = {"run_id": "r", "trial_id": "a", "turn_id": 1, "attempt": 1}
    return line(event="attempt_ended", **{**usual, "is_ok": True, "cost_usd": 0.2, "booked_usd": 0.2, **fields})


@pytest.fixture
def play() -> Play:
    """Return a study of one prompt."""
    made = drawn_play(chance("oracle"), "small")
    made.words |= {"sampling": SAMPLING, "kickoff": KICKOFF}
    made.prompts = {("s0", "one"): {PROMPT}}
    return made


@pytest.fixture
def ledger() -> Ledger:
    """Return what is known after one call that was told to cost 20 cents and reported as done."""
    made = Ledger()
    made.begin()
    made.named("r")
    made.flushed(JOURNAL, started())
    served = made.asked(("a", 1), "gen-1", messages(), SLUG)
    served.billed_usd = served.told_usd = made.billed_usd = 0.2
    served.is_data = True
    made.delivered(served)
    made.flushed(LOG, row())
    made.acknowledge(("a", 1), "Hello.")
    return made


def told(ledger: Ledger) -> str:
    """Return the first invariant that did not hold, with its sentence."""
    return next(iter(ledger.wrong), "")


def test_nothing_is_told_where_all_is_well(ledger: Ledger, play: Play) -> None:
    """One call, one attempt, one turn, one price."""
    found = check(row(), started() + ended(), ledger, play)

    assert not ledger.wrong
    assert found.spent_usd == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("log", "why"),
    [
        (row() + row(), "I1: turn 1 of a has two lines"),
        (row().replace(b"Hello", b"Hullo"), "I1: experiment_log.jsonl, line 1 is damaged"),
        (row() + row(3), "I2: turn 3 of a stands there without the one before it"),
        (b"", "I5: turn 1 of a was reported as done and is lost"),
        (row(content="Hi."), "I5: turn 1 of a is not as it was reported"),
        (row(generation_id="gen-9"), "I3: turn 1 of a has a text that nobody said"),
        (row(request_sha256="0" * 64), "I3: turn 1 of a has another hash than the messages that it answers"),
    ],
)
def test_a_log_that_is_not_what_it_should_be_is_told(log: bytes, why: str, ledger: Ledger, play: Play) -> None:
    """Doubled, damaged, with a gap, lost, changed, made up, hashed wrongly."""
    check(log, started() + ended(), ledger, play)

    assert told(ledger).startswith(why)


@pytest.mark.parametrize(
    ("journal", "why"),
    [
        (b"", "I4: turn 1 of a was asked for, and the journal has no attempt"),
        (started() + ended(booked_usd=0.1), "I6: turn 1 of a cost $0.200000000"),
        (started() + ended(booked_usd=0.3), "I6: turn 1 of a was told to cost $0.200000000, booked are $0.300000000"),
        (started(reserved_usd=0.1), "I6: turn 1 of a cost $0.200000000"),
    ],
)
def test_money_that_is_not_written_down_is_told(journal: bytes, why: str, ledger: Ledger, play: Play) -> None:
    """No attempt, too little, too much where the price is known, and a lost call for which too little was reserved."""
    check(row(), journal, ledger, play)

    assert told(ledger).startswith(why)


def test_a_lost_call_counts_for_all_that_was_reserved(ledger: Ledger, play: Play) -> None:
    """That is enough, and no breach."""
    assert check(row(), started(), ledger, play).spent_usd == pytest.approx(0.5)
    assert not ledger.wrong


def test_a_torn_line_at_the_end_is_no_line(ledger: Ledger, play: Play) -> None:
    """Nobody was told that it is done."""
    check(row() + row(2)[:-9], started() + ended() + started(turn_id=2)[:20], ledger, play)

    assert not ledger.wrong


def test_a_turn_that_answers_other_messages_than_the_log_makes_is_told(ledger: Ledger, play: Play) -> None:
    """Here the model was sent a word more."""
    ledger.calls[0].messages[-1]["content"] += " Now."

    check(row(), started() + ended(), ledger, play)

    assert told(ledger).startswith("I3: turn 1 of a was asked for with other messages")


def test_a_prompt_that_no_study_has_is_told(ledger: Ledger, play: Play) -> None:
    """It was never written."""
    play.prompts = {("s0", "one"): {"You buy."}}

    check(row(), started() + ended(), ledger, play)

    assert told(ledger).startswith("I3: turn 1 of a was asked for with a prompt that the study does not have")


def test_a_call_before_its_attempt_is_durable_is_told() -> None:
    """An attempt counts for one call; the second needs its own."""
    ledger = Ledger()
    ledger.begin()
    ledger.flushed(JOURNAL, started())
    ledger.asked(("a", 1), "gen-1", messages(), SLUG)
    assert not ledger.wrong

    ledger.asked(("a", 1), "gen-2", messages(), SLUG)

    assert told(ledger).startswith("I4: turn 1 of a was asked for before its attempt was durable")


def test_an_attempt_is_durable_once_its_whole_line_is() -> None:
    """Flushed in two parts it counts after the second."""
    ledger = Ledger()
    ledger.begin()
    ledger.flushed(JOURNAL, started()[:30])
    ledger.flushed(JOURNAL, started()[30:])

    ledger.asked(("a", 1), "gen-1", messages(), SLUG)

    assert not ledger.wrong


def test_a_turn_that_has_its_answer_is_not_to_be_asked_for_again(ledger: Ledger) -> None:
    """Neither within the run, nor in a later one once its line is durable; a run that lost the answer may ask."""
    ledger.begin()
    ledger.remember(b"")
    ledger.flushed(JOURNAL, started())
    again = ledger.asked(("a", 1), "gen-2", messages(), SLUG)
    assert not ledger.wrong

    again.is_data = True
    ledger.delivered(again)
    ledger.flushed(JOURNAL, started(attempt=2))
    ledger.asked(("a", 1), "gen-3", messages(), SLUG)

    assert told(ledger).startswith("I7: turn 1 of a was answered by acme/m-70b, and asked for again in the same run")


def test_a_durable_turn_is_not_to_be_asked_for_again(ledger: Ledger) -> None:
    """Whoever reads the log knows it."""
    ledger.begin()
    ledger.remember(row())
    ledger.flushed(JOURNAL, started())

    ledger.asked(("a", 1), "gen-2", messages(), SLUG)

    assert told(ledger).startswith("I7: turn 1 of a is durable")


def test_a_turn_is_not_asked_for_before_the_one_before_it_is_durable() -> None:
    """It would answer what may be lost."""
    ledger = Ledger()
    ledger.begin()
    ledger.flushed(JOURNAL, started(turn_id=2))

    ledger.asked(("a", 2), "gen-1", messages(), SLUG)

    assert told(ledger).startswith("I2: turn 2 of a was asked for before the turn before it was durable")


def test_a_turn_reported_as_done_before_it_is_durable_is_told() -> None:
    """And one that is reported twice."""
    ledger = Ledger()
    ledger.begin()

    ledger.acknowledge(("a", 1), "Hello.")
    ledger.acknowledge(("a", 1), "Hello.")

    assert [wrong[:2] for wrong in ledger.wrong] == ["I5", "I5", "I1"]


def test_a_breach_is_told_a_few_times_and_hides_no_other() -> None:
    """A bug that breaks one invariant everywhere leaves room for the rest."""
    ledger = Ledger()
    for number in range(9):
        ledger.tell("I6", ("a", number), "costs")
    ledger.tell("K", None, "the cap is passed")

    assert [wrong.partition(":")[0] for wrong in ledger.wrong] == ["I6", "I6", "I6", "K"]
