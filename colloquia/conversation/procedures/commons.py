"""Players talk, then each takes unseen from a stock that they share and that grows again; round after round.

All hear what is said, and after the round what each took and what is left. Where more is taken than there is, each
gets the same part of what it wanted. A stock that falls below ``collapse`` ends the talk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from colloquia.conversation.kind import Outcome, Play, worded
from colloquia.conversation.moves import Amount, shortest
from colloquia.conversation.playing import Game, told
from colloquia.conversation.steps import Announce, End, Move, Speak

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from colloquia.conversation.transcript import Turn
    from colloquia.places import Place


@dataclass(frozen=True, kw_only=True)
class Commons(Game):
    """A shared stock."""

    talk: int | None = None
    """Turns of talk before the moves of a round; one of each seat where it is not written."""
    stock: float = 100
    """How much there is in the beginning."""
    growth: float = 2
    """What is left is multiplied by this between rounds."""
    capacity: float | None = None
    """The stock never grows beyond this: what it was in the beginning, unless it is written."""
    collapse: float = 5
    """A stock that is smaller than this after a round is lost."""
    state: str = "Round {round}. There are {stock} in the common stock."
    """What all read before a round."""
    ask: str = "Round {round}. There are {stock}. How many do you take? Answer with one number."
    """What all read before they move."""
    tell: str = "Round {round}: {all}. {left} are left."
    """What all read after a round; ``{all}`` says what each took."""

    texts = ("state", "ask", "tell")
    words = frozenset({"round", "stock", "all", "left"})

    def check(self, place: Place) -> None:
        """Make sure that there is something to take.

        Raises:
            DesignError: a setting says something that cannot be.
        """
        super().check(place)
        for word in ("stock", "growth", "collapse"):
            place.at(word).number(getattr(self, word), least=0)
        if self.capacity is not None:
            place.at("capacity").number(self.capacity, least=self.stock)
        if self.talk is not None:
            place.at("talk").whole_number(self.talk, least=0)

    @property
    def turns_of_talk(self) -> int:
        """How many turns are said before the moves of a round."""
        return len(self.setup.roles) if self.talk is None else self.talk

    @property
    def moves_a_round(self) -> int:
        """All moves of a round; what is said before them is none."""
        return len(self.setup.roles)

    @property
    def own_length(self) -> int:
        """All turns and moves of all rounds."""
        return self.rounds * (self.turns_of_talk + self.moves_a_round)

    @property
    def numbers(self) -> range:
        """The numbers of the rounds: as many as it has turns for."""
        return range(1, -(-self.num_turns // (self.turns_of_talk + self.moves_a_round)) + 1)

    def play(self) -> Play:
        """Announce the stock, let all talk, ask what each takes, and tell all what is left."""
        stock, order = self.stock, self.setup.from_opener
        for number in self.numbers:
            words = {"round": str(number), "stock": shortest(round(stock, 2))}
            if self.turns_of_talk:
                yield Announce(text=worded(self.state, **words))
            for turn in range(self.turns_of_talk):
                yield Speak(role=order[turn % len(order)])
            yield Announce(text=worded(self.ask, **words))
            moved = yield Move(
                roles=self.setup.roles,
                round=number,
                options=Amount(least=0, most=stock),
                invalid_ends=self.invalid_ends,
            )
            taken = _shared(moved, stock)
            stock = max(stock - sum(taken.values()), 0.0)
            everyone = ", ".join(f"{turn.role} took {told(turn)}" for turn in moved)
            yield Announce(text=worded(self.tell, all=everyone, left=shortest(round(stock, 2)), **words))
            if stock < self.collapse:
                yield End(reason="collapse")
            stock = min(stock * self.growth, self.most)

    @property
    def most(self) -> float:
        """What the stock never grows beyond."""
        return self.stock if self.capacity is None else self.capacity

    def earnings(self, said: Sequence[Turn]) -> dict[int, float]:
        """Return what each took, by turn."""
        found: dict[int, float] = {}
        for by_role, _, taken in self._rounds(said):
            found |= {turn.turn_id: taken[role] for role, turn in by_role.items() if turn.move is not None}
        return found

    def outcomes(self, said: Sequence[Turn]) -> dict[str, Outcome]:
        """Return what each took in all, and what was left in the end."""
        left = [stock for _, stock, _ in self._rounds(said)]
        return {**super().outcomes(said), "stock_left": left[-1] if left else None}

    def _rounds(self, said: Sequence[Turn]) -> Iterator[tuple[Mapping[str, Turn], float, Mapping[str, float]]]:
        """Yield the moves of each whole round, what they left, and what each really got."""
        stock = self.stock
        for by_role in self.complete_rounds(said):
            taken = _shared(by_role.values(), stock)
            stock = max(stock - sum(taken.values()), 0.0)
            yield by_role, stock, taken
            stock = min(stock * self.growth, self.most)


def _shared(moved: Iterable[Turn], stock: float) -> dict[str, float]:
    """Return what each gets: what it wants, or the same part of it where there is not enough."""
    amounts = {turn.role: float(turn.move or 0) for turn in moved}
    part = min(1.0, stock / total) if (total := sum(amounts.values())) else 1.0
    return {role: amount * part for role, amount in amounts.items()}
