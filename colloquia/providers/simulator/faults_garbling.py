"""Faults of a whole reply's body; a request for a stream is answered with that body."""

from __future__ import annotations

import json
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from colloquia.providers.simulator.fault import Garbles
from colloquia.providers.simulator.script import SIGNED_FIELD, encoded

if TYPE_CHECKING:
    from collections.abc import Callable

    from colloquia.providers.simulator.script import Answer

TOO_LARGE_BYTES = 17 * 2**20
"""More than a client may be asked to keep."""
OTHER_MODEL = "sim/somebody-else"
OTHER_PROVIDER = "SimElsewhere"
TEXT_MARK = "SIMULATED-TEXT"

Body = dict[str, Any]


def _body(change: Callable[[Body], object]) -> Callable[[Answer], Answer]:
    return lambda answer: replace(answer, body=change(cast("Body", answer.body)))


def _bytes(change: Callable[[bytes], bytes]) -> Callable[[Answer], Answer]:
    return lambda answer: replace(answer, body=change(encoded(answer.body)))


def _put(**fields: object) -> Callable[[Answer], Answer]:
    return _body(lambda body: {**body, **fields})


def _usage(change: Callable[[Body], object]) -> Callable[[Answer], Answer]:
    return _body(lambda body: {**body, "usage": change(body["usage"])})


def _without(name: str) -> Callable[[Answer], Answer]:
    return _body(lambda body: {field: value for field, value in body.items() if field != name})


def _all_null(body: Body) -> Body:
    return {**dict.fromkeys(body), **SIGNED_FIELD}


def _nested(body: Body) -> Body:
    return {"provider": body, **SIGNED_FIELD}


def _texts(value: object) -> object:
    """Return a table with every number as a text."""
    if isinstance(value, dict):
        return {name: _texts(part) for name, part in value.items()}
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _zero(value: object) -> object:
    if isinstance(value, dict):
        return {name: _zero(part) for name, part in value.items()}
    return 0 if isinstance(value, int | float) and not isinstance(value, bool) else value


def _with_text(body: Body, written: bytes) -> bytes:
    """Return the body as bytes, with ``written`` as they are in place of the text."""
    choice = body["choices"][0]
    said = {"message": {**choice["message"], "content": TEXT_MARK}} if "message" in choice else {"text": TEXT_MARK}
    return encoded({**body, "choices": [{**choice, **said}]}).replace(TEXT_MARK.encode(), written)


def _twice(body: Body) -> bytes:
    return encoded(body)[:-1] + b',"model":' + encoded(body["model"]) + b',"usage":' + encoded(body["usage"]) + b"}"


def _nan(body: Body) -> bytes:
    return json.dumps({**body, "usage": {**body["usage"], "cost": float("nan")}}).encode()


def _zipped(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=31)
    return packer.compress(data) + packer.flush()


def _packed(change: Callable[[bytes], bytes]) -> Callable[[Answer], Answer]:
    return lambda answer: replace(
        answer, body=change(encoded(answer.body)), headers={**answer.headers, "content-encoding": "gzip"}
    )


def _replayed(answer: Answer) -> Answer:
    headers = {**answer.headers, "x-openrouter-cache-status": "HIT", "x-openrouter-cache-age": "60"}
    return replace(_usage(_zero)(answer), headers=headers)


CHOICES = (
    Garbles(name="choices-null", does="The choices are null.", row=9, change=_put(choices=None)),
    Garbles(name="choices-empty", does="The choices are an empty list.", row=9, change=_put(choices=[])),
    Garbles(name="choices-missing", does="There are no choices.", row=9, change=_without("choices")),
    Garbles(name="all-null", does="Every field is null.", row=9, change=_body(_all_null)),
    Garbles(
        name="nested", does="The whole completion stands inside the field provider.", row=16, change=_body(_nested)
    ),
    Garbles(name="not-a-table", does="The body is a list.", row=16, change=_body(lambda body: [body])),
)

USAGE = (
    Garbles(name="usage-missing", does="There is no usage.", row=16, change=_without("usage")),
    Garbles(name="usage-null", does="The usage is null.", row=16, change=_put(usage=None)),
    Garbles(name="usage-zero", does="All counts are zero, and so is the cost.", row=16, change=_usage(_zero)),
    Garbles(name="usage-strings", does="All numbers of the usage are texts.", row=16, change=_usage(_texts)),
    Garbles(name="usage-nan", does="The cost is NaN, so that the body is no JSON.", row=16, change=_body(_nan)),
)

IDENTITY = (
    Garbles(
        name="other-model", does="The reply names another model than was asked.", row=36, change=_put(model=OTHER_MODEL)
    ),
    Garbles(
        name="other-provider",
        does="The reply names a provider that was not asked for.",
        row=36,
        change=_put(provider=OTHER_PROVIDER),
    ),
    Garbles(name="provider-null", does="The provider is null.", row=36, change=_put(provider=None)),
    Garbles(
        name="cache-replay",
        does="The reply comes from the response cache, although that was not asked for.",
        row=38,
        is_free=True,
        change=_replayed,
    ),
)

BYTES = (
    Garbles(
        name="leading-space",
        does="Line ends come before the body.",
        row=16,
        change=_bytes(lambda data: b"\n" * 200 + data),
    ),
    Garbles(
        name="json-cut",
        does="The body is half a JSON text, with the length that it says.",
        row=16,
        change=_bytes(lambda data: data[: len(data) // 2]),
    ),
    Garbles(
        name="not-utf8",
        does="The text holds bytes that are no UTF-8.",
        row=16,
        change=_body(lambda body: _with_text(body, b"Simulated \xff\xfe.")),
    ),
    Garbles(
        name="half-character",
        does="The text holds a lone surrogate.",
        row=37,
        change=_body(lambda body: _with_text(body, rb"Simulated \ud83d.")),
    ),
    Garbles(name="keys-twice", does="Some keys come twice.", row=16, change=_body(_twice)),
    Garbles(
        name="too-large",
        does="The body is 17 MB long.",
        row=8,
        change=_bytes(lambda data: b" " * TOO_LARGE_BYTES + data),
    ),
    Garbles(
        name="json-for-stream",
        does="A request for a stream is answered whole.",
        row=16,
        fits_only="streamed",
        change=_body(lambda body: body),
    ),
)

PACKED = (
    Garbles(name="gzip", does="The body is zipped.", row=16, change=_packed(_zipped)),
    Garbles(
        name="gzip-cut",
        does="The zipped body is cut off.",
        row=16,
        change=_packed(lambda data: _zipped(data)[:-20]),
    ),
    Garbles(
        name="gzip-bomb",
        does="A few kilobytes that unzip to 17 MB.",
        row=8,
        change=_packed(lambda data: _zipped(b" " * TOO_LARGE_BYTES + data)),
    ),
)

FAULTS = (*CHOICES, *USAGE, *IDENTITY, *BYTES, *PACKED)
