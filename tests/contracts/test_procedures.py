"""What every procedure promises, those that ship and one of your own: it is pure, and what is hidden stays hidden."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from doors import ROOT

from colloquia.conversation.chat_model import Reply
from colloquia.conversation.converse import converse
from colloquia.conversation.steps import Announce, End, Move
from colloquia.conversation.transcript import Announcement, turns
from colloquia.conversation.walk import Walk, replay
from colloquia.design.procedures import KINDS
from colloquia.design.study import Experiment
from colloquia.design.trials import trials
from colloquia.logbook.turn_rows import turn_of, turn_row
from colloquia.own_code import defined

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from colloquia.conversation.chat_model import ChatRequest
    from colloquia.conversation.talk import Talk
    from colloquia.conversation.transcript import Event, Turn
    from colloquia.design.trials import Trial

OWN = "sealed_bids.py:Auction"
QUESTIONS = ["Who?", "Where?", "Why?"]
PAYOFFS = {"J": {"J": [8, 8], "F": [0, 10]}, "F": {"J": [10, 0], "F": [5, 5]}}
MARKS = ("rook", "heron", "finch", "crane", "swift", "raven", "eider", "snipe", "stork", "goose", "plover", "dunlin")
"""One for each turn, so that it shows who has heard what."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A procedure as a study may have it, and what its seats say."""

    procedure: Any
    says: Callable[[ChatRequest], str] = lambda request: f"I say {request.occasion.draw}."
    scenario: Any = field(default_factory=lambda: {"ann": "You are Ann.", "bob": "You are Bob."})
    words: dict[str, Any] = field(default_factory=dict)
    longer: dict[str, Any] = field(default_factory=lambda: {"num_turns": 9})
    """What makes it longer; empty where its length is part of what it is."""

    def trial(self, *, is_longer: bool = False) -> Trial:
        """Return its conversation."""
        changed = self.longer if is_longer else {}
        settings = {name: value for name, value in changed.items() if name != "num_turns"}
        procedure = {**self.procedure, **settings} if isinstance(self.procedure, dict) else self.procedure
        length = {"num_turns": changed.get("num_turns", 6)} if "num_turns" in self.longer else {}
        study = Experiment(
            models={"m": "scripted:echo"},
            scenarios={"s": self.scenario},
            procedure=procedure,
            pairing="self",
            **{**length, **self.words},
        )
        (trial,) = trials(study, lambda _slug: "flip", {OWN: AUCTION})
        return trial


def marked(text: str) -> Callable[[ChatRequest], str]:
    """Return a seat that says the same at each turn, with the turn's own mark."""
    return lambda request: f"{text} {MARKS[(request.occasion.turn_id - 1) % len(MARKS)]}"


def haggling(request: ChatRequest) -> str:
    """Propose less and less."""
    mark = MARKS[request.occasion.turn_id - 1]
    return f"<private>{mark}</private>\npropose {90 - request.occasion.turn_id}"


