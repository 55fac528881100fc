"""What the machine did: the lines of the journal, one kind for each thing that can happen."""

from __future__ import annotations

import msgspec

from colloquia.logbook.record import SCHEMA, Version, decode


class _Entry(msgspec.Struct, kw_only=True, frozen=True, tag_field="event"):
    at: str
    """UTC, ISO 8601 with milliseconds and ``Z``."""
    schema: Version = SCHEMA


class FolderMade(_Entry, kw_only=True, frozen=True, tag="folder_made"):
    """The run folder got its random id, once and for ever."""

    folder_id: str


class RunStarted(_Entry, kw_only=True, frozen=True, tag="run_started"):
    """A run began."""

    run_id: str
    study: str
    """Text of the frozen ``study.toml``."""
    versions: dict[str, str]
    command: str
    planned: dict[str, int | float]
    """How much there is to do: conversations, turns, dollars."""


class _OfAttempt(_Entry, kw_only=True, frozen=True):
    run_id: str
    trial_id: str
    turn_id: int
    attempt: int
    """1, 2, ... within this call and run."""
    beside: str | None = None
    """What was asked beside the turns, such as ``judge success by x-ai/grok-4``; null where it is a turn."""


class AttemptStarted(_OfAttempt, kw_only=True, frozen=True, tag="attempt_started"):
    """A call is about to be made; durable before it is."""

    speaker_model: str
    speaker_slug: str
    request_sha256: str
    reserved_usd: float | None = None
    """The most that it can cost; null where a price is unknown."""


class AttemptEnded(_OfAttempt, kw_only=True, frozen=True, tag="attempt_ended"):
    """A call came back, with a reply (``is_ok``) or with a failure."""

    is_ok: bool
    content_sha256: str | None = None
    original_json: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None
    cost_usd: float | None = None
    """What was billed; null where nobody said."""
    booked_usd: float | None = None
    """What the budget counts for it: billed, reckoned from its tokens, or all that was reserved."""
    generation_id: str | None = None
    latency_ms: float | None = None
    fault: str | None = None
    """A :class:`colloquia.errors.Fault`; this and the next fields are those of its failure."""
    stage: str | None = None
    message: str | None = None
    status: int | None = None
    error_type: str | None = None
    body: str | None = None
    retry_after_seconds: float | None = None
    was_sent: bool | None = None
    partial_text: str | None = None


class AttemptSettled(_Entry, kw_only=True, frozen=True, tag="attempt_settled"):
    """What a call of an earlier run really cost, as the provider's own books say."""

    run_id: str
    attempt_of: str
    """The run that made the call."""
    trial_id: str
    turn_id: int
    attempt: int
    beside: str | None = None
    generation_id: str
    cost_usd: float


class TrialFailed(_Entry, kw_only=True, frozen=True, tag="trial_failed"):
    """A conversation could not go on; the next run tries once more."""

    run_id: str
    trial_id: str
    turn_id: int
    """The turn that could not be had."""
    fault: str
    """A :class:`colloquia.errors.Fault`."""
    stage: str
    message: str


class LaneChanged(_Entry, kw_only=True, frozen=True, tag="lane_changed"):
    """A model's lane is from now on so wide (calls at once) and so fast (calls a second; null: no limit is known)."""

    run_id: str
    speaker_slug: str
    kind: str
    reason: str
    width: int
    per_second: float | None


class RunEnded(_Entry, kw_only=True, frozen=True, tag="run_ended"):
    """A run came to its end, whichever way."""

    run_id: str
    reason: str
    counts: dict[str, int | float]
    cost_usd: float | None


class Registered(_Entry, kw_only=True, frozen=True, tag="registered"):
    """A study was written down before its data."""

    study: str
    """Text of the study as it would be frozen."""
    sha256: str
    """Hash of that text."""
    planned: dict[str, int]
    """Conversations and turns."""


class Noted(_Entry, kw_only=True, frozen=True, tag="noted"):
    """Anything else that the machine did: repairs, warm-ups, pauses."""

    run_id: str | None
    subject: str
    message: str


_Attempt = AttemptStarted | AttemptEnded | AttemptSettled
Entry = FolderMade | RunStarted | Registered | _Attempt | TrialFailed | LaneChanged | RunEnded | Noted
"""Whatever stands in the journal."""

ENTRIES: msgspec.json.Decoder[Entry] = msgspec.json.Decoder(Entry)


def decode_entry(line: bytes) -> Entry:
    """Return the journal entry that ``line`` keeps.

    Raises:
        DamagedLine: the line is not what was written, or was written by a newer Colloquia.
    """
    return decode(line, ENTRIES)
