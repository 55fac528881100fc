"""Safety refusals: whether a turn declines for safety's sake, and who says so. An in-role "no" is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from colloquia.conversation.chat_model import RefusalSource, Reply


def is_refusal(text: str) -> bool:
    """Tell whether ``text`` is a safety refusal."""
    raise NotImplementedError


def refusal_source(reply: Reply) -> RefusalSource | None:
    """Return who says that ``reply`` is a safety refusal, or None where it is none."""
    if reply.refusal_source:
        return reply.refusal_source
    return "rule" if reply.content and is_refusal(reply.content) else None
