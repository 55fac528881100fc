"""What games have in common: rounds of moves, what each round earned its players, and what they are told."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, ClassVar

from colloquia.conversation.kind import Outcome, Staged
from colloquia.conversation.moves import shortest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from colloquia.conversation.transcript import Turn
    from colloquia.places import Place

INVALID = ("end", "pass")
"""What becomes of a game in which a reply makes no move."""
NO_MOVE = "nothing that could be read"
"""What players are told of a move that could not be read, where the game goes on."""


@dataclass(frozen=True, kw_only=True)
class Game(Staged):
    """Rounds in which every move is typed and earns something."""

    rounds: int = 1
    """How often it is played; stands in for ``num_turns`` and, like it, is no part of an id."""
    invalid: str = "end"
    """``end``: a reply that makes no move ends the game; ``pass``: its round earns nobody anything."""

    has_moves = True
    has_opening = False
    lengths = frozenset({"rounds"})
    texts: ClassVar[tuple[str, ...]] = ("ask", "tell")
    """Settings that players are shown, with the words of the game filled in."""

    def check(self, place: Place) -> None:
        """Make sure that there are rounds, and that what players are shown are texts.

        Raises:
            DesignError: a setting says something that cannot be.
        """
        place.at("rounds").whole_number(self.rounds, least=1)
        place.at("invalid").known(place.at("invalid").text(self.invalid), INVALID, what="word for what then happens")
        for word in self.texts:
            place.at(word).text(getattr(self, word))

    def earned(self, moves: Mapping[str, str]) -> dict[str, float]:
        """Return what each role earns by the moves of a whole round."""
        raise NotImplementedError

    @property
    def moves_a_round(self) -> int:
        """How many moves make a round."""
        return len(self.setup.roles)

    @property
    def own_length(self) -> int:
        """All moves of all rounds."""
        return self.rounds * self.moves_a_round

    @property
    def numbers(self) -> range:
        """The numbers of the rounds: as many as it has moves for."""
        return range(1, -(-self.num_turns // self.moves_a_round) + 1)

    @property
    def invalid_ends(self) -> bool:
        """True where a reply that makes no move ends the game."""
        return self.invalid == "end"

    def complete_rounds(self, said: Sequence[Turn]) -> Iterator[dict[str, Turn]]:
        """Yield the turns of each round in which all were asked for a move, by role."""
        moved = (turn for turn in said if turn.round is not None)
        for _, found in groupby(moved, key=lambda turn: turn.round):
            by_role = {turn.role: turn for turn in found}
            if len(by_role) == self.moves_a_round:
                yield by_role

    def whole_rounds(self, said: Sequence[Turn]) -> Iterator[dict[str, Turn]]:
        """Yield the turns of each round in which all made a move, by role."""
        for by_role in self.complete_rounds(said):
            if all(turn.move is not None for turn in by_role.values()):
                yield by_role

    def earnings(self, said: Sequence[Turn]) -> dict[int, float]:
        """Return what moves earned their players, by turn."""
        found: dict[int, float] = {}
        for by_role in self.whole_rounds(said):
            earned = self.earned(moves_of(by_role))
            found |= {turn.turn_id: earned[role] for role, turn in by_role.items()}
        return found

    def outcomes(self, said: Sequence[Turn]) -> dict[str, Outcome]:
        """Return how many rounds were played, and what each seat earned in them together."""
        earned = self.earnings(said)
        sums = {
            role: [earned[turn.turn_id] for turn in said if turn.role == role and turn.turn_id in earned]
            for role in self.setup.roles
        }
        seats = {
            f"payoff_{number}": sum(sums[role]) if sums[role] else None
            for number, role in enumerate(self.setup.roles, start=1)
        }
        return {"rounds_played": sum(1 for _ in self.whole_rounds(said)), **seats}

    def points(self, moved: Sequence[Turn]) -> dict[str, str]:
        """Return what each role is told that it earned in a round."""
        if any(turn.move is None for turn in moved):
            return dict.fromkeys((turn.role for turn in moved), "nothing")
        earned = self.earned({turn.role: turn.move or "" for turn in moved})
        return {role: shortest(round(number, 2)) for role, number in earned.items()}


def moves_of(by_role: Mapping[str, Turn]) -> dict[str, str]:
    """Return the moves of a whole round, by role."""
    return {role: turn.move or "" for role, turn in by_role.items()}


def mean(numbers: Sequence[float]) -> float | None:
    """Return the mean; None where there are none."""
    return sum(numbers) / len(numbers) if numbers else None


def told(turn: Turn) -> str:
    """Return how a move is spoken of."""
    return turn.move or NO_MOVE
