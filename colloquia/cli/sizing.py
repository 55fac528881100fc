"""``colloquia size``: how many iterations for a wanted power or precision, in conversations and dollars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colloquia.analysis.rounding import rounded
from colloquia.cli.planning import laid_out
from colloquia.cli.terminal import plain, say, table
from colloquia.lab.planning.amounts import count, money
from colloquia.lab.planning.sizing import STUDIES, assumed, conversations_at_level, sizing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from colloquia.lab.planning.bench import Options
    from colloquia.lab.planning.sizing import Sizing, Wanted


def size(
    study: Path | None,
    options: Options,
    wanted: Wanted,
    *,
    outcome: str,
    pilot: Path | None,
    spread: float | None,
    rate: float | None,
) -> None:
    """Print what studies of several sizes would find and cost."""
    _, drawn = laid_out(study, options)
    conversations_at_level(drawn.trials, wanted)
    if pilot is None:
        conversations = assumed(wanted, spread=spread, rate=rate)
    else:
        from colloquia.analysis.statistics.statistics import Statistics
        from colloquia.analysis.tables import load

        conversations = Statistics(frames=load(pilot), outcome=outcome).conversations
    found = sizing(drawn.trials, drawn.expectations, conversations, wanted, seed=drawn.experiment.seed)
    for line in _said(found, wanted, pilot):
        say(line)


def _said(found: Sizing, wanted: Wanted, pilot: Path | None) -> Iterator[str]:
    has_effect = wanted.effect is not None
    head = ("iterations", "at each level", "conversations", "about", *(["found by"] if has_effect else []), "+-")
    yield from table(
        [
            head,
            *(
                (
                    f"{each.iterations:,}",
                    f"{each.per_level:,}",
                    f"{each.conversations:,}",
                    money(each.cost_usd),
                    *([f"{each.power:.0%}"] if has_effect else []),
                    rounded(each.half_width, 3),
                )
                for each in found.sizes
            ),
        ]
    )
    yield ""
    yield plain(_answer(found, wanted))
    basis = f"spread of the pilot in {pilot}" if pilot else "spread as assumed"
    yield plain(f"{wanted.first} minus {wanted.second}; {basis}; {STUDIES} simulated studies of each size.")
    yield from (plain(f"Note: {warning}") for warning in found.warnings)


def _answer(found: Sizing, wanted: Wanted) -> str:
    parts = []
    if wanted.effect is not None:
        parts.append(f"find a difference of {wanted.effect:g} in {wanted.power:.0%} of studies")
    if wanted.half_width is not None:
        parts.append(f"know it to +-{wanted.half_width:g}")
    what = " and ".join(parts)
    if found.enough is None:
        return f"None of these is enough to {what}; ask for less, or look at more iterations by a smaller step."
    size = found.enough
    return (
        f"To {what}: {count(size.iterations, 'iteration')}, {count(size.conversations, 'conversation')}, about "
        f"{money(size.cost_usd)}."
    )
