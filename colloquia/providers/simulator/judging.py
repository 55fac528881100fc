"""What a fake model answers where it is asked as a judge: a drawn verdict with a quote, to rehearse judging with.

Nobody could take it for a finding: the answer is drawn, whatever was said, and its source is ``simulated``.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from colloquia.providers.simulator import chances

if TYPE_CHECKING:
    from collections.abc import Sequence

CLOSING = "Answer with the JSON object."
"""How every question to a judge ends."""
_MATERIAL = re.compile(r"(#[0-9a-f]{10}) begin\n(.*)\n\1 end", re.DOTALL)
_LINE = re.compile(r"^\[\d+\] [^:\n]*: (.+)$", re.MULTILINE)
_ANSWERS = re.compile(r"^Answers:\n((?:- .*(?:\n|$))+)", re.MULTILINE)
_RANGE = re.compile(r"number from (-?[\d.]+) to (-?[\d.]+)")
_WORDS = 8
"""So many words of a line are quoted."""


def verdict(messages: Sequence[tuple[str, str]], draw: object) -> str | None:
    """Return a drawn verdict; None where nobody is asked to judge."""
    told = "\n".join(text for _, text in messages)
    material = _MATERIAL.search(told)
    if not told.endswith(CLOSING) or not material:
        return None
    said = _LINE.findall(material[2]) or [material[2]]
    quote = " ".join(said[-1].split()[:_WORDS])
    return json.dumps({"quote": quote, "answer": _answer(told[: material.start()], draw)}, ensure_ascii=False)


def _answer(about: str, draw: object) -> str | int:
    if span := _RANGE.search(about):
        low, high = (int(float(end)) for end in span.groups())
        return low + chances.whole(draw, "score") % (high - low + 1)
    if listed := _ANSWERS.search(about):
        return chances.pick([line[2:].partition(": ")[0] for line in listed[1].strip().splitlines()], draw, "label")
    return f"Simulated {chances.whole(draw, 'gist') >> 32:08x}: drawn and not thought."
