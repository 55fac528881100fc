"""The parts of a plan that are tables: the design matrix, balance, overflows, what came of earlier plans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colloquia.cli.terminal import plain, table
from colloquia.design.balance import balance, uneven
from colloquia.lab.planning.amounts import count, duration, money
from colloquia.lab.planning.matrix import cells
from colloquia.lab.planning.timing import USUAL_AT_ONCE, USUAL_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from colloquia.design.balance import Sitting
    from colloquia.design.study import Experiment
    from colloquia.lab.planning.matrix import Cell
    from colloquia.lab.planning.planning import Plan
    from colloquia.lab.planning.reckoning import Reckoning
    from colloquia.lab.running.runs import Summary

MOST_COLUMNS, MOST_ROWS, WIDEST = 9, 40, 150
"""A design matrix is printed where it has no more columns and rows, and fits so many characters."""
MOST_LINES = 12
_WORDS: Mapping[str, str] = {
    "conversations": "conversations",
    "turns": "turns",
    "input_tokens": "tokens in",
    "output_tokens": "tokens out",
}


def matrix(experiment: Experiment, drawn: Plan) -> Iterator[str]:
    """Yield the design matrix: conversations by scenario at its levels and by seating; left out is ``-``."""
    found = list(cells(experiment, drawn.trials, drawn.expectations))
    rows = list(dict.fromkeys(cell.row for cell in found))
    columns = list(dict.fromkeys(cell.column for cell in found if cell.conversations))
    held = {(cell.row, cell.column) for cell in found if cell.conversations}
    numbers = _numbers(found)
    lines = table(
        [
            ("matrix", *map(plain, columns)),
            *((plain(row), *(_shown(numbers.get((row, column), 0)) for column in columns)) for row in rows),
        ]
    )
    if len(rows) > 1 or len(columns) > 1:
        if len(columns) <= MOST_COLUMNS and len(rows) <= MOST_ROWS and max(map(len, lines)) <= WIDEST:
            yield from lines
        else:
            sizes = sorted({numbers[place] for place in held})
            each = f"{sizes[0]:,}" if len(sizes) == 1 else f"{sizes[0]:,} to {sizes[-1]:,}"
            yield (
                f"matrix     {len(held):,} of {len(rows) * len(columns):,} cells are held ({count(len(rows), 'row')}, "
                f"{count(len(columns), 'seating')}), {each} conversations in each"
            )
    yield from _balance(drawn)


def _numbers(found: Sequence[Cell]) -> dict[tuple[str, str], int]:
    numbers: dict[tuple[str, str], int] = {}
    for cell in found:
        numbers[cell.row, cell.column] = numbers.get((cell.row, cell.column), 0) + cell.conversations
    return numbers


def _shown(number: int) -> str:
    return f"{number:,}" if number else "-"


def _balance(drawn: Plan) -> Iterator[str]:
    sittings = balance(drawn.trials)
    if len({each.model for each in sittings}) <= 1:
        return
    if not (off := uneven(sittings)):
        yield "balance    in each scenario every model sits in every seat, and opens from it, equally often"
        return
    yield "balance    not every model sits in every seat, or opens from it, equally often:"
    rows = [each for each in sittings if each.role in off.get((each.scenario, each.arm), ())]
    yield from table([("", "scenario", "seat", "model", "sits", "opens"), *map(_sitting, rows[:MOST_LINES])])
    if len(rows) > MOST_LINES:
        yield f"           and {count(len(rows) - MOST_LINES, 'line')} more; in Python colloquia.plan(...).balance()"


def _sitting(each: Sitting) -> tuple[str, ...]:
    place = f"{each.scenario}, {each.arm}" if each.arm else each.scenario
    return "  ", plain(place), plain(each.role), plain(each.model), f"{each.conversations:,}", f"{each.opens:,}"


def warnings(drawn: Plan) -> Iterator[str]:
    """Yield the cells in which a model's context is likely to be too small."""
    for found in drawn.overflows[:MOST_LINES]:
        place = " · ".join((found.trial.scenario, *found.trial.factors.values(), " → ".join(found.trial.names)))
        yield (
            f"Note: {count(found.conversations, 'conversation')} of {plain(place)}: from turn {found.turn} on request "
            f"and reply are likely to exceed the {found.holds:,} tokens that {plain(found.model)} holds."
        )
    if len(drawn.overflows) > MOST_LINES:
        yield f"Note: and so in {count(len(drawn.overflows) - MOST_LINES, 'cell')} more."


def time_needed(drawn: Plan) -> str:
    """Return how long a run takes, and what that rests on."""
    timing = drawn.timing
    if not timing.seconds:
        return ""
    if timing.assumed:
        basis = f"if at most {USUAL_AT_ONCE} calls of a model go at once and a reply takes {USUAL_SECONDS:g} s"
        names = plain(", ".join(timing.assumed))
        return f"About {duration(timing.seconds)}, {basis}: assumed, for want of replies of {names} here."
    return f"About {duration(timing.seconds)}, at the lanes and the latencies of this folder so far."


def earlier(drawn: Plan) -> Iterator[str]:
    """Yield what earlier runs were expected to take, and took."""
    rows = [row for each in drawn.earlier[-MOST_LINES:] if (row := _reckoned(each))]
    if rows:
        yield from table([("Runs so far", "", "expected", "actual", ""), *rows])


def turned_out(summary: Summary) -> Iterator[str]:
    """Yield what was expected of a run that nothing stopped, beside what it took."""
    missing, progress = summary.plan.difference.missing, summary.progress
    if summary.stopped_by or not missing.output_tokens or not progress.output_tokens:
        return
    dollars = ""
    if missing.cost_usd and progress.cost_usd:
        dollars = f", {money(missing.cost_usd)} ({progress.cost_usd / missing.cost_usd - 1:+.0%})"
    yield (
        f"Expected were {missing.input_tokens:,} tokens in ({progress.input_tokens / missing.input_tokens - 1:+.0%}), "
        f"{missing.output_tokens:,} out ({progress.output_tokens / missing.output_tokens - 1:+.0%}){dollars}; in "
        "brackets how far off that was."
    )


def _reckoned(run: Reckoning) -> tuple[str, ...] | None:
    if not run.expected.get("turns"):
        return None
    expected, actual = _amount(run.expected), _amount(run.actual)
    return run.at[:16].replace("T", " "), run.reason, expected, actual, _off(run)


def _amount(amounts: Mapping[str, int | float]) -> str:
    parts = [f"{amounts[word]:,.0f} {said}" for word, said in _WORDS.items() if word in amounts]
    return ", ".join([*parts, *([money(amounts["cost_usd"])] if "cost_usd" in amounts else [])])


def _off(run: Reckoning) -> str:
    """Return by how much the dollars, or where there are none the tokens, were off; nothing for a run cut short."""
    if run.reason != "finished":
        return ""
    for word, said in (("cost_usd", "dollars"), ("output_tokens", "tokens out")):
        if run.expected.get(word) and word in run.actual:
            return f"{said} {run.actual[word] / run.expected[word] - 1:+.0%}"
    return ""