AUCTION: Any = defined(ROOT / "examples" / "sealed_bids.py", "Auction")
ROUNDS = {"rounds": 5}
SAMPLES = {
    "dialogue": Sample(procedure="dialogue"),
    "group": Sample(procedure={"kind": "group", "next": "random"}, scenario={"a": "A", "b": "B", "c": "C"}),
    "interview": Sample(procedure={"kind": "interview", "questions": QUESTIONS}, longer={}),
    "questionnaire": Sample(
        procedure={"kind": "questionnaire", "questions": QUESTIONS, "scale": [1, 7], "order": "shuffled"},
        says=marked("4"),
        longer={},
    ),
    "game": Sample(
        procedure={"kind": "game", "rounds": 3, "payoffs": PAYOFFS, "order": "shuffled"},
        says=marked("J"),
        longer=ROUNDS,
    ),
    "public goods": Sample(
        procedure={"kind": "public goods", "rounds": 2, "players": 3}, says=marked("7"), scenario="Give.", longer=ROUNDS
    ),
    "ultimatum": Sample(
        procedure={"kind": "ultimatum", "rounds": 3},
        says=lambda request: marked("3" if request.occasion.turn_id % 2 else "accept")(request),
        longer=ROUNDS,
    ),
    "trust": Sample(procedure={"kind": "trust", "rounds": 3}, says=marked("3"), longer=ROUNDS),
    "bargain": Sample(procedure={"kind": "bargain", "cost": 40, "value": 60}, says=haggling),
    "commons": Sample(procedure={"kind": "commons", "rounds": 2}, says=marked("3"), longer=ROUNDS),
    "population": Sample(
        procedure={"kind": "population", "rounds": 5, "agents": 5, "names": ["Q", "M"], "committed": 1,
                   "committed_name": "M"},
        says=marked("Q"), scenario="Say a name.", words={"memory": 2}, longer={"rounds": 9},
    ),
    OWN: Sample(procedure={"kind": OWN}, says=marked("50"), scenario={"a": "A", "b": "B", "c": "C"}),
}  # fmt: skip


@dataclass
class Scripted:
    """Says what a sample says, and keeps every request."""

    says: Callable[[ChatRequest], str]
    asked: list[ChatRequest] = field(default_factory=list)

    async def reply(self, request: ChatRequest) -> Reply:
        """Return a scripted reply, whoever else is asked at the same time."""
        self.asked.append(request)
        await asyncio.sleep(0)
        return Reply(content=self.says(request), source="scripted")


def held(sample: Sample, talk: Talk, stored: Sequence[Turn] = ()) -> tuple[list[Turn], list[ChatRequest], str | None]:
    """Hold a conversation and return its new turns, what was asked, and how it ended."""
    model, kept = Scripted(says=sample.says), []

    async def record(turn: Turn) -> None:
        kept.append(turn)

    models = {seat.role: model for seat in talk.seats}
    ended = asyncio.run(converse(talk, stored, models=models, record=record))
    return kept, sorted(model.asked, key=lambda request: request.occasion.turn_id), ended


def texts(request: ChatRequest) -> str:
    """Return all that a request says."""
    return "\n".join(message.content for message in request.messages)


@pytest.fixture(params=SAMPLES)
def sample(request: pytest.FixtureRequest) -> Sample:
    """Return each procedure in its turn."""
    return SAMPLES[request.param]


def test_every_procedure_is_tried_here() -> None:
    """A new one has its sample in this file."""
    assert set(SAMPLES) == {*KINDS, OWN}


def test_the_same_events_give_the_same_step(sample: Sample) -> None:
    """Asked twice, asked of another copy, and without touching what it is shown."""
    procedure, again = sample.trial().talk.procedure, sample.trial().talk.procedure
    walk = Walk(sample.trial().talk)
    for turn in (*held(sample, sample.trial().talk)[0], None):
        events: list[Event] = list(walk.events)
        while isinstance(step := procedure.next_step(events), Announce):
            assert again.next_step(list(events)) == step
            events.append(Announcement(text=step.text, audience=step.audience))
        assert repr(again.next_step(tuple(events))) == repr(step) == repr(procedure.next_step(events))
        if turn is not None:
            walk.take(turn)


def test_it_resumes_at_any_turn_to_the_same_transcript(sample: Sample) -> None:
    """In the middle of a round too: what is missing is asked, request for request the same."""
    talk = sample.trial().talk
    whole, asked, ended = held(sample, talk)
    assert len(whole) == sample.trial().num_turns, "the sample is to be held to its length"

    for done in range(len(whole) + 1):
        rest, asked_again, ended_again = held(sample, talk, whole[:done])
        assert rest == whole[done:]
        assert ended_again == ended
        assert [request.sha256 for request in asked_again] == [
            request.sha256 for request in asked if request.occasion.turn_id > done
        ]


