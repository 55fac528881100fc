"""Scripted seats say what their slug says, and the same at the same place in every run."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest
from unit.providers.bodies import asked, occasion

from colloquia.conversation.chat_model import Usage
from colloquia.errors import CallError, DesignError, Fault
from colloquia.providers.keys import Keyring
from colloquia.providers.provider import Surroundings
from colloquia.providers.scripted import FORMS, SENTENCES, last_heard, provider
from colloquia.providers.wire import Wire

if TYPE_CHECKING:
    from pathlib import Path

    from colloquia.conversation.chat_model import ChatRequest, Reply
    from colloquia.providers.scripted import ScriptedModel

SCRIPT = "Ben: is a name.\n\nAna: Hi\nBen: two\nAna: And: so?\nBen:"


def seat(slug: str, folder: Path, *, allows_code: bool = False) -> ScriptedModel:
    """Return the seat that a slug describes."""
    surroundings = Surroundings(
        name="scripted", wire=Wire(), keyring=Keyring({}), folder=folder, allows_code=allows_code
    )
    return provider(surroundings).model(slug)


def reply(slug: str, folder: Path, request: ChatRequest | None = None, *, allows_code: bool = False) -> Reply:
    """Return what a seat says."""
    return asyncio.run(seat(slug, folder, allows_code=allows_code).reply(request or asked()))


def after(own: int) -> ChatRequest:
    """Return a request after so many turns of one's own."""
    return asked(("user", "Go on."), occasion=occasion(own_turns=own))


def test_always_says_the_same(tmp_path: Path) -> None:
    """Also several words, and braces are no slots."""
    said = reply("scripted:always  I {agree}: yes. ", tmp_path)

    assert said.content == "I {agree}: yes."
    assert (said.source, said.finish_reason, said.outcome) == ("scripted", "stop", None)
    assert (said.latency_ms, said.usage, said.served_by) == (None, Usage(), None)


def test_a_sequence_says_one_word_a_turn_and_repeats_the_last(tmp_path: Path) -> None:
    """Counted in the request, so that any turn can be asked for first."""
    said = [reply("scripted:sequence J F D", tmp_path, after(own)).content for own in (4, 3, 2, 1, 0)]

    assert said == ["D", "D", "D", "F", "J"]


def test_lines_are_said_one_a_turn(tmp_path: Path) -> None:
    """From a file beside the study; empty lines are none, and the last repeats."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "my lines.txt").write_text("First.\r\n\n\u2028Zweite, süß.\n", encoding="utf-8", newline="")

    said = [reply("scripted:lines in/my lines.txt", tmp_path, after(own)).content for own in range(3)]

    assert said == ["First.", "\u2028Zweite, süß.", "\u2028Zweite, süß."]


def test_an_echo_says_what_it_heard_last(tmp_path: Path) -> None:
    """In either view, without the name of who said it."""
    assert reply("scripted:echo", tmp_path, after(2)).content == "Go on."
    assert reply("scripted:echo", tmp_path, asked(("script", SCRIPT))).content == "And: so?"


@pytest.mark.parametrize(
    ("text", "heard"),
    [("Ben:", ""), ("You are Ben.\n\nBen:", "You are Ben."), ("A.\n\nA bell rings.\nBen:", "A bell rings.")],
)
def test_an_echo_in_a_script_hears_the_last_line(text: str, heard: str) -> None:
    """Whatever it is, where nobody has spoken."""
    assert last_heard(asked(("script", text))) == heard


def test_random_is_the_draw_of_the_turn(tmp_path: Path) -> None:
    """The same in every run, and not always the same."""
    said = [reply("scripted:random", tmp_path, asked(occasion=occasion(draw=draw))).content for draw in range(24)]

    assert said == [*SENTENCES, *SENTENCES]


CODE = """
def parrot(request):
    return f"turn {request.occasion.turn_id} of {request.occasion.role}"

def number(request):
    return 5

def silent(request):
    return ""

def half(request):
    return "a\\ud800"

