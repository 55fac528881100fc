"""One study that is killed again and again: where each kill fell, and what then did not hold.

The parent starts the real command, kills it, and looks at what it left; it tears the ends of logs as a failing power
supply would, lets the study grow where it is finished, and in the end lets it finish and compares it with one that was
never killed.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from colloquia.providers.simulator.plan import Plan, Strike
from colloquia.providers.simulator.threads import in_thread
from reliability.planted import DOES_NOT_FIT
from reliability.rehearsing import claims, evidence
from reliability.rehearsing.evidence import FILES, JOURNAL, LOG
from reliability.rehearsing.rehearsal import KEY, Rehearsal

if TYPE_CHECKING:
    import random
    import subprocess
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from colloquia.providers.simulator.simulator import Simulator
    from reliability.rehearsing.evidence import Evidence

MODES = {"anywhere": 35, "speaking": 40, "repairing": 15, "exporting": 10}
"""When a kill is aimed at, and how often."""
SPEAKING_SECONDS = 0.25
REPAIRING_SECONDS = 0.006
EXPORTING_SECONDS = 0.06
HANG_SECONDS = 120.0
LAST_RUNS = 4
"""So often the command is given after the last kill before the study has to be finished."""
FIRST_TURNS = 6
MORE_TURNS = 6

HIGH_CAP = 1000.0
"""Dollars that every other study may cost: never reached, so that reserving is part of what is killed."""
CLOCK_UNIT = 0.1
"""Of the simulator: a turn takes about a tenth of a second."""
MODELS: dict[str, Any] = {
    "plain": "sim/plain",
    "drawn": {"slug": "sim/no-temperature", "seed": "auto"},
    "odd": "sim/odd",
    "refuser": "sim/refuser",
}
STAND_INS = {"sim/odd": "sim/plain", "sim/refuser": "sim/plain"}
WAYS = (Strike(name="content-odd", model="sim/odd"), Strike(name="refusal-filter", model="sim/refuser"))
"""What two of the models always do, so that what is said is the same in every run."""
FAILURES = (Strike(name="status-503", probability=0.02), Strike(name="reset-in-body", probability=0.02))
"""What fails is drawn for each attempt."""
QUICK = 0.002
"""Clock unit of a simulator that nobody kills beside."""


@dataclass(kw_only=True)
class Toll:
    """What became of one study under kills."""

    kills: Counter[str] = field(default_factory=Counter)
    """Kills by where they fell: ``start-up``, ``repair``, ``turns``, ``export``."""
    torn: int = 0
    """Ends of logs that were torn by hand."""
    natural: int = 0
    """Ends of logs that a kill itself tore."""
    broken: list[tuple[str, str]] = field(default_factory=list)
    """What did not hold: which claim, and what was seen."""
    conversations: int = 0
    turns: int = 0
    calls: int = 0
    lost_calls: int = 0
    """Calls that were billed and left no turn."""

    def told(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {**vars(self), "kills": dict(self.kills)}


@dataclass(kw_only=True)
class Campaign:
    """One study in one folder, and what is known of it so far."""

    rehearsal: Rehearsal
    simulator: Simulator
    chance: random.Random
    modes: dict[str, int] = field(default_factory=lambda: dict(MODES))
    toll: Toll = field(default_factory=Toll)
    num_turns: int = FIRST_TURNS
    is_unfit: bool = False
    """True where a bug could not be planted."""
    _kept: dict[str, bytes] = field(default_factory=lambda: dict.fromkeys(FILES, b""))
    _stumps: list[tuple[str, bytes]] = field(default_factory=list)
    _asked: list[claims.Call] = field(default_factory=list)
    _seen: int = 0
    """Requests of the simulator's ledger that were looked at."""
    _start_seconds: float = 1.5
    """How long the command takes until its first turn."""

    def suffer(self, kills: int, *, until_broken: bool = False) -> None:
        """Let the study be killed so many times, or until something does not hold."""
        self.write()
        while self.toll.kills.total() < kills and not (until_broken and self.toll.broken):
            mode = self.chance.choices(list(self.modes), list(self.modes.values()))[0]
            self._killed(mode)
            if self.is_unfit or len(self.toll.broken) > 20:
                return

    def write(self) -> None:
        """Write the study as long as it is now."""
        capped = {"max_cost": HIGH_CAP} if self._seed % 2 else {}
        self.rehearsal.write(
            models=MODELS,
            scenarios={"train": "You sit on a train."},
            num_turns=self.num_turns,
            seed=self._seed,
            **capped,
        )

    @property
    def _seed(self) -> int:
        return self.simulator.plan.seed

    def finish(self, reference: Callable[[], list[evidence.Line]]) -> None:
        """Let the study come to its end, and hold what there is against what there ought to be."""
        for _ in range(LAST_RUNS):
            code = self._left(self.rehearsal.start())
            self._look()
            if code == 0:
                break
            self._note("ends", [] if code == 1 else [f"a run after the last kill ended with code {code}"])
        else:
            self._note("ends", [f"the study is not finished after {LAST_RUNS} runs"])
        found = evidence.read(self.rehearsal.folder)
        self._note("billed", claims.billed(found, self._asked))
        self._note("billed", claims.covered(self.rehearsal.folder, float(self.simulator.billed)))
        self._note("sound", self.rehearsal.unsound())
        self._note("table", claims.table_is(self.rehearsal.folder, found.rows, whole=True))
        self._note("key", claims.without_key(self.rehearsal.place, KEY))
        self._note("idle", self._idle())
        self._note("same", claims.same_talks(found.rows, reference()))
        self._count(found)

    # -- one kill

    def _killed(self, mode: str) -> None:
        if mode == "repairing":
            self._tear()
        sizes = {name: self._size(name) for name in (*FILES, f"{LOG}.torn", f"{JOURNAL}.torn")}
        began = time.monotonic()
        process = self.rehearsal.start()
        self._wait(process, mode, sizes, began)
        process.kill()
        code = self._left(process)
        if code < 0:
            self.toll.kills[self._where(sizes)] += 1
        self.is_unfit = code == DOES_NOT_FIT
        self._note("ends", [] if code in (-9, 0, 1) else [f"a run ended with code {code}: {self._last_words()}"])
        self._look()
        if code == 0:
            self.num_turns += MORE_TURNS
            self.write()

    def _wait(self, process: subprocess.Popen[bytes], mode: str, sizes: dict[str, int], began: float) -> None:
        """Return at the moment at which to kill, or once the process has ended."""
        is_there: dict[str, Callable[[], bool]] = {
            "anywhere": lambda: True,
            "speaking": lambda: self._size(LOG) > sizes[LOG],
            "repairing": lambda: any(self._size(f"{name}.torn") > sizes[f"{name}.torn"] for name in FILES),
            "exporting": lambda: self._has_ended(sizes[JOURNAL]),
        }
        longest = {
            "anywhere": 1.2 * self._start_seconds + SPEAKING_SECONDS,
            "speaking": SPEAKING_SECONDS,
            "repairing": REPAIRING_SECONDS,
            "exporting": EXPORTING_SECONDS,
        }
        while process.poll() is None and not is_there[mode]():
            if mode == "repairing" and self._size(JOURNAL) > sizes[JOURNAL]:
                break  # the moment has passed
            if time.monotonic() > began + HANG_SECONDS:
                self._note("ends", [f"a run hangs: {self._last_words()}"])
                return
            time.sleep(0.001)
        if mode == "speaking" and process.poll() is None:
            self._start_seconds = 0.8 * self._start_seconds + 0.2 * (time.monotonic() - began)
        until = time.monotonic() + self.chance.uniform(0, longest[mode])
        while process.poll() is None and (rest := until - time.monotonic()) > 0:
            time.sleep(min(rest, 0.01))

    def _has_ended(self, size: int) -> bool:
        """Tell whether a run has written its last entry since the journal had that size."""
        if self._size(JOURNAL) <= size:
            return False
        with (self.rehearsal.folder / JOURNAL).open("rb") as journal:
            journal.seek(size)
            return b'"event":"run_ended"' in journal.read()

    def _left(self, process: subprocess.Popen[bytes]) -> int:
        """Return a process's exit code once it has ended and the simulator has noticed."""
        code = process.wait(HANG_SECONDS)
        deadline = time.monotonic() + 10
        while not all(each.is_over for each in list(self.simulator.served)) and time.monotonic() < deadline:
            time.sleep(0.002)
        return code

    def _where(self, sizes: dict[str, int]) -> str:
        """Return where a kill fell, as the files show it."""
        path = self.rehearsal.folder / JOURNAL
        added = evidence.whole(path)[sizes[JOURNAL] :] if path.exists() else b""
        if b'"event":"run_ended"' in added:
            return "export"
        if b'"event":"run_started"' in added:
            return "turns"
        has_begun = any(self._size(f"{name}.torn") > sizes[f"{name}.torn"] for name in FILES)
        return "repair" if has_begun else "start-up"

    def _tear(self) -> None:
        """Leave the beginning of a line at the end of the log or of the journal, cut anywhere."""
        for name in self.chance.sample(FILES, self.chance.choice((1, 1, 2))):
            path = self.rehearsal.folder / name
            lines = evidence.whole(path).split(b"\n")[:-1]
            if not lines or evidence.tail(path):
                continue
            line = self.chance.choice(lines)
            stump = line[: self.chance.randrange(1, len(line))]
            with path.open("ab") as file:
                file.write(stump)
            self._stumps.append((name, stump))
            self.toll.torn += 1

    # -- what holds

    def _look(self) -> None:
        """Hold what stands in the folder against what stood there, and against what the simulator was asked."""
        served = list(self.simulator.served)
        self._asked += claims.calls(served[self._seen :])
        self._seen = len(served)
        self._note("kept", self._lost())
        found = evidence.read(self.rehearsal.folder)
        self._note("order", claims.order(found.rows))
        self._note("acknowledged", claims.acknowledged(found, self._asked))
        self._note("acknowledged", self._unsaid(found))
        self._note("announced", claims.announced(found, self._asked))
        self._note("announced", claims.attempts(found))
        self._note("table", claims.table_is(self.rehearsal.folder, found.rows, whole=False))

    def _lost(self) -> Iterator[str]:
        """Yield what stood in a file and stands there no more."""
        for name in FILES:
            path = self.rehearsal.folder / name
            now = evidence.whole(path)
            if not now.startswith(self._kept[name]):
                yield f"{name} no longer begins with the lines that it had"
            self._kept[name] = now
            stump = evidence.tail(path)
            if stump and (name, stump) not in self._stumps:
                self._stumps.append((name, stump))
                self.toll.natural += 1
        for name, stump in self._stumps:
            path = self.rehearsal.folder / name
            aside = path.with_name(f"{name}.torn")
            if evidence.tail(path) != stump and not (aside.exists() and stump in aside.read_bytes()):
                yield f"half a line that stood at the end of {name} was not kept"

    def _unsaid(self, found: Evidence) -> Iterator[str]:
        """Yield turns that ``state.json`` reported as done and that are not in the log."""
        path = self.rehearsal.folder / "state.json"
        if not path.exists():
            return
        state = json.loads(path.read_bytes())
        written = sum(row["run_id"] == state["run_id"] for row in found.rows)
        if state["turns_said"] > written:
            yield f"{state['turns_said']} turns of a run were reported as done, and the log has {written}"

    def _idle(self) -> Iterator[str]:
        """Yield what a run of the finished study does."""
        before = {name: evidence.whole(self.rehearsal.folder / name) for name in FILES}
        asked = sum(each.path.endswith("/chat/completions") for each in self.simulator.served)
        said = self.rehearsal.run()
        if said.code:
            yield f"a run of the finished study ends with code {said.code}"
        if sum(each.path.endswith("/chat/completions") for each in self.simulator.served) > asked:
            yield "a run of the finished study asks for replies"
        if before != {name: (self.rehearsal.folder / name).read_bytes() for name in FILES}:
            yield "a run of the finished study changes its log or its journal"

    def _count(self, found: Evidence) -> None:
        self.toll.conversations = len({row["trial_id"] for row in found.rows})
        self.toll.turns = len(found.rows)
        self.toll.calls = len(self._asked)
        turns = {row["generation_id"] for row in found.rows}
        replies = [call.generation for call in self._asked if call.generation and call.generation.cost_usd]
        self.toll.lost_calls = sum(reply.id not in turns for reply in replies)

    def _note(self, claim: str, broken: Iterable[str]) -> None:
        self.toll.broken += [(claim, text) for text in broken]

    def _size(self, name: str) -> int:
        path = self.rehearsal.folder / name
        return path.stat().st_size if path.exists() else 0

    def _last_words(self) -> str:
        lines = self.rehearsal.printed().splitlines()
        return lines[-1][-300:] if lines else "nothing was said"


