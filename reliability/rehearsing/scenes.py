"""Rows of the fault matrix that no single fault shows: each scene plays one, and yields what does not hold.

A scene is a function of a working folder and a seed; it is named in ``matrix.py``.
"""

from __future__ import annotations

import random
import signal
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from colloquia.providers.simulator.plan import Plan, Strike
from colloquia.providers.simulator.threads import in_thread
from reliability.rehearsing import claims, evidence
from reliability.rehearsing.hurry import hurried
from reliability.rehearsing.rehearsal import FOLDER, KEY, Rehearsal
from reliability.rehearsing.striking import everywhere
from reliability.rehearsing.unsigned import serving

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from colloquia.providers.simulator.simulator import Simulator

QUICK = 0.002
"""Clock unit where nobody needs time."""
SLOW = 0.3
"""Clock unit where something is to happen while calls are under way."""
LONGEST_SECONDS = 60.0


def refused_key(place: Path, seed: int) -> Iterator[str]:
    """Row 4: a key that is refused is found out before any call."""
    plan = _plan(seed, Strike(name="status-401", path="/key"))
    with in_thread(plan) as simulator, hurried(QUICK):
        rehearsal = _rehearsal(place, simulator, seed)
        said = rehearsal.run()
        if said.code != 2 or claims.calls(list(simulator.served)):
            yield f"a refused key ends with code {said.code}, or after calls"
        if "OPENROUTER_API_KEY" not in said.text or KEY in said.text:
            yield "the variable of a refused key is not named, or the key is shown"
        if rehearsal.folder.exists():
            yield "a refused key leaves a run folder behind"


def growing_history(place: Path, seed: int) -> Iterator[str]:
    """Row 6: a talk that grows beyond its model's context ends as data."""
    with in_thread(_plan(seed)) as simulator, hurried(QUICK):
        rehearsal = _rehearsal(
            place, simulator, seed, models={"small": "sim/small-context"}, num_turns=80, sampling={"max_tokens": 400}
        )
        said = rehearsal.run()
        found = evidence.read(rehearsal.folder)
        yield from everywhere(rehearsal, found, claims.calls(list(simulator.served)))
        ends = {turns[-1]["ended_by"] for turns in claims.talks_of(found.rows).values()}
        if said.code or ends != {"context_overflow"}:
            yield f"talks that grow too long end by {ends}, with code {said.code}"
        if len(claims.calls(list(simulator.served))) != len(found.rows):
            yield "a context that is too long was asked for again"


def nobody_listens(place: Path, seed: int) -> Iterator[str]:
    """Row 20: a server that is away for a moment costs time, and nothing else."""
    away = random.Random(seed).uniform(0.1, 0.5) / QUICK
    plan = _plan(seed, Strike(name="connection-refused", between=(0.0, away)))
    with in_thread(plan) as simulator:
        rehearsal = _rehearsal(place, simulator, seed)
        said = rehearsal.run()
        found = evidence.read(rehearsal.folder)
        yield from everywhere(rehearsal, found, claims.calls(list(simulator.served)))
        if said.code or len(found.rows) != _turns(4):
            yield f"a server that was away for a moment: {len(found.rows)} turns, code {said.code}"
        failed = [end for end in found.of("attempt_ended") if not end["is_ok"]]
        if any(end["was_sent"] or end["booked_usd"] for end in failed):
            yield "a call that was never sent is booked as if it had been"
        yield from claims.billed(found, claims.calls(list(simulator.served)))


def network_gone(place: Path, seed: int) -> Iterator[str]:
    """Row 20: a network that is gone for longer than any call would try by itself is waited for."""
    away = random.Random(seed).uniform(0.5, 1.5) / QUICK
    plan = _plan(seed, Strike(name="connection-refused", between=(0.0, away)))
    with in_thread(plan) as simulator, hurried(QUICK, is_remote=True):
        rehearsal = _rehearsal(place, simulator, seed)
        said = rehearsal.run()
        found = evidence.read(rehearsal.folder)
        yield from everywhere(rehearsal, found, claims.calls(list(simulator.served)))
        if said.code or len(found.rows) != _turns(4):
            yield f"the network was gone: {len(found.rows)} turns, code {said.code}: {said.text[-300:]}"
        if any(end["booked_usd"] for end in found.of("attempt_ended") if not end["is_ok"]):
            yield "a call that was never sent is booked as if it had been"


