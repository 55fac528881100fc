"""Every procedure with its settings, as its own file describes them."""

from __future__ import annotations

import inspect
import json
import re
from dataclasses import MISSING
from typing import TYPE_CHECKING

from colloquia.analysis.codebook import described
from colloquia.design.procedures import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from colloquia.conversation.kind import Kind

HEAD = """# Procedures

Who speaks when, what is asked for, what is announced, and when it ends: `procedure = "group"`, or a table of `kind` and
settings, `procedure = { kind = "game", rounds = 10, payoffs = { ... } }`. Settings that are texts or numbers fill slots
in prompts (`{rounds}`). A move that cannot be read is not asked again: its row has no `move`, and the conversation ends
as `invalid_move`.
"""


def page() -> str:
    """Return the page."""
    return HEAD + "".join(text for name, kind in KINDS.items() for text in _kind(name, kind))


def _kind(name: str, kind: type[Kind]) -> Iterator[str]:
    yield f"\n## {name}\n\n{_prose(inspect.getdoc(inspect.getmodule(kind)) or '')}\n"
    if settings := kind.settings():
        told = {word: text for base in reversed(kind.__mro__[:-1]) for word, text in described(base).items()}
        yield "\n| setting | default | what it says |\n|---|---|---|\n"
        yield from (_setting(word, default, told.get(word, "")) for word, default in settings.items())
    if kind.most_seats is not None:
        yield f"\nAt most {kind.most_seats} seats.\n"


def _prose(text: str) -> str:
    """Return a docstring as Markdown: its terms are defined below each other."""
    return re.sub(r"^``(.+?)``\n +", r"\n`\1`\n: ", text, flags=re.MULTILINE).replace("``", "`")


def _setting(name: str, default: object, told: str) -> str:
    written = "required" if default is MISSING else f"`{json.dumps(default, default=list, ensure_ascii=False)}`"
    meaning = told.replace("``", "`").replace("|", "\\|")
    return f"| `{name}` | {written.replace('|', chr(92) + '|')} | {meaning} |\n"
