"""``colloquia size``: from a pilot folder or an assumed spread to iterations, conversations and dollars."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from doors import Said

WORDS: dict[str, Any] = {"factors": {"mood": ["calm", "loud"]}, "scenarios": {"t": "You are {mood}."}}


def test_a_pilot_says_how_many_iterations_the_study_needs(
    study: Callable[..., Path], colloquia: Callable[..., Said]
) -> None:
    """Its words vary as the scripted sentences do; the answer is in conversations and dollars."""
    assert colloquia("run", study(**WORDS, iterations=6), "--run-dir", "pilot").code == 0

    said = colloquia(
        "size", study(**WORDS), "--factor", "mood", "--first", "calm", "--second", "loud", "--effect", "12",
        "--pilot", "pilot", "--outcome", "words",
    )  # fmt: skip

    assert said.code == 0, said.err
    assert re.search(r"difference of 12 in 80% of studies: \d+ iterations?, \d+ conversations, about \$0", said.out)
    assert "spread of the pilot in pilot" in said.out


def test_what_the_study_does_not_have_is_refused(study: Callable[..., Path], colloquia: Callable[..., Said]) -> None:
    """Before anything is simulated."""
    said = colloquia("size", study(**WORDS), "--factor", "mod", "--effect", "1", "--sd", "1")

    assert said.code == 2
    assert "'mod' is nothing by which the conversations of this study differ. Did you mean 'mood'?" in said.err
