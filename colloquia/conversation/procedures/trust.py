"""One seat sends points that grow on the way, the other sends back as many of them as it likes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from colloquia.conversation.kind import Outcome, Play, worded
from colloquia.conversation.moves import Amount, shortest
from colloquia.conversation.playing import Game, mean, told
from colloquia.conversation.steps import Announce, Move

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from colloquia.conversation.transcript import Turn
    from colloquia.places import Place


@dataclass(frozen=True, kw_only=True)
class Trust(Game):
    """A trust game; the opener sends."""

    endowment: float = 10
    """Points that the sender has anew in each round."""
    multiplier: float = 3
    """What the points grow by on their way."""
    ask: str = "Round {round}. You have {endowment} points. How many do you send to the other player?"
    """What the sender reads before a round."""
    receive: str = "Round {round}. You were sent {sent} points, which have grown to {grown}. How many do you send back?"
    """What the receiver reads."""
    tell: str = "Round {round}: {sent} were sent and grew to {grown}; {returned} came back. You get {points}."
    """What each reads after a round."""

    most_seats = 2
    texts = ("ask", "receive", "tell")
    words = frozenset({"round", "sent", "grown", "returned", "points"})

    def check(self, place: Place) -> None:
        """Make sure that there is something to send, and that it grows.

        Raises:
            DesignError: a setting says something that cannot be.
        """
        super().check(place)
        for word in ("endowment", "multiplier"):
            if place.at(word).number(getattr(self, word), least=0) == 0:
                raise place.at(word).error("is 0: nothing could be sent.")

    def play(self) -> Play:
        """Ask how much is sent, then how much of it comes back, then tell both; round after round."""
        sender, receiver = self.setup.from_opener
        for number in self.numbers:
            words = {"round": str(number)}
            yield Announce(text=worded(self.ask, **words), audience=(sender,))
            (sent,) = yield self._move(sender, number, self.endowment)
            grown = self.multiplier * float(sent.move or 0)
            words |= {"sent": told(sent), "grown": shortest(grown)}
            yield Announce(text=worded(self.receive, **words), audience=(receiver,))
            (back,) = yield self._move(receiver, number, grown)
            points = self.points((sent, back))
            for role in (sender, receiver):
                text = worded(self.tell, returned=told(back), points=points[role], **words)
                yield Announce(text=text, audience=(role,))

    def earned(self, moves: Mapping[str, str]) -> dict[str, float]:
        """Return what each has in the end."""
        sender, receiver = self.setup.from_opener
        sent, back = float(moves[sender]), float(moves[receiver])
        return {sender: self.endowment - sent + back, receiver: self.multiplier * sent - back}

    def outcomes(self, said: Sequence[Turn]) -> dict[str, Outcome]:
        """Return what each earned, how much was sent on average, and what share of what arrived came back."""
        sender, receiver = self.setup.from_opener
        rounds = [
            (float(found[sender].move or 0), float(found[receiver].move or 0)) for found in self.whole_rounds(said)
        ]
        shares = [back / (self.multiplier * sent) for sent, back in rounds if sent]
        means = {"mean_sent": mean([sent for sent, _ in rounds]), "mean_returned_share": mean(shares)}
        return {**super().outcomes(said), **means}

    def _move(self, role: str, number: int, most: float) -> Move:
        return Move(roles=(role,), round=number, options=Amount(least=0, most=most), invalid_ends=self.invalid_ends)
