"""One run under one fault of the simulator, through a real socket, and what then does not hold.

Two models talk in all pairs; the fault strikes one of them, once for each request or always. What has to come of it is
the verdict of the matrix. Then the server is well again: the same command has to finish the study, and after that to
find nothing more to do.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from colloquia.providers.simulator.faults import FAULTS
from colloquia.providers.simulator.plan import Plan, Strike
from colloquia.providers.simulator.threads import in_thread
from reliability.rehearsing import claims, evidence
from reliability.rehearsing.hurry import hurried
from reliability.rehearsing.matrix import CLOCK_FAULTS, HINT_SECONDS, verdict
from reliability.rehearsing.rehearsal import FOLDER, KEY, Rehearsal, Said

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from colloquia.providers.simulator.simulator import Simulator
    from reliability.rehearsing.evidence import Evidence, Line

CLOCK_UNIT = 0.002
"""Half a minute passes in 60 milliseconds."""
STRUCK, WELL = "sim/struck", "sim/well"
STAND_INS = {STRUCK: "sim/plain", WELL: "sim/plain"}
TRIES = 6
SAME_FAILURES = 3
PASSING = ("transient", "rate")
OUTCOMES = ("refusal", "empty", "no_answer", "input_blocked", "context_overflow")
LIES = frozenset({"usage-zero"})
"""Faults by which the service itself says less than it bills."""
ODD_TEXT = "Simulated:\u2028one\u0085two\x00three\r\nfour\rfive"


@dataclass(frozen=True, kw_only=True)
class Blow:
    """One fault, how it strikes, and what it has to come to."""

    row: int
    fault: str
    is_streaming: bool
    is_always: bool
    """True where it strikes every time, and not only the first time that a request is made."""
    num_turns: int
    seed: int

    @property
    def verdict(self) -> str:
        """What has to come of it."""
        return verdict(self.row, self.fault, is_streaming=self.is_streaming)

    @property
    def is_alone(self) -> bool:
        """True where only one conversation asks the model that is struck, so that no other call is under way."""
        return self.fault in HINT_SECONDS

    def __str__(self) -> str:
        """Return it in words that say how to repeat it."""
        how = "always" if self.is_always else "once"
        form = "streamed" if self.is_streaming else "whole"
        return f"{self.fault}, {how}, {form}, {self.num_turns} turns, seed {self.seed}"


def blow(row: int, fault: str, seed: int) -> Blow:
    """Return how a fault strikes, as the seed has it."""
    chance = random.Random(f"{seed} {fault}")
    fits = [is_streamed for is_streamed in (False, True) if FAULTS[fault].fits(is_streamed=is_streamed)]
    is_streaming = chance.choice(fits)
    expected = verdict(row, fault, is_streaming=is_streaming)
    is_always = expected not in PASSING or (expected == "transient" and chance.random() < 0.25)
    return Blow(
        row=row,
        fault=fault,
        is_streaming=is_streaming,
        is_always=is_always,
        num_turns=chance.randint(2, 4),
        seed=seed,
    )


def broken(place: Path, one: Blow) -> list[str]:
    """Return what does not hold under one fault, and after it."""
    struck, well = _Trial(one, place, is_struck=True), _Trial(one, place, is_struck=False)
    is_impatient = one.fault in CLOCK_FAULTS or one.fault == "hang-after-end"
    with hurried(CLOCK_UNIT, is_impatient=is_impatient):
        found = [*struck.run(), *struck.broken()]
        return [*found, *well.run(), *well.broken_when_well()]


def everywhere(rehearsal: Rehearsal, found: Evidence, asked: list[claims.Call]) -> Iterator[str]:
    """Yield what does not hold, and holds whatever goes wrong."""
    yield from claims.order(found.rows)
    yield from claims.acknowledged(found, asked)
    yield from claims.announced(found, asked)
    yield from claims.attempts(found)
    yield from claims.table_is(rehearsal.folder, found.rows, whole=True)
    yield from claims.without_key(rehearsal.place, KEY)
    yield from rehearsal.unsound()


@dataclass
class _Trial:
    """A run of the study: while the fault strikes, or when the server is well again."""

    one: Blow
    place: Path
    is_struck: bool = field(kw_only=True)
    said: Said = field(init=False)
    found: Evidence = field(init=False)
    asked: list[claims.Call] = field(init=False)
    billed: float = field(init=False)

    def run(self) -> Iterator[str]:
        """Run the study, and yield what does not hold whatever goes wrong."""
        with in_thread(self._plan()) as simulator:
            rehearsal = Rehearsal(place=self.place, base_url=simulator.base_url, is_streaming=self.one.is_streaming)
            rehearsal.write(**self._words())
            self.said = rehearsal.run()
            self._note(rehearsal, simulator)
            if not self.is_struck:
                yield from self._idle(rehearsal, simulator)
        if KEY in self.said.text:
            yield "the key was printed"
        if "Traceback" in self.said.text:
            yield f"a traceback was printed: {self.said.text[-200:]}"
        yield from everywhere(rehearsal, self.found, self.asked)

    def broken(self) -> Iterator[str]:
        """Yield what did not come of the fault as the matrix wants it."""
        yield from self._of_verdict()
        yield from self._well_conversations()
        yield from self._of_fault()
        if self.one.fault not in LIES:
            yield from claims.covered(self.place / FOLDER, self.billed)

    def broken_when_well(self) -> Iterator[str]:
        """Yield what is missing once the server is well again."""
        if self.said.code:
            yield f"with a server that is well the study ends with code {self.said.code}"
        talks = claims.talks_of(self.found.rows)
        if len(talks) != len(self._pairs()):
            yield f"{len(talks)} of {len(self._pairs())} conversations were held in the end"
        for turns in talks.values():
            if turns[-1]["ended_by"] is None and len(turns) != self.one.num_turns:
                yield f"a conversation has {len(turns)} of {self.one.num_turns} turns in the end"

    # -- the run

    def _plan(self) -> Plan:
        attempts = () if self.one.is_always else (1,)
        strikes = (Strike(name=self.one.fault, model=STRUCK, attempts=attempts),) if self.is_struck else ()
        return Plan(seed=self.one.seed, clock_unit=CLOCK_UNIT, models=STAND_INS, faults=strikes)

    def _words(self) -> dict[str, Any]:
        return {
            "models": {"struck": STRUCK, "well": WELL},
            "scenarios": {"train": "You sit on a train."},
            "num_turns": self.one.num_turns,
            "pairing": self._pairs(),
            "seed": self.one.seed,
        }

    def _pairs(self) -> list[list[str]]:
        pairs = [["struck", "well"], ["well", "well"]]
        return pairs if self.one.is_alone else [["struck", "struck"], ["well", "struck"], *pairs]

    def _note(self, rehearsal: Rehearsal, simulator: Simulator) -> None:
        served = list(simulator.served)
        self.asked = claims.calls(served)
        self.billed = float(simulator.billed)
        self.found = evidence.read(rehearsal.folder)

    def _idle(self, rehearsal: Rehearsal, simulator: Simulator) -> Iterator[str]:
        before = [(rehearsal.folder / name).read_bytes() for name in evidence.FILES]
        asked = len(claims.calls(list(simulator.served)))
        said = rehearsal.run()
        if said.code or len(claims.calls(list(simulator.served))) != asked:
            yield f"the finished study is run again: code {said.code}, or calls"
        if before != [(rehearsal.folder / name).read_bytes() for name in evidence.FILES]:
            yield "the finished study is run again, and its log or journal changes"

    # -- what has to come of it

    def _of_verdict(self) -> Iterator[str]:
        wanted = self.one.verdict
        if wanted == "said":
            yield from self._expect_code(0)
            yield from self._each_asked_once()
            yield from self._complete()
        elif wanted in OUTCOMES:
            yield from self._expect_code(0)
            yield from self._each_asked_once()
            yield from self._ended_by(wanted)
        elif wanted in PASSING and not self.one.is_always:
            yield from self._expect_code(0)
            yield from self._complete()
            yield from self._failed_as(wanted)
            yield from self._waited()
        elif wanted == "transient":
            yield from self._expect_code(1)
            yield from self._failed_as(wanted)
            yield from self._given_up_in_time()
        else:
            yield from self._stopped(wanted)

    def _expect_code(self, *codes: int) -> Iterator[str]:
        if self.said.code not in codes:
            yield f"it ended with code {self.said.code}, not {codes[0]}: {' '.join(self.said.text.split())[-300:]}"

    def _each_asked_once(self) -> Iterator[str]:
        if len(self.asked) != len(self.found.rows):
            yield f"{len(self.asked)} calls were served for {len(self.found.rows)} turns: something was asked again"
        if any(not end["is_ok"] for end in self.found.of("attempt_ended")):
            yield "the journal has a failed attempt"

    def _complete(self) -> Iterator[str]:
        lengths = Counter(row["trial_id"] for row in self.found.rows)
        if len(lengths) != len(self._pairs()) or set(lengths.values()) != {self.one.num_turns}:
            yield f"conversations have {sorted(lengths.values())} turns, not {self.one.num_turns} each"

    def _ended_by(self, outcome: str) -> Iterator[str]:
        for turns in claims.talks_of(self.found.rows).values():
            ends = [row["ended_by"] for row in turns]
            struck = [row["speaker_slug"] == STRUCK for row in turns]
            if any(struck) and (struck.index(True) != len(turns) - 1 or ends[-1] != outcome):
                yield f"a conversation that {outcome} has to end has ends {ends}"
            if not any(struck) and any(ends):
                yield f"a conversation of others ended by {ends}"

    def _failed_as(self, wanted: str) -> Iterator[str]:
        failed = [end for end in self.found.of("attempt_ended") if not end["is_ok"]]
        slugs = {_key(start): start["speaker_slug"] for start in self.found.of("attempt_started")}
        faults = {end["fault"] for end in failed if slugs[_key(end)] == STRUCK}
        if faults != {wanted}:
            yield f"the journal has failures of class {sorted(faults)}, not {wanted}"

    def _waited(self) -> Iterator[str]:
        """Yield calls that left before the server's hint was over."""
        hint = HINT_SECONDS.get(self.one.fault, 0.0)
        struck = [call for call in self.asked if call.model == STRUCK]
        for before, after in pairwise(struck):
            waited = after.at_seconds - before.at_seconds
            if before.served.fault == self.one.fault and waited < hint - 0.001:
                yield f"a call left {waited:.3f} simulated seconds after it was asked to wait {hint:g}"

    def _given_up_in_time(self) -> Iterator[str]:
        """Yield requests that were made too often, or not at all."""
        for times in self._times().values():
            if times > TRIES:
                yield f"a request was made {times} times"
        answers: dict[tuple[object, ...], Counter[object]] = {}
        for end in self.found.of("attempt_ended"):
            if not end["is_ok"] and end["status"] is not None:
                answers.setdefault(_key(end)[:3], Counter())[end["status"], end["body"]] += 1
        for counted in answers.values():
            if len(counted) == 1 and counted.total() > SAME_FAILURES:
                yield f"the same failing answer was asked for {counted.total()} times"

    def _times(self) -> Counter[tuple[str, str]]:
        return Counter((call.trial_id, call.request_sha256) for call in self.asked if call.model == STRUCK)

    def _stopped(self, wanted: str) -> Iterator[str]:
        codes = {"stop_run": (3,), "stop_model": (1, 3), "stop_trial": (1,)}
        yield from self._expect_code(*codes[wanted])
        yield from (f"a request was made {times} times" for times in self._times().values() if times > 1)
        subject = {"stop_run": "run", "stop_model": STRUCK}.get(wanted)
        if subject is None:
            return
        places = [
            place
            for place, entry in enumerate(self.found.entries)
            if entry["event"] == "noted" and entry["subject"] == subject
        ]
        if not places:
            yield f"the journal does not say that it stopped ({subject})"
            return
        for entry in self.found.entries[places[0] :]:
            if entry["event"] == "attempt_started" and (wanted == "stop_run" or entry["speaker_slug"] == STRUCK):
                yield f"a call of {entry['speaker_slug']} left after it was known that it cannot succeed"

    def _well_conversations(self) -> Iterator[str]:
        """Yield what is missing of the conversation that the fault does not touch."""
        if self.one.verdict == "stop_run":
            return
        lengths = [
            len(turns)
            for turns in claims.talks_of(self.found.rows).values()
            if {turns[0]["speaker_model"], turns[0]["responder_model"]} == {"well"}
        ]
        if lengths != [self.one.num_turns]:
            yield f"the conversation of others has {lengths} turns, not {self.one.num_turns}"

    def _of_fault(self) -> Iterator[str]:
        """Yield what one fault wants besides."""
        struck = [row for row in self.found.rows if row["speaker_slug"] == STRUCK]
        if self.one.verdict == "said":
            for name, value in _COLUMNS.get(self.one.fault, {}).items():
                yield from (f"{name} is {row[name]!r}, not {value!r}" for row in struck if row[name] != value)
        for word in _WORDS.get(self.one.fault, ()):
            if word not in self.said.text:
                yield f"{word!r} is not said"
        if self.one.fault == "content-odd":
            yield from (f"the text became {row['content']!r}" for row in struck if row["content"] != ODD_TEXT)
        if self.one.fault == "half-character":
            originals = [end["original_json"] for end in self.found.of("attempt_ended") if end.get("original_json")]
            if len(originals) != len(struck) or not all(re.search(r"\\ud83d", text) for text in originals):
                yield "the journal does not have the original of half a character"
        if self.one.fault == "cache-replay" and any(
            call.served.headers.get("x-openrouter-cache") != "false" for call in self.asked
        ):
            yield "a call does not switch the response cache off"


