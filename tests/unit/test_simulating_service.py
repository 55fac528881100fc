"""The simulated service, its clock and its disk: what they answer, and what the package's own decoder makes of it."""

from __future__ import annotations

import asyncio
import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from colloquia.conversation.chat_model import ChatRequest, Message, Occasion, Reply
from colloquia.conversation.hashing import canonical_json
from colloquia.design.forecast import Price
from colloquia.errors import CallError, Fault
from colloquia.logbook.disk import APPEND
from reliability.chance import chance
from reliability.disks import MemoryDisk, Mishap
from reliability.loop import SeededLoop
from reliability.simulating import speech
from reliability.simulating.clock import EPOCH, Clock, drawn_uuid
from reliability.simulating.ledger import Ledger
from reliability.simulating.plays import KICKOFF, drawn_play
from reliability.simulating.service import Service
from reliability.simulating.stand_ins import Speakers
from reliability.simulating.witnessed import WitnessedDisk

if TYPE_CHECKING:
    from reliability.simulating.speech import Maker

SLUG = "acme/m-70b"
PRICE = Price(prompt=0.001, completion=0.01)
REPLIES = (speech.well, speech.cut_by_length, speech.unpriced, speech.late)
FAILURES = {
    speech.rate_limited: Fault.RATE,
    speech.server_error: Fault.TRANSIENT,
    speech.given_up: Fault.TRANSIENT,
    speech.wrong_body: Fault.TRANSIENT,
    speech.cold: Fault.TRANSIENT,
    speech.broke_off: Fault.TRANSIENT,
    speech.broke_off_billed: Fault.TRANSIENT,
    speech.cut_off: Fault.TRANSIENT,
    speech.stalled: Fault.TRANSIENT,
    speech.lost: Fault.TRANSIENT,
    speech.unreachable: Fault.TRANSIENT,
    speech.stops_model: Fault.STOP_MODEL,
    speech.stops_run: Fault.STOP_RUN,
    speech.stops_trial: Fault.STOP_TRIAL,
}


def request(*texts: str) -> ChatRequest:
    """Return a request of the second seat, whose messages are user's and assistant's in turn."""
    roles = ("user", "assistant")
    said = tuple(Message(role=roles[number % 2], content=text) for number, text in enumerate(texts))
    return ChatRequest(
        slug=SLUG,
        routing={},
        sampling={"max_tokens": 16},
        messages=said,
        messages_json=canonical_json([{"content": each.content, "role": each.role} for each in said]).encode(),
        sha256="0" * 64,
        occasion=Occasion(trial_id="trial-1", turn_id=1, role="one", seat=1, draw=7),
    )


def ask(
    kind: Maker, seed: int, asked: ChatRequest | None = None, *, byok: float = 0.0, is_offline: bool = False
) -> tuple[Reply | CallError, Ledger]:
    """Ask a service that answers in one way, and return what comes of it and the service's account."""
    ledger, draws = Ledger(), chance("service", seed)
    with asyncio.Runner(loop_factory=lambda: SeededLoop(draws, [])) as runner:
        clock = Clock(runner.get_loop().time)
        service = Service(
            draws=draws,
            clock=clock,
            ledger=ledger,
            prices={SLUG: PRICE},
            kickoffs=frozenset({KICKOFF}),
            kinds=[kind],
            weights=[1.0],
            byok_share=byok,
            is_offline=is_offline,
        )
        model = Speakers(transport=service, clock=clock, is_streaming=seed % 2 == 0).model(SLUG)
        try:
            return runner.run(model.reply(asked or request(KICKOFF))), ledger
        except CallError as error:
            return error, ledger


@pytest.mark.parametrize("kind", REPLIES)
def test_a_reply_is_read_as_it_was_said_and_costs_what_was_billed(kind: Maker) -> None:
    """Streamed and whole, at once and slowly; a price is known where it was told."""
    for seed in range(12):
        reply, ledger = ask(kind, seed)
        served = ledger.calls[0]

        assert isinstance(reply, Reply)
        assert (reply.content or "").endswith("gen-1")
        assert served.is_delivered
        assert reply.usage.cost_usd == (None if served.told_usd is None else pytest.approx(served.billed_usd))


@pytest.mark.parametrize("kind", [speech.filtered, speech.empty, speech.thought_only, speech.blocked])
def test_what_a_model_does_is_data(kind: Maker) -> None:
    """A refusal, nothing, thoughts only, an overflow: replies, and known as data to the ledger."""
    for seed in range(16):
        reply, ledger = ask(kind, seed)

        assert isinstance(reply, Reply)
        assert reply.outcome or reply.refusal_source
        assert ledger.calls[0].is_data


@pytest.mark.parametrize(("kind", "fault"), FAILURES.items())
def test_what_a_service_does_wrong_is_a_failure_of_its_kind(kind: Maker, fault: Fault) -> None:
    """In all forms in which it comes; none of them is data."""
    for seed in range(20):
        error, ledger = ask(kind, seed)

        assert isinstance(error, CallError), f"{ledger.calls[0].kind} with seed {seed}"
        assert error.failure.fault is fault
        assert not ledger.calls[0].is_data


