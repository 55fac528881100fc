"""What a fork's change made: continuations with the change against those without it, paired by their number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colloquia.design.forking import UNCHANGED

if TYPE_CHECKING:
    import pandas as pd

_FORK = ["parent_id", "forked_at"]
_NO_OUTCOMES = ("iteration", "forked_at", "planned_turns", "attempts")


def paired(conversations: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each fork with a change and each outcome: both means, and the mean of the paired differences.

    Args:
        conversations: One row a conversation; those that are no forks are passed over.
    """
    import pandas as pd

    columns = [*_FORK, "fork", "outcome", "pairs", "changed", "unchanged", "difference", "standard_error"]
    forks = conversations[conversations["fork"].notna()] if "fork" in conversations else conversations.iloc[:0]
    rows = [row for outcome in _outcomes(conversations) for row in _of_outcome(forks, outcome)]
    return pd.DataFrame(rows, columns=columns)


def _outcomes(conversations: pd.DataFrame) -> list[str]:
    """Return the columns that hold a number of each conversation."""
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    found = (name for name in conversations.columns if name not in _NO_OUTCOMES)
    return [name for name in found if is_numeric_dtype(conversations[name]) and not is_bool_dtype(conversations[name])]


def _of_outcome(forks: pd.DataFrame, outcome: str) -> list[list[object]]:
    plain = forks[forks["fork"] == UNCHANGED].set_index([*_FORK, "iteration"])[outcome].astype("float64")
    found: list[list[object]] = []
    for (parent, turn, label), group in forks[forks["fork"] != UNCHANGED].groupby([*_FORK, "fork"]):
        changed = group.set_index([*_FORK, "iteration"])[outcome].astype("float64")
        pairs = changed.to_frame("changed").join(plain.to_frame("unchanged"), how="inner").dropna()
        if pairs.empty:
            continue
        difference = pairs["changed"] - pairs["unchanged"]
        found.append(
            [
                parent, turn, label, outcome, len(pairs), pairs["changed"].mean(), pairs["unchanged"].mean(),
                difference.mean(), difference.sem(),
            ]
        )  # fmt: skip
    return found
