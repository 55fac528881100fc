"""Every word of a study, with its default and where it may stand, as the code describes it."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import TYPE_CHECKING

from colloquia.analysis.codebook import described
from colloquia.design.study import Experiment
from colloquia.design.words import IN_SCENARIO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from dataclasses import Field

HEAD = """# The words of a study

One vocabulary in three forms, which give equal objects: a key of `study.toml`, the same word in upper case in
`simulation_config.py`, a keyword of `colloquia.Experiment(...)`. Only `models`, `scenarios` and a length are required.
A misspelt word is refused with its place and the nearest one.

`{word}` is a slot, any other brace is text, `{{word}}` prints `{word}`. Text is sent as written; a line that holds only
slots which came out empty is left out. `{num_turns}` is always known.

Slugs: bare ones are OpenRouter's (`openai/gpt-4.1-mini`); `embedded:`, `scripted:`, `human:`, `ollama:`, `vllm:`,
`lmstudio:` and the names under `providers` say who answers otherwise. Scripted participants: `scripted:always X`,
`sequence X Y` (one word a turn; the last repeats), `lines FILE` (one line a turn), `echo`, `random`,
`recorded FILE as ROLE`, `file.py:name`.

Words marked with * may also stand in a scenario, and then hold for it alone.
"""


def page() -> str:
    """Return the page."""
    return HEAD + "".join(_entries())


def _entries() -> Iterator[str]:
    told = described(Experiment)
    for word in fields(Experiment):
        mark = "\\*" if word.name in IN_SCENARIO else ""
        yield f"\n`{word.name}`{mark} ({_default(word)})\n: {told[word.name].replace('``', '`')}\n"


def _default(word: Field[object]) -> str:
    if word.default is MISSING and word.default_factory is MISSING:
        return "required"
    if word.default in (None, MISSING, ""):
        return "not written by default"
    return f"`{word.default}` by default"
