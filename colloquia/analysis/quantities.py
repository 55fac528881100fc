"""Quantities: what can be compared and drawn, one number for each turn, seat or conversation.

A quantity of the log is a number of each turn. Every variable of a measure is a quantity too, and every number that
the table of conversations has of its own, such as what a probe found. The unit of analysis is the conversation:
:func:`by_conversation` gives one number for each, and whoever compares takes those.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from colloquia.analysis.measuring.registry import built_in
from colloquia.analysis.selecting import numbers
from colloquia.errors import DesignError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from colloquia.analysis.tables import Frames


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """Something that has a number for each turn, seat or conversation."""

    name: str
    title: str
    """As it stands beside an axis, unit included."""
    of_turns: Callable[[pd.DataFrame], pd.Series[float]] | None = None
    """The number of each row of ``turns``; missing where it is not known. None for what is no quantity of the log."""
    low: float | None = None
    """The least it can be; None where there is no bound."""
    high: float | None = None


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
        ),
        Quantity(
            name="cut",
            title="Share of turns cut at their length",
            of_turns=lambda turns: turns["is_truncated"].astype("float64"),
        ),
        Quantity(
            name="retried",
            title="Share of turns asked for more than once",
            of_turns=lambda turns: (turns["attempts"] > 1).astype("float64"),
        ),
    )
}
"""Every quantity of the log, by name."""

TURN_COLUMNS = ("experiment_id", "turn_id", "scenario", "iteration", "speaker_role", "speaker_model", "source")


def quantity(name: str, frames: Frames | None = None) -> Quantity:
    """Return the quantity of a name: of the log, of a measure, or of the conversations of ``frames``.

    Raises:
        DesignError: there is none.
    """
    if name in QUANTITIES:
        return QUANTITIES[name]
    variables = _variables()
    if name in variables:
        return variables[name]
    others = _others(frames) if frames is not None else ()
    if name not in others:
        known = (*QUANTITIES, *others, *variables)
        raise DesignError(f"No quantity {name!r}.{nearest(name, known)} There are: {', '.join(known)}.")
    what, _, seat = name.rpartition("_")
    title = f"Payoff of seat {seat}" if what == "payoff" else name.replace("_", " ").capitalize()
    return Quantity(name=name, title=title)


_ACRONYMS = frozenset({"lsm", "mattr", "mtld", "rlsm"})


def _worded(name: str) -> str:
    """Return a name as words; some are acronyms."""
    return name.upper() if name in _ACRONYMS else name.replace("_", " ").capitalize()


@cache
def _variables() -> dict[str, Quantity]:
    """Return the variables of the measures that come with Colloquia, by name with and without their measure's."""
    return {
        name: Quantity(name=name, title=f"{_worded(each.name)} ({each.scale})", low=each.low, high=each.high)
        for measure in built_in().values()
        for each in measure.variables
        for name in (each.name, f"{measure.id}.{each.name}")
    }


def _others(frames: Frames) -> tuple[str, ...]:
    """Return what else has numbers here: variables of measures of one's own, and columns of conversations."""
    rows = frames.measures[["measure", "variable"]].drop_duplicates().dropna().astype("str")
    own = [name for row in rows.itertuples() for name in (str(row.variable), f"{row.measure}.{row.variable}")]
    return (*own, *numbers(frames.conversations))


def present(frames: Frames) -> tuple[str, ...]:
    """Return the names of all quantities that have a number in these frames: of the log, then of measures."""
    known = [name for name, each in QUANTITIES.items() if each.of_turns and each.of_turns(frames.turns).notna().any()]
    rows = frames.measures.loc[frames.measures["value"].notna(), ["measure", "variable"]].drop_duplicates()
    measured = [f"{row.measure}.{row.variable}" for row in rows.sort_values(["measure", "variable"]).itertuples()]
    found = frames.conversations
    return (*known, *measured, *(name for name in numbers(found) if found[name].notna().any()))


def has_turns(frames: Frames, name: str) -> bool:
    """Tell whether a quantity has a number for each turn, and not only for seats or conversations."""
    return len(by_turn(frames, name)) > 0


def by_turn(frames: Frames, name: str) -> pd.DataFrame:
    """Return one row for each turn that has the number, with column ``value``; none where turns have no such number.

    Raises:
        DesignError: there is no such quantity.
    """
    of_turns = quantity(name, frames).of_turns
    turns = frames.turns
    if of_turns is not None:
        found = turns[list(TURN_COLUMNS)].assign(value=of_turns(turns).astype("float64"))
    else:
        values = _of_measure(frames, name, "turn")[["experiment_id", "turn_id", "value"]]
        found = turns[list(TURN_COLUMNS)].merge(values, on=["experiment_id", "turn_id"])
    return found.dropna(subset=["value"]).reset_index(drop=True)


def by_conversation(frames: Frames, name: str, *, by_seat: bool = False) -> pd.DataFrame:
    """Return one row for each conversation (or each of its seats) that has the number, in column ``value``.

    A quantity of the log is the mean over its turns, ``turns`` counts them. With the columns of ``conversations``
    that say what it is.

    Raises:
        DesignError: there is no such quantity, or none of seats.
    """
    keys = ["experiment_id", *(SEAT if by_seat else [])]
    if quantity(name, frames).of_turns is not None:
        grouped = by_turn(frames, name).groupby(keys, sort=False)["value"].agg(value="mean", turns="size").reset_index()
    else:
        grouped = _measured(frames, name, by_seat=by_seat)[[*keys, "value"]].dropna(subset=["value"])
    about = frames.conversations.drop(columns=[each for each in (*_COUNTED, name) if each in frames.conversations])
    return grouped.merge(about, on="experiment_id", how="left")


SEAT = ["speaker_role", "speaker_model"]


def is_of_seats(frames: Frames, name: str) -> bool:
    """Tell whether each seat of a conversation has a number of its own."""
    return quantity(name, frames).of_turns is not None or not _of_measure(frames, name, "seat").empty


def _measured(frames: Frames, name: str, *, by_seat: bool) -> pd.DataFrame:
    """Return the numbers of a measure, or of a column of conversations; of seats, their mean where none are asked."""
    seats = _of_measure(frames, name, "seat")
    if by_seat:
        if seats.empty and len(frames.measures):
            raise DesignError(f"{name!r} belongs to a conversation, and not to each of its seats.")
        return seats
    if name in numbers(frames.conversations):
        return frames.conversations[["experiment_id"]].assign(value=frames.conversations[name].astype("float64"))
    whole = _of_measure(frames, name, "conversation")
    return whole if len(whole) else seats.groupby("experiment_id", sort=False)["value"].mean().reset_index()


def _of_measure(frames: Frames, name: str, unit: str) -> pd.DataFrame:
    measure, _, variable = name.rpartition(".")
    found = frames.measures[(frames.measures["variable"] == variable) & (frames.measures["unit"] == unit)]
    return found[found["measure"] == measure] if measure else found


_COUNTED = (
    "num_turns", "input_tokens", "output_tokens", "cost_usd", "latency_ms", "n_refusals", "n_truncated", "attempts",
    "first_timestamp", "last_timestamp",
)  # fmt: skip
