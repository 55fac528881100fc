"""The social relations model of a round robin: what a model does, what it brings out in others, what a pair has.

Kenny's formulas for the means ``x_ij`` of model i talking to model j, every model with every other. Actor: how this
model behaves whoever it meets. Partner: what it brings out in others. Relationship: what is special to this pair.
The intervals of the effects are about *these models*: what varies are their conversations. The variances are about
models in general, of which these are a sample.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from colloquia.analysis.statistics import variances
from colloquia.analysis.statistics.conversations import UNIT, Conversations
from colloquia.analysis.statistics.kenny import effects
from colloquia.analysis.statistics.result import CONFIDENCE, Estimate, Floats, Spoken, number, said, table
from colloquia.analysis.statistics.strata import Cell, Cells, sum_of_means
from colloquia.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

FEWEST_MODELS = 4
ENOUGH_MODELS = 10
ACTOR, PARTNER = "speaker_model", "partner_model"
_PAIR = 2


@dataclass(frozen=True, kw_only=True, eq=False)
class RoundRobin(Spoken):
    """What a round robin says, about one role or about all seats."""

    role: str
    """Whose values they are; ``all`` where the seats have no names."""
    models: tuple[str, ...]
    means: Floats
    """Row: the model whose value it is; column: its partner; not a number where a model never met itself."""
    mean: Estimate
    actors: tuple[Estimate, ...]
    partners: tuple[Estimate, ...]
    relationships: tuple[Estimate, ...]
    self_play: tuple[Estimate, ...]
    """A model with itself, minus what its actor and partner effects lead to expect; empty where none met itself."""
    variances: tuple[Estimate, ...]
    """Actor, partner and relationship variance, and both covariances, as estimated: some may be negative."""
    reciprocity: tuple[Estimate, ...]
    """Both covariances as correlations: does a model get what it gives; do pairs mirror."""
    shares: tuple[Estimate, ...]
    """Of the variance of the cell means; relationship as far as it repeats, and error."""
    warnings: tuple[str, ...]

    @property
    def method(self) -> str:
        """How it was made, in words."""
        return f"social relations model of {len(self.models)} models, Kenny's formulas; {self.actors[0].method}"

    @property
    def sentence(self) -> str:
        """The largest effects and the shares, in words."""
        most, brought = (max(each, key=lambda one: abs(one.estimate)) for each in (self.actors, self.partners))
        shares = ", ".join(f"{each.name} {number(each.estimate)} ({each.interval})" for each in self.shares[:3])
        return said(
            f"The farthest from the mean of {number(self.mean.estimate)}: {most.name} {number(most.estimate)} "
            f"({most.interval}), {brought.name} {number(brought.estimate)} ({brought.interval}); of the variance of "
            f"the pairs: {shares} ({self.mean.conversations:,} conversations",
            self,
        )

    @property
    def frame(self) -> pd.DataFrame:
        """All estimates as one table, by kind."""
        import pandas as pd

        kinds = ("mean", "actors", "partners", "relationships", "self_play", "variances", "reciprocity", "shares")
        found = [(kind, getattr(self, kind)) for kind in kinds]
        tables = [table(each if isinstance(each, tuple) else (each,)).assign(kind=kind) for kind, each in found if each]
        return pd.concat(tables, ignore_index=True).assign(role=self.role)


def with_partners(conversations: Conversations) -> Conversations:
    """Return the seats of dyads, each with the model it talked to."""
    conversations.require(ACTOR, conversations.seat)
    rows = conversations.rows
    if not (rows.groupby(UNIT, sort=False).size() == _PAIR).all():
        raise DesignError("A round robin is made of dyads with a row for each of the two seats.")
    reverse = rows.groupby(UNIT, sort=False)[ACTOR].transform(lambda models: models.to_numpy()[::-1])
    return replace(conversations, rows=rows.assign(**{PARTNER: reverse}))


def social_relations(conversations: Conversations, *, confidence: float = CONFIDENCE) -> dict[str, RoundRobin]:
    """Return the model of each role where roles have names, else one of all seats.

    Raises:
        DesignError: fewer than 4 models, or some pair never talked.
    """
    paired = conversations if PARTNER in conversations.rows else with_partners(conversations)
    seat = paired.seat
    roles = [str(role) for role in paired.rows[seat].unique()] if seat in paired.rows else []
    if len(roles) < _PAIR or all(re.fullmatch("[A-Z]", role) for role in roles):
        return {"all": _fit(paired, "all", confidence)}
    return {role: _fit(paired.where(seat, [role]), role, confidence) for role in roles}


def _fit(conversations: Conversations, role: str, confidence: float) -> RoundRobin:
    cells = Cells(conversations, [ACTOR, PARTNER])
    models = _models(cells)
    means, errors = (_matrix(each, models) for each in (cells.means, cells.errors()))
    has_repeats = not np.isnan(errors[~np.eye(len(models), dtype=bool)]).any()
    found = variances.components(means, errors if has_repeats else None, confidence)
    few = (
        (f"Variance shares of {len(models)} models are descriptive: they say little about models in general.",)
        if len(models) < ENOUGH_MODELS
        else ()
    )
    return RoundRobin(
        role=role, models=models, means=means, variances=found.variances, reciprocity=found.reciprocity,
        shares=found.shares, warnings=(*cells.warnings, *few, *found.warnings), **_linear(cells, models, confidence),
    )  # fmt: skip


def _matrix(found: Mapping[Cell, float], models: tuple[str, ...]) -> Floats:
    return np.array([[found.get((i, j), np.nan) for j in models] for i in models])


def _models(cells: Cells) -> tuple[str, ...]:
    models = tuple(sorted({str(name) for cell in cells.means for name in cell}))
    if len(models) < FEWEST_MODELS:
        raise DesignError(
            f"The social relations model needs {FEWEST_MODELS} models or more; here are {len(models)}: compare them by "
            "contrasts."
        )
    if lacking := [(i, j) for i in models for j in models if i != j and (i, j) not in cells.means]:
        raise DesignError(f"{lacking[0][0]} never talked to {lacking[0][1]}: a round robin needs every pair.")
    return models


def _linear(cells: Cells, models: tuple[str, ...], confidence: float) -> dict[str, Any]:
    """Return the estimates that are weighted sums of the cell means."""
    n = len(models)
    units = np.eye(n * n).reshape(n * n, n, n)
    grand, actors, partners, pairs = effects(units)
    expected = grand[:, None] + actors + partners
    itself = np.stack([units[:, i, i] - expected[:, i] for i in range(n)], axis=1)

    def estimate(name: str, weights: Floats) -> Estimate:
        kept: dict[tuple[object, ...], float] = {
            (models[k // n], models[k % n]): float(weights[k]) for k in np.flatnonzero(np.abs(weights) > _NONE)
        }
        samples = cells.samples(kept)
        return sum_of_means(samples, name=name, confidence=confidence, draws=0)

    met = [i for i in range(n) if (models[i], models[i]) in cells.means]
    return {
        "mean": estimate("mean", grand),
        "actors": tuple(estimate(f"actor {name}", actors[:, i]) for i, name in enumerate(models)),
        "partners": tuple(estimate(f"partner {name}", partners[:, i]) for i, name in enumerate(models)),
        "relationships": tuple(
            estimate(f"relationship {models[i]} with {models[j]}", pairs[:, i, j])
            for i in range(n)
            for j in range(n)
            if i != j
        ),
        "self_play": tuple(estimate(f"self-play {models[i]}", itself[:, i]) for i in met),
    }


_NONE = 1e-12
