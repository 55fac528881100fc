"""How far a run is: what is open, what is done, what was said last."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, get_args

from colloquia.conversation.chat_model import Outcome
from colloquia.struct import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colloquia.conversation.chat_model import Usage
    from colloquia.conversation.transcript import Answer, Turn
    from colloquia.design.trials import Trial
    from colloquia.running.work import Work


OUTCOMES = frozenset(get_args(Outcome))
_UNCOUNTED = frozenset({"_open", "_said", "newest", "failures"})


class Newest(Struct, kw_only=True, frozen=True):
    """The turn that was said last."""

    trial_id: str
    scenario: str
    speaker: str
    """Role and friendly name."""
    turn_id: int
    content: str | None


@dataclass(kw_only=True)
class Progress:
    """The counts of one run, kept as it goes."""

    conversations: int = 0
    """Conversations this run set out to hold."""
    turns: int = 0
    """Turns this run set out to add."""
    finished: int = 0
    turns_done: int = 0
    """Turns added, and turns that are no longer needed since their conversation ended early."""
    turns_said: int = 0
    """Turns added."""
    answers: int = 0
    """Answers to probes that were added."""
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    """Of those in, such as servers had in their prompt caches."""
    cost_usd: float = 0.0
    """What the turns of this run are known to have cost."""
    saved_usd: float = 0.0
    """What those caches are known to have saved."""
    refusals: int = 0
    truncated: int = 0
    served_by: dict[str, dict[str, int]] = field(default_factory=dict)
    """Turns by friendly name and by who served them."""
    sources: dict[str, int] = field(default_factory=dict)
    """Turns by where they come from."""
    broken_off: dict[str, int] = field(default_factory=dict)
    """Conversations that ended by what a model returned and by no rule of the study, by their ``ended_by``."""
    failures: dict[str, str] = field(default_factory=dict)
    """Why conversations of this run failed, by trial id."""
    newest: Newest | None = None
    _open: dict[str, int] = field(default_factory=dict)
    """Turns that the open conversations have, by trial id."""
    _said: dict[str, int] = field(default_factory=dict)

    def set_out(self, work: Sequence[Work]) -> None:
        """Note what a run that has just begun is to do."""
        self.conversations = len(work)
        self.turns = sum(item.forecast.turns for item in work)
        self._said = {item.trial.trial_id: len(item.said) for item in work}

    @property
    def open_conversations(self) -> int:
        """Conversations being held now."""
        return len(self._open)

    @property
    def left(self) -> int:
        """Conversations of this run that are not finished, failed ones included."""
        return self.conversations - self.finished

    def turns_of(self, trial: Trial) -> int:
        """Return how many turns a conversation has."""
        return self._said.get(trial.trial_id, 0)

    def opened(self, trial: Trial) -> None:
        """Note that a conversation is being held."""
        self._open[trial.trial_id] = self.turns_of(trial)

    def said(self, trial: Trial, turn: Turn) -> None:
        """Note a turn that is on disk."""
        reply = turn.reply
        model = trial.talk.seat_of[turn.role].participant.name
        self._said[trial.trial_id] = turn.turn_id
        self.turns_said += 1
        self.turns_done += 1
        self._spent(reply.usage)
        self.refusals += turn.is_refusal
        self.truncated += reply.finish_reason == "length"
        self.sources[reply.source] = self.sources.get(reply.source, 0) + 1
        served = self.served_by.setdefault(model, {})
        server = reply.served_by or reply.source
        served[server] = served.get(server, 0) + 1
        self.newest = Newest(
            trial_id=trial.trial_id,
            scenario=trial.scenario,
            speaker=f"{turn.role} ({model})",
            turn_id=turn.turn_id,
            content=turn.content,
        )

    def answered(self, answer: Answer) -> None:
        """Note an answer to a probe that is on disk."""
        self.answers += 1
        self._spent(answer.reply.usage)

    def _spent(self, usage: Usage) -> None:
        self.input_tokens += usage.input_tokens or 0
        self.output_tokens += usage.output_tokens or 0
        self.cached_tokens += usage.cached_tokens or 0
        self.cost_usd += usage.cost_usd or 0.0
        self.saved_usd += usage.saved_usd or 0.0

    def closed(self, trial: Trial, ended_by: str | None) -> None:
        """Note that a conversation is no longer being held; None where it was left unfinished."""
        self._open.pop(trial.trial_id, None)
        if ended_by is not None:
            self.finished += 1
            if ended_by in OUTCOMES and all(rule.reason != ended_by for rule in trial.talk.stop):
                self.broken_off[ended_by] = self.broken_off.get(ended_by, 0) + 1
            self.turns_done += max(trial.num_turns - self.turns_of(trial), 0)

    def failed(self, trial: Trial, message: str) -> None:
        """Note that a conversation cannot go on in this run."""
        self.failures[trial.trial_id] = message

    def counts(self) -> dict[str, Any]:
        """Return all counts as plain values, without any text that a model said."""
        values = {each.name: getattr(self, each.name) for each in fields(self) if each.name not in _UNCOUNTED}
        return {**values, "open": self.open_conversations, "failed": len(self.failures)}