def test_all_kinds_of_answer_are_tried_here() -> None:
    """None is left out of the tables above."""
    tried = {*REPLIES, speech.filtered, speech.empty, speech.thought_only, speech.blocked, *FAILURES}

    assert {*speech.FREQUENT, *speech.SLOW, *speech.DATA, *speech.RARE, *speech.COSTLY} <= tried


def test_a_key_of_ones_own_costs_the_providers_bill_and_the_fee() -> None:
    """Both parts are told, and read as their sum."""
    reply, ledger = ask(speech.well, 2, byok=1.0)
    plain, _ = ask(speech.well, 2)

    assert isinstance(reply, Reply)
    assert isinstance(plain, Reply)
    tokens = (reply.usage.input_tokens or 0) * PRICE.prompt + (reply.usage.output_tokens or 0) * PRICE.completion
    assert ledger.billed_usd == pytest.approx(tokens * 1.05)
    assert reply.usage.cost_usd == pytest.approx(ledger.billed_usd)


def test_a_lost_reply_is_billed_and_one_that_never_left_is_not() -> None:
    """Nobody can connect while the network is gone."""
    _, lost = ask(speech.lost, 1)
    error, unsent = ask(speech.well, 1, is_offline=True)

    assert lost.billed_usd > 0
    assert unsent.billed_usd == 0
    assert isinstance(error, CallError)
    assert not error.failure.was_sent


@pytest.mark.parametrize(
    ("texts", "turn"),
    [((KICKOFF,), 1), (("Hello.",), 2), ((KICKOFF, "a", "b"), 3), (("a", "b", "c"), 4)],
)
def test_a_turn_is_known_by_its_messages_alone(texts: tuple[str, ...], turn: int) -> None:
    """The opener was told to begin; whoever hears a text first speaks second."""
    _, ledger = ask(speech.well, 0, request(*texts))

    assert ledger.calls[0].key == ("trial-1", turn)


def test_a_service_without_a_caller_answers_nobody() -> None:
    """What a process that was killed still does reaches no account."""
    ledger, draws = Ledger(), chance("dead")
    with asyncio.Runner(loop_factory=lambda: SeededLoop(draws, [])) as runner:
        clock = Clock(runner.get_loop().time)
        service = Service(draws=draws, clock=clock, ledger=ledger, prices={SLUG: PRICE}, kickoffs=frozenset())
        service.is_alive = lambda: False
        model = Speakers(transport=service, clock=clock, is_streaming=True).model(SLUG)

        with pytest.raises(asyncio.CancelledError):
            runner.run(model.reply(request(KICKOFF)))

    assert not ledger.calls


def test_the_wall_clock_jumps_and_the_other_one_never_does() -> None:
    """An hour of sleep shows on the wall only."""
    clock = Clock(lambda: 5.0)

    clock.jump(3600)

    assert clock.now() == 5.0
    assert clock.utc() == EPOCH + timedelta(seconds=3605)


def test_the_same_draws_make_the_same_names() -> None:
    """They are UUIDs of the random kind."""
    names = [drawn_uuid(chance("names")) for _ in range(2)]

    assert names[0] == names[1]
    assert names[0].version == 4


def test_a_disk_tells_what_is_durable_when_it_is_and_not_before() -> None:
    """Written is not durable; what was cut off, or written by a call that failed, never is."""
    told: list[tuple[str, bytes]] = []
    place = Path("/in/memory")
    disk = WitnessedDisk(MemoryDisk(place), None, lambda name, data: told.append((name, data)))
    file = disk.open(place / "log", APPEND | os.O_CREAT)

    disk.write(file, b"one\n")
    assert not told
    disk.sync(file)
    disk.write(file, b"two\n")
    disk.truncate(file, 4)
    disk.sync(file)

    assert told == [("log", b"one\n")]


def test_a_disk_that_died_tells_nothing_more() -> None:
    """The call at which it died has no effect."""
    told: list[bytes] = []
    place = Path("/in/memory")
    disk = WitnessedDisk(MemoryDisk(place), Mishap(at=3, when="before"), lambda _name, data: told.append(data))
    file = disk.open(place / "log", APPEND | os.O_CREAT)
    disk.write(file, b"one\n")

    with pytest.raises(BaseException):  # noqa: B017, PT011 (a death is no error)
        disk.sync(file)

    assert disk.is_dead
    assert not told


@pytest.mark.parametrize("size", ["small", "usual", "crowd"])
def test_a_drawn_study_can_be_held_and_edited(size: str) -> None:
    """Whatever is drawn, and whatever is edited, is a study; its prompts are all remembered."""
    for seed in range(20):
        play = drawn_play(chance("play", seed), size)
        before = set(play.prompts)
        for _ in range(3):
            play.edit(chance("edit", seed))

        assert play.experiment.materials
        assert before <= set(play.prompts)
