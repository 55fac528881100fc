"""A population plays a naming game: game after game two members meet, each says a name unseen, agreement scores.

The seats are the members, and one conversation is the life of the whole population. Who meets is drawn among the pairs
that the graph allows; only these two read of their game. How many of its last games a member remembers is the study's
``memory``. A committed minority always says the same name, and is asked nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from colloquia.conversation.graphs import GRAPHS, edges
from colloquia.conversation.kind import Outcome, Play, enumerated, shuffled, worded
from colloquia.conversation.moves import OneOf
from colloquia.conversation.playing import Game, mean, moves_of, told
from colloquia.conversation.steps import Announce, Move

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from colloquia.conversation.transcript import Turn
    from colloquia.places import Place

AGENTS = 24


@dataclass(frozen=True, kw_only=True)
class Population(Game):
    """A naming game of many; ``rounds`` counts the games of two."""

    names: list[str]
    """What can be said."""
    agents: int = AGENTS
    """How many members there are where one prompt serves all."""
    graph: str = "complete"
    """Who can meet whom: ``complete`` (everybody), ``regular`` (drawn, with ``degree`` each) or ``small world``."""
    degree: int = 4
    """Of a graph that is not complete: how many others each can meet, on average."""
    rewired: float = 0.1
    """Of a small world: the share of pairs that are replaced at random."""
    agreement: float = 100
    """What each gets where both say the same."""
    disagreement: float = -50
    """What each gets where they do not."""
    committed: int = 0
    """How many members, drawn by lot, always say ``committed_name``."""
    committed_name: str | None = None
    """What they say; one of ``names``."""
    committed_from: int = 1
    """The game from which they do."""
    ask: str = "Game {round}. Say one name: {options}."
    """What the two who meet read before their game; the order of names is drawn for each."""
    tell: str = "Game {round}: you said {own}, the other said {other}. You get {points} points."
    """What each of them reads after it."""

    words = frozenset({"round", "options", "own", "other", "points"})

    @classmethod
    def seats(cls, settings: Mapping[str, Any]) -> tuple[str, ...]:
        """Return so many numbered members."""
        agents = settings.get("agents")
        return tuple(f"agent {number}" for number in range(1, agents + 1)) if isinstance(agents, int) else ("A", "B")

    def check(self, place: Place) -> None:
        """Make sure that there are names, members and pairs.

        Raises:
            DesignError: a setting says something that cannot be.
        """
        super().check(place)
        size = len(self.setup.roles)
        for number, name in enumerate(place.at("names").listed(self.names, of="names")):
            place.at("names").at(number).text(name)
        if len({name.casefold() for name in self.names}) < max(len(self.names), 2):
            raise place.at("names").error("needs two names or more that differ in more than letter case.")
        place.at("graph").known(place.at("graph").text(self.graph), GRAPHS, what="graph")
        degree = place.at("degree").whole_number(self.degree, least=2)
        if self.graph != "complete" and (degree % 2 or degree >= size):
            raise place.at("degree").error(f"is {degree}; with {size} members it is an even number below {size}.")
        if not 0 <= place.at("rewired").number(self.rewired) <= 1:
            raise place.at("rewired").error("is a share, from 0 to 1.")
        for word in ("agreement", "disagreement"):
            place.at(word).number(getattr(self, word))
        self._check_committed(place, size)

    def _check_committed(self, place: Place, size: int) -> None:
        if place.at("committed").whole_number(self.committed, least=0) > size:
            raise place.at("committed").error(f"is {self.committed}; there are {size} members.")
        place.at("committed_from").whole_number(self.committed_from, least=1)
        if self.committed:
            here = place.at("committed_name")
            here.known(here.text(self.committed_name), self.names, what="name of this game")

    @property
    def moves_a_round(self) -> int:
        """Two meet."""
        return 2

    @cached_property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Who can meet, by number."""
        draws = self.setup.draws
        return edges(self.graph, len(self.setup.roles), self.degree, self.rewired, draws.integer)

    @cached_property
    def minority(self) -> frozenset[str]:
        """The members that are committed."""
        return frozenset(shuffled(self.setup.roles, self.setup, "committed", 0)[: self.committed])

    def play(self) -> Play:
        """Draw two, ask each for a name, tell each what came of it; game after game."""
        for number in self.numbers:
            met = self.pairs[self.setup.draws.integer("pair", number) % len(self.pairs)]
            pair = tuple(self.setup.roles[member] for member in met)
            for role in pair:
                shown = shuffled(self.names, self.setup, f"names of {role}", number)
                text = worded(self.ask, round=str(number), options=enumerated(shown, "or"))
                yield Announce(text=text, audience=(role,))
            is_committed = self.committed_name is not None and number >= self.committed_from
            moved = yield Move(
                roles=pair,
                round=number,
                options=OneOf(words=tuple(self.names)),
                lines={role: self.committed_name or "" for role in pair if is_committed and role in self.minority},
                audience=pair,
                invalid_ends=self.invalid_ends,
            )
            points = self.points(moved)
            for own, other in (moved, moved[::-1]):
                words = {"round": str(number), "own": told(own), "other": told(other), "points": points[own.role]}
                yield Announce(text=worded(self.tell, **words), audience=(own.role,))

    def earned(self, moves: Mapping[str, str]) -> dict[str, float]:
        """Return the same for both."""
        points = self.agreement if len(set(moves.values())) == 1 else self.disagreement
        return dict.fromkeys(moves, points)

    def outcomes(self, said: Sequence[Turn]) -> dict[str, Outcome]:
        """Return how often they agreed, in all and of late, which name prevails, and since when all say the same.

        Late are the last games, as many as there are members; the committed are not counted among those who say it.
        """
        games = [moves_of(by_role) for by_role in self.whole_rounds(said)]
        agreed = [float(len(set(moves.values())) == 1) for moves in games]
        late = len(self.setup.roles)
        free = [name for moves in games[-late:] for role, name in moves.items() if role not in self.minority]
        name = Counter(free).most_common(1)[0][0] if free else None
        return {
            "rounds_played": len(games),
            "agreement_share": mean(agreed),
            "late_agreement_share": mean(agreed[-late:]),
            "convention": name,
            "convention_share": free.count(name) / len(free) if name is not None else None,
            "converged_at": self._converged_at(games),
        }

    def _converged_at(self, games: Sequence[Mapping[str, str]]) -> int | None:
        """Return the first game after which all who are not committed have said the same, each at its last game."""
        last: dict[str, str] = {}
        free = [role for role in self.setup.roles if role not in self.minority]
        for number, moves in enumerate(games, start=1):
            last |= {role: name for role, name in moves.items() if role not in self.minority}
            if free and len(last) == len(free) and len(set(last.values())) == 1:
                return number
        return None
