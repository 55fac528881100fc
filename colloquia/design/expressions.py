"""Expressions over labels, such as ``where = "goal == 'escape' and not risk == 'told'"``.

Comparisons (``== != < <= > >= in not in``) of names, texts, numbers and lists of them, joined by ``and``, ``or``,
``not`` and parentheses; a comparison of two such parts is allowed too. A name is a factor, an item, or a dotted name
such as ``belief.start``. Nothing is ever executed: the text is parsed and each piece looked up in a list of what may
stand there. A comparison with something unknown does not hold.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from colloquia.errors import DesignError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

_ASSIGNS = re.compile(r"(?<![=!<>])=(?!=)")
LONGEST = 2_000
"""Characters of an expression, at most."""

Value = str | float | bool | None
Values = Mapping[str, Value]

_Part = Any
"""What a part of an expression is worth: a value, a list of values, or whether it holds."""

_ORDER: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


@dataclass(frozen=True, kw_only=True)
class Expression:
    """A parsed expression; :func:`expression` makes it."""

    text: str
    names: frozenset[str]
    """What it speaks of."""
    _holds: Callable[[Values], _Part]

    def holds(self, values: Values) -> bool:
        """Tell whether it holds for these values; a name that has none is unknown."""
        return self._holds(values) is True


def expression(
    text: str, known: Iterable[str], labels: Mapping[str, Collection[str | float]] | None = None
) -> Expression:
    """Return ``text`` as an expression.

    Args:
        text: As a study writes it.
        known: The names that may stand in it.
        labels: All that a name can be, of those for which that is known; none is compared with anything else.

    Raises:
        DesignError: it is no expression, or speaks of something unknown; the message says where.
    """
    if len(text) > LONGEST:
        raise DesignError(f"is longer than {LONGEST:,} characters.")
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else "it cannot be parsed"
        hint = " Two things are compared with ==." if _ASSIGNS.search(text) else ""
        raise DesignError(f"{text!r} is no expression: {reason}.{hint}") from None
    reader = _Reader(text=text.strip(), known=frozenset(known), labels=labels or {})
    try:
        holds = reader.claim(tree.body)
    except RecursionError:
        raise DesignError(f"{text!r} is nested too deeply.") from None
    return Expression(text=text, names=frozenset(reader.names(tree.body)), _holds=holds)


@dataclass(frozen=True, kw_only=True)
class _Reader:
    text: str
    known: frozenset[str]
    labels: Mapping[str, Collection[str | float]]

    def claim(self, node: ast.expr) -> Callable[[Values], bool]:
        """Return what tells whether a part holds."""
        match node:
            case ast.BoolOp(op=ast.And(), values=parts):
                claims = [self.claim(part) for part in parts]
                return lambda values: all(claim(values) for claim in claims)
            case ast.BoolOp(values=parts):
                claims = [self.claim(part) for part in parts]
                return lambda values: any(claim(values) for claim in claims)
            case ast.UnaryOp(op=ast.Not(), operand=part):
                inner = self.claim(part)
                return lambda values: not inner(values)
            case ast.Compare():
                return self._comparison(node)
        raise self._error(node, "says nothing that holds or does not; compare it with something, such as == 'label'")

    def names(self, node: ast.expr) -> Iterable[str]:
        """Yield the names that stand in a part."""
        for part in ast.walk(node):
            if isinstance(part, ast.Attribute | ast.Name) and (name := _dotted(part)) in self.known:
                yield name

    def _comparison(self, node: ast.Compare) -> Callable[[Values], bool]:
        parts = [self._part(part) for part in (node.left, *node.comparators)]
        checks = [_CHECKS.get(type(op)) for op in node.ops]
        if None in checks:
            raise self._error(node, "compares by identity; write == or !=")
        nodes = (node.left, *node.comparators)
        for left, op, right in zip(nodes, node.ops, nodes[1:], strict=False):
            if type(op) not in _ORDER:
                self._check_labels(left, right)
                self._check_labels(right, left)
        steps = list(zip(parts, checks, parts[1:], strict=False))
        return lambda values: all(check(left(values), right(values)) for left, check, right in steps if check)

    def _check_labels(self, named: ast.expr, other: ast.expr) -> None:
        """Refuse what a name is compared with where it can never be that: a label that is not written right."""
        labels = self.labels.get(_dotted(named) or "")
        if labels is None:
            return
        for node in other.elts if isinstance(other, ast.List | ast.Tuple | ast.Set) else (other,):
            value = node.value if isinstance(node, ast.Constant) else None
            if isinstance(value, str | int | float) and not any(_same(value, label) for label in labels):
                options = sorted(map(str, labels))
                hint = nearest(str(value), options) or f" Known: {', '.join(options) or 'nothing'}."
                raise DesignError(f"{self.text!r} compares {_dotted(named)!r} with {value!r}, which it never is.{hint}")

    def _part(self, node: ast.expr) -> Callable[[Values], _Part]:
        match node:
            case ast.Constant(value=str() | int() | float() as value):
                return lambda _: value
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
                return lambda _: -number
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
                read = [self._part(part) for part in parts]
                return lambda values: [part(values) for part in read]
            case ast.Name() | ast.Attribute():
                name = self._name(node)
                return lambda values: values.get(name)
            case ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
                return self.claim(node)
        raise self._error(node, "cannot stand in an expression")

    def _name(self, node: ast.expr) -> str:
        name = _dotted(node)
        if name is None:
            raise self._error(node, "cannot stand in an expression")
        if name not in self.known:
            hint = nearest(name, self.known) or f" Known: {', '.join(sorted(self.known)) or 'nothing'}."
            raise DesignError(f"{self.text!r} speaks of {name!r}, which nothing here is called.{hint}")
        return name

    def _error(self, node: ast.expr, reason: str) -> DesignError:
        found = ast.get_source_segment(self.text, node) or self.text
        return DesignError(f"in {self.text!r}, {found!r} {reason}.")


def _dotted(node: ast.expr) -> str | None:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=inner, attr=last):
            first = _dotted(inner)
            return None if first is None else f"{first}.{last}"
    return None


def _same(left: _Part, right: _Part) -> bool:
    """Tell whether two values are the same; a label that is written as a number equals that number."""
    if left is None or right is None:
        return False
    numbers = _number(left), _number(right)
    if isinstance(left, str) != isinstance(right, str) and None not in numbers:
        return numbers[0] == numbers[1]
    return bool(left == right)


def _differs(left: _Part, right: _Part) -> bool:
    return left is not None and right is not None and not _same(left, right)


def _is_in(left: _Part, right: _Part) -> bool:
    return left is not None and isinstance(right, list) and any(_same(left, each) for each in right)


def _is_not_in(left: _Part, right: _Part) -> bool:
    return left is not None and isinstance(right, list) and not _is_in(left, right)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[_Part, _Part], bool]:
    def check(left: _Part, right: _Part) -> bool:
        first, second = _number(left), _number(right)
        return first is not None and second is not None and compare(first, second)

    return check


def _number(value: _Part) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        return float(value) if isinstance(value, str | int | float) else None
    except ValueError:
        return None


_CHECKS: dict[type[ast.cmpop], Callable[[_Part, _Part], bool]] = {
    ast.Eq: _same,
    ast.NotEq: _differs,
    ast.In: _is_in,
    ast.NotIn: _is_not_in,
    **{kind: _ordered(compare) for kind, compare in _ORDER.items()},
}
