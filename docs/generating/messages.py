"""The kinds of error, and every message with which a study, a setting or a folder is refused."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from typing import TYPE_CHECKING

from colloquia import errors

if TYPE_CHECKING:
    from collections.abc import Iterator

HOUSE = Path(errors.__file__).parent
KINDS = ("DesignError", "SettingsError", "FolderError", "DroppedTurnsError", "DamagedLogError", "FolderBusyError")
HEAD = """# Errors

A message says what happened, to what, and what to do; one about a study begins with the place in it. `{...}` stands for
what is named in yours.
"""


def page() -> str:
    """Return the page."""
    tree = inspect.cleandoc(errors.__doc__ or "").partition("::\n")[2]
    found: dict[str, set[str]] = {}
    for file in sorted(HOUSE.rglob("*.py")):
        for kind, message in _raised(ast.parse(file.read_text(encoding="utf-8"))):
            found.setdefault(kind, set()).add(message)
    lists = "".join(_list(kind, sorted(found.get(kind, ()), key=str.lower)) for kind in KINDS)
    return f"{HEAD}\n```text\n{_drawing(tree)}```\n{lists}"


def _drawing(tree: str) -> str:
    return "".join(f"{line[4:]}\n" for line in tree.splitlines() if line.startswith("    "))


def _list(kind: str, messages: list[str]) -> str:
    if not messages:
        return ""
    told = inspect.getdoc(getattr(errors, kind)) or ""
    return f"\n## {kind}\n\n{told}\n\n" + "".join(f"- {message}\n" for message in messages)


def _raised(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield what a file can raise: by a class of ours, or by the place of a study (`place.error(...)`)."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        kind = _kind(node.func)
        message = _template(node.args[0])
        if kind and message:
            yield kind, message


def _kind(function: ast.expr) -> str | None:
    if isinstance(function, ast.Name) and function.id in KINDS:
        return function.id
    if isinstance(function, ast.Attribute) and function.attr == "error":
        return "DesignError"
    return None


def _template(argument: ast.expr) -> str | None:
    """Return a text with `{...}` where something is put in, as inline code so that nothing in it is markup."""
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return _code(argument.value)
    if isinstance(argument, ast.JoinedStr):
        parts = (part.value if isinstance(part, ast.Constant) else "{...}" for part in argument.values)
        return _code("".join(map(str, parts)))
    return None


def _code(text: str) -> str:
    plain = " ".join(text.split())
    return f"`` {plain} ``" if "`" in plain else f"`{plain}`"
