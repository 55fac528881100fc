"""The collector of garbage is told when to look, and told again when it may as usual."""

from __future__ import annotations

import gc

import pytest

from colloquia.garbage import RARELY, collecting_rarely


def test_garbage_is_looked_for_rarely_while_a_run_goes_on_and_as_usual_afterwards() -> None:
    """Also where it breaks off."""
    usual, inside = gc.get_threshold(), []

    def break_off() -> None:
        with collecting_rarely():
            inside.append(gc.get_threshold())
            raise RuntimeError("it broke off")

    with pytest.raises(RuntimeError, match="broke"):
        break_off()

    assert inside == [RARELY]
    assert gc.get_threshold() == usual
    assert gc.get_freeze_count() == 0
