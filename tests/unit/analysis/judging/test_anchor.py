"""Which items people label: within strata, with known probability, and in no order that tells anything."""

from __future__ import annotations

from collections import Counter

import pytest
from builders import study

from colloquia.analysis.judging.anchor import consensus, draw, quotas, stratum

LABELS = study(judges={"a": {"by": "a/b", "question": "?", "labels": ["yes", "no"]}}).panels["a"]
SCALE = study(judges={"a": {"by": "a/b", "question": "?", "scale": [0, 90]}}).panels["a"]
STRATA = {(f"e{number}", None, None): "large" if number < 90 else "small" for number in range(100)}


@pytest.mark.parametrize(("verdict", "name"), [("yes", "gpt x claude: yes"), (None, "gpt x claude: none")])
def test_a_stratum_is_who_talks_and_what_was_said(verdict: str | None, name: str) -> None:
    """The missing verdict is one of its own."""
    assert stratum(["gpt", "claude"], verdict, LABELS.rubric) == name


@pytest.mark.parametrize(
    ("score", "third"), [(0.0, "low"), (29.9, "low"), (30.0, "middle"), (60.0, "high"), (90.0, "high")]
)
def test_scores_are_in_thirds_of_the_scale(score: float, third: str) -> None:
    """From its lowest to its highest number."""
    assert stratum(["gpt"], score, SCALE.rubric) == f"gpt: {third}"


@pytest.mark.parametrize(
    ("sizes", "number", "found"),
    [
        ({"a": 90, "b": 10}, 20, {"a": 10, "b": 10}),
        ({"a": 90, "b": 3}, 20, {"a": 17, "b": 3}),
        ({"a": 90, "b": 10, "c": 1}, 2, {"a": 2, "b": 2, "c": 1}),
        ({"a": 3, "b": 2}, 100, {"a": 3, "b": 2}),
    ],
)
def test_strata_give_equally_many_as_far_as_they_go(sizes: dict[str, int], number: int, found: dict[str, int]) -> None:
    """Two at least of each, so that their errors have a spread."""
    assert quotas(sizes, number) == found


def test_every_item_has_the_probability_with_which_it_is_drawn() -> None:
    """Over many salts each is drawn about as often as it says."""
    times: Counter[str] = Counter()
    for salt in range(300):
        for item in draw(STRATA, 20, salt=str(salt)):
            times[item.place[0] or ""] += 1
            assert item.probability == pytest.approx(10 / 90 if item.stratum == "large" else 1.0)

    assert all(times[f"e{number}"] == 300 for number in range(90, 100))
    assert all(12 < times[f"e{number}"] < 60 for number in range(90))


def test_the_same_salt_draws_the_same_in_the_same_order() -> None:
    """And the order mixes the strata."""
    one, other = draw(STRATA, 20, salt="s"), draw(STRATA, 20, salt="s")

    assert one == other
    assert {item.stratum for item in one[:10]} == {"large", "small"}


def test_people_agree_by_most_or_on_average() -> None:
    """Where they split on a label there is none."""
    assert consensus(LABELS, ["yes", "yes", "no"]) == "yes"
    assert consensus(LABELS, ["yes", "no"]) is None
    assert consensus(LABELS, []) is None
    assert consensus(SCALE, ["10", "40"]) == 25.0
    assert consensus(SCALE, []) is None
