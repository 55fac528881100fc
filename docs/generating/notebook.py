"""The notebook as a page, with what its cells show: it is run while the documentation is built."""

from __future__ import annotations

import os
from pathlib import Path
from subprocess import DEVNULL
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import nbformat
from nbclient import NotebookClient

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NOTEBOOK = Path(__file__).parents[1] / "notebook.ipynb"
HOUSE = NOTEBOOK.parents[1]
FOOT = "\nThis page is {download}`notebook.ipynb <../notebook.ipynb>`, as it ran when the documentation was built.\n"


def executed(folder: Path) -> Any:  # noqa: ANN401 (a notebook has no type of its own)
    """Return the notebook with what its cells show, run in ``folder`` by this Python and this package."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    client = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(folder)}})
    client.execute(env={**os.environ, "PYTHONPATH": str(HOUSE)}, stderr=DEVNULL)  # what a kernel warns of is its own
    return notebook


def page() -> str:
    """Return the page."""
    with TemporaryDirectory() as folder:
        return page_of(executed(Path(folder)).cells)


def page_of(cells: Iterable[Any]) -> str:
    """Return cells and what they show as Markdown."""
    return "\n".join(text for cell in cells for text in _cell(cell)) + FOOT


def _cell(cell: Any) -> Iterator[str]:  # noqa: ANN401 (nor has a cell)
    if cell.cell_type == "markdown":
        yield f"{cell.source}\n"
        return
    yield f"```python\n{cell.source}\n```\n"
    for output in cell.outputs:
        shown = output.get("data", {})
        if "text/html" in shown:
            yield f"````{{raw}} html\n{shown['text/html']}\n````\n"
        elif "text/plain" in shown:
            yield f"```text\n{shown['text/plain']}\n```\n"
