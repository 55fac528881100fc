"""The house file by file: every room with what its files say of themselves, from the top floor down."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import colloquia
from generating.floors import floors

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(colloquia.__file__).parent
HEAD = """# File by file

Every file of the package, in its own words, from the top floor down. Imports go down only; which floors there are, and
where data walks, stands in the [architecture](../architecture.md).
"""


def page() -> str:
    """Return the page."""
    rooms = [room for floor in floors() for room in floor]
    return HEAD + "".join("".join(_room(PACKAGE / room)) for room in rooms)


def _room(place: Path) -> Iterator[str]:
    files = sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
    yield f"\n## {place.name}\n"
    if place.is_dir():
        yield f"\n{_told(place / '__init__.py')}\n"
    yield "\n| file | what it is for |\n|---|---|\n"
    for file in files:
        if file.name != "__init__.py" or file.parent != place:
            name = file.relative_to(place) if place.is_dir() else file.name
            yield f"| `{str(name).removesuffix('__init__.py')}` | {_told(file)} |\n"


def _told(file: Path) -> str:
    """Return the first sentence of a file, as Markdown."""
    told = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return " ".join(told.partition("\n\n")[0].split()).replace("``", "`").replace("|", "\\|")
