"""Probes: how answers are read, when a question is due, what the asked one sees."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from builders import seat, talk
from unit.conversation.probed import hold, probe

from colloquia.conversation.probes import Open, Options, Scale
from colloquia.conversation.schedule import Announced, Attended, Schedule, Scheduled
from colloquia.conversation.stopping import PhraseRule

if TYPE_CHECKING:
    from colloquia.conversation.chat_model import ChatRequest


def said_to(request: ChatRequest) -> list[tuple[str, str]]:
    """Return the messages of a request."""
    return [(message.role, message.content) for message in request.messages]


# -- how answers are read ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("70", 70), (" 70. ", 70), ("**70**", 70), ("62.5", 62.5), ("0", 0), ("100", 100), ("I would say 70.", 70),
        ("70/100", 70), ("70 out of 100", 70), ("70%", 70), ("On a scale from 0 to 100, 35.", 35), ("0-100: 35", 35),
        ("70\n\nBecause 2 of 3 friends agree.", 70), ("There are 2 reasons.\n70", 70), ("70, yes, 70", 70),
        ("between 60 and 70", None), ("101", None), ("-5", None), ("seventy", None), ("", None), ("7O", None),
        ("A four-day week: 4 days, so 55", None), ("1,000", None), ("v70x", None),
    ],
)  # fmt: skip
def test_a_scale_reads_the_one_number_that_there_is(text: str, value: float | None) -> None:
    """Alone, on a line of its own, or the only one; what is out of bounds or ambiguous is no answer."""
    assert Scale(low=0, high=100).read(text) == value


def test_a_scale_may_be_negative_and_in_thousands() -> None:
    """Signs and separators belong to the number."""
    assert Scale(low=-5, high=5).read("I feel -3 today") == -3
    assert Scale(low=-5, high=5).read("\N{MINUS SIGN}2") == -2
    assert Scale(low=0, high=5000).read("About 1,250.") == 1250


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"), ("Yes.", "yes"), ("**YES**", "yes"), ("I think yes", "yes"), ("not tried", "not tried"),
        ("It was not tried.", "not tried"), ("tried", "tried"), ("yes\nBecause it was not tried.", "yes"),
        ("yes or no", None), ("maybe", None), ("", None), ("yesterday", None), ("I think Yes", None),
    ],
)  # fmt: skip
def test_options_read_the_one_option_that_is_named(text: str, value: str | None) -> None:
    """Alone in whatever case, or as a word that stands there; two are none."""
    assert Options(options=("yes", "no", "tried", "not tried")).read(text) == value


def test_an_open_answer_is_its_text() -> None:
    """Nothing is read into it."""
    assert Open().read(" I feel fine.\n") == " I feel fine.\n"
    assert Open().read("  ") is None


def test_options_stand_in_the_order_of_each_asking() -> None:
    """Where the researcher put them, or on a last line; a scale and an open question are asked as written."""
    options = Options(options=("J", "F"))

    assert options.worded("Which?", lambda option: option) == "Which?\nAnswer with one of these: F, J."
    assert options.worded("{options}: which?", lambda option: option) == "F, J: which?"
    assert Scale(low=0, high=1).worded("How?", str) == Open().worded("How?", str) == "How?"


def test_the_order_of_options_is_drawn_for_each_asking() -> None:
    """Over many askings each option comes first about as often, and the same asking always has the same order."""
    asked = probe(answers=Options(options=("J", "F")), when=("each turn",))
    long = talk(num_turns=80, probes=(asked,))
    held = hold(long)

    orders = [answer.question.rpartition(": ")[2] for answer in held.answers.values()]
    assert 20 <= orders.count("J, F.") <= 60
    assert orders == [answer.question.rpartition(": ")[2] for answer in hold(long).answers.values()]


# -- when --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "after"),
    [
        (("start",), [0]), (("end",), [4]), (("each turn",), [1, 2, 3, 4]), ((2,), [2]), ((2, "start", 9), [0, 2]),
        (("start", "end", "each turn"), [0, 1, 2, 3, 4]), (("before move",), []),
    ],
)  # fmt: skip
def test_a_probe_is_asked_when_it_says(when: tuple[str | int, ...], after: list[int]) -> None:
    """Once after a turn at most, however many moments fall there."""
    held = hold(talk(probes=(probe(when=when),)))

    assert [asked.after_turn for asked in held.answers] == after
    assert held.ended_by == "length"


def test_an_end_is_wherever_the_conversation_ends() -> None:
    """Also where a rule ends it before its length."""
    ended = talk(num_turns=9, probes=(probe(when=("end",)),), stop=(PhraseRule(phrase="Turn 3", by="anyone"),))

    assert [asked.after_turn for asked in hold(ended).answers] == [3]


def test_probes_at_one_point_follow_the_study_then_the_seats() -> None:
    """And all are answered before the next turn is asked for."""
    both = (probe("mood", ask=("A", "B"), when=(1,)), probe("trust", ask=("A", "B"), when=(1,)))

    assert hold(talk(num_turns=2, probes=both)).order == [
        "1 A", "mood of A after 1", "mood of B after 1", "trust of A after 1", "trust of B after 1", "2 B",
    ]  # fmt: skip


def test_a_probe_comes_before_what_the_schedule_announces_there() -> None:
    """What is asked after a turn knows nothing of the news that follows it."""
    news = (Announced(after=1, text="News!"),)
    plain = talk(num_turns=2, probes=(probe(when=(1,)),))
    held = hold(
        replace(
            plain,
            procedure=Scheduled(procedure=plain.procedure, happenings=news),
            schedule=Schedule(happenings=news),
        )
    )

    assert said_to(held.beside[0])[-1] == ("user", "Turn 1.\n\nHow is your mood?")
    assert said_to(held.of_turns[1])[-1] == ("user", "Turn 1.\n\nNews!")


def test_a_role_that_is_not_there_is_not_asked() -> None:
    """One that joins later is asked from then on."""
    joins = Schedule(happenings=(Attended(after=2, role="B", is_there=True),))

    assert [asked.after_turn for asked in hold(talk(num_turns=4, probes=(probe(),), schedule=joins)).answers] == [
        2,
        3,
        4,
    ]


# -- what the asked one sees -------------------------------------------------------------------------------------------


def test_at_the_start_a_role_knows_its_prompt_and_the_question() -> None:
    """No kick-off: nothing has begun."""
    held = hold(talk(seat("A", "You sell."), seat("B", "You buy."), probes=(probe(ask=("A", "B"), when=("start",)),)))

    assert said_to(held.beside[0]) == [("system", "You sell."), ("user", "How is your mood?")]
    assert said_to(held.of_turns[0])[-1] == ("user", "[The conversation begins. You speak first.]")


def test_a_private_probe_leaves_every_request_of_the_talk_as_it_was() -> None:
    """Asked on a copy: neither texts nor hashes of the talk know of it."""
    plain, probed = hold(talk()), hold(talk(probes=(probe(ask=("A", "B"), when=("start", "each turn", "end")),)))

    assert [turn.request_sha256 for turn in probed.turns] == [turn.request_sha256 for turn in plain.turns]
    assert len(probed.answers) == 10


def test_a_remembered_probe_changes_the_later_requests_of_who_was_asked_alone() -> None:
    """Those of the other seat, and those before it, stay as they were."""
    plain, probed = hold(talk()), hold(talk(probes=(probe(when=(1,), shown="self"),)))

    same = [one.request_sha256 == other.request_sha256 for one, other in zip(plain.turns, probed.turns, strict=True)]
    assert same == [True, False, True, False]
    assert said_to(probed.of_turns[1]) == [
        ("user", "Turn 1.\n\nHow is your mood?"),
        ("assistant", "50"),
        ("user", "[Please continue.]"),
    ]


def test_who_was_asked_at_the_start_still_gets_the_kickoff() -> None:
    """A remembered answer is no turn."""
    held = hold(talk(probes=(probe(ask=("A",), when=("start",), shown="self"),)))

    assert said_to(held.of_turns[0]) == [
        ("user", "How is your mood?"),
        ("assistant", "50"),
        ("user", "[The conversation begins. You speak first.]"),
    ]


def test_what_all_remember_is_heard_by_all() -> None:
    """The others hear question and answer, in a group under the role's name."""
    seats = (seat("A"), seat("B"), seat("C"))
    held = hold(talk(*seats, probes=(probe(when=(1,), shown="all"),)))

    assert said_to(held.of_turns[2])[-1] == ("user", "A: Turn 1.\n\nHow is your mood?\n\nB: 50\n\nB: Turn 2.")


