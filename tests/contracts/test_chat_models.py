"""What every model must do, whoever it is: the contract of the port ``ChatModel``."""

from __future__ import annotations

import asyncio
import importlib
import itertools
import json
import math
import os
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest
from servers import Step, http, serving, stream
from unit.providers.bodies import GOOD_STREAM, GOOD_TEXT, asked, completion

from colloquia.conversation.chat_model import Outcome, Reply, Source
from colloquia.errors import CallError
from colloquia.extras import install_weights
from colloquia.providers import embedded
from colloquia.providers.registry import Models

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from colloquia.conversation.chat_model import ChatModel, ChatRequest

KEYS = {"OPENROUTER_API_KEY": "sk-or-v1-canary", "LAB_API_KEY": "lab-canary"}
WHOLE = [http(completion(GOOD_TEXT, reasoning="Hm. ")), Step.KEEP]
STREAMED = [*stream(GOOD_STREAM, size=11), Step.KEEP]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of model, and how it is asked."""

    slug: str
    source: Source
    is_streaming: bool = False
    messages: list[tuple[str, str]] = field(default_factory=lambda: [("system", "Be brief."), ("user", "Hello!")])
    has_latency: bool = True

    @asynccontextmanager
    async def model(self) -> AsyncIterator[ChatModel]:
        """Start the model, with a server behind it where it needs one."""
        async with serving(STREAMED if self.is_streaming else WHOLE) as server:
            models = Models(
                [self.slug],
                providers={"lab": {"base_url": server.url, "price": 0}},
                keys=KEYS,
                is_streaming=self.is_streaming,
                base_url=server.url,
                folder=Path(),
                allows_code=False,
            )
            async with models:
                yield models.model(self.slug)

    def request(self, **known: object) -> ChatRequest:
        """Return a request that leaves nothing to chance."""
        sampling = {"max_tokens": 4, "temperature": 0, "seed": 1}
        return asked(*self.messages, **{"slug": self.slug, "sampling": sampling, **known})


SCRIPT = [("script", "Ana: Do you sell the bicycle?\nBen:")]
KINDS = {
    "always": Kind(slug="scripted:always Yes.", source="scripted", has_latency=False),
    "echo": Kind(slug="scripted:echo", source="scripted", has_latency=False),
    "random": Kind(slug="scripted:random", source="scripted", has_latency=False),
    "own server": Kind(slug="lab:acme/m", source="live"),
    "own server, streaming": Kind(slug="lab:acme/m", source="live", is_streaming=True),
    "openrouter": Kind(slug="acme/m-70b", source="live"),
    "openrouter, streaming": Kind(slug="acme/m-70b", source="live", is_streaming=True),
    "embedded": Kind(slug="embedded:smollm2-135m", source="embedded", messages=SCRIPT),
    "embedded, streaming": Kind(slug="embedded:smollm2-135m", source="embedded", messages=SCRIPT, is_streaming=True),
}
NOT_INSTALLED = pytest.mark.skipif(
    not embedded.is_installed() and os.environ.get("CI") != "true",
    reason=f"the weights are not installed: {install_weights()}",
)


LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"asyncio": asyncio.new_event_loop}
if find_spec("uvloop"):
    LOOPS["uvloop"] = importlib.import_module("uvloop").new_event_loop


def cases() -> Iterator[Any]:
    """Yield every kind in every event loop; the embedded ones, which take seconds to load, in one loop each."""
    for (number, (name, kind)), loop in itertools.product(enumerate(KINDS.items()), LOOPS):
        is_embedded = name.startswith("embedded")
        if not is_embedded or loop == list(LOOPS)[number % len(LOOPS)]:
            marks = NOT_INSTALLED if is_embedded else []
            yield pytest.param((kind, LOOPS[loop]), marks=marks, id=f"{name}, {loop}")


@pytest.fixture(params=list(cases()))
def case(request: pytest.FixtureRequest) -> tuple[Kind, Callable[[], asyncio.AbstractEventLoop]]:
    """Return one kind of model after the other, and the event loop it is asked in."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def kind(case: tuple[Kind, Any]) -> Kind:
    """Return the kind of model."""
    return case[0]


