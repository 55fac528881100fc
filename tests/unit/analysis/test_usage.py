"""Usage: what each model took."""

from __future__ import annotations

import pytest
from frames import frames, talk

from colloquia.analysis.usage import usage


def test_each_model_has_its_own_sums() -> None:
    """Tokens, dollars and seconds of the turns that it said."""
    found = usage(frames(talk(1, ["a", "b", "c"]), talk(2, ["d"]))).set_index("model")

    assert found.loc["gpt", ["conversations", "turns", "output_tokens"]].tolist() == [2, 3, 50]
    assert found.loc["claude", ["conversations", "turns", "output_tokens"]].tolist() == [1, 1, 20]
    assert found.loc["gpt", "cost_usd"] == pytest.approx(0.003)
    assert found.loc["gpt", "usd_per_conversation"] == pytest.approx(0.0015)
    assert found.loc["claude", "median_seconds"] == pytest.approx(2.0)


def test_what_nobody_said_is_missing_and_not_free() -> None:
    """A cost that is unknown is no cost of 0."""
    found = usage(frames(talk(1, ["a"], cost_usd=None, latency_ms=None)))

    assert found["cost_usd"].isna().all()
    assert found["median_seconds"].isna().all()


def test_turns_that_were_asked_again_are_a_share() -> None:
    """Of all turns of a model."""
    found = usage(frames(talk(1, ["a"], attempts=3), talk(2, ["a"]))).set_index("model")

    assert found.loc["gpt", "asked_again"] == pytest.approx(0.5)


def test_no_turns_have_no_rows() -> None:
    """And no failure."""
    assert usage(frames()).empty


def test_the_cached_share_is_of_all_tokens_in() -> None:
    """Over all turns of a model, with what that saved."""
    found = usage(
        frames(
            talk(1, ["a"], input_tokens=100, cached_tokens=90, saved_usd=0.5),
            talk(2, ["a"], input_tokens=300, cached_tokens=10, saved_usd=-0.1),
        )
    ).set_index("model")

    assert found.loc["gpt", "cached_share"] == pytest.approx(0.25)
    assert found.loc["gpt", "saved_usd"] == pytest.approx(0.4)
