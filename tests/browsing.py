"""The pages in a real browser: a server on a free loopback port that ends by itself, and Chromium without a window.

Chromium is found on the path, or is Playwright's own where that was installed (`make browser` installs one). Where
there is none the tests are skipped with that hint, and fail where CI=true.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from doors import ROOT
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Locator, Page, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
HINT = "no Chromium on the path: `make browser` installs one"
HEADER, ROW, BOX = 36, 35, 16
"""Pixels: of a table's header, of each of its rows, and from its left to the middle of the boxes that choose one."""
PATIENCE_MS = 60_000
"""A busy machine is no bug."""


def chromium(playwright: Playwright) -> str | None:
    """Return the path of a browser, None where there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    own = playwright.chromium.executable_path
    return found or (own if Path(own).exists() else None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return the browser that the tests of a file share; each opens tabs of its own.

    It ends with its file: while Playwright is there an event loop runs in this thread, which other tests want.
    """
    with sync_playwright() as playwright:
        path = chromium(playwright)
        if path is None:
            (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(HINT)
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS), headless=True)
        yield browser
        browser.close()


@dataclass(kw_only=True)
class Pages:
    """A server of the pages, in a folder of its own."""

    desk: Path
    port: int
    command: list[str] = field(default_factory=list)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Serve, and return once pages can be asked for."""
        with (self.desk / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.desk,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + PATIENCE_MS / 1000
        while not self.answers():
            assert self.process.poll() is None, (self.desk / "server.log").read_text(encoding="utf-8")
            assert time.monotonic() < deadline
            time.sleep(0.1)

    def answers(self) -> bool:
        """Tell whether it is there."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5):
                return True
        except OSError:
            return False

    def kill(self) -> None:
        """End it without a chance to say goodbye."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(timeout=30)


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port: int = server.getsockname()[1]
        return port


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Pages]:
    """Serve the pages in an empty folder; runs that were begun there end with the test."""
    from colloquia.lab.equipping import serving

    port = free_port()
    served = Pages(desk=tmp_path, port=port, command=serving.command(port=port, opens_browser=False))
    served.start()
    yield served
    served.kill()
    end_runs(tmp_path)


def end_runs(desk: Path) -> None:
    """End what still runs in the folders of a desk."""
    from colloquia.logbook.folder import RunFolder

    for holder in desk.rglob("lock.json"):
        found = RunFolder(holder.parent).holder()
        if found is not None:
            try:
                os.kill(found.pid, 9)
            except ProcessLookupError:
                continue


@dataclass(kw_only=True)
class Tab:
    """One tab, and what it asked for."""

    page: Page
    pages: Pages
    asked: list[str] = field(default_factory=list)

    def open(self, path: str = "") -> None:
        """Go to a page."""
        self.page.goto(f"{self.pages.url}/{path}")

    def state(self, word: str) -> None:
        """Return once the run is in this state."""
        self.page.locator(".stMarkdownBadge", has_text=re.compile(rf"\b{word}$")).first.wait_for()

    def press(self, label: str, *, presses: bool = True) -> None:
        """Press a button, or only wait for it."""
        button = self.page.get_by_role("button", name=re.compile(rf"^(\w+ )?{label}\b")).first
        button.click() if presses else button.wait_for()

    def go(self, title: str) -> None:
        """Go to a page by the navigation."""
        self.page.get_by_role("link", name=re.compile(rf"\b{title}$")).first.click()
        self.page.get_by_test_id("stHeading").filter(has_text=title).first.wait_for()
        self.settle()

    def settle(self) -> None:
        """Return once the page's script has ended: what it shows then stays."""
        self.page.locator("[data-test-script-state=notRunning]").wait_for()

    def choose_row(self, place: int) -> None:
        """Choose a row of the table, counted from 0, by the box at its beginning."""
        table = self.page.get_by_test_id("stDataFrame").first
        table.locator("canvas").first.wait_for()
        self.settle()
        self.page.wait_for_timeout(500)  # the table draws itself once more when it is told how wide it is
        table.click(position={"x": BOX, "y": HEADER + ROW * (place + 0.5)})

    def figure(self, label: str) -> str:
        """Return a figure of the page."""
        metric = self.page.get_by_test_id("stMetric").filter(has_text=label)
        return metric.get_by_test_id("stMetricValue").inner_text()

    def turns(self) -> Locator:
        """Return the turns in the viewer."""
        return self.page.locator(".turn")

    def elsewhere(self) -> list[str]:
        """Return the addresses that were asked for and are not the server's."""
        ours = (self.pages.url, self.pages.url.replace("http", "ws"), "data:", "blob:")
        return [url for url in self.asked if not url.startswith(ours)]


@pytest.fixture
def tab(browser: Browser, pages: Pages) -> Iterator[Callable[..., Tab]]:
    """Return a function that opens a tab; keywords are those of a browser context."""
    contexts = []

    def opened(**how: Any) -> Tab:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **how})
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        found = Tab(page=context.new_page(), pages=pages)
        found.page.on("request", lambda request: found.asked.append(request.url))
        found.page.on("websocket", lambda socket: found.asked.append(socket.url))
        return found

    yield opened
    for context in contexts:
        context.close()
