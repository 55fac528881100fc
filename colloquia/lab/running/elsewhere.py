"""Holding the conversations of a study in workers: what these are told, and what they must be able to do."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from colloquia.design.models import prefix
from colloquia.errors import SettingsError
from colloquia.lab.planning.bench import headroom, slugs
from colloquia.providers.keys import OPENROUTER_VARIABLE, variable_of
from colloquia.providers.registry import Models, provider_name
from colloquia.running.executors.ray import OnRay, check_installed
from colloquia.running.executors.worker import Order

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from colloquia.design.forecast import Price
    from colloquia.lab.planning.bench import Bench, Workers
    from colloquia.lab.planning.preflight import Preflight
    from colloquia.running.call import Desk

OF_ITS_OWN = ("embedded", "scripted")
"""Providers of which each worker has one of its own, with lanes of its own."""


def check_possible(bench: Bench) -> None:
    """Make sure that a study can be held in workers.

    Raises:
        SettingsError: Ray is not installed, or the study brings procedures of its own.
    """
    if bench.options.workers is None:
        return
    check_installed()
    own = next((name for name in bench.study.files() if Path(name).suffix == ".py"), None)
    if own is not None:
        raise SettingsError(f"--executor ray: {own} would have to run in the workers; hold this study without them.")


def on_ray(
    bench: Bench,
    ready: Preflight,
    workers: Workers,
    *,
    prices: Mapping[str, Price],
    width: Callable[[str], int],
    strangers: frozenset[str],
) -> OnRay:
    """Return the executor for a run of a study."""
    asked = slugs(bench.experiment)
    names = frozenset(map(provider_name, asked))

    def order(desk: Desk) -> Order:
        return Order(
            run_id=desk.run_id,
            models=partial(made, _about(bench), dict(bench.listed.cards), ready.marked),
            prices=dict(prices),
            headroom=headroom(bench),
            cap_usd=desk.budget.cap_usd,
            remote=frozenset(filter(bench.models.is_remote, asked)),
            sources=desk.sources.there,
            strangers=strangers,
        )

    return OnRay(
        order=order,
        keys=keys(bench.settings.environment, names),
        slugs=asked,
        width=width,
        is_shared=lambda slug: prefix(slug) not in OF_ITS_OWN,
        providers=names,
        workers=workers.number,
        address=workers.address,
    )


def keys(environment: Mapping[str, str], names: frozenset[str]) -> dict[str, str]:
    """Return the keys of these providers and no other, by variable."""
    variables = {OPENROUTER_VARIABLE if name == "openrouter" else variable_of(name) for name in names}
    return {name: value for name, value in environment.items() if name in variables}


def made(about: Mapping[str, Any], cards: Mapping[str, Any], marked: frozenset[str], keys: Mapping[str, str]) -> Models:
    """Make the models of a study in a worker."""
    models = Models(**about, keys=keys)
    models.use_cards(cards)
    models.mark_prompts(marked)
    models.check()
    return models


def _about(bench: Bench) -> dict[str, Any]:
    return {
        "slugs": slugs(bench.experiment),
        "providers": bench.experiment.providers,
        "is_streaming": bench.options.is_streaming,
        "base_url": bench.options.base_url,
        "folder": bench.study.folder.resolve(),
        "allows_code": False,
        "inbox": None,
    }
