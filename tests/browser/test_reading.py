"""Reading in a real browser: charts that are clicked, keys, links to a turn, two conversations beside each other."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

import colloquia
from colloquia import Experiment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from browsing import Pages, Tab

pytestmark = pytest.mark.browser


@pytest.fixture
def read(pages: Pages) -> Path:
    """Run a study of two models and two tones, and return its folder."""
    study = Experiment.from_words(
        {
            "models": {"echo": "scripted:echo", "random": "scripted:random"},
            "scenarios": {"train": {"host": "You host. {tone}", "guest": "You visit. {tone}"}},
            "factors": {"tone": {"firm": "Be firm.", "kind": "Be kind."}},
            "num_turns": 4,
            "iterations": 3,
        }
    )
    colloquia.run(study, run_dir=pages.desk / "runs/read")
    return pages.desk / "runs/read"


def rows(folder: Path) -> list[dict[str, Any]]:
    """Return the rows of the log."""
    return [json.loads(line) for line in (folder / "experiment_log.jsonl").read_bytes().splitlines()]


def test_a_dot_leads_to_its_conversations(read: Path, tab: Callable[..., Tab]) -> None:
    """The level that was clicked stands in the filters of the page Transcripts."""
    here = tab()
    here.open("analyze?run=read&view=Compare&by=tone")
    here.page.get_by_text("Click a dot to read its conversations.").wait_for()
    here.settle()

    here.page.locator(".stVegaLiteChart .mark-symbol path").first.click()
    here.page.get_by_text("firm: 12 conversations").wait_for()
    here.press("Read them")

    here.page.wait_for_url(re.compile("/transcripts.*at-tone=firm"))
    here.page.get_by_text("12 of 24 conversations: tone firm").wait_for()


def test_every_chart_stands_within_its_place(read: Path, tab: Callable[..., Tab]) -> None:
    """No drawing is wider than the page, or empty."""
    here = tab()
    for view in ("Overview", "Compare", "Pairs+of+models", "Turn+by+turn"):
        here.open(f"analyze?run=read&view={view}")
        chart = here.page.locator(".stVegaLiteChart svg.marks").first
        chart.wait_for()
        here.settle()
        box, marks = chart.bounding_box(), here.page.locator(".stVegaLiteChart .role-mark path").count()
        assert box is not None
        assert box["x"] + box["width"] <= 1280, view
        assert marks, view


def test_a_link_to_a_turn_shows_that_turn(read: Path, tab: Callable[..., Tab]) -> None:
    """What its speaker saw stands below; the link that is offered is the one that was followed."""
    row = next(row for row in rows(read) if row["turn_id"] == 3)
    here = tab()
    here.open(f"transcripts?run=read&conversation={row['experiment_id']}&turn=3")

    here.page.locator(".turn.picked").filter(has_text=row["content"]).wait_for()
    here.page.get_by_text("exactly what was sent").or_(here.page.get_by_text("nobody was asked")).first.wait_for()
    here.press("Link")

    here.page.get_by_text(f"conversation={row['experiment_id']}&turn=3").first.wait_for()


def test_keys_go_to_the_next_conversation_and_back(read: Path, tab: Callable[..., Tab]) -> None:
    """`J` and `K`, in the order of the table."""
    ids = list(dict.fromkeys(row["experiment_id"] for row in rows(read)))
    here = tab()
    here.open(f"transcripts?run=read&conversation={ids[0]}")
    here.turns().first.wait_for()
    here.settle()

    here.page.keyboard.press("j")
    here.page.wait_for_url(re.compile(rf"conversation=(?!{ids[0]})"))
    here.turns().first.wait_for()
    here.settle()
    here.page.keyboard.press("k")

    here.page.wait_for_url(re.compile(f"conversation={ids[0]}"))


def test_digits_label_and_take_back_the_turn_that_is_open(read: Path, tab: Callable[..., Tab]) -> None:
    """Each press is on disk; while somebody writes a name a digit is a digit."""
    first = rows(read)[0]["experiment_id"]
    here = tab()
    here.open(f"transcripts?run=read&conversation={first}&turn=2")
    name = here.page.get_by_label("Your name, for labels")
    name.fill("ada1")
    name.press("Enter")
    here.page.locator("header").first.click()
    here.settle()

    here.page.keyboard.press("1")
    here.press("Take it back", presses=False)
    here.settle()
    here.page.keyboard.press("0")
    here.page.get_by_role("button", name=re.compile("Take it back")).wait_for(state="detached")

    said = [json.loads(line) for line in (read / "labels.jsonl").read_bytes().splitlines()]
    given = [(each["label"], each["turn_id"], each["labeller"]) for each in said if each["event"] == "label"]
    assert given == [("interesting", 2, "ada1"), (None, 2, "ada1")]
    assert "turn=2" in here.page.url


def test_two_conversations_lie_side_by_side(read: Path, tab: Callable[..., Tab]) -> None:
    """Each whole, with the turn at which they part."""
    one, other = list(dict.fromkeys(row["experiment_id"] for row in rows(read)))[:2]
    here = tab()
    here.open(f"transcripts?run=read&conversation={one}&with={other}")

    here.page.get_by_role("log").nth(1).wait_for()
    here.settle()

    assert here.turns().count() == 8
    assert here.page.get_by_text(re.compile("First divergence: turn|Both say the same")).count() == 2


def test_a_fork_is_written_where_a_turn_is_read(read: Path, tab: Callable[..., Tab]) -> None:
    """From the turn as it was said; Configure shows what a run would hold then, and nobody was asked."""
    row = next(row for row in rows(read) if row["turn_id"] == 2)
    before = rows(read)
    here = tab()
    here.open(f"transcripts?run=read&conversation={row['experiment_id']}&turn=2")
    here.page.get_by_text("Fork here").click()
    text = here.page.get_by_role("textbox", name="Turn 2 as it is heard from now on")
    text.wait_for()
    assert text.input_value() == row["content"]

    text.fill("I see.")
    here.press("Plan them")
    here.page.get_by_text("Planned: 1 with the change and 1 without it.").wait_for()
    here.page.get_by_text("See what they come to, and start").click()

    here.page.wait_for_url(re.compile("/configure"))
    here.page.get_by_text("2 new").wait_for()
    (asked,) = [json.loads(line)["fork"] for line in (read / "forks.jsonl").read_bytes().splitlines()]
    assert (asked["parent"], asked["edited"], asked["text"]) == (row["trial_id"], 2, "I see.")
    assert rows(read) == before
