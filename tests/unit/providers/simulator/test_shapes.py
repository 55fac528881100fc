"""The simulator in the shapes of OpenRouter's neighbours."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from unit.providers.bodies import asked
from unit.providers.simulator.rehearsing import answers, chat, planned, rehearse, tell

from colloquia.conversation.chat_model import Reply
from colloquia.errors import CallError
from colloquia.providers import openai_compatible
from colloquia.providers.keys import Keyring
from colloquia.providers.provider import Surroundings
from colloquia.providers.simulator.plan import Strike
from colloquia.providers.simulator.simulator import Simulator
from colloquia.providers.wire import Wire

NEIGHBOURS = ("llama.cpp", "ollama", "vllm", "lmstudio")
COUNTED = {"stream_options": {"include_usage": True}}


@pytest.mark.parametrize("shape", NEIGHBOURS)
def test_a_neighbour_names_no_provider_and_no_cost(shape: str) -> None:
    """Neither in a whole reply nor in a stream, and it bills nothing."""

    async def act(simulator: Simulator) -> Any:
        bodies = (chat(), chat(stream=True, **COUNTED))
        return [await tell(simulator, body=body) for body in bodies], simulator.billed

    (whole, streamed), billed = rehearse(act, shape=shape)

    for told in (whole, streamed):
        assert not any(word in told.raw for word in (b"provider", b"native_finish", b"cost", b"OPENROUTER", b"gen-"))
        assert "x-generation-id" not in told.headers
        assert told.headers["x-colloquia-simulated"] == "1"
    assert whole.json["colloquia_simulated"] is streamed.chunks[0]["colloquia_simulated"] is True
    assert billed == 0


@pytest.mark.parametrize("shape", NEIGHBOURS)
def test_a_neighbour_counts_a_stream_only_when_asked(shape: str) -> None:
    """A whole reply always has its usage."""
    silent, counted, whole = answers(chat(stream=True), chat(stream=True, **COUNTED), chat(), shape=shape)

    assert not any("usage" in chunk for chunk in silent.chunks)
    assert (counted.chunks[-1]["choices"], counted.chunks[-1]["usage"]["completion_tokens"] > 0) == ([], True)
    assert set(whole.json["usage"]) == {"prompt_tokens", "completion_tokens", "total_tokens"}


@pytest.mark.parametrize("shape", NEIGHBOURS)
@pytest.mark.parametrize("header", ["", "Bearer anything"])
def test_a_neighbour_takes_any_key_or_none(shape: str, header: str) -> None:
    """It runs on one's own machine."""
    (told,) = answers(chat(), shape=shape, Authorization=header)

    assert told.status == 200


@pytest.mark.parametrize(
    ("shape", "field"),
    [
        ("llama.cpp", "reasoning_content"),
        ("ollama", "reasoning"),
        ("vllm", "reasoning"),
        ("lmstudio", "reasoning_content"),
    ],
)
def test_a_neighbour_has_its_own_word_for_thoughts(shape: str, field: str) -> None:
    """In replies and in streams."""
    whole, streamed = answers(chat(model="sim/reasoner"), chat(model="sim/reasoner", stream=True), shape=shape)

    assert whole.json["choices"][0]["message"][field]
    assert any(chunk["choices"][0]["delta"].get(field) for chunk in streamed.chunks if chunk["choices"])


@pytest.mark.parametrize(
    ("shape", "error"),
    [
        ("llama.cpp", {"code": 404, "message": "The model 'nobody' does not exist.", "type": "not_found_error"}),
        (
            "ollama",
            {"message": "The model 'nobody' does not exist.", "type": "not_found_error", "param": None, "code": None},
        ),
        (
            "vllm",
            {"message": "The model 'nobody' does not exist.", "type": "not_found_error", "param": None, "code": 404},
        ),
        ("lmstudio", "The model 'nobody' does not exist."),
    ],
)
def test_a_neighbour_words_its_errors_in_its_way(shape: str, error: object) -> None:
    """llama.cpp has one model only, and answers with it under any name."""
    (told,) = answers(chat(model="nobody"), shape=shape)

    if shape == "llama.cpp":
        assert told.status == 200
    else:
        assert (told.status, told.json["error"]) == (404, error)


