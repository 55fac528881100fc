"""What the probes of a conversation come to in the table of conversations: at its start, at its end, and in between.

``start`` is the answer before the first turn, ``end`` the last one once the conversation is complete. On a scale
``change`` is the difference; among options it is 1 where the answer changed and 0 where it did not. Where several
roles are asked, a scale has their mean, and options and texts are left to the table of answers.
"""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

from colloquia.conversation.probes import Options

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from colloquia.conversation.probes import AskedProbe, Probe, Value
    from colloquia.conversation.transcript import Answer
    from colloquia.design.trials import Trial


def probe_values(trial: Trial, answers: Mapping[AskedProbe, Answer], *, is_complete: bool) -> dict[str, Value]:
    """Return the columns of all probes of a conversation."""
    found: dict[str, Value] = {}
    for probe in trial.talk.probes:
        each = [_of_role(probe, role, answers, is_complete=is_complete) for role in probe.ask]
        found[f"{probe.name}.start"] = _joined([start for start, _ in each])
        found[f"{probe.name}.end"] = _joined([end for _, end in each])
        found[f"{probe.name}.change"] = _joined([_change(probe, start, end) for start, end in each])
    return found


def _of_role(
    probe: Probe, role: str, answers: Mapping[AskedProbe, Answer], *, is_complete: bool
) -> tuple[Value, Value]:
    meant = {
        asked.after_turn: answer.value
        for asked, answer in answers.items()
        if (asked.probe, asked.role, asked.sha256) == (probe.name, role, probe.sha256)
    }
    last = max(meant, default=0)
    return meant.get(0), meant[last] if last and is_complete else None


def _change(probe: Probe, start: Value, end: Value) -> Value:
    if start is None or end is None:
        return None
    if isinstance(probe.answers, Options):
        return float(start != end) if len(probe.ask) == 1 else None
    return end - start if isinstance(start, int | float) and isinstance(end, int | float) else None


def _joined(values: Sequence[Value]) -> Value:
    """Return one value for all roles: the only one, or the mean of numbers."""
    if len(values) == 1:
        return values[0]
    numbers = [value for value in values if isinstance(value, int | float)]
    return fmean(numbers) if len(numbers) == len(values) else None
