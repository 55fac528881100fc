"""``colloquia judge``: what judges are still to be asked, what that costs, and what came of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from colloquia.cli import display
from colloquia.cli.running import stoppable
from colloquia.cli.terminal import COMMAND, on_one_line, plain, say, table, there
from colloquia.lab.judging import asking_judges, judging
from colloquia.lab.judging.answering import Answering
from colloquia.lab.planning.amounts import count, duration, money, spent
from colloquia.lab.running.loops import finished
from colloquia.running.control import Control

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from colloquia.lab.judging.answering import Judged
    from colloquia.lab.judging.judging import Drawn
    from colloquia.lab.planning.bench import Options

LINE_WIDTH = 110
MOST_REASONS = 3
MOST_FAILURES = 5


def judge(study: Path | None, options: Options, names: Sequence[str], *, is_plan: bool = False) -> int:
    """Ask the judges, and return the exit code."""
    found, folder = judging.look_up(study, options)
    drawn = finished(judging.draw_up(found, folder, options, names))
    for line in _beforehand(drawn):
        say(plain(line))
    if is_plan or drawn.is_complete:
        return 0
    began = time.monotonic()
    judged = finished(_held(drawn))
    for line in _afterwards(drawn, judged, time.monotonic() - began):
        say(plain(line))
    return judged.exit_code


async def _held(drawn: Drawn) -> Judged:
    control, answering = Control(), Answering()
    began = time.monotonic()
    async with (
        display.redrawn(lambda: _progress(drawn, answering, control, time.monotonic() - began)),
        stoppable(control),
    ):
        return await asking_judges.hold(
            drawn, control=control, answering=answering, on_warning=lambda text: say(f"Note: {plain(text)}")
        )


def _progress(drawn: Drawn, answering: Answering, control: Control, seconds: float) -> Iterator[str]:
    left = f"about {duration(seconds / answering.done * (answering.asked - answering.done))} left"
    spent, cap = drawn.found.spent_usd + answering.cost_usd, drawn.bench.experiment.max_cost
    yield (
        f"{answering.done:,} of {count(answering.asked, 'answer')}, "
        f"{answering.input_tokens:,} + {answering.output_tokens:,} tokens, "
        f"{money(spent)}{f' of {money(cap)}' if cap else ''}, {left if answering.done else 'starting'}"
    )
    if not control.is_running:
        yield plain(f"stopping ({control.reason}): {control.message}")
    elif control.is_paused:
        yield f"paused: nothing new is asked for; `{COMMAND} resume` goes on"
    if answering.newest:
        newest = answering.newest
        yield on_one_line(f"{newest.judge} by {newest.by}: {newest.answer or newest.missing}", LINE_WIDTH)


def _beforehand(drawn: Drawn) -> Iterator[str]:
    """Yield what is missing and what it will cost, line by line."""
    yield from (f"Note: {sentence}" for sentence in drawn.advice)
    rows: list[tuple[str, ...]] = [("judge", "reads", "by", "to ask", "kept")]
    for each in drawn.wanted:
        reads = f"{each.judge.reads} per {each.judge.per}" if each.judge.reads else f"each {each.judge.unit}"
        kept = len(each.asked) - len(each.missing)
        later = f" and {count(each.waiting, 'group')} later" if each.waiting else ""
        who = count(len(each.judge.by), "model")
        rows.append((each.judge.name, reads, who, f"{len(each.missing):,}{later}", f"{kept:,}"))
    yield from table(rows)
    for reason, number in drawn.subjects.left_out.items():
        yield f"{count(number, 'conversation')} left out: {reason}."
    if drawn.unreadable:
        yield f"{count(drawn.unreadable, 'line')} of judgements.jsonl cannot be read and counted for nothing."
    yield _bill(drawn)


def _bill(drawn: Drawn) -> str:
    folder, bill = drawn.bench.folder.path, drawn.bill
    if not drawn.missing:
        return f"No answer is missing in {folder}."
    to_do = f"To ask in {folder}: about {bill.input_tokens:,} tokens in and {bill.output_tokens:,} out"
    if bill.likely_usd is None:
        return f"{to_do}; the price of a judge is unknown.{_spent(drawn)}"
    if bill.most_usd == 0:
        return f"{to_do}, at no cost.{_spent(drawn) if drawn.found.spent_usd else ''}"
    return f"{to_do}, about {money(bill.likely_usd)}, at most {money(bill.most_usd)}.{_spent(drawn)}"


def _spent(drawn: Drawn) -> str:
    found = drawn.found
    so_far = spent(found.spent_usd, has_unknown_cost=found.has_unknown_cost, has_bounded_cost=found.has_bounded_cost)
    cap = drawn.bench.experiment.max_cost
    of = f" of {money(cap)}" if cap is not None else ""
    return f" Spent so far: {so_far}{of}, {money(found.judges_usd)} of it on judges."


def _afterwards(drawn: Drawn, judged: Judged, seconds: float) -> Iterator[str]:
    answering, folder = judged.answering, drawn.bench.folder
    yield ""
    yield (
        f"{count(answering.done, 'answer')} in {duration(seconds)}; {answering.input_tokens:,} tokens in, "
        f"{answering.output_tokens:,} out, {money(answering.cost_usd)} for judges (in this folder so far: "
        f"{money(judged.spent_usd)} for all)."
    )
    rows: list[tuple[str, ...]] = [("judge", "by", "answered", "missing", "why")]
    for (name, by), tally in sorted(answering.tallies.items()):
        why = ", ".join(f"{reason} ({number:,})" for reason, number in tally.missing.most_common(MOST_REASONS))
        rows.append((name, by, f"{tally.answered:,}", f"{tally.missing.total():,}", why))
    yield from table(rows) if len(rows) > 1 else ()
    if judged.stopped_by:
        yield f"Stopped early ({judged.stopped_by}). {judged.message}".strip()
    yield from (f"Stopped: {message}" for message in judged.stopped_models.values())
    if failures := judged.answering.failures:
        yield f"{count(len(failures), 'question')} failed; the journal says why, the next time tries again:"
        yield from (f"  {message}" for message in list(dict.fromkeys(failures.values()))[:MOST_FAILURES])
    others = sorted(set(answering.sources) - {"live", "human"} | set(drawn.subjects.sources) - {"live", "human"})
    if others:
        yield f"{' and '.join(others).upper()}: these answers are fit for a first look and not for findings."
    yield f"The answers:       {folder.path / folder.judgements}"
    yield f"In Python:         colloquia.load({str(folder.path)!r}).judgements"
    yield f"What they are worth: {COMMAND} judge --validity {there(folder.path)}"
    if judged.missing:
        yield f"To go on:          {COMMAND} judge {there(folder.path)}"
