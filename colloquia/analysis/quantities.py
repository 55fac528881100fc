"""Quantities: what can be compared and drawn, one number for each turn or for each seat of a conversation.

A quantity of the log is a number of each turn; one of ``measures`` is what a measure made of it. The unit of analysis
is the conversation: :func:`by_conversation` gives one number for each, and whoever compares takes those.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from colloquia.errors import DesignError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from colloquia.analysis.tables import Frames


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """Something that has a number for each turn."""

    name: str
    title: str
    """As it stands beside an axis, unit included."""
    of_turns: Callable[[pd.DataFrame], pd.Series[float]]
    """The number of each row of ``turns``; missing where it is not known."""
    is_share: bool = False
    """True where a turn has 0 or 1, and a mean is a share."""


def _words(turns: pd.DataFrame) -> pd.Series[float]:
    return turns["content"].map(lambda text: len(text.split()), na_action="ignore").astype("float64")


def _tokens_per_second(turns: pd.DataFrame) -> pd.Series[float]:
    first = turns["time_to_first_token_ms"].fillna(0.0)
    seconds = (turns["latency_ms"] - first).where(turns["latency_ms"] > first) / 1000
    return turns["output_tokens"].astype("float64") / seconds


QUANTITIES = {
    quantity.name: quantity
    for quantity in (
        Quantity(name="words", title="Words a turn", of_turns=_words),
        Quantity(
            name="output_tokens", title="Tokens a turn", of_turns=lambda turns: turns["output_tokens"].astype("float64")
        ),
        Quantity(name="latency", title="Latency (s)", of_turns=lambda turns: turns["latency_ms"] / 1000),
        Quantity(
            name="first_token",
            title="Time to first token (s)",
            of_turns=lambda turns: turns["time_to_first_token_ms"] / 1000,
        ),
        Quantity(name="speed", title="Tokens a second, after the first", of_turns=_tokens_per_second),
        Quantity(name="cost", title="Cost a turn (US dollars)", of_turns=lambda turns: turns["cost_usd"]),
        Quantity(
            name="refusals",
            title="Share of turns refused",
            of_turns=lambda turns: turns["is_refusal"].astype("float64"),
            is_share=True,
        ),
        Quantity(
            name="cut",
            title="Share of turns cut at their length",
            of_turns=lambda turns: turns["is_truncated"].astype("float64"),
            is_share=True,
        ),
        Quantity(
            name="retried",
            title="Share of turns asked for more than once",
            of_turns=lambda turns: (turns["attempts"] > 1).astype("float64"),
            is_share=True,
        ),
    )
}
"""Every quantity of the log, by name."""

TURN_COLUMNS = ("experiment_id", "turn_id", "scenario", "iteration", "speaker_role", "speaker_model", "source")


def quantity(name: str) -> Quantity:
    """Return the quantity of a name.

    Raises:
        DesignError: there is none.
    """
    if name not in QUANTITIES:
        raise DesignError(f"No quantity {name!r}.{nearest(name, QUANTITIES)} There are: {', '.join(QUANTITIES)}.")
    return QUANTITIES[name]


def by_turn(frames: Frames, name: str) -> pd.DataFrame:
    """Return one row for each turn that has the number, with column ``value``.

    Raises:
        DesignError: there is no such quantity.
    """
    turns = frames.turns
    found = turns[list(TURN_COLUMNS)].assign(value=quantity(name).of_turns(turns).astype("float64"))
    return found.dropna(subset=["value"]).reset_index(drop=True)


def by_conversation(frames: Frames, name: str, *, by_seat: bool = False) -> pd.DataFrame:
    """Return one row for each conversation (or each of its seats), whose ``value`` is the mean over its turns.

    With the columns of ``conversations`` that say what it is; ``turns`` counts the turns behind the mean.

    Raises:
        DesignError: there is no such quantity.
    """
    keys = ["experiment_id", *(["speaker_role", "speaker_model"] if by_seat else [])]
    grouped = by_turn(frames, name).groupby(keys, sort=False)["value"].agg(value="mean", turns="size").reset_index()
    about = frames.conversations.drop(columns=[each for each in _COUNTED if each in frames.conversations])
    return grouped.merge(about, on="experiment_id", how="left")


_COUNTED = (
    "num_turns", "input_tokens", "output_tokens", "cost_usd", "latency_ms", "n_refusals", "n_truncated", "attempts",
    "first_timestamp", "last_timestamp",
)  # fmt: skip
