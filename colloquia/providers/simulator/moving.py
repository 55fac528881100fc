"""What a fake model does where a procedure asks for a move: a drawn move that can be read.

So a game can be rehearsed to its end. The form is told from what the player reads, as a model would tell it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from colloquia.providers.simulator import chances

if TYPE_CHECKING:
    from collections.abc import Sequence

_LISTED = re.compile(r"(?:\boptions|\b[Ss]ay one \w+): ([^\n.?!]+)\.\Z")
_EITHER = re.compile(r"\bDo you (\w+) or (\w+)\?\Z")
_HOW_MANY = re.compile(r"\bHow many\b[^?\n]*\?(?: Answer with one number\.)?\Z")
_PRICE = re.compile(r"\bpropose\b.*\baccept\b", re.IGNORECASE | re.DOTALL)
_OFFER = re.compile(r"^propose [\d.]+$", re.IGNORECASE | re.MULTILINE)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
DEALS = 8
"""One offer in so many is accepted."""


def move(messages: Sequence[tuple[str, str]], draw: object) -> str | None:
    """Return a drawn move; None where the last message asks for none that is known."""
    told = messages[-1][1].strip() if messages else ""
    if listed := _LISTED.search(told):
        return chances.pick(re.split(r", | or ", listed[1]), draw, "move")
    if either := _EITHER.search(told):
        return chances.pick(either.groups(), draw, "move")
    if asked := _HOW_MANY.search(told):
        return _amount(told[: asked.start()], draw)
    return _offer(messages[0][1], told, draw) if messages and _PRICE.search(messages[0][1]) else None


def _amount(before: str, draw: object) -> str | None:
    """Return a whole number up to the last that was named: what there is to take, to send or to offer."""
    named = _NUMBER.findall(before)
    return str(chances.whole(draw, "amount") % (int(float(named[-1])) + 1)) if named else None


def _offer(rules: str, told: str, draw: object) -> str:
    """Return a price within the numbers that a bargainer was told of, or the acceptance of the one that stands."""
    if _OFFER.search(told) and chances.whole(draw, "deal") % DEALS == 0:
        return "accept"
    named = [float(number) for number in _NUMBER.findall(rules)]
    most = int(max(named, default=0)) or 100
    return f"propose {1 + chances.whole(draw, 'price') % most}"
