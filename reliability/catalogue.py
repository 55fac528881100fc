"""Which proofs there are: one for each file in ``parts``."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

from colloquia.errors import nearest

if TYPE_CHECKING:
    from reliability.row import Part

PARTS = Path(__file__).parent / "parts"


def names() -> tuple[str, ...]:
    """Return the names of all proofs."""
    return tuple(sorted(path.stem for path in PARTS.glob("[a-z]*.py")))


def what(name: str) -> str:
    """Return what a proof says of itself in a sentence, without starting it."""
    text = (PARTS / f"{name}.py").read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]


def part(name: str) -> Part:
    """Return the proof of that name.

    Raises:
        ValueError: there is none.
    """
    if name not in names():
        raise ValueError(f"there is no part {name!r}: {', '.join(names())}.{nearest(name, names())}")
    return cast("Part", import_module(f"reliability.parts.{name}"))
