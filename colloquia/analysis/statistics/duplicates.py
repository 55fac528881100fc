"""Exact duplicates: conversations that are word for word the same are one observation."""

from __future__ import annotations

from dataclasses import dataclass, replace

from colloquia.analysis.statistics.conversations import UNIT, Conversations
from colloquia.analysis.statistics.result import Spoken


@dataclass(frozen=True, kw_only=True, eq=False)
class Distinct(Spoken):
    """Conversations of which each stands once."""

    conversations: Conversations
    count: int
    """How many there were."""
    distinct: int
    """How many are left."""
    warnings: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """Both counts in words."""
        return f"{self.count:,} conversations, {self.distinct:,} of them distinct: exact duplicates count once."


def collapse(conversations: Conversations, fingerprint: str) -> Distinct:
    """Keep the first of each set of conversations with the same fingerprint in the same cell.

    Args:
        conversations: With the column ``fingerprint``.
        fingerprint: A column that is equal exactly where the cell and the whole transcript are: temperature 0 or a
            cache make the same conversation twice, which is no second observation. Missing ones are kept.
    """
    conversations.require(fingerprint)
    units = conversations.rows.drop_duplicates(UNIT)
    again = units[units[fingerprint].notna() & units.duplicated(fingerprint)][UNIT]
    kept = conversations.rows[~conversations.rows[UNIT].isin(again)]
    left = len(units) - len(again)
    found = Distinct(conversations=replace(conversations, rows=kept), count=len(units), distinct=left)
    return replace(found, warnings=(found.sentence,)) if len(again) else found
