"""Each player has points, puts some of them into a common pot unseen, and the pot is multiplied and shared by all."""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_uppercase
from typing import TYPE_CHECKING, Any

from colloquia.conversation.kind import Outcome, Play, worded
from colloquia.conversation.moves import Amount
from colloquia.conversation.playing import Game, mean, told
from colloquia.conversation.steps import Announce, Move

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from colloquia.conversation.transcript import Turn
    from colloquia.places import Place

PLAYERS = 4


@dataclass(frozen=True, kw_only=True)
class PublicGoods(Game):
    """A repeated public goods game of two or more."""

    players: int | None = None
    """How many seats there are where one prompt serves all: four, unless it is written."""
    endowment: float = 20
    """Points that each player has anew in each round."""
    multiplier: float = 1.6
    """What the pot is multiplied by before it is shared equally."""
    ask: str = "Round {round}. You have {endowment} points. How many do you put into the pot?"
    """What each player reads before a round."""
    tell: str = "Round {round}: {all}. You put in {own} and get {points}."
    """What each player reads after a round; ``{all}`` says what each put in."""

    words = frozenset({"round", "all", "own", "points"})

    @classmethod
    def seats(cls, settings: Mapping[str, Any]) -> tuple[str, ...]:
        """Return so many letters."""
        players = settings.get("players") or PLAYERS
        return tuple(ascii_uppercase[:players]) if isinstance(players, int) else ("A", "B")

    def check(self, place: Place) -> None:
        """Make sure that there is something to give, and that giving does something.

        Raises:
            DesignError: a setting says something that cannot be.
        """
        super().check(place)
        if self.players is not None:
            players = place.at("players").whole_number(self.players, least=2)
            if players != len(self.setup.roles):
                raise place.at("players").error(f"is {players}, and there are {len(self.setup.roles)} seats.")
        for word in ("endowment", "multiplier"):
            if place.at(word).number(getattr(self, word), least=0) == 0:
                raise place.at(word).error("is 0: nothing could be shared.")

    def play(self) -> Play:
        """Ask all how much they put in, unseen, then tell each what all did and what it earns; round after round."""
        for number in self.numbers:
            yield Announce(text=worded(self.ask, round=str(number)))
            options = Amount(least=0, most=self.endowment)
            moved = yield Move(roles=self.setup.roles, round=number, options=options, invalid_ends=self.invalid_ends)
            points, everyone = self.points(moved), ", ".join(f"{turn.role} put in {told(turn)}" for turn in moved)
            for turn in moved:
                words = {"round": str(number), "all": everyone, "own": told(turn), "points": points[turn.role]}
                yield Announce(text=worded(self.tell, **words), audience=(turn.role,))

    def earned(self, moves: Mapping[str, str]) -> dict[str, float]:
        """Return what each kept, and its share of the pot."""
        given = {role: float(move) for role, move in moves.items()}
        share = self.multiplier * sum(given.values()) / len(given)
        return {role: self.endowment - amount + share for role, amount in given.items()}

    def outcomes(self, said: Sequence[Turn]) -> dict[str, Outcome]:
        """Return what each earned, and how much was put in on average."""
        given = [float(turn.move or 0) for by_role in self.whole_rounds(said) for turn in by_role.values()]
        return {**super().outcomes(said), "mean_contribution": mean(given)}
