"""A frame that is made in parts is the frame that is made at once."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from unit.logbook.samples import row_of

from colloquia.analysis.tables import _flat, _frame, _in_parts, _turn_columns


def _rows() -> list[dict[str, Any]]:
    """Return turns that differ in what is known of them, and later ones with a factor and a payoff of their own."""
    unknown = {"latency_ms": None, "timestamp": None, "round": None, "content": None}
    turns = [
        *(_flat(row_of("t", turn_id, **unknown)) for turn_id in (1, 2)),
        _flat(row_of("t", 3, content="naïve 😀\r\n", round=2, factors={"tone": "007"})),
        {**_flat(row_of("t", 4, factors={"tone": "NA", "latency": "slow"})), "payoff": 1.5},
        {**_flat(row_of("t", 5, content="", factors={})), "payoff": None},
    ]
    return [{**turn, "is_planned": turn["turn_id"] != 2} for turn in turns]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 9])
def test_the_parts_show_nowhere(size: int) -> None:
    """Same columns in the same order, same types, same values, also where a part knows nothing of a column."""
    whole = _frame(_rows(), _turn_columns(), {"payoff"})

    made = _in_parts(iter(_rows()), _turn_columns(), {"payoff"}, size)

    pd.testing.assert_frame_equal(made, whole)


def test_a_frame_without_rows_has_all_its_columns() -> None:
    """A study that has not begun has tables too."""
    pd.testing.assert_frame_equal(_in_parts(iter(()), _turn_columns()), _frame((), _turn_columns()))
