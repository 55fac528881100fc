"""What a server of the OpenAI shape is really sent: every request, to the letter."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from doors import log_lines
from openai_server import running

from colloquia.conversation.materials import DEFAULT_KICKOFF

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from doors import Said

    Command = Callable[..., Said]
    Written = Callable[..., Path]


JSON_PROMPT = 'Answer as {"name": "...", "age": 1}. {{slot}} is no slot; say at most {num_turns} things.'
AS_SENT = 'Answer as {"name": "...", "age": 1}. {slot} is no slot; say at most 4 things.'


def words(url: str) -> dict[str, Any]:
    """Return two models and two scenarios on a declared server."""
    return {
        "providers": {"mine": {"base_url": url, "price": 0}},
        "models": {"one": "mine:one", "two": {"slug": "mine:two", "temperature": 0.5}},
        "scenarios": {"shared": JSON_PROMPT, "roles": {"buyer": "You buy.\n  Indented.", "seller": ""}},
        "num_turns": 4,
    }


@pytest.mark.parametrize("streaming", [[], ["--no-stream"]], ids=["streamed", "whole"])
def test_all_ordered_pairs_give_exactly_the_expected_requests(
    colloquia: Command, study: Written, desk: Path, streaming: list[str]
) -> None:
    """System prompt first and unaltered, strict alternation from user to user, nobody's reasoning."""
    with running(reasoning="I must hide this.") as served:
        said = colloquia("run", study(**words(served.url)), *streaming)

    rows = log_lines(desk / "data")
    asked = [request["messages"] for request in served.requests]

    assert said.code == 0, said.err
    assert len(rows) == len(asked) == 2 * 4 * 4
    assert {row["reasoning"] for row in rows} == {"I must hide this."}
    assert "hide this" not in json.dumps(asked)
    assert sorted(map(json.dumps, asked)) == sorted(map(json.dumps, expected_requests(rows)))


def expected_requests(rows: list[dict[str, Any]]) -> list[list[dict[str, str]]]:
    """Return the requests that a reader of the design would expect for the turns of a log."""
    prompts = {("shared", "A"): AS_SENT, ("shared", "B"): AS_SENT, ("roles", "buyer"): "You buy.\n  Indented."}
    by_trial: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_trial.setdefault(row["trial_id"], []).append(row)
    requests = []
    for turns in by_trial.values():
        for number, row in enumerate(turns):
            prompt = prompts.get((row["scenario"], row["speaker_role"]))
            messages = [{"content": prompt, "role": "system"}] if prompt else []
            if row["speaker_role"] == turns[0]["speaker_role"]:
                messages.append({"content": DEFAULT_KICKOFF, "role": "user"})
            for earlier in turns[:number]:
                is_own = earlier["speaker_role"] == row["speaker_role"]
                messages.append({"content": earlier["content"], "role": "assistant" if is_own else "user"})
            roles = [message["role"] for message in messages if message["role"] != "system"]
            assert roles[0] == roles[-1] == "user"
            assert all(one != other for one, other in pairwise(roles))
            requests.append(messages)
    return requests


def test_only_what_is_written_is_sent(colloquia: Command, study: Written) -> None:
    """Sampling fields of the study and the model, the default length, and nothing that only OpenRouter knows."""
    with running() as served:
        colloquia("run", study(**words(served.url)))

    fields = {request["model"]: set(request) for request in served.requests}
    assert fields["one"] == {"model", "messages", "max_tokens", "stream", "stream_options"}
    assert fields["two"] == {*fields["one"], "temperature"}
    assert {request["max_tokens"] for request in served.requests} == {1024}
    assert not any("authorization" in headers for headers in served.headers)


