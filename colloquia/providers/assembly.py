"""One answer as it arrives: a body kept as it is, or a stream put together into the completion it spells out.

Which of the two it is shows in the bytes, since servers stream where nobody asked, answer whole where a stream was
asked for, and name the wrong content type: an answer that has a ``data:`` line is a stream. A stream is whole once a
``finish_reason`` came, and only then: neither ``[DONE]`` nor a clean end of the connection proves that nothing is
missing. A line that is no JSON is lost text, so that the stream counts as broken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

from colloquia.providers.decoding import MalformedError, decoded, mapping, repaired, word
from colloquia.providers.sse import EventLines, payloads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

LONGEST_HEAD = 2048
"""Bytes of an answer that a failure keeps."""


DONE = b"[DONE]"
"""By this a server says that nothing follows."""

_REASONS = ("finish_reason", "native_finish_reason")
_Nothing = Literal[""] | None


class _Delta(msgspec.Struct, frozen=True, gc=False):
    content: str | None = None
    refusal: _Nothing = None
    reasoning: _Nothing = None
    reasoning_content: _Nothing = None
    reasoning_details: None = None


class _Choice(msgspec.Struct, frozen=True, gc=False):
    delta: _Delta = _Delta()
    message: None = None
    text: None = None
    index: Literal[0] | None = 0
    finish_reason: str | None = None
    native_finish_reason: str | None = None
    error: None = None


class _Piece(msgspec.Struct, frozen=True, gc=False):
    """What nearly every chunk of a stream is: a piece of text, a reason, usage; any other is read as any JSON."""

    choices: Annotated[tuple[_Choice, ...], msgspec.Meta(max_length=1)] = ()
    id: str | None = None
    model: str | None = None
    provider: str | None = None
    usage: dict[str, Any] | None = None
    error: None = None


_read_piece = msgspec.json.Decoder(_Piece).decode


class Assembly:
    """Takes in the bytes of one answer, unzipped."""

    def __init__(self, on_text: Callable[[str], None] | None = None) -> None:
        self.body = bytearray()
        """All that came, of a stream its head only."""
        self.is_finished = False
        """True once the server said that nothing follows."""
        self.is_stream = False
        self.is_broken = False
        """True where a line of the stream could not be read."""
        self.has_text = False
        """True once a first token came, one of hidden reasoning included."""
        self._on_text = on_text
        self._lines = EventLines()
        self._is_json: bool | None = None
        self._fields: dict[str, Any] = {}
        self._choice: dict[str, Any] = {}
        self._parts: dict[str, list[str]] = {"content": [], "refusal": [], "reasoning": []}

    @property
    def is_whole(self) -> bool:
        """True for a stream whose last text came."""
        return not self.is_broken and "finish_reason" in self._choice

    @property
    def partial_text(self) -> str | None:
        """The text so far of a stream; None where there is none."""
        return repaired("".join(self._parts["content"])).text or None

    @property
    def generation_id(self) -> str | None:
        """The id that a stream gave itself."""
        found = self._fields.get("id")
        return found if isinstance(found, str) else None

    def take(self, data: bytes) -> bool:
        """Take in what arrived; return whether it is progress, as comments and padding are not."""
        if not self.is_stream or len(self.body) < LONGEST_HEAD:
            self.body += data
        if self._begins_as_json(data):
            return bool(data.strip())
        return self._take_payloads(payloads(self._lines.take(data)))

    def end(self) -> None:
        """Take in the last line, where it was never ended."""
        if self._is_json:
            return
        for payload in payloads(self._lines.end()):
            try:
                decoded(payload)
            except MalformedError:
                continue
            self._take_payloads([payload])

    def completion(self) -> dict[str, Any]:
        """Return the completion that the stream spells out, shaped as if it had come in one piece."""
        if not self._choice and not self._has_parts():
            return {**self._fields, "choices": []}
        message = {name: "".join(parts) or None for name, parts in self._parts.items()}
        return {**self._fields, "choices": [{**self._choice, "message": message}]}

    def _begins_as_json(self, data: bytes) -> bool:
        if self._is_json is None:
            start = data.lstrip()[:1]
            self._is_json = start in (b"{", b"[", b"<") if start else None
        return self._is_json is not False

    def _take_payloads(self, events: list[bytes]) -> bool:
        """Take in events; return whether there are any."""
        if not events:
            return False
        self.is_stream = True
        content = self._parts["content"]
        known = len(content)
        for event in events:
            try:
                if not event.isascii():
                    event.decode()  # what is left out of a piece is checked by nobody else
                piece = _read_piece(event)
            except (ValueError, RecursionError):
                self._take_any(event)
            else:
                self._take_piece(piece)
        if self._on_text and len(content) > known:
            content[:] = ["".join(content)]  # else all of it were joined again with each piece
            self._on_text(self.partial_text or "")
        return True

    def _take_piece(self, piece: _Piece) -> None:
        if piece.usage:
            self._fields["usage"] = piece.usage
        if self.is_finished:
            return
        if piece.id:
            self._fields["id"] = piece.id
        if piece.model:
            self._fields["model"] = piece.model
        if piece.provider:
            self._fields["provider"] = piece.provider
        for choice in piece.choices:
            if choice.delta.content:
                self._parts["content"].append(choice.delta.content)
                self.has_text = True
            if choice.finish_reason or choice.native_finish_reason:
                self._take_reason("finish_reason", choice.finish_reason)
                self._take_reason("native_finish_reason", choice.native_finish_reason)

    def _take_any(self, payload: bytes) -> None:
        """Take in an event that is more than a piece of text, or less."""
        if not payload:
            return
        if payload == DONE:
            self.is_finished = True
            return
        try:
            chunk = decoded(payload)
        except MalformedError:
            self.is_broken = True
            return
        if not isinstance(chunk, dict):
            self.is_broken = True
        elif self.is_finished:
            self._keep(chunk, ("usage",))
        else:
            self._keep(chunk, ("id", "model", "provider", "usage", "error"))
            self._take_choice(mapping(_own_choice(chunk.get("choices"))))

    def _keep(self, chunk: dict[str, Any], names: tuple[str, ...]) -> None:
        for name in names:
            if chunk.get(name):
                self._fields[name] = chunk[name]

    def _take_choice(self, choice: dict[str, Any]) -> None:
        for name in _REASONS:
            self._take_reason(name, choice.get(name))
        if choice.get("error"):
            self._choice["error"] = choice["error"]
        delta = choice.get("delta") or ({} if self._has_parts() else choice.get("message"))
        self._take_message(mapping(delta), choice.get("text"))

    def _take_reason(self, name: str, reason: object) -> None:
        if reason and (text := word(reason)):
            self._choice[name] = text

    def _take_message(self, message: dict[str, Any], completed: object) -> None:
        has_content = self._add("content", message.get("content") if message else completed)
        if not has_content or len(message) > 1:
            self._add("refusal", refusal_in(message))
            self._add("reasoning", reasoning_in(message))

    def _add(self, name: str, value: object) -> bool:
        text = value if isinstance(value, str) else text_in(value)
        if text:
            self._parts[name].append(text)
            self.has_text = True
        elif text is None:
            self.is_broken = True
        return bool(text)

    def _has_parts(self) -> bool:
        return any(self._parts.values())


def text_in(value: object) -> str | None:
    """Return the text of a ``content`` field, a list of parts included; None where it is of no known kind."""
    if value is None or isinstance(value, str):
        return value or ""
    if not isinstance(value, list):
        return None
    return _joined(part if isinstance(part, str) else _part_text(mapping(part)) for part in value)


def refusal_in(message: dict[str, Any]) -> str | None:
    """Return the text by which a message says that it refuses, in its own field or as a part of the content."""
    if isinstance(message.get("refusal"), str):
        return str(message["refusal"]) or None
    content = message.get("content")
    return _joined(mapping(part).get("refusal") for part in content) or None if isinstance(content, list) else None


def reasoning_in(message: dict[str, Any]) -> str | None:
    """Return the hidden reasoning of a message or delta, whatever its server calls it."""
    for name in ("reasoning", "reasoning_content"):
        if isinstance(message.get(name), str) and message[name]:
            return str(message[name])
    details = message.get("reasoning_details")
    parts = [mapping(detail) for detail in details] if isinstance(details, list) else []
    return _joined(part.get("text") or part.get("summary") for part in parts) or None


def _part_text(part: dict[str, Any]) -> object:
    return part.get("text") if part.get("type") in (None, "text", "output_text") else None


def _joined(texts: Iterable[object]) -> str:
    return "".join(text for text in texts if isinstance(text, str))


def _own_choice(choices: object) -> object:
    """Return the first choice; a server that gives several is heard on that one only."""
    several = choices if isinstance(choices, list) else []
    return next((choice for choice in several if mapping(choice).get("index") in (0, None)), None)
