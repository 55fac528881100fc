"""``probes.jsonl``: one line for each answer to a probe, written and read like the log.

A line is known by conversation, probe, role, turn and the hash of the question: the first durable line of an answer
counts, and an edited question is another question, whose answers are asked for anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from colloquia.conversation.chat_model import RefusalSource, Source
from colloquia.conversation.probes import AskedProbe
from colloquia.conversation.transcript import Answer
from colloquia.logbook.places import ByTrial, read_at
from colloquia.logbook.record import SCHEMA, Timed, Version, decode
from colloquia.logbook.turn_rows import of_call, reply_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from colloquia.design.trials import Trial
    from colloquia.logbook.folder import RunFolder


class AnswerRow(Timed, kw_only=True, frozen=True):
    """One answer to a probe, in the order of its columns."""

    experiment_id: str
    trial_id: str
    probe: str
    speaker_role: str
    """Who was asked."""
    after_turn: Annotated[int, msgspec.Meta(ge=0)]
    """Turns that were said before; 0 at the start. In a fork, answers before its ``forked_at`` are its parent's."""
    answer: float | str | None
    """What was read in the text: a number on a scale, an option, a text; null where nothing could be."""
    scenario: str
    speaker_model: str
    content: str | None
    """The text that came back."""
    latency_ms: float | None
    input_tokens: int | None
    output_tokens: int | None
    finish_reason: str | None
    is_refusal: bool
    iteration: int
    arm: str | None
    is_truncated: bool
    refusal_source: RefusalSource | None
    timestamp: str | None
    time_to_first_token_ms: float | None
    attempts: int
    in_flight: int
    cost_usd: float | None
    cached_tokens: int | None
    reasoning_tokens: int | None
    saved_usd: float | None = None
    served_by: str | None
    served_model: str | None
    speaker_slug: str
    native_finish_reason: str | None
    generation_id: str | None
    seed: int | None
    request_sha256: str | None
    question: str
    """As it was asked, with its options in the order in which they stood."""
    question_sha256: str
    """Hash of the question as the study has it and of how it is answered."""
    source: Source
    is_repaired: bool
    run_id: str
    schema: Version = SCHEMA
    reasoning: str | None
    factors: dict[str, str]

    @property
    def asked(self) -> AskedProbe:
        """Which answer it is."""
        return AskedProbe(
            probe=self.probe, role=self.speaker_role, after_turn=self.after_turn, sha256=self.question_sha256
        )


ANSWERS = msgspec.json.Decoder(AnswerRow)


def decode_answer(line: bytes) -> AnswerRow:
    """Return the answer that ``line`` keeps.

    Raises:
        DamagedLine: the line is not what was written, or was written by a newer Colloquia.
    """
    return decode(line, ANSWERS)


def answer_row(trial: Trial, answer: Answer, *, experiment_id: str, run_id: str) -> AnswerRow:
    """Return the row that keeps ``answer`` of ``trial``."""
    asked = answer.asked
    return AnswerRow(
        experiment_id=experiment_id,
        trial_id=trial.trial_id,
        probe=asked.probe,
        speaker_role=asked.role,
        after_turn=asked.after_turn,
        answer=answer.value,
        scenario=trial.scenario,
        iteration=trial.iteration,
        arm=trial.arm,
        question=answer.question,
        question_sha256=asked.sha256,
        run_id=run_id,
        factors=dict(trial.factors),
        **of_call(trial, answer),
    )


def answer_of(row: AnswerRow) -> Answer:
    """Return the answer that ``row`` keeps, as far as a conversation needs it."""
    return Answer(
        asked=row.asked,
        question=row.question,
        reply=reply_of(row),
        value=row.answer,
        request_sha256=row.request_sha256,
        seed=row.seed,
        refusal_source=row.refusal_source,
    )


def answers_at(folder: RunFolder, places: Mapping[str, Iterable[int]]) -> Mapping[str, Mapping[AskedProbe, Answer]]:
    """Return answers by trial id, read where somebody looks at them; of each the first line counts.

    Args:
        folder: The run folder.
        places: Where the lines of each conversation begin, by trial id.
    """

    def answers(trial_id: str) -> Mapping[AskedProbe, Answer]:
        found: dict[AskedProbe, Answer] = {}
        for row in read_at(folder, folder.probes, places[trial_id], decode_answer):
            found.setdefault(row.asked, answer_of(row))
        return found

    return ByTrial(places, answers)


def factor_column(factor: str) -> str:
    """Return the column of a factor in tables of answers; one that is called like another column gets a longer name."""
    return f"{factor}_level" if factor in AnswerRow.__struct_fields__ else factor


def flat(row: AnswerRow) -> dict[str, Any]:
    """Return an answer as a row of a table, its factors as columns."""
    values = {name: getattr(row, name) for name in row.__struct_fields__ if name != "factors"}
    return {**values, **{factor_column(name): label for name, label in row.factors.items()}}
