"""One journey in a real browser: from an empty folder to a study run, analysed, read, labelled and exported."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from browsing import Pages, Tab

FOLDER = "runs/first-look-1"


@pytest.mark.browser
def test_a_first_run_from_the_first_click_to_the_exported_table(pages: Pages, tab: Callable[..., Tab]) -> None:
    """Two clicks to a live conversation; each press is obeyed; what is read, labelled and exported is what was said."""
    here = tab()
    folder = pages.desk / FOLDER

    _begin(here)
    before = _pause_and_go_on(here, folder)
    stopped = _stop(here, folder)
    _resume_and_stop_again(here, said=len(stopped.splitlines()))

    log = (folder / "experiment_log.jsonl").read_bytes()
    rows = [json.loads(line) for line in log.splitlines()]
    assert log.startswith(stopped)
    assert stopped.startswith(before)
    assert len(rows) == len({(row["trial_id"], row["turn_id"]) for row in rows}) > len(stopped.splitlines())

    pair = _click_a_cell(here)
    read = _open_the_first_conversation(here)
    shown = [row for row in rows if row["experiment_id"] == read]
    assert {row["speaker_model"] for row in shown} <= set(pair)
    assert here.turns().locator(".text").all_text_contents() == [row["content"] for row in shown]

    _label(here, turn=1)
    (label,) = _lines(folder / "labels.jsonl", event="label")
    assert (label["experiment_id"], label["turn_id"], label["labeller"]) == (read, 1, "ada")

    exported = _export(here, pages.desk / "turns.csv")
    assert exported["content"].tolist() == [row["content"] for row in rows if _pair_of(row, rows) == pair]
    assert (folder / "experiment_log.jsonl").read_bytes() == log
    assert here.elsewhere() == []


def _begin(here: Tab) -> None:
    here.open()
    here.press("Try it now")
    here.state("Running")
    here.turns().filter(has_text="EMBEDDED").first.wait_for()


def _pause_and_go_on(here: Tab, folder: Path) -> bytes:
    here.press("Pause")
    here.state("Paused")
    before = (folder / "experiment_log.jsonl").read_bytes()
    here.press("Resume")
    here.state("Running")
    return before


def _stop(here: Tab, folder: Path) -> bytes:
    here.press("Stop run")
    here.state("Stopped")
    return (folder / "experiment_log.jsonl").read_bytes()


def _resume_and_stop_again(here: Tab, *, said: int) -> None:
    here.press("Resume")
    here.state("Running")
    here.page.get_by_test_id("stMetricValue").filter(has_text=re.compile(rf"^(?!{said} ).* of 32$")).first.wait_for()
    here.press("Stop run")
    here.state("Stopped")


def _click_a_cell(here: Tab) -> tuple[str, str]:
    """Click a cell of the heatmap, follow it to its conversations, and return the models of its seats."""
    here.go("Analyze")
    here.page.get_by_text("Pairs of models").first.click()
    here.page.get_by_text("Click a cell to read its conversations.").wait_for()
    here.settle()
    here.page.locator(".stVegaLiteChart .mark-rect path").first.click()
    said = here.page.get_by_text(re.compile(r"^\w+ with \w+: \d+ conversation")).first.inner_text()
    here.press("Read them")
    here.page.get_by_test_id("stHeading").filter(has_text="Transcripts").wait_for()
    first, second = said.partition(":")[0].split(" with ")
    return first, second


def _open_the_first_conversation(here: Tab) -> str:
    here.choose_row(0)
    here.page.wait_for_url(re.compile("conversation="))
    here.turns().first.wait_for()
    return re.search("conversation=([^&]+)", here.page.url).group(1)  # type: ignore[union-attr] # waited for


def _label(here: Tab, *, turn: int) -> None:
    here.page.get_by_label("Your name, for labels").fill("ada")
    here.page.get_by_label("Your name, for labels").press("Enter")
    here.page.get_by_role("button", name=f"Open turn {turn}", exact=True).click()
    here.page.get_by_text(f"Label turn {turn}").wait_for()
    here.page.locator("header").first.click()  # a key rests while a field has the cursor
    here.page.keyboard.press("2")
    here.press("Take it back", presses=False)


def _export(here: Tab, path: Path) -> pd.DataFrame:
    here.go("Export")
    with here.page.expect_download() as waiting:
        here.press("CSV")
    waiting.value.save_as(path)
    return pd.read_csv(path, keep_default_na=False)


def _lines(path: Path, **known: Any) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in path.read_bytes().splitlines()]
    return [row for row in rows if known.items() <= row.items()]


def _pair_of(row: dict[str, Any], rows: list[dict[str, Any]]) -> tuple[str, str]:
    """Return who sits first and who second where a turn was said: who opens sits first here."""
    first = next(each for each in rows if each["trial_id"] == row["trial_id"] and each["turn_id"] == 1)
    return first["speaker_model"], first["responder_model"]
