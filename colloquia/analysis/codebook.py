"""The codebook: what every column of every table holds, taken from where the code says it."""

from __future__ import annotations

import ast
import inspect
import textwrap
from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from colloquia.analysis.measuring.registry import built_in
from colloquia.analysis.selecting import factors, numbers, seats, verdicts
from colloquia.logbook.answers import AnswerRow
from colloquia.logbook.conversations import ConversationRow
from colloquia.logbook.judgements import Judgement
from colloquia.logbook.record import TurnRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from colloquia.analysis.tables import Frames

TABLES = ("turns", "conversations", "probes", "cells", "measures", "judgements")
ROWS: Mapping[str, type] = {
    "turns": TurnRow,
    "conversations": ConversationRow,
    "probes": AnswerRow,
    "judgements": Judgement,
}
"""The rows that tables are made of."""
_OWN = {
    "is_planned": "Whether the latest study plans the conversation.",
    "conversations": "Conversations of the cell.",
    "finished": "Those of them that ended or have their length.",
    "turns": "Turns of all of them.",
    "refusals": "Turns that are safety refusals.",
    "cut_turns": "Turns cut at their longest length.",
    "mean_output_tokens": "Tokens of all replies of a conversation, averaged over conversations.",
    "probe": "Name of the question.",
    "is_current": "Whether the answer counts: of the rubric and the conversation as they are now.",
    "prompt_version": "Version of what judges are told beside the rubric.",
    "masking_version": "Version of the rule that hides names.",
    "reading": "Whether it is the first reading, one in the other order, or a repeat.",
    "measure": "Id of the measure.",
    "variable": "Which of its numbers.",
    "unit": "What the number belongs to: ``turn``, ``seat`` or ``conversation``.",
    "value": "The number; missing where there is none.",
    "reason": "Why there is no number.",
    "version": "Version of the measure: another gives other values.",
    "params": "Numbers that it was computed with, as JSON.",
    "embedding": "Id and revision of what told texts apart.",
}


def codebook(frames: Frames, missing: Mapping[str, int] | None = None) -> pd.DataFrame:
    """Return one row for each column of each table, and for each variable of a measure: type and meaning.

    Args:
        frames: The tables.
        missing: How many turns lack each column, where the frames hold none of them.
    """
    rows = [row for table in TABLES for row in _columns(frames, table, missing if table == "turns" else None)]
    rows += list(_variables(frames))
    return pd.DataFrame(rows, columns=["table", "column", "type", "missing", "meaning"])


@cache
def described(kind: type) -> dict[str, str]:
    """Return the fields of a class, each with the text that stands under it, empty where there is none."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    body = tree.body if isinstance(tree, ast.ClassDef) else []
    found: dict[str, str] = {}
    for node, after in zip(body, [*body[1:], ast.Pass()], strict=True):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found[node.target.id] = _text(after)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = _text(after)
    return found


def _text(node: ast.stmt) -> str:
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    return " ".join(node.value.value.split()) if is_text else ""  # type: ignore[attr-defined] # looked at above


def _columns(frames: Frames, table: str, missing: Mapping[str, int] | None) -> Iterator[dict[str, object]]:
    frame: pd.DataFrame = getattr(frames, table)
    own = _studys_own(frames)
    for name in map(str, frame.columns):
        yield {
            "table": table,
            "column": name,
            "type": _kind(frame[name]),
            "missing": int(frame[name].isna().sum() if missing is None else missing[name]),
            "meaning": own.get(name) or meaning(table, name),
        }


def meaning(table: str, name: str) -> str:
    """Return what a column holds, as the code says; empty where it does not."""
    for kind in (ROWS.get(table), TurnRow, ConversationRow):
        if kind is not None and (said := described(kind).get(name)):
            return said
    return _OWN.get(name, "")


def _studys_own(frames: Frames) -> dict[str, str]:
    """Return what the columns are that only this study has: factors, seats, what probes and judges found."""
    found = frames.conversations
    said = {}
    for name in factors(found):
        levels = [str(level) for level in found[name].dropna().unique()]
        shown = ", ".join(levels[:8]) + (", ..." if len(levels) > 8 else "")  # noqa: PLR2004 (eight are read)
        said[name] = f"Factor or item of the study: {shown}."
    for number in range(1, len(seats(found)) + 1):
        said[f"model_{number}"] = f"Friendly name of the model in seat {number}."
        said[f"role_{number}"] = f"Role of seat {number}."
    said |= dict.fromkeys(verdicts(found), "What a judge, or the procedure, says of the conversation.")
    return said | dict.fromkeys(numbers(found), "Number that a probe or a judge found for the conversation.")


def _kind(column: pd.Series[Any]) -> str:
    kind = str(column.dtype)
    words = {"str": "text", "object": "text", "Int64": "whole number", "int64": "whole number", "float64": "number"}
    if kind.startswith("datetime"):
        return "time, UTC"
    return "true or false" if kind.startswith("bool") else words.get(kind, kind)


def _variables(frames: Frames) -> Iterator[dict[str, object]]:
    there = set(frames.measures["measure"].dropna())
    for name, measure in built_in().items():
        for each in measure.variables if name in there else ():
            low = "" if each.low is None else f" from {each.low:g}"
            high = "" if each.high is None else f" to {each.high:g}"
            rows = frames.measures[(frames.measures["measure"] == name) & (frames.measures["variable"] == each.name)]
            yield {
                "table": "measures",
                "column": f"{name}.{each.name}",
                "type": "number",
                "missing": int(rows["value"].isna().sum()),
                "meaning": f"{measure.title}: {each.scale}{low}{high}; higher: {each.more_means}. {measure.caveat}",
            }