def interrupted(place: Path, seed: int) -> Iterator[str]:
    """Row 24: Ctrl-C."""
    yield from _signalled(place, seed, signal.SIGINT, 130)


def terminated(place: Path, seed: int) -> Iterator[str]:
    """Row 25: SIGTERM."""
    yield from _signalled(place, seed, signal.SIGTERM, 143)


def hung_up(place: Path, seed: int) -> Iterator[str]:
    """Row 25: SIGHUP."""
    yield from _signalled(place, seed, signal.SIGHUP, 129)


def cut_short(place: Path, seed: int) -> Iterator[str]:
    """Row 39: a second Ctrl-C while streams are under way."""
    chance = random.Random(seed)
    with in_thread(_plan(seed, clock_unit=2 * SLOW)) as simulator:
        # Of this model the only provider stops billing where a stream is closed.
        rehearsal = _rehearsal(place, simulator, seed, models={"one": "sim/no-seed"}, iterations=4, num_turns=8)
        process = rehearsal.start()
        yield from _once(process, lambda: bool(claims.calls(list(simulator.served))))
        time.sleep(chance.uniform(0.0, 1.0))
        process.send_signal(signal.SIGINT)
        time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        code = _code(process)
        if code != 130:
            yield f"stopped at once, it ended with code {code}: {rehearsal.printed()[-200:]}"
        yield from _all_over(simulator)
        asked, found = claims.calls(list(simulator.served)), evidence.read(rehearsal.folder)
        replies = [call.generation for call in asked if call.served.is_aborted and call.generation]
        if any(not reply.is_cancelled for reply in replies):
            yield "a stream that was left was billed to its end"
        turns = {row["generation_id"] for row in found.rows}
        lost = [call for call in asked if call.generation and call.generation.id not in turns]
        listed = rehearsal.command("check", "--run-dir", FOLDER).text.count("may have been billed")
        if listed < len(lost):
            yield f"{len(lost)} calls left no turn, and `check` lists {listed}"
        yield from claims.covered(rehearsal.folder, float(simulator.billed))
        yield from claims.billed(found, asked)
    yield from _goes_on(rehearsal, seed, turns=4 * 8)


def changed_study(place: Path, seed: int) -> Iterator[str]:
    """Row 32: what a change of the study asks for, on a server whose turns count as paid."""
    with serving() as server, hurried(QUICK):
        words: dict[str, Any] = {
            "models": {"one": "mine:one", "two": "mine:two"},
            "providers": {"mine": {"base_url": server.base_url, "price": {"prompt": 1, "completion": 1}}},
            "scenarios": {"train": "You sit on a train."},
            "num_turns": 3,
            "seed": seed,
        }
        study = _Changing(Rehearsal(place=place, base_url=server.base_url), server.asked, words)
        yield from study.expect("a new study", 12)
        steps: list[Callable[[], Iterator[str]]] = [
            lambda: study.expect("the same study", 0),
            lambda: study.expect("another title", 0, title=f"Title {seed}"),
            lambda: study.expect("a cap", 0, max_cost=90),
            lambda: study.expect("whole replies", 0, is_streaming=False),
            lambda: study.expect("another address", 0, providers=_elsewhere(words)),
            lambda: study.expect("longer talks", 4 * study.iterations, num_turns=study.num_turns + 1),
            lambda: study.expect("more iterations", 4 * study.num_turns, iterations=study.iterations + 1),
            lambda: study.expect("another prompt without leave", None, scenarios={"train": "You sit on a boat."}),
        ]
        random.Random(seed).shuffle(steps)
        for step in steps:
            yield from step()
        yield from study.expect(
            "another prompt with leave", 4 * study.num_turns * study.iterations, "--drop",
            scenarios={"train": "You sit in a balloon."},
        )  # fmt: skip
        yield from study.rehearsal.unsound()


def unknown_price(place: Path, seed: int) -> Iterator[str]:
    """Row 34: a server that names no price."""
    with in_thread(_plan(seed), shape="vllm") as simulator, hurried(QUICK):
        words: dict[str, Any] = {
            "providers": {"mine": {"base_url": simulator.base_url}},
            "models": {"one": "mine:sim/plain"},
        }
        rehearsal = _rehearsal(place, simulator, seed, **words, max_cost=1)
        said = rehearsal.run()
        if said.code != 2 or "price" not in said.text or claims.calls(list(simulator.served)):
            yield f"a cap without a price ends with code {said.code}, or after calls"
        _write(rehearsal, seed, **words)
        said = rehearsal.run()
        rows = evidence.read(rehearsal.folder).rows
        if said.code or not rows or any(row["cost_usd"] is not None for row in rows):
            yield f"without a price: code {said.code}, costs {[row['cost_usd'] for row in rows]}"


