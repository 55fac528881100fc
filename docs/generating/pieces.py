"""What an extension is made with: every class that it is handed or hands back, as the code describes it."""

from __future__ import annotations

import inspect
from dataclasses import MISSING, fields, is_dataclass
from typing import TYPE_CHECKING, Any

from colloquia import errors
from colloquia.analysis.codebook import described
from colloquia.analysis.measuring import measure, transcript
from colloquia.conversation import chat_model, draws, kind, moves, steps
from colloquia.conversation.transcript import Announcement, Turn

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = """# The pieces of an extension

What a procedure, a measure and a provider of your own are handed, and what they hand back. How to write one, with a
file that is tried: [a procedure](../extending/procedure.md), [a measure](../extending/measure.md),
[a provider](../extending/provider.md). Fields without a default must be given.
"""
SECTIONS: dict[str, tuple[Any, ...]] = {
    "A procedure yields steps": (steps.Speak, steps.Move, steps.Announce, steps.End),
    "It is sent turns": (Turn, Announcement),
    "It reads moves": (moves.OneOf, moves.Amount),
    "It is made for a conversation": (steps.Setup, draws.Draws, kind.Staged, kind.Kind),
    "A measure is handed a transcript": (transcript.Transcript, transcript.Said, transcript.Seat, transcript.Answer),
    "It gives values": (measure.number, measure.Value),
    "It describes itself": (measure.Measure, measure.Variable, measure.Fixture, transcript.dyad),
    "A provider is handed a request": (chat_model.ChatRequest, chat_model.Message, chat_model.Occasion),
    "It returns a reply, or raises a failed call": (
        chat_model.Reply, chat_model.Usage, errors.CallError, errors.Failure, errors.Fault,
    ),
}  # fmt: skip


def page() -> str:
    """Return the page."""
    return HEAD + "".join(
        f"\n## {title}\n" + "".join("".join(_piece(piece)) for piece in pieces) for title, pieces in SECTIONS.items()
    )


def _piece(piece: Any) -> Iterator[str]:  # noqa: ANN401 (a class or a function)
    yield f"\n### {piece.__name__}\n\n`from {piece.__module__} import {piece.__name__}`\n\n{_told(piece)}\n"
    rows = list(_rows(piece))
    if rows:
        yield "\n| | |\n|---|---|\n" + "".join(f"| {name} | {text} |\n" for name, text in rows)


def _rows(piece: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 (the same)
    if inspect.isfunction(piece):
        yield _code(piece.__name__ + _signature(piece)), ""
        return
    told = described(piece)
    written = {field.name: field for field in fields(piece)} if is_dataclass(piece) else {}
    yield from ((_field(field), _cell(told.get(name, ""))) for name, field in written.items())
    yield from ((_code(name), _cell(text)) for name, text in told.items() if name not in written)
    for name, member in vars(piece).items():
        of = member.fget if isinstance(member, property) else member
        if not name.startswith("_") and inspect.isfunction(of) and name not in written:
            call = "" if isinstance(member, property) else _signature(of)
            yield _code(name + call), _cell((inspect.getdoc(of) or "").partition("\n\n")[0])


def _field(field: Any) -> str:  # noqa: ANN401 (a field of a dataclass)
    if field.default is MISSING:
        default = "" if field.default_factory is MISSING else " = empty"
    else:
        default = f" = {getattr(field.default, '__name__', repr(field.default))}"
    return _code(f"{field.name}: {field.type}{default}")


def _signature(function: Any) -> str:  # noqa: ANN401 (any function)
    found = inspect.signature(function)
    plain = [each.replace(annotation=each.empty) for each in found.parameters.values() if each.name != "self"]
    return str(found.replace(parameters=plain, return_annotation=found.empty))


def _code(text: str) -> str:
    return f"`{text.replace('|', chr(92) + '|')}`"


def _told(piece: Any) -> str:  # noqa: ANN401 (a class or a function)
    return _plain(inspect.getdoc(piece) or "")


def _cell(text: str) -> str:
    return " ".join(_plain(text).split()).replace("|", "\\|")


def _plain(text: str) -> str:
    return text.replace("``", "`").replace(":class:`", "`").replace(":mod:`", "`")
