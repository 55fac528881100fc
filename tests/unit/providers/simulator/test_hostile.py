"""Whatever a client sends, the simulator answers it and goes on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from unit.providers.simulator.rehearsing import KEY, chat, planned, raw, rehearse, request, tell

from colloquia.providers.simulator.checks import KINDS, RANGES
from colloquia.providers.simulator.clock import Clock
from colloquia.providers.simulator.connection import Playing, Request
from colloquia.providers.simulator.script import Send
from colloquia.providers.simulator.service import Service
from colloquia.providers.simulator.shapes import SHAPES

if TYPE_CHECKING:
    from colloquia.providers.simulator.simulator import Simulator

FIELDS = (
    *RANGES,
    *KINDS,
    "messages",
    "model",
    "models",
    "prompt",
    "prompt_cache_key",
    "reasoning_effort",
    "stop",
    "stream_options",
    "tools",
)
SLUGS = ("sim/plain", "sim/reasoner", "sim/moderated", "sim/small-context", "sim/free:free", "sim/dear", "nobody")
TABLES = {
    "provider": (
        "order",
        "only",
        "ignore",
        "quantizations",
        "max_price",
        "sort",
        "allow_fallbacks",
        "require_parameters",
    ),
    "reasoning": ("effort", "max_tokens", "exclude", "enabled"),
    "stream_options": ("include_usage",),
}

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(alphabet=st.characters(), max_size=8)
    | st.sampled_from(["sim-alpha", "high", "none", "price", "simulate-moderation"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def tables(name: str) -> st.SearchStrategy[Any]:
    """Return tables with the words of a field that is one."""
    return st.dictionaries(st.sampled_from(TABLES[name]), values, max_size=3)


bodies = st.builds(
    lambda odd, known, slug, streamed: {**chat(model=slug, stream=streamed), **odd, **known},
    st.dictionaries(st.sampled_from(FIELDS), values, max_size=3),
    st.fixed_dictionaries({}, optional={name: tables(name) for name in TABLES}),
    st.sampled_from(SLUGS),
    st.booleans(),
)


def service(shape: str) -> Service:
    """Return what answers in a simulator, without its sockets."""
    return Service(planned(), SHAPES[shape], Clock())


def played(at: Service, path: str, body: bytes, **headers: str) -> int:
    """Return the status that is said to a request."""
    told = {"authorization": f"Bearer {KEY}", **headers}
    performance = at.perform(Request(method="POST", path=path, headers=told, body=body))
    at.finish(performance, Playing(is_complete=True))
    return next(action.status for action in performance.script if isinstance(action, Send))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(body=bodies, shape=st.sampled_from(sorted(SHAPES)), place=st.sampled_from(["/chat/completions", "/completions"]))
def test_any_body_is_answered(body: dict[str, Any], shape: str, place: str) -> None:
    """Well, or with the status of a request that is wrong."""
    at = service(shape)

    status = played(at, at.shape.base_path + place, json.dumps(body).encode())

    assert status in (200, 400, 402, 403, 404)


@settings(max_examples=100, deadline=None)
@given(body=st.binary(max_size=50), path=st.text(alphabet=st.characters(max_codepoint=255), max_size=30))
def test_any_bytes_at_any_place_are_answered(body: bytes, path: str) -> None:
    """With the status of a request that is wrong."""
    at = service("openrouter")

    assert played(at, at.shape.base_path + "/chat/completions", body) == 400
    assert played(at, at.shape.base_path + "/" + path, body) in (400, 404, 405)
    assert played(at, path, body) in (400, 403, 404, 405)


@pytest.mark.parametrize("ttl", ["", "-1", "²", "9" * 5000, "1e999", "60"], ids=range(6))
def test_an_odd_time_to_keep_is_no_trouble(ttl: str) -> None:
    """The usual one, or the longest, is taken."""
    headers = {"x-openrouter-cache": "true", "x-openrouter-cache-ttl": ttl}
    at = service("openrouter")

    assert played(at, "/api/v1/chat/completions", json.dumps(chat()).encode(), **headers) == 200


def test_half_a_character_comes_back_escaped() -> None:
    """Where an error repeats what was sent."""
    body = json.dumps(chat(model="acme/\ud800")).encode()

    async def act(simulator: Simulator) -> Any:
        return await tell(simulator, body=body)

    assert rehearse(act).json["error"]["message"] == "acme/\ud800 is not a valid model ID"


@pytest.mark.parametrize("length", ["9" * 30, "9" * 5000, "-1", "1_0", "0x10", "²"], ids=range(6))
def test_an_odd_length_is_no_request(length: str) -> None:
    """It is answered with 400, and the simulator goes on."""

    async def act(simulator: Simulator) -> Any:
        written = f"POST / HTTP/1.1\r\nContent-Length: {length}\r\n\r\n".encode("latin-1")
        return await raw(simulator, written), await raw(simulator, request(simulator, "/api/v1/models"))

    broken, well = rehearse(act)

    assert broken.startswith(b"HTTP/1.1 400")
    assert well.startswith(b"HTTP/1.1 200")
