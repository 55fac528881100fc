"""People in a seat: asked through the inbox, waited for, never timed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from builders import occasion

from colloquia.conversation.chat_model import ChatRequest, Message
from colloquia.errors import SettingsError, StorageError
from colloquia.providers.human import HumanModel, provider
from colloquia.providers.inbox import ANSWER, QUESTION, Inbox
from colloquia.providers.keys import Keyring
from colloquia.providers.provider import Surroundings
from colloquia.providers.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from colloquia.conversation.chat_model import Reply


def request(turn_id: int = 1, trial_id: str = "trial-1", *heard: str) -> ChatRequest:
    """Return a request of a person's seat, with what was heard."""
    messages = (Message(role="system", content="You sell."), *(Message(role="user", content=text) for text in heard))
    return ChatRequest(
        slug="human:ann", routing={}, sampling={}, messages=messages, messages_json=b"[]", sha256="0" * 64,
        occasion=occasion(turn_id=turn_id, trial_id=trial_id),
    )  # fmt: skip


def asked(inbox: Inbox, what: ChatRequest, answers: Callable[[int], str | None]) -> tuple[Reply, int]:
    """Return what a person says who answers once ``answers`` has a text, and how often was waited until then."""
    waits = 0

    async def wait(_seconds: float) -> None:
        nonlocal waits
        waits += 1
        if (text := answers(waits)) is not None:
            (question,) = inbox.waiting()
            inbox.answer(question, text)

    reply = asyncio.run(HumanModel(inbox, sleep=wait).reply(what))
    return reply, waits


def test_a_person_is_waited_for_and_what_it_says_is_a_turn(tmp_path: Path) -> None:
    """With source human, and without any latency, however long it took."""
    reply, waits = asked(Inbox(tmp_path), request(), lambda waits: "Good day." if waits == 50 else None)

    assert waits == 50
    assert (reply.content, reply.source, reply.finish_reason, reply.outcome) == ("Good day.", "human", "stop", None)
    assert reply.latency_ms is None
    assert reply.time_to_first_token_ms is None
    assert reply.usage.output_tokens is None


def test_a_question_holds_all_that_the_seat_was_told_and_heard(tmp_path: Path) -> None:
    """And it is gone from the list of those that wait once it is answered."""
    inbox = Inbox(tmp_path)

    inbox.ask(request(3, "trial-1", "Hello.", "Well?"))

    (question,) = inbox.waiting()
    assert [(line.role, line.content) for line in question.messages] == [
        ("system", "You sell."), ("user", "Hello."), ("user", "Well?"),
    ]  # fmt: skip
    assert (question.trial_id, question.turn_id, question.seat, question.slug) == ("trial-1", 3, "A", "human:ann")
    assert question.is_first
    inbox.answer(question, "Yes.")
    assert list(inbox.waiting()) == []


@pytest.mark.parametrize(
    ("text", "content", "outcome"),
    [
        ("", None, "empty"),
        ("  ", "  ", "empty"),
        ("NA", "NA", None),
        ("one\ntwo", "one\ntwo", None),
        ("é\n", "é\n", None),
    ],
)
def test_what_is_typed_survives_as_it_is(tmp_path: Path, text: str, content: str | None, outcome: str | None) -> None:
    """An answer without a word is an outcome, as an empty reply of a model is."""
    reply, _ = asked(Inbox(tmp_path), request(), lambda _waits: text)

    assert (reply.content, reply.outcome) == (content, outcome)


def test_an_answer_that_is_there_already_is_not_asked_for_again(tmp_path: Path) -> None:
    """As after a run that was killed before the turn reached the log."""
    inbox = Inbox(tmp_path)
    inbox.answer(inbox.ask(request()), "As I said.")

    reply, waits = asked(inbox, request(), lambda _waits: None)

    assert (reply.content, waits) == ("As I said.", 0)


def test_an_answer_stays_until_the_next_turn_is_asked_for(tmp_path: Path) -> None:
    """By then its own is in the log; the end of the run removes the last one."""
    inbox, said = Inbox(tmp_path), iter(("First.", "Second."))

    async def wait(_seconds: float) -> None:
        (question,) = inbox.waiting()
        inbox.answer(question, next(said))

    model = HumanModel(inbox, sleep=wait)
    asyncio.run(model.reply(request(1)))
    assert [path.name for path in tmp_path.iterdir()] == ["trial-1.1" + ANSWER]
    asyncio.run(model.reply(request(3)))
    assert [path.name for path in tmp_path.iterdir()] == ["trial-1.3" + ANSWER]
    model.close()
    assert list(tmp_path.iterdir()) == []


def test_a_question_is_withdrawn_when_nobody_waits_any_more(tmp_path: Path) -> None:
    """A run that is stopped leaves none behind that nobody would read the answer to."""
    inbox = Inbox(tmp_path)

    async def stopped(_seconds: float) -> None:
        assert len(list(inbox.waiting())) == 1
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(HumanModel(inbox, sleep=stopped).reply(request()))

    assert list(tmp_path.iterdir()) == []


def test_what_is_no_question_is_passed_over(tmp_path: Path) -> None:
    """Files of others do not break the inbox, and a half-written answer is none yet."""
    inbox = Inbox(tmp_path)
    question = inbox.ask(request())
    (tmp_path / ("broken" + QUESTION)).write_text("{", encoding="utf-8")
    (tmp_path / (question.name + ANSWER)).write_bytes(b"")

    assert [each.name for each in inbox.waiting()] == [question.name]


def test_bytes_that_are_no_text_become_the_replacement_character(tmp_path: Path) -> None:
    """An editor in another encoding does not stop the conversation."""
    inbox = Inbox(tmp_path)
    question = inbox.ask(request())
    (tmp_path / (question.name + ANSWER)).write_bytes(b"caf\xe9\r\n")

    assert inbox.answer_to(question) == "caf\ufffd"


def test_without_a_run_folder_nobody_can_be_asked(tmp_path: Path) -> None:
    """It is said before the first call."""
    here = Surroundings(name="human", wire=Wire(), keyring=Keyring({}), folder=tmp_path)

    with pytest.raises(SettingsError, match="a person is asked through a run folder"):
        provider(here).model("human:ann")


def test_an_inbox_that_cannot_be_written_is_an_error_of_the_disk(tmp_path: Path) -> None:
    """With the path that could not be written."""
    (tmp_path / "inbox").write_text("a file", encoding="utf-8")

    with pytest.raises(StorageError, match="cannot be written"):
        Inbox(tmp_path / "inbox").ask(request())
