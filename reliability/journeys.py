"""Hostile texts on their way: from a server's answer through log, tables and frames to the terminal."""

from __future__ import annotations

import csv
import io
import json
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, cast

import pandas as pd

from colloquia import studies
from colloquia.analysis.tables import load
from colloquia.cli import keeping, looking, planning
from colloquia.conversation.chat_model import Reply
from colloquia.design.study import Experiment
from colloquia.errors import CallError, DesignError
from colloquia.lab.keeping import folders
from colloquia.lab.planning.planning import draw_up
from colloquia.logbook import contents
from colloquia.logbook.entries import AttemptEnded, decode_entry
from colloquia.logbook.folder import RunFolder
from colloquia.logbook.lines import lines
from reliability.answers import Sent, read
from reliability.chance import chance
from reliability.corpus import completion, delta, error
from reliability.hostile import ATOMS, as_unicode, joined, live, text
from reliability.mutations import in_pieces
from reliability.stage import WORDS, StandIns, bench, held, scratch
from reliability.tally import Tally

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from colloquia.conversation.chat_model import ChatRequest
    from colloquia.lab.planning.bench import Bench
    from colloquia.logbook.record import TurnRow
    from colloquia.providers.registry import Models
    from reliability.stage import Key

FAILING_EVERY = 20
"""One call of so many fails, and its server says so in hostile words."""
CUTS_AT_NUL = int(pd.__version__.partition(".")[0]) < 3
"""The default parser of pandas 2 ends a cell at a NUL, as ``colloquia/logbook/csv.py`` says."""
LABELS = ("served_by", "served_model", "native_finish_reason", "generation_id")
"""What a server says of itself."""
NO_SLOTS = str.maketrans("{}", "()")
LONGEST_WORDS = 20_000
"""Characters of a study's words; the reader of TOML takes very long for very long texts."""
CONVERSATIONS, TURNS = 12, 8
"""Of one study, where no text ends a conversation early."""


@dataclass(kw_only=True)
class Speaker:
    """A model that says hostile things, by the way of a server's answer."""

    draws: random.Random
    first: int
    """Number of its first text."""
    said: dict[Key, str] = field(default_factory=dict)
    """What was said at each turn."""
    num_asked: int = 0
    num_failed: int = 0

    async def reply(self, request: ChatRequest) -> Reply:
        """Answer with the next text, as a server would."""
        said, words = text(self.draws, self.first + self.num_asked), self.draws.choice(ATOMS)
        self.num_asked += 1
        is_refused = self.num_asked % FAILING_EVERY == 0
        found = read(self._refused(said) if is_refused else self._answer(said, words))
        if isinstance(found, Reply):
            self.said[request.occasion.trial_id, request.occasion.turn_id] = said
            return found
        self.num_failed += 1
        raise CallError(found)

    def _refused(self, said: str) -> Sent:
        body = json.dumps(error(413, said, error_type=said[:50])).encode()
        return Sent(pieces=[body], status=413, headers={})

    def _answer(self, said: str, words: str) -> Sent:
        about = {"id": words, "provider": words, "model": words}
        if self.draws.random() < 0.5:
            body = {**completion(said, reasoning=said), **about}
            body["choices"][0]["native_finish_reason"] = words
            data = json.dumps(body).encode()
        else:
            middle = self.draws.randint(0, len(said))
            data = delta(content="") + self._spoken(said[:middle]) + self._spoken(said[middle:]) + delta(finish="stop")
        return Sent(pieces=in_pieces(data, self.draws), headers={"x-colloquia-simulated": "1"})

    def _spoken(self, said: str) -> bytes:
        return b"data: " + json.dumps({"choices": [{"index": 0, "delta": {"content": said}}]}).encode() + b"\n\n"


