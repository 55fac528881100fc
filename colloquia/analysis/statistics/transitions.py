"""What follows what: a lag-1 transition table with adjusted residuals, intervals by conversation bootstrap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from colloquia.analysis.statistics.result import CONFIDENCE, Floats, Spoken, said
from colloquia.analysis.statistics.strata import DRAWS, FEWEST
from colloquia.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd


@dataclass(frozen=True, kw_only=True, eq=False)
class Transitions(Spoken):
    """How often each label follows each."""

    frame: pd.DataFrame
    """``given, target, count, expected, residual, share, excess, low, high``.

    ``share`` of the turns after ``given`` that are ``target``; ``excess`` over its share of all turns, with interval.
    """
    conversations: int
    transitions: int
    method: str
    confidence: float = CONFIDENCE
    warnings: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """What stands out, in words: the transition whose excess is farthest from none, of those that exclude it."""
        sure = self.frame[(self.frame["low"] > 0) | (self.frame["high"] < 0)]
        counted = f"({self.transitions:,} transitions in {self.conversations:,} conversations"
        if sure.empty:
            return said(f"No transition is shown to be oftener or rarer than its target's share {counted}", self)
        row = sure.iloc[int(np.argmax(sure["excess"].abs().to_numpy()))]
        return said(
            f"After {row['given']}, {row['target']} comes in {100 * row['share']:.0f} % of turns, "
            f"{100 * row['excess']:+.0f} points from its share of all ({100 * self.confidence:g} % interval "
            f"{100 * row['low']:+.0f} to {100 * row['high']:+.0f}) {counted}",
            self,
        )


def transitions(
    sequences: Mapping[str, Sequence[str]], *, confidence: float = CONFIDENCE, draws: int = DRAWS, seed: int = 1
) -> Transitions:
    """Return the table of the labels of conversations, in order, by ``experiment_id``.

    The adjusted residual ``(o - e) / sqrt(e (1 - r/N) (1 - c/N))`` describes; it takes transitions for independent,
    which those of one conversation are not. What is to be believed is the interval of the excess.
    """
    import pandas as pd

    labels = sorted({label for sequence in sequences.values() for label in sequence})
    counts = np.array([_counted(sequence, labels) for sequence in sequences.values() if len(sequence) > 1])
    if not len(counts):
        raise DesignError("No conversation has two labels in a row.")
    table = counts.sum(axis=0)
    rows, columns, total = table.sum(axis=1), table.sum(axis=0), table.sum()
    expected = np.outer(rows, columns) / total
    with np.errstate(divide="ignore", invalid="ignore"):
        residual = (table - expected) / np.sqrt(expected * np.outer(1 - rows / total, 1 - columns / total))
        share = table / rows[:, None]
    low, high = _intervals(counts, confidence, draws, seed)
    cells = [(i, j) for i in range(len(labels)) for j in range(len(labels))]
    found = {
        "count": table, "expected": expected, "residual": residual, "share": share, "excess": share - columns / total,
        "low": low, "high": high,
    }  # fmt: skip
    frame = pd.DataFrame(
        [
            {"given": labels[i], "target": labels[j]} | {name: each[i, j] for name, each in found.items()}
            for i, j in cells
        ]
    )
    few = (f"Fewer than {FEWEST} conversations ({len(counts)}): intervals are too narrow.",)
    return Transitions(
        frame=frame, conversations=len(counts), transitions=int(total), confidence=confidence,
        method=f"percentile-t bootstrap of conversations, {draws:,} draws",
        warnings=few if len(counts) < FEWEST else (),
    )  # fmt: skip


def _counted(sequence: Sequence[str], labels: list[str]) -> Floats:
    table = np.zeros((len(labels), len(labels)))
    at = [labels.index(label) for label in sequence]
    np.add.at(table, (at[:-1], at[1:]), 1)
    return table


def _intervals(counts: Floats, confidence: float, draws: int, seed: int) -> tuple[Floats, Floats]:
    """Return the ends of the interval of each excess; not a number where a draw lacks what is given."""
    n, size, _ = counts.shape
    chance = np.random.default_rng(seed)
    times = chance.multinomial(n, np.full(n, 1 / n), size=draws).astype("float64")
    whole = np.ones((1, n))
    low, high = np.full((size, size), np.nan), np.full((size, size), np.nan)
    for i in range(size):
        for j in range(size):
            found, error = _excess(counts, whole, i, j)
            drawn, errors = _excess(counts, times, i, j)
            usable = np.isfinite(drawn) & (errors > 0)
            if error[0] > 0 and usable.mean() > confidence:
                ratio = (drawn[usable] - found[0]) / errors[usable]
                lower, upper = np.quantile(ratio, [(1 - confidence) / 2, (1 + confidence) / 2])
                low[i, j], high[i, j] = found[0] - upper * error[0], found[0] - lower * error[0]
    return low, high


def _excess(counts: Floats, times: Floats, i: int, j: int) -> tuple[Floats, Floats]:
    """Return the excess and its linearized standard error, for each way to weigh the conversations."""
    both, given, target, total = (
        counts[:, i, j], counts[:, i].sum(axis=1), counts[:, :, j].sum(axis=1), counts.sum(axis=(1, 2)),
    )  # fmt: skip
    rows, whole = times @ given, times @ total
    with np.errstate(divide="ignore", invalid="ignore"):
        share, base = times @ both / rows, times @ target / whole
        own = (both - share[:, None] * given) / rows[:, None] - (target - base[:, None] * total) / whole[:, None]
        error = np.sqrt((times * own**2).sum(axis=1) * len(counts) / (len(counts) - 1)) if len(counts) > 1 else base * 0
    return share - base, error