_COLUMNS: Mapping[str, Line] = {
    "length-cut": {"is_truncated": True, "finish_reason": "length"},
    "length-cut-json": {"is_truncated": True, "finish_reason": "length"},
    "finish-null": {"finish_reason": None},
    "finish-blank": {"finish_reason": None},
    "refusal-text": {"is_refusal": True, "refusal_source": "rule"},
    "refusal-field": {"is_refusal": True, "refusal_source": "provider"},
    "refusal-filter-partial": {"is_refusal": True, "refusal_source": "filter"},
    "other-provider": {"served_by": "SimElsewhere"},
    "other-model": {"served_model": "sim/somebody-else"},
    "provider-null": {"served_by": None},
    "half-character": {"is_repaired": True, "content": "Simulated \ufffd."},
    "cache-replay": {"cost_usd": 0.0, "latency_ms": None, "served_by": "openrouter's cache"},
    "usage-missing": {"input_tokens": None, "output_tokens": None, "cost_usd": None},
    "usage-null": {"input_tokens": None, "output_tokens": None, "cost_usd": None},
}
"""What has to stand in each turn of the model that is struck."""

_WORDS: Mapping[str, tuple[str, ...]] = {
    "status-401": ("OPENROUTER_API_KEY",),
    "status-402": ("top up",),
    "ok-error-key": ("OPENROUTER_API_KEY",),
}
"""What the command has to say."""


def _key(entry: Line) -> tuple[str, str, int, int]:
    return entry["run_id"], entry["trial_id"], entry["turn_id"], entry["attempt"]
