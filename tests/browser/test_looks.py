"""How pages look and what they ask for: hostile text shown exactly, light and dark, a narrow screen, a long log."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

import colloquia
from colloquia import Experiment
from colloquia.lab.watching.following import Following
from colloquia.logbook.folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Callable

    from browsing import Pages, Tab

pytestmark = pytest.mark.browser

HOSTILE = (
    "![a](http://beacon.example/1.png)",
    "<img src=http://beacon.example/2.png onerror=fetch('http://beacon.example/3')>",
    "<script>fetch('http://beacon.example/4')</script> [click](javascript:alert(1)) $x^2$ :material/home: :smile:",
    '=HYPERLINK("http://beacon.example/5") \x1b[31mred\x1b[0m \u202eright to left',
    "<style>@import url(http://beacon.example/6.css)</style>\ttab  two blanks  # no heading",
)
BEACON = HOSTILE[0]


@pytest.fixture
def hostile(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run a study whose every name, text and line is hostile, and return the name of its folder."""
    monkeypatch.chdir(pages.desk)
    (pages.desk / "lines.txt").write_text("\n".join(HOSTILE) + "\n", encoding="utf-8")
    study = Experiment.from_words(
        {
            "title": f"{BEACON} title",
            "models": {f"{BEACON} model": "scripted:lines lines.txt"},
            "scenarios": {f"{BEACON} scenario": f"{BEACON} prompt"},
            "num_turns": 2 * len(HOSTILE),
        }
    )
    colloquia.run(study, run_dir=pages.desk / "runs/hostile")
    return "hostile"


def test_hostile_text_is_shown_exactly_and_asks_for_nothing(hostile: str, tab: Callable[..., Tab]) -> None:
    """On every page; whatever a model says, the browser talks to this machine only."""
    here = tab()
    here.open(f"run?run={hostile}")
    here.turns().nth(2 * len(HOSTILE) - 1).wait_for(state="attached")
    texts = here.turns().locator(".text").all_text_contents()

    for name in ("", "configure", "analyze", "transcripts", "export"):
        here.open(f"{name}?run={hostile}")
        here.page.get_by_test_id("stMainBlockContainer").get_by_text("hostile").first.wait_for()
        here.page.wait_for_timeout(1500)

    assert set(texts) == set(HOSTILE)
    assert here.elsewhere() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_in_light_and_dark(hostile: str, tab: Callable[..., Tab], scheme: str) -> None:
    """At least 4.5 to 1 between each text of the viewer and the wall and what it stands on."""
    here = tab(color_scheme=scheme)
    here.open(f"run?run={hostile}")
    here.turns().first.wait_for()

    assert here.page.evaluate(CONTRAST) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_whatever_is_written_on_a_page_can_be_read(hostile: str, tab: Callable[..., Tab], scheme: str) -> None:
    """What is chosen, captions, keys on buttons, and axes of charts too."""
    here = tab(color_scheme=scheme)
    for name in ("?", "configure?part=Parameters&", "analyze?view=Compare&", "transcripts?", "export?"):
        here.open(f"{name}run={hostile}")
        here.page.get_by_test_id("stMainBlockContainer").wait_for()
        here.settle()

        assert here.page.evaluate(CONTRAST) == [], name


def test_a_narrow_screen_has_the_transcript_before_the_labels(hostile: str, tab: Callable[..., Tab]) -> None:
    """And after the table; what is known of the turn that is open comes last."""
    conversation = colloquia.load(f"runs/{hostile}").turns["experiment_id"][0]
    here = tab(viewport={"width": 420, "height": 900})
    here.open(f"transcripts?run={hostile}&conversation={conversation}&turn=2")
    here.page.get_by_text("What this speaker saw").wait_for()
    here.settle()
    parts = [
        here.page.get_by_test_id("stDataFrame").first,
        here.page.get_by_role("log"),
        here.page.get_by_role("heading", name="Label turn 2"),
        here.page.get_by_text("What this speaker saw"),
    ]

    tops = [box["y"] for part in parts if (box := part.bounding_box())]

    assert len(tops) == len(parts)
    assert tops == sorted(tops)
    assert here.page.evaluate("document.documentElement.scrollWidth") <= 420


def test_a_narrow_screen_scrolls_down_and_never_sideways(hostile: str, tab: Callable[..., Tab]) -> None:
    """At 420 pixels the wall stands above the transcript."""
    here = tab(viewport={"width": 420, "height": 900})
    for name in ("", f"run?run={hostile}"):
        here.open(name)
        here.page.get_by_test_id("stHeading").first.wait_for()
        here.page.wait_for_timeout(1000)
        assert here.page.evaluate("document.documentElement.scrollWidth") <= 420
    wall, turns = here.page.locator(".wall").bounding_box(), here.page.get_by_role("log").bounding_box()

    assert wall is not None
    assert turns is not None
    assert wall["y"] + wall["height"] <= turns["y"]


def test_a_wide_chart_scrolls_within_its_place_on_a_narrow_screen(pages: Pages, tab: Callable[..., Tab]) -> None:
    """The page about it never scrolls sideways, and the whole chart can be reached."""
    names = {f"model-{number}": "scripted:random" for number in range(7)}
    study = Experiment.from_words({"models": names, "scenarios": {"rent": "Talk."}, "num_turns": 2})
    colloquia.run(study, run_dir=pages.desk / "runs/many")
    here = tab(viewport={"width": 390, "height": 900})
    for name in ("analyze?view=Pairs+of+models&", "analyze?view=Report&", "configure?part=Design+matrix&"):
        here.open(f"{name}run=many")
        chart = here.page.get_by_test_id("stVegaLiteChart").first
        chart.wait_for()
        here.settle()

        assert here.page.get_by_test_id("stMain").evaluate("place => place.scrollWidth") <= 390, name
        assert chart.evaluate("place => place.scrollWidth > place.clientWidth"), name


