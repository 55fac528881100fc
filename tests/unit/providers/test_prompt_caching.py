"""What is marked for a prompt cache, which session a request goes by, and what that saved."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from unit.providers.bodies import asked, occasion

from colloquia.conversation.chat_model import Usage
from colloquia.providers.cards import ModelCard
from colloquia.providers.prompt_caching import FEWEST_KEPT_CHARACTERS, marked, session_id, with_saving

LONG = "Stay in character. " * 200
MARK = {"type": "ephemeral"}
CACHING = ModelCard(
    slug="acme/m", name="M", prompt_price=4.0, completion_price=8.0, cache_read_price=1.0, cache_write_price=5.0
)
TALK = [("system", "You buy."), ("user", "Begin."), ("assistant", "I buy."), ("user", "I sell.")]


def places(kept: int, messages: list[tuple[str, str]] = TALK) -> list[int]:
    """Return which messages are marked; all of them still say the same."""
    request = asked(*messages, kept=kept)
    sent = json.loads(marked(request).messages_json)
    found = []
    for place, (message, (role, text)) in enumerate(zip(sent, messages, strict=True)):
        assert message["role"] == role
        if isinstance(message["content"], list):
            assert message["content"] == [{"type": "text", "text": text, "cache_control": MARK}]
            found.append(place)
        else:
            assert message["content"] == text
    return found


def test_the_prompt_and_the_last_message_that_comes_again_are_marked() -> None:
    """The first is shared with other conversations, the second with the next request of the seat."""
    assert places(4) == [0, 3]
    assert places(3) == [0, 2]
    assert places(0) == [0]


def test_without_a_prompt_only_what_comes_again_is_marked() -> None:
    """Nothing says that another conversation begins alike."""
    assert places(3, TALK[1:]) == [2]
    assert places(0, TALK[1:]) == []


def test_an_empty_message_is_not_marked() -> None:
    """A mark on an empty part is refused."""
    assert places(2, [("system", "You buy."), ("user", "")]) == [0]


def test_marks_are_no_part_of_the_hash() -> None:
    """They change nothing that the model reads."""
    request = asked(*TALK, kept=4, sha256="ab" * 32)

    assert marked(request).sha256 == request.sha256
    assert marked(request).messages == request.messages


@pytest.mark.parametrize(
    ("prompt", "card", "is_shared"),
    [
        (LONG, CACHING, True),
        (LONG, replace(CACHING, cache_read_price=None), False),
        (LONG, None, False),
        ("s" * (FEWEST_KEPT_CHARACTERS - 1), CACHING, False),
        ("s" * FEWEST_KEPT_CHARACTERS, CACHING, True),
    ],
)
def test_a_long_prompt_has_one_session_where_it_can_be_kept(
    prompt: str, card: ModelCard | None, *, is_shared: bool
) -> None:
    """Any other request goes by its own conversation and seat."""
    one, other = (
        session_id(asked(("system", prompt), ("user", "Hi."), occasion=occasion(trial_id=trial)), card)
        for trial in ("one", "other")
    )

    assert (one == other) is is_shared
    assert is_shared or (one, other) == ("one/1", "other/1")


def test_other_prompts_have_other_sessions() -> None:
    """And only a prompt is shared, not what somebody says first."""
    sessions = {
        session_id(asked((role, text)), CACHING)
        for role, text in (("system", LONG), ("system", LONG + "!"), ("user", LONG))
    }

    assert len(sessions) == 3
    assert "trial-1/1" in sessions


@pytest.mark.parametrize(
    ("usage", "saved"),
    [
        (Usage(cached_tokens=10), 30.0),
        (Usage(cached_tokens=10, written_tokens=20), 10.0),
        (Usage(cached_tokens=0, written_tokens=20), -20.0),
        (Usage(cached_tokens=0), 0.0),
        (Usage(), None),
    ],
    ids=str,
)
def test_a_cache_saves_what_reading_is_cheaper_less_what_writing_is_dearer(usage: Usage, saved: float | None) -> None:
    """At listed prices; unknown where the server does not say what it had."""
    assert with_saving(usage, CACHING).saved_usd == saved


@pytest.mark.parametrize("card", [None, replace(CACHING, prompt_price=None), replace(CACHING, cache_read_price=None)])
def test_without_prices_nobody_knows_what_was_saved(card: ModelCard | None) -> None:
    """Unknown is not zero."""
    assert with_saving(Usage(cached_tokens=10), card).saved_usd is None


def test_writing_that_costs_nothing_more_takes_nothing_off() -> None:
    """Where the catalogue lists no price for it."""
    assert (
        with_saving(Usage(cached_tokens=2, written_tokens=9), replace(CACHING, cache_write_price=None)).saved_usd == 6
    )
