"""Export, without a browser: how much there is, and files that are the library's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from functional.gui.reading import alone

from colloquia.logbook.folder import RunFolder

if TYPE_CHECKING:
    import pandas as pd


def test_an_export_says_how_much_there_is(turns: pd.DataFrame) -> None:
    """Rows and columns of each table before anything is made."""
    app = alone("export", scenario="rent")

    assert not app.exception
    assert app.text[1].value.startswith("48 rows")
    app = alone("export", scenario="rent", table="conversations")
    assert app.text[1].value.startswith("12 rows")


def test_the_bundle_is_that_of_the_library(turns: pd.DataFrame) -> None:
    """Made when it is asked for."""
    from colloquia.gui.pages import export as page

    folder = RunFolder(Path("data"))

    assert page._bundle(folder, with_text=False).startswith(b"PK")