def test_a_narrow_screen_has_every_choice_in_sight(hostile: str, tab: Callable[..., Tab]) -> None:
    """Rows of choices break, and none scrolls out of it."""
    here = tab(viewport={"width": 420, "height": 900})
    for name in ("configure?part=Design+matrix&", "analyze?view=Pairs+of+models&", "export?"):
        here.open(f"{name}run={hostile}")
        here.page.get_by_role("radio").first.wait_for()
        here.settle()
        ends = here.page.get_by_role("radio").evaluate_all("all => all.map((one) => one.getBoundingClientRect().right)")
        assert len(ends) > 2, name
        assert max(ends) <= 420, name


def held(pages: Pages) -> None:
    """Hold sixty short conversations in ``runs/many``."""
    study = Experiment.from_words(
        {"models": {"a": "scripted:random"}, "scenarios": {"s": ""}, "num_turns": 2, "iterations": 60}
    )
    colloquia.run(study, run_dir=pages.desk / "runs/many")


def test_the_table_above_a_transcript_is_low_on_a_narrow_screen(pages: Pages, tab: Callable[..., Tab]) -> None:
    """And as high as the transcript that it lies beside on a wide one."""
    held(pages)
    last = colloquia.load(pages.desk / "runs/many").turns["experiment_id"].iloc[-1]
    heights = {}
    for width in (420, 1280):
        here = tab(viewport={"width": width, "height": 900})
        here.open(f"transcripts?run=many&conversation={last}")
        here.turns().first.wait_for()
        here.settle()
        table = here.page.locator(".st-key-conversations").bounding_box()
        log = here.page.get_by_role("log").bounding_box()
        assert table
        assert log
        heights[width] = table["height"]
        assert (table["y"] + table["height"] <= log["y"]) == (width == 420)

    assert heights[420] < 320
    assert heights[1280] > 600


def test_a_conversation_that_was_chosen_is_in_sight_on_the_wall(pages: Pages, tab: Callable[..., Tab]) -> None:
    """However many stand before it; the page itself stays where it is."""
    held(pages)
    last = Following(RunFolder(pages.desk / "runs/many")).look().courses[-1]
    here = tab()

    here.open(f"run?run=many&conversation={last.experiment_id}")
    tile = here.page.locator(".tile.chosen")
    tile.wait_for()
    here.settle()

    inner, outer = tile.bounding_box(), here.page.locator(".wall").bounding_box()
    assert inner
    assert outer
    assert outer["y"] - 1 <= inner["y"]
    assert inner["y"] + inner["height"] <= outer["y"] + outer["height"] + 1
    assert here.page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") == 0


def test_ten_thousand_turns_are_there_soon(pages: Pages, tab: Callable[..., Tab]) -> None:
    """Pages are usable within two seconds, in numbers that a busy machine does not make fail."""
    study = Experiment.from_words(
        {"models": {"a": "scripted:random", "b": "scripted:random"}, "scenarios": {"s": ""}, "num_turns": 100,
         "iterations": 25}
    )  # fmt: skip
    colloquia.run(study, run_dir=pages.desk / "runs/long")
    here = tab()
    here.open("run?run=long")
    here.turns().first.wait_for()

    began = time.monotonic()
    here.page.reload()
    here.turns().first.wait_for()
    took = time.monotonic() - began

    assert here.figure("Turns") == "10,000 of 10,000"
    print(f"10,000 turns on disk: shown again after {took:.2f} s")  # noqa: T201 (a figure for whoever runs this)


CONTRAST = """() => {
  const bright = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => ((c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");
  const paint = (colours, alpha = 1) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of colours) {
      canvas.globalAlpha = colour === colours.at(-1) ? alpha : 1;
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
    }
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const up = (node) => node.parentElement ?? node.getRootNode().host;
  const opacity = (node) => {
    let found = 1;
    for (let at = node; at; at = up(at)) found *= Number(getComputedStyle(at).opacity);
    return found;
  };
  const behind = (node) => {
    const found = [];
    for (let at = node; at; at = up(at)) {
      found.unshift(getComputedStyle(at).backgroundColor);
    }
    return found;
  };
  const isRead = (node) => {
    const said = [...node.childNodes].some((part) => part.nodeType === 3 && part.textContent.trim());
    const { width, height } = node.getBoundingClientRect();
    const isSeen = width && height && opacity(node) && getComputedStyle(node).visibility === "visible";
    return said && isSeen && !node.closest(PASSED);
  };
  const PASSED = "[disabled], [aria-disabled=true], script, style, canvas, mark, rect, .role-mark";
  const shadows = [...document.querySelectorAll("*")].filter((node) => node.shadowRoot);
  const roots = [document, ...shadows.map((node) => node.shadowRoot)];
  const texts = roots.flatMap((root) => [...root.querySelectorAll("*")]).filter(isRead);
  const weak = texts.map((node) => {
    const style = getComputedStyle(node), ground = behind(node);
    const colour = node instanceof SVGElement ? style.fill : style.color;
    const [one, other] = [bright(paint(ground)), bright(paint([...ground, colour], opacity(node)))];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    return { ratio, what: `${ratio.toFixed(2)} ${node.tagName} ${node.textContent.trim().slice(0, 40)}` };
  }).filter(({ ratio }) => ratio < 4.5).map(({ what }) => what);
  return texts.length ? [...new Set(weak)] : ["nothing was looked at"];
}"""
"""Texts whose contrast is under 4.5, composited as the browser paints them; what is off and marks of charts apart."""
