"""One journey in a real browser: from an empty folder to a study that was paused, stopped and resumed."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from browsing import Pages, Tab


@pytest.mark.browser
def test_a_first_run_from_the_first_click_to_a_resumed_one(pages: Pages, tab: Callable[..., Tab]) -> None:
    """Two clicks to a live conversation; each press is obeyed; every turn is there exactly once."""
    here = tab()
    here.open()

    here.press("Try it now")
    here.state("Running")
    here.turns().filter(has_text="EMBEDDED").first.wait_for()
    folder = pages.desk / "runs/first-look-1"

    here.press("Pause")
    here.state("Paused")
    before = (folder / "experiment_log.jsonl").read_bytes()

    here.press("Resume")
    here.state("Running")

    here.press("Stop run")
    here.state("Stopped")
    stopped = (folder / "experiment_log.jsonl").read_bytes()

    here.press("Resume")
    here.state("Running")
    said = len(stopped.splitlines())
    here.page.get_by_test_id("stMetricValue").filter(has_text=re.compile(rf"^(?!{said} ).* of 32$")).first.wait_for()
    here.press("Stop run")
    here.state("Stopped")

    log = (folder / "experiment_log.jsonl").read_bytes()
    rows = [json.loads(line) for line in log.splitlines()]
    assert log.startswith(stopped)
    assert stopped.startswith(before)
    assert len(rows) == len({(row["trial_id"], row["turn_id"]) for row in rows}) > said
    assert here.figure("Turns") == f"{len(rows)} of 32"
    assert here.elsewhere() == []
