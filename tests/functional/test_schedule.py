"""A schedule through the doors: everything that can happen in one conversation, resumed at every turn and verified."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from doors import log_lines

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from doors import Said

HEARD = """def heard(request):
    system = request.messages[0].content
    return f"I am told {system!r} and heard {request.messages[-1].content[-60:]!r}"
"""
SCHEDULE = [
    {"after": 1, "edit": "I said something else."},
    {"after": 2, "announce": "A note.", "to": ["driver", "reader"]},
    {"after": 3, "leave": "driver"},
    {"after": 4, "prompt": "You have changed your mind.", "role": "reader"},
    {"after": 5, "join": "guest"},
    {"after": 6, "say": "I am new here.", "role": "guest"},
    {"after": 7, "join": "driver"},
]
ROLES = {role: f"You are {role}." for role in ("chair", "driver", "reader", "guest")}


def _words(num_turns: int) -> dict[str, Any]:
    return {
        "models": {"one": "scripted:parts.py:heard"},
        "scenarios": {"meeting": ROLES},
        "pairing": "self",
        "procedure": "group",
        "schedule": SCHEDULE,
        "num_turns": num_turns,
    }


def _said(desk: Path, folder: str) -> list[tuple[str, str, str]]:
    rows = log_lines(desk / folder)
    return [(row["speaker_role"], row["content"], row["responder_model"]) for row in rows]


def test_a_schedule_resumes_at_every_turn_and_verifies(
    desk: Path, study: Callable[..., Path], colloquia: Callable[..., Said]
) -> None:
    """One run of twelve turns, and twelve runs that each add one turn, leave the same transcript; all hashes hold."""
    (desk / "parts.py").write_text(HEARD, encoding="utf-8")

    whole = colloquia("run", study(**_words(12)), "--run-dir", "whole", "--allow-code")
    for length in range(1, 13):
        grown = colloquia("run", study(**_words(length)), "--run-dir", "grown", "--allow-code")
        assert grown.code == 0, grown.out

    assert whole.code == 0
    assert _said(desk, "grown") == _said(desk, "whole")
    for folder in ("whole", "grown"):
        verified = colloquia("verify", "--run-dir", folder)
        assert verified.code == 0, verified.out + verified.err


def test_each_seat_is_sent_what_the_schedule_says(
    desk: Path, study: Callable[..., Path], colloquia: Callable[..., Said]
) -> None:
    """As the seats themselves tell: the edit is heard and the row keeps what was said; prompts and presence change."""
    (desk / "parts.py").write_text(HEARD, encoding="utf-8")

    assert colloquia("run", study(**_words(12)), "--allow-code").code == 0

    said = _said(desk, "data")
    assert "".join(role[0] for role, _, _ in said) == "cdrcrgcdrgcd"
    assert said[0][1].startswith("I am told 'You are chair.'")
    assert "chair: I said something else." in said[1][1]
    assert "A note." in said[2][1]
    assert "You have changed your mind." in said[4][1]
    assert "You are reader." in said[2][1]
    assert said[6][1].startswith("I am told 'You are chair.'")
    assert said[3][2] == "one"
    assert [content for _, content, _ in said].count("I am new here.") == 1


def test_a_transcript_shows_what_was_announced(
    desk: Path, study: Callable[..., Path], colloquia: Callable[..., Said]
) -> None:
    """After the turn it came after, with whom it was for, on one line and harmless to the terminal."""
    news = [{"after": 0, "announce": "Begin."}, {"after": 2, "announce": "Late\n\u001b[31mnews.", "to": "A"}]
    colloquia("run", study(schedule=news, models={"echo": "scripted:echo"}, num_turns=3))

    lines = colloquia("show", "1").out.splitlines()

    told = [line.strip() for line in lines if "announced" in line]
    assert told == ["(announced to all: Begin.)", r"(announced to A: Late \x1b[31mnews.)"]
    assert lines.index(f"    {told[0]}") < lines.index("1. A (echo)  [scripted]")
    assert (
        lines.index("2. B (echo)  [scripted]") < lines.index(f"    {told[1]}") < lines.index("3. A (echo)  [scripted]")
    )


def test_what_the_schedule_did_is_shown_between_the_turns(
    desk: Path, study: Callable[..., Path], colloquia: Callable[..., Said]
) -> None:
    """In words, where it happened: what the others heard, who came and went, prompts that changed, announcements."""
    (desk / "parts.py").write_text(HEARD, encoding="utf-8")
    assert colloquia("run", study(**_words(8)), "--allow-code").code == 0

    shown = colloquia("show", "1").out.splitlines()

    assert [line.strip() for line in shown if line.startswith("    (")] == [
        "(the others heard: I said something else.)",
        "(announced to driver, reader: A note.)",
        "(driver leaves)",
        "(reader is told from now on: You have changed your mind.)",
        "(guest joins)",
        "(driver joins)",
    ]


def test_moves_and_their_results_are_shown(study: Callable[..., Path], colloquia: Callable[..., Said]) -> None:
    """Which round, what was read in each turn, and what players were told of it."""
    words = {
        "models": {"j": "scripted:always J", "talks": "scripted:always Well, I wonder."},
        "pairing": [["j", "talks"]],
        "scenarios": {"points": {"one": "Play.", "two": "Play."}},
        "num_turns": None,
        "procedure": {
            "kind": "game", "rounds": 2, "invalid": "pass",
            "payoffs": {"J": {"J": [8, 8], "F": [0, 10]}, "F": {"J": [10, 0], "F": [5, 5]}},
        },
    }  # fmt: skip
    assert colloquia("run", study(**words)).code == 0

    shown = colloquia("show", "1").out

    assert "1. one (j)  [round 1, move J, scripted]" in shown
    assert "2. two (talks)  [round 1, no move could be read, scripted]" in shown
    assert "(announced to one:" in shown
