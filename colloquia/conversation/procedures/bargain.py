"""Two seats bargain over a price: each turn ends in a typed move, and a deal ends the talk.

A move is one line of what the other hears: ``propose 55``, ``accept`` or ``reject``. What stands between ``<private>``
and ``</private>`` is the speaker's own: no other seat hears it, and no move is read in it. An offer stands until it is
answered. The most moves are ``num_turns``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from colloquia.conversation.kind import Outcome, Play, Staged
from colloquia.conversation.moves import amounts, shortest
from colloquia.conversation.playing import INVALID
from colloquia.conversation.steps import End, Move

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colloquia.conversation.transcript import Turn
    from colloquia.places import Place

_PRIVATE = re.compile(r"<private>.*?(?:</private>|\Z)", re.IGNORECASE | re.DOTALL)
_MOVE = re.compile(r"^\W*(?:move\W+)?(propose|accept|reject)\b(.*)$", re.IGNORECASE)
_RULES = (
    "End your turn with one line that holds nothing but your move: propose and a price, accept, or reject. "
    "What you write between <private> and </private> the other does not see."
)


def public(text: str) -> str:
    """Return what the other hears of a text."""
    return _PRIVATE.sub("", text).strip()


@dataclass(frozen=True, kw_only=True)
class Bargaining:
    """The moves that can be made; acceptance only where an offer of the other stands."""

    has_offer: bool

    @property
    def example(self) -> str:
        """An offer, after which the bargaining goes on."""
        return "propose 1"

    def read(self, text: str) -> str | None:
        """Return the only move in what is heard of a text; None where there is none, or more than one."""
        found = {move for line in public(text).splitlines() if (move := _move(line))}
        move = found.pop() if len(found) == 1 else None
        return move if self.has_offer or move != "accept" else None


def _move(line: str) -> str | None:
    match = _MOVE.match(line.strip())
    if match is None:
        return None
    verb, rest = match[1].lower(), match[2]
    if verb != "propose":
        return None if re.search(r"\w", rest) else verb
    prices = amounts(rest)
    return f"propose {shortest(prices.pop())}" if len(prices) == 1 and min(prices) >= 0 else None


@dataclass(frozen=True, kw_only=True)
class Bargain(Staged):
    """Alternating moves of two seats."""

    seller: str | None = None
    """The role that sells; the first seat where it is not written."""
    cost: float | None = None
    """What the object is worth to the seller."""
    value: float | None = None
    """What it is worth to the buyer."""
    invalid: str = "end"
    """``end``: a turn without a readable move ends the talk; ``pass``: it counts as a rejection."""

    most_seats = 2
    has_moves = True

    def check(self, place: Place) -> None:
        """Make sure that the seller is a role, and that cost and value are numbers.

        Raises:
            DesignError: a setting says something that cannot be.
        """
        if self.seller is not None:
            seller = place.at("seller").text(self.seller)
            place.at("seller").known(seller, self.setup.roles, what="role of this scenario")
        for word in ("cost", "value"):
            if getattr(self, word) is not None:
                place.at(word).number(getattr(self, word), least=0)
        place.at("invalid").known(place.at("invalid").text(self.invalid), INVALID, what="word for what then happens")

    def play(self) -> Play:
        """Ask for one move after the other until an offer is accepted; nothing else ends it but its length."""
        order, has_offer = self.setup.from_opener, False
        for number in range(1, self.num_turns + 1):
            role = order[(number - 1) % len(order)]
            is_opening = number == 1 and self.opening is not None
            (turn,) = yield Move(
                roles=(role,),
                round=(number + 1) // 2,
                options=Bargaining(has_offer=has_offer),
                lines={role: self.opening or ""} if is_opening else {},
                heard=public,
                invalid_ends=self.invalid == "end",
            )
            if turn.move == "accept":
                yield End(reason="deal")
            has_offer = turn.move is not None and turn.move.startswith("propose")

    def slots(self, role: str) -> dict[str, str]:
        """Return the settings, and ``{moves}``: how a move is written."""
        return {**super().slots(role), "moves": _RULES}

    def outcomes(self, said: Sequence[Turn]) -> dict[str, Outcome]:
        """Return whether there was a deal, at which price, and how the surplus was shared."""
        is_deal = bool(said) and said[-1].move == "accept"
        is_over = bool(said) and (said[-1].ended_by is not None or len(said) >= self.num_turns)
        price = float((said[-2].move or "").removeprefix("propose ")) if is_deal else None
        sellers = self._share_of_seller(price)
        return {
            "deal": is_deal if is_deal or is_over else None,
            "price": price,
            "seller_share": sellers,
            "buyer_share": None if sellers is None else 1 - sellers,
        }

    def _share_of_seller(self, price: float | None) -> float | None:
        """Return the part of the surplus that the seller got; None where there is none to share, or no price."""
        if price is None or self.cost is None or self.value is None or self.value <= self.cost:
            return None
        return (price - self.cost) / (self.value - self.cost)
