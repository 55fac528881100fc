"""What type each column of a table has, and rows as frames of such columns."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

from colloquia.design.hypotheses import is_of_probe
from colloquia.logbook.answers import AnswerRow
from colloquia.logbook.conversations import HELD, ConversationRow
from colloquia.logbook.record import TurnRow

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    import pandas as pd

Row = dict[str, Any]
"""Cells by column."""

TURNS = tuple(name for name in TurnRow.__struct_fields__ if name != "factors")
"""What every table of turns has, in order; factors and what follows from the plan come after it."""
CONVERSATIONS = tuple(field.name for field in fields(ConversationRow) if field.name not in HELD)
ANSWERS = tuple(name for name in AnswerRow.__struct_fields__ if name != "factors")

COUNTS = frozenset(
    {
        "turn_id", "after_turn", "iteration", "round", "input_tokens", "output_tokens", "cached_tokens",
        "reasoning_tokens", "attempts", "in_flight", "seed", "forked_at", "schema", "num_turns", "planned_turns",
        "n_refusals", "n_truncated",
    }
)  # fmt: skip
AMOUNTS = frozenset({"latency_ms", "time_to_first_token_ms", "cost_usd", "saved_usd"})
CLAIMS = frozenset({"is_refusal", "is_truncated", "is_repaired", "is_failed", "is_planned"})
MOMENTS = frozenset({"timestamp", "first_timestamp", "last_timestamp"})
"""UTC; whatever is in none of these sets is a text."""


def frame(rows: Iterable[Row], columns: Collection[str], outcomes: Collection[str] = ()) -> pd.DataFrame:
    """Return rows as a frame: some columns in any case, then all others that a row has.

    Args:
        rows: They may differ in their columns.
        columns: Ours, in order.
        outcomes: Which columns say what procedures made of a conversation.
    """
    import pandas as pd

    kept = list(rows)
    names = list(dict.fromkeys(chain(columns, *(row.keys() for row in kept))))
    return pd.DataFrame({name: _typed(name, [row.get(name) for row in kept], columns, outcomes) for name in names})


def _typed(name: str, values: list[Any], columns: Collection[str], outcomes: Collection[str]) -> pd.Series[Any]:
    if name in outcomes:
        return _outcome(values)
    # a factor may be called like a column of another table; its labels are texts
    is_ours = name in columns or name == "is_planned" or is_of_probe(name)
    return _column(name if is_ours else "", values)


def moment(text: str) -> datetime:
    """Return a time of a log, in any form of ISO 8601; one without a zone is UTC."""
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _outcome(values: list[Any]) -> pd.Series[Any]:
    """Return a column of outcomes: numbers, true or false, or categories, so that no text is taken for a label."""
    import pandas as pd

    kinds = {type(value) for value in values} - {type(None)}
    if kinds <= {int, float}:
        return pd.Series(values, dtype="float64")
    return pd.Series(values, dtype="boolean" if kinds == {bool} else "category")


def _column(name: str, values: list[Any]) -> pd.Series[Any]:
    import pandas as pd

    if is_of_probe(name) and not any(isinstance(value, str) for value in values):
        return pd.Series(values, dtype="float64")
    if name == "answer":
        return pd.Series(values, dtype="object")
    if name in MOMENTS:
        return pd.to_datetime(pd.Series([text and moment(text) for text in values], dtype="object"), utc=True)
    kinds: Mapping[str, Any] = (
        dict.fromkeys(COUNTS, "Int64") | dict.fromkeys(AMOUNTS, "float64") | dict.fromkeys(CLAIMS, "bool")
    )
    column: pd.Series[Any] = pd.Series(values, dtype=kinds.get(name, "boolean" if name == "is_complete" else "str"))
    return column
