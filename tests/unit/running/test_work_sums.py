"""What a difference between plan and log comes to, number by number."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from fakes import reply

from colloquia.conversation.chat_model import Usage
from colloquia.conversation.probes import Open, Probe
from colloquia.conversation.transcript import Answer, Turn
from colloquia.conversation.walk import unanswered
from colloquia.design.forecast import Expectations, Forecast, Price
from colloquia.logbook.keys import Spoken
from colloquia.running.work import Difference, Dropped, difference, is_finished, totals

if TYPE_CHECKING:
    from collections.abc import Callable

    from colloquia.conversation.chat_model import Reply
    from colloquia.design.trials import Trial

    Plan = Callable[..., tuple[Trial, ...]]

PRICED = Expectations(prices={"openai/gpt": Price(prompt=1e-3, completion=2e-3)}, reply_tokens={})


def turn(turn_id: int, said: Reply | None = None, *, ended_by: str | None = None) -> Turn:
    """Return one turn of a dyad."""
    return Turn(turn_id=turn_id, role="AB"[(turn_id + 1) % 2], reply=said or reply(), ended_by=ended_by)


def test_a_study_that_drops_nothing_says_so_in_every_number() -> None:
    """No conversation, no turn, no cent; and no conversation is set aside unless it is said."""
    nothing = Difference(work=(), new=Forecast(), longer=Forecast(), unchanged=Forecast(), dropped=Dropped())

    dropped = nothing.dropped
    assert (dropped.conversations, dropped.turns, dropped.paid_turns, dropped.cost_usd) == (0, 0, 0, 0.0)
    assert nothing.quarantined == 0


def test_what_is_missing_is_what_is_new_and_what_grows_longer(plan: Plan) -> None:
    """Two new conversations of two turns, and one turn of one that was begun."""
    trials = plan(iterations=3)

    found = difference(trials, {trials[0].trial_id: (turn(1),)}, expectations=PRICED)

    assert (found.new.conversations, found.new.turns) == (2, 4)
    assert (found.longer.conversations, found.longer.turns) == (1, 1)
    assert (found.missing.conversations, found.missing.turns) == (3, 5)
    assert found.missing.cost_usd == pytest.approx((found.new.cost_usd or 0.0) + (found.longer.cost_usd or 0.0))


@pytest.mark.parametrize(
    ("said", "is_over"),
    [
        ((), False),
        ((turn(1),), False),
        ((turn(1), turn(2)), True),
        ((turn(1), turn(2), turn(3)), True),
        ((turn(1, ended_by="phrase"),), True),
    ],
    ids=["nothing said", "half", "whole", "more than planned", "ended by a rule"],
)
def test_when_a_conversation_is_over(plan: Plan, said: tuple[Turn, ...], *, is_over: bool) -> None:
    """By its own end or at its planned length, and never before anything was said."""
    (trial,) = plan(num_turns=2)

    assert is_finished(trial, said) is is_over


def test_a_conversation_that_never_begins_is_not_over_though_it_plans_no_turn(plan: Plan) -> None:
    """What has no turns has not ended."""
    (trial,) = plan(num_turns=2)

    assert not is_finished(replace(trial, num_turns=0), ())


def test_the_rest_of_a_conversation_costs_more_the_longer_it_was_so_far(plan: Plan) -> None:
    """All that was said is sent again; a turn without text adds nothing."""
    (trial,) = plan(num_turns=2)

    def rest(content: str | None) -> float:
        said = {trial.trial_id: (turn(1, reply(content)),)}
        return difference((trial,), said, expectations=PRICED).longer.cost_usd or 0.0

    assert rest("x" * 4000) - rest(None) == pytest.approx(1000 * 1e-3)
    assert rest("") == pytest.approx(rest(None))


@pytest.mark.parametrize(
    ("cost_usd", "is_paid"), [(0.0, False), (None, True), (1.0, True), (-1.0, True), (0.002, True)]
)
def test_a_live_turn_is_paid_for_unless_it_is_known_to_be_free(
    plan: Plan, cost_usd: float | None, *, is_paid: bool
) -> None:
    """Unknown is not nothing; only known money is added up."""
    gone = {"gone": (turn(1, reply(usage=Usage(cost_usd=cost_usd))),)}

    dropped = difference(plan(), gone, expectations=PRICED).dropped

    assert (dropped.conversations, dropped.turns) == (1, 1)
    assert dropped.paid_turns == is_paid
    assert dropped.cost_usd == pytest.approx(cost_usd or 0.0)


def test_a_damaged_conversation_that_is_not_planned_is_nobodys_business(plan: Plan) -> None:
    """Only planned ones are counted as left as they are."""
    trials = plan(iterations=2)

    found = difference(trials, {}, expectations=PRICED, quarantined={trials[1].trial_id, "elsewhere"})

    assert found.quarantined == 1
    assert [work.trial for work in found.work] == [trials[0]]


def test_a_conversation_that_said_all_and_was_not_asked_all_is_not_done(plan: Plan) -> None:
    """One question after its last turn is left, and nothing once it is answered."""
    (plain,) = plan(num_turns=2)
    mood = Probe(name="mood", ask=("A",), question="How are you?", answers=Open(), when=("end",))
    trial = replace(plain, talk=replace(plain.talk, probes=(mood,)))
    said = {trial.trial_id: (turn(1), turn(2))}

    before = difference((trial,), said, expectations=PRICED)
    (asked,) = unanswered(trial.talk, said[trial.trial_id], {})
    given = {asked: Answer(asked=asked, question="How are you?", reply=reply(), value="Well.")}
    after = difference((trial,), said, {trial.trial_id: given}, expectations=PRICED)

    assert ([work.trial for work in before.work], before.unchanged.conversations) == ([trial], 0)
    assert (after.work, after.unchanged.answers) == ((), 1)


def test_what_a_participant_came_to_is_added_up_over_conversations(plan: Plan) -> None:
    """Those of the plan, and no other."""
    first, second = plan(iterations=2)
    spoken = {
        first.trial_id: {"gpt": Spoken(counted=1, tokens=10)},
        second.trial_id: {"gpt": Spoken(counted=3, tokens=50), "claude": Spoken(counted=1, tokens=7)},
        "gone": {"gpt": Spoken(counted=9, tokens=9)},
    }

    assert totals((first, second), spoken) == {
        "gpt": Spoken(counted=4, tokens=60),
        "claude": Spoken(counted=1, tokens=7),
    }
