"""How many iterations: the textbook's number where the textbook holds, simulated, with what it costs."""

from __future__ import annotations

from typing import Any

import pytest
from builders import plan

from colloquia.design.forecast import Expectations, Price
from colloquia.errors import DesignError
from colloquia.lab.planning.sizing import Sizing, Wanted, assumed, conversations_at_level, sizing

MOOD: dict[str, Any] = {"factors": {"mood": ["calm", "loud"]}, "scenarios": {"t": "You are {mood}."}, "iterations": 3}
EXPECTATIONS = Expectations(prices={"openai/gpt": Price(prompt=1e-6, completion=4e-6)}, reply_tokens={})


def wanted(**changed: Any) -> Wanted:
    """Return the wish for a difference between two moods."""
    return Wanted(**{"factor": "mood", "first": "calm", "second": "loud", **changed})


def sized(want: Wanted, *, studies: int = 60, words: dict[str, Any] | None = None, **spread: float) -> Sizing:
    """Return the sizes of a study of one conversation of each mood an iteration."""
    return sizing(plan(**(words or MOOD)), EXPECTATIONS, assumed(want, **spread), want, studies=studies)


def test_the_number_is_that_of_the_textbook_for_two_normal_means() -> None:
    """Half a standard deviation at 80 % power takes about 63 at each level; power grows with size, intervals shrink."""
    found = sized(wanted(effect=0.5), spread=1.0)

    assert [size.per_level for size in found.sizes] == [32, 48, 63, 79, 95]
    assert found.sizes[0].power < 0.72
    assert found.sizes[-1].power > 0.85
    assert found.enough is not None
    assert 48 <= found.enough.per_level <= 79
    widths = [size.half_width for size in found.sizes]
    assert widths == sorted(widths, reverse=True)


def test_a_wanted_precision_needs_no_effect() -> None:
    """A rate of 30 % known to 10 points takes about 161 at each level."""
    found = sized(wanted(half_width=0.1), rate=0.3, studies=20)

    assert found.sizes[2].per_level == pytest.approx(161, abs=3)
    assert found.enough is not None
    assert found.enough.half_width <= 0.1


def test_iterations_conversations_and_dollars_are_those_of_the_study() -> None:
    """Four pairs give four conversations of each level an iteration; what it costs is its forecast."""
    words = {**MOOD, "models": {"gpt": "openai/gpt", "also": "openai/gpt"}}
    want = wanted(effect=0.5)

    found = sized(want, words=words, spread=1.0, studies=10)

    once = sum(EXPECTATIONS.rest_of(trial).cost_usd or 0 for trial in plan(**words) if trial.iteration == 1)
    for size in found.sizes:
        assert (size.per_level, size.conversations) == (4 * size.iterations, 8 * size.iterations)
        assert size.cost_usd == pytest.approx(once * size.iterations)


def test_the_levels_may_be_models_or_scenarios() -> None:
    """Whatever tells conversations apart."""
    words = {"models": {"a": "openai/a", "b": "openai/b"}, "scenarios": {"t": "x", "u": "y"}}

    for factor, first, second in (("model_1", "a", "b"), ("scenario", "t", "u")):
        found = sized(Wanted(factor=factor, first=first, second=second, effect=2.0), words=words, spread=1.0, studies=5)
        assert found.sizes[0].per_level == 4 * found.sizes[0].iterations


def test_an_unknown_price_leaves_the_dollars_unknown() -> None:
    """Conversations are known all the same."""
    want = wanted(effect=1.0)

    found = sizing(plan(**MOOD), Expectations(prices={}, reply_tokens={}), assumed(want, spread=1.0), want, studies=5)

    assert {size.cost_usd for size in found.sizes} == {None}


@pytest.mark.parametrize(
    ("want", "spread", "expected"),
    [
        (wanted(), {"spread": 1.0}, "Say what is wanted"),
        (wanted(effect=0.0), {"spread": 1.0}, "--effect is 0"),
        (wanted(half_width=-1.0), {"spread": 1.0}, "--half-width is a number above 0"),
        (wanted(effect=1.0), {}, "Assume either a standard deviation"),
        (wanted(effect=1.0), {"spread": 1.0, "rate": 0.5}, "Assume either a standard deviation"),
        (wanted(effect=1.0), {"spread": 0.0}, "--sd is a standard deviation above 0"),
        (wanted(effect=0.1), {"rate": 1.0}, "--rate is a share between 0 and 1"),
        (
            wanted(effect=0.01),
            {"rate": 0.5},
            r"takes 39,\d{3} conversations at each level \(39,\d{3} iterations\).*more than 2,000 .* a larger effect",
        ),
        (wanted(effect=1.0, factor="moood"), {"spread": 1.0}, "'moood' is nothing .* Did you mean 'mood'"),
        (wanted(effect=1.0, first="clam"), {"spread": 1.0}, "mood has no level 'clam'. Did you mean 'calm'"),
    ],
)
def test_what_cannot_be_sized_is_refused(want: Wanted, spread: dict[str, float], expected: str) -> None:
    """With what to write in its place."""
    with pytest.raises(DesignError, match=expected):
        sized(want, studies=5, **spread)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("", "", r"Say which two levels of mood to compare \(--first and --second\)"),
        ("calm", "", r"Say which two levels of mood to compare \(--first and --second\)"),
        ("sad", "loud", "mood has no level 'sad'"),
        ("calm", "calm", "--first and --second are both 'calm': name another level"),
    ],
)
def test_levels_that_cannot_be_compared_are_refused_with_those_that_there_are(
    first: str, second: str, expected: str
) -> None:
    """None, one, one that is unknown, and the same twice."""
    with pytest.raises(DesignError, match=rf"{expected}\. There are: calm, loud\."):
        conversations_at_level(plan(**MOOD), wanted(effect=1.0, first=first, second=second))
