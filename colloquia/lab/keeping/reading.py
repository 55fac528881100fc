"""Reading transcripts: what each speaker saw, which turns hold a word, and who is who when names are hidden."""

from __future__ import annotations

import re
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from colloquia.analysis.judging.blinding import drawn
from colloquia.conversation.schedule import Attended, Prompted
from colloquia.conversation.transcript import Announcement, Turn
from colloquia.conversation.walk import Walk, replay
from colloquia.errors import DamagedLogError, DesignError
from colloquia.lab.keeping.folders import planned_ever
from colloquia.logbook import contents, forks
from colloquia.running.verifying import long_enough

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from colloquia.conversation.chat_model import Message
    from colloquia.conversation.probes import AskedProbe
    from colloquia.conversation.schedule import Happening
    from colloquia.conversation.transcript import Answer
    from colloquia.design.trials import Trial
    from colloquia.logbook.folder import RunFolder


EXCERPT = 90
"""Characters that are shown around a hit, about."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What the speaker of a turn was sent."""

    messages: tuple[Message, ...]
    """Empty for a line nobody was asked for."""
    sha256: str | None
    is_as_sent: bool
    """True where this is, by its hash, exactly what was sent."""


@dataclass(frozen=True, kw_only=True)
class History:
    """All that prompts of a run folder are rebuilt from: forks with what they share, replays with their donors."""

    trials: Mapping[str, Trial]
    """Every conversation that was ever planned, by trial id."""
    turns: Mapping[str, Sequence[Turn]]
    answers: Mapping[str, Mapping[AskedProbe, Answer]]

    def origin(self, trial_id: str, turn_id: int) -> Trial | None:
        """Return the conversation in which a turn was said: of one that a fork shares, the one it was forked from.

        None where no study of the folder plans it.
        """
        trial = self.trials.get(trial_id)
        while trial is not None and trial.branch is not None and turn_id <= trial.branch.turn:
            trial = self.trials.get(trial.branch.parent)
        return trial

    def seen(self, trial: Trial, turn_id: int) -> Seen:
        """Return what the speaker of a turn was sent in the conversation in which it was said.

        Raises:
            DamagedLogError: the turns are not those that the plan asks for, so nothing can be rebuilt.
        """
        whole = trial.with_donor(self.turns)
        return seen(whole, self.turns.get(trial.trial_id, ()), turn_id, self.answers.get(trial.trial_id))


def history(folder: RunFolder) -> History:
    """Return what the prompts of a run folder are rebuilt from.

    Raises:
        FolderError: a file of it cannot be read.
    """
    ever = planned_ever(folder)
    found = forks.with_prefixes(contents.read(folder), ever.values())
    return History(trials=ever, turns=found.turns, answers=found.answers)


def seen(trial: Trial, turns: Sequence[Turn], turn_id: int, answers: Mapping[AskedProbe, Answer] | None = None) -> Seen:
    """Return what the speaker of a turn was sent, rebuilt from the plan and the turns before it.

    Raises:
        DamagedLogError: the turns are not those that the plan asks for, so nothing can be rebuilt.
    """
    walk = replay(long_enough(trial.talk, len(turns)), turns, answers)
    for asked, turn in islice(walk, turn_id - 1, turn_id):
        if asked.request is None:
            return Seen(messages=(), sha256=None, is_as_sent=turn.request_sha256 is None)
        request = asked.request
        return Seen(messages=request.messages, sha256=request.sha256, is_as_sent=request.sha256 == turn.request_sha256)
    raise DamagedLogError(f"conversation {trial.trial_id}: the log has no turn {turn_id}.")


def beside_turns(
    trial: Trial, turns: Sequence[Turn], answers: Mapping[AskedProbe, Answer] | None = None
) -> dict[int, list[str]]:
    """Return in words what happened besides what was said, by how many turns were said before, each in its order.

    What the others heard in place of a turn, who came and went, prompts that changed, and announcements. Nothing of a
    procedure of one's own is known, and nothing after a turn that is not the one that the plan asks for.
    """
    walk = Walk(long_enough(trial.talk, len(turns)), answers)
    with suppress(DamagedLogError, DesignError):
        for turn in turns:
            walk.take(turn)
        walk.next()
    found: dict[int, list[str]] = defaultdict(list)
    for event in walk.events:
        if isinstance(event, Turn):
            found[event.turn_id] += _heard(event)
    for happening in sorted(trial.talk.schedule.happenings, key=lambda each: each.after):
        if happening.after <= len(turns):
            found[happening.after] += _scheduled(happening)
    said = 0
    for event in walk.events:
        said += isinstance(event, Turn)
        if isinstance(event, Announcement):
            to = "all" if event.audience is None else ", ".join(event.audience)
            found[said].append(f"announced to {to}: {event.text}")
    return {after: words for after, words in found.items() if words}


def _heard(turn: Turn) -> Iterator[str]:
    if turn.is_struck:
        yield "taken out: nobody has heard it"
    elif turn.heard:
        yield f"the others heard: {turn.heard}"
    elif turn.heard == "" and turn.round is None:
        yield "the others heard nothing of it"


def _scheduled(happening: Happening) -> Iterator[str]:
    if isinstance(happening, Attended):
        yield f"{happening.role} {'joins' if happening.is_there else 'leaves'}"
    if isinstance(happening, Prompted):
        yield f"{happening.role} is told from now on: {happening.prompt or 'nothing'}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """A turn that holds what was looked for."""

    trial_id: str
    turn_id: int
    start: int
    """Where it first stands in the text, in characters."""
    end: int
    """Exclusive."""


def hits(words: str, turns: Iterable[tuple[str, int, str | None]]) -> list[Hit]:
    """Return the turns that hold ``words``, whatever their case, in the order given.

    Args:
        words: What to look for; nothing is found where it is blank.
        turns: Trial id, turn number and text of each turn.
    """
    if not words.strip():
        return []
    pattern = re.compile(re.escape(words.strip()), re.IGNORECASE)
    return [
        Hit(trial_id=trial_id, turn_id=turn_id, start=found.start(), end=found.end())
        for trial_id, turn_id, text in turns
        if (found := pattern.search(text or ""))
    ]


def excerpt(text: str, hit: Hit) -> str:
    """Return some characters around a hit, on one line."""
    spare = max(EXCERPT - (hit.end - hit.start), 0) // 2
    start, end = max(hit.start - spare, 0), min(hit.end + spare, len(text))
    cut = " ".join(text[start:end].split())
    return f"{'…' if start else ''}{cut}{'…' if end < len(text) else ''}"


def is_swapped(left: str, right: str, *, salt: str) -> bool:
    """Tell whether two conversations that are read blindly change sides: a coin that falls the same way each time."""
    first, second = sorted((left, right), key=drawn(salt))
    return (first, second) != (left, right)