word = "no function"
"""


def test_a_function_of_the_researcher_is_asked(tmp_path: Path) -> None:
    """It is given the request, and its file lies beside the study."""
    (tmp_path / "mine.py").write_text(CODE, encoding="utf-8")

    said = reply("scripted:mine.py:parrot", tmp_path, asked(occasion=occasion(turn_id=4)), allows_code=True)

    assert said.content == "turn 4 of Ben"


def test_code_does_not_run_where_it_is_not_allowed(tmp_path: Path) -> None:
    """The message names the way to allow it."""
    (tmp_path / "mine.py").write_text("raise SystemExit('ran')", encoding="utf-8")

    with pytest.raises(DesignError, match="--allow-code"):
        reply("scripted:mine.py:parrot", tmp_path)


def test_a_function_that_returns_no_text_stops_its_model(tmp_path: Path) -> None:
    """It will not do so at the next call either."""
    (tmp_path / "mine.py").write_text(CODE, encoding="utf-8")

    with pytest.raises(CallError, match="int") as failed:
        reply("scripted:mine.py:number", tmp_path, allows_code=True)

    assert (failed.value.failure.fault, failed.value.failure.was_sent) == (Fault.STOP_MODEL, False)


def test_saying_nothing_is_an_outcome_and_half_a_character_is_repaired(tmp_path: Path) -> None:
    """As with every other model."""
    (tmp_path / "mine.py").write_text(CODE, encoding="utf-8")

    silent = reply("scripted:mine.py:silent", tmp_path, allows_code=True)
    half = reply("scripted:mine.py:half", tmp_path, allows_code=True)

    assert (silent.content, silent.outcome) == (None, "empty")
    assert (half.content, half.is_repaired, half.original_json) == ("a\ufffd", True, '"a\\ud800"')


def test_whoever_watches_sees_the_line(tmp_path: Path) -> None:
    """All of it at once."""
    seen: list[str] = []

    reply("scripted:always Yes.", tmp_path, asked(on_text=seen.append))

    assert seen == ["Yes."]


@pytest.mark.parametrize(
    "form",
    [
        "always",
        "sequence ",
        "lines",
        "echo twice",
        "random 5",
        "never X",
        "mine.txt:parrot",
        "mine.py",
        "mine.py:two words",
    ],
)
def test_a_form_that_does_not_exist_is_refused_with_those_that_do(tmp_path: Path, form: str) -> None:
    """Before anything is asked."""
    with pytest.raises(DesignError, match=FORMS):
        seat(f"scripted:{form}", tmp_path, allows_code=True)


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ("lines missing.txt", "there is no file"),
        ("lines ../outside.txt", "beside the study"),
        ("lines /etc/passwd", "beside the study"),
        ("lines empty.txt", "holds no line"),
        ("lines latin.txt", "no UTF-8"),
        ("missing.py:parrot", "there is no file"),
        ("../outside.py:parrot", "beside the study"),
        ("mine.py:missing", "no function 'missing'"),
        ("mine.py:word", "no function 'word'"),
        ("broken.py:parrot", "cannot be run"),
        ("lost.py:parrot", "cannot be run"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, form: str, reason: str) -> None:
    """It must be there, beside the study, readable, and hold what is asked for."""
    folder = tmp_path / "study"
    folder.mkdir()
    (tmp_path / "outside.txt").write_text("x", encoding="utf-8")
    (tmp_path / "outside.py").write_text(CODE, encoding="utf-8")
    (folder / "empty.txt").write_text("\n \n", encoding="utf-8")
    (folder / "latin.txt").write_bytes(b"\xff\xfe")
    (folder / "mine.py").write_text(CODE, encoding="utf-8")
    (folder / "broken.py").write_text("def (", encoding="utf-8")
    (folder / "lost.py").write_text("import no_such_module_anywhere", encoding="utf-8")

    with pytest.raises(DesignError, match=reason):
        seat(f"scripted:{form}", folder, allows_code=True)


def test_a_link_out_of_the_folder_leads_nowhere(tmp_path: Path) -> None:
    """What counts is where a file really lies."""
    folder = tmp_path / "study"
    folder.mkdir()
    (tmp_path / "outside.txt").write_text("secret", encoding="utf-8")
    (folder / "link.txt").symlink_to(tmp_path / "outside.txt")

    with pytest.raises(DesignError, match="beside the study"):
        seat("scripted:lines link.txt", folder)


# -- a recorded partner ------------------------------------------------------------------------------------------------


def recorded(folder: Path, *said: tuple[int, str, str | None], trial_id: str = "t") -> None:
    """Write rows of a log, as far as a partner needs them."""
    rows = [
        {"trial_id": trial_id, "turn_id": turn, "speaker_role": role, "content": text, "cost_usd": 0.1}
        for turn, role, text in said
    ]
    (folder / "talk.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")


def as_role(role: str, own: int) -> ChatRequest:
    """Return a request of a role after so many turns of its own."""
    return asked(("user", "Go on."), occasion=occasion(own_turns=own, role=role))


def test_a_recorded_partner_says_what_its_role_said_turn_by_turn(tmp_path: Path) -> None:
    """In the order of turns, texts of several lines whole; its own role, unless another is named."""
    recorded(tmp_path, (3, "seller", "Three\nlines\nhere."), (1, "seller", "One."), (2, "buyer", "Two."))

    own = [reply("scripted:recorded talk.jsonl", tmp_path, as_role("seller", turn)).content for turn in (0, 1)]
    other = reply("scripted:recorded talk.jsonl as buyer", tmp_path, as_role("seller", 0))

    assert own == ["One.", "Three\nlines\nhere."]
    assert (other.content, other.source) == ("Two.", "scripted")


@pytest.mark.parametrize(("role", "own"), [("buyer", 1), ("nobody", 0)])
def test_a_recorded_partner_that_has_said_everything_gives_no_answer(tmp_path: Path, role: str, own: int) -> None:
    """Nothing is repeated or made up; the conversation ends with that reason."""
    recorded(tmp_path, (2, "buyer", "Two."))

    said = reply("scripted:recorded talk.jsonl", tmp_path, as_role(role, own))

    assert (said.content, said.outcome) == (None, "no_answer")


def test_a_recorded_turn_without_a_text_is_an_empty_one(tmp_path: Path) -> None:
    """As it was in the conversation that it comes from."""
    recorded(tmp_path, (1, "buyer", None))

    assert reply("scripted:recorded talk.jsonl", tmp_path, as_role("buyer", 0)).outcome == "empty"


def test_what_is_no_recorded_conversation_is_refused(tmp_path: Path) -> None:
    """Before the first call, with the file and what is wrong with it."""
    recorded(tmp_path, (1, "buyer", "One."))
    (tmp_path / "text.txt").write_text("Hello.\n", encoding="utf-8")
    two = (tmp_path / "talk.jsonl").read_text(encoding="utf-8")
    (tmp_path / "two.jsonl").write_text(two + "\n" + two.replace('"t"', '"u"'), encoding="utf-8")

    for slug, expected in {
        "scripted:recorded": "does not say what",
        "scripted:recorded gone.jsonl": "there is no file",
        "scripted:recorded text.txt": "text.txt, line 1, is no row of a log",
        "scripted:recorded two.jsonl": "holds 2 conversations",
        "scripted:recorded talk.jsonl as byer": "'byer' says nothing in talk.jsonl. Did you mean 'buyer'",
    }.items():
        with pytest.raises(DesignError, match=expected):
            seat(slug, tmp_path)
