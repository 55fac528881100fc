"""What an extension is made with: every class that it is handed or hands back, as the code describes it."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
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
_FACTORY = re.compile(r"(?:msgspec\.)?field\(default_factory=(\w+)\)")
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
    yield from ((_code(written), _cell(told[name])) for name, written in _fields(piece) if not name.startswith("_"))
    for name, member in vars(piece).items():
        of = member.fget if isinstance(member, property) else member
        if not name.startswith("_") and inspect.isfunction(of) and name not in told:
            call = "" if isinstance(member, property) else _signature(of)
            yield _code(name + call), _cell((inspect.getdoc(of) or "").partition("\n\n")[0])


def _fields(piece: type) -> Iterator[tuple[str, str]]:
    """Yield the fields of a class, each with how it is written there."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(piece))).body
    for node in tree.body if isinstance(tree, ast.ClassDef) else []:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, _FACTORY.sub(r"\1()", ast.unparse(node))
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, ast.unparse(node)


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
