"""Game outcomes: payoff, cooperation, efficiency, reciprocity and exploitability in a repeated game of two."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import fmean
from typing import TYPE_CHECKING

from colloquia.analysis.measuring.measure import Fixture, Measure, Value, Variable, number
from colloquia.analysis.measuring.transcript import Game, dyad

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from colloquia.analysis.measuring.measure import Params
    from colloquia.analysis.measuring.transcript import Transcript

Moves = list[tuple[str, str]]
"""Own move and the other's, of each whole round."""
_NO_ROUND = "no whole round"


def game_outcomes(transcript: Transcript, _params: Params) -> Iterator[Value]:
    """Yield outcomes of each seat and of the pair, over the rounds in which both moved."""
    for role in transcript.roles:
        moves = [turn.move for turn in transcript.turns if turn.seat == role]
        share = sum(move is None for move in moves) / len(moves) if moves else None
        yield number("invalid_share", share, "the seat had no turn", seat=role)
    game, roles = transcript.game, transcript.roles
    if game is None or len(roles) != 2:  # noqa: PLR2004 (a dyad)
        yield from _without_a_game(roles)
        return
    rounds = _rounds(transcript, game)
    yield from _Seat(role=roles[0], moves=rounds, game=game).values()
    yield from _Seat(role=roles[1], moves=[(other, own) for own, other in rounds], game=game.turned).values()
    yield from _of_pair(rounds, game)


def _without_a_game(roles: Sequence[str]) -> Iterator[Value]:
    for variable in MEASURE.variables[1:]:
        for seat in roles if variable.unit == "seat" else (None,):
            yield number(variable.name, None, "no game of two", seat=seat)


@dataclass(frozen=True, kw_only=True)
class _Seat:
    """One seat's side of the rounds."""

    role: str
    moves: Moves
    game: Game

    def values(self) -> Iterator[Value]:
        """Yield what came of them."""
        earned = [self.game.payoffs[own][other][0] for own, other in self.moves]
        yield self._given("payoff", fmean(earned) if earned else None, _NO_ROUND)
        cooperated = [float(own == self.game.options[0]) for own, _ in self.moves]
        yield self._given("cooperation", fmean(cooperated) if cooperated else None, _NO_ROUND)
        yield self._given("reciprocity", self._reciprocity(), "the partner did not do both before a move")
        best = max((self._against(option) for option in self.game.options), default=0.0) if earned else None
        yield self._given("exploitability", None if best is None else best - fmean(earned), _NO_ROUND)

    def _reciprocity(self) -> float | None:
        good = self.game.options[0]
        after: dict[bool, list[float]] = {True: [], False: []}
        for (_, before), (own, _) in pairwise(self.moves):
            after[before == good].append(float(own == good))
        return fmean(after[True]) - fmean(after[False]) if after[True] and after[False] else None

    def _against(self, option: str) -> float:
        """Return the payoff of one option all the way, against what the partner did."""
        return fmean(self.game.payoffs[option][other][0] for _, other in self.moves)

    def _given(self, name: str, value: float | None, reason: str) -> Value:
        return number(name, value, reason, seat=self.role)


def _rounds(transcript: Transcript, game: Game) -> Moves:
    """Return the moves of both seats in each round that both have a move in."""
    taken: dict[int, dict[str, str]] = {}
    one, other = transcript.roles
    options = {one: game.options, other: game.turned.options}
    for turn in transcript.turns:
        if turn.round is not None and turn.move in options[turn.seat]:
            taken.setdefault(turn.round, {})[turn.seat] = turn.move or ""
    return [(moves[one], moves[other]) for _, moves in sorted(taken.items()) if len(moves) == 2]  # noqa: PLR2004


def _of_pair(rounds: Sequence[tuple[str, str]], game: Game) -> Iterator[Value]:
    possible = [pay for by_other in game.payoffs.values() for pay in by_other.values()]
    most = max(sum(pay) for pay in possible)
    got = [game.payoffs[own][other] for own, other in rounds]
    efficiency = fmean(sum(pay) for pay in got) / most if got and most > 0 else None
    yield number("efficiency", efficiency, _NO_ROUND if not got else "no joint payoff above 0 to compare with")
    undominated = [float(not any(_is_better(pay, than) for pay in possible)) for than in got]
    yield number("pareto_share", fmean(undominated) if got else None, _NO_ROUND)


def _is_better(pay: tuple[float, float], than: tuple[float, float]) -> bool:
    return pay != than and pay[0] >= than[0] and pay[1] >= than[1]


_GAME = Game(
    options=("J", "F"),
    payoffs={"J": {"J": (8, 8), "F": (0, 10)}, "F": {"J": (10, 0), "F": (5, 5)}},
)
_PLAYED = ("J", "F", "J", "J", "F", "J", "F", "F", "J", None)

MEASURE = Measure(
    id="game_outcomes",
    version=1,
    title="Game outcomes",
    of=game_outcomes,
    needs="moves",
    reads=("moves",),
    variables=(
        Variable(
            name="invalid_share",
            unit="seat",
            scale="share of turns that are no move",
            low=0,
            high=1,
            more_means="fails to answer",
        ),
        Variable(name="payoff", unit="seat", scale="payoff a round", more_means="earns more"),
        Variable(
            name="cooperation", unit="seat", scale="share of rounds", low=0, high=1, more_means="cooperates oftener"
        ),
        Variable(
            name="reciprocity",
            unit="seat",
            scale="P(C after C) - P(C after D)",
            low=-1,
            high=1,
            more_means="answers in kind",
        ),
        Variable(
            name="exploitability",
            unit="seat",
            scale="best constant move's payoff a round, minus its own",
            low=None,
            more_means="leaves more to be gained",
        ),
        Variable(
            name="efficiency",
            unit="conversation",
            scale="joint payoff by the most possible",
            high=1,
            more_means="wastes less",
        ),
        Variable(
            name="pareto_share",
            unit="conversation",
            scale="share of rounds no other outcome betters",
            low=0,
            high=1,
            more_means="wastes less",
        ),
    ),
    minimum="one round in which both moved; for reciprocity a partner who did both",
    caveat="Against a copier everybody looks reciprocal: compare with fixed partners. Replies that are no move end up "
    "in invalid_share and in no other number.",
    fixture=Fixture(
        transcript=replace(
            dyad(*["x"] * 10),
            turns=tuple(
                replace(turn, move=move, round=1 + place // 2)
                for place, (turn, move) in enumerate(zip(dyad(*["x"] * 10).turns, _PLAYED, strict=True))
            ),
            game=_GAME,
        ),
        expected=(
            Value("invalid_share", 0.2, "B"),
            Value("payoff", 5.75, "A"),
            Value("payoff", 5.75, "B"),
            Value("cooperation", 0.5, "A"),
            Value("reciprocity", -1.0, "A"),
            Value("reciprocity", 1.0, "B"),
            Value("exploitability", 1.75, "A"),
            Value("efficiency", 46 / 64),
            Value("pareto_share", 0.75),
        ),
        source="By hand. Rounds JF, JJ, FJ, FF: A earns 0 + 8 + 10 + 5 = 23 and B as much; of 4 x 16. A after F, J, J: "
        "J, F, F, so 0 - 1; B after J, J, F: J, J, F, so 1 - 0. F all along earns A 5 + 10 + 10 + 5 = 30.",
    ),
)
