"""The two to be compared with: the least that one Python process can do, and aiohttp with nothing around it."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, cast

import aiohttp
import msgspec

from benchmarks.turns.work import MODELS, OPENING, prompt

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.turns.work import Load


class _Message(msgspec.Struct):
    content: str


class _Choice(msgspec.Struct):
    message: _Message


class _Reply(msgspec.Struct):
    choices: list[_Choice]


class _Delta(msgspec.Struct):
    content: str = ""


class _Part(msgspec.Struct):
    delta: _Delta


class _Chunk(msgspec.Struct):
    choices: list[_Part]


_reply = msgspec.json.Decoder(_Reply)
_chunk = msgspec.json.Decoder(_Chunk)


class _Socket(asyncio.Protocol):
    """One kept connection of its own."""

    def __init__(self) -> None:
        self._data = b""
        self._answer: asyncio.Future[bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        self._data += data
        head, mark, body = self._data.partition(b"\r\n\r\n")
        if mark and self._answer and len(body) >= int(head[head.find(b"Content-Length: ") + 16 :].split(b"\r", 1)[0]):
            self._data = b""
            self._answer.set_result(body)

    def post(self, body: bytes) -> asyncio.Future[bytes]:
        """Send a request and return what will be its answer."""
        self._answer = asyncio.get_running_loop().create_future()
        self.transport.write(
            b"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n" % len(body) + body
        )
        return self._answer


async def raw(url: str, numbers: Iterable[int], load: Load) -> None:
    """Hold conversations on sockets of their own: each message encoded once and appended, replies decoded by type."""
    port = int(url.rpartition(":")[2])
    encode = msgspec.json.encode

    async def one(number: int) -> None:
        _, socket = await asyncio.get_running_loop().create_connection(_Socket, "127.0.0.1", port)
        views = [
            bytearray(
                b'{"model":%b,"messages":[{"role":"system","content":%b}'
                % (encode(MODELS[seat]), encode(prompt(number, seat)))
            )
            for seat in (0, 1)
        ]
        views[0] += b',{"role":"user","content":%b}' % encode(OPENING)
        for turn in range(load.turns):
            seat = turn % 2
            text = encode(_reply.decode(await socket.post(bytes(views[seat] + b"]}"))).choices[0].message.content)
            views[seat] += b',{"role":"assistant","content":%b}' % text
            views[1 - seat] += b',{"role":"user","content":%b}' % text
        socket.transport.close()

    await asyncio.gather(*map(one, numbers))


async def bare(url: str, numbers: Iterable[int], load: Load) -> None:
    """Hold conversations over aiohttp, the history encoded anew for each turn; streams are read by hand."""
    address = f"{url}/v1/chat/completions"
    headers = {"Content-Type": "application/json"}

    async def ask(session: aiohttp.ClientSession, messages: list[dict[str, str]], seat: int) -> str:
        if load.is_streamed:
            body = msgspec.json.encode({"model": MODELS[seat], "messages": messages, "stream": True})
            async with session.post(address, data=body, headers=headers) as response:
                return await _streamed(response)
        body = json.dumps({"model": MODELS[seat], "messages": messages}).encode()
        async with session.post(address, data=body, headers=headers) as response:
            content: str = json.loads(await response.read())["choices"][0]["message"]["content"]
            return content

    async def one(session: aiohttp.ClientSession, number: int) -> None:
        views = [[{"role": "system", "content": prompt(number, seat)}] for seat in (0, 1)]
        views[0].append({"role": "user", "content": OPENING})
        for turn in range(load.turns):
            seat = turn % 2
            text = await ask(session, views[seat], seat)
            views[seat].append({"role": "assistant", "content": text})
            views[1 - seat].append({"role": "user", "content": text})

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        await asyncio.gather(*(one(session, number) for number in numbers))


async def _streamed(response: aiohttp.ClientResponse) -> str:
    rest, texts = b"", list[str]()
    async for data in response.content.iter_any():
        *events, rest = (rest + data).split(b"\n\n")
        found = (_chunk.decode(event[6:]).choices for event in events if event.startswith(b"data: {"))
        texts += [choices[0].delta.content for choices in found if choices]
    return "".join(texts)
