"""``colloquia plan``, and the words in which ``run`` says beforehand what it will do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colloquia.cli.reckoning import earlier, matrix, time_needed, warnings
from colloquia.cli.terminal import plain, say, table
from colloquia.design.advice import sent
from colloquia.design.forking import unforked
from colloquia.design.models import prefix
from colloquia.garbage import collecting_rarely
from colloquia.lab.planning.amounts import count, money, spent
from colloquia.lab.planning.bench import find_study, lay_out
from colloquia.lab.planning.planning import draw_up
from colloquia.lab.running.loops import finished

MOST_SEATS = 6
"""So many roles of a scenario are named."""

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from colloquia.conversation.materials import Scenario
    from colloquia.design.forecast import Forecast
    from colloquia.design.study import Experiment
    from colloquia.lab.planning.bench import Bench, Options
    from colloquia.lab.planning.planning import Plan


@collecting_rarely()
def plan(study: Path | None, options: Options) -> None:
    """Print the plan of a study."""
    bench, drawn = laid_out(study, options)
    for line in (*design(bench), *matrix(bench.experiment, drawn), "", *what_will_run(drawn), *earlier(drawn)):
        say(line)


@collecting_rarely()
def laid_out(study: Path | None, options: Options) -> tuple[Bench, Plan]:
    """Return a study laid out, and its plan."""
    found = find_study(study, options.run_dir)
    bench = finished(lay_out(found, options))
    return bench, draw_up(bench)


def design(bench: Bench) -> Iterator[str]:
    """Yield the design of a study, line by line."""
    experiment = bench.experiment
    yield plain(experiment.title or bench.study.origin)
    yield ""
    yield from table(
        [
            ("models", plain(name), plain(entry.slug), _price(bench, entry.slug))
            for name, entry in experiment.entries.items()
        ]
    )
    yield from table(
        [
            (
                "scenarios",
                plain(name),
                plain(_seats(scenario)),
                f"{scenario.num_turns} turns",
                _cells(experiment, name, len(scenario.opener)),
            )
            for name, scenario in experiment.materials.items()
        ]
    )
    yield _in_all(bench)
    yield ""
    for name, said in sent(experiment).items():
        yield plain(f"{name} {said}")
    yield ""


def _in_all(bench: Bench) -> str:
    designed = list(unforked(bench.trials))
    forks = len(bench.trials) - len(designed)
    turns = sum(trial.num_turns for trial in designed)
    beside = f"; {count(forks, 'fork')} beside" if forks else ""
    return f"in all     {count(len(designed), 'conversation')}, {turns:,} turns{beside}"


def _seats(scenario: Scenario) -> str:
    names = [role.name for role in scenario.roles]
    return " and ".join(names) if len(names) <= MOST_SEATS else f"{names[0]} to {names[-1]}, {len(names)} seats"


def _cells(experiment: Experiment, scenario: str, openers: int) -> str:
    combinations = len(experiment.variants[scenario])
    varied = f" x {count(combinations, 'combination')}" if combinations > 1 else ""
    opened = " x 2 who open" if openers > 1 else ""
    iterations = count(experiment.iterations_of(scenario), "iteration")
    return f"{count(len(experiment.pairs[scenario]), 'pair')}{varied}{opened} x {iterations}"


def what_will_run(drawn: Plan) -> Iterator[str]:
    """Yield what is missing and what it will cost, line by line."""
    for sentence in drawn.advice:
        yield f"Note: {plain(sentence)}"
    yield from warnings(drawn)
    difference = drawn.difference
    yield from table(
        [
            ("new", *_amounts(difference.new)),
            ("longer", *_amounts(difference.longer)),
            (
                "unchanged",
                count(difference.unchanged.conversations, "conversation"),
                count(difference.unchanged.turns, "turn"),
                "",
            ),
            (
                "no longer planned",
                count(difference.dropped.conversations, "conversation"),
                count(difference.dropped.turns, "turn"),
                f"{money(difference.dropped.cost_usd)} spent" if difference.dropped.conversations else "",
            ),
        ]
    )
    if difference.quarantined:
        yield (
            f"damaged: {count(difference.quarantined, 'conversation')}, left as they are; `colloquia check` says why."
        )
    if answers := difference.missing.answers:
        yield f"besides, {count(answers, 'answer')} to probes"
    yield _bill(drawn)
    if time := time_needed(drawn):
        yield time


def _amounts(forecast: Forecast) -> tuple[str, str, str]:
    cost = f"about {money(forecast.cost_usd)}" if forecast.conversations and forecast.cost_usd != 0 else ""
    return count(forecast.conversations, "conversation"), count(forecast.turns, "turn"), cost


def _bill(drawn: Plan) -> str:
    missing, folder = drawn.difference.missing, drawn.folder
    if not missing.conversations:
        return f"Nothing {'else ' if drawn.difference.quarantined else ''}is missing in {folder}."
    to_do = f"To do in {folder}: about {missing.input_tokens:,} tokens in and {missing.output_tokens:,} out"
    if missing.cost_usd is None:
        return f"{to_do}; the price of a model is unknown.{_spent(drawn)}"
    if missing.cost_usd == 0:
        return f"{to_do}, at no cost.{_spent(drawn) if drawn.spent_usd else ''}"
    low, high = money(missing.least_usd), money(missing.most_usd)
    return f"{to_do}, about {money(missing.cost_usd)} (from {low}, at most {high}).{_spent(drawn)}"


def _spent(drawn: Plan) -> str:
    so_far = spent(drawn.spent_usd, has_unknown_cost=drawn.has_unknown_cost, has_bounded_cost=drawn.has_bounded_cost)
    cap = drawn.experiment.max_cost
    of_cap = f" of {money(cap)}" if cap is not None else ""
    on_judges = f", {money(drawn.judges_usd)} of it on judges" if drawn.judges_usd else ""
    return f" Spent so far: {so_far}{of_cap}{on_judges}."


def _price(bench: Bench, slug: str) -> str:
    price = bench.prices.get(slug)
    if price is None:
        return "price unknown" if prefix(slug) or bench.listed.cards else "price unknown (the list could not be had)"
    if not (price.prompt or price.completion or price.request):
        return "free"
    return f"${price.prompt * 1e6:g} in, ${price.completion * 1e6:g} out per million tokens"
