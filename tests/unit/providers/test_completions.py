"""What a completion says is the same whether it is decoded by type or looked at field by field."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from colloquia.design.forecast import Price
from colloquia.providers.completions import completion, plain_completion, said_in
from colloquia.providers.origin import Origin

PRICED = Origin(provider="vllm", price=Price(prompt=0.5, completion=2.0))
TELLS = Origin(provider="openrouter", says_cost=True)

USAGE = {"prompt_tokens": 10, "completion_tokens": 4}
PLAIN: dict[str, Any] = {
    "id": "gen-1",
    "model": "m",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello."}, "finish_reason": "stop"}],
    "usage": USAGE,
}


def body(message: dict[str, Any] | None = None, choice: dict[str, Any] | None = None, **fields: object) -> bytes:
    """Return a plain completion in which some fields are others."""
    first = PLAIN["choices"][0]
    choices = [{**first, **(choice or {}), "message": {**first["message"], **(message or {})}}]
    return msgspec.json.encode({**PLAIN, "choices": choices, **fields})


words = st.none() | st.sampled_from(["", " ", "stop", "LENGTH", "content_filter", "refusal", "eos", "wörd", "x" * 300])
counts = st.none() | st.integers(-1, 10**10) | st.just(7.0) | st.just("7") | st.just(value=True)
details = st.none() | st.dictionaries(
    st.sampled_from(["cached_tokens", "cache_write_tokens", "reasoning_tokens", "audio"]), counts
)
texts = st.none() | st.sampled_from(["", " ", "\n\t", "Hello.", "Zoë\u2028", "\\ud800"]) | st.just(["a part"])


@given(
    message=st.fixed_dictionaries(
        {
            "content": texts,
            "refusal": st.none() | st.sampled_from(["", "I will not."]),
            "reasoning": texts,
            "reasoning_content": texts,
            "reasoning_details": st.none() | st.just([{"text": "a thought"}]) | st.just([]),
        }
    ),
    choice=st.fixed_dictionaries({"finish_reason": words, "native_finish_reason": words, "error": st.none()}),
    fields=st.fixed_dictionaries(
        {
            "id": words,
            "provider": words | st.just({"choices": []}),
            "model": words,
            "usage": st.none()
            | st.fixed_dictionaries(
                {
                    "prompt_tokens": counts,
                    "completion_tokens": counts,
                    "prompt_tokens_details": details,
                    "completion_tokens_details": details,
                    "cost": st.none() | st.floats(-1, 2e5) | st.just("0.5"),
                    "is_byok": st.none() | st.booleans(),
                }
            ),
        }
    ),
    origin=st.sampled_from([PRICED, TELLS]),
)
def test_what_is_decoded_by_type_says_what_its_fields_say(
    message: dict[str, Any], choice: dict[str, Any], fields: dict[str, Any], origin: Origin
) -> None:
    """Or it is not decoded by type."""
    written = body(message, choice, **fields)
    told = msgspec.json.decode(written)
    said = said_in(told["choices"][0])

    plain = plain_completion(written, origin)

    assert plain is None or (said is not None and plain == completion(said, told, origin))


@pytest.mark.parametrize(
    "written",
    [
        body(),
        body({"reasoning": "Let me see.", "reasoning_details": [{"text": "Let me see."}]}),
        body(choice={"finish_reason": "eos", "native_finish_reason": "EOS"}, provider="Acme"),
        body(usage={**USAGE, "cost": 0, "prompt_tokens_details": {"cached_tokens": 5}, "is_byok": False}),
        body({"tool_calls": None, "audio": None}, logprobs=None, system_fingerprint="f"),
    ],
)
def test_what_servers_usually_write_is_decoded_by_type(written: bytes) -> None:
    """Those of OpenAI, OpenRouter and vLLM, with fields that nobody needs."""
    assert plain_completion(written, TELLS) is not None


@pytest.mark.parametrize(
    "written",
    [
        body({"content": ""}),
        body({"content": None}),
        body({"content": " \n"}),
        body({"content": [{"type": "text", "text": "a part"}]}),
        body({"refusal": "I will not."}),
        body({"reasoning_content": "a thought"}),
        body(choice={"error": {"message": "no"}}),
        body(choice={"finish_reason": "error"}),
        body(error={"message": "no"}),
        body(provider={"choices": []}),
        body(usage=None),
        body(usage={**USAGE, "is_byok": True}),
        body(choices=[]),
        body(choices=[PLAIN["choices"][0]] * 2),
        body().replace(b"Hello", b"\\ud800"),
        body()[:-1],
        b"[" * 5000,
        b"",
    ],
)
def test_whatever_is_written_otherwise_is_looked_at_field_by_field(written: bytes) -> None:
    """Nothing is raised."""
    assert plain_completion(written, TELLS) is None
