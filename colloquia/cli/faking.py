"""``colloquia serve-fake``: a server on this machine in OpenRouter's place, to rehearse a study on."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from colloquia.cli.terminal import count, money, say, table
from colloquia.providers.simulator.faults import FAULTS
from colloquia.providers.simulator.plan import Plan, read_plan
from colloquia.providers.simulator.shapes import SHAPES
from colloquia.providers.simulator.simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

DEFAULT_PORT = SHAPES["openrouter"].default_port
STAND_IN = "sim/plain"
"""The fake model that is served under slugs of the study."""


def serve_fake(faults: Path | None, port: int, shape: str, models: Sequence[str] = ()) -> None:
    """Serve until Ctrl-C, a request to ``/simulator/stop``, or the end of the process.

    Args:
        faults: A plan of what goes wrong; by default all goes well.
        port: Where to listen; 0 for a free port.
        shape: The server to look like.
        models: Further slugs to serve, such as those of a study that is rehearsed.

    Raises:
        DesignError: the plan or the shape makes no sense.
        SettingsError: the port cannot be used.
    """
    plan = read_plan(faults) if faults else Plan()
    plan = msgspec.structs.replace(plan, models={**dict.fromkeys(models, STAND_IN), **plan.models})
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(plan, port, shape))


def list_faults() -> None:
    """Print every fault that a plan can name."""
    for line in table([(name, fault.does) for name, fault in FAULTS.items()]):
        say(line)


async def _serve(plan: Plan, port: int, shape: str) -> None:
    async with Simulator(plan, port=port, shape=shape, keeps_bodies=False) as simulator:
        _end_on_signals(simulator.stopped)
        _introduce(simulator, shape)
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


def _introduce(simulator: Simulator, shape: str) -> None:
    say(f"A simulated server of the shape {shape} listens at {simulator.base_url}, on this machine only.")
    if shape == "openrouter":
        say(f"Rehearse a study: OPENROUTER_API_KEY=sk-simulated colloquia run --base-url {simulator.base_url}")
    say(f"What it serves: {simulator.url}/simulator/ledger. Ctrl-C ends it.")


def _sum_up(simulator: Simulator) -> None:
    summary = simulator.ledger.summary()
    asked, told = count(summary["requests"], "request"), count(summary["replies"], "answer")
    say(f"{asked}, {told} of a model, {money(summary['billed_usd'])} billed: all of it simulated.")
    for name, times in summary["faults"].items():
        say(f"  {name}: {count(times, 'time')}")
