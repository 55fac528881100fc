"""Every measure with its variables, least input, caveat and the source of its checked example."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from colloquia.analysis.measuring.registry import built_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from colloquia.analysis.measuring.measure import Measure, Variable

HEAD = """# Measures

A measure is a pure function of a transcript. `colloquia measure` computes what is missing, into `measures.jsonl`, each
value beside the hash of all that it depends on; `colloquia.load(folder).measures` has them as a frame. A measure that
cannot say anything about a transcript gives no number and the reason.
"""
COLUMNS = "| variable | of a | counts | from | to | more means | turns become a seat by |"


def page() -> str:
    """Return the page."""
    return HEAD + "".join(text for measure in built_in().values() for text in _measure(measure))


def _measure(measure: Measure) -> Iterator[str]:
    yield f"\n## {measure.id}\n\n**{measure.title}**, version {measure.version}.\n"
    if told := inspect.getdoc(inspect.getmodule(measure.of)):
        yield f"\n{told}\n"
    yield f"\n{COLUMNS}\n|---|---|---|---:|---:|---|---|\n"
    yield from (_variable(variable) for variable in measure.variables)
    yield f"\n*Least input:* {measure.minimum}\n\n*Caveat:* {measure.caveat}\n"
    if measure.params:
        params = ", ".join(f"`{name}` = {value:g}" for name, value in measure.params.items())
        yield f"\n*Computed with* {params}.\n"
    if measure.needs != "nothing":
        yield f"\n*Needs:* {measure.needs}.\n"
    yield f"\n*The checked example is known from:* {measure.fixture.source}\n"


def _variable(variable: Variable) -> str:
    bounds = ("" if bound is None else f"{bound:g}" for bound in (variable.low, variable.high))
    cells = (
        f"`{variable.name}`", variable.unit, variable.scale, *bounds, variable.more_means, variable.aggregation or "",
    )  # fmt: skip
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"
