"""``conversations.csv``: one row for each conversation, planned ones first, made from the turns of the log."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING

from colloquia.design.hypotheses import columns_of_probes
from colloquia.logbook.csv import table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from colloquia.conversation.probes import Value
    from colloquia.design.trials import Trial
    from colloquia.logbook.csv import Cell
    from colloquia.logbook.folder import RunFolder


@dataclass(frozen=True, kw_only=True, slots=True)
class ConversationRow:
    """What is known of one conversation as a whole."""

    experiment_id: str | None
    """None where it has no turns and the folder's id is lost."""
    trial_id: str
    """UUID made of everything that decides what is said: the same in every run folder."""
    scenario: str
    """Name of the scenario."""
    iteration: int
    """1, 2, ... within the cell."""
    arm: str | None
    """Kind of conversation: ``talk`` or a control; null in a study without controls."""
    factors: Mapping[str, str]
    """Level of each factor, and each item, by name."""
    probes: Mapping[str, Value]
    """Of each probe its answer at the ``start``, at the ``end``, and the ``change`` between them, by column."""
    outcomes: Mapping[str, Cell]
    """What its procedure says came of it, by column."""
    seats: tuple[tuple[str | None, str | None], ...]
    """Friendly name and role of each seat, in seat order, unknown where it is absent in a control; of those that spoke
    where the conversation is no longer planned."""
    opening_role: str | None
    """Who takes turn 1; None where it is no longer planned and has no such turn."""
    num_turns: int
    """Turns it has."""
    planned_turns: int | None
    """None where it is no longer planned."""
    is_complete: bool | None
    """True where it ended or has its length, with no turn missing; None where its length is not known."""
    ended_by: str | None
    """``length`` where it reached its length; None where it goes on."""
    is_failed: bool
    """True where the last attempt to go on failed."""
    input_tokens: int | None
    """Tokens of all requests; None where one is unknown. A line nobody was asked for counts for nothing."""
    output_tokens: int | None
    """Tokens of all replies, reasoning included; None where one is unknown."""
    cost_usd: float | None
    """Dollars that all turns cost; None where one is unknown."""
    cached_tokens: int | None
    """Tokens of all requests that servers had in their caches; None where one is unknown."""
    saved_usd: float | None
    """Dollars that those caches saved, what it cost to write into them taken off; None where one is unknown."""
    latency_ms: float | None
    """Milliseconds of all replies, summed; None where one is unknown."""
    n_refusals: int
    """Turns that are safety refusals."""
    n_truncated: int
    """Turns cut at their longest length."""
    attempts: int
    """Requests that all turns took."""
    noted: str | None
    """Which ``note`` rules were met and where first: ``refusal@3|phrase@5``; None where there are no such rules."""
    sources: str | None
    """Where its turns come from, joined by ``|``."""
    first_timestamp: str | None
    """When its first reply was complete, UTC."""
    last_timestamp: str | None
    """UTC, when its last turn was complete."""
    parent_id: str | None = None
    """The conversation that a fork left, by its experiment_id."""
    forked_at: int | None = None
    """The last turn that a fork shares with its parent."""
    fork: str | None = None
    """What is otherwise in a fork, ``unchanged`` where nothing is; None where it is none."""
    donor_id: str | None = None
    """The conversation whose lines its other seats say, by its experiment_id; None where they are asked or absent."""


_COLUMNS = tuple(column.name for column in fields(ConversationRow))
_BEFORE_FACTORS = _COLUMNS[: _COLUMNS.index("factors")]
HELD = frozenset({"factors", "probes", "outcomes", "seats"})
"""What makes columns of its own."""
_AFTER_SEATS = _COLUMNS[_COLUMNS.index("seats") + 1 :]


def write_conversations(
    folder: RunFolder,
    rows: Iterable[ConversationRow],
    *,
    trials: Iterable[Trial],
    factor_names: Sequence[str],
    verdicts: Mapping[str, Mapping[str, Cell]] | None = None,
    everything: bool = False,
) -> None:
    """Replace ``conversations.csv``: one row for each conversation, with columns for each factor and each seat.

    Args:
        folder: Where it stands.
        rows: What is known of each, in order.
        trials: The plan, by which probes and procedures have columns.
        factor_names: Which factors and items get a column.
        verdicts: What judges say of conversations, by judge and experiment id; each judge gets a column.
        everything: Add those that are no longer planned, and say in a last column ``is_planned`` which they are.

    Raises:
        StorageError: the disk failed.
    """
    kept = [row for row in rows if everything or row.planned_turns is not None]
    columns = dict(_columns(tuple(trials), kept, factor_names, verdicts or {}))
    if everything:
        columns["is_planned"] = lambda row: row.planned_turns is not None
    lines = ([value(row) for value in columns.values()] for row in kept)
    folder.replace(folder.conversations_csv, table(columns, lines))


def _columns(
    planned: Sequence[Trial],
    kept: Sequence[ConversationRow],
    factor_names: Sequence[str],
    verdicts: Mapping[str, Mapping[str, Cell]],
) -> Iterator[tuple[str, Callable[[ConversationRow], Cell]]]:
    """Yield each column and what gives its cell, in order."""
    yield from ((name, attrgetter(name)) for name in _BEFORE_FACTORS)
    yield from ((factor_column(name), partial(_of_table, "factors", name)) for name in factor_names)
    for trial in planned:
        yield from ((name, partial(_of_table, "probes", name)) for name in probe_columns(trial))
    for trial in planned:
        yield from ((name, partial(_of_table, "outcomes", name)) for name in trial.talk.procedure.outcomes(()))
    yield from ((judge, partial(_verdict, said)) for judge, said in verdicts.items())
    for place in range(max((len(row.seats) for row in kept), default=0)):
        yield from ((f"{what}_{place + 1}", partial(_seat, place, part)) for part, what in enumerate(("model", "role")))
    yield from ((name, attrgetter(name)) for name in _AFTER_SEATS)


def _of_table(table_of: str, name: str, row: ConversationRow) -> Cell:
    found: Cell = getattr(row, table_of).get(name)
    return found


def _verdict(said: Mapping[str, Cell], row: ConversationRow) -> Cell:
    return said.get(row.experiment_id or "")


def _seat(place: int, part: int, row: ConversationRow) -> Cell:
    return row.seats[place][part] if place < len(row.seats) else None


def factor_column(factor: str) -> str:
    """Return the column of a factor in tables of conversations; ``num_turns`` is one that they have already."""
    return f"{factor}_level" if factor in _COLUMNS else factor


def probe_columns(trial: Trial) -> list[str]:
    """Return the columns that the probes of a conversation have."""
    return list(columns_of_probes(probe.name for probe in trial.talk.probes))
