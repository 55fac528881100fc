"""A conversation exported as rows and replayed as the partner in another study."""

from __future__ import annotations

from typing import TYPE_CHECKING

from doors import log_lines

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from doors import Said

RENT = {"rent": {"landlord": "You want to raise the rent.", "tenant": "You want no raise."}}


def test_one_seat_of_a_recorded_conversation_meets_another_model(
    desk: Path, study: Callable[..., Path], colloquia: Callable[..., Said]
) -> None:
    """Its lines are those of the record, it falls silent where the record ends, and the file is kept with the study."""
    words = {"scenarios": RENT, "pairing": [["random", "echo"]], "num_turns": 4}
    assert colloquia("run", study(**words), "--run-dir", "first").code == 0
    (desk / "partner.jsonl").write_text(colloquia("show", "1", "--rows", "--run-dir", "first").out, encoding="utf-8")

    models = {"partner": "scripted:recorded partner.jsonl", "fixed": "scripted:always No."}
    again = study(**{**words, "models": models, "pairing": [["partner", "fixed"]], "num_turns": 8})
    ran = colloquia("run", again, "--run-dir", "second")

    assert ran.code == 0, ran.err
    spoken = [row["content"] for row in log_lines(desk / "first") if row["speaker_role"] == "landlord"]
    rows = log_lines(desk / "second")
    assert [row["content"] for row in rows] == [spoken[0], "No.", spoken[1], "No.", None]
    assert rows[-1]["ended_by"] == "no_answer"
    assert (desk / "second" / "files" / "partner.jsonl").is_file()
    assert colloquia("verify", "--run-dir", "second").code == 0
