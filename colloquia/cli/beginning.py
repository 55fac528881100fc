"""``colloquia new``: a study to begin with, copied into a folder of its own."""

from __future__ import annotations

from pathlib import Path

from colloquia.cli.terminal import COMMAND, on_one_line, say, table
from colloquia.lab.drafting.templates import begin, templates

WIDTH = 96


def new(name: str | None, folder: Path | None) -> None:
    """Write the study ``name``, or list what there is to begin with."""
    if name is None:
        for line in table([(each.name, on_one_line(each.title, WIDTH)) for each in templates().values()]):
            say(line)
        say()
        say(f"Begin with one: {COMMAND} new NAME")
        return
    page = begin(name, folder or Path(name))
    allowed = " --allow-code" if any(page.parent.glob("*.py")) and page.suffix == ".toml" else ""
    say(f"Written: {page}. Open it, and change what you like.")
    say(f"What it comes to:  {COMMAND} plan {page}{allowed}")
    say(f"Without a key:     {COMMAND} run {page}{allowed} --offline")
