"""Two players choose unseen, round after round, and a table says what each pair of choices earns.

``payoffs.J.F = [0, 10]`` says that who chooses J against F gets 0 and the other 10. Rows are the choices of the first
seat, columns those of the second; where the game is not the same for both, the first seat's side is written. In the
prompt of either seat ``{payoffs}`` lists them with its own choice and its own points first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from colloquia.conversation.kind import Play, enumerated, shuffled, worded
from colloquia.conversation.moves import OneOf, shortest
from colloquia.conversation.playing import Game, told
from colloquia.conversation.steps import Announce, Move

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from colloquia.conversation.transcript import Turn
    from colloquia.places import Place

ORDERS = ("written", "shuffled")


@dataclass(frozen=True, kw_only=True)
class MatrixGame(Game):
    """A repeated game of two."""

    payoffs: Mapping[str, Mapping[str, Any]]
    """By the first seat's choice, then the second's: their points."""
    order: str = "written"
    """In which order a player is shown its options: as ``written``, or ``shuffled`` each round by draw."""
    ask: str = "Round {round}. Your options: {options}."
    """What each player reads before a round."""
    tell: str = (
        "Round {round}: you chose {own}, the other player chose {other}. "
        "You get {points}, the other player gets {other_points}."
    )
    """What each player reads after a round."""

    most_seats = 2
    words = frozenset({"round", "options", "own", "other", "points", "other_points"})

    def check(self, place: Place) -> None:
        """Make sure that there are points for every pair of choices.

        Raises:
            DesignError: a setting says something that cannot be.
        """
        super().check(place)
        place.at("order").known(place.at("order").text(self.order), ORDERS, what="order")
        _check_payoffs(self.payoffs, place.at("payoffs"))

    def play(self) -> Play:
        """Ask both for a choice they cannot see of each other, then tell each what came of it; round after round."""
        for number in self.numbers:
            for role in self.setup.roles:
                text = worded(self.ask, round=str(number), options=enumerated(self._shown(role, number), "or"))
                yield Announce(text=text, audience=(role,))
            moved = yield Move(
                roles=self.setup.roles,
                round=number,
                options={role: OneOf(words=self.options(role)) for role in self.setup.roles},
                invalid_ends=self.invalid_ends,
            )
            yield from self._told(number, moved)

    def options(self, role: str) -> tuple[str, ...]:
        """Return what a role can choose, as the study writes it."""
        return tuple(self.payoffs if role == self.setup.roles[0] else next(iter(self.payoffs.values())))

    def earned(self, moves: Mapping[str, str]) -> dict[str, float]:
        """Return what the table says of both choices."""
        first, second = self.setup.roles
        return dict(zip((first, second), self.payoffs[moves[first]][moves[second]], strict=True))

    def slots(self, role: str) -> dict[str, str]:
        """Return the settings, and the table from the side of a role."""
        is_first = role == self.setup.roles[0]
        pairs = [
            (*((row, column) if is_first else (column, row)), points if is_first else points[::-1])
            for row, by_column in self.payoffs.items()
            for column, points in by_column.items()
        ]
        order = self.options(role)
        listed = sorted(pairs, key=lambda pair: order.index(pair[0]))
        table = "; ".join(
            f"you {own}, the other {other}: {shortest(points[0])} and {shortest(points[1])}"
            for own, other, points in listed
        )
        return {**super().slots(role), "payoffs": table}

    def _shown(self, role: str, number: int) -> tuple[str, ...]:
        options = self.options(role)
        return shuffled(options, self.setup, f"options of {role}", number) if self.order == "shuffled" else options

    def _told(self, number: int, moved: Sequence[Turn]) -> Iterator[Announce]:
        points = self.points(moved)
        for own, other in (moved, moved[::-1]):
            text = worded(
                self.tell,
                round=str(number),
                own=told(own),
                other=told(other),
                points=points[own.role],
                other_points=points[other.role],
            )
            yield Announce(text=text, audience=(own.role,))


def _check_payoffs(payoffs: object, place: Place) -> None:
    rows = place.mapping(payoffs, of="choice = table of the other's choice = points")
    columns: list[str] | None = None
    for row, by_column in rows.items():
        here = place.at(row)
        found = list(here.mapping(by_column, of="the other's choice = [own points, the other's points]"))
        columns = columns or found
        for column in columns:
            if column not in found:
                raise here.error(f"says nothing of {column!r}; every choice needs points against each of the other's.")
        for column in found:
            here.known(column, columns, what="choice that the first row has")
            _check_points(by_column[column], here.at(column))
    for names in (list(rows), columns or []):
        if len({name.casefold() for name in names}) < len(names):
            raise place.error("two choices differ only in letter case, which replies do not keep.")
        if len(names) < 2:  # noqa: PLR2004 (who has one option does not choose)
            raise place.error("a player with one option has no choice; write at least two.")


def _check_points(points: object, place: Place) -> None:
    both = place.listed(points, of="own points and the other's")
    if len(both) != 2:  # noqa: PLR2004 (a game of two)
        raise place.error(f"expected own points and the other's, found {len(both)} numbers.")
    for number, each in enumerate(both):
        place.at(number).number(each)
