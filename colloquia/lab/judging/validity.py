"""Whether the judges of a run folder can be believed: its answers and labels read, and handed to the analysis."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from colloquia import studies
from colloquia.analysis.tables import load
from colloquia.analysis.validity import validity as found_of
from colloquia.errors import DesignError, nearest
from colloquia.logbook import labels
from colloquia.logbook.folder import RunFolder
from colloquia.logbook.outline import outline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colloquia.analysis.validity import Validity


def validity(folder: Path | str, names: Sequence[str] = ()) -> list[Validity]:
    """Return what is known about the judges of a run folder that give labels or numbers.

    Args:
        folder: The run folder.
        names: Which judges; all where there are none.

    Raises:
        DesignError: there is no such judge.
        FolderError: there is no log.
    """
    run_folder, frames = RunFolder(Path(folder)), load(folder)
    latest = outline(run_folder).studies[-1:]
    panels = studies.parse(latest[0]).panels if latest else {}
    for name in names:
        if name not in panels:
            raise DesignError(f"--judge {name}: no judge of this study.{nearest(name, panels)}")
    meant = {name: judge for name, judge in panels.items() if not names or name in names}
    return found_of(frames, meant, labels.read(run_folder))
