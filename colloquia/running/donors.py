"""Conversations that wait for another one, whose lines they are given; which lines these are is known once it ended."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from colloquia.conversation.transcript import Turn
    from colloquia.running.work import Work


class Donors:
    """What waits in a run, and what was said in the conversations that it waits for."""

    def __init__(self, work: Iterable[Work]) -> None:
        items = list(work)
        there = {item.trial.trial_id for item in items}
        self.ready = [item for item in items if item.waits_for is None]
        self.forsaken = [item for item in items if item.waits_for is not None and item.waits_for not in there]
        """What waits for a conversation that this run does not hold."""
        self._waiting: dict[str, list[Work]] = {}
        for item in items:
            if item.waits_for in there:
                self._waiting.setdefault(item.waits_for, []).append(item)
        self._said = {item.trial.trial_id: list(item.said) for item in items if item.trial.trial_id in self._waiting}

    @property
    def are_awaited(self) -> bool:
        """True while something waits."""
        return bool(self._waiting)

    def heard(self, trial_id: str, turn: Turn) -> None:
        """Take in a turn of any conversation."""
        if trial_id in self._said:
            self._said[trial_id].append(turn)

    def released(self, trial_id: str) -> list[Work]:
        """Return what waited for a conversation that came to its end, with its lines."""
        said = {trial_id: self._said.pop(trial_id, [])}
        waiting = self._waiting.pop(trial_id, [])
        return [replace(item, trial=item.trial.with_donor(said), waits_for=None) for item in waiting]

    def given_up(self, trial_id: str) -> list[Work]:
        """Return what waited for a conversation that cannot go on in this run."""
        return self._waiting.pop(trial_id, [])
