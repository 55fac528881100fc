"""Who takes part: a participant is a named model with its settings, a seat is a participant in a role."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from colloquia.conversation.hashing import hashed_first

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Participant:
    """A model under its friendly name; two names may share a slug and are then two participants."""

    name: str
    slug: str
    routing: Mapping[str, Any] = field(default_factory=dict)
    sampling: Mapping[str, Any] = field(default_factory=dict)
    """The body fields that are sent, after the study's and the model's own were joined."""
    view: str = "flip"

    @property
    def identity_slug(self) -> str:
        """The slug as it stands in ids and hashes: without where an embedded model's file lies."""
        head, _, rest = self.slug.partition(":")
        return f"embedded:{rest.replace(chr(92), '/').rpartition('/')[2]}" if head == "embedded" else self.slug

    @cached_property
    def hashed_first(self) -> bytes:
        """What the hash of each of its requests begins with, where no seed is drawn: all but the messages."""
        return hashed_first(self.identity_slug, self.routing, self.sampling)


@dataclass(frozen=True, kw_only=True)
class Seat:
    """A place in a conversation: one participant, in one role, with that role's private prompt."""

    role: str
    participant: Participant
    prompt: str
    """What the role was told, with its slots filled; may be empty."""
    memory: int | None = None
    """How many of the last turns a request holds; None for all."""
