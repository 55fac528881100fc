"""What can go wrong, who is at fault, and what it stops.

::

    ColloquiaError
    ├── DesignError           the study says something wrong            stops before the first call, exit 2
    ├── SettingsError         a key, a server or a package is missing   stops before the first call, exit 2
    ├── FolderError           the run folder cannot be used             stops before the first call, exit 2
    │   ├── FolderBusyError   another process writes in it              exit 75
    │   └── DamagedLogError   a line of the log is not what was written  exit 1
    ├── DroppedTurnsError     paid turns would fall out of the plan     exit 2
    ├── StorageError          the disk failed while running             stops the run, resumable, exit 3
    └── CallError             one call of one model failed              see its Fault

A failed call is *data about the machine*: it is recorded in the journal and its :class:`Fault` says how much it
stops. What a model does (a refusal, an empty answer, a context overflow) is an outcome, never an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Fault(StrEnum):
    """How much a failed call stops, decided by status and typed fields, never by message text."""

    RATE = "rate"
    """The server asks to wait: the lane of this model pauses, the call is tried again."""
    TRANSIENT = "transient"
    """Network or server trouble: the call is tried again after a pause."""
    STOP_TRIAL = "stop_trial"
    """Trying again would not help this conversation; the others go on."""
    STOP_MODEL = "stop_model"
    """No call of this model can succeed; conversations of other models go on."""
    STOP_RUN = "stop_run"
    """No call at all can succeed (key refused, credit used up); the run stops, resumable."""


class ColloquiaError(Exception):
    """Whatever Colloquia raises on purpose; its text is meant for the person at the keyboard."""


class DesignError(ColloquiaError):
    """The study says something wrong; nothing was called and nothing written."""


class SettingsError(ColloquiaError):
    """A key, a server or a package that the study needs is missing."""


class FolderError(ColloquiaError):
    """The run folder cannot be used as it is."""


class FolderBusyError(FolderError):
    """Another process holds the lock of the run folder."""


class DamagedLogError(FolderError):
    """A line of the log is not what was written."""


class DroppedTurnsError(ColloquiaError):
    """Turns that cost money would fall out of the plan and nobody agreed to that."""


class StorageError(ColloquiaError):
    """The disk failed while the run was writing; what was acknowledged is safe."""


@dataclass(frozen=True, kw_only=True)
class Failure:
    """What is known about one failed call; fit for the journal, free of keys and of requests."""

    fault: Fault
    stage: str
    """Where it happened: ``connect``, ``send``, ``status``, ``body``, ``stream``, ``reply``."""
    message: str
    """One sentence for a person."""
    status: int | None = None
    """HTTP status, where there was one."""
    error_type: str | None = None
    """The server's own typed word for it, where it sent one."""
    body: str | None = None
    """The first 2 KB of what the server sent."""
    retry_after_seconds: float | None = None
    """How long the server asks to wait."""
    was_sent: bool = True
    """False only when the request surely never left, and so cannot have been billed."""
    generation_id: str | None = None
    """The provider's id of what it was generating, where it was told."""
    cost_usd: float | None = None
    """What the server says that it billed all the same; None where it does not say."""
    partial_text: str | None = None
    """What had arrived of the text; kept with the attempt, never in the transcript."""


class CallError(ColloquiaError):
    """One call of one model failed."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure
        self.slug = ""
        """The model that was asked; known once the call was given up."""


def nearest(word: str, known: Iterable[str]) -> str:
    """Return a hint naming the known word that ``word`` was probably meant to be, or an empty text."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" Did you mean {close[0]!r}?" if close else ""
