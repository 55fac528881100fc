"""Draws: decided by the seed and by what is drawn, and by nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colloquia.conversation.draws import DRAW_LIMIT, Draws

DRAWS = Draws(seed=1, iteration=1, item=None, names=("gpt", "claude"))

texts = st.text(st.characters(exclude_categories=["Cs"]))


def test_the_same_draw_is_the_same_number() -> None:
    """Two objects with the same block are the same dice."""
    again = Draws(seed=1, iteration=1, item=None, names=("gpt", "claude"))

    assert DRAWS.integer("turn", 3) == again.integer("turn", 3)


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 2},
        {"iteration": 2},
        {"item": "claim 1"},
        {"item": ""},
        {"names": ("claude", "gpt")},
        {"names": ("gpt", "gpt")},
        {"names": ("gptclaude",)},
        {"names": ("g", "ptclaude")},
    ],
)
def test_every_part_of_the_block_changes_the_draw(change: dict[str, Any]) -> None:
    """Blocks do not share their dice, however alike their names."""
    assert replace(DRAWS, **change).integer("turn", 1) != DRAWS.integer("turn", 1)


def test_what_is_drawn_and_the_turn_change_the_draw() -> None:
    """A block has as many dice as there are things to draw."""
    drawn = {DRAWS.integer("turn", 1), DRAWS.integer("turn", 2), DRAWS.integer("order", 1), DRAWS.integer("turn")}

    assert len(drawn) == 4


@given(
    block=st.tuples(st.integers(1, 10**6), st.none() | texts, st.lists(texts, min_size=1, max_size=4)),
    seed=st.integers(0, 2**64),
    what=texts,
    turn=st.integers(0, 10**6),
)
def test_a_draw_is_what_the_documented_hash_says(
    block: tuple[int, str | None, list[str]], seed: int, what: str, turn: int
) -> None:
    """Anyone can compute it with the standard library, and every server takes it as a seed."""
    iteration, item, names = block
    draws = Draws(seed=seed, iteration=iteration, item=item, names=tuple(names))
    drawn_for = [seed, what, block, turn]
    digest = sha256(json.dumps(drawn_for, separators=(",", ":"), ensure_ascii=False).encode()).digest()

    drawn = draws.integer(what, turn)

    assert drawn == int.from_bytes(digest[:8], "big") % DRAW_LIMIT
    assert 0 <= drawn < 2**31


def test_draws_spread_over_the_whole_range() -> None:
    """A thousand draws fall into ten equal parts about equally."""
    parts = [0] * 10
    for turn in range(1000):
        parts[DRAWS.integer("turn", turn) * 10 // DRAW_LIMIT] += 1

    assert min(parts) > 60
    assert max(parts) < 140
