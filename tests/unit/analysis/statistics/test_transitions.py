"""What follows what: counts, expected counts and adjusted residuals as in R; intervals over conversations."""

from __future__ import annotations

import numpy as np
import pytest

from colloquia.analysis.statistics.transitions import transitions
from colloquia.errors import DesignError

CLOSE = 5e-4
SEQUENCES = {
    "talk-1": ["ask", "tell", "ask", "ask", "tell", "joke", "ask", "tell", "tell", "ask"],
    "talk-2": ["tell", "ask", "tell", "joke", "joke", "ask", "tell", "ask", "tell"],
}


def test_the_table_is_that_of_a_chi_square_test() -> None:
    """Counts, expected counts and adjusted residuals: chisq.test in benchmarks/references/course.R."""
    found = transitions(SEQUENCES).frame.set_index(["given", "target"])

    table = found["count"].unstack().to_numpy().tolist()
    assert table == [[1, 0, 6], [2, 1, 0], [4, 2, 1]]
    assert found.loc[("ask", "tell"), "expected"] == pytest.approx(2.882353, abs=CLOSE)
    residuals = found["residual"].unstack().to_numpy()
    assert residuals[0].tolist() == pytest.approx([-1.884848, -1.596872, 3.121780], abs=CLOSE)
    assert residuals[2].tolist() == pytest.approx([1.119129, 0.988540, -1.884848], abs=CLOSE)


def test_nothing_follows_from_one_conversation_to_the_next() -> None:
    """17 transitions of 10 and 9 labels; the last of one talk is not before the first of the other."""
    found = transitions(SEQUENCES)

    assert (found.transitions, found.conversations) == (17, 2)
    assert any("Fewer than 10 conversations (2)" in warning for warning in found.warnings)


def test_repeating_a_conversation_s_turns_does_not_narrow_its_interval() -> None:
    """Interval width hangs on conversations: each three times as long, with the same habits, is about as uncertain."""
    chance = np.random.default_rng(1)

    def talks(length: int) -> dict[str, list[str]]:
        made = {}
        for number in range(20):
            stay, now, said = (0.2, 0.9)[number % 2], 0, []
            for _ in range(length):
                said.append(("ask", "tell")[now])
                now = now if chance.random() < stay else 1 - now
            made[str(number)] = said
        return made

    widths = [
        row["high"] - row["low"]
        for length in (60, 180)
        for row in [transitions(talks(length)).frame.set_index(["given", "target"]).loc[("ask", "ask")]]
    ]
    assert widths[1] > 0.75 * widths[0]


def test_what_stands_out_is_said_in_a_sentence() -> None:
    """Or that nothing does."""
    habits = {str(number): ["ask", "tell"] * (5 + number % 3) for number in range(12)}
    none = {str(number): ["ask", "ask"] for number in range(12)}

    assert transitions(none).sentence.startswith("No transition is shown to be oftener")
    assert transitions(SEQUENCES).sentence.count("17 transitions in 2 conversations") == 1
    assert "After tell, ask comes in 100 % of turns" in transitions(habits).sentence


def test_single_labels_are_no_transitions() -> None:
    """Refused with the reason."""
    with pytest.raises(DesignError, match="No conversation has two labels in a row"):
        transitions({"talk-1": ["ask"], "talk-2": []})
