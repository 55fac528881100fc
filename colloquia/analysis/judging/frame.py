"""Answers of judges as a frame, one row each, and their verdicts as columns of other frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from colloquia.analysis.judging.verdicts import current, verdicts
from colloquia.logbook import judgements

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from colloquia.design.judges import Judge
    from colloquia.logbook.folder import RunFolder
    from colloquia.logbook.judgements import Judgement, Place

COLUMNS = (
    "experiment_id", "trial_id", "judge", "by", "unit", "turn_id", "group", "reading", "order", "answer", "number",
    "missing", "quote", "is_current", "rubric_sha256", "prompt_version", "masking_version", "num_turns", "said",
    "input_tokens", "output_tokens", "cost_usd", "served_by", "served_model", "source", "timestamp", "key",
)  # fmt: skip
_KINDS = {
    **dict.fromkeys(("turn_id", "order", "prompt_version", "masking_version", "num_turns"), "Int64"),
    **dict.fromkeys(("input_tokens", "output_tokens"), "Int64"),
    **dict.fromkeys(("number", "cost_usd"), "float64"),
    "is_current": "bool",
}

Verdicts = tuple[dict[str, "Judge"], list["Judgement"]]
"""The judges of a study, and their answers that hold today."""


def judged(
    folders: Iterable[tuple[RunFolder, Mapping[str, Judge]]], conversations: pd.DataFrame
) -> tuple[pd.DataFrame, list[Verdicts]]:
    """Return the answers about these conversations and about groups of them, and which of them hold.

    Args:
        folders: Run folders, each with the judges of its study.
        conversations: The frame of the conversations that count.

    Raises:
        FolderError: a file cannot be read.
    """
    import pandas as pd

    ids = map(str, conversations["experiment_id"])
    lengths = dict(zip(ids, map(int, conversations["num_turns"]), strict=True))
    rows: list[dict[str, Any]] = []
    holding: list[Verdicts] = []
    for folder, judges in folders:
        found = [each for each in judgements.read(folder).by_key.values() if _counts(each, lengths)]
        now = current(found, judges, lengths)
        holding.append((dict(judges), now))
        keys = {(each.judge, each.place, each.key) for each in now}
        rows += [_row(each, is_current=(each.judge, each.place, each.key) in keys) for each in found]
    frame = pd.DataFrame(
        {name: pd.Series([row[name] for row in rows], dtype=_KINDS.get(name, "str")) for name in COLUMNS}
    )
    return frame, holding


def with_verdicts(frame: pd.DataFrame, holding: Sequence[Verdicts], *, unit: str) -> pd.DataFrame:
    """Return conversations or turns with a column for each judge of them: what its panel says.

    Labels are categories, which tells them from the levels of factors; open answers stand in their own frame only.

    Args:
        frame: Conversations, or turns.
        holding: What :func:`judged` returns.
        unit: ``conversation`` or ``turn``.
    """
    found: dict[str, dict[Place, str | float]] = {}
    kinds: dict[str, dict[str, None]] = {}
    for judges, now in holding:
        for judge in judges.values():
            if judge.unit == unit and judge.rubric.kind != "open":
                kinds.setdefault(judge.name, {}).update(dict.fromkeys(judge.rubric.labels))
                found.setdefault(judge.name, {}).update(verdicts(judge, now))
    if not found:
        return frame
    turns: list[Any] = list(frame["turn_id"]) if unit == "turn" else [None] * len(frame)
    places: list[Place] = [
        (str(experiment_id), None if turn is None else int(turn), None)
        for experiment_id, turn in zip(frame["experiment_id"], turns, strict=True)
    ]
    columns = {name: _column([said.get(place) for place in places], kinds[name]) for name, said in found.items()}
    return frame.assign(**{name: column.set_axis(frame.index) for name, column in columns.items()})


def _column(values: list[str | float | None], labels: Iterable[str]) -> pd.Series[Any]:
    import pandas as pd

    categories = list(labels)
    return pd.Series(values, dtype=pd.CategoricalDtype(categories) if categories else "float64")


def _counts(judgement: Judgement, lengths: Mapping[str, int]) -> bool:
    return judgement.experiment_id is None or judgement.experiment_id in lengths


def _row(judgement: Judgement, *, is_current: bool) -> dict[str, Any]:
    unit = "group" if judgement.group is not None else "conversation" if judgement.turn_id is None else "turn"
    own = {"unit": unit, "is_current": is_current}
    return {name: own[name] if name in own else getattr(judgement, name) for name in COLUMNS}
