# ruff: noqa: INP001 - a folder of commands is no package
"""What was measured: one JSON file each under ``docs``, with what is needed to repeat it, for the page made of them."""

from __future__ import annotations

import json
import time
from typing import Any

from reliability.house import ROOT, commit, machine

DOCS = ROOT / "docs"


def keep(folder: str, name: str, command: str, found: dict[str, Any]) -> str:
    """Write the file of one measurement of a page, and return its name."""
    path = DOCS / folder / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    about = {
        "command": command, "date": time.strftime("%Y-%m-%d", time.gmtime()), "commit": str(commit()),
        "machine": str(machine()),
    }  # fmt: skip
    path.write_text(json.dumps(about | found, indent=1) + "\n", encoding="utf-8")
    return str(path.relative_to(ROOT))


def kept(folder: str) -> dict[str, dict[str, Any]]:
    """Return all that was measured for a page, by name."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (DOCS / folder).glob("*.json")}
