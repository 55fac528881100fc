"""One seed: a study, and runs of it that are killed, cut off, stopped and paused, until it is finished.

Everything that happens is drawn from the seed and happens at virtual times, so that the same seed tells the same story
to the byte; its hash is the story's ``trace``.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from errno import EIO, ENOSPC
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from colloquia import studies
from colloquia.design.trials import trials
from colloquia.errors import ColloquiaError
from colloquia.lab.planning.bench import Bench
from colloquia.lab.planning.planning import draw_up, missing
from colloquia.lab.running import runs
from colloquia.logbook.folder import RunFolder
from colloquia.providers.pricelist import PriceList, with_fee
from colloquia.providers.registry import Models, default_view
from colloquia.running.control import Control
from colloquia.running.progress import Progress
from colloquia.running.session import Session
from colloquia.settings import Settings
from colloquia.studies import Study
from reliability.chance import chance
from reliability.disks import MemoryDisk, Mishap
from reliability.loop import SeededLoop
from reliability.mishaps import WHENS
from reliability.simulating.clock import Clock
from reliability.simulating.invariants import check
from reliability.simulating.ledger import JOURNAL, LOG, Ledger
from reliability.simulating.plays import KICKOFF, drawn_play
from reliability.simulating.service import Service
from reliability.simulating.speech import drawn_mix, well
from reliability.simulating.stand_ins import KEYS, Speakers, Witness, simulated
from reliability.simulating.witnessed import WitnessedDisk

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Coroutine

    from colloquia.design.study import Experiment
    from colloquia.design.trials import Trial
    from reliability.simulating.plays import Play

PLACE = Path("/in/memory/study")
LONGEST_SECONDS = 200_000.0
"""Virtual; a run that is not over by then never will be."""
MOST_DISTURBED = 4
"""Runs that something happens to, before the study is left alone."""
MOST_CALM = 4
"""Runs in which a study that is left alone has to be finished."""

Ending = Literal["", "kill", "power cut", "stop", "stop now"]
ENDINGS: tuple[Ending, ...] = ("", "kill", "kill", "power cut", "power cut", "stop", "stop now")
"""How a run is ended, those that are drawn more often twice."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """What became of one seed."""

    seed: str
    wrong: tuple[str, ...]
    trace: str
    """Hash of all that happened."""
    conversations: int
    turns: int
    calls: int
    runs: int
    happened: tuple[str, ...]
    """What was done to the runs."""
    kinds: tuple[str, ...]
    """What each call was answered with."""


@dataclass(kw_only=True)
class World:
    """A machine, its disk, a service, and a study that is to be finished."""

    draws: random.Random
    play: Play
    clock: Clock
    ledger: Ledger
    service: Service
    disk: MemoryDisk
    widths: tuple[int, ...] = (4, 16, 32)
    """Calls of one model at once, of which each run draws one."""
    happened: list[str] = field(default_factory=list)
    trace: Any = field(default_factory=sha256)
    _words: str = ""
    _laid_out: tuple[Experiment, tuple[Trial, ...], str] = field(init=False)

    def note(self, line: str) -> None:
        """Take something into the trace."""
        self.trace.update(line.encode() + b"\n")

    def bench(self, disk: MemoryDisk | WitnessedDisk) -> Bench:
        """Return the study laid out on a disk."""
        experiment, planned, _ = self.laid_out
        slugs = [entry.slug for entry in experiment.entries.values()]
        return Bench(
            study=Study(experiment=experiment, folder=Path(), origin="the proof"),
            folder=RunFolder(PLACE, disk),
            trials=planned,
            models=Models(
                slugs, providers={}, keys=KEYS, is_streaming=True, base_url=None, folder=Path(), allows_code=False
            ),
            listed=PriceList(cards={}),
            prices=self.play.prices,
            settings=Settings(environment=KEYS, cache=Path("no-cache")),
        )

    @property
    def laid_out(self) -> tuple[Experiment, tuple[Trial, ...], str]:
        """The study as its words stand now, its conversations, and its frozen text."""
        words = repr(self.play.words)
        if words != self._words:
            experiment = self.play.experiment
            self._words = words
            self._laid_out = experiment, trials(experiment, default_view), studies.frozen(experiment)
        return self._laid_out

    def bytes_of(self, name: str) -> bytes:
        """Return what a file holds."""
        return self.disk.read(PLACE / name).read()

    async def told(self) -> None:
        """Disturb run after run, then leave the study alone until it is finished."""
        for _ in range(self.draws.randint(1, MOST_DISTURBED)):
            await self._disturbed()
            if self.ledger.wrong:
                return
            if self.draws.random() < 0.3:
                self.happened.append(self.play.edit(self.draws))
        self.service.kinds, self.service.weights = [well], [1.0]
        for _ in range(MOST_CALM):
            await self.held(None, "")
            if self.ledger.wrong or draw_up(self.bench(self.disk)).is_complete:
                break
        await self._looked_over()

    async def _disturbed(self) -> None:
        self.service.kinds, self.service.weights = drawn_mix(self.draws)
        self.service.byok_share = self.draws.choice((0.0, 0.0, 0.3))
        ending = self.draws.choice(ENDINGS)
        await self.held(self._mishap(ending), ending)

    def _mishap(self, ending: Ending) -> Mishap | None:
        """Return what goes wrong with the disk: the end at one of its calls, an error, or mostly nothing."""
        at = int(10 ** self.draws.uniform(1, 3.2))
        when = self.draws.choice(WHENS)
        if ending in ("kill", "power cut") and self.draws.random() < 0.5:
            return Mishap(at=at, when=when)
        if not ending and self.draws.random() < 0.3:
            return Mishap(
                at=at, when=when, errno=self.draws.choice((EIO, ENOSPC)), is_for_good=self.draws.random() < 0.5
            )
        return None

    async def held(self, mishap: Mishap | None, ending: Ending) -> Control:
        """Hold one run, and look at what it left behind."""
        self.ledger.begin()
        self.ledger.remember(self.bytes_of(LOG))
        disk = WitnessedDisk(self.disk, mishap, self.ledger.flushed)
        self.service.is_alive = lambda: not disk.is_dead
        control = Control()
        task = asyncio.create_task(self._session(disk, control).hold())
        around = asyncio.create_task(self._disturb(task, disk, control, ending)) if ending or mishap else None
        others = [around] if around else []
        if self.draws.random() < 0.4 and self.service.kinds != [well]:
            others.append(asyncio.create_task(self._bother(control)))
        await asyncio.wait([task], timeout=LONGEST_SECONDS)
        self._judge(task, disk, mishap, control)
        for other in others:
            other.cancel()
        if not task.done():
            task.cancel()
        await asyncio.wait([task, *others])
        disk.release()
        self.service.is_offline = False
        if ending == "power cut":
            self.disk = self.disk.after_a_power_cut(self.draws)
        self.happened.append(f"{ending or 'left alone'}{' at a disk call' if mishap and disk.struck else ''}")
        log, journal = self.bytes_of(LOG), self.bytes_of(JOURNAL)
        self.note(f"{self.happened[-1]} {self.clock.now():.6f} {sha256(log + journal).hexdigest()}")
        check(log, journal, self.ledger, self.play)
        return control

    def _session(self, disk: WitnessedDisk, control: Control) -> Session:
        bench, frozen = self.bench(disk), self.laid_out[2]
        width = self.draws.choice(self.widths)
        return Session(
            reader=bench.reader,
            study=frozen,
            is_same_study=lambda text: text.decode() == frozen,
            files={},
            trials=bench.trials,
            difference=lambda found: missing(bench, found),
            models=Speakers(transport=self.service, clock=self.clock, is_streaming=self.draws.random() < 0.7),
            is_remote=lambda _slug: True,
            lane_width=lambda _slug: width,
            prices={slug: with_fee(slug, price) for slug, price in bench.prices.items()},
            headroom={},
            settled=(),
            strangers=frozenset(bench.prices) if self.draws.random() < 0.5 else frozenset(),
            cap_usd=bench.experiment.max_cost,
            control=control,
            progress=Witness(self.ledger, disk),
        )

    async def _disturb(self, task: asyncio.Task[Any], disk: WitnessedDisk, control: Control, ending: Ending) -> None:
        """End a run in one of the ways, at a random moment."""
        await asyncio.sleep(10 ** self.draws.uniform(-1.5, 2.2))
        if ending == "stop":
            control.stop("stopped", "Somebody asked for it.")
        elif ending == "stop now":
            control.cut_short("stopped", "Somebody asked for it.")
            task.cancel()
        elif ending in ("kill", "power cut"):
            disk.is_dead = True
            task.cancel()

    async def _bother(self, control: Control) -> None:
        """Let the machine sleep, its clock jump, its network go, its researcher pause."""
        for _ in range(self.draws.randint(1, 4)):
            await asyncio.sleep(10 ** self.draws.uniform(-1, 1.7))
            what = self.draws.choice(("suspend", "clock put back", "offline", "pause"))
            self.happened.append(what)
            if what == "suspend":
                self.clock.jump(self.draws.uniform(10, 10_000))
            elif what == "clock put back":
                self.clock.jump(-86_400)
            elif what == "offline":
                self.service.is_offline = True
                await asyncio.sleep(self.draws.uniform(1, 120))
                self.service.is_offline = False
            else:
                control.pause()
                await asyncio.sleep(self.draws.uniform(1, 60))
                control.resume()

    def _judge(self, task: asyncio.Task[Any], disk: WitnessedDisk, mishap: Mishap | None, control: Control) -> None:
        """Tell where a run ended in no way that a run may end."""
        if disk.is_dead:
            return
        if not task.done():
            self.ledger.tell("end", None, "the run hangs")
        elif task.cancelled():
            if not control.is_cut_short:
                self.ledger.tell("end", None, "the run was cancelled by nobody")
        elif (error := task.exception()) is not None:
            is_disks = mishap is not None and mishap.errno is not None and isinstance(error, ColloquiaError)
            if not is_disks:
                self.ledger.tell("end", None, f"the run ended with {type(error).__name__}: {error}")

    async def _looked_over(self) -> None:
        """Run a finished study once more: nothing is asked and nothing changes."""
        if self.ledger.wrong:
            return
        disk = WitnessedDisk(self.disk, None, self.ledger.flushed)
        bench = self.bench(disk)
        self._unfinished(bench)
        self.ledger.begin()
        before = [self.bytes_of(name) for name in (LOG, JOURNAL)], len(self.ledger.calls)
        plan = draw_up(bench)
        await runs.hold(bench, plan, control=Control(), progress=Progress())
        after = [self.bytes_of(name) for name in (LOG, JOURNAL)], len(self.ledger.calls)
        if before != after:
            self.ledger.tell("I8", None, "a run of a finished study asked or wrote something")
        changes = [call for call in disk.calls if call.split()[0] in ("write", "replace", "truncate", "remove")]
        if changes:
            self.ledger.tell("I8", None, f"a run of a finished study does {changes[0]}")

    def _unfinished(self, bench: Bench) -> None:
        """Tell which conversations are not whole after all."""
        found = check(self.bytes_of(LOG), self.bytes_of(JOURNAL), self.ledger, self.play)
        last: dict[str, Any] = {}
        for (trial_id, turn_id), row in found.rows.items():
            if turn_id >= last.get(trial_id, (0, None))[0]:
                last[trial_id] = (turn_id, row)
        for trial in bench.trials:
            turn_id, row = last.get(trial.trial_id, (0, None))
            if row is None or (turn_id < trial.num_turns and row["ended_by"] is None):
                self.ledger.tell("I2", (trial.trial_id, turn_id + 1), "is missing in a study that is left alone")


def story(seed: str, size: str = "usual") -> Told:
    """Tell what becomes of one seed."""
    world = lived(seed, size, World.told)
    ledger = world.ledger
    return Told(
        seed=seed,
        wrong=tuple(ledger.wrong),
        trace=world.trace.hexdigest(),
        conversations=len({served.key[0] for served in ledger.calls}),
        turns=len(ledger.acknowledged),
        calls=len(ledger.calls),
        runs=ledger.run,
        happened=tuple(world.happened),
        kinds=tuple(served.kind for served in ledger.calls),
    )


def lived(seed: str, size: str, life: Callable[[World], Coroutine[object, object, None]]) -> World:
    """Make a world, let ``life`` happen in it, and return what has become of it."""
    draws = chance(seed)
    ledger = Ledger()
    with asyncio.Runner(loop_factory=lambda: SeededLoop(draws, [])) as runner:
        clock = Clock(runner.get_loop().time)
        play = drawn_play(draws, size)
        kickoffs = frozenset({KICKOFF})
        service = Service(draws=draws, clock=clock, ledger=ledger, prices=play.prices, kickoffs=kickoffs)
        disk = MemoryDisk(*PLACE.parents)
        world = World(draws=draws, play=play, clock=clock, ledger=ledger, service=service, disk=disk)
        service.trace = world.note
        with simulated(clock, draws, ledger):
            runner.run(life(world))
    return world
