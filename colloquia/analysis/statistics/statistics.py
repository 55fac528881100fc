"""The statistics of a study, one method for each question; see :class:`Statistics`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from colloquia.analysis.selecting import ended_by, factors, talking
from colloquia.analysis.statistics import (
    bounds,
    contrasts,
    effects,
    equivalence,
    influence,
    mixed,
    outcomes,
    pairing,
    power,
    rates,
    survival,
)
from colloquia.analysis.statistics.conversations import SEAT, UNIT, Conversations
from colloquia.analysis.statistics.outcomes import MODEL, PARTNER
from colloquia.analysis.statistics.repairing import Pair, real_minus_repaired
from colloquia.analysis.statistics.result import CONFIDENCE, Estimate
from colloquia.analysis.statistics.social_relations import RoundRobin, social_relations
from colloquia.analysis.statistics.transitions import Transitions, transitions
from colloquia.errors import DesignError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from colloquia.analysis.tables import Frames

_OF_SEATS = frozenset({MODEL, PARTNER, SEAT})


@dataclass(frozen=True, kw_only=True, eq=False)
class Statistics:
    """What can be asked about one outcome of a study; the unit of every answer is the conversation.

    An answer says itself (``print`` it, or take its ``sentence``: number, interval, how many conversations, and how it
    was made), has its numbers as a table (``frame``) and what a reader must be warned of (``warnings``).

    Factors are the columns of ``frames.conversations`` (``scenario``, the study's own factors, ``model_1``), and of
    seats: ``speaker_model``, ``partner_model``, ``speaker_role``.

    Example:
        >>> import colloquia
        >>> frames = colloquia.load("data")
        >>> words = colloquia.statistics(frames, "words")
        >>> print(words.mean())  # doctest: +ELLIPSIS
        words: 8.5 (95 % interval ... to ...; 24 conversations; percentile-t bootstrap of conversations...
        >>> found = words.contrast("tone", "warm", "plain", within=["scenario"])
        >>> round(found.estimate, 2), found.conversations, found.excludes_zero
        (3.0, 24, True)
        >>> words.means("speaker_model")[0].name
        'speaker_model = claude'
        >>> words.contrast("turn_id", 1, 2)  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        colloquia.errors.DesignError: 'turn_id' tells turns apart. The unit of a test is the conversation, not the ...
        >>> colloquia.statistics(frames, "ended_by == 'length'").mean().estimate
        1.0
    """

    frames: Frames
    outcome: str
    """A quantity of turns, a variable of a measure, a column of conversations, or a claim about them."""
    distinct: bool = False
    """Whether the conversations of a cell count once where all of them are word for word the same."""

    def __post_init__(self) -> None:
        """Refuse what is no outcome of these frames, and turns."""
        _ = self.conversations

    def __repr__(self) -> str:
        """Return of what, and of how many."""
        return f"Statistics({self.outcome!r}, {self.conversations.count:,} conversations)"

    @cached_property
    def conversations(self) -> Conversations:
        """One value for each conversation, with the columns that tell conversations apart."""
        return outcomes.conversations(self.frames, self.outcome, distinct=self.distinct)

    @cached_property
    def seats(self) -> Conversations:
        """One value for each seat of each conversation, with its model, its role and the model it talked to."""
        return outcomes.seats(self.frames, self.outcome, distinct=self.distinct)

    def mean(self, *, confidence: float = CONFIDENCE) -> Estimate:
        """Return the mean over conversations; of a claim, the share of conversations in which it holds."""
        of = rates.rate if self._is_claim else contrasts.mean
        return of(self.conversations, name=self.outcome, confidence=confidence)

    def means(self, factor: str, *, within: Sequence[str] = (), confidence: float = CONFIDENCE) -> tuple[Estimate, ...]:
        """Return the mean of each level of a factor, the combinations of ``within`` weighted equally."""
        return contrasts.marginal_means(self._rows(factor, *within), factor, within=within, confidence=confidence)

    def contrast(
        self, factor: str, first: object, second: object, *, within: Sequence[str] = (), confidence: float = CONFIDENCE
    ) -> Estimate:
        """Return the mean of ``first`` minus that of ``second``, compared within blocks (scenario, item)."""
        rows = self._rows(factor, *within)
        if self._is_claim and not within:
            return rates.rate_difference(rows, factor, first, second, confidence=confidence)
        return contrasts.contrast(rows, factor, first, second, within=within, confidence=confidence)

    def contrasts(
        self, factor: str, *, within: Sequence[str] = (), confidence: float = CONFIDENCE
    ) -> contrasts.Contrasts:
        """Return the contrast of each two levels of a factor, their p values adjusted by Holm as one family."""
        return contrasts.contrasts(self._rows(factor, *within), factor, within=within, confidence=confidence)

    def deviation(
        self, factor: str, level: object, *, within: Sequence[str] = (), confidence: float = CONFIDENCE
    ) -> Estimate:
        """Return the mean of a level minus that of all levels, compared within blocks (scenario, item)."""
        return contrasts.deviation(self._rows(factor, *within), factor, level, within=within, confidence=confidence)

    def paired(self, factor: str, first: object, second: object, *, confidence: float = CONFIDENCE) -> Estimate:
        """Return the mean difference within pairs: same models and roles in the same seats, same iteration and factors.

        They share what they were made of. A shared seed in the request pairs nothing.
        """
        rows = self.conversations.rows
        others = [name for name in ("scenario", *factors(self.frames.conversations)) if name != factor]
        about = {"item": _joined(rows, others), "seating": _joined(rows, _seating(rows, factor))}
        some = replace(self.conversations, rows=rows.assign(**about))
        return pairing.paired_contrast(some, factor, first, second, because="material", confidence=confidence)

    def equivalence(
        self, factor: str, first: object, second: object, *, bound: float, within: Sequence[str] = ()
    ) -> equivalence.Equivalence:
        """Return whether two levels differ by less than ``bound``, which was set before: the only "no difference"."""
        return equivalence.equivalence(self._rows(factor, *within), factor, first, second, bound=bound, within=within)

    def bounds(
        self,
        factor: str,
        first: object,
        second: object,
        *,
        value_range: tuple[float, float],
        within: Sequence[str] = (),
    ) -> bounds.Bounds:
        """Return the contrast with the lost conversations at either end of the range of the outcome."""
        rows = self._rows(factor, *within)
        return bounds.bounds(rows, factor, first, second, value_range=value_range, within=within)

    def hedges_g(self, factor: str, first: object, second: object) -> Estimate:
        """Return the difference in standard deviations between conversations."""
        return effects.hedges_g(self._rows(factor), factor, first, second)

    def cliffs_delta(self, factor: str, first: object, second: object) -> Estimate:
        """Return how much more often a conversation of ``first`` lies above one of ``second`` than below."""
        return effects.cliffs_delta(self._rows(factor), factor, first, second)

    def mixed(
        self, factor: str, first: object, second: object, *, random: Sequence[str], fixed: Sequence[str] = ()
    ) -> mixed.Mixed:
        """Return the contrast by a linear mixed model, beside the default way; see :func:`mixed.mixed`."""
        return mixed.mixed(self._rows(factor, *fixed, *random), factor, first, second, random=random, fixed=fixed)

    def power(
        self, factor: str, first: object, second: object, *, effect: float, sizes: Sequence[int],
        within: Sequence[str] = (),
    ) -> power.Power:  # fmt: skip
        """Return what studies of several sizes would find, this one being the pilot."""
        rows = self._rows(factor, *within)
        return power.power(rows, factor, first, second, effect=effect, sizes=sizes, within=within)

    def round_robin(self) -> dict[str, RoundRobin]:
        """Return the social relations model of each role, or of all seats where roles have no names."""
        return social_relations(self._talks.seats)

    def influence(self) -> Estimate:
        """Return how far a seat follows the other's previous turn; needs dyads of 20 turns or more."""
        return influence.influence(self._turns())

    def asymmetry(self, first: str, second: str) -> Estimate:
        """Return how much more role ``first`` follows the other than role ``second`` does."""
        return influence.asymmetry(self._turns(), first, second)

    def follows(self) -> Conversations:
        """Return inertia and influence of each seat of each conversation, with its models: the rows of a network."""
        slopes, seats = influence.slopes(self._turns()), self._talks.seats
        known = seats.rows[[UNIT, SEAT, MODEL, PARTNER]]
        return Conversations(rows=slopes.rows.merge(known, on=[UNIT, SEAT], how="left"), notes=seats.notes)

    def repaired(self) -> Estimate:
        """Return how much more alike two seats are than seats of the same cell that never met."""
        about, seats = self._talks.frames.conversations, self._talks.seats
        rows = seats.present
        both = [(unit, few) for unit, few in rows.groupby(UNIT, sort=False) if len(few) == 2]  # noqa: PLR2004 - a dyad
        cell = ["scenario", *factors(about), *_seating(about, "")]
        pairs = [
            Pair(
                experiment_id=str(unit), cell=tuple(map(str, few[cell].iloc[0])),
                first=float(few["value"].iloc[0]), second=float(few["value"].iloc[1]),
            )
            for unit, few in both
        ]  # fmt: skip
        found = real_minus_repaired(pairs, lambda one, other: -abs(one - other))
        return replace(found, name=f"{self.outcome}: likeness beyond chance", warnings=seats.warnings)

    def until(self) -> Conversations:
        """Return the turn at which it first happened in each conversation, ``happened`` false where it did not.

        Of a quantity of turns: its first turn above 0. Of a claim about conversations: their last turn, where it holds.
        """
        rows = self.conversations.rows
        turns = outcomes.turns(self.frames, self.outcome)
        if turns.empty:
            at = rows["num_turns"].where(rows["value"] > 0)
        else:
            at = rows[UNIT].map(turns[turns["value"] > 0].groupby(UNIT)["turn_id"].min())
        known = rows.assign(happened=at.notna(), value=at.fillna(rows["num_turns"]).astype("float64"))
        return replace(self.conversations, rows=known[known["value"] > 0])

    def curve(self) -> survival.Curve:
        """Return the share of conversations in which it has not happened yet, turn by turn."""
        return survival.curve(self.until())

    def curves(self, factor: str) -> Mapping[object, survival.Curve]:
        """Return the curve of each level of a factor."""
        return survival.by_level(self.until(), factor)

    def log_rank(self, factor: str) -> survival.LogRank:
        """Return whether the curves of the levels differ."""
        return survival.log_rank(self.until(), factor)

    @cached_property
    def _talks(self) -> Statistics:
        """The same of talks only: in a control arm nobody is answered, so it has no pairs to say anything about."""
        return replace(self, frames=talking(self.frames))

    @property
    def _is_claim(self) -> bool:
        values = self.conversations.present["value"]
        return bool(values.isin((0.0, 1.0)).all()) and not self.conversations.present[UNIT].duplicated().any()

    def _rows(self, *columns: str) -> Conversations:
        """Return conversations, or their seats where a column tells seats apart."""
        return self.seats if _OF_SEATS & set(columns) else self.conversations

    def _turns(self) -> pd.DataFrame:
        turns = outcomes.turns(self._talks.frames, self.outcome)
        if turns.empty:
            raise DesignError(f"{self.outcome!r} is no number of turns, so nothing in it can follow from turn to turn.")
        return turns


def statistics(frames: Frames, outcome: str, *, distinct: bool = False) -> Statistics:
    """Return what can be asked about an outcome of a study: its means, contrasts, round robin, curves ...

    Args:
        frames: What :func:`colloquia.load` returns.
        outcome: A quantity of turns (``words``), a variable of a measure (``lexical_diversity.mattr``), a column of
            conversations (``num_turns``) or a claim about them (``ended_by == 'deal'``).
        distinct: Whether the conversations of a cell count once where all of them are word for word the same.

    Raises:
        DesignError: there is no such outcome, no conversation has ended, or ``frames`` are turns.
    """
    return Statistics(frames=frames, outcome=outcome, distinct=distinct)


def labels(frames: Frames, column: str) -> Transitions:
    """Return what follows what: the transitions of a column of turns that holds labels, such as ``move``.

    Raises:
        DesignError: there is no such column, or no conversation has two labels in a row.
    """
    if column not in frames.turns:
        raise DesignError(f"Turns have no column {column!r}.{nearest(column, map(str, frames.turns.columns))}")
    ended = set(frames.conversations.loc[ended_by(frames.conversations) != "not ended", UNIT])
    turns = frames.turns[frames.turns[UNIT].isin(ended)].sort_values([UNIT, "turn_id"], kind="stable")
    said = turns.dropna(subset=[column]).groupby(UNIT, sort=False)[column]
    return transitions({str(unit): list(few.astype(str)) for unit, few in said})


def _joined(rows: pd.DataFrame, columns: Sequence[str]) -> pd.Series[str]:
    return rows[list(columns)].map(str).agg("|".join, axis=1) if columns else rows[UNIT].map(lambda _: "")


def _seating(rows: pd.DataFrame, factor: str) -> list[str]:
    names = [name for name in map(str, rows.columns) if name.startswith(("model_", "role_"))]
    return [name for name in (*names, "opening_role") if name in rows and name != factor]
