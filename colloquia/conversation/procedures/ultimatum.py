"""One seat proposes how to share points, the other takes the share or leaves both with nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from colloquia.conversation.kind import Outcome, Play, worded
from colloquia.conversation.moves import Amount, OneOf
from colloquia.conversation.playing import Game, mean, told
from colloquia.conversation.steps import Announce, Move

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from colloquia.conversation.transcript import Turn
    from colloquia.places import Place

ACCEPT, REJECT = "accept", "reject"


@dataclass(frozen=True, kw_only=True)
class Ultimatum(Game):
    """An ultimatum game; the opener proposes."""

    amount: float = 10
    """Points to share."""
    ask: str = "Round {round}. There are {amount} points. How many do you offer the other player?"
    """What the proposer reads before a round."""
    offer: str = "Round {round}. Of {amount} points you are offered {offered}. Do you accept or reject?"
    """What the responder reads."""
    tell: str = "Round {round}: {offered} of {amount} were offered, and the answer was {answer}. You get {points}."
    """What each reads after a round."""

    most_seats = 2
    texts = ("ask", "offer", "tell")
    words = frozenset({"round", "offered", "answer", "points"})

    def check(self, place: Place) -> None:
        """Make sure that there is something to share.

        Raises:
            DesignError: a setting says something that cannot be.
        """
        super().check(place)
        if place.at("amount").number(self.amount, least=0) == 0:
            raise place.at("amount").error("is 0: there is nothing to share.")

    def play(self) -> Play:
        """Ask for an offer, then for an answer, then tell both; round after round."""
        proposer, responder = self.setup.from_opener
        for number in self.numbers:
            words = {"round": str(number)}
            yield Announce(text=worded(self.ask, **words), audience=(proposer,))
            (offer,) = yield self._move(proposer, number, Amount(least=0, most=self.amount))
            words["offered"] = told(offer)
            yield Announce(text=worded(self.offer, **words), audience=(responder,))
            (answer,) = yield self._move(responder, number, OneOf(words=(ACCEPT, REJECT)))
            points = self.points((offer, answer))
            for role in (proposer, responder):
                text = worded(self.tell, answer=told(answer), points=points[role], **words)
                yield Announce(text=text, audience=(role,))

    def earned(self, moves: Mapping[str, str]) -> dict[str, float]:
        """Return both shares; nothing where the offer was rejected."""
        proposer, responder = self.setup.from_opener
        offered = float(moves[proposer])
        is_taken = moves[responder] == ACCEPT
        return {proposer: self.amount - offered if is_taken else 0.0, responder: offered if is_taken else 0.0}

    def outcomes(self, said: Sequence[Turn]) -> dict[str, Outcome]:
        """Return what each earned, how much was offered on average, and how often it was accepted."""
        proposer, responder = self.setup.from_opener
        rounds = list(self.whole_rounds(said))
        offered = [float(by_role[proposer].move or 0) for by_role in rounds]
        accepted = [float(by_role[responder].move == ACCEPT) for by_role in rounds]
        return {**super().outcomes(said), "mean_offer": mean(offered), "accepted_share": mean(accepted)}

    def _move(self, role: str, number: int, options: Amount | OneOf) -> Move:
        return Move(roles=(role,), round=number, options=options, invalid_ends=self.invalid_ends)
