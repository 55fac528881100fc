"""Tables: numbers to the right on the page, every digit in CSV, LaTeX that compiles whatever stands in it."""

from __future__ import annotations

import pandas as pd

from colloquia.analysis.report.tables import chances, estimates, table_of
from colloquia.analysis.statistics.result import Estimate


def example() -> Estimate:
    """Return an estimate whose name would break LaTeX and HTML."""
    name = "50% <b> _x & {y} #1 \\cmd $z$ ~^"
    return Estimate(name=name, estimate=-1.23456, low=-2.0, high=-0.5, conversations=12, method="m")


def test_numbers_stand_to_the_right_and_unrounded_in_the_file() -> None:
    """What is read has the digits of the interval, what is computed with has all."""
    table = estimates([example()], name="t", title="Title", caption="Caption.", beside=[chances("q", [0.0001])])

    page = table.html(3)

    assert 'id="table-3"' in page
    assert '<td class="n">\u22121.23</td>' in page
    assert "&lt;b&gt;" in page
    assert "<b> _x" not in page
    assert b"-1.23456" in table.csv()


def test_latex_holds_no_sign_of_its_own_unescaped() -> None:
    """Eight signs mean something to LaTeX; all are shown as themselves."""
    table = estimates([example()], name="t", title="Title", caption="A_b.")

    source = table.latex().decode()

    assert r"50\% $<$b$>$ \_x \& \{y\} \#1 \textbackslash{}cmd \$z\$ \textasciitilde{}\textasciicircum{}" in source
    assert r"$-$1.23" in source
    assert source.count(r"\begin{") == source.count(r"\end{") == 2
    assert r"\begin{tabular}{lrrrr}" in source


def test_a_long_table_shows_its_first_rows_and_keeps_all() -> None:
    """The page has as many as it is told, the file has every one."""
    frame = pd.DataFrame({"what": ["a", "b", "c"], "number": [1, 2, 3]})

    table = table_of(frame, {"what": "What", "number": "Number"}, name="t", title="T", caption="C", shown=2)

    assert [column.cells for column in table.columns] == [("a", "b"), ("1", "2")]
    assert table.csv().count(b"\n") == 4