def test_a_hidden_move_is_in_no_request_before_its_round_is_complete(sample: Sample) -> None:
    """Nor is anything else that a player says with it, until an announcement tells."""
    walk, (whole, asked, _) = Walk(sample.trial().talk), held(sample, sample.trial().talk)
    requests = {request.occasion.turn_id: request for request in asked}
    for turn in whole:
        step = walk.take(turn).step
        if not isinstance(step, Move) or turn.turn_id not in requests:
            continue
        together = [other for other in whole if other.round == turn.round and other.role in step.roles]
        unheard = [MARKS[(other.turn_id - 1) % len(MARKS)] for other in together if other.turn_id != turn.turn_id]
        assert not any(mark in texts(requests[turn.turn_id]) for mark in unheard)


def test_what_is_said_beside_a_move_is_heard_by_nobody_else() -> None:
    """Only what the procedure tells: the marks of hidden and of private words are in no request of another."""
    for name in ("game", "public goods", "ultimatum", "trust", "bargain", "population", OWN):
        whole, asked, _ = held(SAMPLES[name], SAMPLES[name].trial().talk)
        for request in asked:
            others = [turn for turn in whole if turn.role != request.occasion.role]
            assert not any(MARKS[(turn.turn_id - 1) % len(MARKS)] in texts(request) for turn in others), name


def test_rows_hold_all_that_a_replay_needs(sample: Sample) -> None:
    """Written as rows, read again, walked through: every request has the hash that was sent."""
    trial = sample.trial()
    whole, _, _ = held(sample, trial.talk)
    rows = [turn_row(trial, turn, experiment_id="e", run_id="r") for turn in whole]

    replayed = list(replay(trial.talk, map(turn_of, rows)))

    assert [asked.sha256 for asked, _ in replayed] == [turn.request_sha256 for turn in whole]
    assert [turn.round for turn in whole] == [row.round for row in rows]
    assert [turn.audience for _, turn in replayed] == [turn.audience for turn in whole]


def test_a_longer_one_begins_as_the_shorter_one(sample: Sample) -> None:
    """Under the same id where its prompts say nothing of the length, with the turns that were said."""
    if not sample.longer:
        assert sample.trial().talk.procedure.num_turns == sample.trial().num_turns
        return
    short, long = sample.trial(), sample.trial(is_longer=True)
    said, _, _ = held(sample, short.talk)
    whole, _, _ = held(sample, long.talk)

    assert (short.trial_id, long.num_turns > short.num_turns) == (long.trial_id, True)
    assert whole[: len(said)] == said
    assert held(sample, long.talk, said)[0] == whole[len(said) :]
    lengthened = replace(short.talk, procedure=short.talk.procedure.lengthened(long.num_turns))
    assert held(sample, lengthened)[0] == whole


def test_outcomes_have_the_same_columns_whatever_was_said(sample: Sample) -> None:
    """None where nothing is known yet; every value fits a cell of a table."""
    procedure = sample.trial().talk.procedure
    whole, _, _ = held(sample, sample.trial().talk)
    found = [procedure.outcomes(whole[:said]) for said in range(len(whole) + 1)]

    assert all(set(one) == set(other) for one, other in pairwise(found))
    assert all(value is None or isinstance(value, str | int | float) for each in found for value in each.values())
    earned = procedure.earnings(whole)
    assert set(earned) <= {turn.turn_id for turn in whole if turn.move is not None}


def test_it_ends_and_stays_ended(sample: Sample) -> None:
    """By length here; nothing is asked afterwards."""
    talk = sample.trial().talk
    whole, _, ended = held(sample, talk)

    assert ended == "length"
    assert held(sample, talk, whole) == ([], [], "length")
    walk = Walk(talk)
    for turn in whole:
        walk.take(turn)
    assert walk.next() == End(reason="length")
    assert turns(walk.events) == whole
