"""``colloquia serve-fake``: a server on this machine in OpenRouter's place, to rehearse a study on."""

from __future__ import annotations

import asyncio
import shlex
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from colloquia import studies
from colloquia.cli.terminal import COMMAND, plain, say, table
from colloquia.lab.planning.amounts import count, money
from colloquia.lab.running.rehearsing import PLAIN, stand_ins
from colloquia.providers.pricelist import kept_list
from colloquia.providers.simulator.faults import FAULTS
from colloquia.providers.simulator.plan import Plan, read_plan
from colloquia.providers.simulator.simulator import Simulator
from colloquia.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from colloquia.providers.simulator.catalogue import StandIn


def serve_fake(study: Path | None, faults: Path | None, port: int, shape: str, models: Sequence[str] = ()) -> None:
    """Serve until Ctrl-C, a request to ``/simulator/stop``, or the end of the process.

    Args:
        study: A study whose models of OpenRouter are served, by whom and at which price as it is there.
        faults: A plan of what goes wrong; by default all goes well.
        port: Where to listen; 0 for a free port.
        shape: The server to look like.
        models: Further slugs to serve.

    Raises:
        DesignError: the study, the plan or the shape makes no sense.
        SettingsError: the port cannot be used.
    """
    plan = read_plan(faults) if faults else Plan()
    of_study = stand_ins(studies.read(study).experiment, kept_list(read_settings().cache)) if study else {}
    plan = msgspec.structs.replace(plan, models={**of_study, **dict.fromkeys(models, PLAIN), **plan.models})
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(plan, port, shape, _rehearsal(study, of_study) if study else []))


def list_faults() -> None:
    """Print every fault that a plan can name."""
    for line in table([(name, fault.does) for name, fault in FAULTS.items()]):
        say(line)


def _rehearsal(study: Path, of_study: Mapping[str, StandIn]) -> list[str]:
    """Return what is served of a study, at which prices, and the words after ``run`` that rehearse it."""
    unpriced = [slug for slug, said in of_study.items() if said.price is None]
    prices = "at OpenRouter's prices, as they were last seen here"
    if unpriced:
        prices += f"; at invented ones: {', '.join(unpriced)} (`{COMMAND} models` looks at the list)"
    return [
        f"It serves the {count(len(of_study), 'model')} of {study} that OpenRouter would, {prices}.",
        shlex.join([str(study), "--run-dir", "runs/rehearsal"]),
    ]


async def _serve(plan: Plan, port: int, shape: str, rehearsal: Sequence[str]) -> None:
    async with Simulator(plan, port=port, shape=shape, keeps_bodies=False) as simulator:
        _end_on_signals(simulator.stopped)
        _introduce(simulator, shape, *rehearsal)
        try:
            await simulator.stopped.wait()
        finally:
            _sum_up(simulator)


def _end_on_signals(stopped: asyncio.Event) -> None:
    """End well on Ctrl-C and SIGTERM, where the system lets a program do so."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, stopped.set)


def _introduce(simulator: Simulator, shape: str, serves: str = "", what: str = "") -> None:
    say(f"A simulated server of the shape {shape} listens at {simulator.base_url}, on this machine only.")
    if serves:
        say(plain(serves))
    if shape == "openrouter":
        run = " ".join(filter(None, (f"{COMMAND} run", plain(what), f"--base-url {simulator.base_url}")))
        say(f"Rehearse a study: OPENROUTER_API_KEY=sk-simulated {run}")
    say(f"What it is asked: {simulator.url}/simulator/ledger. Ctrl-C ends it.")


def _sum_up(simulator: Simulator) -> None:
    summary = simulator.ledger.summary()
    asked, told = count(summary["requests"], "request"), count(summary["replies"], "answer")
    say(f"{asked}, {told} of a model, {money(summary['billed_usd'])} billed: all of it simulated.")
    for name, times in summary["faults"].items():
        say(f"  {name}: {count(times, 'time')}")
