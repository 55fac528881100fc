"""A key in the environment and in ``.env``: no piece of it is sent to the browser, whatever is opened or downloaded."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from doors import toml

import colloquia
from colloquia import Experiment
from colloquia.gui.pages.analyze import VIEWS
from colloquia.gui.pages.configure import PARTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from browsing import Pages, Tab
    from playwright.sync_api import Page, Response, WebSocket

pytestmark = pytest.mark.browser

SECRET = "QzXjVkWqYxZgJv8Kp3LmTn"  # noqa: S105 (no key of anybody)
PIECE = 5
"""So many characters in a row are a piece of it."""
WORDS = {
    "models": {"gpt": "openai/gpt-4.1-mini", "echo": "scripted:echo"},
    "scenarios": {"train": "You sit on a train."},
    "num_turns": 2,
    "judges": {"success": {"by": "openai/gpt-4.1-mini", "question": "Did it work?", "labels": ["yes", "no"]}},
}


@pytest.fixture
def keyed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plant a key where the server finds it."""
    monkeypatch.setenv("OPENROUTER_API_KEY", f"sk-or-v1-{SECRET}")


@pytest.fixture
def ran(keyed: None, pages: Pages) -> Pages:
    """Hold a study whose models are scripted, and whose judge and next draft want the key."""
    (pages.desk / ".env").write_text(f"OPENROUTER_API_KEY=sk-or-v1-{SECRET}\n", encoding="utf-8")
    folder = pages.desk / "runs/held"
    colloquia.run(Experiment.from_words({**WORDS, "models": {"echo": "scripted:echo"}}), run_dir=folder)
    (folder / "draft.toml").write_text(toml(WORDS), encoding="utf-8")
    return pages


def listening(page: Page) -> list[bytes]:
    """Return a list that fills with all that a tab is sent."""
    heard: list[bytes] = []

    def hear(payload: str | bytes) -> None:
        heard.append(payload.encode() if isinstance(payload, str) else payload)

    def opened(socket: WebSocket) -> None:
        socket.on("framereceived", hear)

    def answered(response: Response) -> None:
        heard.append(response.url.encode() + repr(response.headers).encode())

    page.on("websocket", opened)
    page.on("response", answered)
    return heard


def pieces(texts: list[bytes]) -> set[str]:
    """Return the pieces of the key that stand in texts."""
    windows = {SECRET[at : at + PIECE] for at in range(len(SECRET) - PIECE + 1)}
    return {window for window in windows if any(window.encode() in text for text in texts)}


def downloaded(here: Tab, label: str) -> list[bytes]:
    """Press a button that downloads, and return the file, or the files of an archive."""
    with here.page.expect_download() as waiting:
        here.press(label)
    data = Path(waiting.value.path()).read_bytes()
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return [data]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [archive.read(name) for name in archive.namelist()]


def test_no_piece_of_a_key_is_sent_to_the_browser(ran: Pages, tab: Callable[..., Tab]) -> None:
    """On any page, part and view, in the dialogs that say whether it was found, and in what can be downloaded."""
    here = tab()
    heard = listening(here.page)
    places = [
        "?run=held",
        *(f"configure?run=held&part={part.replace(' ', '+')}" for part in PARTS),
        "run?run=held",
        *(f"analyze?run=held&view={view.replace(' ', '+')}" for view in VIEWS),
        "transcripts?run=held&q=sk",
        "export?run=held&table=codebook",
    ]
    for place in places:
        here.open(place)
        here.page.get_by_test_id("stMainBlockContainer").wait_for()
        here.settle()
    here.open("configure?run=held")
    here.press("Start run")
    here.page.get_by_role("dialog").wait_for()
    here.settle()
    here.open("analyze?run=held&view=Judges")
    here.press("Ask the judges")
    here.page.get_by_role("dialog").wait_for()
    here.settle()
    here.open("export?run=held")
    here.page.get_by_text("The folder itself").wait_for()
    here.settle()
    for label in ("CSV", "JSON lines", "Report", "Bundle", "journal", "study"):
        heard += downloaded(here, label)

    assert any(re.search(b"OPENROUTER_API_KEY: found", text) for text in heard)
    assert pieces([SECRET.encode()])
    assert pieces(heard) == set()
    assert SECRET not in (ran.desk / "server.log").read_text(encoding="utf-8")
