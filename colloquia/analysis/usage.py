"""What each model took: turns, tokens, dollars, seconds; one row a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from colloquia.analysis.quantities import QUANTITIES

if TYPE_CHECKING:
    from colloquia.analysis.tables import Frames

SLOW = 0.9
"""Of all turns of a model nine in ten are answered within the seconds that a table shows beside the median."""


def usage(frames: Frames) -> pd.DataFrame:
    """Return what each model took, by friendly name.

    Columns: ``model``; ``conversations``; ``turns``; ``input_tokens`` and ``output_tokens``, sums; ``cost_usd``,
    missing where nobody said what a turn cost; ``cached_share`` of the tokens in, which servers had in their prompt
    caches, and the ``saved_usd`` of that; ``usd_per_conversation``; ``median_seconds`` and ``p90_seconds`` of
    the attempt that was answered; ``median_first_token_seconds``; ``median_tokens_per_second``, after the first
    token; ``asked_again``, the share of turns that took more than one attempt.
    """
    turns = frames.turns
    known = {name: QUANTITIES[name].of_turns for name in ("latency", "first_token", "speed", "retried")}
    values = turns.assign(**{name: of(turns) for name, of in known.items() if of})
    groups = values.groupby("speaker_model", sort=True)
    found = pd.DataFrame(
        {
            "conversations": groups["experiment_id"].nunique(),
            "turns": groups.size(),
            "input_tokens": groups["input_tokens"].sum(min_count=1),
            "output_tokens": groups["output_tokens"].sum(min_count=1),
            "cost_usd": groups["cost_usd"].sum(min_count=1),
            "cached_share": groups["cached_tokens"].sum(min_count=1) / groups["input_tokens"].sum(min_count=1),
            "saved_usd": groups["saved_usd"].sum(min_count=1),
        }
    )
    found = found.assign(
        usd_per_conversation=found["cost_usd"] / found["conversations"],
        median_seconds=groups["latency"].median(),
        p90_seconds=groups["latency"].quantile(SLOW),
        median_first_token_seconds=groups["first_token"].median(),
        median_tokens_per_second=groups["speed"].median(),
        asked_again=groups["retried"].mean(),
    )
    return found.reset_index(names="model")
