"""Small pieces that several tests put together: seats, turns, talks, studies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from colloquia.conversation.chat_model import Occasion, Reply
from colloquia.conversation.draws import Draws
from colloquia.conversation.materials import DEFAULT_GO_ON, DEFAULT_KICKOFF
from colloquia.conversation.participants import Participant, Seat
from colloquia.conversation.procedures.dialogue import Dialogue
from colloquia.conversation.steps import Setup
from colloquia.conversation.talk import Talk
from colloquia.conversation.transcript import Turn
from colloquia.design.study import Experiment
from colloquia.design.trials import trials
from colloquia.errors import DesignError
from colloquia.studies import read

if TYPE_CHECKING:
    from pathlib import Path

    from colloquia.design.trials import Trial

SMALL_STUDY = {
    "models": {"gpt": "openai/gpt"},
    "scenarios": {"rent": {"landlord": "You want to raise the rent.", "tenant": "You want no raise."}},
    "num_turns": 4,
}
"""One model with itself, two roles, one conversation of four turns."""


def seat(role: str = "A", prompt: str = "", **participant: object) -> Seat:
    """Return a seat; keywords belong to its participant."""
    return Seat(
        role=role, participant=Participant(**{"name": "gpt", "slug": "openai/gpt", **participant}), prompt=prompt
    )


def turn(turn_id: int, role: str, content: str | None = "Hello.", **known: object) -> Turn:
    """Return a turn that was said by a live model."""
    return Turn(turn_id=turn_id, role=role, reply=Reply(content=content, source="live"), **known)


def setup(*roles: str, num_turns: int = 4, **known: object) -> Setup:
    """Return what a procedure is made for: a conversation that the first role opens."""
    roles = roles or ("A", "B")
    draws = Draws(seed=1, iteration=1, item=None, names=("gpt",) * len(roles))
    return Setup(
        **{"roles": roles, "opener": roles[0], "num_turns": num_turns, "opening": None, "draws": draws, **known}
    )


def talk(*seats: Seat, num_turns: int = 4, opening: str | None = None, **known: object) -> Talk:
    """Return a dialogue that the first seat opens, between A and B where no seats are given."""
    seats = seats or (seat("A"), seat("B"))
    roles = tuple(each.role for each in seats)
    draws = Draws(seed=1, iteration=1, item=None, names=tuple(each.participant.name for each in seats))
    parts = {
        "trial_id": "trial-1",
        "seats": seats,
        "procedure": Dialogue(setup=setup(*roles, num_turns=num_turns, opening=opening, draws=draws)),
        "kickoff": DEFAULT_KICKOFF,
        "go_on": DEFAULT_GO_ON,
        "stop": (),
        "draws": draws,
    }
    return Talk(**{**parts, **known})


def occasion(**known: object) -> Occasion:
    """Return the first call of a conversation."""
    return Occasion(**{"trial_id": "trial-1", "turn_id": 1, "role": "A", "seat": 0, "draw": 7, **known})


def study(**words: object) -> Experiment:
    """Return the small study; keywords are words of the study."""
    return Experiment.from_words({**SMALL_STUDY, **words})


def plan(**words: object) -> tuple[Trial, ...]:
    """Return every conversation of the small study; keywords are words of the study."""
    return trials(study(**words), lambda slug: "flip")


def complaint(**words: object) -> str:
    """Return what the small study is refused with once it holds ``words``."""
    with pytest.raises(DesignError) as refused:
        study(**words)
    return str(refused.value)


def written(folder: Path, text: str | bytes, name: str = "study.toml") -> Path:
    """Write a study into a folder and return its path."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refusal(path: Path) -> str:
    """Return what a study file is refused with."""
    with pytest.raises(DesignError) as refused:
        read(path)
    return str(refused.value)
