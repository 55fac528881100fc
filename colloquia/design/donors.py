"""Donors: the talks whose lines a control's partner says, and that a control keeps the donor it was dealt.

A donor stands in the id of its control, so another donor would be another conversation, asked for and paid anew. A run
folder therefore keeps what it dealt: of its studies, the first that planned a control decides, for as long as the donor
is planned. A further item becomes the donor of new controls only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from colloquia.design.trial import trial_id_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from colloquia.design.trial import Trial

    Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Donors:
    """The talks of a study, by what a donor and its receiver have in common."""

    by_cell: Mapping[tuple[Any, ...], Mapping[str, Trial]]
    """Talks on each item, by cell and iteration."""
    by_iteration: Mapping[tuple[Any, ...], Mapping[int, Trial]]
    items: Collection[str]

    @classmethod
    def of(cls, talks: Iterable[Trial], items: Collection[str]) -> Donors:
        """Return those that some talks can be.

        Args:
            talks: The talks.
            items: The kinds of items.
        """
        by_cell: dict[tuple[Any, ...], dict[str, Trial]] = {}
        by_iteration: dict[tuple[Any, ...], dict[int, Trial]] = {}
        for trial in talks:
            by_cell.setdefault(_shared(trial, items), {})[trial.identity["item"] or ""] = trial
            by_iteration.setdefault(trial.cell, {})[trial.iteration] = trial
        return cls(by_cell=by_cell, by_iteration=by_iteration, items=items)

    def shuffled(self, trial: Trial) -> Trial:
        """Return the talk on another item that is drawn; without items that of the iteration before, or the second."""
        item = trial.identity["item"]
        if item is None:
            return self.by_iteration[trial.cell][trial.iteration - 1 or 2]
        others = {other: talk for other, talk in self.by_cell[_shared(trial, self.items)].items() if other != item}
        return others[min(others, key=lambda other: trial.talk.draws.integer(f"donor {other}"))]


def given(trial: Trial, donor: str) -> Trial:
    """Return a control with the lines of this donor, by its trial id."""
    identity = {**trial.identity, "donor": donor}
    return replace(trial, talk=replace(trial.talk, trial_id=trial_id_of(identity)), donor=donor, identity=identity)


def kept(planned: Sequence[Trial], dealt: dict[str, str]) -> Iterator[Trial]:
    """Yield a plan in which every control has the donor that it was dealt before, where that is planned still.

    Args:
        planned: What a study plans by itself.
        dealt: The donor of each control so far, by what it is without its donor; what is dealt now is added.
    """
    there = {trial.trial_id for trial in planned}
    for trial in planned:
        if trial.donor is None:
            yield trial
            continue
        control = trial_id_of({**trial.identity, "donor": None})
        if dealt.get(control) not in there:
            dealt[control] = trial.donor
        yield trial if dealt[control] == trial.donor else given(trial, dealt[control])


def without(labels: Mapping[str, str], names: Collection[str]) -> Labels:
    """Return the labels that have none of these names."""
    return tuple((name, label) for name, label in labels.items() if name not in names)


def _shared(trial: Trial, items: Collection[str]) -> tuple[Any, ...]:
    return (trial.scenario, without(trial.factors, items), trial.names, trial.opener, trial.iteration)
