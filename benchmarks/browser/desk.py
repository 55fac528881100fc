"""A desk to measure at: the pages on a free loopback port, a simulated provider, a real browser; all end with it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from colloquia.lab.equipping import serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
PATIENCE_SECONDS = 60


@contextmanager
def pages(desk: Path) -> Iterator[tuple[str, int]]:
    """Serve the pages at a desk while the block runs; give their address and the server's process id."""
    port = _free_port()
    with _serving(serving.command(port=port, opens_browser=False), desk, port) as process:
        yield f"http://127.0.0.1:{port}", process.pid


@contextmanager
def provider(desk: Path, plan: str) -> Iterator[str]:
    """Serve the simulated provider as ``plan`` says while the block runs; give its address."""
    port = _free_port()
    (desk / "faults.toml").write_text(plan, encoding="utf-8")
    command = [sys.executable, "-m", "colloquia", "serve-fake", "--port", str(port), "--faults", "faults.toml"]
    with _serving(command, desk, port):
        yield f"http://127.0.0.1:{port}/api/v1"


@contextmanager
def browser() -> Iterator[Browser]:
    """Open a browser without a window while the block runs."""
    with sync_playwright() as playwright:
        path = next(filter(None, map(shutil.which, NAMES)), None)
        found = playwright.chromium.launch(executable_path=path, args=list(FLAGS), headless=True)
        yield found
        found.close()


@contextmanager
def beside(command: Sequence[str], desk: Path, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command at a desk while the block runs; what it prints goes into ``desk/output.txt``."""
    environment = {**serving.environment(), **variables}
    with (
        (desk / "output.txt").open("ab") as output,
        subprocess.Popen(  # noqa: S603 - the project's own commands
            command, cwd=desk, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        ) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


def resident_megabytes(pid: int) -> float:
    """Return how much memory of the machine a process holds."""
    pages_held = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages_held * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextmanager
def _serving(command: Sequence[str], desk: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    with beside(command, desk) as process:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((desk / "output.txt").read_text(encoding="utf-8"))
            time.sleep(0.1)
        yield process


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            return True
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port: int = server.getsockname()[1]
        return port
