"""A procedure of your own: a sealed-bid auction, in the file of the study that uses it.

Who speaks when is decided by a *procedure*. Colloquia comes with some (dialogue, group, interview, game, bargain ...);
this page shows how to write another one. It takes three things.

**A class that is a ``Staged`` procedure.** Its fields are its settings: the study writes them under ``procedure``,
where they fill slots, and may vary those that it writes as factors (here ``pays``). ``self.setup`` is the conversation
it is made for: ``roles`` in seat order, ``num_turns``, and ``draws`` for whatever is left to chance.

**``play``, written as the auction is played, from top to bottom.** It yields one step after the other:

    Announce(text, audience)      all read this, or only some roles; it is no turn
    Speak(role)                   this role takes a turn, and the others hear it
    Move(roles, round, options)   these roles move at once, each unseen by the others; ``options`` reads the moves
    End(reason)                   it is over; the reason stands in ``ended_by``

After ``Speak`` and ``Move`` it is sent the turns that were taken, in seat order: ``turn.role``, ``turn.content``, and
``turn.move``, which is None where the reply makes no move. Such a reply ends the conversation as ``invalid_move``,
unless the step says ``invalid_ends=False``; it is never asked for again. ``play`` may go on for ever: the length of the
study ends it.

**``outcomes``, which makes the columns of ``conversations.csv``** out of the turns; the same columns for no turns.

That is all. Bids are hidden because a move is heard by nobody until an announcement tells; a killed run goes on at any
bid, a fork and a replay work, because ``play`` is run from its beginning whenever the next step is wanted. So it must
give the same steps each time: no clock, no file, no chance but ``self.setup.draws.integer("what", turn)``.

The class is named in the study as ``"FILE.py:NAME"``. Its file is kept with the data. A ``study.toml`` that names one
runs only with ``--allow-code``. ``version`` (1) stands in the identity of every conversation: raise it when your code
changes what is said. Code that changed under the same version is a warning.

What would have made the finding fail: bids that do not differ between first and second price, with an interval of the
difference within 5 points of 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from colloquia.conversation.kind import Outcome, Play, Staged
from colloquia.conversation.moves import Amount
from colloquia.conversation.steps import Announce, Move
from colloquia.conversation.transcript import Turn

own_bid, second_bid = "its own bid", "the second highest bid"


@dataclass(frozen=True, kw_only=True)
class Auction(Staged):
    """In each round all bid unseen; the highest bid wins, and pays itself or the second highest."""

    most: float = 100
    pays: str = own_bid

    def play(self) -> Play:
        """Ask all for a bid, then tell all who won, and what was paid."""
        roles = self.setup.roles
        for number in range(1, self.num_turns // len(roles) + 1):
            yield Announce(text=f"Round {number}. Bid a number from 0 to {self.most:g}. Answer with the number only.")
            bids = yield Move(roles=roles, round=number, options=Amount(least=0, most=self.most))
            winner, price = self.sold(bids)
            yield Announce(text=f"Round {number}: {winner} wins and pays {price:g}.")

    def sold(self, bids: Sequence[Turn]) -> tuple[str, float]:
        """Return who wins and what is paid; of equal bids the first in seat order wins."""
        ranked = sorted(bids, key=lambda bid: -float(bid.move or 0))
        return ranked[0].role, float(ranked[self.pays != own_bid].move or 0)

    def outcomes(self, said: Sequence[Turn]) -> dict[str, Outcome]:
        """Return the mean price of all whole rounds."""
        seats = len(self.setup.roles)
        rounds = [said[place : place + seats] for place in range(0, len(said) - seats + 1, seats)]
        prices = [self.sold(bids)[1] for bids in rounds if all(bid.move is not None for bid in bids)]
        return {"mean_price": sum(prices) / len(prices) if prices else None}


TITLE = "Do models shade their bids?"
MODELS = {
    "gpt": "openai/gpt-4.1-mini",
    "claude": "anthropic/claude-haiku-4.5",
    "llama": "meta-llama/llama-3.3-70b-instruct",
}
PAIRING = [["gpt", "claude", "llama"], ["claude", "llama", "gpt"], ["llama", "gpt", "claude"]]
NUM_TURNS, ITERATIONS = 15, 10
SAMPLING = {"temperature": 1.0, "max_tokens": 16}
PROCEDURE = {"kind": "sealed_bids.py:Auction", "version": 1, "most": 100, "pays": own_bid}
FACTORS = {"pays": [own_bid, second_bid]}
SCENARIOS = {
    "painting": {
        "anna": "You bid for a painting that is worth 60 to you. {rule}",
        "boris": "You bid for a painting that is worth 75 to you. {rule}",
        "clara": "You bid for a painting that is worth 90 to you. {rule}",
    }
}
SLOTS = {"rule": "The highest bid wins and pays {pays}. Nobody sees a bid but the one who makes it."}
