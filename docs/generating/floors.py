"""The map of the floors, drawn from the contract that import-linter holds."""

from __future__ import annotations

import tomllib
from html import escape
from pathlib import Path

HOUSE = Path(__file__).parents[2]
TOLD = {
    "cli": "commands", "gui": "pages in the browser", "lab": "puts the pieces together",
    "figures": "what a notebook draws", "running": "many talks",
    "analysis": "many transcripts", "providers": "models", "logbook": "disk", "settings": "environment",
    "studies": "study files", "design": "study, factors, pairing, trials; pure",
    "conversation": "one talk: views, procedures, transcript; pure", "errors": "what can go wrong",
    "extras": "what can be installed besides", "version": "its number", "struct": "what a turn is made of",
    "garbage": "when it is looked for",
    "places": "where in a study something stands", "own_code": "Python of the researcher",
    "plugins": "what installed packages bring",
}  # fmt: skip
WIDTH, HEIGHT, GAP = 720, 46, 10


def picture() -> str:
    """Return the map as SVG; its colours are read on light and on dark pages."""
    found = floors()
    rooms = "".join(_floor(rooms, place * (HEIGHT + GAP)) for place, rooms in enumerate(found))
    tall = len(found) * (HEIGHT + GAP)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {tall}" role="img" '
        'aria-label="The floors of the package, imports going down only" font-family="system-ui, sans-serif">'
        "<style>rect{fill:none;stroke:#5b7083;stroke-width:1.2}text{fill:#5b7083;text-anchor:middle}"
        ".name{font-weight:600;font-size:15px}.told{font-size:11px}</style>"
        f"{rooms}</svg>\n"
    )


def floors() -> list[list[str]]:
    """Return the rooms of each floor, the top one first."""
    settings = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    found = [[room.strip(" ()") for room in layer.split("|")] for layer in layers]
    return [floor for floor in found if floor != ["__main__"]]


def _floor(rooms: list[str], top: int) -> str:
    width = (WIDTH - GAP * (len(rooms) + 1)) / len(rooms)
    return "".join(_room(name, GAP + place * (width + GAP), top, width) for place, name in enumerate(rooms))


def _room(name: str, left: float, top: int, width: float) -> str:
    middle = left + width / 2
    told = TOLD.get(name, "")
    baseline = top + (20 if told else 28)
    return (
        f'<rect x="{left:.0f}" y="{top + 1}" width="{width:.0f}" height="{HEIGHT}" rx="4"/>'
        f'<text class="name" x="{middle:.0f}" y="{baseline}">{escape(name)}</text>'
        f'<text class="told" x="{middle:.0f}" y="{top + 37}">{escape(told)}</text>'
    )
