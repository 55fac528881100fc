"""Groups: who speaks next in each way, the same whenever it is asked."""

from __future__ import annotations

from itertools import pairwise

import pytest
from builders import turn

from colloquia.conversation.draws import Draws
from colloquia.conversation.procedures.group import Group
from colloquia.conversation.steps import End, Setup, Speak
from colloquia.errors import DesignError
from colloquia.places import Place

ROLES = ("chair", "gardener", "driver", "reader")
DRAWS = Draws(seed=1, iteration=1, item=None, names=("gpt",) * 4)


def group(way: str = "round robin", moderator: str | None = None, opener: str = "chair", num_turns: int = 8) -> Group:
    """Return a group of four."""
    setup = Setup(roles=ROLES, opener=opener, num_turns=num_turns, opening=None, draws=DRAWS)
    return Group(setup=setup, next=way, moderator=moderator)


def speakers(procedure: Group, *said: str) -> list[str]:
    """Return who speaks, turn by turn, each saying what is given, then nothing that names anybody."""
    events, roles = [], []
    while isinstance(step := procedure.next_step(events), Speak):
        roles.append(step.role)
        text = said[len(events)] if len(events) < len(said) else "Hm."
        events.append(turn(len(events) + 1, step.role, text))
    assert step == End(reason="length")
    return roles


def test_a_round_begins_with_the_opener() -> None:
    """And goes on in seat order."""
    assert speakers(group(opener="driver", num_turns=5)) == ["driver", "reader", "chair", "gardener", "driver"]


def test_a_drawn_speaker_is_never_the_last_one() -> None:
    """Everybody has a turn in the long run, and the same draws give the same order."""
    drawn = speakers(group("random", num_turns=40))

    assert drawn == speakers(group("random", num_turns=40))
    assert set(drawn) == set(ROLES)
    assert all(one != other for one, other in pairwise(drawn))


def test_a_longer_group_begins_as_the_shorter_one() -> None:
    """Draws depend on the turn, not on how many there will be."""
    short, long = (speakers(group("random", num_turns=length)) for length in (10, 30))

    assert long[:10] == short
    assert group("random", num_turns=10).lengthened(30) == group("random", num_turns=30)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What does the reader think?", "reader"),
        ("Reader, and then the driver.", "driver"),
        ("DRIVER!", "driver"),
        ("I, the chair, say no more.", "gardener"),
        ("A readership of drivers.", "gardener"),
        ("", "gardener"),
    ],
)
def test_the_last_turn_names_who_is_next(text: str, expected: str) -> None:
    """As a whole word, whatever its case, the last that is named, oneself apart; nobody: the seats go round."""
    assert speakers(group("named", num_turns=2), text)[1] == expected


def test_a_moderator_speaks_every_other_turn_and_names_who_is_next() -> None:
    """Where it names nobody, the others go round."""
    found = speakers(group("moderator", "chair"), "Reader, please.", "Well.", "Thank you.", "Hm.", "Driver?")

    assert found == ["chair", "reader", "chair", "gardener", "chair", "driver", "chair", "reader"]


def test_somebody_else_may_open_before_the_moderator() -> None:
    """Then the moderator is next."""
    assert speakers(group("moderator", "chair", opener="driver", num_turns=3)) == ["driver", "chair", "reader"]


def test_an_opening_line_is_said_by_the_opener() -> None:
    """Nobody is asked for it."""
    setup = Setup(roles=ROLES, opener="driver", num_turns=2, opening="Hello.", draws=DRAWS)

    assert Group(setup=setup).next_step([]) == Speak(role="driver", line="Hello.")


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"next": "rond robin"}, "'round robin'"),
        ({"next": "moderator"}, "needs the role of the moderator"),
        ({"moderator": "chair"}, 'goes with next = "moderator"'),
        ({"next": "moderator", "moderator": "chairs"}, "Did you mean 'chair'"),
    ],
)
def test_a_setting_that_does_not_fit_is_refused(settings: dict[str, str], complaint: str) -> None:
    """With the nearest word."""
    setup = Setup(roles=ROLES, opener="chair", num_turns=2, opening=None, draws=DRAWS)

    with pytest.raises(DesignError, match=complaint):
        Group(setup=setup, **settings).check(Place(path="procedure"))
