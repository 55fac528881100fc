"""Moves by round and answers to probes: the numbers that are drawn."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from frames import frames, talk

from colloquia.analysis.figures.answers import answers
from colloquia.analysis.figures.moves import moves
from colloquia.analysis.figures.stacked import MOST_LABELS, OTHERS, shares_of
from colloquia.errors import DesignError

if TYPE_CHECKING:
    from colloquia.analysis.tables import Frames


def asked(*given: tuple[str, int, Any]) -> Frames:
    """Return frames with these answers to a probe: conversation, turns said before, answer."""
    rows = [
        {"experiment_id": talk_id, "probe": "belief", "speaker_role": "tenant", "speaker_model": "gpt",
         "scenario": "rent", "after_turn": after, "answer": answer}
        for talk_id, after, answer in given
    ]  # fmt: skip
    return replace(frames(talk(1, ["a"]), talk(2, ["b"]), talk(3, ["c"])), probes=pd.DataFrame(rows))


def test_moves_are_shares_of_their_round() -> None:
    """Three of four players cooperate in round 1."""
    made = frames(talk(1, ["J", "J"], move="J", round=1), talk(2, ["J", "F"], move="J", round=1))
    made.turns.loc[3, "move"] = "F"

    table = moves(made).table

    assert table[["round", "move", "share"]].to_numpy().tolist() == [[1, "F", 0.25], [1, "J", 0.75]]


def test_a_talk_without_moves_has_none_to_draw() -> None:
    """And no failure."""
    figure = moves(frames(talk(1, ["a"])))

    assert figure.table.empty
    assert figure.data("svg").startswith(b"<svg")


def test_answers_that_are_numbers_have_a_mean_over_conversations() -> None:
    """At each point at which they were asked."""
    figure = answers(
        asked(("talk-1", 0, 10.0), ("talk-2", 0, "20"), ("talk-3", 0, 30.0), ("talk-1", 2, 40.0)), "belief"
    )

    rows = figure.table[["after_turn", "conversations", "mean"]].to_numpy().tolist()
    assert rows == [[0, 3, 20.0], [2, 1, 40.0]]
    assert figure.data("svg").startswith(b"<svg")


def test_answers_that_are_words_have_shares() -> None:
    """What could not be read is counted in the caption and is no answer."""
    figure = answers(asked(("talk-1", 0, "J"), ("talk-2", 0, "F"), ("talk-3", 0, None)), "belief")

    assert figure.table[["answer", "share"]].to_numpy().tolist() == [["F", 0.5], ["J", 0.5]]
    assert "1 more could not be read" in figure.caption


@pytest.mark.parametrize(("probe", "split"), [("belif", "scenario"), ("belief", "model")])
def test_an_unknown_probe_or_split_is_named(probe: str, split: str) -> None:
    """With those that there are."""
    with pytest.raises(DesignError, match=r"belief|speaker_model"):
        answers(asked(("talk-1", 0, 1.0)), probe, split=split)


def test_the_rarest_labels_are_taken_together() -> None:
    """A chart of a hundred colours says nothing."""
    rows = pd.DataFrame({"round": 1, "move": [str(number) for number in range(100)]})

    table = shares_of(rows, over="round", label="move")

    assert len(table) == MOST_LABELS + 1
    assert OTHERS in set(table["move"])
    assert table["share"].sum() == pytest.approx(1.0)
