"""What a server of one's own is sent, to the byte, and what a call of it shows when it fails."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from servers import STREAM_HEAD, RawServer, Step, http, serving, stream
from unit.providers.bodies import GOOD_STREAM, GOOD_TEXT, asked, completion, error

from colloquia.design.forecast import Price
from colloquia.errors import CallError, DesignError, Fault
from colloquia.providers.keys import Keyring
from colloquia.providers.openai_compatible import provider
from colloquia.providers.provider import Surroundings
from colloquia.providers.wire import Patience, Wire

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from colloquia.conversation.chat_model import ChatRequest, Reply

CANARY = "canary-key-0123456789"
QUICK = Patience(silence_seconds=0.5, idle_seconds=0.1, deadline_seconds=5)


def ask(folder: Path, request: ChatRequest, *act: bytes | Step, **known: object) -> tuple[Reply | CallError, RawServer]:
    """Return what comes of a request to a server that does ``act``, and the server."""

    async def main() -> tuple[Reply | CallError, RawServer]:
        wire = Wire(patience=QUICK)
        async with serving(act) as server:
            fields = {
                "name": "lab",
                "wire": wire,
                "keyring": Keyring({"LAB_API_KEY": CANARY, "OPENROUTER_API_KEY": "sk-or-not-for-you"}),
                "folder": folder,
                "base_url": server.url,
                "is_streaming": False,
            }
            model = provider(Surroundings(**{**fields, **known})).model("lab:acme/m-70b:q4")  # type: ignore[arg-type]
            try:
                return await model.reply(request), server
            except CallError as failed:
                return failed, server
            finally:
                await wire.close()

    return asyncio.run(main())


def sent(server: RawServer) -> dict[str, Any]:
    """Return the body of the only request."""
    (heard,) = server.heard
    return heard.json


def test_a_request_is_sent_as_it_was_hashed(tmp_path: Path) -> None:
    """The very bytes of the messages, the model without its provider, the sampling, and nothing else."""
    sampling = {"max_tokens": 9, "stop": ["\n"], "seed": 4}
    request = asked(("system", "Be\u2028brief."), ("user", "Žluť?"), sampling=sampling)

    _, server = ask(tmp_path, request, http(completion()))

    assert request.messages_json in server.heard[0].body
    assert sent(server) == {
        "messages": json.loads(request.messages_json),
        "model": "acme/m-70b:q4",
        **sampling,
        "stream": False,
    }
    assert server.heard[0].path == "/v1/chat/completions"
    assert server.heard[0].headers["content-type"] == "application/json"


def test_a_streamed_request_asks_for_its_usage(tmp_path: Path) -> None:
    """Such servers count tokens in a stream only where they are asked to."""
    found, server = ask(tmp_path, asked(), *stream(GOOD_STREAM), is_streaming=True)

    assert not isinstance(found, CallError)
    assert found.content == GOOD_TEXT
    assert found.time_to_first_token_ms is not None
    assert sent(server)["stream"] is True
    assert sent(server)["stream_options"] == {"include_usage": True}
    assert "connection" not in server.heard[0].headers


def test_a_script_is_sent_to_be_completed(tmp_path: Path) -> None:
    """As one text, to the address for that."""
    answer = {"choices": [{"text": " Well.", "finish_reason": "stop"}]}

    found, server = ask(tmp_path, asked(("script", "Ana: Hi\nBen:")), http(answer))

    assert not isinstance(found, CallError)
    assert found.content == " Well."
    assert server.heard[0].path == "/v1/completions"
    assert sent(server)["prompt"] == "Ana: Hi\nBen:"
    assert "messages" not in sent(server)


def test_a_declared_server_gets_its_own_key_only(tmp_path: Path) -> None:
    """Never OpenRouter's, and none where it has none."""
    _, with_key = ask(tmp_path, asked(), http(completion()))
    _, without = ask(tmp_path, asked(), http(completion()), keyring=Keyring({"OPENROUTER_API_KEY": "sk-or-x"}))

    assert with_key.heard[0].headers["authorization"] == f"Bearer {CANARY}"
    assert "authorization" not in without.heard[0].headers


@pytest.mark.parametrize(
    ("price", "cost"), [(None, None), (Price(prompt=0, completion=0), 0.0), (Price(prompt=1e-6, completion=0), 310e-6)]
)
def test_the_price_of_the_study_makes_the_cost(tmp_path: Path, price: Price | None, cost: float | None) -> None:
    """Unwritten it is unknown."""
    found, _ = ask(tmp_path, asked(), http(completion()), price=price)

    assert not isinstance(found, CallError)
    assert found.usage.cost_usd == (None if cost is None else pytest.approx(cost))
    assert found.served_by == "lab"


KEY_ECHOES: list[Sequence[bytes | Step]] = [
    [http(error(400, f"bad key {CANARY}"), 400)],
    [http(error(CANARY, f"bad key {CANARY}", error_type=CANARY), 401)],
    [http(f"<html>{CANARY}</html>", 500)],
    [http(f'{{"choices": [{{"message": {{"content": "{CANARY}"}}, "finish_reason": "error"}}]}}')],
    [STREAM_HEAD, *stream(f'data: {{"choices":[{{"delta":{{"content":"{CANARY}"}}}}]}}\n\n'.encode())[1:]],
    [b"HTTP/1.1 " + CANARY.encode() + b"\r\n\r\n"],
    [Step.HANG],
    [Step.RESET],
]


@pytest.mark.parametrize("act", KEY_ECHOES, ids=repr)
def test_a_failure_never_shows_the_key(tmp_path: Path, act: Sequence[bytes | Step]) -> None:
    """Whatever the server does with it; neither in what is kept nor in what stands behind the error."""
    found, _ = ask(tmp_path, asked(), *act)

    assert isinstance(found, CallError)
    assert CANARY not in repr(found.failure)
    assert CANARY not in str(found)
    assert found.__cause__ is None
    assert found.__context__ is None


def test_a_server_that_stops_midway_leaves_its_text_with_the_attempt(tmp_path: Path) -> None:
    """The call is tried again; what had come is no turn."""
    cut = GOOD_STREAM[: GOOD_STREAM.index(b"Really")]

    found, _ = ask(tmp_path, asked(), *stream(cut)[:-1], Step.RESET)

    assert isinstance(found, CallError)
    assert (found.failure.fault, found.failure.stage) == (Fault.TRANSIENT, "stream")
    assert (found.failure.partial_text or "").startswith("Žlutý kůň")


def test_an_address_that_is_none_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    """With its place in the study."""
    with pytest.raises(DesignError, match=r"providers\.lab"):
        ask(tmp_path, asked(), base_url="lab.example")
