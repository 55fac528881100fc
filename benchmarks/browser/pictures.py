"""The pictures of the pages in README and documentation, taken anew: real pages of real runs, in a real browser.

A study of embedded and scripted seats is pictured before it is held (*Configure*), while it goes on (*Run*) and when it
has ended (*Transcripts*); *Analyze* shows the round robin with planted effects of ``examples``. No key is needed.
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageOps

import colloquia
from benchmarks.browser import desk
from benchmarks.measured import DOCS
from colloquia.lab.keeping.liveness import last_state
from colloquia.logbook.folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import BrowserContext, Page

EXAMPLE = DOCS.parent / "examples" / "round_robin"
STUDY = """title = "Everyday talk between three small talkers"
num_turns = 6
iterations = 3
sampling = { max_tokens = 60, stop = ["\\n"], seed = "auto", top_p = 0.95, min_p = 0.05, repeat_penalty = 1.1 }

[models]
calm   = { slug = "embedded:smollm2-135m", temperature = 0.6 }
lively = { slug = "embedded:smollm2-135m", temperature = 0.8 }
parrot = "scripted:echo"

[scenarios.salary]
employer  = "This is a transcript of a friendly talk. The employer runs a bakery and can pay 2,400 a month at most."
candidate = "This is a transcript of a friendly talk. The candidate wants to work in a bakery for 2,300 a month."

[scenarios.rent]
landlord = "This is a transcript of a friendly talk. The landlord wants to raise the rent by 8 per cent."
tenant   = "This is a transcript of a friendly talk. The tenant has lived here for nine years and wants no raise."
"""
WIDTH, HEIGHT, TALL = 1240, 800, 1080
SCALE = 2
COLOURS, FRAME = 128, "#d1d9e0"
CHART, METRIC, TURN = "[data-testid=stVegaLiteChart] svg.marks", "[data-testid=stMetric]", ".turn"
PATIENCE_SECONDS = 300


def run(say: Callable[[str], None]) -> None:
    """Take all pictures."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "study.toml").write_text(STUDY, encoding="utf-8")
        shutil.copytree(EXAMPLE, place / "robin")
        for file in _taken(place):
            say(f"taken: {file}")


def _taken(place: Path) -> Iterator[Path]:
    everyday = RunFolder(place / "runs" / "everyday")
    everyday.make()
    (everyday.path / everyday.draft).write_text(STUDY, encoding="utf-8")
    command = [sys.executable, "-m", "colloquia", "run", "study.toml", "--run-dir", str(everyday.path)]
    with desk.pages(place) as (url, _), desk.browser() as browser:
        context = browser.new_context(device_scale_factor=SCALE, color_scheme="light")
        context.set_default_timeout(PATIENCE_SECONDS * 1000)
        yield _picture(context, f"{url}/configure?run=everyday", METRIC, "configure")
        with desk.beside(command, place) as process:
            _wait(lambda: last_state(everyday).values.get("finished", 0) >= 20 or process.poll() is not None)
            yield _picture(context, f"{url}/run?run=everyday", TURN, "run")
            process.wait()
        talk = colloquia.load(everyday.path).conversations.query("model_1 == 'calm' and model_2 == 'lively'")
        chosen = talk["experiment_id"].iloc[0]
        yield _picture(context, f"{url}/transcripts?run=everyday&conversation={chosen}&turn=2", TURN, "transcripts")
        colloquia.run(place / "robin" / "study.toml", run_dir=place / "runs" / "round-robin", allow_code=True)
        yield _picture(context, f"{url}/analyze?run=round-robin&view=Pairs+of+models", CHART, "analyze", height=TALL)


def _wait(holds: Callable[[], bool]) -> None:
    while not holds():
        time.sleep(0.5)


def _picture(context: BrowserContext, url: str, what: str, name: str, *, height: int = HEIGHT) -> Path:
    page = context.new_page()
    page.set_viewport_size({"width": WIDTH, "height": height})
    page.goto(url)
    page.locator(what).first.wait_for()
    page.locator("[data-test-script-state=notRunning]").wait_for()
    _settle(page)
    file = DOCS / "images" / f"{name}.png"
    framed = ImageOps.expand(Image.open(io.BytesIO(page.screenshot())).convert("RGB"), border=SCALE, fill=FRAME)
    framed.quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)
    page.close()
    return file


def _settle(page: Page) -> None:
    """Wait until fonts are there and nothing moves."""
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(2_000)
