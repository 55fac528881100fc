"""Work = plan - log."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from fakes import reply

from colloquia.conversation.transcript import Turn
from colloquia.design.forecast import Expectations, Price
from colloquia.design.forking import Unfolded
from colloquia.design.trial import Branch
from colloquia.logbook.keys import Spoken
from colloquia.running.work import difference, reply_tokens

if TYPE_CHECKING:
    from collections.abc import Callable

    from colloquia.design.trials import Trial

NOTHING_KNOWN = Expectations(prices={}, reply_tokens={})


def said(number: int, **last: Any) -> tuple[Turn, ...]:
    """Return the first turns of a conversation between A and B; keywords belong to the last."""
    turns = [Turn(turn_id=turn, role="AB"[(turn + 1) % 2], reply=reply()) for turn in range(1, number)]
    return (*turns, Turn(turn_id=number, role="AB"[(number + 1) % 2], reply=reply(), **last))


def test_what_has_no_turns_is_new(plan: Callable[..., tuple[Trial, ...]]) -> None:
    """An empty log leaves everything to do."""
    trials = plan(iterations=3)

    missing = difference(trials, {}, expectations=NOTHING_KNOWN)

    assert missing.new.conversations == 3
    assert missing.new.turns == 6
    assert [work.trial for work in missing.work] == list(trials)


def test_a_conversation_of_its_planned_length_needs_nothing(plan: Callable[..., tuple[Trial, ...]]) -> None:
    """Running a finished study finds no work."""
    (trial,) = plan()

    missing = difference((trial,), {trial.trial_id: said(2)}, expectations=NOTHING_KNOWN)

    assert missing.work == ()
    assert missing.unchanged.conversations == 1


def test_a_longer_study_asks_for_the_added_turns_only(plan: Callable[..., tuple[Trial, ...]]) -> None:
    """Two more turns are two more turns, under the same id."""
    (short,), (longer,) = plan(num_turns=2), plan(num_turns=4)

    missing = difference((longer,), {short.trial_id: said(2)}, expectations=NOTHING_KNOWN)

    assert missing.longer.conversations == 1
    assert missing.longer.turns == 2
    assert missing.dropped.conversations == 0


def test_a_conversation_that_ended_by_rule_stays_ended_when_the_study_grows(
    plan: Callable[..., tuple[Trial, ...]],
) -> None:
    """Length is not what ended it."""
    (longer,) = plan(num_turns=4)

    missing = difference((longer,), {longer.trial_id: said(2, ended_by="phrase")}, expectations=NOTHING_KNOWN)

    assert missing.work == ()


def test_a_shorter_study_leaves_longer_conversations_as_they_are(plan: Callable[..., tuple[Trial, ...]]) -> None:
    """Nothing that was said is taken back."""
    (short,) = plan(num_turns=2)

    missing = difference((short,), {short.trial_id: said(4)}, expectations=NOTHING_KNOWN)

    assert missing.unchanged.turns == 4


def test_what_the_study_no_longer_plans_is_counted_with_its_money(plan: Callable[..., tuple[Trial, ...]]) -> None:
    """Paid turns that fall out are told apart from free ones."""
    (trial,) = plan()
    free = Turn(turn_id=1, role="A", reply=reply(source="embedded"))

    missing = difference((trial,), {"gone": said(2), "free": (free,)}, expectations=NOTHING_KNOWN)

    assert missing.dropped.conversations == 2
    assert missing.dropped.paid_turns == 2
    assert missing.dropped.cost_usd == pytest.approx(0.003)


def test_what_had_fallen_out_before_is_not_reported_again(plan: Callable[..., tuple[Trial, ...]]) -> None:
    """Leave was given once."""
    (trial,) = plan()

    missing = difference((trial,), {"gone": said(2)}, expectations=NOTHING_KNOWN, left_before={"gone"})

    assert missing.dropped.conversations == 0


def test_a_damaged_conversation_is_neither_work_nor_finished(plan: Callable[..., tuple[Trial, ...]]) -> None:
    """It waits for a person; the others go on."""
    trials = plan(iterations=2)

    missing = difference(trials, {}, expectations=NOTHING_KNOWN, quarantined={trials[0].trial_id})

    assert [work.trial for work in missing.work] == [trials[1]]
    assert missing.quarantined == 1


def test_an_unknown_price_makes_the_sum_unknown(plan: Callable[..., tuple[Trial, ...]]) -> None:
    """Nobody adds up what nobody knows."""
    trials = plan(iterations=2)
    price = Expectations(prices={"openai/gpt": Price(prompt=1e-6, completion=2e-6)}, reply_tokens={})

    unknown = difference(trials, {}, expectations=NOTHING_KNOWN)
    known = difference(trials, {}, expectations=price)

    assert unknown.new.cost_usd is None
    assert known.new.cost_usd is not None
    assert known.new.most_usd is not None
    assert 0 < known.new.cost_usd < known.new.most_usd


def test_replies_so_far_are_what_later_ones_are_expected_to_be(plan: Callable[..., tuple[Trial, ...]]) -> None:
    """A forecast on an existing folder rests on what the models did there."""
    (trial,) = plan(num_turns=4)

    lengths = reply_tokens(
        (trial,), {trial.trial_id: {"gpt": Spoken(counted=2, tokens=10)}, "gone": {"gpt": Spoken(counted=9, tokens=9)}}
    )

    assert lengths == {"gpt": 5}


def test_a_fork_waits_for_the_turns_that_it_shares(plan: Callable[..., tuple[Trial, ...]]) -> None:
    """Where its parent has lost them, or damage touches it, the fork is left as it is and counted with what is so."""
    (parent,) = plan(num_turns=4)
    branch = Branch(parent=parent.trial_id, turn=3, label="unchanged")
    fork = replace(parent, talk=replace(parent.talk, trial_id="fork"), branch=branch)
    found = {
        turns: difference(
            (parent, fork), Unfolded((parent, fork), {parent.trial_id: said(turns)}), expectations=NOTHING_KNOWN
        )
        for turns in (2, 3)
    }

    assert [work.trial.trial_id for work in found[3].work] == [parent.trial_id, "fork"]
    assert [work.trial.trial_id for work in found[2].work] == [parent.trial_id]
    assert found[2].quarantined == 1
    damaged = Unfolded((parent, fork), {parent.trial_id: said(4)})
    left = difference((parent, fork), damaged, expectations=NOTHING_KNOWN, quarantined=frozenset({parent.trial_id}))
    assert (left.work, left.quarantined) == ((), 2)