def campaign(place: Path, seed: int, chance: random.Random, *, kills: int) -> Toll:
    """Return what became of a study that was killed so many times."""
    with in_thread(plan(seed)) as simulator:
        rehearsal = Rehearsal(
            place=place / "killed",
            base_url=simulator.base_url,
            is_streaming=chance.random() < 0.5,
        )
        one = Campaign(rehearsal=rehearsal, simulator=simulator, chance=chance)
        one.suffer(kills)
        one.finish(lambda: unkilled(one))
    return one.toll


def planted(place: Path, seed: int, chance: random.Random, bug: str, *, kills: int) -> tuple[Toll, bool]:
    """Return what became of a study whose command has a bug, and whether the bug could be planted at all."""
    modes = {"speaking": 1} if bug != "skip-tail-repair" else {"speaking": 1, "repairing": 1}
    with in_thread(plan(seed)) as simulator:
        rehearsal = Rehearsal(
            place=place / bug, base_url=simulator.base_url, program=("-m", "reliability.planted", bug)
        )
        one = Campaign(rehearsal=rehearsal, simulator=simulator, chance=chance, modes=modes, num_turns=60)
        one.suffer(kills, until_broken=True)
    has_begun = bool(evidence.read(rehearsal.folder).of("run_started"))
    return one.toll, has_begun and not one.is_unfit


def plan(seed: int, *, clock_unit: float = CLOCK_UNIT, faults: tuple[Strike, ...] = (*WAYS, *FAILURES)) -> Plan:
    """Return what the simulator of one study is told."""
    return Plan(seed=seed, clock_unit=clock_unit, models=STAND_INS, faults=faults)


def unkilled(one: Campaign) -> list[evidence.Line]:
    """Return the turns of the same study in a folder where nothing goes wrong, on a simulator that is quick."""
    with in_thread(plan(one.simulator.plan.seed, clock_unit=QUICK, faults=WAYS)) as simulator:
        place = one.rehearsal.place.with_name("unkilled")
        beside = replace(one.rehearsal, place=place, base_url=simulator.base_url, program=("-m", "colloquia"))
        (beside.place).mkdir(parents=True)
        (beside.place / "study.toml").write_bytes((one.rehearsal.place / "study.toml").read_bytes())
        beside.run()
    return evidence.read(beside.folder).rows
