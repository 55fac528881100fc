"""The current values of measures as a frame, one row a value."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from colloquia.logbook import measurements

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import pandas as pd

    from colloquia.logbook.folder import RunFolder
    from colloquia.logbook.measurements import Measurement

COLUMNS = (
    "experiment_id",
    "trial_id",
    "measure",
    "variable",
    "unit",
    "speaker_role",
    "speaker_model",
    "turn_id",
    "value",
    "reason",
    "version",
    "params",
    "embedding",
)
_KINDS = {"turn_id": "Int64", "version": "Int64", "value": "float64"}


def measures(folders: Iterable[RunFolder], conversations: pd.DataFrame) -> pd.DataFrame:
    """Return the values that hold for ``conversations`` as they now are, one row each.

    A value of a talk that has grown since is left out; measuring again gives it anew. ``unit`` says what a value
    belongs to: a turn, a seat of a conversation (the row that is analysed), or the conversation. Where ``value`` is
    missing, ``reason`` says why.

    Args:
        folders: Whose measurements are read.
        conversations: The frame of the conversations that count.

    Raises:
        FolderError: a file cannot be read.
    """
    import pandas as pd

    current = [found for folder in folders for found in measurements.read(folder).current.values()]
    known = {row["experiment_id"]: row for row in conversations.to_dict("records")} if current else {}
    rows = [
        row
        for found in current
        if found.experiment_id in known and known[found.experiment_id]["num_turns"] == found.num_turns
        for row in _rows(found, _seated(known[found.experiment_id]))
    ]
    return pd.DataFrame(
        {
            name: pd.Series([row[place] for row in rows], dtype=_KINDS.get(name, "str"))
            for place, name in enumerate(COLUMNS)
        }
    )


def _rows(found: Measurement, models: Mapping[str, str]) -> Iterator[tuple[Any, ...]]:
    params = json.dumps(found.params, sort_keys=True)
    for number in found.numbers:
        yield (
            found.experiment_id,
            found.trial_id,
            found.measure,
            number.variable,
            number.unit,
            number.seat,
            models.get(number.seat or ""),
            number.turn_id,
            number.value,
            number.reason,
            found.version,
            params,
            found.embedding,
        )


def _seated(conversation: Mapping[Any, Any]) -> dict[str, str]:
    """Return the friendly name of the model in each role."""
    numbers = (name[5:] for name in map(str, conversation) if name.startswith("role_") and name[5:].isdigit())
    return {str(conversation[f"role_{number}"]): str(conversation[f"model_{number}"]) for number in numbers}
