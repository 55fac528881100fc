"""What every page shares: the strip, the place in the URL, refusals, and failures that stay sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from streamlit import config
from streamlit.testing.v1 import AppTest

from colloquia.gui import navigation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Shown = Callable[..., AppTest]
    Ran = Callable[..., Path]

THERE = [name for name in navigation.PAGES if navigation.is_there(name)]


def said(app: AppTest) -> str:
    """Return all words of a page, messages included."""
    kinds = (app.title, app.header, app.text, app.markdown, app.caption, app.error, app.warning, app.info, app.code)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


@pytest.mark.parametrize("page", THERE)
def test_every_page_is_shown_in_an_empty_folder(shown: Shown, page: str) -> None:
    """With something to do next, and no failure."""
    app = shown(page)

    assert not app.exception
    assert not app.error
    assert said(app)


@pytest.mark.parametrize("page", THERE)
@pytest.mark.parametrize("run", ["nowhere", "../../etc", "/etc", "data/../data", "a" * 500, "%00", "<b>x</b>"])
def test_a_run_that_is_not_here_is_said_to_be_none(shown: Shown, ran: Ran, page: str, run: str) -> None:
    """Whatever the URL says: it is a name, never a path."""
    ran()
    app = shown(page, run=run)

    assert not app.exception
    if page not in ("start", "configure"):
        assert "That run is not in this folder" in said(app)


def test_the_strip_says_which_run_and_what_it_does(shown: Shown, ran: Ran) -> None:
    """In a word with an icon, on pages other than Run."""
    ran("runs/pilot_3")

    words = said(shown("start", run="pilot_3"))

    assert "Done" in words
    assert ":material/check_circle:" in words
    assert "SCRIPTED" in words
    assert "8 turns" in words


def test_a_page_on_an_open_address_shows_nothing_but_the_right_command(shown: Shown, ran: Ran) -> None:
    """Neither runs nor pages."""
    ran()
    config.set_option("server.address", "0.0.0.0")  # noqa: S104 (it is what is refused)

    app = shown("start")

    assert "this machine only" in said(app)
    assert "colloquia gui" in said(app)
    assert not app.button
    assert not app.dataframe
    assert not app.header


def test_a_broken_page_says_so_and_shows_a_way_out(served: None) -> None:
    """The trace stands behind Details, as text that nothing is read into."""

    def script() -> None:
        from colloquia.gui.guard import guarded

        with guarded():
            raise KeyError("![x](http://evil.example/a)")

    app = AppTest.from_function(script, default_timeout=30).run()

    assert not app.exception
    assert "is broken" in app.error[0].value
    assert "KeyError" in app.code[0].value
    assert "evil" not in app.error[0].value
    assert [button.label for button in app.button] == ["Try again"]


def test_what_stands_in_the_way_is_said_in_the_words_of_whoever_knows(served: None) -> None:
    """Errors raised on purpose are written for readers, and may hold foreign text."""

    def script() -> None:
        from colloquia.errors import FolderError
        from colloquia.gui.guard import guarded

        with guarded():
            raise FolderError("runs/one cannot be read ![x](http://evil.example/a)")

    app = AppTest.from_function(script, default_timeout=30).run()

    assert "evil" not in app.error[0].value
    assert app.text[0].value == "runs/one cannot be read ![x](http://evil.example/a)"


def test_the_run_stays_in_the_url_from_page_to_page(shown: Shown, ran: Ran) -> None:
    """The navigation itself forgets it."""
    ran("runs/one")
    ran("runs/two")
    app = shown("start", run="one")

    del app.query_params["run"]
    app.run()

    assert app.query_params["run"] == "one"


def test_a_further_run_folder_is_shown_under_a_name_of_its_own(
    shown: Shown, ran: Ran, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It cannot be taken for one that lies here."""
    ran("data")
    further = ran(str(tmp_path / "elsewhere" / "data"))
    monkeypatch.setenv("COLLOQUIA_RUN_DIR", str(further))

    runs = list(shown("start").dataframe[0].value["run"])

    assert len(runs) == 2
    assert "data" in runs
    assert any(name.startswith("data-") for name in runs)


def test_a_folder_with_an_odd_name_can_be_opened(shown: Shown, ran: Ran) -> None:
    """Its name in the URL is made of plain letters."""
    ran("runs/pilot 3 (ü)")

    (name,) = shown("start").dataframe[0].value["run"]

    assert name.startswith("pilot-3")
    assert not shown("run", run=name).warning
