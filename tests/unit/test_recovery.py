"""The recovery proofs in small: the first 100 studies of each part, its page, and that a broken estimator is found."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from benchmarks.recovery import page
from benchmarks.recovery.__main__ import main
from benchmarks.recovery.catalogue import PARTS
from benchmarks.recovery.part import FEWER, MANY, Claim, Part, bounds

if TYPE_CHECKING:
    import numpy as np

DRAWS = 100


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_a_hundred_studies_give_back_what_was_put_in(part: Part) -> None:
    """As often as is promised, give or take what chance does to so few; the studies are those of the proof."""
    shares = part.shares(DRAWS)

    for claim in part.claims:
        low, high = bounds(claim.kind, DRAWS)
        assert low <= shares[claim.key] <= high, f"{claim.what}: {shares[claim.key]:.0%} of {DRAWS}"


def test_the_wrong_test_is_as_wrong_as_is_said() -> None:
    """A t test over turns of nothing rejects in more than a quarter of the studies; over conversations it does not."""
    nested = next(part for part in PARTS if part.name == "nested")

    shares = nested.shares(DRAWS)

    assert shares["turns"] > 0.25
    assert shares["null"] < 0.15


def _too_short(chance: np.random.Generator, _seed: int) -> dict[str, bool]:
    return {"mean": bool(chance.random() < 0.7)}


def test_an_interval_that_is_too_short_is_found() -> None:
    """70 of 100 are far from 95."""
    part = Part(
        name="short", what="a lie", studies=DRAWS, simulate=_too_short,
        claims=(Claim(key="mean", kind="covers", what="mean"),),
    )  # fmt: skip

    found = page.run(part)

    assert not found["claims"][0]["holds"]
    assert page.verdict(found["claims"][0]) == "MISSED"
    assert "**0 of 1 claims hold.**" in page.text([found], ["short"])


def test_the_promises_are_those_of_the_issue() -> None:
    """93 to 97 % of 2,000 studies, 92 to 98 % of 500; a true null in 3 to 7 and 2.5 to 7.5 %."""
    assert (bounds("covers", MANY), bounds("covers", FEWER)) == ((0.93, 0.97), (0.92, 0.98))
    assert (bounds("rejects", MANY), bounds("rejects", FEWER)) == ((0.03, 0.07), (0.025, 0.075))
    assert bounds("covers", DRAWS)[0] < 0.92
    assert {part.studies for part in PARTS} == {MANY, FEWER}


def test_a_study_is_the_same_whatever_ran_before_it() -> None:
    """Its generator is made of the seed, the part and its number."""
    part = next(part for part in PARTS if part.name == "means")

    assert part.study(7) == part.study(7)
    assert replace(part, name="other").study(7) is not None


def test_the_page_is_made_of_the_files_that_are_published(capsys: pytest.CaptureFixture[str]) -> None:
    """No figure stands on it that no run wrote; without a part the command lists them."""
    import json

    kept = [json.loads(path.read_text(encoding="utf-8")) for part in PARTS
            if (path := page.DOCS / "recovery" / f"{part.name}.json").is_file()]  # fmt: skip

    assert (page.DOCS / "recovery.md").read_text(encoding="utf-8") == page.text(kept, [part.name for part in PARTS])
    assert main([]) == 0
    assert all(part.name in capsys.readouterr().out for part in PARTS[:1])
