"""One seat asks, the others answer: from a list of questions, or as its role tells it to.

With ``questions`` the interviewer is asked nothing: its lines stand in the study, and ``num_turns`` is what they take.
Without, its model asks. In a questionnaire each answer is read: one of ``options``, or a number on a ``scale``.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

from colloquia.conversation.kind import Outcome, Play, Staged, shuffled
from colloquia.conversation.moves import Amount, OneOf
from colloquia.conversation.playing import INVALID
from colloquia.conversation.steps import Move, Speak, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colloquia.conversation.steps import Options
    from colloquia.conversation.transcript import Turn
    from colloquia.places import Place

ORDERS = ("written", "shuffled")


@dataclass(frozen=True, kw_only=True)
class Interview(Staged):
    """Questions and answers."""

    interviewer: str | None = None
    """The role that asks; the first seat where it is not written."""
    questions: list[str] | None = None
    """What it asks; its model does where none are written."""
    order: str = "written"
    """In which order: as ``written``, or ``shuffled`` by draw."""

    def check(self, place: Place) -> None:
        """Make sure that the interviewer is a role, and that the questions are texts.

        Raises:
            DesignError: a setting says something that cannot be.
        """
        if self.interviewer is not None:
            named = place.at("interviewer").text(self.interviewer)
            place.at("interviewer").known(named, self.setup.roles, what="role of this scenario")
        place.at("order").known(place.at("order").text(self.order), ORDERS, what="order")
        if self.questions is not None:
            here = place.at("questions")
            for number, question in enumerate(here.listed(self.questions, of="questions")):
                if not here.at(number).text(question).strip():
                    raise here.at(number).error("is empty.")

    def play(self) -> Play:
        """Have one question asked after the other, and each answered by all others in seat order."""
        for number in self.numbers:
            yield Speak(role=self.asker, line=self.line(number))
            for role in self.answerers:
                yield self.answer(role, number)

    def answer(self, role: str, number: int) -> Step:  # noqa: ARG002 (a questionnaire reads the answers by number)
        """Return the step by which a role answers a question."""
        return Speak(role=role)

    @property
    def numbers(self) -> range | count[int]:
        """The numbers of the questions; those of a model never end."""
        return count(1) if self.questions is None else range(1, len(self.questions) + 1)

    @property
    def asker(self) -> str:
        """The role that asks."""
        return self.interviewer or self.setup.roles[0]

    @property
    def answerers(self) -> tuple[str, ...]:
        """The roles that answer, in seat order."""
        return tuple(role for role in self.setup.roles if role != self.asker)

    @property
    def own_length(self) -> int | None:
        """All questions and all answers."""
        return None if self.questions is None else len(self.questions) * len(self.setup.roles)

    @property
    def places(self) -> tuple[int, ...]:
        """The places of the questions in the study, in the order in which they are asked."""
        places = tuple(map(str, range(len(self.questions or []))))
        drawn = shuffled(places, self.setup, "question", 0) if self.order == "shuffled" else places
        return tuple(map(int, drawn))

    def line(self, number: int) -> str | None:
        """Return a question as it is asked; None where the model of the interviewer is."""
        if self.questions is None:
            return self.opening if number == 1 else None
        return self.questions[self.places[number - 1]]


@dataclass(frozen=True, kw_only=True)
class Questionnaire(Interview):
    """Questions whose answers are read."""

    questions: list[str]
    """What it asks."""
    options: list[str] | None = None
    """What can be answered."""
    scale: list[float] | None = None
    """The least and the greatest number that can be answered."""
    invalid: str = "pass"
    """``pass``: an answer that cannot be read counts as none; ``end``: it ends the conversation."""

    has_moves = True
    has_opening = False

    def check(self, place: Place) -> None:
        """Make sure that there is one way to answer.

        Raises:
            DesignError: a setting says something that cannot be.
        """
        super().check(place)
        place.at("invalid").known(place.at("invalid").text(self.invalid), INVALID, what="word for what then happens")
        if (self.options is None) == (self.scale is None):
            raise place.error("needs either `options` or a `scale`, so that answers can be read.")
        if self.options is not None:
            here = place.at("options")
            for number, option in enumerate(here.listed(self.options, of="options")):
                here.at(number).text(option)
        if self.scale is not None:
            _check_scale(self.scale, place.at("scale"))

    def answer(self, role: str, number: int) -> Step:
        """Return the step by which a role answers a question in a way that can be read."""
        return Move(roles=(role,), round=number, options=self._options, heard=str, invalid_ends=self.invalid == "end")

    @property
    def _options(self) -> Options:
        if self.scale is not None:
            return Amount(least=self.scale[0], most=self.scale[1])
        return OneOf(words=tuple(self.options or ()))

    def outcomes(self, said: Sequence[Turn]) -> dict[str, Outcome]:
        """Return each answer, in the order of the study: ``answer_1`` ..., with the role where several answer."""
        given = {(turn.round, turn.role): turn.move for turn in said if turn.round is not None}
        asked = {place: number for number, place in enumerate(self.places, start=1)}
        return {
            f"answer_{place + 1}" + ("" if len(self.answerers) == 1 else f"_{role}"): self._value(
                given.get((asked[place], role))
            )
            for place in range(len(self.questions))
            for role in self.answerers
        }

    def _value(self, move: str | None) -> Outcome:
        return move if move is None or self.scale is None else float(move)


def _check_scale(scale: Any, place: Place) -> None:  # noqa: ANN401 (whatever the study has)
    ends = [place.at(number).number(end) for number, end in enumerate(place.listed(scale, of="two numbers"))]
    if len(ends) != 2 or ends[0] >= ends[1]:  # noqa: PLR2004 (a scale has two ends)
        raise place.error("expected two numbers, the lower one first.")
