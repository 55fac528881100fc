"""Memory of the server and of two tabs that show a live run for half an hour.

A run of 600 conversations of 20 turns is answered by the simulated provider at the pace of a slow real one, so that
turns come all the time and the machine is hardly busy. One tab follows the run, one is narrow and stays with a
conversation. Once a minute each tab's garbage is collected and what it holds is read; the server is read as the
system sees it. Flat is: the last third holds at most a tenth more than the middle one, on average.
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from operator import itemgetter
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, Any

from benchmarks.browser import desk

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from playwright.sync_api import Browser, CDPSession, Page

MINUTES = 30.0
EVERY_SECONDS = 60.0
MOST_GROWTH = 0.10
PLAN = "seed = 1\nclock_unit = 25\n"
"""One simulated second takes 25, and a reply about half a minute."""
STUDY = """title = "A long run"
num_turns = 20
iterations = 150
models = { one = "sim/plain", two = "sim/moderated" }
scenarios.train = "You are chatting with someone you have just met on a train."
"""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What was held at one moment."""

    minute: float
    turns: int
    server_mb: float
    heaps_mb: tuple[float, ...]
    """Of each tab, after its garbage was collected."""
    elements: tuple[int, ...]
    """Of each tab's page."""
    tabs_mb: float
    """All processes that show pages, as the system sees them."""


def run(minutes: float, say: Callable[[str], None]) -> dict[str, Any]:
    """Watch a live run for so long, and return what was held."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "study.toml").write_text(STUDY, encoding="utf-8")
        with desk.provider(place, PLAN) as base_url, desk.pages(place) as (url, server), desk.browser() as browser:
            command = [sys.executable, "-m", "colloquia", "run", "study.toml", "--run-dir", "runs/long"]
            with desk.beside([*command, "--base-url", base_url], place, OPENROUTER_API_KEY="sk-simulated") as running:
                samples = _watched(browser, url, server, minutes, say)
                if running.poll() is not None:
                    raise RuntimeError("The run ended before the time was over: raise its iterations.")
    return {"minutes": minutes, "samples": [asdict(sample) for sample in samples], "growth": growth(samples)}


def growth(samples: Sequence[Sample]) -> dict[str, float]:
    """Return by how much the last third holds more than the middle one, as a share, for each thing that is held."""
    third = len(samples) // 3
    middle, last = samples[third : 2 * third], samples[2 * third :]
    tabs = {f"tab {place + 1}": itemgetter(place) for place in range(len(samples[0].heaps_mb))}

    def grown(of: Callable[[Sample], float]) -> float:
        return round(mean(map(of, last)) / mean(map(of, middle)) - 1, 4)

    held = {name: grown(lambda sample, of=of: of(sample.heaps_mb)) for name, of in tabs.items()}
    return {"server": grown(lambda sample: sample.server_mb), **held}


def _watched(browser: Browser, url: str, server: int, minutes: float, say: Callable[[str], None]) -> list[Sample]:
    tabs = [_tab(browser, f"{url}/run?run=long", width) for width in (1280, 420)]
    tabs[1][0].locator(".tile").first.click()  # this one stays with a conversation
    began, samples = time.monotonic(), []
    while time.monotonic() - began < minutes * 60:
        tabs[0][0].wait_for_timeout(min(EVERY_SECONDS, minutes * 6) * 1000)
        samples.append(_sample(browser, tabs, server, (time.monotonic() - began) / 60))
        say(str(samples[-1]))
    return samples


def _tab(browser: Browser, url: str, width: int) -> tuple[Page, CDPSession]:
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    page.set_default_timeout(desk.PATIENCE_SECONDS * 1000)
    page.goto(url)
    page.locator(".tile").first.wait_for()
    page.locator(".stMarkdownBadge", has_text="Running").first.wait_for()
    session = context.new_cdp_session(page)
    session.send("Performance.enable")
    return page, session


def _sample(browser: Browser, tabs: Sequence[tuple[Page, CDPSession]], server: int, minute: float) -> Sample:
    found = [_held(session) for _, session in tabs]
    turns = tabs[0][0].get_by_test_id("stMetric").filter(has_text="Turns").get_by_test_id("stMetricValue").inner_text()
    return Sample(
        minute=round(minute, 1),
        turns=int(turns.split()[0].replace(",", "")),
        server_mb=round(desk.resident_megabytes(server), 1),
        heaps_mb=tuple(round(heap / 1e6, 1) for heap, _ in found),
        elements=tuple(elements for _, elements in found),
        tabs_mb=round(sum(desk.resident_megabytes(pid) for pid in _renderers(browser)), 1),
    )


def _held(session: CDPSession) -> tuple[float, int]:
    session.send("HeapProfiler.collectGarbage")
    found = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
    return float(found["JSHeapUsedSize"]), int(found["Nodes"])


def _renderers(browser: Browser) -> list[int]:
    session = browser.new_browser_cdp_session()
    found = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    return [each["id"] for each in found if each["type"] == "renderer"]
