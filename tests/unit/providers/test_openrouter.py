"""What OpenRouter is sent beyond what the study writes, and what its catalogue is taken for."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from servers import RawServer, http, serving
from unit.providers.bodies import asked, completion, error, occasion

from colloquia.errors import CallError, Fault, SettingsError
from colloquia.providers.cards import ModelCard, card_of, fields_not_taken, read_cards, reasons
from colloquia.providers.keys import Keyring
from colloquia.providers.openrouter import BASE_URL, REASONING_HEADROOM, catalogue, provider, with_headroom
from colloquia.providers.provider import Surroundings
from colloquia.providers.wire import Wire

if TYPE_CHECKING:
    from pathlib import Path

    from colloquia.conversation.chat_model import ChatRequest, Reply

KEYS = {"OPENROUTER_API_KEY": "sk-or-v1-canary"}
THINKER = ModelCard(slug="acme/m-70b", name="M", is_reasoning=True)


def surroundings(folder: Path, **known: object) -> Surroundings:
    """Return the surroundings of OpenRouter."""
    fields = {"name": "openrouter", "wire": Wire(), "keyring": Keyring(KEYS), "folder": folder, "is_streaming": False}
    return Surroundings(**{**fields, **known})  # type: ignore[arg-type]


def ask(folder: Path, request: ChatRequest, **known: object) -> tuple[Reply, RawServer]:
    """Return the reply to a request, and the server that gave it."""

    async def main() -> tuple[Reply, RawServer]:
        async with serving([http(completion())]) as server:
            given = surroundings(folder, base_url=server.url, **known)
            reply = await provider(given).model(request.slug).reply(request)
            await given.wire.close()
            return reply, server

    return asyncio.run(main())


def sent(folder: Path, request: ChatRequest, **known: object) -> dict[str, Any]:
    """Return the body that is sent for a request."""
    return ask(folder, request, **known)[1].heard[0].json


def test_a_request_carries_its_key_its_name_and_no_cache(tmp_path: Path) -> None:
    """In headers, and nothing of them in the body."""
    reply, server = ask(tmp_path, asked())

    headers = server.heard[0].headers
    assert headers["authorization"] == "Bearer sk-or-v1-canary"
    assert headers["x-openrouter-title"] == "Colloquia"
    assert headers["x-openrouter-cache"] == "false"
    assert headers["http-referer"].startswith("https://")
    assert "canary" not in server.heard[0].body.decode()
    assert (reply.usage.cost_usd, reply.served_by) == (0.000121, "DeepInfra")


def test_only_a_maximum_is_sent_plainly(tmp_path: Path) -> None:
    """No routing where the study writes none and samples nothing; compression is always off."""
    request = asked(slug="meta-llama/llama-3.3-70b-instruct:free")

    assert sent(tmp_path, request) == {
        "messages": json.loads(request.messages_json),
        "model": "meta-llama/llama-3.3-70b-instruct:free",
        "max_tokens": 100,
        "plugins": [{"id": "context-compression", "enabled": False}],
        "session_id": "trial-1/1",
        "stream": False,
    }


def test_a_sampled_field_must_be_taken_by_the_endpoint(tmp_path: Path) -> None:
    """It would be dropped in silence otherwise; the study's own routing wins."""
    sampled = {"max_tokens": 100, "temperature": 0.5}
    routing = {"only": ["deepinfra"]}

    assert sent(tmp_path, asked(sampling=sampled))["provider"] == {"require_parameters": True}
    assert sent(tmp_path, asked(sampling=sampled, routing=routing))["provider"] == {
        "require_parameters": True,
        "only": ["deepinfra"],
    }
    assert sent(tmp_path, asked(sampling=sampled, routing={"require_parameters": False}))["provider"] == {
        "require_parameters": False
    }
    assert sent(tmp_path, asked(routing=routing))["provider"] == routing


def test_a_session_is_one_participant_of_one_conversation(tmp_path: Path) -> None:
    """So that its growing prefix stays at one endpoint; never longer than is allowed."""
    long = asked(occasion=occasion(trial_id="t" * 400, seat=3))

    assert len(sent(tmp_path, long)["session_id"]) == 256
    assert sent(tmp_path, long)["session_id"].endswith("t/3")


def test_a_model_that_reasons_has_room_for_it(tmp_path: Path) -> None:
    """Beside the text that the study allows; models without a card, or without reasoning, have none."""
    cards = {"acme/m-70b": THINKER}

    assert sent(tmp_path, asked(), cards=cards)["max_tokens"] == 100 + REASONING_HEADROOM
    assert sent(tmp_path, asked(slug="acme/m-70b:nitro"), cards=cards)["max_tokens"] == 100 + REASONING_HEADROOM
    assert sent(tmp_path, asked(slug="acme/other"), cards=cards)["max_tokens"] == 100


@pytest.mark.parametrize(
    ("card", "sampling", "answer"),
    [
        (None, {}, False),
        (THINKER, {}, True),
        (THINKER, {"reasoning": {"effort": "none"}}, False),
        (THINKER, {"reasoning": {"enabled": False}}, False),
        (THINKER, {"reasoning_effort": "none"}, False),
        (None, {"reasoning": {"effort": "low"}}, True),
        (None, {"reasoning": {"max_tokens": 500}}, True),
        (None, {"reasoning_effort": "high"}, True),
    ],
)
def test_what_is_sent_decides_whether_a_model_reasons(
    card: ModelCard | None, sampling: dict[str, Any], *, answer: bool
) -> None:
    """The card counts where the study says nothing."""
    assert reasons(card, sampling) is answer
    both = {"max_tokens": 10, "max_completion_tokens": 20, **sampling}
    room = REASONING_HEADROOM if answer else 0
    assert with_headroom(both, card) == {**both, "max_tokens": 10 + room, "max_completion_tokens": 20 + room}


