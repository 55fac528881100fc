"""Cells left out of a design and brought back, in the study's own words: ``where`` and ``pairing``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from colloquia.design.pairing import Seating
    from colloquia.design.study import Experiment
    from colloquia.lab.drafting.drafting import Draft

_AND = " and "


def clause(scenario: str, labels: Mapping[str, str]) -> str:
    """Return the part of ``where`` that leaves out a scenario at some levels."""
    named = {"scenario": scenario, **labels}
    return f"not ({_AND.join(f'{name} == {label!r}' for name, label in named.items())})"


def without_levels(draft: Draft, scenario: str, labels: Mapping[str, str]) -> Draft:
    """Return the draft with a scenario at some levels left out."""
    left_out, where = clause(scenario, labels), _where(draft)
    if where and not where.startswith("not ("):
        where = f"({where})"
    return draft.with_word(("where",), f"{where}{_AND}{left_out}" if where else left_out)


def can_return(draft: Draft, scenario: str, labels: Mapping[str, str]) -> bool:
    """Tell whether it was this that left out a scenario at some levels."""
    return clause(scenario, labels) in _where(draft)


def with_levels(draft: Draft, scenario: str, labels: Mapping[str, str]) -> Draft:
    """Return the draft with a scenario at some levels brought back, where :func:`without_levels` left it out."""
    left_out, where = clause(scenario, labels), _where(draft)
    for part in (f"{_AND}{left_out}", f"{left_out}{_AND}", left_out):
        if part in where:
            return draft.with_word(("where",), where.replace(part, "", 1).strip() or None)
    return draft


def without_seating(draft: Draft, experiment: Experiment, scenario: str, seating: Seating) -> Draft:
    """Return the draft with a seating left out: of one scenario where that has words of its own, else of all."""
    left = [list(each) for each in experiment.pairs[scenario] if each != seating]
    return draft.with_word(_pairing_of(draft, scenario), left)


def with_seating(draft: Draft, experiment: Experiment, scenario: str, seating: Seating) -> Draft:
    """Return the draft with a seating brought back."""
    seatings = [list(each) for each in (*experiment.pairs[scenario], seating)]
    return draft.with_word(_pairing_of(draft, scenario), seatings)


def is_alone(draft: Draft, scenario: str) -> bool:
    """Tell whether a seating is left out of, or brought back to, this scenario alone."""
    return len(_pairing_of(draft, scenario)) > 1


def _pairing_of(draft: Draft, scenario: str) -> tuple[str, ...]:
    own = isinstance(draft.words["scenarios"].get(scenario), dict)
    return ("scenarios", scenario, "pairing") if own else ("pairing",)


def _where(draft: Draft) -> str:
    return str(draft.words.get("where") or "")
