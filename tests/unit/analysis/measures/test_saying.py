"""Affect, wording, refusals and role adherence: what is said, by word lists and patterns."""

from __future__ import annotations

from dataclasses import replace

import pytest
from talks import of, talk, values

from colloquia.analysis.measuring.transcript import Said, dyad

TOLERANCE = 5e-4


def test_affect_rises_where_the_words_do() -> None:
    """The slope is per turn of the talk, not of the seat."""
    said = dyad("This is terrible.", "ok", "This is a house.", "ok", "This is wonderful!")

    levels = [of("affect", "compound", said, "A", turn) for turn in (1, 3, 5)]

    assert levels[0] < levels[1] < levels[2]  # type: ignore[operator]
    assert of("affect", "compound_slope", said, "A") == pytest.approx((levels[2] - levels[0]) / 4)  # type: ignore[operator]


def test_a_text_without_a_word_has_no_affect() -> None:
    """VADER would call it neutral."""
    assert of("affect", "compound", dyad("...", "fine"), "A", 1) == "no word"


def test_of_a_very_long_turn_the_beginning_is_read() -> None:
    """The rest changes nothing, and a million characters cost no minute."""
    start = "A good day. " * 1700

    assert of("affect", "compound", dyad(start + "Terrible! " * 5000), "A") == of(
        "affect", "compound", dyad(start), "A"
    )


def test_a_rate_is_per_hundred_words_of_all_that_a_seat_says() -> None:
    """Not the mean of its turns: a short turn does not weigh as much as a long one."""
    said = talk("A: Sorry", "B: x", "A: one two three four five six seven eight nine")

    assert of("wording", "apologies", said, "A", 1) == 100.0
    assert of("wording", "apologies", said, "A", 3) == 0.0
    assert of("wording", "apologies", said, "A") == pytest.approx(10.0)


def test_markup_and_code_are_not_counted() -> None:
    """Neither as words nor as questions."""
    said = dyad("**Is it?** ```if x: print('sorry?')```")

    assert of("wording", "questions", said, "A") == pytest.approx(50.0)
    assert of("wording", "apologies", said, "A") == 0.0


def test_other_languages_have_rates_of_zero_but_for_questions() -> None:
    """The lists are English, as the caveat says."""
    said = dyad("Entschuldigung, vielleicht gehen wir? Ich weiß nicht.")

    assert of("wording", "questions", said, "A") == pytest.approx(100 / 7)
    assert of("wording", "hedges", said, "A") == 0.0


def test_what_the_log_calls_a_refusal_and_what_the_text_reads_like_are_two_columns() -> None:
    """A filter's refusal may have no text, and a rule may see one that nobody flagged."""
    turns = (
        Said(turn_id=1, seat="A", text=None, is_refusal=True),
        Said(turn_id=2, seat="B", text="I’m sorry, but I can’t assist with that request."),
    )
    said = replace(dyad(), turns=turns)

    assert of("refusals", "refused", said, "A") == 1.0
    assert of("refusals", "refused_by_rule", said, "A", 1) == "the turn has no text"
    assert of("refusals", "refused", said, "B") == 0.0
    assert of("refusals", "refused_by_rule", said, "B") == 1.0


def test_a_no_in_a_bargain_is_no_refusal() -> None:
    """Neither is a move in a game."""
    said = dyad("Nine hundred?", "I can't accept that price. I'm sorry, the answer is no.")

    assert of("refusals", "refused_by_rule", said, "B") == 0.0


def test_without_a_judge_there_are_no_judged_columns() -> None:
    """They do not appear as missing either."""
    assert not [name for name, _, _ in values("refusals", dyad("x", "y")) if name.startswith("judged")]


def test_a_turn_that_a_judge_skipped_is_missing_and_not_a_no() -> None:
    """Else a judge's own refusals would count as compliance."""
    said = replace(dyad("x", "y", "z"), labels={"refusal": {1: "refuse"}})

    assert of("refusals", "judged_refuse", said, "A") == 1.0
    assert of("refusals", "judged_refuse", said, "A", 3) == "the judge gave no label"
    assert of("refusals", "judged_refuse", said, "B") == "the judge gave no label"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Good.\nTenant: I agree.", 1.0),
        ("**Tenant:** I agree.", 1.0),
        ('"It is fair." Tenant: "No."', 1.0),
        ("Dear tenant: pay.", 0.0),
        ("The tenant agrees.", 0.0),
        ("Landlord: It is me.", 0.0),
        ("subtenant: no", 0.0),
    ],
    ids=["new line", "bold", "after a quote", "address", "mentioned", "own name", "part of a word"],
)
def test_speaking_for_another_role_is_found(text: str, expected: float) -> None:
    """Where words are given to it, not where it is spoken of."""
    said = dyad(text, "Yes.", roles=("Landlord", "Tenant"))

    assert of("role_adherence", "speaks_for_other", said, "Landlord") == expected


def test_curly_apostrophes_hide_no_identity_break() -> None:
    """Models write them, and lists do not."""
    assert of("role_adherence", "identity_break", dyad("I’m just an AI."), "A") == 1.0
    assert of("role_adherence", "identity_break", dyad("I'm just an aide."), "A") == 0.0


def test_a_score_that_is_none_is_missing() -> None:
    """A judge may say that it cannot tell."""
    said = replace(dyad("x", "y", "z"), labels={"adherence": {1: "4", 3: "cannot tell"}})

    assert of("role_adherence", "adherence", said, "A") == 4.0
    assert of("role_adherence", "adherence", said, "A", 3) == "the judge gave no score"
