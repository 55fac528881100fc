"""A run folder of a large study, made of real lines: log and journal as a run writes them, in the order of a run.

Each conversation is held to its end but the last hundredth, which stop half-way: a run that was killed.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from colloquia import studies
from colloquia.conversation.chat_model import Reply, Usage
from colloquia.conversation.transcript import Turn
from colloquia.design.study import Experiment
from colloquia.design.trials import trials
from colloquia.logbook.entries import AttemptEnded, AttemptStarted, FolderMade, RunStarted
from colloquia.logbook.folder import RunFolder
from colloquia.logbook.record import encode, experiment_id, timestamp
from colloquia.logbook.turn_rows import turn_row
from colloquia.providers.registry import default_view
from colloquia.running.call import content_sha256
from colloquia.running.session import versions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from colloquia.design.trials import Trial

CONVERSATIONS = 10_050
TURNS = 100
"""Of a conversation that is held to its end."""
AT_ONCE = 201
"""Conversations that are open at the same time."""
FOLDER_ID = "6f1c0d3e-9a6b-4f0e-8a55-0d1f2b3c4d5e"
RUN_ID = "0c7c7d1e-52a7-4e43-8f8e-3d3ff1f7a0b1"
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TEXT = """the conversation moves because we agree that trust is built slowly and often through small promises café naïve
said “yes” to a question about markets prices fairness while my counterpart prefers certainty over risk 数据 which I can
understand given history of offers so let us consider another proposal with clear terms before deadline — then decide
together what matters most now for both sides, today. "quoted" 🙂 well"""
WORDS = TEXT.split()


def experiment(conversations: int = CONVERSATIONS) -> Experiment:
    """Return a study of so many conversations, 150 or a multiple of it."""
    price = {"prompt": 0.15, "completion": 0.6}
    return Experiment(
        models={name: f"mine:{name}" for name in ("ada", "ben", "cid", "dot", "eve")},
        providers={"mine": {"base_url": "http://127.0.0.1:9/v1", "price": price}},
        scenarios={f"trade {number}": {"buyer": "You buy.", "seller": "You sell."} for number in range(6)},
        num_turns=TURNS,
        iterations=conversations // 150,
    )


def make(path: Path, conversations: int = CONVERSATIONS) -> int:
    """Write a run folder at ``path``, and return how many turns it holds."""
    folder, study = RunFolder(path), experiment(conversations)
    folder.make()
    planned = trials(study, default_view)
    half = {trial.trial_id for trial in planned[-(len(planned) // 100) :]}
    frozen = studies.frozen(study)
    folder.replace(folder.study, frozen.encode())
    written = 0
    with (path / folder.log).open("wb") as log, (path / folder.journal).open("wb") as journal:
        journal.write(encode(FolderMade(at=timestamp(NOON), folder_id=FOLDER_ID)))
        journal.write(encode(_started(frozen)))
        for begin in range(0, len(planned), AT_ONCE):
            for started, ended, rows in _wave(planned[begin : begin + AT_ONCE], half, begin):
                journal.write(started)
                journal.write(ended)
                log.write(rows)
                written += rows.count(b"\n")
    return written


def _started(frozen: str) -> RunStarted:
    return RunStarted(
        at=timestamp(NOON), run_id=RUN_ID, study=frozen, versions=versions(), command="colloquia run", planned={}
    )


def _wave(open_now: tuple[Trial, ...], half: set[str], seed: int) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Yield what a group of calls brings: the lines before them, after them, and their turns."""
    chance = random.Random(seed)  # noqa: S311 (chance in a benchmark is seeded, and no secret)
    for turn_id in range(1, TURNS + 1):
        started, ended, rows = bytearray(), bytearray(), bytearray()
        for trial in open_now:
            if turn_id > TURNS // 2 and trial.trial_id in half:
                continue
            turn = _turn(trial, turn_id, chance)
            before, after = _attempt(trial, turn)
            started += encode(before)
            ended += encode(after)
            here = experiment_id(FOLDER_ID, trial.trial_id)
            rows += encode(turn_row(trial, turn, experiment_id=here, run_id=RUN_ID))
        yield bytes(started), bytes(ended), bytes(rows)


def _turn(trial: Trial, turn_id: int, chance: random.Random) -> Turn:
    latency = round(chance.lognormvariate(6.5, 0.5), 3)
    usage = Usage(
        input_tokens=180 + turn_id * 75,
        output_tokens=chance.randint(40, 90),
        cached_tokens=128 * (turn_id // 2),
        reasoning_tokens=0,
        cost_usd=round(chance.random() * 1e-4, 8),
    )
    reply = Reply(
        content=" ".join(chance.choices(WORDS, k=60)).replace("well ", "well\n\n"),
        source="live",
        finish_reason="length" if chance.random() < 0.02 else "stop",
        native_finish_reason="stop",
        usage=usage,
        latency_ms=latency,
        time_to_first_token_ms=round(latency / 3, 3),
        served_by="Mine",
        served_model="mine-1",
        generation_id=f"gen-{chance.getrandbits(64):016x}",
        in_flight=AT_ONCE,
        timestamp=NOON + timedelta(seconds=turn_id),
    )
    role = trial.talk.seats[(turn_id - 1) % 2].role
    return Turn(turn_id=turn_id, role=role, reply=reply, request_sha256=f"{chance.getrandbits(256):064x}")


def _attempt(trial: Trial, turn: Turn) -> tuple[AttemptStarted, AttemptEnded]:
    speaker = next(seat.participant for seat in trial.talk.seats if seat.role == turn.role)
    at, usage = timestamp(turn.reply.timestamp or NOON), turn.reply.usage
    started = AttemptStarted(
        at=at, run_id=RUN_ID, trial_id=trial.trial_id, turn_id=turn.turn_id, attempt=1, speaker_model=speaker.name,
        speaker_slug=speaker.slug, request_sha256=turn.request_sha256 or "", reserved_usd=0.0012345,
    )  # fmt: skip
    ended = AttemptEnded(
        at=at, run_id=RUN_ID, trial_id=trial.trial_id, turn_id=turn.turn_id, attempt=1, is_ok=True,
        content_sha256=content_sha256(turn.content), input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens, cached_tokens=usage.cached_tokens, reasoning_tokens=0,
        cost_usd=usage.cost_usd, booked_usd=usage.cost_usd, generation_id=turn.reply.generation_id,
        latency_ms=turn.reply.latency_ms,
    )  # fmt: skip
    return started, ended
