"""Hypotheses against the data: the groups that are compared, the verdicts, what is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from frames import frames, measured, talk

from colloquia.analysis.hypotheses import compared, verdicts
from colloquia.design.study import Experiment
from colloquia.errors import DesignError

if TYPE_CHECKING:
    from colloquia.analysis.tables import Frames


def study(**words: Any) -> Experiment:
    """Return a study of one factor with hypotheses."""
    return Experiment(
        models={"gpt": "a/gpt", "claude": "a/claude"}, scenarios={"rent": "Talk. {tone}"}, num_turns=4,
        factors={"tone": {"warm": "Be warm.", "plain": "Be plain."}}, **words,
    )  # fmt: skip


def data(warm: float, plain: float, *, failed: int = 0) -> Frames:
    """Return 24 conversations whose measure ``own.score`` is about as given at each tone."""
    chance = np.random.default_rng(1)
    talks, values = [], {}
    for number in range(24):
        tone, level = ("warm", warm) if number % 2 else ("plain", plain)
        talks.append(talk(number, [f"a{number}", "b"], about={"tone": tone, "is_failed": number < failed}))
        values[f"talk-{number}",] = level + float(chance.normal(0, 1))
    return measured(frames(*talks), "score", "conversation", values)


HIGHER = {"outcome": "own.score", "higher": "tone == 'warm'", "than": "tone == 'plain'"}
SAME = {"outcome": "own.score", "same": ["tone == 'warm'", "tone == 'plain'"], "within": 2}


@pytest.mark.parametrize(
    ("words", "warm", "plain", "verdict"),
    [
        (HIGHER, 8.0, 4.0, "as expected"),
        (HIGHER, 4.0, 8.0, "the opposite"),
        (HIGHER, 5.0, 5.0, "not told from none"),
        (SAME, 5.0, 5.0, "the same"),
        (SAME, 5.0, 9.0, "not shown to be the same"),
    ],
)
def test_a_verdict_is_what_the_data_say(words: dict[str, Any], warm: float, plain: float, verdict: str) -> None:
    """No difference is said of an equivalence only; a difference that is not found is not said to be none."""
    found, untested = verdicts(data(warm, plain), study(hypotheses={"h": words}))

    assert [each.verdict for each in found] == [verdict]
    assert found[0].estimate.conversations == 24
    assert untested == {}


def test_the_family_is_held_by_holm() -> None:
    """Two hypotheses: the smaller p value is doubled."""
    found, _ = verdicts(data(8.0, 4.0), study(hypotheses={"one": HIGHER, "two": {**HIGHER, "outcome": "num_turns"}}))

    small = found[0]
    assert small.adjusted == pytest.approx(2 * small.estimate.p_value)


def test_what_is_excluded_is_left_out_and_counted() -> None:
    """Here and nowhere else."""
    experiment = study(hypotheses={"h": HIGHER}, exclude="own.score > 7.5")

    found, _ = verdicts(data(8.0, 4.0), experiment)

    assert found[0].excluded > 0
    assert found[0].estimate.conversations == 24 - found[0].excluded


def test_a_conversation_that_failed_is_lost_and_not_forgotten() -> None:
    """It stays in its group without a value."""
    rows = compared(data(8.0, 4.0, failed=4), study(hypotheses={"h": HIGHER}).predictions[0])

    assert rows.lost == pytest.approx(4 / 24)
    assert rows.count == 20


def test_a_claim_counts_one_where_it_holds() -> None:
    """Its difference is one of shares."""
    words = {**HIGHER, "outcome": "own.score > 6"}

    found, _ = verdicts(data(9.0, 2.0), study(hypotheses={"h": words}))

    assert found[0].estimate.estimate == pytest.approx(1.0)


def test_an_empty_group_is_named() -> None:
    """And the others are tested all the same."""
    both = "tone == 'warm' and tone == 'plain'"
    empty = {**HIGHER, "higher": both}

    found, untested = verdicts(data(8.0, 4.0), study(hypotheses={"none": empty, "some": HIGHER}))

    assert [each.hypothesis.name for each in found] == ["some"]
    assert both in untested["none"]
    with pytest.raises(DesignError, match="first group"):
        compared(data(8.0, 4.0), study(hypotheses={"none": empty}).predictions[0])


def test_a_cell_of_nothing_but_repetitions_counts_once() -> None:
    """Those that are all the same are one observation, as everywhere else; where some differ each counts."""
    talks = [
        talk(number, ["same" if tone == "plain" or number < 9 else f"own {number}", "b"], about={"tone": tone})
        for number, tone in enumerate(["plain", "warm"] * 12)
    ]
    values: dict[tuple[Any, ...], float | None] = {(f"talk-{number}",): float(number) for number in range(24)}

    found = compared(
        measured(frames(*talks), "score", "conversation", values), study(hypotheses={"h": HIGHER}).predictions[0]
    )

    assert found.rows["tone"].value_counts().to_dict() == {"warm": 12, "plain": 1}