@pytest.mark.parametrize(
    ("shape", "status", "words"),
    [
        ("llama.cpp", 400, "exceeds the available context size"),
        ("vllm", 400, "maximum context length is 2048 tokens"),
        ("lmstudio", 400, "context length of only 2048 tokens"),
        ("ollama", 200, ""),
    ],
)
def test_a_neighbour_says_that_a_prompt_is_too_long_or_cuts_it(shape: str, status: int, words: str) -> None:
    """Ollama does so in silence."""
    (told,) = answers(chat("word " * 2100, model="sim/small-context"), shape=shape)

    assert told.status == status
    assert words in told.raw.decode()


def test_a_neighbour_lists_its_models() -> None:
    """With the context where it says so."""

    async def act(simulator: Simulator) -> Any:
        return (await tell(simulator, "/models")).json["data"][0], (await tell(simulator, "/key")).status

    llama, vllm, ollama = (rehearse(act, shape=shape) for shape in ("llama.cpp", "vllm", "ollama"))

    assert llama[0]["meta"] == {"n_ctx_train": 131_072}
    assert vllm[0]["max_model_len"] == 131_072
    assert set(ollama[0]) == {"id", "object", "created", "owned_by"}
    assert llama[1] == vllm[1] == ollama[1] == 404


def ask(
    shape: str, *strikes: Strike, slug: str = "own:sim/plain", is_streaming: bool = True, words: str = "Hi."
) -> Any:
    """Return what the package's model makes of such a server: a reply, or a failure."""

    async def main() -> Any:
        async with Simulator(planned(*strikes), shape=shape) as simulator:
            wire = Wire()
            surroundings = Surroundings(
                name="own",
                wire=wire,
                keyring=Keyring({}),
                folder=Path(),
                base_url=simulator.base_url,
                is_streaming=is_streaming,
            )
            try:
                return (
                    await openai_compatible.provider(surroundings).model(slug).reply(asked(("user", words), slug=slug))
                )
            except CallError as error:
                return error.failure
            finally:
                await wire.close()

    return asyncio.run(main())


@pytest.mark.parametrize("shape", NEIGHBOURS)
@pytest.mark.parametrize("is_streaming", [False, True], ids=["whole", "streamed"])
def test_the_package_reads_a_neighbour(shape: str, is_streaming: bool) -> None:  # noqa: FBT001 (a parameter)
    """Text, counts, no cost, and no doubt that it is simulated."""
    reply = ask(shape, is_streaming=is_streaming)

    assert isinstance(reply, Reply)
    assert (reply.content or "").startswith("Simulated ")
    assert reply.source == "simulated"
    assert (reply.usage.input_tokens or 0) > 0
    assert reply.usage.cost_usd is None
    assert reply.served_by == "own"


@pytest.mark.parametrize("shape", ["llama.cpp", "vllm", "lmstudio"])
def test_the_package_knows_a_neighbours_overflow(shape: str) -> None:
    """By a typed word or by its sentence: it is data, and no failure."""
    reply = ask(shape, slug="own:sim/small-context", words="word " * 2100)

    assert isinstance(reply, Reply)
    assert reply.outcome == "context_overflow"


@pytest.mark.parametrize("shape", NEIGHBOURS)
@pytest.mark.parametrize(
    ("fault", "expected"),
    [("status-503-loading", "transient"), ("status-429-seconds", "rate"), ("stream-cut", "transient")],
)
def test_faults_happen_in_every_shape(shape: str, fault: str, expected: str) -> None:
    """And are read as such."""
    assert ask(shape, Strike(name=fault)).fault.value == expected
