"""What is known of whoever answers before it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from colloquia.conversation.chat_model import Source
    from colloquia.design.forecast import Price


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """What is known of whoever answers before it does."""

    provider: str
    """Its name in a slug."""
    source: Source = "live"
    served_by: str | None = None
    """Who serves, where the answer does not say."""
    served_model: str | None = None
    """What is served; None where the answer is believed."""
    price: Price | None = None
    """Dollars per token, where the answer has no price of its own; None where it is unknown."""
    says_cost: bool = False
    """True where the answer says what it cost."""
    key_variable: str | None = None
    """The variable that its key is in."""
