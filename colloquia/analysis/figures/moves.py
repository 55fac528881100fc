"""Moves of games and bargains: the share of each, round by round."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colloquia.analysis.figures.figure import Figure, caption, counted
from colloquia.analysis.figures.stacked import MOST_LABELS, shares_of, stacked

if TYPE_CHECKING:
    from colloquia.analysis.tables import Frames


def moves(frames: Frames) -> Figure:
    """Return the share of each move in each round, over all players.

    Args:
        frames: What is drawn; turns that are no move are left out.
    """
    made = frames.turns[frames.turns["move"].notna()]
    table = shares_of(made, over="round", label="move")
    title = "Moves by round"
    return Figure(
        name="moves",
        title=title,
        caption=caption(
            frames,
            f"Share of each move in each round: {counted(len(made), 'move')} of "
            f"{counted(made['experiment_id'].nunique(), 'conversation')}.",
            "Moves of one conversation are not independent: this describes, it does not test.",
            f"Beyond {MOST_LABELS} kinds of moves the rarest are drawn together.",
        ),
        chart=stacked(frames, table, over="round", label="move", title=title),
        table=table,
        code="moves(frames)",
    )
