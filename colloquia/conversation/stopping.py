"""Rules that end a conversation, or only note that they would have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colloquia.conversation.transcript import Turn


class Rule(Protocol):
    """A rule looks at the turns so far and says whether the last one ends the conversation."""

    @property
    def reason(self) -> str:
        """The word that stands in ``ended_by``."""

    def is_met(self, turns: Sequence[Turn]) -> bool:
        """Tell whether the last of ``turns`` meets the rule."""

    def identity(self) -> dict[str, str | None]:
        """Return what stands for the rule in the identity of a conversation."""


@dataclass(frozen=True, kw_only=True)
class PhraseRule:
    """Met when a turn holds a phrase, letter by letter."""

    phrase: str
    by: str = "anyone"
    """The role that must say it, or ``anyone``."""

    reason = "phrase"

    def is_met(self, turns: Sequence[Turn]) -> bool:
        """Tell whether the last turn holds the phrase and comes from the right role."""
        last = turns[-1]
        return self.by in ("anyone", last.role) and self.phrase in (last.content or "")

    def identity(self) -> dict[str, str | None]:
        """Return the phrase and its speaker."""
        return {"rule": self.reason, "phrase": self.phrase, "by": self.by}


@dataclass(frozen=True, kw_only=True)
class RefusalRule:
    """Met when a turn is a safety refusal."""

    reason = "refusal"

    def is_met(self, turns: Sequence[Turn]) -> bool:
        """Tell whether the last turn is a refusal."""
        return turns[-1].is_refusal

    def identity(self) -> dict[str, str | None]:
        """Return the name of the rule."""
        return {"rule": self.reason}


def first_met(rules: Sequence[Rule], turns: Sequence[Turn]) -> str | None:
    """Return the reason of the first rule that the last turn meets, or None."""
    return next((rule.reason for rule in rules if rule.is_met(turns)), None)
