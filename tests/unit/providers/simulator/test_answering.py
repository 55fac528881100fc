"""A fake model that is asked for a number or one of some words answers so that it can be read."""

from __future__ import annotations

import pytest

from colloquia.conversation.probes import Options, Scale
from colloquia.providers.simulator.answering import answer


@pytest.mark.parametrize(
    ("question", "scale"),
    [
        ("How likely is it that this is true? Answer with one number from 0 to 100.", (0, 100)),
        ("How likely is it, 0 to 100?", (0, 100)),
        ("Cars cost 2,300 to 2,400. On a scale of 1-7, how fair is that? Say why.", (1, 7)),
        ("Rate your mood between -5 and 5.", (-5, 5)),
        ("Give a percentage (0 \N{EN DASH} 100)", (0, 100)),
        ("From 1 to 3 o'clock we met. Your rating, from 4 to 9:\nAnswer with one number.", (4, 9)),
    ],
)
def test_a_number_is_drawn_from_the_scale_that_the_question_names(question: str, scale: tuple[int, int]) -> None:
    """It is read as a probe reads it, is always the same of one draw, and reaches both ends."""
    read = Scale(low=scale[0], high=scale[1])
    said = [answer([("user", question)], draw) or "" for draw in range(2_000)]

    assert {read.read(text) for text in said} == set(map(float, range(scale[0], scale[1] + 1)))
    assert said == [answer([("user", question)], draw) for draw in range(2_000)]


def test_an_option_is_drawn_from_those_that_are_listed() -> None:
    """As the loop lists them, in whatever order."""
    options = Options(options=("yes", "no", "not sure"))
    question = options.worded("Did it work?", len)

    said = {options.read(answer([("system", "x"), ("user", question)], draw) or "") for draw in range(50)}

    assert said == {"yes", "no", "not sure"}


@pytest.mark.parametrize(
    "said",
    [
        "You want to sell it for 2,300 to 2,400 at least, and it is cold.",
        "Let us meet from 3 to 5, then. I am glad.",
        "A number of people came. All of them left.",
        "",
    ],
)
def test_what_asks_for_no_number_is_answered_in_sentences(said: str) -> None:
    """A talk is rehearsed as a talk."""
    assert answer([("user", said)], 1) is None
    assert answer([], 1) is None
