"""What a run survives: a closed tab, a refresh, a killed server; and what two tabs and a command line share."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from doors import log_lines, toml
from openai_server import running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from browsing import Pages, Tab
    from openai_server import Served

pytestmark = pytest.mark.browser


@pytest.fixture
def served() -> Iterator[Served]:
    """Return a model server of this machine that takes its time."""
    with running(delay_seconds=0.3) as served:
        yield served


@pytest.fixture
def begun(pages: Pages, served: Served) -> Iterator[Path]:
    """Begin a run that outlasts a busy machine from the command line, and return its folder."""
    study = pages.desk / "study.toml"
    words = {
        "providers": {"mine": {"base_url": served.url, "price": 0}},
        "models": {"one": "mine:one"},
        "scenarios": {"train": "You sit on a train."},
        "num_turns": 40,
        "iterations": 200,
    }
    study.write_text(toml(words), encoding="utf-8")
    command = [sys.executable, "-m", "colloquia", "run", "--run-dir", "runs/pilot", str(study)]
    with subprocess.Popen(
        command, cwd=pages.desk, env=_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        yield pages.desk / "runs/pilot"
        process.kill()


def _environment() -> dict[str, str]:
    from colloquia.lab.equipping import serving

    return serving.environment()


def shown(here: Tab, folder: Path) -> None:
    """Go to the page of a run and wait until it is shown as running."""
    while not (folder / "state.json").is_file():
        here.page.wait_for_timeout(100)
    here.open(f"run?run={folder.name}")
    here.state("Running")


def grown(here: Tab) -> None:
    """Return once the figure of turns has changed."""
    before = re.escape(here.figure("Turns"))
    here.page.get_by_test_id("stMetric").filter(has_text="Turns").filter(
        has_not_text=re.compile(rf"Turns\s*{before}")
    ).first.wait_for()


def test_a_run_of_the_command_line_is_paused_and_stopped_from_a_tab(begun: Path, tab: Callable[..., Tab]) -> None:
    """Whoever began it."""
    here = tab()
    shown(here, begun)
    grown(here)

    here.press("Pause")
    here.state("Paused")
    here.press("Stop run")
    here.state("Stopped")

    said = [(row["trial_id"], row["turn_id"]) for row in log_lines(begun)]
    assert len(said) == len(set(said)) > 0


def test_two_tabs_show_and_steer_one_run(begun: Path, tab: Callable[..., Tab]) -> None:
    """What one presses the other shows."""
    one, other = tab(), tab()
    shown(one, begun)
    shown(other, begun)

    one.press("Pause")
    other.state("Paused")
    other.press("Resume")
    one.state("Running")


def test_a_refresh_keeps_the_run_and_the_place(begun: Path, tab: Callable[..., Tab]) -> None:
    """The URL says where one is."""
    here = tab()
    shown(here, begun)
    here.page.locator(".tile").nth(2).click()  # tiles change places, so which it was is read afterwards
    here.page.wait_for_url(re.compile("conversation="))
    here.page.wait_for_timeout(2500)
    chosen = here.page.locator(".tile.chosen .name").inner_text()

    here.page.reload()
    here.state("Running")

    here.page.locator(".tile.chosen .name", has_text=chosen).wait_for()
    assert "run=pilot" in here.page.url


def test_a_killed_server_leaves_the_run_going(begun: Path, pages: Pages, tab: Callable[..., Tab]) -> None:
    """A server that is started again shows it at the same URL, further than before; the open tab finds it by itself."""
    here = tab()
    shown(here, begun)
    grown(here)

    pages.kill()
    there = len(log_lines(begun))
    while len(log_lines(begun)) <= there:
        here.page.wait_for_timeout(100)
    pages.start()

    late = tab()
    shown(late, begun)
    here.state("Running")
    grown(here)


def test_a_run_goes_on_with_no_tab_open(begun: Path, tab: Callable[..., Tab]) -> None:
    """A link opens it again, further than before."""
    here = tab()
    shown(here, begun)
    url = here.page.url
    here.page.close()
    there = len(log_lines(begun))
    late = tab()
    while len(log_lines(begun)) <= there:
        late.page.wait_for_timeout(100)

    late.page.goto(url)

    late.state("Running")


def test_a_key_pressed_while_somebody_types_pauses_nothing(begun: Path, tab: Callable[..., Tab]) -> None:
    """`P` pauses on the page, and is a letter in a field."""
    here = tab()
    shown(here, begun)
    here.page.get_by_test_id("stDataFrame").first.hover()
    here.page.get_by_role("button", name="Search").first.click()
    here.page.keyboard.type("pp")
    assert here.page.get_by_role("button", name=re.compile("Pause")).count() == 1

    here.page.keyboard.press("Escape")
    here.page.locator(".stMarkdownBadge").first.click()
    here.page.keyboard.press("p")

    here.state("Paused")
