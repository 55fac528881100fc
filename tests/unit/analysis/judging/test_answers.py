"""A judge's reply is read strictly: what cannot be read, or rests on an invented quote, is missing with its reason."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colloquia.analysis.judging.answers import Answer, occurs, read
from colloquia.conversation.chat_model import Reply
from colloquia.design.rubrics import Level, Rubric

SHOWN = ("I would rather keep the old price, thank you.", "Fine, let\u2019s say six \u2013 per cent.", "No.")
LABELS = Rubric(question="?", labels=("yes", "no", "not tried"))
SCALE = Rubric(question="?", scale=(0, 100))
WHOLE = Rubric(question="?", scale=(1, 5), levels={str(n): Level(means="x", example="y") for n in (1, 5)})
OPEN = Rubric(question="?")
QUOTE = "keep the old price"


def said(answer: object, quote: object = QUOTE, **more: Any) -> Reply:
    """Return a reply with one JSON object."""
    return Reply(content=json.dumps({"quote": quote, "answer": answer, **more}), source="scripted")


def text(content: str | None, **known: Any) -> Reply:
    """Return a reply of some text."""
    return Reply(content=content, source="live", **known)


@pytest.mark.parametrize("answer", ["yes", "Yes", " YES. ", '"yes"'])
def test_a_label_is_known_whatever_its_case_and_marks(answer: str) -> None:
    """And is kept as the rubric writes it."""
    assert read(said(answer), LABELS, SHOWN) == Answer(text="yes", quote=QUOTE)


@pytest.mark.parametrize(
    "content",
    [
        'I think so.\n```json\n{"quote": "keep the old price", "answer": "no"}\n```\nThat is all.',
        '{"thought": {"answer": "yes"}} {"quote": "keep the old price", "answer": "no"}',
        '{not json} {"answer": "no", "quote": "KEEP   the old\\nprice", "why": "it says so"}',
        '{"quote": "keep the old price", "answer": "yes"} No, wait: {"quote": "keep the old price", "answer": "no"}',
    ],
)
def test_the_object_is_found_among_other_text(content: str) -> None:
    """Where there are several, the last one counts: a judge may think aloud before it."""
    assert read(text(content), LABELS, SHOWN).text == "no"


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (said("maybe"), "none of the answers"),
        (said(True), "none of the answers"),
        (said(None), "none of the answers"),
        (said("yes", ""), "no quote"),
        (said("yes", None), "no quote"),
        (said("yes", ["keep the old price"]), "no quote"),
        (said("yes", "keep the new price"), "the quote does not occur"),
        (said("Cannot tell."), "cannot tell"),
        (text("I'm sorry, but I can't assist with that."), "refused"),
        (text(None, outcome="refusal", refusal_source="provider"), "refused"),
        (text(None, outcome="input_blocked"), "refused"),
        (text(None, outcome="no_answer"), "no answer"),
        (text(None, outcome="context_overflow"), "context overflow"),
        (text('{"quote": "keep the old', finish_reason="length"), "cut"),
        (text("Yes."), "unreadable"),
        (text('{"quote": "keep the old price"}'), "unreadable"),
        (text("[1, 2]"), "unreadable"),
        (text("{" * 10_000), "unreadable"),
        (text('{"answer": ' + "[" * 100_000), "unreadable"),
    ],
)
def test_what_is_no_answer_is_missing_with_its_reason(reply: Reply, reason: str) -> None:
    """A refusal is never "no", and an invented quote never proves anything."""
    found = read(reply, LABELS, SHOWN)

    assert (found.text, found.number, found.missing) == (None, None, reason)


@pytest.mark.parametrize(
    ("rubric", "answer", "number"),
    [(SCALE, 62.5, 62.5), (SCALE, "62.5", 62.5), (SCALE, 0, 0), (SCALE, 100, 100), (WHOLE, 3, 3), (WHOLE, "4", 4)],
)
def test_a_number_on_the_scale_is_kept(rubric: Rubric, answer: object, number: float) -> None:
    """As a number, and as it is written."""
    found = read(said(answer), rubric, SHOWN)

    assert (found.number, found.text, found.missing) == (number, f"{number:g}", None)


@pytest.mark.parametrize(
    ("rubric", "answer"),
    [
        (SCALE, 101),
        (SCALE, -1),
        (SCALE, "much"),
        (SCALE, True),
        (SCALE, "nan"),
        (SCALE, 10**400),
        (WHOLE, 3.5),
        (WHOLE, 6),
    ],
)
def test_a_number_off_the_scale_is_missing(rubric: Rubric, answer: object) -> None:
    """Nothing is cut to fit."""
    assert read(said(answer), rubric, SHOWN).missing == "none of the answers"


def test_an_open_answer_is_its_text() -> None:
    """Without the white space around it; an empty one is missing."""
    assert read(said(" They agree. "), OPEN, SHOWN).text == "They agree."
    assert read(said("  "), OPEN, SHOWN).missing == "empty"
    assert read(said(7), OPEN, SHOWN).missing == "empty"


def test_half_a_character_becomes_one_that_can_be_written() -> None:
    """JSON can hold lone surrogates; files cannot."""
    reply = text('{"quote": "keep the old price", "answer": "so \\ud83d so"}')

    assert read(reply, OPEN, SHOWN).text == "so \ufffd so"


@pytest.mark.parametrize(
    ("quote", "is_there"),
    [
        ("rather keep", True),
        ("Let's say six - per cent", True),
        ("\u201cI would rather keep\u201d", True),
        ("I would ... thank you", True),
        ("rather keep\u2026old price", True),
        ("rather keep ... old wage", False),
        ("I would rather ... six", False),
        ("No.", True),
        ("no", True),
        ("old", False),
        ("...", False),
        ("price, thank you. Fine", False),
    ],
)
def test_a_quote_occurs_or_it_does_not(quote: str, *, is_there: bool) -> None:
    """Case, white space and marks aside; in one text, and long enough to prove something, or all of it."""
    assert occurs(quote, SHOWN) is is_there


@given(st.text())
def test_no_reply_is_too_odd_to_be_read(content: str) -> None:
    """Whatever a model sends, reading it never fails."""
    read(text(content), LABELS, SHOWN)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_no_answer_is_too_odd_to_be_read(value: object) -> None:
    """Nor whatever it calls its answer and its quote."""
    for rubric in (LABELS, SCALE, WHOLE, OPEN):
        read(said(value, value), rubric, SHOWN)
