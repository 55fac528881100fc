"""Frames made by hand, as :func:`colloquia.load` would return them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from colloquia.analysis import columns, tables
from colloquia.analysis.judging.frame import COLUMNS as JUDGED
from colloquia.analysis.measuring import frame
from colloquia.analysis.tables import Frames

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from colloquia.analysis.columns import Row


def talk(
    number: int,
    said: Sequence[str | None],
    *,
    models: tuple[str, str] = ("gpt", "claude"),
    scenario: str = "rent",
    iteration: int = 1,
    roles: tuple[str, str] = ("landlord", "tenant"),
    about: dict[str, Any] | None = None,
    **every_turn: Any,
) -> tuple[list[Row], Row]:
    """Return the turn rows of a conversation, its seats speaking in turn, and its conversation row.

    Args:
        number: Makes its id.
        said: What is said, in order.
        models: Friendly names of both seats.
        scenario: Its scenario.
        iteration: Its iteration.
        roles: Roles of both seats.
        about: Further columns of the conversation row, factors included.
        every_turn: Further columns of each turn row.
    """
    known = {"experiment_id": f"talk-{number}", "trial_id": f"trial-{number}", "scenario": scenario}
    turns = [
        {
            **known, "iteration": iteration, "turn_id": place, "speaker_model": models[(place - 1) % 2],
            "speaker_role": roles[(place - 1) % 2], "content": text, "is_refusal": False, "is_truncated": False,
            "is_repaired": False, "attempts": 1, "in_flight": 1, "latency_ms": 1000.0 * place,
            "output_tokens": 10 * place, "cost_usd": 0.001, "source": "live", "schema": 1, "is_planned": True,
            **every_turn,
        }
        for place, text in enumerate(said, start=1)
    ]  # fmt: skip
    conversation = {
        **known, "iteration": iteration, "opening_role": roles[0], "num_turns": len(said), "planned_turns": len(said),
        "is_complete": True, "ended_by": "length", "is_failed": False, "n_refusals": 0, "n_truncated": 0,
        "attempts": len(said), "sources": "live", "model_1": models[0], "role_1": roles[0], "model_2": models[1],
        "role_2": roles[1], "is_planned": True, **(about or {}),
    }  # fmt: skip
    return turns, conversation


def frames(*talks: tuple[Iterable[Row], Row]) -> Frames:
    """Return the frames of conversations that :func:`talk` made."""
    turns = columns.frame([row for rows, _ in talks for row in rows], columns.TURNS)
    known = [*columns.CONVERSATIONS, "model_1", "role_1", "model_2", "role_2", "is_planned"]
    conversations = columns.frame([row for _, row in talks], known)
    return Frames(
        turns=turns,
        conversations=conversations,
        probes=pd.DataFrame(columns=list(columns.ANSWERS)),
        cells=tables._cells(conversations),
        measures=pd.DataFrame(columns=list(frame.COLUMNS)),
        judgements=pd.DataFrame(columns=list(JUDGED)),
    )


def measured(of: Frames, variable: str, unit: str, values: dict[tuple[Any, ...], float | None]) -> Frames:
    """Return the frames with values of a measure, by conversation and, where they have them, role and turn."""
    rows = [
        {
            **dict.fromkeys(frame.COLUMNS), "measure": "own", "variable": variable, "unit": unit, "version": 1,
            "experiment_id": key[0], "speaker_role": next((part for part in key[1:] if isinstance(part, str)), None),
            "turn_id": next((part for part in key[1:] if isinstance(part, int)), None), "value": value,
        }
        for key, value in values.items()
    ]  # fmt: skip
    made = pd.DataFrame(rows, columns=list(frame.COLUMNS)).astype({"value": "float64", "turn_id": "Int64"})
    return replace(of, measures=made if of.measures.empty else pd.concat([of.measures, made], ignore_index=True))


def believing(made: Frames, probe: str = "belief") -> Frames:
    """Return the frames with two answers of each seat to a probe, before the first turn and after the last."""
    seats = made.turns[["experiment_id", "speaker_role", "speaker_model", "scenario", "iteration"]].drop_duplicates()
    first = seats.assign(probe=probe, after_turn=0, answer=[str(30 + 7 * (place % 5)) for place in range(len(seats))])
    last = seats.assign(probe=probe, after_turn=9, answer=[str(40 + 9 * (place % 4)) for place in range(len(seats))])
    return replace(made, probes=pd.concat([first, last], ignore_index=True))


def round_robin(
    models: Sequence[str] = ("gpt", "claude", "llama"), *, iterations: int = 4, num_turns: int = 6, **known: Any
) -> Frames:
    """Return every ordered pair of models with itself, in two scenarios; each turn has as many words as its number."""
    pairs = [(first, second) for first in models for second in models]
    made = [
        (scenario, pair, iteration)
        for scenario in ("rent", "debate")
        for pair in pairs
        for iteration in range(1, iterations + 1)
    ]
    return frames(
        *(
            talk(
                number,
                ["word " * (place + iteration) + pair[0] for place in range(1, num_turns + 1)],
                models=pair,
                scenario=scenario,
                iteration=iteration,
                **known,
            )
            for number, (scenario, pair, iteration) in enumerate(made, start=1)
        )
    )
