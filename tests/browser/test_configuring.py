"""A study written in the browser: edited, seen wrong by its line, mended, tried, cut down, started."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from doors import log_lines

import colloquia

if TYPE_CHECKING:
    from collections.abc import Callable

    from browsing import Pages, Tab

pytestmark = pytest.mark.browser
PROMPT = "You sit on a {place}. You are in a hurry."


def open_part(here: Tab, name: str) -> None:
    """Open a part of the page."""
    here.page.get_by_role("radio", name=name).click()
    here.settle()


def write_file(here: Tab, change: Callable[[str], str]) -> None:
    """Change the text of the file as one who types it does."""
    field = here.page.get_by_role("textbox", name="draft.toml")
    field.fill(change(field.input_value()))
    field.press("Control+Enter")
    here.settle()


def test_a_study_is_written_and_started_without_a_file_being_touched(pages: Pages, tab: Callable[..., Tab]) -> None:
    """Writing down a field never opens the dialog of a start; what was excluded is not held."""
    here = tab()
    here.open("configure")
    here.press("New study")
    here.page.wait_for_url(re.compile("run=study-1"))
    here.page.get_by_text("What each seat is sent first").wait_for()
    here.settle()

    prompt = here.page.locator("textarea").first
    prompt.fill(PROMPT)
    prompt.press("Control+Enter")
    here.page.get_by_text("slot {place} has no value").first.wait_for()
    assert here.page.get_by_role("dialog").count() == 0

    open_part(here, "View file")
    write_file(here, lambda text: f'{text}\n[factors]\nplace = ["train", "bus"]\n')
    here.page.get_by_text("slot {place} has no value").first.wait_for(state="detached")
    assert here.figure("Conversations") == "8"

    open_part(here, "Design matrix")
    cell = here.page.locator(".stVegaLiteChart .mark-rect path").first
    cell.wait_for()
    cell.click(force=True)  # its number lies over it, and counts as the cell
    here.press("Exclude this row")
    here.page.get_by_text("4 cells are held, 4 are left out").wait_for()

    here.press("Start run")
    here.page.get_by_role("dialog").get_by_text("Nothing: all models answer on this machine").wait_for()
    here.page.get_by_role("dialog").get_by_role("button", name=re.compile("Start run")).click()
    here.page.wait_for_url(re.compile("/run"))
    here.state("Done")

    assert {row["factors"]["place"] for row in log_lines(pages.desk / "runs/study-1")} == {"bus"}
    frames = colloquia.load(pages.desk / "runs/study-1")
    assert len(frames.conversations) == 4


def test_a_file_that_cannot_be_read_is_said_by_its_line_and_mended(pages: Pages, tab: Callable[..., Tab]) -> None:
    """The other parts come back with it; nothing that was typed is lost."""
    here = tab()
    here.open("configure?part=View+file")
    here.press("New study")
    here.page.wait_for_url(re.compile("run=study-1"))
    here.page.get_by_role("textbox", name="draft.toml").wait_for()
    here.settle()

    write_file(here, lambda text: text.replace("num_turns", "num_turn"))
    here.page.get_by_text("Did you mean 'num_turns'").first.wait_for()
    write_file(here, lambda text: f"models = [\n{text}")
    here.page.get_by_text("The other panels are shown again").wait_for()
    assert here.page.get_by_role("radio", name="Scenarios").count() == 0
    assert (pages.desk / "runs/study-1/draft.toml").read_text(encoding="utf-8").startswith("models = [\n")

    write_file(here, lambda text: text.removeprefix("models = [\n").replace("num_turn ", "num_turns "))

    here.page.get_by_role("radio", name="Scenarios").wait_for()
    here.page.get_by_text("This study cannot be run as it is").first.wait_for(state="detached")
