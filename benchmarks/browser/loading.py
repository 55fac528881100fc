"""How soon each page can be used with 10,000 turns on disk, and what a look at a live run costs the server.

500 conversations of 20 turns, said by the simulated provider, lie in one run folder. Each page is opened in a tab of
its own and counts as usable once what it is for is there and its script has ended: first right after a server began,
when modules are loaded and the log is read and the browser has none of the scripts yet, then three times more in new
tabs of that browser, of which the slowest counts. For the tick, more
iterations are run into the same folder while a tab follows; the CPU of the whole server is shared among the
refreshings that the tab asked for.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.browser import desk
from colloquia.lab.keeping.liveness import last_state
from colloquia.logbook.folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, BrowserContext

TURNS = 10_000
MOST_SECONDS = 2.0
MOST_TICK_MS = 50.0
TIMES = 3
TICK_SECONDS = 60
STUDY = """title = "Ten thousand turns"
num_turns = 20
iterations = {iterations}
seed = 1
models = {{ one = "sim/plain", two = "sim/moderated" }}
scenarios.train = "You are chatting with someone you have just met on a train."
"""
CHART, TABLE = "[data-testid=stVegaLiteChart] svg.marks", "[data-testid=stDataFrame]"
PAGES = {
    "start": ("start", TABLE),
    "configure": ("configure?run=long", TABLE),
    "run": ("run?run=long", ".turn"),
    "analyze: overview": ("analyze?run=long", CHART),
    "analyze: compare": ("analyze?run=long&view=Compare", CHART),
    "analyze: pairs of models": ("analyze?run=long&view=Pairs+of+models", CHART),
    "analyze: turn by turn": ("analyze?run=long&view=Turn+by+turn", CHART),
    "analyze: latency and tokens": ("analyze?run=long&view=Latency+and+tokens", CHART),
    "transcripts": ("transcripts?run=long", TABLE),
    "transcripts: a search": ("transcripts?run=long&q=sentence", TABLE),
    "export": ("export?run=long", TABLE),
}
"""What is opened, and what it is for."""


def run(say: Callable[[str], None]) -> dict[str, Any]:
    """Return the seconds of each page and the milliseconds of a tick."""
    with tempfile.TemporaryDirectory() as folder, desk.browser() as browser:
        place = Path(folder)
        with desk.provider(place, "seed = 1\nclock_unit = 0.001\n") as base_url:
            _turns(place, base_url, iterations=TURNS // 20 // 4)
        say(f"{TURNS:,} turns are there")
        found = [_loaded(browser, place, name, say) for name in PAGES]
        with desk.pages(place) as (url, server), desk.provider(place, "seed = 1\nclock_unit = 10\n") as base_url:
            tick = _tick(browser, place, url, server, base_url)
    say(str(tick))
    return {"pages": found, "tick": tick, "load": round(os.getloadavg()[1], 1)}


def _turns(place: Path, base_url: str, *, iterations: int) -> None:
    """Run so many iterations into the folder, all of them."""
    with desk.beside(_command(place, base_url, iterations), place, OPENROUTER_API_KEY="sk-simulated") as process:
        if process.wait():
            raise RuntimeError((place / "output.txt").read_text(encoding="utf-8")[-2000:])


def _command(place: Path, base_url: str, iterations: int) -> list[str]:
    (place / "study.toml").write_text(STUDY.format(iterations=iterations), encoding="utf-8")
    command = [sys.executable, "-m", "colloquia", "run", "study.toml", "--run-dir", "runs/long"]
    return [*command, "--base-url", base_url]


def _loaded(browser: Browser, place: Path, name: str, say: Callable[[str], None]) -> dict[str, Any]:
    with desk.pages(place) as (url, server):
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        first = _seconds(context, f"{url}/{PAGES[name][0]}", PAGES[name][1])
        before = _cpu_seconds(server)
        again = [_seconds(context, f"{url}/{PAGES[name][0]}", PAGES[name][1]) for _ in range(TIMES)]
        cpu = (_cpu_seconds(server) - before) / TIMES
        context.close()
    found = {"page": name, "seconds": round(max(again), 2), "first": round(first, 2), "cpu": round(cpu, 2)}
    say(str(found))
    return found


def _seconds(context: BrowserContext, url: str, what: str) -> float:
    page = context.new_page()
    page.set_default_timeout(desk.PATIENCE_SECONDS * 1000)
    began = time.monotonic()
    page.goto(url)
    page.locator(what).first.wait_for()
    page.locator("[data-test-script-state=notRunning]").wait_for()
    took = time.monotonic() - began
    page.close()
    return took


def _tick(browser: Browser, place: Path, url: str, server: int, base_url: str) -> dict[str, Any]:
    """Return what a refreshing costs while turns come."""
    command = _command(place, base_url, iterations=2 * TURNS // 20 // 4)
    with desk.beside(command, place, OPENROUTER_API_KEY="sk-simulated"):
        while not last_state(RunFolder(place / "runs" / "long")).is_live:
            time.sleep(0.1)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(desk.PATIENCE_SECONDS * 1000)
        asked: list[float] = []
        page.on("websocket", lambda socket: socket.on("framesent", lambda _: asked.append(time.monotonic())))
        page.goto(f"{url}/run?run=long")
        page.locator(".stMarkdownBadge", has_text="Running").first.wait_for()
        page.wait_for_timeout(20_000)
        before, seconds, said = len(asked), _cpu_seconds(server), _lines(place)
        page.wait_for_timeout(TICK_SECONDS * 1000)
        ticks, spent = len(asked) - before, _cpu_seconds(server) - seconds
        return {"ms": round(1000 * spent / ticks, 1), "ticks": ticks, "turns": _lines(place) - said}


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _lines(place: Path) -> int:
    return sum(1 for _ in _log(place))


def _log(place: Path) -> Iterator[bytes]:
    with (place / "runs" / "long" / "experiment_log.jsonl").open("rb") as file:
        yield from file
