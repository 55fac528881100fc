"""Influence over turns: slopes as by least squares, one row a seat of a conversation, and what is refused."""

from __future__ import annotations

import pandas as pd
import pytest

from colloquia.analysis.statistics.influence import asymmetry, influence, slopes
from colloquia.errors import DesignError

CLOSE = 5e-4
TURNS = [
    3.1, 2.2, 4.0, 3.7, 4.4, 2.9, 5.2, 4.1, 4.9, 5.0, 6.1, 4.8, 5.7, 5.9, 6.6, 5.1, 6.0, 6.4, 7.2, 6.1, 6.8, 7.0, 7.9,
    6.6,
]  # fmt: skip


def turns(*talks: list[float], **about: object) -> pd.DataFrame:
    """Return the turns of dyads in turn."""
    return pd.DataFrame([
        {"experiment_id": f"talk-{number}", "speaker_role": "AB"[place % 2], "turn_id": place + 1, "value": value}
        for number, talk in enumerate(talks)
        for place, value in enumerate(talk)
    ]).assign(**about)  # fmt: skip


def test_the_slopes_are_those_of_least_squares() -> None:
    """Inertia and influence of both seats: lm in benchmarks/references/course.R."""
    found = slopes(turns(TURNS), corrected=False).rows

    assert found["phi"].tolist() == pytest.approx([-0.47504116, -0.40462534], abs=CLOSE)
    assert found["value"].tolist() == pytest.approx([0.31069570, -0.46002890], abs=CLOSE)


def test_the_bias_of_short_series_is_taken_out_by_halves() -> None:
    """Twice the slopes of the whole minus the mean of those of its halves: benchmarks/references/course.R."""
    found = slopes(turns(TURNS)).rows

    assert found["phi"].tolist() == pytest.approx([-0.41686058, -0.402945598], abs=CLOSE)
    assert found["value"].tolist() == pytest.approx([0.36488177, -0.040992077], abs=CLOSE)


def test_a_seat_of_a_conversation_is_one_row_however_many_turns_it_has() -> None:
    """With what is the same in all its turns; tests then are over conversations."""
    found = slopes(turns(TURNS, TURNS[::-1], TURNS[3:] + TURNS[:3], tone="warm"))

    assert len(found.rows) == 6
    assert set(found.rows["tone"]) == {"warm"}
    assert influence(turns(TURNS, TURNS[::-1])).conversations == 2


def test_asymmetry_is_the_difference_of_the_seats_within_conversations() -> None:
    """Of two conversations, their two differences."""
    made = turns(TURNS, TURNS[::-1])
    rows = slopes(made).rows.pivot_table(index="experiment_id", columns="speaker_role", values="value")

    found = asymmetry(made, "A", "B")

    assert found.estimate == pytest.approx((rows["A"] - rows["B"]).mean())
    assert "exchange of the seats" in found.method


def test_too_short_a_talk_and_a_talk_out_of_turn_are_refused() -> None:
    """Slopes of nine turns are mostly bias; three speakers have no partner."""
    with pytest.raises(DesignError, match="18 turns: influence needs 10 of each seat"):
        slopes(turns(TURNS[:18]))
    with pytest.raises(DesignError, match="two seats that speak in turn"):
        slopes(turns(TURNS).assign(speaker_role=["A", "B", "C"] * 8))
    with pytest.raises(DesignError, match="two seats that speak in turn"):
        slopes(turns(TURNS).assign(speaker_role=["A", "A", "B", "B"] * 6))


def test_a_seat_that_says_the_same_all_along_has_no_slope() -> None:
    """It is missing, and counts as lost."""
    found = slopes(turns([1.0, 2.0] * 12, TURNS))

    assert found.rows["value"].isna().sum() == 2
    assert found.count == 1
