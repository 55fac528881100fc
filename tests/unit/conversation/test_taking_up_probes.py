"""A conversation with probes that goes on: cut anywhere, asked more, made longer, replayed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from builders import talk, turn
from unit.conversation.probed import Seat, hold, probe

from colloquia.conversation.converse import converse
from colloquia.conversation.probes import Options
from colloquia.conversation.walk import replay, unanswered
from colloquia.errors import DamagedLogError

if TYPE_CHECKING:
    from colloquia.conversation.transcript import Turn


@pytest.mark.parametrize("shown", ["never", "self", "all"])
def test_a_conversation_goes_on_from_wherever_it_stopped(shown: str) -> None:
    """Cut after any turn or answer, it comes to the same turns and answers, asked by the same requests."""
    probed = talk(probes=(probe(ask=("A", "B"), when=("start", "each turn"), shown=shown),))
    whole = hold(probed)

    for most in range(len(whole.order) + 1):
        begun = hold(probed, most=most)
        again = hold(probed, begun.turns, begun.answers)
        assert begun.order + again.order == whole.order
        assert again.turns == whole.turns
        assert again.answers == whole.answers
        assert len(unanswered(probed, begun.turns, begun.answers)) <= 2


def test_a_private_probe_may_be_added_to_a_finished_talk() -> None:
    """Only the missing answers are asked for, each on the view as it was then, and nobody is asked for a turn."""
    first, both = talk(probes=(probe(),)), talk(probes=(probe(), probe("trust", when=("each turn",))))
    finished = hold(first)

    assert unanswered(first, finished.turns, finished.answers) == []
    assert len(unanswered(both, finished.turns, finished.answers)) == 4
    added = hold(both, finished.turns, finished.answers)
    assert added.order == [f"trust of B after {after}" for after in (1, 2, 3, 4)]
    assert {**added.answers} == hold(both).answers


def test_an_edited_question_is_another_question() -> None:
    """Its old answers stay on file, and it is asked anew."""
    finished = hold(talk(probes=(probe(when=("end",)),)))
    edited = talk(probes=(probe(when=("end",), question="How are you now?"),))

    assert hold(edited, finished.turns, finished.answers).order == ["mood of B after 4"]


def test_an_unreadable_answer_is_an_answer() -> None:
    """It is kept with its text and no value, and nobody is asked again."""
    words = talk(probes=(probe(when=("end",), answers=Options(options=("good", "bad"))),))
    held = hold(words)

    (answer,) = held.answers.values()
    assert (answer.value, answer.content) == (None, "70")
    assert unanswered(words, held.turns, held.answers) == []


def test_a_turn_that_rests_on_a_lost_answer_is_damage() -> None:
    """A talk whose seats remember a probe cannot go on without its answer."""
    shown = talk(probes=(probe(when=(1,), shown="self"),))
    held = hold(shown)

    with pytest.raises(DamagedLogError, match="turn 2 by 'B' where the answer to the probe mood of B comes next"):
        hold(shown, held.turns, {})


def test_a_longer_talk_asks_at_its_new_end() -> None:
    """The answer at the old end stays on file, and stands in no later request."""
    short, longer = (talk(num_turns=n, probes=(probe(when=("end",), shown="self"),)) for n in (2, 4))
    before = hold(short)

    after = hold(longer, before.turns, before.answers)

    assert after.order == ["3 A", "4 B", "mood of B after 4"]
    assert after.turns == hold(talk(num_turns=4)).turns


def test_replaying_with_its_answers_rebuilds_every_request() -> None:
    """Without them a talk whose seats remember probes would look changed."""
    shown = talk(probes=(probe(shown="all"),))
    held = hold(shown)

    assert all(asked.sha256 == taken.request_sha256 for asked, taken in replay(shown, held.turns, held.answers))
    assert not all(asked.sha256 == taken.request_sha256 for asked, taken in replay(shown, held.turns))


def test_without_somewhere_to_keep_answers_no_probe_is_asked() -> None:
    """Whoever only wants the turns gets the turns."""
    recorded: list[Turn] = []
    model = Seat()

    async def record(taken: Turn) -> None:
        recorded.append(taken)

    asyncio.run(converse(talk(probes=(probe(),)), (), models={"A": model, "B": model}, record=record))

    assert [request.occasion.beside for request in model.asked] == [None] * 4


def test_turns_that_are_on_file_are_walked_through() -> None:
    """A probe in the middle is asked between the turns that are there."""
    stored = [turn(number, "AB"[(number + 1) % 2], f"Turn {number}.") for number in (1, 2, 3)]

    assert hold(talk(probes=(probe(when=(2,)),)), stored).order == ["mood of B after 2", "4 B"]
