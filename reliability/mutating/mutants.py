"""Which small bugs can be made in a source file: each changes one thing, by its place in the file.

Changed are comparisons, ``and`` and ``or``, ``not``, bare conditions, arithmetic, numbers, Booleans and bytes, ``min``
and ``max``, ``any`` and ``all``; what a function returns is left out, and so are single statements. Left alone is what
no run can notice or what every import would: annotations, decorators, names of types, texts for people.
"""

from __future__ import annotations

import ast
import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_COMPARED: dict[type, tuple[type, ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_RECKONED: dict[type, type] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Pow: ast.Mult,
    ast.LShift: ast.RShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_CALLED = {"min": "max", "max": "min", "any": "all", "all": "any"}
_CONDITIONS = (ast.Compare, ast.BoolOp, ast.UnaryOp, ast.Constant)
"""Conditions that are changed from within."""
_UNSEEN = ("annotation", "returns", "decorator_list")


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One small bug in one file."""

    line: int
    words: str
    """What the changed line, or the part of it that is changed, becomes."""
    plant: Callable[[], None]
    """Makes it in the tree that it was found in."""


def mutants(tree: ast.Module) -> list[Mutant]:
    """Return all small bugs that can be made in ``tree``, in the order of the file; the same for equal trees."""
    return sorted((mutant for node in _logic(tree) for mutant in _of(node)), key=lambda mutant: mutant.line)


def _logic(node: ast.AST) -> Iterator[ast.AST]:
    """Yield every node that decides what a program does."""
    yield node
    for name, value in ast.iter_fields(node):
        if name in _UNSEEN or (name == "keywords" and isinstance(node, ast.ClassDef)):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _is_passed_over(child):
                yield from _logic(child)


def _is_passed_over(node: ast.AST) -> bool:
    if isinstance(node, ast.If):
        return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    return isinstance(node, ast.JoinedStr)


def _of(node: ast.AST) -> Iterator[Mutant]:  # noqa: C901 (one case for each kind of node)
    match node:
        case ast.Compare(ops=ops):
            for at, old in enumerate(ops):
                for new in _COMPARED[type(old)]:
                    yield _with(node, "ops", [*ops[:at], new(), *ops[at + 1 :]])
        case ast.BoolOp(op=op):
            yield _with(node, "op", ast.Or() if isinstance(op, ast.And) else ast.And())
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield _with(node, "operand", _not(operand))
        case ast.BinOp(op=op) | ast.AugAssign(op=op) if type(op) in _RECKONED and not _is_type(node):
            yield _with(node, "op", _RECKONED[type(op)]())
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test) if not isinstance(test, _CONDITIONS):
            yield _with(node, "test", _not(test))
        case ast.comprehension(ifs=[test]) if not isinstance(test, _CONDITIONS):
            yield _with(node, "ifs", [_not(test)])
        case ast.Constant(value=value):
            for other in _others(value):
                yield _with(node, "value", other)
        case ast.Call(func=ast.Name(id=name)) if name in _CALLED:
            yield _with(node, "func", ast.Name(_CALLED[name], ast.Load()))
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            yield _with(node, "value", ast.Constant(None))
    yield from _without_statements(node)


def _without_statements(node: ast.AST) -> Iterator[Mutant]:
    for name in ("body", "orelse", "finalbody"):
        statements = getattr(node, name, None)
        for at, statement in enumerate(statements if isinstance(statements, list) else ()):
            if _can_go(statement):
                left = [*statements[:at], ast.Pass(), *statements[at + 1 :]]  # type: ignore[index]
                yield _with(node, name, left, line=statement.lineno)


def _can_go(statement: ast.stmt) -> bool:
    """Tell whether the rest may make sense without a statement; a name that is never set never does."""
    match statement:
        case ast.Expr(value=ast.Constant()):
            return False
        case ast.Assign(targets=targets):
            return not any(isinstance(target, ast.Name | ast.Tuple) for target in targets)
        case ast.Return(value=value):
            return value is None
    return isinstance(statement, ast.Expr | ast.Raise | ast.Delete | ast.AugAssign | ast.Continue | ast.Break)


def _others(value: object) -> tuple[Any, ...]:
    match value:
        case bool():
            return (not value,)
        case int() | float():
            return (value + 1, value - 1)
        case bytes():
            return (b"" if value else b"?",)
    return ()


def _is_type(node: ast.AST) -> bool:
    """Tell whether a node names types, as in ``Turn | None``."""
    match node:
        case ast.BinOp(left=left, right=right):
            return _is_type(left) or _is_type(right)
        case ast.Name(id=name):
            return name[0].isupper() and not name.isupper()
    return False


def _not(test: ast.expr) -> ast.UnaryOp:
    return ast.UnaryOp(ast.Not(), test)


def _with(node: Any, name: str, value: object, *, line: int | None = None) -> Mutant:
    """Return the bug that another ``value`` in one field of ``node`` is."""
    other = copy.copy(node)
    setattr(other, name, value)
    return Mutant(
        line=line or getattr(node, "lineno", None) or node.target.lineno,
        words=_difference(node, other),
        plant=lambda: setattr(node, name, value),
    )


def _difference(before: ast.AST, after: ast.AST) -> str:
    """Return the first line that differs, as it was and as it is."""
    texts = [ast.unparse(ast.fix_missing_locations(node)).split("\n") for node in (before, after)]
    old, new = next((pair for pair in zip(*texts, strict=False) if pair[0] != pair[1]), ("", ""))
    return f"{old.strip()} -> {new.strip()}"
