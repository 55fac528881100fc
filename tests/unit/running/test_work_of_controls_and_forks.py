"""What is still to be done of conversations that rest on others: controls on their donor's lines, forks on a parent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, overload

import pytest
from builders import plan, turn
from fakes import reply
from msgspec import structs

from colloquia.conversation.probes import AskedProbe
from colloquia.conversation.recorded import Recorded
from colloquia.conversation.transcript import Answer, Turn
from colloquia.design.forecast import Expectations
from colloquia.design.trial import Branch
from colloquia.running.work import Difference, difference

if TYPE_CHECKING:
    from colloquia.design.trials import Trial
    from colloquia.running.work import Work

TALK, CONTROL = plan(controls={"yoked": "tenant"}, num_turns=4)


def said(number: int) -> tuple[Turn, ...]:
    """Return the first turns of the talk or of its control."""
    return tuple(turn(each, ("tenant", "landlord")[each % 2], f"Line {each}.") for each in range(1, number + 1))


def left(donor: tuple[Turn, ...], own: tuple[Turn, ...] = ()) -> Difference:
    """Return what is left of a talk and the control that is given its lines."""
    turns = {TALK.trial_id: donor, CONTROL.trial_id: own}
    return difference(
        (TALK, CONTROL),
        {trial_id: said for trial_id, said in turns.items() if said},
        expectations=Expectations(prices={}, reply_tokens={}),
    )


def work_of(trial: Trial, found: Difference) -> Work:
    """Return what is left of one of them."""
    (work,) = (each for each in found.work if each.trial.trial_id == trial.trial_id)
    return work


def lines(work: Work) -> list[str | None] | None:
    """Return the recorded lines that a control goes on with; None where it has none yet."""
    procedure = work.trial.talk.procedure
    assert isinstance(procedure, Recorded)
    return None if procedure.lines is None else [text for _, text in procedure.lines]


@pytest.mark.parametrize("number", [0, 3])
def test_a_control_waits_for_a_donor_that_has_not_ended(number: int) -> None:
    """It is given no line before all are there; the donor itself waits for nobody."""
    found = left(said(number))

    assert work_of(CONTROL, found).waits_for == TALK.trial_id
    assert lines(work_of(CONTROL, found)) is None
    assert work_of(TALK, found).waits_for is None


def test_a_control_goes_on_with_the_lines_of_a_donor_that_has_ended() -> None:
    """And waits for nobody."""
    found = left(said(4), said(2))

    assert work_of(CONTROL, found).waits_for is None
    assert lines(work_of(CONTROL, found)) == ["Line 1.", "Line 2.", "Line 3.", "Line 4."]
    assert (found.longer.conversations, found.longer.turns) == (1, 2)


def test_a_control_whose_donor_has_no_further_line_is_finished() -> None:
    """However short it stayed; before its last recorded line it is not."""
    brief = (*said(2), structs.replace(said(3)[2], ended_by="phrase"))

    assert [work.trial.trial_id for work in left(brief, said(3)).work] == [CONTROL.trial_id]
    assert left((structs.replace(said(1)[0], ended_by="phrase"),), said(2)).unchanged.conversations == 2


def asked(after: int) -> dict[AskedProbe, Answer]:
    """Return an answer to a probe after a turn."""
    key = AskedProbe(probe="mood", role="tenant", after_turn=after, sha256="ab")
    return {key: Answer(asked=key, question="?", reply=reply(), value=1.0)}


@pytest.mark.parametrize(
    ("turns", "answers", "has_begun"),
    [
        (2, {}, False),
        (3, {}, True),
        (2, asked(1), False),
        (2, asked(2), True),
        (2, {**asked(1), **asked(2)}, True),
        (3, asked(1), True),
    ],
    ids=["nothing", "a turn", "a shared answer", "an answer", "both answers", "a turn and a shared answer"],
)
def test_a_fork_has_begun_once_it_has_something_of_its_own(
    turns: int, answers: dict[AskedProbe, Answer], *, has_begun: bool
) -> None:
    """What it shares with its parent, the first two turns here and what was asked before, is its parent's."""
    fork = replace(TALK, branch=Branch(parent="parent", turn=2, label="unchanged"))

    found = difference(
        (fork,),
        {"parent": said(2), fork.trial_id: said(turns)},
        {fork.trial_id: answers},
        expectations=Expectations(prices={}, reply_tokens={}),
    )

    assert (found.new.conversations, found.longer.conversations) == ((0, 1) if has_begun else (1, 0))


class Unread(Sequence[Turn]):
    """Turns that are only counted: whoever reads one would read the log."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __len__(self) -> int:
        return self.number

    @overload
    def __getitem__(self, which: int) -> Turn: ...
    @overload
    def __getitem__(self, which: slice) -> Sequence[Turn]: ...
    def __getitem__(self, which: int | slice) -> Turn | Sequence[Turn]:
        pytest.fail(f"read {which} of what was said")


@pytest.mark.parametrize("number", [4, 5], ids=["as planned", "more than planned"])
def test_what_finished_conversations_hold_is_known_without_reading_them(number: int) -> None:
    """A million turns that need nothing stay on disk, those whose lines a control was given included."""
    found = difference(
        (TALK, CONTROL),
        {TALK.trial_id: Unread(number), CONTROL.trial_id: Unread(number)},
        expectations=Expectations(prices={}, reply_tokens={}),
    )

    assert (found.work, found.unchanged.conversations, found.unchanged.turns) == ((), 2, 2 * number)
