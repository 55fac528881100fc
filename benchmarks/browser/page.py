"""What the measurements came to: one JSON file each under ``docs/browser``, and the page made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks import measured
from benchmarks.browser.loading import MOST_SECONDS, MOST_TICK_MS, TURNS
from benchmarks.browser.soak import MOST_GROWTH

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def keep(part: str, command: str, found: dict[str, Any]) -> str:
    """Write the file of a measurement, and return its name."""
    return measured.keep("browser", part, command, found)


def write() -> str:
    """Write the page anew from the files of all measurements that were made, and return its name."""
    (measured.DOCS / "browser.md").write_text(text(measured.kept("browser")), encoding="utf-8")
    return "docs/browser.md"


def text(kept: dict[str, dict[str, Any]]) -> str:
    """Return the page."""
    sections = {"loading": _loading, "soak": _soak}
    lines = ["# What the pages cost", "", "Measured in a real browser, never estimated."]
    for part, section in sections.items():
        if found := kept.get(part):
            lines += ["", *section(found), "", _source(found)]
    return "\n".join(lines) + "\n"


def holds(part: str, found: dict[str, Any]) -> bool:
    """Tell whether a measurement is within what is promised."""
    if part == "soak":
        return all(share <= MOST_GROWTH for share in found["growth"].values())
    slow = [page for page in found["pages"] if page["seconds"] > MOST_SECONDS]
    return not slow and found["tick"]["ms"] <= MOST_TICK_MS


def _source(found: dict[str, Any]) -> str:
    return f"`{found['command']}`, {found['date']}, commit {found['commit']}; {found['machine']}."


def _loading(found: dict[str, Any]) -> list[str]:
    tick = found["tick"]
    rows = [
        (page["page"], f"{page['seconds']:.2f}", f"{page['cpu']:.2f}", f"{page['first']:.2f}")
        for page in found["pages"]
    ]
    return [
        f"## {TURNS:,} turns on disk",
        "",
        (
            f"Promised: every page can be used within {MOST_SECONDS:g} s, and a look at a live run costs the server at "
            f"most {MOST_TICK_MS:g} ms. The load of the machine was {found['load']:g} meanwhile: above the number of "
            "its cores seconds are longer than on a quiet one, CPU seconds are not. The first time, the server has "
            "just begun and the browser has none of the scripts; after that a page is opened in a new tab, three times."
        ),
        "",
        *_table(("page", "seconds, the slowest of three", "CPU seconds of the server", "seconds the first time"), rows),
        "",
        (
            f"A tick of the live page costs {tick['ms']:.1f} ms of CPU: that of the whole server, shared among "
            f"{tick['ticks']} ticks in which {tick['turns']} turns came."
        ),
    ]


def _soak(found: dict[str, Any]) -> list[str]:
    samples = found["samples"]
    shown = samples[:: max(len(samples) // 10, 1)]
    shown += [] if shown[-1] is samples[-1] else [samples[-1]]
    rows = [
        (f"{each['minute']:.0f}", f"{each['turns']:,}", each["server_mb"], *each["heaps_mb"], each["tabs_mb"])
        for each in shown
    ]
    grown = ", ".join(f"{name} {share:+.1%}" for name, share in found["growth"].items())
    return [
        f"## {found['minutes']:g} minutes of a live run",
        "",
        (
            f"Promised: memory is flat. Found, from the middle third of the time to the last: {grown} (at most "
            f"{MOST_GROWTH:+.0%} counts as flat). Tabs after their garbage was collected; one follows the run, one, "
            "420 points wide, stays with a conversation."
        ),
        "",
        *_table(("minute", "turns", "server, MB", "tab 1, MB", "tab 2, MB", "processes of both tabs, MB"), rows),
    ]


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    return [f"| {' | '.join(map(str, row))} |" for row in (head, ["---"] * len(head), *rows)]
