"""What the judges of a panel say together, by a stated rule.

Labels: the label that more than half of those who answered gave; none where no label has so many. Scales: the mean of
those who answered. Open answers: the text, where one model answers. Only first readings count, only answers about the
conversation as long as it is now, and only answers under the rubric that the study has now.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from statistics import fmean
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from colloquia.design.judges import Judge
    from colloquia.logbook.judgements import Judgement, Place

_MAJORITY = 0.5


def current(
    judgements: Iterable[Judgement], judges: Mapping[str, Judge], lengths: Mapping[str, int]
) -> list[Judgement]:
    """Return the answers that hold today: of each model about each place, in each reading, the latest.

    Args:
        judgements: All that is on file, in its order.
        judges: Those of the study, by name.
        lengths: How many turns each conversation has that counts, by experiment id.
    """
    found: dict[tuple[str, str, Place, str], Judgement] = {}
    for each in judgements:
        judge = judges.get(each.judge)
        if judge is None or judge.rubric.sha256 != each.rubric_sha256:
            continue
        if each.by not in {entry.slug for entry in judge.by}:
            continue
        if each.experiment_id is None or lengths.get(each.experiment_id) == each.num_turns:
            found[each.judge, each.by, each.place, each.reading] = each
    return list(found.values())


def verdicts(judge: Judge, holding: Iterable[Judgement]) -> dict[Place, str | float]:
    """Return what a panel says of each place, where it says anything.

    Args:
        judge: The judge.
        holding: Answers that hold today, of whatever judges.
    """
    given: dict[Place, list[Judgement]] = defaultdict(list)
    for each in holding:
        if each.judge == judge.name and each.reading == "first" and each.missing is None:
            given[each.place].append(each)
    found = {place: _verdict(judge, answers) for place, answers in given.items()}
    return {place: verdict for place, verdict in found.items() if verdict is not None}


def of_conversations(
    judgements: Iterable[Judgement], judges: Mapping[str, Judge], lengths: Mapping[str, int]
) -> dict[str, dict[str, str | float]]:
    """Return what each judge of whole conversations says, by its name and experiment id; open answers are left out.

    Args:
        judgements: All that is on file, in its order.
        judges: Those of the study, by name.
        lengths: How many turns each conversation has that counts, by experiment id.
    """
    holding = current(judgements, judges, lengths)
    return {
        name: {experiment_id or "": said for (experiment_id, _, _), said in verdicts(judge, holding).items()}
        for name, judge in judges.items()
        if judge.unit == "conversation" and judge.rubric.kind != "open"
    }


def of_turns(
    judgements: Iterable[Judgement], judges: Mapping[str, Judge], lengths: Mapping[str, int]
) -> dict[str, dict[str, dict[int, str]]]:
    """Return what judges of turns say, by experiment id, judge and turn; see :func:`of_conversations`."""
    holding = current(judgements, judges, lengths)
    found: dict[str, dict[str, dict[int, str]]] = {}
    for name, judge in judges.items():
        for (experiment_id, turn_id, _), said in verdicts(judge, holding).items() if judge.unit == "turn" else ():
            label = f"{said:g}" if isinstance(said, float) else said
            found.setdefault(experiment_id or "", {}).setdefault(name, {})[turn_id or 0] = label
    return found


def _verdict(judge: Judge, answers: Sequence[Judgement]) -> str | float | None:
    if judge.rubric.kind == "scale":
        return fmean(answer.number for answer in answers if answer.number is not None)
    if judge.rubric.kind == "open":
        return answers[0].answer if len(judge.by) == 1 else None
    label, count = Counter(answer.answer or "" for answer in answers).most_common(1)[0]
    return label if count > len(answers) * _MAJORITY else None