@pytest.fixture
def run(case: tuple[Any, Callable[[], asyncio.AbstractEventLoop]]) -> Callable[[Awaitable[Any]], Any]:
    """Return what runs a coroutine in the event loop."""

    def in_loop(coroutine: Awaitable[Any]) -> Any:
        with asyncio.Runner(loop_factory=case[1]) as runner:
            return runner.run(coroutine)  # type: ignore[arg-type]

    return in_loop


Run = "Callable[[Awaitable[Any]], Any]"


async def replies(kind: Kind, *requests: ChatRequest) -> list[Reply]:
    """Return the replies to requests that are made one after the other."""
    async with kind.model() as model:
        return [await model.reply(request) for request in requests]


def test_a_reply_is_whole_and_can_be_written_down(kind: Kind, run: Run) -> None:
    """Text or the reason why there is none, where it comes from, what it took; unknown is nothing, never zero."""
    (reply,) = run(replies(kind, kind.request()))

    assert isinstance(reply, Reply)
    assert reply.source == kind.source
    assert reply.source in get_args(Source)
    assert (reply.outcome is None) == bool(reply.content)
    assert reply.outcome is None or reply.outcome in get_args(Outcome)
    assert (reply.latency_ms is not None) == kind.has_latency
    assert (reply.time_to_first_token_ms is not None) == kind.is_streaming
    counts = [getattr(reply.usage, name) for name in ("input_tokens", "output_tokens", "cached_tokens")]
    assert all(count is None or (isinstance(count, int) and count >= 0) for count in counts)
    assert reply.usage.cost_usd is None or (math.isfinite(reply.usage.cost_usd) and reply.usage.cost_usd >= 0)
    assert not reply.is_repaired
    json.dumps([reply.content, reply.reasoning, reply.served_by, reply.served_model]).encode()


def test_a_model_keeps_nothing_between_calls(kind: Kind, run: Run) -> None:
    """The same request gets the same reply, whatever was asked between."""
    first, _, third = run(
        replies(kind, kind.request(), kind.request(messages=asked(("user", "No?")).messages), kind.request())
    )

    assert first.content == third.content
    assert first.finish_reason == third.finish_reason
    assert first.served_model == third.served_model


def test_a_model_can_be_asked_for_several_conversations_at_once(kind: Kind, run: Run) -> None:
    """Every call gets its own reply."""

    async def main() -> list[Reply]:
        async with kind.model() as model:
            return await asyncio.gather(*(model.reply(kind.request()) for _ in range(5)))

    found = run(main())

    assert len(found) == 5
    assert all(reply.content for reply in found)


def test_whoever_watches_sees_the_text_grow_to_the_reply(kind: Kind, run: Run) -> None:
    """All of it so far, each time; a model that does not stream may show it at once, or not at all."""
    seen: list[str] = []

    (reply,) = run(replies(kind, kind.request(on_text=seen.append)))

    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(seen))
    assert seen or not kind.is_streaming
    assert not seen or seen[-1].strip().startswith(reply.content.strip())


def test_a_request_is_not_changed_by_being_asked(kind: Kind, run: Run) -> None:
    """It is hashed before and verified afterwards."""
    request = kind.request()
    before = repr(request)

    run(replies(kind, request))

    assert repr(request) == before


def test_a_cancelled_call_ends_as_cancelled(kind: Kind, run: Run) -> None:
    """And the model can be asked again."""

    async def main() -> Reply:
        async with kind.model() as model:
            call = asyncio.ensure_future(model.reply(kind.request()))
            await asyncio.sleep(0)
            call.cancel()
            (ended,) = await asyncio.gather(call, return_exceptions=True)
            assert isinstance(ended, asyncio.CancelledError) or not kind.has_latency
            return await model.reply(kind.request())

    assert run(main()).content


@pytest.mark.parametrize("slug", ["lab:acme/m", "acme/m-70b"])
def test_a_call_of_a_server_that_is_gone_fails_as_a_call(slug: str) -> None:
    """Not with an error of whatever stands underneath."""

    async def main() -> None:
        async with serving(WHOLE) as server:
            url = server.url
        models = Models(
            [slug],
            providers={"lab": {"base_url": url}},
            keys=KEYS,
            is_streaming=True,
            base_url=url,
            folder=Path(),
            allows_code=False,
        )
        async with models:
            await models.model(slug).reply(asked(slug=slug))

    with pytest.raises(CallError) as failed:
        asyncio.run(main())

    assert failed.value.failure.was_sent is False
    assert "canary" not in repr(failed.value.failure)