def reached_cap(place: Path, seed: int) -> Iterator[str]:
    """Row 35: sixty conversations at once, and money for some of them."""
    chance = random.Random(seed)
    cap = round(chance.uniform(0.02, 0.9), 4)
    words: dict[str, Any] = {
        "models": {"dear": "sim/dear"},
        "iterations": 60,
        "num_turns": 2,
        "sampling": {"max_tokens": 100},
    }
    failures = ("close-unanswered", "status-503", "status-520-billed", "status-524-billed", "stream-error-billed")
    plan = _plan(seed, *(Strike(name=name, probability=0.05) for name in failures))
    with in_thread(plan) as simulator, hurried(QUICK):
        rehearsal = _rehearsal(place, simulator, seed, **words, max_cost=cap)
        said = rehearsal.run()
        asked = claims.calls(list(simulator.served))
        yield from everywhere(rehearsal, evidence.read(rehearsal.folder), asked)
        if float(simulator.billed) > cap:
            yield f"${simulator.billed} were billed under a cap of ${cap}"
        yield from claims.covered(rehearsal.folder, float(simulator.billed))
        if claims.spent(rehearsal.folder) > cap + claims.NANODOLLAR:
            yield f"the run folder counts ${claims.spent(rehearsal.folder)} under a cap of ${cap}"
        if said.code != 3:
            yield f"at its cap a run ends with code {said.code}"
        _write(rehearsal, seed, **words, max_cost=100)
        said = rehearsal.run()
        rows = evidence.read(rehearsal.folder).rows
        if said.code not in (0, 1) or (said.code == 0 and len(rows) != 120):
            yield f"with a higher cap: {len(rows)} of 120 turns, code {said.code}"


def mixed_providers(place: Path, seed: int) -> Iterator[str]:
    """Row 36: a provider that fails now and then, and a router that turns to another."""
    plan = _plan(seed, Strike(name="status-503", provider="sim-alpha", probability=0.5))
    with in_thread(plan) as simulator, hurried(QUICK):
        rehearsal = _rehearsal(place, simulator, seed, models={"one": "sim/plain", "two": "sim/plain"}, iterations=3)
        said = rehearsal.run()
        asked, found = claims.calls(list(simulator.served)), evidence.read(rehearsal.folder)
        yield from everywhere(rehearsal, found, asked)
        yield from claims.billed(found, asked)
        replies = {call.generation.id: call.generation for call in asked if call.generation}
        wrong = [row for row in found.rows if row["served_by"] != replies[row["generation_id"]].endpoint.provider.name]
        if wrong:
            yield f"{len(wrong)} turns name another provider than the one that served them"
        by_model = {
            name: {row["served_by"] for row in found.rows if row["speaker_model"] == name} for name in ("one", "two")
        }
        if any(len(served) > 1 for served in by_model.values()) != ("mixed" in said.text):
            yield f"turns are served by {by_model}, and the summary says otherwise"


# -- what scenes share


@dataclass
class _Changing:
    """A study that is changed step by step."""

    rehearsal: Rehearsal
    asked: list[object]
    """What the server was asked so far."""
    words: dict[str, Any]

    @property
    def num_turns(self) -> int:
        return int(self.words["num_turns"])

    @property
    def iterations(self) -> int:
        return int(self.words.get("iterations", 1))

    def expect(
        self, what: str, calls: int | None, *flags: str, is_streaming: bool = True, **changes: Any
    ) -> Iterator[str]:
        """Run a changed study, and yield where it does not ask for so many replies; None where it has to refuse."""
        words = {**self.words, **changes}
        self.rehearsal.write(**words)
        self.rehearsal = replace(self.rehearsal, is_streaming=is_streaming)
        before, log = len(self.asked), evidence.whole(self.rehearsal.folder / evidence.LOG)
        said = self.rehearsal.command(*self.rehearsal.arguments(), *flags)
        made = len(self.asked) - before
        if calls is None:
            if said.code != 2 or made or "--drop" not in said.text:
                yield f"{what}: code {said.code} and {made} calls, where it has to refuse"
            return
        self.words = words
        if said.code or made != calls:
            yield f"{what}: code {said.code} and {made} calls, not {calls}"
        if not evidence.whole(self.rehearsal.folder / evidence.LOG).startswith(log):
            yield f"{what}: lines of the log are gone"
        yield from claims.order(evidence.read(self.rehearsal.folder).rows)


