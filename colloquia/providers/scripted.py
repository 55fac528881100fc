"""Scripted seats: replies that need no model, each a pure function of the request.

``scripted:always X`` says X at every turn; ``sequence X Y`` one word a turn; ``lines FILE`` one line a turn; ``echo``
what it heard last; ``random`` a sentence that the turn's draw picks; ``recorded FILE as ROLE`` what a role said in a
recorded conversation, the seat's own role where none is named; ``FILE.py:NAME`` what the researcher's function
``NAME(request)`` returns. Where words or lines run out, the last one repeats; a recorded partner that has said all it
ever said gives no answer. Which turn it is, the request says, so that a conversation goes on exactly where it stopped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from colloquia.conversation.chat_model import Reply
from colloquia.design.models import recording
from colloquia.errors import CallError, DesignError, Failure, Fault, nearest
from colloquia.own_code import defined
from colloquia.providers.decoding import repaired
from colloquia.providers.provider import model_id

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from colloquia.conversation.chat_model import ChatRequest
    from colloquia.providers.provider import Surroundings

    Part = Callable[[ChatRequest], object]

FORMS = "always X, sequence X Y, echo, lines FILE, random, recorded FILE as ROLE, FILE.py:NAME"
_NOTHING_MORE = object()
"""What a part returns that has nothing left to say."""

SENTENCES = (
    "That is a good point, and I had not thought of it that way.",
    "I am not sure I agree; what makes you think so?",
    "Let us take it one step at a time.",
    "Could you say a little more about that?",
    "I see it differently, but go on.",
    "Yes, that would work for me.",
    "I would rather wait before I decide.",
    "What would you do in my place?",
    "That is more than I had in mind.",
    "Fair enough. What else matters to you?",
    "I can live with that, if you can.",
    "No, I do not think that is possible.",
)
"""What ``random`` says."""


class _Row(msgspec.Struct):
    """What a replayed partner needs of a row of a log."""

    trial_id: str
    turn_id: int
    speaker_role: str
    content: str | None


_rows = msgspec.json.Decoder(_Row)


class ScriptedModel:
    """A seat whose lines are known beforehand."""

    def __init__(self, part: Part) -> None:
        self._part = part

    async def reply(self, request: ChatRequest) -> Reply:
        """Return the line for this turn."""
        said = self._part(request)
        if said is _NOTHING_MORE:
            return Reply(content=None, source="scripted", outcome="no_answer")
        if not isinstance(said, str):
            reason = f"{request.slug!r} returned {type(said).__name__} where a text was expected."
            raise CallError(Failure(fault=Fault.STOP_MODEL, stage="reply", message=reason, was_sent=False))
        line = repaired(said)
        if request.on_text:
            request.on_text(line.text)
        return Reply(
            content=line.text or None,
            source="scripted",
            finish_reason="stop",
            outcome=None if line.text.strip() else "empty",
            is_repaired=line.original_json is not None,
            original_json=line.original_json,
        )


class Scripted:
    """The scripted seats of a study."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._folder = surroundings.folder
        self._allows_code = surroundings.allows_code

    def model(self, slug: str) -> ScriptedModel:
        """Return the seat that ``slug`` describes.

        Raises:
            DesignError: it describes none.
        """
        form, _, rest = model_id(slug).strip().partition(" ")
        return ScriptedModel(self._part(slug, form, rest.strip()))

    async def close(self) -> None:
        """Nothing was started."""

    def _part(self, slug: str, form: str, rest: str) -> Part:
        if form in ("always", "sequence", "lines", "recorded") and not rest:
            raise DesignError(f"{slug!r} does not say what. The forms of a scripted seat: {FORMS}.")
        match form:
            case "always":
                return lambda _request: rest
            case "sequence":
                return _in_turn(rest.split())
            case "lines" | "recorded":
                return _in_turn(self._lines(slug, rest)) if form == "lines" else self._recorded(slug, rest)
            case "echo" if not rest:
                return last_heard
            case "random" if not rest:
                return lambda request: SENTENCES[request.occasion.draw % len(SENTENCES)]
        return self._function(slug, model_id(slug).strip())

    def _lines(self, slug: str, name: str) -> list[str]:
        try:
            text = self._file(slug, name).read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise DesignError(f"{slug!r}: {name} is no UTF-8 text.") from error
        lines = [line.strip("\r") for line in text.split("\n") if line.strip()]
        if not lines:
            raise DesignError(f"{slug!r}: {name} holds no line.")
        return lines

    def _recorded(self, slug: str, rest: str) -> Part:
        """Return the part of a role in the rows of one conversation, as `colloquia show ID --rows` prints them."""
        name, named = recording(rest)
        spoken: dict[str, list[tuple[int, str | None]]] = {}
        trials = set[str]()
        for number, line in enumerate(self._lines(slug, name), start=1):
            try:
                row = _rows.decode(line)
            except msgspec.MsgspecError as error:
                raise DesignError(f"{slug!r}: {name}, line {number}, is no row of a log: {error}.") from None
            trials.add(row.trial_id)
            spoken.setdefault(row.speaker_role, []).append((row.turn_id, row.content))
        if len(trials) > 1:
            raise DesignError(f"{slug!r}: {name} holds {len(trials)} conversations; a partner speaks from one.")
        if named is not None and named not in spoken:
            raise DesignError(f"{slug!r}: {named!r} says nothing in {name}.{nearest(named, spoken)}")
        said = {role: [content or "" for _, content in sorted(turns)] for role, turns in spoken.items()}
        return lambda request: _in_turn_or_nothing(said.get(named or request.occasion.role, []), request)

    def _function(self, slug: str, named: str) -> Part:
        name, _, function = named.rpartition(":")
        if not name.endswith(".py") or not function.isidentifier():
            raise DesignError(f"{slug!r} is no scripted seat. The forms: {FORMS}.")
        if not self._allows_code:
            raise DesignError(f"{slug!r} runs Python code that the study names: add --allow-code if you trust it.")
        part = defined(self._file(slug, name), function)
        if not callable(part):
            raise DesignError(f"{slug!r}: {name} has no function {function!r}.")
        found: Part = part
        return found

    def _file(self, slug: str, name: str) -> Path:
        path = (self._folder / name).resolve()
        if not path.is_relative_to(self._folder.resolve()):
            raise DesignError(f"{slug!r}: {name} must lie beside the study or in a folder below it.")
        if not path.is_file():
            raise DesignError(f"{slug!r}: there is no file {path}.")
        return path


def provider(surroundings: Surroundings) -> Scripted:
    """Return the scripted seats of a study."""
    return Scripted(surroundings)


def last_heard(request: ChatRequest) -> str:
    """Return what was said last before the asked seat is to speak, without the name of who said it in a script."""
    if request.messages[-1].role != "script":
        return request.messages[-1].content
    lines = [line for line in _script(request)[:-1] if line]
    name, colon, said = lines[-1].partition(": ") if lines else ("", "", "")
    return said if colon else name


def _script(request: ChatRequest) -> list[str]:
    return request.messages[-1].content.split("\n")


def _in_turn(lines: Sequence[str]) -> Part:
    return lambda request: lines[min(request.occasion.own_turns, len(lines) - 1)]


def _in_turn_or_nothing(lines: Sequence[str], request: ChatRequest) -> object:
    own = request.occasion.own_turns
    return lines[own] if own < len(lines) else _NOTHING_MORE