def test_a_declared_provider_gets_its_own_key_and_no_other(
    colloquia: Command, study: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MINE_API_KEY goes to the provider `mine`; OpenRouter's key stays at home."""
    monkeypatch.setenv("MINE_API_KEY", "sk-mine-123456789")
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-canary-123456789")
    with running() as served:
        colloquia("run", study(**words(served.url)))

    assert {headers.get("authorization") for headers in served.headers} == {"Bearer sk-mine-123456789"}


def test_no_key_reaches_any_file(
    colloquia: Command, study: Written, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even where the server repeats it in its errors."""
    monkeypatch.setenv("MINE_API_KEY", "sk-mine-canary-123456789")
    complaint = json.dumps({"error": {"message": "Bad key: sk-mine-canary-123456789", "code": 400}})
    with running(failures=[(400, complaint)]) as served:
        said = colloquia("run", study(**words(served.url)))

    written = b"".join(path.read_bytes() for path in desk.rglob("*") if path.is_file())
    assert b"Bad key" in written
    assert b"canary" not in written
    assert "canary" not in said.out + said.err


def test_openrouter_is_asked_as_its_rules_want(
    colloquia: Command, study: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Key, attribution, no response cache, no compression, a session for each seat, parameters required."""
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-test-123456789")
    models = {"gpt": {"slug": "openai/gpt", "temperature": 1.0, "routing": {"only": ["deepinfra"]}}}
    with running() as served:
        said = colloquia("run", study(models=models), "--base-url", served.url)

    body, headers = served.requests[0], served.headers[0]
    assert said.code == 0, said.err
    assert headers["authorization"] == "Bearer sk-or-test-123456789"
    assert headers["x-openrouter-cache"] == "false"
    assert "http-referer" in headers
    assert "x-openrouter-title" in headers
    assert body["provider"] == {"only": ["deepinfra"], "require_parameters": True}
    assert body["plugins"] == [{"id": "context-compression", "enabled": False}]
    assert len({request["session_id"] for request in served.requests}) == 2


def test_every_request_hash_can_be_rebuilt(colloquia: Command, study: Written) -> None:
    """`verify` finds for each turn the request that was sent."""
    with running() as served:
        colloquia("run", study(**words(served.url)))

    said = colloquia("verify")

    assert said.code == 0
    assert "32 requests of 8 conversations rebuilt" in said.out


def test_passing_failures_are_retried_and_counted(colloquia: Command, study: Written, desk: Path) -> None:
    """A 503 is tried again; the row says how often it was tried."""
    failures = [(503, json.dumps({"error": {"message": "busy", "code": 503}}))]
    with running(failures=failures) as served:
        said = colloquia("run", study(**{**words(served.url), "scenarios": {"shared": "Hi."}, "pairing": "self"}))

    assert said.code == 0
    assert max(row["attempts"] for row in log_lines(desk / "data")) == 2
    assert {row["source"] for row in log_lines(desk / "data")} == {"live"}


def test_paid_turns_are_not_dropped_without_leave(colloquia: Command, study: Written, desk: Path) -> None:
    """Where nobody can be asked the run stops with exit 2, and `--drop` goes on."""
    with running() as served:
        priced = {**words(served.url), "providers": {"mine": {"base_url": served.url}}}
        colloquia("run", study(**priced))
        fewer = {**priced, "scenarios": {"shared": JSON_PROMPT}}
        refused = colloquia("run", study(**fewer))
        dropped = colloquia("run", study(**fewer), "--drop")
        again = colloquia("run", study(**fewer))

    assert refused.code == 2
    assert "--drop" in refused.err
    assert (dropped.code, again.code) == (0, 0)
    assert len(log_lines(desk / "data")) == 32


def test_the_cap_stops_a_run_and_a_higher_one_goes_on(colloquia: Command, study: Written, desk: Path) -> None:
    """Exit 3, whole conversations only, nothing asked twice."""
    with running() as served:
        priced = {
            **words(served.url),
            "providers": {"mine": {"base_url": served.url, "price": {"prompt": 100, "completion": 100}}},
            "iterations": 3,
        }
        capped = colloquia("run", study(**priced, max_cost=0.25))
        before = len(log_lines(desk / "data"))
        raised = colloquia("run", study(**priced, max_cost=50))

    assert capped.code == 3
    assert "max_cost" in capped.out
    assert 0 < before < 96
    assert raised.code == 0
    assert len(log_lines(desk / "data")) == len(served.requests) == 96


def test_a_cap_without_a_price_is_an_error(colloquia: Command, study: Written, desk: Path) -> None:
    """Unknown is not free."""
    with running() as served:
        free = {**words(served.url), "providers": {"mine": {"base_url": served.url}}, "max_cost": 1}
        said = colloquia("run", study(**free))

    assert said.code == 2
    assert "price" in said.err
    assert served.requests == []
    assert not (desk / "data").exists()