def test_without_a_key_there_is_no_openrouter(tmp_path: Path) -> None:
    """Said before anything is asked."""
    with pytest.raises(SettingsError, match=r"set OPENROUTER_API_KEY in \.env"):
        provider(surroundings(tmp_path, keyring=Keyring({})))


def test_the_key_is_not_sent_to_another_server_in_the_open(tmp_path: Path) -> None:
    """Also where the command line names that server."""
    with pytest.raises(SettingsError, match="https"):
        provider(surroundings(tmp_path, base_url="http://lab.example/v1"))


def test_openrouter_is_asked_over_tls_at_its_own_address() -> None:
    """Unless the command line says otherwise."""
    assert BASE_URL == "https://openrouter.ai/api/v1"


LISTED = {
    "id": "acme/m-70b",
    "canonical_slug": "acme/m-70b-2026-01-01",
    "name": "Acme: M 70B",
    "created": 1768414327,
    "context_length": 131072,
    "pricing": {"prompt": "0.0000006", "completion": "0.0000012", "request": "0", "discount": 0},
    "supported_parameters": ["temperature", "max_tokens", "seed", "reasoning"],
    "reasoning": {"mandatory": False, "default_enabled": False},
}


def listed(*entries: object) -> tuple[ModelCard, ...]:
    """Return the cards of a server's list, over a socket."""

    async def main() -> tuple[ModelCard, ...]:
        async with serving([http({"data": list(entries)})]) as server:
            wire = Wire()
            cards = await catalogue(wire, base_url=server.url)
            await wire.close()
            assert server.heard[0].path == "/v1/models"
            assert "authorization" not in server.heard[0].headers
            return cards

    return asyncio.run(main())


def test_the_catalogue_says_what_a_model_is() -> None:
    """Prices in dollars per token, the fields it takes, and whether it reasons unasked."""
    (card,) = listed(LISTED)

    assert card == ModelCard(
        slug="acme/m-70b",
        name="Acme: M 70B",
        canonical_slug="acme/m-70b-2026-01-01",
        created=1768414327,
        context_length=131072,
        prompt_price=6e-7,
        completion_price=1.2e-6,
        request_price=0.0,
        supported_parameters=("temperature", "max_tokens", "seed", "reasoning"),
        is_reasoning=False,
    )


def test_one_odd_entry_does_not_spoil_the_list() -> None:
    """What makes no sense is left out, or unknown."""
    cards = listed(
        None,
        5,
        {},
        {"id": None},
        {
            "id": "a/b",
            "pricing": {"prompt": "-1", "completion": None},
            "supported_parameters": "all",
            "context_length": "x",
        },
        {"id": "a/c", "pricing": [], "supported_parameters": [1, "seed"], "reasoning": 5, "created": -4},
        LISTED,
    )

    assert [card.slug for card in cards] == ["a/b", "a/c", "acme/m-70b"]
    assert cards[0] == ModelCard(slug="a/b", name="a/b")
    assert cards[1] == ModelCard(slug="a/c", name="a/c", supported_parameters=("seed",))


@pytest.mark.parametrize(
    ("habits", "supported", "answer"),
    [
        ({"mandatory": True}, [], True),
        ({"default_enabled": True}, [], True),
        ({"default_enabled": False}, ["reasoning"], False),
        ({"supported_efforts": ["low"]}, ["reasoning"], True),
        (None, ["reasoning"], True),
        (None, ["seed"], False),
    ],
)
def test_a_card_says_whether_a_model_reasons_unasked(habits: object, supported: list[str], *, answer: bool) -> None:
    """An older card says only that it can, and is then believed."""
    (card,) = read_cards([{"id": "a/b", "reasoning": habits, "supported_parameters": supported}])

    assert card.is_reasoning is answer


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (http("<html></html>"), Fault.TRANSIENT),
        (http({"data": None}), Fault.TRANSIENT),
        (http([1, 2]), Fault.TRANSIENT),
        (http(error(401), 401), Fault.STOP_RUN),
        (http(error(429), 429), Fault.RATE),
        (http("", 502), Fault.TRANSIENT),
    ],
)
def test_a_list_that_cannot_be_had_is_a_failed_call(answer: bytes, fault: Fault) -> None:
    """Whoever asked decides whether it can do without."""

    async def main() -> None:
        wire = Wire()
        async with serving([answer]) as server:
            try:
                await catalogue(wire, base_url=server.url)
            finally:
                await wire.close()

    with pytest.raises(CallError, match="list of models") as failed:
        asyncio.run(main())

    assert failed.value.failure.fault is fault


def test_a_suffix_without_a_card_of_its_own_has_that_of_its_model() -> None:
    """But one with its own keeps it."""
    free = ModelCard(slug="acme/m-70b:free", name="free")
    cards = {THINKER.slug: THINKER, free.slug: free}

    assert card_of("acme/m-70b", cards) is THINKER
    assert card_of("acme/m-70b:nitro", cards) is THINKER
    assert card_of("acme/m-70b:free", cards) is free
    assert card_of("acme/other", cards) is None


def test_fields_that_no_endpoint_takes_are_named() -> None:
    """The length is taken by all; a card that does not say is not held against anything."""
    card = ModelCard(slug="a/b", name="B", supported_parameters=("temperature", "reasoning"))
    written = ["max_tokens", "max_completion_tokens", "temperature", "seed", "min_p", "reasoning_effort"]

    assert fields_not_taken(card, written) == ("seed", "min_p")
    assert fields_not_taken(ModelCard(slug="a/b", name="B"), written) == ()
