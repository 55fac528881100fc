"""What stands in for the network, the clocks, the chance and the name of a machine while a session is simulated."""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from colloquia.providers import openrouter
from colloquia.providers.keys import Keyring
from colloquia.providers.provider import Surroundings
from colloquia.providers.wire import Patience, Wire
from colloquia.running import heartbeat, session, wishes
from colloquia.running.call import Desk
from colloquia.running.lag import Lag
from colloquia.running.network import Network
from colloquia.running.progress import Progress
from reliability.simulating.clock import drawn_uuid
from reliability.simulating.speech import PATIENCE_SECONDS

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator
    from typing import Self

    from colloquia.conversation.chat_model import ChatModel
    from colloquia.conversation.transcript import Turn
    from colloquia.design.trials import Trial
    from colloquia.providers.call import Transport
    from reliability.simulating.clock import Clock
    from reliability.simulating.ledger import Ledger
    from reliability.simulating.witnessed import WitnessedDisk

KEYS = {"OPENROUTER_API_KEY": "sk-or-simulated"}
PATIENCE = Patience(silence_seconds=PATIENCE_SECONDS, idle_seconds=20.0, deadline_seconds=60.0)
BEAT_SECONDS = 30.0
"""Between two looks of a run at itself and at what is wanted of it: seldom, since each takes real time."""


@dataclass(kw_only=True)
class Speakers:
    """The models of a study, behind a transport that leads nowhere."""

    transport: Transport
    clock: Clock
    is_streaming: bool
    made: dict[str, ChatModel] = field(default_factory=dict)

    async def __aenter__(self) -> Self:
        """Start nothing."""
        return self

    async def __aexit__(self, *reason: object) -> None:
        """End nothing."""

    def model(self, slug: str) -> ChatModel:
        """Return the model of a slug, as OpenRouter's provider makes it."""
        if slug not in self.made:
            self.made[slug] = self._provider.model(slug)
        return self.made[slug]

    @cached_property
    def _provider(self) -> openrouter.OpenRouter:
        wire = Wire(patience=PATIENCE, transport=self.transport, clock=self.clock.now, now=self.clock.utc)
        around = Surroundings(
            name="openrouter", wire=wire, keyring=Keyring(KEYS), folder=Path(), is_streaming=self.is_streaming
        )
        return openrouter.provider(around)


class Witness(Progress):
    """Counts as every run does, and tells the ledger which turns were reported as done."""

    def __init__(self, ledger: Ledger, disk: WitnessedDisk) -> None:
        super().__init__()
        self._ledger = ledger
        self._disk = disk

    def said(self, trial: Trial, turn: Turn) -> None:
        """Note a turn that is on disk."""
        super().said(trial, turn)
        if not self._disk.is_dead:
            self._ledger.acknowledge((trial.trial_id, turn.turn_id), turn.content)


@contextmanager
def simulated(clock: Clock, draws: random.Random, ledger: Ledger) -> Iterator[None]:
    """Let sessions within the block know no other time, chance and machine than these."""

    def name() -> object:
        found = drawn_uuid(draws)
        ledger.named(str(found))
        return found

    def desk(**known: Any) -> Desk:
        network, lag = Network(now=clock.now), Lag(now=clock.now)
        return Desk(now=clock.now, utc=clock.utc, chance=draws, network=network, lag=lag, **known)

    with ExitStack() as stack:
        for owner, attribute, stand_in in (
            (session, "Desk", desk),
            (session, "uuid4", name),
            (session, "versions", lambda: {"colloquia": "simulated"}),
            (heartbeat, "PERIOD_SECONDS", BEAT_SECONDS),
            (wishes, "PERIOD_SECONDS", BEAT_SECONDS),
            (sys, "argv", ["simulated"]),
        ):
            stack.enter_context(patch.object(owner, attribute, stand_in))
        yield
