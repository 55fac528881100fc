"""The row that keeps a turn, made of the turn, and the turn that a row keeps."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Protocol

from colloquia.conversation.chat_model import Reply, Usage
from colloquia.conversation.transcript import Turn
from colloquia.logbook.record import TurnRow, timestamp

if TYPE_CHECKING:
    from colloquia.conversation.chat_model import RefusalSource
    from colloquia.conversation.transcript import Answer
    from colloquia.design.trials import Trial

OF_USAGE = ("input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens", "cost_usd", "saved_usd")
OF_REPLY = (
    "content", "reasoning", "source", "finish_reason", "native_finish_reason", "latency_ms", "time_to_first_token_ms",
    "served_by", "served_model", "generation_id", "is_repaired", "attempts", "in_flight",
)  # fmt: skip
"""Fields that a reply and its row have under the same name."""


def turn_row(trial: Trial, turn: Turn, *, experiment_id: str, run_id: str, parent_id: str | None = None) -> TurnRow:
    """Return the row that keeps ``turn`` of ``trial``; a fork's names the conversation that it left."""
    return TurnRow(
        experiment_id=experiment_id,
        turn_id=turn.turn_id,
        scenario=trial.scenario,
        responder_model="|".join(trial.talk.heard_by(turn)) or None,
        trial_id=trial.trial_id,
        iteration=trial.iteration,
        speaker_role=turn.role,
        round=turn.round,
        move=turn.move,
        arm=trial.arm,
        ended_by=turn.ended_by,
        run_id=run_id,
        parent_id=parent_id,
        forked_at=trial.branch.turn if trial.branch else None,
        factors=dict(trial.factors),
        **of_call(trial, turn),
    )


def of_call(trial: Trial, said: Turn | Answer) -> dict[str, Any]:
    """Return the columns that a turn and an answer to a probe have in common: who was asked, and what came of it."""
    reply = said.reply
    speaker = trial.talk.seat_of[said.role].participant
    return {
        "speaker_model": speaker.name,
        "speaker_slug": speaker.slug,
        "is_refusal": said.refusal_source is not None,
        "is_truncated": reply.finish_reason == "length",
        "refusal_source": said.refusal_source,
        "timestamp": timestamp(reply.timestamp) if reply.timestamp else None,
        "seed": said.seed,
        "request_sha256": said.request_sha256,
        **picked(reply, OF_REPLY),
        **picked(reply.usage, OF_USAGE),
    }


def turn_of(row: TurnRow) -> Turn:
    """Return the turn that ``row`` keeps, as far as a conversation needs it.

    The row has no audience (the procedure knows it), no outcome (``ended_by`` says it) and no original of a repaired
    text (the journal has it).
    """
    return Turn(
        turn_id=row.turn_id,
        role=row.speaker_role,
        reply=reply_of(row),
        request_sha256=row.request_sha256,
        seed=row.seed,
        refusal_source=row.refusal_source,
        ended_by=row.ended_by,
        round=row.round,
        move=row.move,
    )


class _OfCall(Protocol):
    """A row that keeps what came of a call."""

    @property
    def refusal_source(self) -> RefusalSource | None: ...
    @property
    def timestamp(self) -> str | None: ...


def reply_of(row: _OfCall) -> Reply:
    """Return what came back from whom a row says was asked."""
    return Reply(
        refusal_source=None if row.refusal_source == "rule" else row.refusal_source,
        usage=Usage(**picked(row, OF_USAGE)),
        timestamp=datetime.fromisoformat(row.timestamp) if row.timestamp else None,
        **picked(row, OF_REPLY),
    )


def picked(source: object, names: tuple[str, ...]) -> dict[str, Any]:
    """Return some fields of a row or of a reply, by name."""
    return dict(zip(names, _getter(names)(source), strict=True))


@cache
def _getter(names: tuple[str, ...]) -> attrgetter[tuple[Any, ...]]:
    return attrgetter(*names)
