"""The notebook runs as it stands, and its cells show what a reader should see."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from doors import ROOT

sys.path.insert(0, str(ROOT / "docs"))  # what runs the notebook for the documentation stands beside it

from generating.notebook import NOTEBOOK, executed, page_of

if TYPE_CHECKING:
    from pathlib import Path


def _shown(cells: list[Any]) -> str:
    return json.dumps([cell.get("outputs", []) for cell in cells])


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # the kernel's and the client's own
def test_the_notebook_runs_as_it_stands(tmp_path: Path) -> None:
    """In an empty folder: a plan, a run with its progress, frames, answers, a figure, a longer run."""
    cells = executed(tmp_path).cells
    shown, page = _shown(cells), page_of(cells)

    assert "Plan(runs/notebook: 40 new" in shown
    assert "40 of 40 conversations, 320 of 320 turns" in shown
    assert "Summary(runs/notebook: 8 of 8 conversations finished" in shown
    assert "95 % interval" in page
    assert '<figure><img src="data:image/svg+xml;base64,' in page
    assert "SCRIPTED" in page
    assert '"output_type": "error"' not in shown


def test_the_notebook_is_kept_without_what_it_showed() -> None:
    """Outputs are made anew wherever it is shown, so none can be stale."""
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]

    assert all(not cell.get("outputs") and cell.get("execution_count") is None for cell in cells)
