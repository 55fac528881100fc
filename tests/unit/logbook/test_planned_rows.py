"""The rows of a run folder as its plan has them: shared turns, arms by now, and what is planned."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from unit.logbook.samples import FOLDER_ID, HASH, NOON, ended, row_of, trial_named

from colloquia.conversation.chat_model import Reply
from colloquia.conversation.probes import AskedProbe, Probe, Scale
from colloquia.conversation.transcript import Answer
from colloquia.design.trial import Branch
from colloquia.logbook.answers import answer_row
from colloquia.logbook.outline import outline
from colloquia.logbook.planned_rows import PlannedRows
from colloquia.logbook.record import encode, experiment_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from colloquia.design.trials import Trial
    from colloquia.logbook.folder import RunFolder

    Fill = Callable[..., RunFolder]

MOOD = Probe(name="mood", ask=("buyer",), when=("start",), question="How are you?", answers=Scale(low=1, high=7))


def _rows(folder: RunFolder, *trials: Trial) -> PlannedRows:
    return PlannedRows(folder=folder, outline=outline(folder), trials=trials)


def test_turns_are_those_of_the_log_and_the_plan_says_which_it_has(filled: Fill) -> None:
    """A conversation that is no longer planned keeps its rows."""
    rows = _rows(filled([row_of("old", 1), row_of("t", 1), row_of("t", 2)]), trial_named("t"))

    found = [(row.trial_id, row.turn_id, rows.is_planned(row.trial_id)) for row in rows.turns()]

    assert found == [("old", 1, False), ("t", 1, True), ("t", 2, True)]
    assert [row.trial_id for row in rows.conversations()] == ["t", "old"]


@pytest.mark.parametrize("counts", [False, True])
def test_planned_turns_alone_are_had_whether_they_are_counted_or_not(filled: Fill, *, counts: bool) -> None:
    """Each once, in the order of the log, those of a fork whose parent is no longer planned among them."""
    lines = [
        row_of("old", 1), row_of("t", 1), row_of("old", 2), row_of("t", 1, content="Again."), row_of("f", 3),
        row_of("t", 3), row_of("t", 2), row_of("t", 3, content="Again."),
    ]  # fmt: skip
    fork = trial_named("f", branch=Branch(parent="old", turn=2, label="unchanged"))

    found = {
        len(trials): [
            (row.trial_id, row.turn_id, row.content != "Again.")
            for row in _rows(filled(lines), *trials).turns(counts=counts, everything=False)
        ]
        for trials in ((trial_named("t"),), (trial_named("t"), fork))
    }

    assert found[1] == [("t", 1, True), ("t", 3, True), ("t", 2, True)]
    assert found[2] == [("t", 1, True), ("f", 1, True), ("f", 2, True), ("f", 3, True), *found[1][1:]]


def test_a_row_has_the_arm_that_its_conversation_has_by_now(filled: Fill) -> None:
    """Controls may have come into the study after it was written."""
    written = row_of("t", 1)

    rows = _rows(filled([written]), trial_named("t", arm="talk"), trial_named("u", arm="monologue"))

    assert written.arm is None
    assert [row.arm for row in rows.turns()] == ["talk"]
    assert [(row.trial_id, row.arm) for row in rows.conversations()] == [("t", "talk"), ("u", "monologue")]


def test_a_fork_has_the_turns_that_it_shares_before_its_own(filled: Fill) -> None:
    """Under its own id, in tables of turns and of conversations alike."""
    fork = trial_named("f", branch=Branch(parent="t", turn=2, label="unchanged"))

    rows = _rows(filled([row_of("t", 1), row_of("t", 2), row_of("t", 3), row_of("f", 3)]), trial_named("t"), fork)

    assert [(row.turn_id, row.content) for row in rows.turns() if row.trial_id == "f"] == [
        (1, "Turn 1 of t."),
        (2, "Turn 2 of t."),
        (3, "Turn 3 of f."),
    ]
    assert [(row.trial_id, row.num_turns) for row in rows.conversations()] == [("t", 3), ("f", 3)]
    assert len(rows.found.turns["f"]) == 3


def test_an_answer_is_asked_for_while_its_question_is_in_the_study(filled: Fill) -> None:
    """One to other words, or in a conversation that is no longer planned, is kept and told apart."""
    folder = filled([row_of("t", 1)], [ended("t", 1)])
    trial = trial_named("t")
    trial = replace(trial, talk=replace(trial.talk, probes=(MOOD,)))
    given = [("t", MOOD.sha256), ("t", HASH), ("old", MOOD.sha256)]
    folder.replace(folder.probes, map(_answered, given))

    rows = _rows(folder, trial)

    assert [(row.trial_id, rows.is_asked(row)) for row in rows.answers()] == [("t", True), ("t", False), ("old", False)]


def _answered(given: tuple[str, str]) -> bytes:
    trial_id, sha256 = given
    answer = Answer(
        asked=AskedProbe(probe="mood", role="buyer", after_turn=0, sha256=sha256),
        question=MOOD.question,
        reply=Reply(content="4", source="live", timestamp=NOON),
        value=4.0,
    )
    here = experiment_id(FOLDER_ID, trial_id)
    return encode(answer_row(trial_named(trial_id), answer, experiment_id=here, run_id="run-1"))


def test_every_factor_of_the_plan_has_a_name_once(filled: Fill) -> None:
    """In alphabetical order, whichever conversations have it."""
    rows = _rows(filled(), trial_named("t", factors={"tone": "warm", "stake": "high"}), trial_named("u"))

    assert rows.factor_names == ["stake", "tone"]


def test_conversations_are_counted_whoever_walks_through_the_turns(filled: Fill) -> None:
    """Before anybody has, after somebody has, and after somebody has stopped half-way."""
    rows = _rows(filled([row_of("t", 1), row_of("old", 1), row_of("t", 2)]), trial_named("t"))

    next(iter(rows.turns()))
    before = list(rows.conversations())
    turns = list(rows.turns())

    assert [(row.trial_id, row.num_turns) for row in before] == [("t", 2), ("old", 1)]
    assert list(rows.conversations()) == before
    assert list(rows.turns()) == turns
    assert rows.lengths == {"t": 2, "old": 1}


def test_the_log_is_known_to_have_what_went_by(filled: Fill) -> None:
    """Of a fork only its own turns, since those that it shares are its parent's."""
    fork = trial_named("f", branch=Branch(parent="t", turn=1, label="unchanged"))

    rows = _rows(filled([row_of("t", 1), row_of("f", 2), row_of("t", 20_000)]), trial_named("t"), fork)

    there = [("t", 1), ("f", 2), ("t", 20_000)]
    assert [turn for turn in [*there, ("f", 1), ("t", 2), ("x", 1), ("t", 20_001)] if rows.has_turn(*turn)] == there
