"""Scripted judges: what they say is a rule over what they were shown, and the same in every run."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from colloquia.conversation.chat_model import ChatRequest


def shown(request: ChatRequest) -> list[tuple[str, str]]:
    """Return who said what in the material of a question."""
    material = re.search(r"(#[0-9a-f]{10}) begin\n(.*)\n\1 end", request.messages[-1].content, re.DOTALL)
    assert material
    lines = re.findall(r"^\[\d+\] (.*)$", material[2], re.MULTILINE)
    return [(name, text) for line in lines for name, _, text in [line.partition(": ")]]


def verdict(quote: str, answer: object) -> str:
    """Return a judge's reply."""
    return json.dumps({"quote": quote, "answer": answer})


def fair(request: ChatRequest) -> str:
    """Say yes where somebody says six."""
    for _, text in shown(request):
        if "six" in text.lower():
            return verdict(text, "yes")
    return verdict(shown(request)[-1][1], "no")


def severe(request: ChatRequest) -> str:
    """Say no, whatever was said."""
    return f"Let me think.\n```json\n{verdict(shown(request)[0][1], 'no')}\n```"


def stern(request: ChatRequest) -> str:
    """Say no as well, and rest it on what was said last."""
    return verdict(shown(request)[-1][1], "no")


def shy(request: ChatRequest) -> str:
    """Refuse."""
    return "I'm sorry, but I can't assist with that."


def liar(request: ChatRequest) -> str:
    """Rest the verdict on what nobody said."""
    return verdict("as everybody present agreed at once", "yes")


def length(request: ChatRequest) -> str:
    """Give what was said last a number from 1 to 5 by its length."""
    text = shown(request)[-1][1]
    return verdict(text, 1 + len(text) % 5)


def summary(request: ChatRequest) -> str:
    """Say how much there was to read, and what came first."""
    lines = shown(request)
    return verdict(lines[0][1], f"{len(lines)} lines: {lines[0][1]}")
