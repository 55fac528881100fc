"""What ends a conversation: rules of the study, which is as it was meant, and replies of models, which is told of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from doors import log_lines

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from doors import Said

    Command = Callable[..., Said]
    Written = Callable[..., Path]


def test_a_phrase_ends_a_conversation_and_it_stays_ended(colloquia: Command, study: Written, desk: Path) -> None:
    """The last row says why, and a longer study does not go on with it."""
    words: dict[str, Any] = {"models": {"bye": "scripted:sequence Hello. Goodbye."}, "stop": [{"phrase": "Goodbye."}]}
    colloquia("run", study(num_turns=8, **words))
    colloquia("run", study(num_turns=10, **words))

    rows = log_lines(desk / "data")

    assert [row["content"] for row in rows] == ["Hello.", "Hello.", "Goodbye."]
    assert [row["ended_by"] for row in rows] == [None, None, "phrase"]


def test_a_conversation_that_an_empty_answer_ended_is_told_of(colloquia: Command, study: Written, desk: Path) -> None:
    """As refusals are; what a rule of the study ended is as it was meant, and no remark."""
    (desk / "seats.py").write_text('def nothing(request):\n    return ""\n', encoding="utf-8")
    models = {"echo": "scripted:echo", "quiet": "scripted:seats.py:nothing"}

    said = colloquia("run", study(models=models), "--allow-code")
    ruled = colloquia("run", study(stop=[{"phrase": "a"}], run_dir="ruled"))

    assert said.code == 0
    assert "Ended by what a model returned (ended_by): 3 conversations; empty 3." in said.out
    assert "Ended by" not in ruled.out


def test_a_note_rule_is_recorded_and_ends_nothing(colloquia: Command, study: Written, desk: Path) -> None:
    """What would have ended it stands in conversations.csv."""
    words: dict[str, Any] = {"models": {"bye": "scripted:sequence Hello. Goodbye."}, "note": [{"phrase": "Goodbye."}]}

    colloquia("run", study(num_turns=6, **words))

    table = pd.read_csv(desk / "data/conversations.csv", keep_default_na=False)
    assert list(table["noted"]) == ["phrase@3"]
    assert list(table["ended_by"]) == ["length"]