def _elsewhere(words: dict[str, Any]) -> dict[str, Any]:
    """Return the same provider under another name of this machine."""
    mine = words["providers"]["mine"]
    return {"mine": {**mine, "base_url": mine["base_url"].replace("127.0.0.1", "localhost")}}


def _signalled(place: Path, seed: int, number: signal.Signals, code: int) -> Iterator[str]:
    chance = random.Random(seed)
    with in_thread(_plan(seed, clock_unit=SLOW)) as simulator:
        rehearsal = _rehearsal(place, simulator, seed, num_turns=12, is_streaming=chance.random() < 0.5)
        process = rehearsal.start()
        yield from _once(process, lambda: bool(claims.calls(list(simulator.served))))
        time.sleep(chance.uniform(0.0, 0.8))
        process.send_signal(number)
        if (ended := _code(process)) != code:
            yield f"after {number.name} it ended with code {ended}: {rehearsal.printed()[-200:]}"
        yield from _all_over(simulator)
        asked, found = claims.calls(list(simulator.served)), evidence.read(rehearsal.folder)
        yield from everywhere(rehearsal, found, asked)
        yield from claims.billed(found, asked)
        if len(asked) != len(found.rows) or any(call.served.is_aborted for call in asked):
            yield f"{len(asked)} calls were made before {number.name}, and {len(found.rows)} became turns"
        printed = rehearsal.printed()
        if "To go on" not in printed or "Traceback" in printed:
            yield f"after {number.name} it says: {printed[-200:]}"
    yield from _goes_on(rehearsal, seed, turns=4 * 12)


def _goes_on(rehearsal: Rehearsal, seed: int, *, turns: int) -> Iterator[str]:
    """Run the same study again, on a server that is quick."""
    with in_thread(_plan(seed)) as simulator, hurried(QUICK):
        again = replace(rehearsal, base_url=simulator.base_url)
        said = again.run()
        found = evidence.read(again.folder)
        if said.code or len(found.rows) != turns:
            yield f"run again it has {len(found.rows)} of {turns} turns, code {said.code}: {said.text[-300:]}"
        yield from everywhere(again, found, claims.calls(list(simulator.served)))


def _once(process: subprocess.Popen[bytes], is_there: Callable[[], bool]) -> Iterator[str]:
    """Wait until something is the case; yield that it never was."""
    deadline = time.monotonic() + LONGEST_SECONDS
    while not is_there():
        if process.poll() is not None or time.monotonic() > deadline:
            yield "the run ended, or hung, before its first call"
            return
        time.sleep(0.002)


def _code(process: subprocess.Popen[bytes]) -> int:
    try:
        return process.wait(LONGEST_SECONDS)
    finally:
        process.kill()
        process.wait()


def _all_over(simulator: Simulator) -> Iterator[str]:
    """Wait until the simulator has noticed that nobody is there any more."""
    deadline = time.monotonic() + LONGEST_SECONDS
    while not all(each.is_over for each in list(simulator.served)):
        if time.monotonic() > deadline:
            yield "connections were left open"
            return
        time.sleep(0.002)


def _plan(seed: int, *strikes: Strike, clock_unit: float = QUICK) -> Plan:
    return Plan(seed=seed, clock_unit=clock_unit, faults=strikes)


def _rehearsal(place: Path, simulator: Simulator, seed: int, *, is_streaming: bool = True, **words: Any) -> Rehearsal:
    rehearsal = Rehearsal(place=place, base_url=simulator.base_url, is_streaming=is_streaming)
    _write(rehearsal, seed, **words)
    return rehearsal


def _write(rehearsal: Rehearsal, seed: int, **words: Any) -> None:
    usual = {
        "models": {"one": "sim/plain", "two": "sim/no-seed"},
        "scenarios": {"train": "You sit on a train."},
        "num_turns": 3,
        "seed": seed,
    }
    rehearsal.write(**{**usual, **words})


def _turns(conversations: int) -> int:
    return conversations * 3
