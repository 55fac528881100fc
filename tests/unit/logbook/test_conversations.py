"""One row for each conversation: the table as a file."""

from __future__ import annotations

import csv
from dataclasses import replace
from typing import TYPE_CHECKING

from unit.logbook.samples import FOLDER_ID, row_of, trial_named

from colloquia.logbook.conversations import write_conversations
from colloquia.logbook.tallies import Tallies

if TYPE_CHECKING:
    from colloquia.design.trials import Trial
    from colloquia.logbook.folder import RunFolder
    from colloquia.logbook.record import TurnRow


def _written(
    folder: RunFolder, rows: list[TurnRow], trials: list[Trial], *, everything: bool = False
) -> list[dict[str, str]]:
    tallies = Tallies(trials)
    list(tallies.counted(rows))
    found = tallies.rows(folder_id=FOLDER_ID)
    write_conversations(folder, found, trials=trials, factor_names=("tone",), everything=everything)
    with (folder.path / folder.conversations_csv).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_table_has_columns_for_factors_and_for_every_seat(folder: RunFolder) -> None:
    """A monologue leaves the second seat empty."""
    alone = trial_named("u")
    alone = replace(alone, talk=replace(alone.talk, seats=alone.talk.seats[:1]))

    found = _written(folder, [row_of("t", 1)], [trial_named("t"), alone])

    assert list(found[0]) == [
        "experiment_id", "trial_id", "scenario", "iteration", "arm", "tone", "model_1", "role_1", "model_2", "role_2",
        "opening_role", "num_turns", "planned_turns", "is_complete", "ended_by", "is_failed", "input_tokens",
        "output_tokens", "cost_usd", "cached_tokens", "saved_usd", "latency_ms", "n_refusals", "n_truncated",
        "attempts", "noted", "sources", "first_timestamp", "last_timestamp", "parent_id", "forked_at", "fork",
        "donor_id",
    ]  # fmt: skip
    assert [(row["model_1"], row["model_2"], row["role_2"]) for row in found] == [
        ("ada", "bob", "seller"),
        ("ada", "", ""),
    ]
    assert [row["is_complete"] for row in found] == ["False", "False"]


def test_unplanned_conversations_are_left_out_unless_asked_for(folder: RunFolder) -> None:
    """Then a last column says which is which."""
    rows = [row_of("old", 1), row_of("t", 1)]

    assert [row["trial_id"] for row in _written(folder, rows, [trial_named("t")])] == ["t"]
    everything = _written(folder, rows, [trial_named("t")], everything=True)
    assert [(row["trial_id"], row["is_planned"]) for row in everything] == [("t", "True"), ("old", "False")]


def test_an_empty_study_has_a_table_without_rows(folder: RunFolder) -> None:
    """Nothing planned and nothing said is no error."""
    assert _written(folder, [], []) == []
