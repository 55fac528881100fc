"""The bind address, by the sockets that this machine really listens on: loopback in every way of starting."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browsing import free_port
from doors import ROOT

from colloquia.lab.equipping import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

LISTENS = "0A"
LOOPBACK = ("0100007F", "00000000000000000000000001000000")
"""127.0.0.1 and ::1 as the system writes them."""
PATIENCE_SECONDS = 60
WAYS: dict[str, tuple[list[str], str]] = {
    "colloquia gui": (["-m", "colloquia", "gui", "--no-browser", "--port", "{port}"], "."),
    "streamlit run gui_app.py in its folder": (
        ["-m", "streamlit", "run", "gui_app.py", "--server.headless=true", "--server.port={port}"],
        str(ROOT),
    ),
    "streamlit run /path/to/gui_app.py from elsewhere": (
        ["-m", "streamlit", "run", str(ROOT / "gui_app.py"), "--server.headless=true", "--server.port={port}"],
        ".",
    ),
}
"""What is given to Python, and where."""

pytestmark = pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="only Linux says who listens in a file")


def addresses(port: int) -> set[str]:
    """Return the addresses at which somebody listens on a port."""
    found = set()
    for name in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{name}").read_text(encoding="ascii").splitlines()[1:]:
            address, at = line.split()[1].split(":")
            if int(at, 16) == port and line.split()[3] == LISTENS:
                found.add(address)
    return found


@pytest.fixture(params=WAYS.values(), ids=WAYS.keys())
def listening(request: pytest.FixtureRequest, desk: Path) -> Iterator[set[str]]:
    """Serve the pages in one of the ways, and return the addresses at which they listen."""
    command, where = request.param
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STREAMLIT_")}
    with subprocess.Popen(
        [sys.executable, *(part.format(port=port) for part in command)],
        cwd=desk / where,
        env={**environment, "PYTHONPATH": serving.environment()["PYTHONPATH"]},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (found := addresses(port)) and server.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        yield found
        server.terminate()
        server.wait(timeout=PATIENCE_SECONDS)
        assert not addresses(port), "a server that was told to end listens still"


@pytest.mark.slow
def test_only_this_machine_is_listened_to(listening: set[str]) -> None:
    """Whatever the folder in which it was started, and whatever is said beside it."""
    assert listening
    assert listening <= set(LOOPBACK)
