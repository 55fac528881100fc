"""Differences between the levels of a factor: each two of them, tested as one family."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from colloquia.analysis.figures.figure import Figure, asked, caption
from colloquia.analysis.figures.forest import forest
from colloquia.analysis.quantities import quantity
from colloquia.analysis.statistics.result import CONFIDENCE
from colloquia.analysis.statistics.statistics import statistics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colloquia.analysis.tables import Frames


def contrasts(
    frames: Frames, name: str = "words", *, by: str = "scenario", within: Sequence[str] = (), bound: float | None = None
) -> Figure:
    """Return the difference of each two levels of a factor, with its interval; p values by Holm stand in the table.

    Args:
        frames: What is drawn.
        name: A quantity; see :mod:`colloquia.analysis.quantities`.
        by: The factor: ``scenario``, ``speaker_model``, ``speaker_role`` or a factor of the study.
        within: Columns within whose combinations levels are compared.
        bound: A difference that was called negligible beforehand, drawn as a band.

    Raises:
        DesignError: there is no such quantity or column.
    """
    about = quantity(name, frames)
    found, why = asked(frames, (by, *within), lambda: statistics(frames, name).contrasts(by, within=within))
    others = f"{f', within={list(within)!r}' if within else ''}{'' if bound is None else f', bound={bound!r}'}"
    estimates = [replace(each, name=each.name.partition(": ")[2]) for each in found.estimates] if found else []
    figure = forest(
        frames, estimates, title=f"{about.title}: differences by {by.removeprefix('speaker_')}",
        unit=f"Difference: {about.title[0].lower()}{about.title[1:]}", bound=bound,
        code=f"contrasts(frames, {name!r}, by={by!r}{others})",
    )  # fmt: skip
    if found is None:
        return replace(figure, name=f"contrasts-{name}-{by}", caption=caption(frames, why))
    adjusted = dict(zip((each.name for each in estimates), found.adjusted, strict=True))
    apart = sum(p <= 1 - CONFIDENCE for p in found.adjusted)
    family = (
        f"{apart} of the {len(estimates)} differences, over up to {max(each.conversations for each in estimates):,} "
        "conversations each, are found at the 5 % level by Holm (p_holm in the table)."
    )
    return replace(
        figure, name=f"contrasts-{name}-{by}", caption=f"{figure.caption} {family}",
        table=figure.table.assign(p_holm=figure.table["name"].map(adjusted)),
    )  # fmt: skip
