"""What holds of Analyze, Transcripts and Export alike, without a browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from functional.gui.reading import BEACON, PAGES, alone

from colloquia.logbook.folder import RunFolder

if TYPE_CHECKING:
    import pandas as pd

every_page = pytest.mark.parametrize("page", PAGES)


@every_page
@pytest.mark.parametrize("view", ["Overview", "Compare", "Pairs of models"])
def test_no_name_and_no_text_is_read_as_markup(turns: pd.DataFrame, page: str, view: str) -> None:
    """Whatever a model says, or is called, stands only where it cannot become an element of the page."""
    hostile = turns[turns["content"] == BEACON].iloc[0]
    app = alone(
        page, conversation=hostile["experiment_id"], turn=str(hostile["turn_id"]), labeller="ada", q="evil", view=view
    )

    assert not app.exception
    read_as_markup = [
        str(element.value)
        for kind in (
            "markdown",
            "caption",
            "title",
            "header",
            "subheader",
            "error",
            "warning",
            "info",
            "success",
            "html",
        )
        for element in getattr(app, kind)
    ]
    read_as_markup += [button.label for button in app.button] + [expander.label for expander in app.expander]
    assert not [text for text in read_as_markup if "evil.example" in text]


@pytest.mark.parametrize(
    ("places", "complaint"),
    [
        ({"conversation": "no-such-conversation"}, "not in this run folder"),
        ({"run": "elsewhere"}, "not in this folder"),
        ({"run": "../../etc"}, "not in this folder"),
    ],
    ids=["conversation", "run", "path"],
)
def test_a_link_that_leads_nowhere_says_so(turns: pd.DataFrame, places: dict[str, str], complaint: str) -> None:
    """In a sentence with a way out."""
    app = alone("transcripts", **places)

    assert not app.exception
    assert complaint in app.warning[0].value


@every_page
def test_an_empty_folder_says_what_to_do(desk: Path, page: str) -> None:
    """Before anything was run."""
    app = alone(page)

    assert not app.exception
    assert "Start" in app.info[0].value
    assert [link.label for link in app.get("page_link")] == ["Start"]


def test_tables_are_read_again_when_anything_of_them_has_grown(turns: pd.DataFrame) -> None:
    """Also what measures, probes and judges said."""
    from colloquia.gui import followed

    folder = RunFolder(Path("data"))
    before = followed.stamp(folder)
    for name in (folder.measures, folder.probes, folder.judgements):
        (folder.path / name).write_bytes(b"")
        assert followed.stamp(folder) != before
        before = followed.stamp(folder)
