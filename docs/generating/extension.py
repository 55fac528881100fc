"""The Sphinx extension that writes `docs/reference` before pages are read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from generating import columns, commands, floors, house, measures, messages, notebook, pieces, procedures, words

if TYPE_CHECKING:
    from sphinx.application import Sphinx

PAGES = {
    "words.md": words.page,
    "procedures.md": procedures.page,
    "columns.md": columns.page,
    "commands.md": commands.page,
    "measures.md": measures.page,
    "errors.md": messages.page,
    "pieces.md": pieces.page,
    "notebook.md": notebook.page,
    "house.md": house.page,
    "floors.svg": floors.picture,
}
"""By the name of the file."""


def write(app: Sphinx) -> None:
    """Write every generated file whose text has changed."""
    folder = Path(app.srcdir) / "reference"
    folder.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        file, text = folder / name, page()
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Join a build."""
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True}
