"""Whatever a server sends, nothing but a reply or a CallError comes of it, and both can be written down."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from unit.providers.bodies import (
    FULL_USAGE,
    GOOD_STREAM,
    available,
    completion,
    error,
    in_choice,
    read,
)

from colloquia.errors import CallError

if TYPE_CHECKING:
    import random

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=[]), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
GOLDEN: list[dict[str, Any]] = [
    completion(usage=FULL_USAGE, reasoning="Hm."),
    completion(None, refusal="No."),
    in_choice(error={"code": 502, "message": "lost"}),
    error(429, raw='{"error": {"code": "x"}}', headers={"Retry-After": "1"}),
    error(403, reasons=["x"], flagged_input="x"),
    available("model_deprecated", retryable=False, retry_after=3),
]
STATUSES = st.sampled_from([200, 200, 200, 201, 204, 301, 400, 401, 402, 403, 404, 413, 422, 429, 500, 503, 529, 999])
HEADERS = st.dictionaries(
    st.sampled_from(["retry-after", "retry-after-ms", "x-ratelimit-reset", "x-generation-id", "date", "content-type"]),
    st.text(st.characters(exclude_categories=[]), max_size=12) | st.integers().map(str),
    max_size=3,
)


def check(data: bytes, status: int, headers: dict[str, str]) -> None:
    """Read an answer, and write down what comes of it."""
    try:
        reply = read(data, status, headers)
        assert reply.content or reply.outcome
        assert reply.content != ""
        told = structs.asdict(reply)
    except CallError as failed:
        found = failed.failure
        assert len(found.body or "") <= 2048
        assert found.retry_after_seconds is None or 0 <= found.retry_after_seconds < float("inf")
        told = asdict(found)
    for text in filter(lambda value: isinstance(value, str), told.values()):
        text.encode()


@given(st.sampled_from(GOLDEN), st.randoms(use_true_random=False), JUNK, STATUSES, HEADERS)
@settings(max_examples=400, deadline=None)
def test_a_body_with_junk_in_any_place_is_read(
    body: dict[str, Any], chance: random.Random, junk: object, status: int, headers: dict[str, str]
) -> None:
    """Every field can be of every kind."""
    changed = json.loads(json.dumps(body))
    place = changed
    while True:
        name = chance.choice(list(place) if isinstance(place, dict) else range(len(place)))
        if not isinstance(place[name], dict | list) or not place[name] or chance.random() < 0.3:
            place[name] = junk
            break
        place = place[name]

    check(json.dumps(changed).encode(), status, headers)
    check(b"data: " + json.dumps(changed).encode() + b"\n\ndata: [DONE]\n\n", status, headers)


@given(st.randoms(use_true_random=False), st.integers(1, 8), STATUSES)
@settings(max_examples=300, deadline=None)
def test_a_damaged_body_is_read(chance: random.Random, damages: int, status: int) -> None:
    """Bytes changed, dropped, doubled, in streams and whole."""
    data = bytearray(chance.choice([GOOD_STREAM, *(json.dumps(body).encode() for body in GOLDEN)]))
    for _ in range(damages):
        place = chance.randrange(len(data))
        match chance.randrange(3):
            case 0:
                data[place] = chance.randrange(256)
            case 1:
                del data[place : place + chance.randrange(1, 20)]
            case _:
                data[place:place] = data[place : place + chance.randrange(1, 20)]
        data = data or bytearray(b"x")

    check(bytes(data), status, {})


@given(st.binary(max_size=60), STATUSES, HEADERS)
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read(data: bytes, status: int, headers: dict[str, str]) -> None:
    """Also those that no server ever sent."""
    check(data, status, headers)
    check(b"data: " + data, status, headers)
