"""The frame of measures: current values only, joined to conversation, seat, model and turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from measurable import said, write_run

from colloquia import load
from colloquia.analysis.measuring.frame import COLUMNS
from colloquia.lab.keeping.measuring import chosen, measure
from colloquia.logbook import measurements
from colloquia.logbook.measurements import Number

if TYPE_CHECKING:
    from pathlib import Path

    from colloquia.design.trials import Trial


def test_a_folder_nobody_measured_has_an_empty_frame(tmp_path: Path) -> None:
    """With all columns, so that code over it needs no exception."""
    write_run(tmp_path)

    frame = load(tmp_path).measures

    assert list(frame.columns) == list(COLUMNS)
    assert len(frame) == 0


def test_every_value_is_joined_to_what_it_belongs_to(tmp_path: Path) -> None:
    """Conversation, seat with its model, turn, and the unit in words."""
    write_run(tmp_path)
    measure(tmp_path, chosen(["talk_share", "turn_length"]))

    frames = load(tmp_path)
    frame = frames.measures

    assert set(frame["experiment_id"]) == set(frames.conversations["experiment_id"])
    assert set(frame["unit"]) == {"conversation", "seat", "turn"}
    assert frame[frame["unit"] == "conversation"]["speaker_role"].isna().all()
    assert frame[frame["unit"] != "turn"]["turn_id"].isna().all()
    words = frame[(frame["variable"] == "words") & (frame["unit"] == "turn")]
    joined = words.merge(frames.turns, on=["experiment_id", "turn_id"], suffixes=("", "_of_turn"))
    assert len(joined) == len(frames.turns) == 16
    assert (joined["speaker_role"] == joined["speaker_role_of_turn"]).all()
    assert (joined["speaker_model"] == joined["speaker_model_of_turn"]).all()


def test_the_rows_of_a_seat_are_the_units_that_are_analysed(tmp_path: Path) -> None:
    """Two to a conversation of two, for every variable of a seat."""
    write_run(tmp_path)
    measure(tmp_path, chosen(["talk_share"]))

    frame = load(tmp_path).measures
    shares = frame[frame["variable"] == "talk_share"]

    assert len(shares) == 8
    assert shares.groupby("experiment_id")["value"].sum().round(9).eq(1.0).all()


def test_a_missing_value_has_its_reason(tmp_path: Path) -> None:
    """And a value has none."""
    write_run(tmp_path)
    measure(tmp_path, chosen(["lexical_diversity", "talk_share"]))

    frame = load(tmp_path).measures

    assert (frame["value"].isna() == frame["reason"].notna()).all()
    assert set(frame[frame["measure"] == "lexical_diversity"]["reason"]) == {"fewer than 50 words"}


def test_values_of_a_talk_that_has_grown_are_not_shown(tmp_path: Path) -> None:
    """They were true of its first turns; measuring again gives new ones."""

    def two(trial: Trial) -> list[str]:
        return said(trial)[:2]

    write_run(tmp_path, two, num_turns=2)
    measure(tmp_path, chosen(["talk_share"]))
    assert len(load(tmp_path).measures) > 0

    write_run(tmp_path)

    assert len(load(tmp_path).measures) == 0
    measure(tmp_path, chosen(["talk_share"]))
    assert set(load(tmp_path).measures["variable"]) == {"talk_share", "cut_share", "talk_asymmetry", "talk_gini"}


def test_of_two_versions_the_last_written_is_shown(tmp_path: Path) -> None:
    """The other stays in the file."""
    folder = write_run(tmp_path)
    measure(tmp_path, chosen(["loops"]))
    old = next(iter(measurements.read(folder).current.values()))
    number = Number("looped_90", None, None, 1.0, None)
    newer = type(old)(
        **{name: getattr(old, name) for name in old.__struct_fields__ if name not in ("version", "key", "numbers")},
        version=2,
        key="other",
        numbers=(number,),
    )
    measurements.write(folder, [newer])

    frame = load(tmp_path).measures
    shown = frame[frame["experiment_id"] == old.experiment_id]

    assert shown[["version", "variable", "value"]].to_numpy().tolist() == [[2, "looped_90", 1.0]]


def test_several_folders_pool(tmp_path: Path) -> None:
    """As the other frames do."""
    write_run(tmp_path / "one")
    write_run(tmp_path / "two", scenarios={"talk": "Talk."}, pairing="self")
    for name in ("one", "two"):
        measure(tmp_path / name, chosen(["talk_share"]))

    frame = load(tmp_path / "one", tmp_path / "two").measures

    assert frame["experiment_id"].nunique() == 8
