"""Numbers of figures and tables, in full."""

from __future__ import annotations

import pytest
from frames import frames, talk

from colloquia.analysis.figures.heatmap import heatmap
from colloquia.analysis.report.writing import plain
from colloquia.analysis.rounding import rounded


@pytest.mark.parametrize(
    ("value", "digits", "said"),
    [
        (110.4, 2, "110"), (1234.5, 3, "1,234"), (-15360.2, 4, "-15,360"), (999.6, 3, "1,000"), (12.345, 3, "12.3"),
        (1.0, 2, "1"), (0.0, 2, "0"), (0.0000123, 2, "0.000012"), (1e15, 3, "1e+15"), (float("inf"), 3, "inf"),
    ],
)  # fmt: skip
def test_a_number_is_written_in_full(value: float, digits: int, said: str) -> None:
    """An exponent stands only where nobody could read the zeros."""
    assert rounded(value, digits) == said


def test_no_cell_of_a_figure_or_a_table_has_an_exponent() -> None:
    """Means of thousands, intervals of hundreds, and numbers of the tables of a report."""
    made = frames(*(talk(number, ["a " * (1000 + 150 * number)], iteration=number) for number in range(1, 5)))

    (cells,) = heatmap(made).chart.to_dict()["datasets"].values()

    assert (cells[0]["shown"], cells[0]["width"]) == ("1,375", "± 308")
    assert plain(12345.67) == "12,346"
