"""A conversation at a provider that keeps marked prompts, from the study to the summary."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from doors import log_lines

from colloquia.lab.planning.amounts import money
from colloquia.providers.simulator.plan import Plan
from colloquia.providers.simulator.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from doors import Said

    Command = Callable[..., Said]
    Written = Callable[..., Path]

ROLES = {role: f"You are the {role}. {'Stay in character. ' * 400}" for role in ("buyer", "seller")}
FAST = Plan(clock_unit=0.002)


def texts(messages: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return what a model reads of messages, marked or not."""
    contents = [message["content"] for message in messages]
    plain = [each if isinstance(each, str) else "".join(part["text"] for part in each) for each in contents]
    return [(message["role"], text) for message, text in zip(messages, plain, strict=True)]


@pytest.mark.parametrize("slug", ["sim/dear", "sim/plain"])
def test_each_request_of_a_seat_begins_with_the_one_before(
    colloquia: Command, study: Written, desk: Path, monkeypatch: pytest.MonkeyPatch, slug: str
) -> None:
    """To the letter, marks or none; so nearly all of a long talk is read from the cache, and all hashes are rebuilt."""
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-simulated")
    page = study(
        models={"model": {"slug": slug, "routing": {"only": ["sim-alpha"]}}},
        scenarios={"sale": ROLES}, pairing="self", num_turns=12,
    )  # fmt: skip
    with in_thread(FAST) as simulator:
        said = colloquia("run", str(page), "--base-url", simulator.base_url)
        bodies = [json.loads(each.raw_body) for each in simulator.served if each.path.endswith("completions")]
        billed = float(simulator.billed)

    rows = log_lines(desk / "data")
    assert said.code == 0, said.err
    for seat in range(2):
        asked = [texts(body["messages"]) for body in bodies[seat::2]]
        assert all(later[: len(earlier)] == earlier for earlier, later in pairwise(asked))
    assert ("cache_control" in json.dumps(bodies)) is (slug == "sim/dear")
    assert sum(row["cached_tokens"] for row in rows) > 0.7 * sum(row["input_tokens"] for row in rows)
    assert sum(row["cost_usd"] for row in rows) == pytest.approx(billed)
    if slug == "sim/dear":  # of the other, the catalogue lists the price of an endpoint without a cache
        assert f"tokens in; that saved {money(sum(row['saved_usd'] for row in rows))}." in said.out
    assert colloquia("verify").code == 0


def test_what_was_saved_is_what_the_same_tokens_would_have_cost_more(
    colloquia: Command, study: Written, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cost and saving together are the bill without a cache; the first turns only write, and save less than nothing."""
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-simulated")
    page = study(
        models={"model": {"slug": "sim/dear", "routing": {"only": ["sim-alpha"]}}},
        scenarios={"sale": ROLES}, pairing="self", num_turns=6,
    )  # fmt: skip
    with in_thread(FAST) as simulator:
        colloquia("run", str(page), "--base-url", simulator.base_url)

    rows = log_lines(desk / "data")
    for row in rows:
        uncached = row["input_tokens"] * 1.5e-5 + row["output_tokens"] * 7.5e-5 + 0.01
        assert row["cost_usd"] + row["saved_usd"] == pytest.approx(uncached)
    assert [row["saved_usd"] < 0 for row in rows] == [True, True, False, False, False, False]


def test_a_memory_of_some_turns_marks_the_prompt_only(
    colloquia: Command, study: Written, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What follows it is another text each time, and would be written at a higher price for nothing."""
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-simulated")
    page = study(
        models={"model": {"slug": "sim/dear", "routing": {"only": ["sim-alpha"]}}},
        scenarios={"sale": ROLES}, pairing="self", num_turns=8, memory=2,
    )  # fmt: skip
    with in_thread(FAST) as simulator:
        said = colloquia("run", str(page), "--base-url", simulator.base_url)
        bodies = [json.loads(each.raw_body) for each in simulator.served if each.path.endswith("completions")]

    marked = [[isinstance(message["content"], list) for message in body["messages"]] for body in bodies]
    assert said.code == 0, said.err
    assert all(places == [True] + [False] * (len(places) - 1) for places in marked)
    assert {row["cached_tokens"] > 0 for row in log_lines(desk / "data")[2:]} == {True}


def test_many_talks_with_one_prompt_are_warmed_by_one_call(
    colloquia: Command, study: Written, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of each seat one call pays for the prompt, however many leave at once; the journal tells which."""
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-simulated")
    page = study(
        models={"model": {"slug": "sim/dear", "routing": {"only": ["sim-alpha"]}}},
        scenarios={"sale": ROLES}, pairing="self", num_turns=2, iterations=24,
    )  # fmt: skip
    with in_thread(FAST) as simulator:
        said = colloquia("run", str(page), "--base-url", simulator.base_url)

    rows = log_lines(desk / "data")
    noted = [json.loads(line) for line in (desk / "data" / "journal.jsonl").read_text(encoding="utf-8").splitlines()]
    warm_ups = [entry["message"] for entry in noted if "warm-up" in str(entry.get("message"))]
    assert said.code == 0, said.err
    assert len(rows) == 48
    assert [row["turn_id"] for row in rows if not row["cached_tokens"]] == [1, 2]
    assert len(warm_ups) == 2
    assert all("with which 24 conversations begin" in message and ", $0.0" in message for message in warm_ups)
