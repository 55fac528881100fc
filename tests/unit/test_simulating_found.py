"""What the simulation has found in the package, each in its smallest form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from colloquia.design.forecast import Price
from colloquia.logbook.disk import Disk
from colloquia.logbook.folder import RunFolder
from colloquia.providers.pricelist import with_fee
from reliability.chance import chance
from reliability.disks import FaultyDisk, Mishap
from reliability.stage import bench, held

if TYPE_CHECKING:
    from pathlib import Path


def test_a_study_edited_after_a_death_at_any_call_before_the_first_turn_still_runs(tmp_path: Path) -> None:
    """A frozen study of which the journal knows nothing is not taken for a file of the researcher's own."""
    first, edited = (bench(chance("found"), num_turns=2, title=title) for title in ("first", "edited"))
    counting = FaultyDisk(Disk())
    held(first, RunFolder(tmp_path / "counted", counting), chance("found"))
    beginning = 1 + next(at for at, call in enumerate(counting.calls) if call.startswith("write experiment_log"))

    for at in range(1, beginning):
        disk = FaultyDisk(Disk(), Mishap(at=at, when="after"))
        held(first, RunFolder(tmp_path / str(at), disk), chance("found"))
        disk.release()

        again = held(edited, RunFolder(tmp_path / str(at)), chance("found"))

        assert again.error is None, f"after a death at {counting.calls[at - 1]}"


def test_the_dearest_price_has_room_for_the_fee_on_a_key_of_ones_own() -> None:
    """OpenRouter asks 5 % of what the provider bills; on a server of one's own nobody asks anything."""
    price = Price(prompt=1.0, completion=2.0, request=4.0)

    dearest = with_fee("openai/gpt", price)

    assert (dearest.prompt, dearest.completion, dearest.request) == pytest.approx((1.05, 2.1, 4.2))
    assert with_fee("lab:gpt", price) == price
