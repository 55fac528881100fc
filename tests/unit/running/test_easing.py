"""When replies come slower: of load, and not of length or of growing talks."""

from __future__ import annotations

import pytest

from colloquia.running.easing import NARROW, WINDOW, Ease


def seen(ease: Ease, seconds: float, *, windows: int = 1, width: int = 10) -> list[bool]:
    """Return what some windows of equal replies are taken for."""
    return [ease.took(seconds, width=width) for _ in range(windows * WINDOW)]


def test_replies_that_take_as_long_as_ever_are_no_news() -> None:
    """A steady server."""
    ease = Ease()

    assert not any(seen(ease, 0.02, windows=50))
    assert not ease.is_slower


def test_twice_the_usual_is_slower_and_three_times_is_much_slower() -> None:
    """The first stops growth, the second narrows the lane."""
    twice, thrice = Ease(), Ease()
    for ease in (twice, thrice):
        seen(ease, 0.02)

    assert not any(seen(twice, 0.041))
    assert twice.is_slower
    assert any(seen(thrice, 0.061))
    assert thrice.share == pytest.approx(2 / 3, rel=0.02)


def test_a_few_slow_replies_are_not_the_server() -> None:
    """The median of a window counts."""
    ease = Ease()
    seen(ease, 0.02)

    found = [ease.took(5.0 if number % 3 == 0 else 0.02, width=10) for number in range(10 * WINDOW)]

    assert not any(found)
    assert not ease.is_slower


def test_talks_that_grow_are_not_taken_for_load() -> None:
    """Each window a little slower, in the end more than twice as slow as at first, and it is the usual all along."""
    ease = Ease()

    found = [any(seen(ease, 0.02 * 1.01**window)) for window in range(90)]

    assert not any(found)
    assert not ease.is_slower


def test_with_few_calls_at_once_slowness_is_not_of_our_making() -> None:
    """A lane that is narrow already is not narrowed for it."""
    ease = Ease()
    seen(ease, 0.02, width=NARROW)

    assert not any(seen(ease, 1.0, width=NARROW))
    assert not ease.is_slower


def test_a_server_that_recovers_is_as_usual_again() -> None:
    """Slow for a while, then not."""
    ease = Ease()
    seen(ease, 0.02)
    seen(ease, 0.05)
    was_slower = ease.is_slower

    seen(ease, 0.02)

    assert was_slower
    assert not ease.is_slower
    assert ease.explanation() == "replies take 1.0 times as long as usual"
