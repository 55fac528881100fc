"""What a fake model answers where it is asked for a number or one of some words: a drawn answer that can be read.

So a study of private questions can be rehearsed. The form is told from the question, as a model would tell it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from colloquia.providers.simulator import chances

if TYPE_CHECKING:
    from collections.abc import Sequence

_LISTED = re.compile(r"Answer with one of these: (.+)\.\Z")
"""How the loop ends a question with options."""
_NUMBER = r"(-?\d+(?:\.\d+)?)"
_SPAN = rf"{_NUMBER}\s*(?:to|and|-|\N{{EN DASH}})\s*{_NUMBER}"
_SCALE = re.compile(
    rf"\b(?:number|scale|scored?|rat(?:e|ing)|points|percent(?:age)?)\b[^.?!\n]*?{_SPAN}|{_SPAN}\s*[.?!)\]]*\Z",
    re.IGNORECASE,
)


def answer(messages: Sequence[tuple[str, str]], draw: object) -> str | None:
    """Return a drawn answer; None where the last message asks for no form that is known."""
    told = messages[-1][1].strip() if messages else ""
    if listed := _LISTED.search(told):
        options: list[str] = listed[1].split(", ")
        return chances.pick(options, draw, "option")
    spans = [[end for end in match.groups() if end] for match in _SCALE.finditer(told)]
    if not spans:
        return None
    low, high = (int(float(end)) for end in spans[-1])
    return str(low + chances.whole(draw, "number") % (high - low + 1)) if low < high else None
