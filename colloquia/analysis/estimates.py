"""What each run of a folder was expected to take when it began, and what it took: the forecast against the bill."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from colloquia.logbook import contents
from colloquia.logbook.entries import RunStarted

if TYPE_CHECKING:
    from colloquia.logbook.folder import RunFolder

COLUMNS = ("run", "begun", "turns_planned", "turns_said", "estimated_usd", "billed_usd", "billed_of_estimate")


def estimates(folder: RunFolder, turns: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each run, in order.

    Columns: ``run`` (its id); ``begun``; ``turns_planned``; ``turns_said``; ``estimated_usd``, missing where a price
    was unknown; ``billed_usd``, what its turns cost; ``billed_of_estimate``, the share of the estimate that was
    billed, where all that was planned was said.

    Args:
        folder: The run folder, whose journal holds the estimates.
        turns: The frame ``turns`` of the same folder, whole.

    Raises:
        FolderError: the journal cannot be read.
    """
    said = turns.groupby("run_id").size()
    billed = turns.groupby("run_id")["cost_usd"].sum(min_count=1)
    rows = [
        (
            entry.run_id,
            entry.at,
            entry.planned.get("turns"),
            said.get(entry.run_id, 0),
            entry.planned.get("cost_usd"),
            billed.get(entry.run_id),
        )
        for entry in contents.entries(folder)
        if isinstance(entry, RunStarted)
    ]
    found = pd.DataFrame(rows, columns=list(COLUMNS[:-1]))
    found["begun"] = pd.to_datetime(found["begun"], utc=True)
    found = found.astype(
        {"turns_planned": "Int64", "turns_said": "Int64", "estimated_usd": "float64", "billed_usd": "float64"}
    )
    is_whole = (found["turns_said"] >= found["turns_planned"]) & (found["estimated_usd"] > 0)
    share = (found["billed_usd"] / found["estimated_usd"]).where(is_whole.fillna(value=False))
    return found.assign(billed_of_estimate=share)
