"""Which probes of a conversation on its way are due, and which were asked already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colloquia.conversation.probes import BEFORE_MOVE, END, AskedProbe, Probe

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from colloquia.conversation.transcript import Answer

Due = tuple[Probe, AskedProbe]


class Probing:
    """The probes of one conversation on its way."""

    def __init__(self, probes: Sequence[Probe], answers: Mapping[AskedProbe, Answer], *, asked_from: int) -> None:
        self._probes = tuple(probes)
        self._answers = answers
        self._asked_from = asked_from
        self._passed: set[AskedProbe] = set()
        self.is_silent = not self._probes
        """True where nothing is ever asked."""
        self.is_fresh = True
        """True directly after a turn or a round, and at the start."""
        self.looks_for_end = any(END in probe.when for probe in self._probes)
        self.looks_for_moves = any(BEFORE_MOVE in probe.when for probe in self._probes)

    def after(self, turns: int, absent: Collection[str], *, is_over: bool) -> Due | None:
        """Return the next probe that is due directly after so many turns, and was not asked there."""
        due = (probe for probe in self._probes if probe.is_due_after(turns, is_over=is_over))
        return self._first(due, turns, absent)

    def before_move(self, turns: int, absent: Collection[str], moving: Collection[str]) -> Due | None:
        """Return the next probe that is due before these roles move, and was not asked after so many turns."""
        due = (probe for probe in self._probes if BEFORE_MOVE in probe.when)
        still = {role for probe in self._probes for role in probe.ask} - set(moving)
        return self._first(due, turns, {*absent, *still})

    def on_file(self, asked: AskedProbe) -> Answer | None:
        """Return the answer that is on file."""
        return self._answers.get(asked)

    def take(self, asked: AskedProbe) -> tuple[str, ...] | None:
        """Note that a probe was asked, or is passed by; return who remembers it, None for all."""
        self._passed.add(asked)
        return self.probe_of(asked).audience(asked.role)

    def probe_of(self, asked: AskedProbe) -> Probe:
        """Return the probe that is meant."""
        return next(each for each in self._probes if each.is_meant(asked))

    def _first(self, due: Iterable[Probe], turns: int, absent: Collection[str]) -> Due | None:
        for probe in due:
            for role in probe.ask:
                asked = probe.asked(role, turns)
                is_ours = turns >= self._asked_from or asked in self._answers
                if is_ours and role not in absent and asked not in self._passed:
                    return probe, asked
        return None
