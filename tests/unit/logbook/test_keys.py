"""What the turns of a participant came to: counted where it is known, and only for whom it says something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from unit.logbook.samples import row_of

from colloquia.logbook.keys import TURN_KEYS, Spoken, is_cut
from colloquia.logbook.record import encode

if TYPE_CHECKING:
    from colloquia.logbook.keys import TurnKeys


def keys_of(**changes: Any) -> TurnKeys:
    """Return what a resume reads of the line of a turn."""
    return TURN_KEYS.decode(encode(row_of("t", 3, **changes)))


@pytest.mark.parametrize(
    ("finish_reason", "ended_by", "move", "expected"),
    [
        ("length", None, None, True),
        ("length", None, "accept", True),
        ("stop", "empty", None, True),
        ("stop", "no_answer", None, True),
        ("stop", "empty", "accept", False),
        ("stop", "refusal", None, False),
        ("stop", None, None, False),
        (None, None, None, False),
    ],
)
def test_a_turn_is_cut_that_ran_into_its_length_or_came_out_empty(
    finish_reason: str | None, ended_by: str | None, move: str | None, *, expected: bool
) -> None:
    """One without words that makes a move is as it should be."""
    assert is_cut(finish_reason, ended_by, move) is expected


def test_nobody_has_spoken_at_first() -> None:
    """All begins at nothing."""
    assert Spoken() == Spoken(live=0, cut=0, counted=0, tokens=0, timed=0, seconds=0.0)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Spoken(live=1, counted=1, tokens=3, timed=1, seconds=0.1005)),
        ({"finish_reason": "length"}, Spoken(live=1, cut=1, counted=1, tokens=3, timed=1, seconds=0.1005)),
        ({"ended_by": "empty"}, Spoken(live=1, cut=1, counted=1, tokens=3, timed=1, seconds=0.1005)),
        ({"ended_by": "empty", "move": "accept"}, Spoken(live=1, counted=1, tokens=3, timed=1, seconds=0.1005)),
        ({"output_tokens": None}, Spoken(live=1, timed=1, seconds=0.1005)),
        ({"output_tokens": 0}, Spoken(live=1, counted=1, timed=1, seconds=0.1005)),
        ({"latency_ms": None}, Spoken(live=1, counted=1, tokens=3)),
        ({"source": "embedded"}, Spoken(counted=1, tokens=3, timed=1, seconds=0.1005)),
        ({"source": "scripted", "finish_reason": "length"}, Spoken(counted=1, tokens=3)),
        ({"source": "human"}, Spoken(counted=1, tokens=3)),
    ],
)
def test_a_turn_counts_for_what_is_known_of_it(changes: dict[str, Any], expected: Spoken) -> None:
    """Only live models say what a model would be cut by, and only for models does anybody wait."""
    spoken = Spoken()

    spoken.take(keys_of(**changes))

    assert spoken == expected


def test_turns_add_up_by_participant_and_over_participants() -> None:
    """Each column for itself."""
    both = Spoken()
    for _ in range(2):
        both.take(keys_of(finish_reason="length", latency_ms=1500.0))

    assert both == Spoken(live=2, cut=2, counted=2, tokens=6, timed=2, seconds=3.0)
    assert both + Spoken(live=10, cut=20, counted=30, tokens=40, timed=50, seconds=60.0) == Spoken(
        live=12, cut=22, counted=32, tokens=46, timed=52, seconds=63.0
    )


def test_the_keys_of_a_line_say_what_the_whole_of_it_says() -> None:
    """Also where the line leaves out what has a default."""
    row = row_of("t", 3, move="accept", forked_at=2)
    keys = keys_of(move="accept", forked_at=2)

    assert {name: getattr(row, name) for name in keys.__struct_fields__} == msgspec.structs.asdict(keys)


def test_turns_are_counted_from_one() -> None:
    """A line of a turn before the first never was one."""
    line = encode(row_of("t", 3)).replace(b'"turn_id":3', b'"turn_id":0')

    with pytest.raises(msgspec.ValidationError, match="turn_id"):
        TURN_KEYS.decode(line)
