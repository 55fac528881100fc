"""Asking a simulator: by a raw socket, and through the models that studies use."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from unit.providers.bodies import asked

from colloquia.errors import CallError
from colloquia.providers import openrouter
from colloquia.providers.keys import Keyring
from colloquia.providers.provider import Surroundings
from colloquia.providers.simulator.plan import Plan
from colloquia.providers.simulator.simulator import Simulator
from colloquia.providers.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from colloquia.conversation.chat_model import Reply
    from colloquia.errors import Failure
    from colloquia.providers.simulator.plan import Strike
    from colloquia.providers.wire import Patience

Result = TypeVar("Result")

UNIT = 0.0005
"""Real seconds of a simulated one: half an hour passes in a second."""
KEY = "sk-or-simulated-canary"


@dataclass(frozen=True, kw_only=True)
class Told:
    """An answer as it came."""

    status: int
    headers: Mapping[str, str]
    raw: bytes = field(repr=False)

    @property
    def json(self) -> Any:
        return json.loads(self.raw)

    @property
    def chunks(self) -> list[dict[str, Any]]:
        """The JSON events of a stream."""
        lines = [line.strip() for line in self.raw.splitlines() if line.startswith(b"data: ")]
        return [json.loads(line[6:]) for line in lines if line != b"data: [DONE]"]

    @property
    def text(self) -> str:
        """The text of a whole reply, or of a stream."""
        if self.raw.startswith(b"{"):
            return self.json["choices"][0]["message"]["content"]
        choices = [chunk["choices"][0] for chunk in self.chunks if chunk["choices"]]
        return "".join(choice["delta"].get("content") or "" for choice in choices)


def chat(*texts: str, **fields: Any) -> dict[str, Any]:
    """Return the body of a request that says ``texts`` in turn."""
    roles = ("user", "assistant")
    messages = [{"role": roles[place % 2], "content": text} for place, text in enumerate(texts or ("Hello.",))]
    return {"model": "sim/plain", "messages": messages, "max_tokens": 400, **fields}


def request(simulator: Simulator, path: str, body: Any = None, **headers: str) -> bytes:
    """Return a request as it is written."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
    told = {
        "Host": f"127.0.0.1:{simulator.port}",
        "Authorization": f"Bearer {KEY}",
        "Content-Length": str(len(data)),
        "Connection": "close",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    method = "POST" if body is not None else "GET"
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items() if value)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + data


async def tell(simulator: Simulator, path: str = "/chat/completions", body: Any = None, **headers: str) -> Told:
    """Return what a simulator answers, at its base URL or on its own pages."""
    base = "" if path.startswith("/simulator/") else simulator.base_url.removeprefix(simulator.url)
    return told(await raw(simulator, request(simulator, base + path, body, **headers)))


async def raw(simulator: Simulator, written: bytes) -> bytes:
    """Return all bytes that come back for ``written`` until the connection ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", simulator.port)
    writer.write(written)
    try:
        return await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()


def told(data: bytes) -> Told:
    """Return an answer as it was written on the wire, its chunks put together."""
    head, _, rest = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    fields = (line.partition(": ") for line in lines[1:])
    headers = {name.lower(): value for name, _, value in fields}
    if headers.get("transfer-encoding") == "chunked":
        rest = b"".join(_unchunked(rest))
    return Told(status=int(lines[0].split(" ")[1]), headers=headers, raw=rest)


def _unchunked(data: bytes) -> list[bytes]:
    parts = []
    while data:
        size, _, rest = data.partition(b"\r\n")
        parts.append(rest[: int(size, 16)])
        data = rest[int(size, 16) + 2 :]
    return parts


def planned(*strikes: Strike, **words: Any) -> Plan:
    """Return a plan with these faults whose time runs fast."""
    return Plan(**{"clock_unit": UNIT, "faults": strikes, **words})


def rehearse(act: Callable[[Simulator], Awaitable[Result]], plan: Plan | None = None, **options: Any) -> Result:
    """Return what ``act`` makes of a running simulator."""

    async def main() -> Result:
        async with Simulator(plan or planned(), **options) as simulator:
            return await act(simulator)

    return asyncio.run(main())


def answers(*bodies: Any, plan: Plan | None = None, shape: str = "openrouter", **headers: str) -> list[Told]:
    """Return what a simulator answers to these requests, one after the other."""

    async def act(simulator: Simulator) -> list[Told]:
        return [await tell(simulator, body=body, **headers) for body in bodies]

    return rehearse(act, plan, shape=shape)


async def ask(
    simulator: Simulator, *, is_streaming: bool, patience: Patience | None = None, **known: Any
) -> Reply | Failure:
    """Return what OpenRouter's model of the package makes of an answer."""
    wire = Wire(patience=patience)
    surroundings = Surroundings(
        name="openrouter",
        wire=wire,
        keyring=Keyring({"OPENROUTER_API_KEY": KEY}),
        folder=Path(),
        base_url=simulator.base_url,
        is_streaming=is_streaming,
    )
    wanted = asked(**{"slug": "sim/plain", "routing": {"only": ["sim-alpha"]}, **known})
    try:
        return await openrouter.provider(surroundings).model(wanted.slug).reply(wanted)
    except CallError as error:
        return error.failure
    finally:
        await wire.close()


async def until(claim: Callable[[], object]) -> None:
    """Wait until ``claim`` holds."""
    async with asyncio.timeout(10):
        while not claim():  # noqa: ASYNC110 (nobody tells a test when a simulator has noted something)
            await asyncio.sleep(0.001)
