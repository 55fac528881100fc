"""A study rehearsed on a simulated OpenRouter: what stands in for each of its models, served where and for how much."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from colloquia.design.models import prefix
from colloquia.lab.planning.bench import judges_of
from colloquia.providers.cards import card_of, reasons
from colloquia.providers.pricelist import prices
from colloquia.providers.simulator.catalogue import StandIn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from colloquia.design.models import ModelEntry
    from colloquia.design.study import Experiment
    from colloquia.providers.pricelist import PriceList

PLAIN = "sim/plain"
REASONER = "sim/reasoner"
ANYWHERE = "sim-alpha"
"""Who serves what a study wants at some quantization, and does not say by whom."""


def stand_ins(experiment: Experiment, listed: PriceList) -> dict[str, StandIn]:
    """Return what a simulator has to serve so that a study can be run on it as it is written.

    Args:
        experiment: The study; its participants and judges of OpenRouter are served, each by whom its routing names.
        listed: OpenRouter's list of models; where it knows a price, this is what the stand-in costs.
    """
    entries = [*experiment.entries.values(), *judges_of(experiment)]
    wanted: dict[str, list[ModelEntry]] = {}
    for entry in entries:
        if prefix(entry.slug) is None:
            wanted.setdefault(entry.slug, []).append(entry)
    known = prices(wanted, {}, listed)
    found = {}
    for slug, asked in wanted.items():
        card, price = card_of(slug, listed.cards), known.get(slug)
        found[slug] = StandIn(
            like=REASONER if any(reasons(card, entry.sampling) for entry in asked) else PLAIN,
            at=tuple(dict.fromkeys(place for entry in asked for place in _places(entry.routing))),
            price=(f"{price.prompt:.12f}", f"{price.completion:.12f}") if price else None,
        )
    return found


def _places(routing: Mapping[str, Any]) -> Iterator[str]:
    """Yield by whom, and at which quantization, a model is to be served; nothing where anybody may."""
    names: Sequence[str] = routing.get("only") or routing.get("order") or ()
    quantizations: Sequence[str] = routing.get("quantizations") or ()
    if not quantizations:
        yield from names
    for name in names or ([ANYWHERE] if quantizations else []):
        yield from ([name] if "/" in name else (f"{name}/{quantization}" for quantization in quantizations))
