"""The last look before money is spent, against the simulated OpenRouter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from doors import log_lines
from msgspec.structs import replace

from colloquia.logbook.contents import read
from colloquia.logbook.folder import RunFolder
from colloquia.logbook.record import decode_turn, encode
from colloquia.providers.simulator.plan import Plan, Strike
from colloquia.providers.simulator.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from doors import Said

    from colloquia.providers.simulator.simulator import Simulator

    Command = Callable[..., Said]
    Written = Callable[..., Path]


@pytest.fixture
def simulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """Return a simulated OpenRouter in which nothing goes wrong."""
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-simulated")
    with in_thread(Plan(clock_unit=0.001)) as simulator:
        yield simulator


def asked(simulator: Simulator) -> int:
    """Return how many chat calls were served."""
    return len([one for one in simulator.served if "chat/completions" in one.path])


def test_a_rehearsal_on_the_simulator_says_simulated(
    colloquia: Command, study: Written, desk: Path, simulator: Simulator
) -> None:
    """Every row, and the summary; the log's money is the simulator's."""
    said = colloquia("run", study(models={"plain": "sim/plain"}), "--base-url", simulator.base_url)

    rows = log_lines(desk / "data")
    assert said.code == 0, said.err
    assert {row["source"] for row in rows} == {"simulated"}
    assert "SIMULATED" in said.out
    assert sum(row["cost_usd"] for row in rows) == pytest.approx(float(simulator.billed))


def test_a_model_that_is_not_served_is_refused_before_any_call(
    colloquia: Command, study: Written, desk: Path, simulator: Simulator
) -> None:
    """By its name in the study."""
    said = colloquia("run", study(models={"ghost": "sim/ghost"}), "--base-url", simulator.base_url)

    assert said.code == 2
    assert "models.ghost" in said.err
    assert asked(simulator) == 0
    assert not (desk / "data").exists()


@pytest.mark.parametrize(("slug", "field"), [("sim/no-seed", "seed"), ("sim/no-temperature", "temperature")])
def test_a_field_that_no_endpoint_takes_is_named_with_its_model(
    colloquia: Command, study: Written, simulator: Simulator, slug: str, field: str
) -> None:
    """A field that would be dropped in silence is no treatment."""
    words: dict[str, Any] = {"models": {"poor": slug}, "sampling": {field: 1}}

    said = colloquia("run", study(**words), "--base-url", simulator.base_url)

    assert said.code == 2
    assert "models.poor" in said.err
    assert repr(field) in said.err
    assert asked(simulator) == 0


def test_a_key_that_is_not_accepted_is_found_out_before_any_call(
    colloquia: Command, study: Written, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variable is named, never the key."""
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-canary-123456789")
    with in_thread(Plan(faults=(Strike(name="status-401", probability=1.0, path="/key"),))) as simulator:
        said = colloquia("run", study(models={"plain": "sim/plain"}), "--base-url", simulator.base_url)

    assert said.code == 2
    assert "OPENROUTER_API_KEY" in said.err
    assert "canary" not in said.err + said.out
    assert asked(simulator) == 0
    assert not (desk / "data").exists()


def test_routing_that_leaves_no_endpoint_is_refused_with_what_there_is(
    colloquia: Command, study: Written, simulator: Simulator
) -> None:
    """A provider that was misspelt is found before it costs a 404 each."""
    models = {"plain": {"slug": "sim/plain", "routing": {"only": ["sim-omega"]}}}

    said = colloquia("run", study(models=models), "--base-url", simulator.base_url)

    assert said.code == 2
    assert "models.plain.routing" in said.err
    assert "sim-alpha" in said.err
    assert asked(simulator) == 0


def test_the_dearest_endpoint_is_what_is_reserved(
    colloquia: Command, study: Written, desk: Path, simulator: Simulator
) -> None:
    """The list shows the cheapest price; the cap holds at the dearest that routing allows."""
    words: dict[str, Any] = {"models": {"plain": "sim/plain"}, "iterations": 30, "max_cost": 0.002}

    said = colloquia("run", study(**words), "--base-url", simulator.base_url)

    assert said.code == 3
    assert 0 < float(simulator.billed) <= 0.002
    assert log_lines(desk / "data")


