"""The study of a town meeting: four seats, a moderator, late news, a short memory, an end that the chair decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import colloquia as package
from colloquia import studies

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from doors import Said

TOML = """title      = "Does bad news change how a group talks?"
num_turns  = 16
iterations = 10
pairing    = [["gpt", "gpt", "gpt", "gpt"], ["gpt", "claude", "llama", "claude"], ["gpt", "llama", "claude", "llama"]]
procedure  = { kind = "group", next = "moderator", moderator = "chair" }
memory     = 12
schedule   = [{ after = 8, announce = "{news}" }]
stop       = [{ phrase = "The meeting is closed.", by = "chair" }]
models     = { gpt = "SLUG", claude = "SLUG", llama = "SLUG" }
slots      = { setting = "The town has money for one thing: a park, a bus line or a library." }
factors    = { news = { cut = "A note is passed in: the money has been cut by half.", quiet = "" } }
[scenarios.meeting]
chair    = "{setting} You chair gardener, driver and reader. End each turn with the name of who speaks next."
gardener = "{setting} You want the park."
driver   = "{setting} You want the bus line."
reader   = "{setting} You want the library."
"""
PAGE = """TITLE = "Does bad news change how a group talks?"
NUM_TURNS, ITERATIONS, MEMORY = 16, 10, 12
PAIRING = [["gpt", "gpt", "gpt", "gpt"], ["gpt", "claude", "llama", "claude"], ["gpt", "llama", "claude", "llama"]]
PROCEDURE = {"kind": "group", "next": "moderator", "moderator": "chair"}
SCHEDULE = [{"after": 8, "announce": "{news}"}]
STOP = [{"phrase": "The meeting is closed.", "by": "chair"}]
MODELS = {"gpt": "SLUG", "claude": "SLUG", "llama": "SLUG"}
SLOTS = {"setting": "The town has money for one thing: a park, a bus line or a library."}
FACTORS = {"news": {"cut": "A note is passed in: the money has been cut by half.", "quiet": ""}}
SCENARIOS = {"meeting": {
    "chair": "{setting} You chair gardener, driver and reader. End each turn with the name of who speaks next.",
    "gardener": "{setting} You want the park.",
    "driver": "{setting} You want the bus line.",
    "reader": "{setting} You want the library."}}
"""
CHAIR = """def chair(request):
    if request.occasion.role != "chair":
        return "I have heard: " + request.messages[-1].content[-40:]
    return ["Reader?", "Driver?", "Nobody.", "The meeting is closed."][min(request.occasion.own_turns, 3)]
"""


@pytest.fixture
def page(desk: Path) -> Path:
    """Write the study with a scripted model, and return the path of its page."""
    (desk / "parts.py").write_text(CHAIR, encoding="utf-8")
    path = desk / "meeting.py"
    path.write_text(PAGE.replace("SLUG", "scripted:parts.py:chair"), encoding="utf-8")
    return path


def test_both_forms_are_the_same_study(desk: Path, page: Path) -> None:
    """A key of the file is a name of the page."""
    (desk / "meeting.toml").write_text(TOML.replace("SLUG", "scripted:parts.py:chair"), encoding="utf-8")

    assert studies.read(desk / "meeting.toml").experiment == studies.read(page).experiment


def test_the_meeting_is_held_as_the_study_says(page: Path, colloquia: Callable[..., Said]) -> None:
    """Sixty conversations; the chair every other turn, who is named next; closed by the phrase at its fourth turn."""
    planned, ran = colloquia("plan", str(page)), colloquia("run", str(page))
    verified = colloquia("verify", "--run-dir", "data")

    assert "60 conversations, 960 turns" in planned.out
    assert (ran.code, verified.code) == (0, 0)
    frames = package.load("data")
    assert len(frames.conversations) == 60
    assert set(frames.conversations["ended_by"]) == {"phrase"}
    assert frames.conversations.groupby("news").size().to_dict() == {"cut": 30, "quiet": 30}
    one = frames.turns[frames.turns["experiment_id"] == frames.turns["experiment_id"].iloc[0]]
    assert list(one["speaker_role"]) == ["chair", "reader", "chair", "driver", "chair", "reader", "chair"]
    assert one["responder_model"].str.split("|").str.len().eq(3).all()


def test_the_news_is_heard_by_all_where_it_comes(page: Path, colloquia: Callable[..., Said]) -> None:
    """Where no meeting is closed, the ninth turn answers the note, in one level of the factor only."""
    page.write_text(page.read_text(encoding="utf-8").replace("STOP =", "STOP = [] #"), encoding="utf-8")

    assert colloquia("run", str(page)).code == 0

    turns = package.load("data").turns
    ninth = turns[(turns["turn_id"] == 10) & (turns["speaker_role"] != "chair")]
    heard = ninth[ninth["content"].str.contains("heard")].groupby("news")["content"].first()
    assert len(heard) == 2
    assert turns.groupby("experiment_id").size().eq(16).all()
