"""Probes: questions asked of a participant beside the conversation, and how their answers are read.

A probe is asked by the loop, not by the procedure, and each role is asked it once after a turn at most: directly after
the turn, before anything else happens; before a move, with everything seen that stands before that move. At the start
a role knows its prompt and nothing else. What comes back is read by a fixed rule; where the rule finds no answer, or
more than one, there is none, and nobody is asked again.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

Shown = Literal["never", "self", "all"]
"""Who remembers that a probe was asked: nobody, who was asked, everybody."""
SHOWN: tuple[Shown, ...] = ("never", "self", "all")

Value = float | str | None
"""An answer: a number on a scale, one of the options, a text; None where none can be read."""

START, END, EACH_TURN, BEFORE_MOVE = "start", "end", "each turn", "before move"
MOMENTS = (START, END, EACH_TURN, BEFORE_MOVE)

_MINUS, _DASH = "\N{MINUS SIGN}", "\N{EN DASH}"
_NUMBER = re.compile(rf"(?<![\w.])[-{_MINUS}+]?(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?(?![\w]|\.\d)")
_ORNAMENT = " \t\r\n*_`'\"“”«».,;:!()[]\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}"
_LIST_SLOT = "{options}"
_BESIDE = "probe "


@dataclass(frozen=True, kw_only=True)
class Scale:
    """A number between two bounds."""

    low: float
    high: float

    def worded(self, question: str, order: Callable[[str], Any]) -> str:  # noqa: ARG002 (a scale has no order)
        """Return the question as it is asked: as it was written."""
        return question

    def read(self, text: str) -> Value:
        """Return the number that a text gives: alone, alone on its first or last line, or the only one in it."""
        bounds = rf"(?:{self.low:g}|{self.high:g})"
        plain = re.sub(rf"\b{bounds}\s*(?:-|{_DASH}|to|and)\s*{bounds}\b", " ", text)
        plain = re.sub(rf"(?<=\d)\s*(?:/|out of|of)\s*{self.high:g}\b|(?<=\d)\s*%", " ", plain)
        for part in (plain, *_ends(plain)):
            if _NUMBER.fullmatch(part.strip(_ORNAMENT)):
                return self._within(part.strip(_ORNAMENT))
        found = {match[0] for match in _NUMBER.finditer(plain)}
        return self._within(found.pop()) if len(found) == 1 else None

    def identity(self) -> dict[str, Any]:
        """Return what stands for it where probes are told apart."""
        return {"scale": [self.low, self.high]}

    def _within(self, text: str) -> float | None:
        number = float(text.replace(",", "").replace(_MINUS, "-"))
        return number if self.low <= number <= self.high else None


@dataclass(frozen=True, kw_only=True)
class Options:
    """One of some words."""

    options: tuple[str, ...]

    def worded(self, question: str, order: Callable[[str], Any]) -> str:
        """Return the question with the options in the order of this asking: at ``{options}``, else on a last line."""
        listed = ", ".join(sorted(self.options, key=order))
        if _LIST_SLOT in question:
            return question.replace(_LIST_SLOT, listed)
        return f"{question}\nAnswer with one of these: {listed}."

    def read(self, text: str) -> Value:
        """Return the option that a text names: alone, alone on its first or last line, or the only one in it."""
        for part in (text, *_ends(text)):
            alone = [each for each in self.options if part.strip(_ORNAMENT).casefold() == each.casefold()]
            if alone:
                return alone[0]
        rest, found = text, []
        for option in sorted(self.options, key=len, reverse=True):  # so that "not tried" is not also "tried"
            rest, times = re.subn(rf"(?<!\w){re.escape(option)}(?!\w)", " ", rest)
            found += [option] if times else []
        return found[0] if len(found) == 1 else None

    def identity(self) -> dict[str, Any]:
        """Return what stands for it where probes are told apart."""
        return {"options": list(self.options)}


@dataclass(frozen=True, kw_only=True)
class Open:
    """Whatever is said."""

    def worded(self, question: str, order: Callable[[str], Any]) -> str:  # noqa: ARG002 (there are no options)
        """Return the question as it is asked: as it was written."""
        return question

    def read(self, text: str) -> Value:
        """Return the text, where there is one."""
        return text if text.strip() else None

    def identity(self) -> dict[str, Any]:
        """Return what stands for it where probes are told apart."""
        return {"open": True}


@dataclass(frozen=True, kw_only=True)
class Probe:
    """A question, whom it is asked, and when."""

    name: str
    ask: tuple[str, ...]
    """Roles, in seat order."""
    when: tuple[str | int, ...]
    """Moments (``start``, ``end``, ``each turn``, ``before move``), and turns after which it is asked."""
    question: str
    """With its slots filled."""
    answers: Scale | Options | Open
    shown: Shown = "never"

    @cached_property
    def sha256(self) -> str:
        """Hash of the question and of how it is answered: a question that was edited is another."""
        asked = {"question": self.question, **self.answers.identity()}
        return sha256(json.dumps(asked, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    def asked(self, role: str, after_turn: int) -> AskedProbe:
        """Return which answer a role gives to it after so many turns."""
        return AskedProbe(probe=self.name, role=role, after_turn=after_turn, sha256=self.sha256)

    def is_meant(self, asked: AskedProbe) -> bool:
        """Tell whether an answer is one to this very question."""
        return (self.name, self.sha256) == (asked.probe, asked.sha256)

    def is_due_after(self, turns: int, *, is_over: bool) -> bool:
        """Tell whether it is asked directly after so many turns."""
        return (
            (START in self.when and turns == 0)
            or (EACH_TURN in self.when and turns > 0)
            or turns in {each for each in self.when if isinstance(each, int)}
            or (END in self.when and is_over)
        )

    def identity(self) -> dict[str, Any]:
        """Return what stands for it in the identity of a conversation."""
        return {
            "name": self.name,
            "ask": list(self.ask),
            "when": list(self.when),
            "question": self.question,
            **self.answers.identity(),
            "shown": self.shown,
        }

    def audience(self, role: str) -> tuple[str, ...] | None:
        """Return who remembers that ``role`` was asked; None for all."""
        return {"never": (), "self": (role,), "all": None}[self.shown]


@dataclass(frozen=True, kw_only=True, slots=True)
class AskedProbe:
    """Which answer is meant: every role is asked a probe once after a turn, at most."""

    probe: str
    role: str
    after_turn: int
    """0: at the start."""
    sha256: str
    """Of the question."""

    @property
    def beside(self) -> str:
        """How the journal names the call for it."""
        return f"{_BESIDE}{self.probe} of {self.role}"


def is_probe(beside: str | None) -> bool:
    """Tell whether what the journal says was asked beside the turns is a probe."""
    return beside is not None and beside.startswith(_BESIDE)


def _ends(text: str) -> list[str]:
    """Return the first and the last line of a text that hold anything."""
    lines = [line for line in text.splitlines() if line.strip(_ORNAMENT)]
    return [lines[0], lines[-1]] if lines else []
