"""Selection by retry can be seen: in ``retries.csv``, and in the summary where models differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from doors import log_lines

from colloquia.analysis.retries import COLUMNS
from colloquia.lab.keeping.folders import retries
from colloquia.providers.simulator.plan import Plan, Strike
from colloquia.providers.simulator.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from doors import Said

    from colloquia.providers.simulator.simulator import Simulator

    Command = Callable[..., Said]
    Written = Callable[..., Path]

MODELS = {"steady": "sim/plain", "shaky": "lab/shaky"}


@pytest.fixture
def simulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """Return a simulated OpenRouter that fails on the first try of every turn of one model."""
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-simulated")
    monkeypatch.setattr("colloquia.running.call.FIRST_PAUSE_SECONDS", 0.001)
    strikes = (Strike(name="status-503", model="lab/shaky", attempts=(1,)),)
    with in_thread(Plan(clock_unit=0.001, models={"lab/shaky": "sim/plain"}, faults=strikes)) as simulator:
        yield simulator


def words(**more: Any) -> dict[str, Any]:
    """Return a study of two models, each with itself."""
    return {"models": MODELS, "pairing": "self", "num_turns": 2, **more}


def test_the_table_shows_which_model_was_asked_again(
    colloquia: Command, study: Written, desk: Path, simulator: Simulator
) -> None:
    """All of one model's conversations, none of the other's; the log has every turn and says nothing of it but that."""
    said = colloquia("run", str(study(**words(iterations=8))), "--base-url", simulator.base_url)
    exported = colloquia("export")

    table = pd.read_csv(desk / "data/retries.csv", keep_default_na=False).set_index(["speaker_model", "turn_id"])
    assert said.code == 0, said.out + said.err
    assert "retries.csv" in exported.out
    assert tuple(table.reset_index()[list(COLUMNS)].columns) == COLUMNS
    for turn_id in (1, 2):
        steady, shaky = table.loc["steady", turn_id], table.loc["shaky", turn_id]
        assert (steady["attempts"], steady["retried_calls"], steady["transient"]) == (8, 0, 0)
        assert (shaky["calls"], shaky["attempts"], shaky["retried_calls"], shaky["transient"]) == (8, 16, 8, 8)
        assert (shaky["retried_share"], shaky["never_answered"]) == (1.0, 0)
        assert steady["retried_share_high"] < shaky["retried_share_low"]
    assert sum(row["attempts"] for row in log_lines(desk / "data")) == table["attempts"].sum()
    assert "had to be asked again: shaky in 8 of 8, steady in 0 of 8" in said.out


def test_models_that_do_not_clearly_differ_are_not_spoken_of(
    colloquia: Command, study: Written, simulator: Simulator
) -> None:
    """One conversation of each is no evidence."""
    said = colloquia("run", str(study(**words())), "--base-url", simulator.base_url)

    assert said.code == 0, said.out + said.err
    assert "asked again" not in said.out


def test_what_was_never_answered_stands_in_the_table_with_its_fault(
    colloquia: Command, study: Written, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A conversation that failed has no row in the log, and one here."""
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-simulated")
    monkeypatch.setattr("colloquia.running.call.FIRST_PAUSE_SECONDS", 0.001)
    strikes = (Strike(name="status-503", model="lab/shaky"),)
    with in_thread(Plan(clock_unit=0.001, models={"lab/shaky": "sim/plain"}, faults=strikes)) as broken:
        said = colloquia("run", str(study(**words(iterations=2))), "--base-url", broken.base_url)

    (shaky,) = [row for row in retries(desk / "data") if row.speaker_model == "shaky"]
    assert said.code != 0
    assert (shaky.turn_id, shaky.scenario, shaky.conversations, shaky.never_answered) == (1, "train", 2, 2)
    assert shaky.transient == shaky.attempts > shaky.calls == 2
