"""What a resume needs of a turn: whose it is, how it ended, what it took; not what was said.

The checksum of a line is compared whoever reads it, so a line that was changed is found here too. What is read of it
is less, and so is the work: a line that never was a turn, and yet fits its checksum, shows where all of it is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import msgspec

from colloquia.conversation.chat_model import Source
from colloquia.logbook.record import Version

if TYPE_CHECKING:
    from colloquia.logbook.record import TurnRow


class TurnKeys(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """Some fields of a :class:`TurnRow`."""

    trial_id: str
    turn_id: Annotated[int, msgspec.Meta(ge=1)]
    speaker_model: str
    latency_ms: float | None
    output_tokens: int | None
    finish_reason: str | None
    ended_by: str | None
    cost_usd: float | None
    request_sha256: str | None
    source: Source
    run_id: str
    schema: Version
    move: str | None = None
    forked_at: int | None = None


TURN_KEYS = msgspec.json.Decoder(TurnKeys)


def is_cut(finish_reason: str | None, ended_by: str | None, move: str | None) -> bool:
    """Tell whether a turn ran into its length, or came out empty."""
    return finish_reason == "length" or (ended_by in ("empty", "no_answer") and move is None)


@dataclass(slots=True)
class Spoken:
    """What the turns of one participant of a conversation came to."""

    live: int = 0
    """Turns of a live model."""
    cut: int = 0
    """Those of them that ran into their length, or came out empty."""
    counted: int = 0
    """Turns whose tokens are known."""
    tokens: int = 0
    """Of their replies."""
    timed: int = 0
    """Turns that a model was waited for."""
    seconds: float = 0.0
    """In all."""

    def __add__(self, other: Spoken) -> Spoken:
        """Return both together."""
        return Spoken(
            live=self.live + other.live,
            cut=self.cut + other.cut,
            counted=self.counted + other.counted,
            tokens=self.tokens + other.tokens,
            timed=self.timed + other.timed,
            seconds=self.seconds + other.seconds,
        )

    def take(self, row: TurnKeys | TurnRow) -> None:
        """Take in a turn."""
        if row.source == "live":
            self.live += 1
            self.cut += is_cut(row.finish_reason, row.ended_by, row.move)
        if row.output_tokens is not None:
            self.counted += 1
            self.tokens += row.output_tokens
        if row.latency_ms is not None and row.source not in ("scripted", "human"):
            self.timed += 1
            self.seconds += row.latency_ms / 1000