def test_the_script_view_has_the_question_as_a_line() -> None:
    """And ends with the name of who answers it."""
    script = (seat("A", view="script"), seat("B", "A play.", view="script"))
    held = hold(talk(*script, probes=(probe(when=(1,), shown="all"),)))

    assert said_to(held.beside[0]) == [("script", "A play.\n\nA: Turn 1.\nHow is your mood?\nB:")]
    assert said_to(held.of_turns[1]) == [("script", "A play.\n\nA: Turn 1.\nHow is your mood?\nB: 50\nB:")]
    assert said_to(held.of_turns[2])[0][1].endswith("A: Turn 1.\nHow is your mood?\nB: 50\nB: Turn 2.\nA:")


def test_a_window_holds_the_question_too() -> None:
    """A seat with a short memory is asked about what it still knows."""
    short = (seat("A"), replace(seat("B"), memory=1))
    held = hold(talk(*short, probes=(probe(when=(3,)),)))

    assert said_to(held.beside[0]) == [("user", "Turn 3.\n\nHow is your mood?")]


def test_a_probe_has_a_draw_and_a_name_of_its_own() -> None:
    """So that it shares no seed with a turn, and the journal can name it."""
    drawn = (seat("A", sampling={"seed": "auto"}), seat("B", sampling={"seed": "auto"}))
    held = hold(talk(*drawn, probes=(probe(ask=("A", "B"), when=(1, 2)),)))

    assert len({request.sampling["seed"] for request in held.requests}) == len(held.requests)
    assert held.beside[0].occasion.beside == "probe mood of A"
    assert [answer.seed for answer in held.answers.values()] == [request.sampling["seed"] for request in held.beside]
