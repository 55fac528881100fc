"""What is expected, written before the data: hypotheses, and what confirmatory tables leave out.

A hypothesis compares one outcome between two groups of conversations. The outcome is a column of the conversations
(``belief.change``, ``num_turns``, ``measure.variable``) or a claim about one (``success == 'yes'``), which then counts
1 where it holds and 0 where it does not. Both groups and ``exclude`` are expressions over the same columns.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from colloquia.design.expressions import Expression, expression
from colloquia.errors import DesignError, nearest
from colloquia.places import Place, kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from colloquia.design.expressions import Values

Group = Literal["first", "second"]
Columns = Mapping[str, Collection[str] | None]
"""Columns of conversations, with all that can stand in one where the study knows it."""

_PARTS = ("start", "end", "change")
"""Columns of a probe."""
_WORDS = frozenset({"outcome", "higher", "than", "same", "within"})
_GROUPS = 2


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What is compared: one number for each conversation."""

    text: str
    """As the study writes it."""
    claim: Expression | None
    """None where it is a column."""

    def value(self, values: Values) -> float | None:
        """Return the outcome of the conversation that has these values in its columns; None where it is unknown."""
        if self.claim is not None:
            is_known = all(values.get(name) is not None for name in self.claim.names)
            return float(self.claim.holds(values)) if is_known else None
        found = values.get(self.text)
        return float(found) if isinstance(found, int | float) else None


@dataclass(frozen=True, kw_only=True)
class Hypothesis:
    """One expectation: the outcome is higher in the first group than in the second, or the same within a margin."""

    name: str
    outcome: Outcome
    first: Expression
    second: Expression
    within: float | None = None
    """The largest difference that still counts as the same; None where the first group is expected to be higher."""

    def group(self, values: Values) -> Group | None:
        """Return which group a conversation belongs to; None where it is in neither, or in both."""
        in_first, in_second = self.first.holds(values), self.second.holds(values)
        if in_first == in_second:
            return None
        return "first" if in_first else "second"


def columns_of_probes(probes: Iterable[str]) -> Iterable[str]:
    """Yield the columns that probes have in the table of conversations."""
    return (f"{probe}.{part}" for probe in probes for part in _PARTS)


def is_of_probe(column: str) -> bool:
    """Tell whether a column of conversations is a probe's; no factor can be called so."""
    return column.rpartition(".")[2] in _PARTS and "." in column


def read_hypotheses(value: object, known: Columns, place: Place) -> tuple[Hypothesis, ...]:
    """Return the hypotheses of a study, in its order.

    Args:
        value: As the study holds it.
        known: Columns of conversations; a dotted name beyond them is taken for ``measure.variable``.
        place: Where it stands in the study.

    Raises:
        DesignError: one says something that cannot be compared.
    """
    if value is None:
        return ()
    entries = place.mapping(value, of="name = { outcome, higher, than }")
    return tuple(_hypothesis(name, entry, known, place.at(name)) for name, entry in entries.items())


def read_expression(value: object, known: Columns, place: Place) -> Expression:
    """Return an expression over columns of conversations.

    Raises:
        DesignError: it is none, or speaks of a column that there will not be.
    """
    text = place.text(value)
    try:
        labels = {name: found for name, found in known.items() if found is not None}
        return expression(text, [*known, *_of_measures(text, known)], labels)
    except DesignError as error:
        raise place.error(str(error)) from None


def of_measures(hypotheses: Iterable[Hypothesis], exclusion: Expression | None, known: Columns) -> dict[str, Place]:
    """Return the variables of measures that a study speaks of, each with the first place where it does."""
    found: dict[str, Place] = {}
    for each in hypotheses:
        own = (each.outcome.text,) if each.outcome.claim is None else each.outcome.claim.names
        for name in (*own, *each.first.names, *each.second.names):
            found.setdefault(name, Place(path=f"hypotheses.{each.name}"))
    for name in exclusion.names if exclusion else ():
        found.setdefault(name, Place(path="exclude"))
    return {name: place for name, place in found.items() if name not in known}


def _hypothesis(name: str, entry: object, known: Columns, place: Place) -> Hypothesis:
    words = place.mapping(entry, of="outcome, higher, than")
    for word in words:
        place.known(word, _WORDS, what="word of a hypothesis")
    if set(words) not in ({"outcome", "higher", "than"}, {"outcome", "same", "within"}):
        raise place.error("needs an `outcome` with `higher` and `than`, or with `same` (two groups) and `within`.")
    first, second = _groups(words, known, place)
    return Hypothesis(
        name=name,
        outcome=_outcome(words["outcome"], known, place.at("outcome")),
        first=first,
        second=second,
        within=_margin(words["within"], place.at("within")) if "within" in words else None,
    )


def _groups(words: Mapping[str, object], known: Columns, place: Place) -> tuple[Expression, Expression]:
    if "same" not in words:
        return tuple(read_expression(words[word], known, place.at(word)) for word in ("higher", "than"))  # type: ignore[return-value] # two words, two expressions
    same, here = words["same"], place.at("same")
    if not isinstance(same, list) or len(same) != _GROUPS:
        raise here.error("expected a list of two expressions, one for each group.")
    first, second = (read_expression(text, known, here.at(number)) for number, text in enumerate(same))
    return first, second


def _outcome(value: object, known: Columns, place: Place) -> Outcome:
    text = place.text(value).strip()
    if text in known or text in _of_measures(text, known):
        return Outcome(text=text, claim=None)
    if text.replace(".", "_").isidentifier():
        hint = nearest(text, known) or " A number of turns is a variable of a measure, such as `turn_length.words`."
        raise place.error(f"{text!r} is no column of conversations.{hint}")
    return Outcome(text=text, claim=read_expression(text, known, place))


def _margin(value: object, place: Place) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise place.error(f"expected a number above 0, found {kind(value)}.")
    return float(value)


def _of_measures(text: str, known: Iterable[str]) -> set[str]:
    """Return the names in ``text`` that can only be ``measure.variable``: dotted, and like nothing that is known.

    ``NAME.start``, ``NAME.end`` and ``NAME.change`` are columns of probes, whether there is such a probe or not.
    """
    taken = {name.partition(".")[0] for name in known if "." in name}
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    found = {(node.value.id, node.attr) for node in ast.walk(tree) if _is_dotted(node)}  # type: ignore[attr-defined] # looked at by _is_dotted
    return {
        f"{first}.{last}"
        for first, last in found
        if first not in taken and last not in _PARTS and not nearest(first, taken)
    }


def _is_dotted(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
