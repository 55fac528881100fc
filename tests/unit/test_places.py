"""What a value must be at its place in a study; what is wrong begins with the path."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from colloquia.errors import DesignError
from colloquia.places import Place

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Place(path="procedure").at("payoffs").at(0)


@pytest.mark.parametrize(
    ("check", "message"),
    [
        (lambda: HERE.number("5"), "expected a number, found a text."),
        (lambda: HERE.number(True), "expected a number, found true or false."),
        (lambda: HERE.number(0.5, least=1), "is 0.5; the least is 1."),
        (lambda: HERE.listed("a", of="words"), "expected a list of words, found a text."),
        (lambda: HERE.listed([], of="words"), "expected a list of words, found an empty one."),
        (
            lambda: HERE.known("purpel", ("purple", "red"), what="colour"),
            "'purpel' is no colour. Did you mean 'purple'?",
        ),
    ],
)
def test_what_cannot_stand_there_is_refused_with_path_and_reason(check: Callable[[], object], message: str) -> None:
    """The path comes first."""
    with pytest.raises(DesignError) as refused:
        check()

    assert str(refused.value) == f"procedure.payoffs[0]: {message}"


def test_what_may_stand_there_is_returned_as_it_is() -> None:
    """Nothing is converted."""
    assert (HERE.number(3), HERE.number(2.5, least=2), HERE.listed([1], of="numbers")) == (3, 2.5, [1])