@dataclass(frozen=True, kw_only=True)
class Batch:
    """One study of hostile texts, run and kept."""

    path: Path
    laid_out: Bench
    speaker: Speaker

    @cached_property
    def rows(self) -> dict[Key, TurnRow]:
        """The rows of the log."""
        return {(row.trial_id, row.turn_id): row for row in contents.rows(RunFolder(self.path))}

    def unlike(self) -> Iterator[tuple[Key, str]]:
        """Yield each turn whose text is not the one that was said, and where."""
        for where, told in (
            ("the log", self._in_log),
            ("the table read by csv", self._in_csv),
            ("the table read by pandas", self._in_pandas),
            ("load()", self._loaded),
        ):
            texts = told()
            for key, said in self.speaker.said.items():
                expected = as_unicode(said)
                if where.endswith("pandas") and CUTS_AT_NUL:
                    expected = expected.partition("\0")[0]
                if key not in texts or texts[key] != expected:
                    yield key, f"{where} has {texts.get(key)!r:.200} for {said!r:.200}"
        yield from self._unlike_words()
        yield from self._without_original()

    def _in_log(self) -> dict[Key, str]:
        return {key: row.content or "" for key, row in self.rows.items()}

    @cached_property
    def table(self) -> dict[Key, dict[str, str]]:
        """The rows of the table, as Python's own reader has them."""
        csv.field_size_limit(sys.maxsize)
        with (self.path / RunFolder.turns_csv).open(encoding="utf-8", newline="") as file:
            return {(row["trial_id"], int(row["turn_id"])): row for row in csv.DictReader(file, strict=True)}

    def _in_csv(self) -> dict[Key, str]:
        return {key: row["content"] for key, row in self.table.items()}

    def _unlike_words(self) -> Iterator[tuple[Key, str]]:
        for key, row in self.rows.items():
            told = [getattr(row, name) or "" for name in LABELS]
            if told != [self.table[key][name] for name in LABELS]:
                yield key, f"the table has other labels than the log: {told!r:.200}"

    def _in_pandas(self) -> dict[Key, str]:
        table = pd.read_csv(self.path / RunFolder.turns_csv, keep_default_na=False, dtype={"content": str})
        return _by_key(table)

    def _loaded(self) -> dict[Key, str]:
        return _by_key(load(self.path).turns)

    def _without_original(self) -> Iterator[tuple[Key, str]]:
        kept: dict[Key, str | None] = {}
        for line in lines(RunFolder(self.path), RunFolder.journal):
            entry = decode_entry(line.data)
            if isinstance(entry, AttemptEnded) and entry.is_ok:
                kept[entry.trial_id, entry.turn_id] = entry.original_json
        for key, said in self.speaker.said.items():
            original = kept.get(key)
            if joined(said) != as_unicode(said) and (original is None or joined(json.loads(original)) != joined(said)):
                yield key, f"the journal keeps {original!r:.100} as the original of {said!r:.100}"

    def printed(self) -> Iterator[tuple[str, str]]:
        """Yield what each door prints, by its name."""
        for conversation in folders.conversations(self.path):
            number = str(conversation.number)
            yield f"show {number}", _printed(lambda: looking.show(number, self.path, with_prompts=True))  # noqa: B023 (done at once)
        for name, door in self.doors().items():
            yield name, _printed(door)

    def doors(self) -> dict[str, Callable[[], object]]:
        """Return what prints something of this folder, by name."""
        drawn = draw_up(self.laid_out)
        return {
            "the list of show": lambda: looking.show("", self.path, with_prompts=False),
            "status": lambda: looking.status(self.path),
            "status --json": lambda: looking.status(self.path, is_json=True),
            "check": lambda: keeping.check(self.path),
            "verify": lambda: keeping.verify(self.path),
            "plan": lambda: [print(line) for line in (*planning.design(self.laid_out), *planning.what_will_run(drawn))],  # noqa: T201 (it is looked at)
        }

    def spoil(self, texts: Iterable[str]) -> None:
        """Put lines into the log that are no turns, and speak of hostile conversations."""
        with (self.path / RunFolder.log).open("ab") as log:
            for said in texts:
                name = as_unicode(said).replace('"', "").replace("\\", "").replace("\n", "")[:200]
                log.write(f'{{"trial_id":"{name}","turn_id":1,"content":"x"}}\n'.encode())


def _printed(door: Callable[[], object]) -> str:
    with redirect_stdout(io.StringIO()) as out:
        door()
    return out.getvalue()


def _by_key(table: pd.DataFrame) -> dict[Key, str]:
    columns = zip(table["trial_id"], table["turn_id"], table["content"], strict=True)
    return {(str(trial_id), int(turn_id)): said if isinstance(said, str) else "" for trial_id, turn_id, said in columns}


