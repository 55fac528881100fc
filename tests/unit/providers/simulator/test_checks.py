"""What is declined before any model is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from unit.providers.simulator.rehearsing import KEY, answers, chat, planned, raw, rehearse, request, tell, told

if TYPE_CHECKING:
    from unit.providers.simulator.rehearsing import Told

    from colloquia.providers.simulator.simulator import Simulator

OFF = {"plugins": [{"id": "context-compression", "enabled": False}]}


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("", "Missing Authentication header"),
        ("Basic abc", "No auth credentials found"),
        ("Bearer ", "No auth credentials found"),
        ("Bearer wrong", "User not found."),
    ],
)
def test_a_caller_without_a_key_is_turned_away(header: str, message: str) -> None:
    """With status 401 and OpenRouter's words."""
    (told,) = answers(chat(), Authorization=header)

    assert told.status == 401
    assert told.json["error"] == {"code": 401, "message": message}
    assert told.json["colloquia_simulated"] is True


def test_a_plan_may_name_the_only_right_key() -> None:
    """Then no other is taken."""
    (right,) = answers(chat(), plan=planned(key=KEY))
    (wrong,) = answers(chat(), plan=planned(key="sk-or-other"))

    assert (right.status, wrong.status) == (200, 401)


@pytest.mark.parametrize(
    "fields",
    [
        {"model": 5},
        {"messages": []},
        {"messages": "Hi."},
        {"messages": [{"role": "nobody", "content": "Hi."}]},
        {"messages": [{"role": "user", "content": 5}]},
        {"temperature": "hot"},
        {"temperature": 3},
        {"temperature": True},
        {"top_p": -1},
        {"seed": 1.5},
        {"max_tokens": 0},
        {"stream": "yes"},
        {"stop": 5},
        {"stop": ["a", "b", "c", "d", "e"]},
        {"provider": "sim-alpha"},
        {"provider": {"only": "sim-alpha"}},
        {"provider": {"order": [5]}},
        {"provider": {"max_price": {"prompt": "cheap"}}},
        {"plugins": {}},
        {"reasoning": "high"},
        {"reasoning": {"effort": "colossal"}},
        {"reasoning": {"effort": "high", "max_tokens": 100}},
        {"reasoning": {"max_tokens": "many"}},
        {"reasoning": {"effort": "high"}, "reasoning_effort": "low"},
        {"model": "sim/reasoner", "reasoning": {"effort": "none"}},
        {"model": "sim/reasoner", "reasoning": {"enabled": False}},
    ],
    ids=str,
)
def test_a_field_of_the_wrong_kind_is_declined(fields: dict[str, Any]) -> None:
    """With status 400, and nothing is billed."""
    (told,) = answers({**chat(), **fields})

    assert told.status == 400
    assert told.json["error"]["code"] == 400


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"\xff", b"[" * 100_000], ids=range(6))
def test_what_is_no_table_of_json_is_declined(body: bytes) -> None:
    """Whatever it is, the simulator goes on."""
    told, well = answers(body, chat())

    assert (told.status, well.status) == (400, 200)


def test_unknown_fields_are_ignored() -> None:
    """As OpenRouter does."""
    (told,) = answers(chat(colour="blue", metadata={"a": "b"}, usage={"include": True}))

    assert told.status == 200


def test_an_unknown_model_is_declined_with_a_typed_word() -> None:
    """It says that trying again does not help."""
    (told,) = answers(chat(model="acme/nothing"))

    assert told.status == 400
    assert told.json["error"]["availability"]["code"] == "model_not_found"
    assert told.json["error"]["availability"]["retryable"] is False


def test_a_prompt_that_is_too_long_is_declined_in_openrouters_words() -> None:
    """Where compression is switched off."""
    (told,) = answers(chat("word " * 1500, model="sim/small-context", max_tokens=1024, **OFF))

    assert told.status == 400
    assert told.json["error"]["message"].startswith(
        "This endpoint's maximum context length is 2048 tokens. However, you requested about 2529 tokens (1505 of text "
        "input, 1024 in the output)."
    )


def test_small_contexts_compress_unless_told_not_to() -> None:
    """As OpenRouter does up to 8,192 tokens: in silence."""
    long = "word " * 1500
    by_itself, switched_on = answers(
        chat(long, model="sim/small-context", max_tokens=1024),
        chat(long, model="sim/small-context", max_tokens=1024, plugins=[{"id": "context-compression"}]),
    )

    assert (by_itself.status, switched_on.status) == (200, 200)


def test_a_moderated_model_blocks_what_holds_the_word() -> None:
    """It quotes at most 100 characters; other models do not mind."""
    bad = "Please simulate-moderation for me. " * 20

    blocked, fine, other = answers(chat(bad, model="sim/moderated"), chat(model="sim/moderated"), chat(bad))

    metadata = blocked.json["error"]["metadata"]
    assert (blocked.status, fine.status, other.status) == (403, 200, 200)
    assert metadata["reasons"]
    assert len(metadata["flagged_input"]) == 100
    assert metadata["model_slug"] == "sim/moderated"


def test_other_places_and_methods_are_declined() -> None:
    """And a wrong base URL is said to be one."""

    async def act(simulator: Simulator) -> list[Told]:
        return [
            await tell(simulator, "/embeddings", {}),
            await tell(simulator, "/nothing"),
            await tell(simulator, "/simulator/nothing"),
            await tell(simulator, "/completions", {"model": "sim/plain"}),
            told(await raw(simulator, request(simulator, "/v1/chat/completions", chat()))),
        ]

    declined = rehearse(act)

    assert [each.status for each in declined] == [405, 404, 404, 400, 404]
    assert declined[-1].json["error"]["message"].endswith("the base URL ends in /api/v1.")