def test_a_run_that_reached_its_cap_says_where_to_raise_it_and_how_to_go_on(
    colloquia: Command, study: Written, simulator: Simulator
) -> None:
    """The command asks the same server, and so does the one that ``status`` names; another stop goes on as it was."""
    place = ("--base-url", simulator.base_url)
    path = study(models={"plain": "sim/plain"}, iterations=30, max_cost=0.002)
    capped = colloquia("run", path, *place)
    status = colloquia("status")
    study(models={"plain": "sim/plain"}, iterations=30, max_cost=0.0000001)
    too_little = colloquia("run", path, "--run-dir", "other", *place)

    assert f"raise max_cost in {path}, then " in capped.out
    assert f"run {path} --run-dir data --base-url {simulator.base_url}" in capped.out
    assert "Go on: raise max_cost in its study, then " in status.out
    assert f"run STUDY --run-dir data --base-url {simulator.base_url}" in status.out
    assert (
        "$0.0000 of the $1e-07 in max_cost are spent, and the next conversation is likely to cost $" in too_little.out
    )


def test_a_lost_call_is_booked_at_its_worst_until_the_books_are_asked(
    colloquia: Command, study: Written, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stream that broke off may have been billed; the next run asks, and journals what it really was."""
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-simulated")
    words: dict[str, Any] = {"models": {"plain": "sim/plain"}, "num_turns": 2}
    cut = Strike(name="stream-cut", attempts=(1,))
    with in_thread(Plan(clock_unit=0.001, faults=(cut,))) as simulator:
        colloquia("run", study(**words), "--base-url", simulator.base_url)
        before = read(RunFolder(desk / "data"))
        colloquia("run", study(**words, iterations=2), "--base-url", simulator.base_url)
        after = read(RunFolder(desk / "data"))

    assert before.unsettled
    assert before.spent_usd > float(sum(row["cost_usd"] for row in log_lines(desk / "data")[:2]))
    assert not {one.generation_id for one in before.unsettled} & {one.generation_id for one in after.unsettled}
    assert b'"attempt_settled"' in (desk / "data/journal.jsonl").read_bytes()


def rewritten(folder: Path, source: str) -> None:
    """Make a log say that its turns come from elsewhere, as another server would have made it."""
    path = folder / "experiment_log.jsonl"
    rows = [decode_turn(line) for line in path.read_bytes().splitlines()]
    path.write_bytes(b"".join(encode(replace(row, source=source)) for row in rows))


def test_a_simulator_is_kept_out_of_a_folder_of_live_turns(
    colloquia: Command, study: Written, desk: Path, simulator: Simulator
) -> None:
    """Before any call, with the folder and the way out; nothing is written."""
    models = {"plain": "sim/plain"}
    colloquia("run", study(models=models), "--base-url", simulator.base_url)
    rewritten(desk / "data", "live")
    before, calls = (desk / "data" / "journal.jsonl").read_bytes(), asked(simulator)

    said = colloquia("run", study(models=models, iterations=2), "--base-url", simulator.base_url)

    assert said.code == 2
    assert "holds live turns" in said.err
    assert "--run-dir" in said.err
    assert (desk / "data" / "journal.jsonl").read_bytes() == before
    assert asked(simulator) == calls


def test_a_simulator_that_does_not_answer_for_its_key_is_kept_out_all_the_same(
    colloquia: Command, study: Written, desk: Path, simulator: Simulator
) -> None:
    """Its signature stands on every answer, also where nothing about the key can be had."""
    colloquia("run", study(models={"plain": "sim/plain"}), "--base-url", simulator.base_url)
    rewritten(desk / "data", "live")
    calls = asked(simulator)

    said = colloquia(
        "run", study(models={"plain": "sim/plain"}, iterations=2), "--base-url", f"{simulator.url}/nowhere"
    )

    assert said.code == 2
    assert "holds live turns" in said.err
    assert asked(simulator) == calls


def test_a_simulator_that_only_its_replies_give_away_is_kept_out_too(
    colloquia: Command, study: Written, desk: Path, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server of one's own is not asked beforehand: its first reply stops the run, and becomes no turn."""
    monkeypatch.setenv("MINE_API_KEY", "sk-simulated")
    words = {"models": {"mine": "mine:sim/plain"}, "providers": {"mine": {"base_url": simulator.base_url, "price": 0}}}
    colloquia("run", study(models={"plain": "sim/plain"}), "--base-url", simulator.base_url)
    rewritten(desk / "data", "live")
    before = (desk / "data" / "experiment_log.jsonl").read_bytes()

    calls = asked(simulator)
    said = colloquia("run", study(**words, iterations=20), "--drop")

    assert said.code == 3
    assert "never mixed" in said.out + said.err
    assert asked(simulator) == calls + 1, "it is asked alone until it has shown what it is"
    assert (desk / "data" / "experiment_log.jsonl").read_bytes() == before