def batch(path: Path, first: int, draws: random.Random) -> tuple[Batch, Iterable[str]]:
    """Run a study of hostile texts, the number of the first given; return it, and what went wrong on the way."""
    speaker = Speaker(draws=draws, first=first)
    prompt = as_unicode(draws.choice(ATOMS)).translate(NO_SLOTS)
    laid_out = bench(
        draws,
        title=as_unicode(draws.choice(ATOMS)),
        models={"ada": "lab:m"},
        providers={"lab": {"base_url": "http://127.0.0.1:9/v1", "price": 0}},
        scenarios={"talk": {"one": f"You write. {prompt}", "two": f"You read. {prompt}"}},
        num_turns=TURNS,
        iterations=CONVERSATIONS,
    )
    models = cast("Models", StandIns(laid_out.models, lambda _: speaker))
    laid_out = replace(laid_out, folder=RunFolder(path), models=models)
    run = held(laid_out, RunFolder(path), draws)
    wrong = [f"the run ended with {type(run.error).__name__}: {run.error}"] if run.error else []
    if run.summary and len(run.summary.progress.failures) != speaker.num_failed:
        wrong += sorted(run.summary.progress.failures.values())
    return Batch(path=path, laid_out=laid_out, speaker=speaker), [*wrong, *run.tracebacks]


def hostilities(seed: str, first: int, number: int) -> dict[str, Tally]:
    """Take so many hostile texts all the way, from a server's answer to tables and terminal."""
    kept, shown = Tally(), Tally()
    done = 0
    while done < number:
        with scratch() as place:
            some, wrong = batch(place / "run", first + done, chance(seed, "hostile", first + done))
            done += some.speaker.num_asked or number
            _count_texts(some, list(wrong), kept)
            _count_outputs(some, shown)
    return {"texts kept": kept, "texts shown": shown}


def _count_texts(some: Batch, wrong: list[str], kept: Tally) -> None:
    found: dict[Key, str] = {}
    try:
        found = dict(some.unlike())
        wrong += [str(mismatch) for mismatch in folders.verify(some.path).mismatches]
    except Exception as error:  # noqa: BLE001 (that nothing is raised is what is tried)
        found = dict.fromkeys(some.speaker.said, f"a traceback, {type(error).__name__}: {error}")
    if wrong:
        kept.add("the study as a whole", wrong)
    for key, said in some.speaker.said.items():
        kept.add(f"{said!r:.100}", [found[key]] if key in found else [])


def _count_outputs(some: Batch, shown: Tally) -> None:
    try:
        for name, out in some.printed():
            shown.add(name, [f"{character!r} is printed" for character in live(out)])
        some.spoil(some.speaker.said.values())
        for name in ("check", "status", "plan"):
            out = _printed(some.doors()[name])
            shown.add(f"{name} on a damaged log", [f"{character!r} is printed" for character in live(out)])
    except Exception as error:  # noqa: BLE001 (that nothing is raised is what is tried)
        shown.add("a door", [f"a traceback, {type(error).__name__}: {error}"])


def frozen_studies(seed: str, first: int, number: int) -> dict[str, Tally]:
    """Freeze so many studies with hostile words as TOML, and read them again."""
    tally = Tally()
    for case in range(first, first + number):
        draws = chance(seed, "study", case)
        said = as_unicode(text(draws, case + 1)).translate(NO_SLOTS)[:LONGEST_WORDS]
        words = {**WORDS, "title": said, "num_turns": 2, "kickoff": said or "x", "slots": {"it": said}}
        words["scenarios"] = {"talk": {"one": f"{said} {{it}}", "two": said}}
        try:
            experiment = Experiment.from_words(words)
        except DesignError:
            continue
        tally.add(f"study {case}, {said!r:.200}", _read_back(experiment))
    return {"studies": tally}


def _read_back(experiment: Experiment) -> Iterator[str]:
    try:
        if studies.parse(studies.frozen(experiment)) != experiment:
            yield "another study is read back"
    except Exception as error:  # noqa: BLE001 (that nothing is raised is what is tried)
        yield f"a traceback, {type(error).__name__}: {error}"
