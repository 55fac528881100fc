"""The inbox of a run folder: questions that people are asked, and what they answered, as files that anybody can read.

A question is ``TRIAL.TURN.question.json``; its answer is ``TRIAL.TURN.answer.txt``, UTF-8, written by whoever answers:
a terminal, a page in the browser, or an editor. Files appear whole. An answer stays until its turn is in the log, so a
run that was killed in between does not ask again.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from colloquia.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from colloquia.conversation.chat_model import ChatRequest

QUESTION, ANSWER = ".question.json", ".answer.txt"


class Line(msgspec.Struct, frozen=True):
    """One message that the seat is sent."""

    role: str
    content: str


class Question(msgspec.Struct, kw_only=True, frozen=True):
    """What a person is asked: to take a turn."""

    trial_id: str
    turn_id: int
    seat: str
    """The role that is to speak."""
    slug: str
    """Who is asked: ``human:NAME``."""
    messages: tuple[Line, ...]
    """Everything that the seat was told and heard, as a model would be sent it."""

    @property
    def name(self) -> str:
        """How its files begin."""
        return f"{self.trial_id}.{self.turn_id}"

    @property
    def is_first(self) -> bool:
        """True where the person has said nothing yet in this conversation."""
        return all(line.role != "assistant" for line in self.messages)


@dataclass(frozen=True)
class Inbox:
    """Questions and answers in one folder."""

    path: Path

    def ask(self, request: ChatRequest) -> Question:
        """Write a question down, unless it stands there already, and return it."""
        question = Question(
            trial_id=request.occasion.trial_id,
            turn_id=request.occasion.turn_id,
            seat=request.occasion.role,
            slug=request.slug,
            messages=tuple(Line(message.role, message.content) for message in request.messages),
        )
        self._write(question.name + QUESTION, msgspec.json.encode(question))
        return question

    def waiting(self) -> Iterator[Question]:
        """Yield the questions that nobody has answered, the longest waiting first."""
        files = sorted(self.path.glob("*" + QUESTION), key=lambda file: (_age(file), file.name))
        for file in files:
            with suppress(OSError, msgspec.MsgspecError):
                question = msgspec.json.decode(file.read_bytes(), type=Question)
                if self.answer_to(question) is None:
                    yield question

    def answer(self, question: Question, text: str) -> None:
        """Write down what a person says."""
        self._write(question.name + ANSWER, text.encode() + b"\n")

    def answer_to(self, question: Question) -> str | None:
        """Return what was answered, without the last line end; None where nothing was yet."""
        try:
            found = (self.path / (question.name + ANSWER)).read_bytes()
        except FileNotFoundError:
            return None
        text = found.decode("utf-8", "replace")
        return text.removesuffix("\n").removesuffix("\r") if found else None

    def forget(self, question: Question) -> None:
        """Remove a question and its answer."""
        for suffix in (QUESTION, ANSWER):
            (self.path / (question.name + suffix)).unlink(missing_ok=True)

    def withdraw(self, question: Question) -> None:
        """Remove a question that nobody waits for any more."""
        (self.path / (question.name + QUESTION)).unlink(missing_ok=True)

    def _write(self, name: str, data: bytes) -> None:
        beside = self.path / f".{name}.{os.getpid()}"
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(data)
            beside.replace(self.path / name)
        except OSError as error:
            raise StorageError(f"{self.path / name} cannot be written: {error.strerror}.") from error


def _age(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return float("inf")
