"""Blind sheets for people: drawn from what was judged, written as a table, read back as labels.

A sheet tells neither the models nor the judges' verdicts, nor which conversation an item is. What was drawn, and with
which probability, stands in ``labels.jsonl`` before the sheet is handed out.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from colloquia import studies
from colloquia.analysis.judging import anchor, blinding
from colloquia.analysis.judging.material import materials
from colloquia.analysis.judging.verdicts import current, verdicts
from colloquia.analysis.measuring import reading
from colloquia.design.rubrics import CANNOT_TELL
from colloquia.errors import DesignError, FolderError, nearest
from colloquia.logbook import judgements, labels
from colloquia.logbook.folder import RunFolder
from colloquia.logbook.labels import Drawn, Label, Scheme
from colloquia.logbook.outline import outline
from colloquia.logbook.record import timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from colloquia.analysis.judging.material import Material
    from colloquia.analysis.measuring.reading import Subject
    from colloquia.design.judges import Judge
    from colloquia.design.study import Experiment
    from colloquia.logbook.judgements import Place
    from colloquia.logbook.labels import Labels

NUMBER = 100
"""Items drawn where nobody says how many."""
COLUMNS = ("sheet", "item", "question", "answers", "text", "label", "note")
LONGEST_NAME = 60


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A sheet that was handed out."""

    name: str
    path: Path
    items: int
    strata: int
    of: int
    """Places that it was drawn from."""


@dataclass(frozen=True, kw_only=True)
class Filled:
    """A sheet that came back."""

    judge: str
    labelled: int
    """Labels that are new or changed."""
    kept: int
    """Labels that were there."""
    blank: int


def export(path: Path, name: str, to: Path, *, number: int = NUMBER) -> Sheet:
    """Draw items that a judge has judged, write down which, and hand out a blind sheet of them.

    Args:
        path: The run folder.
        name: The judge.
        to: Where the sheet is written.
        number: How many items, about.

    Raises:
        DesignError: the study has no such judge, it gives no labels or numbers, or nothing was judged.
        FolderError: there is no log, or a file is in the way.
        StorageError: the disk failed.
    """
    if to.exists():
        raise FolderError(f"{to} is there already: name another file with --out, so that no labels are lost.")
    folder = RunFolder(path)
    experiment, subjects = _study_of(folder), reading.read(folder).subjects
    judge = _judge(experiment, name)
    strata = _strata(folder, judge, subjects)
    known = labels.read(folder)
    sheets = {each.sheet for each in known.drawn}
    sheet = sha256(f"{path.resolve()} {name} {judge.rubric.sha256} {len(sheets)}".encode()).hexdigest()[:8]
    items = anchor.draw(strata, number, salt=f"{experiment.seed} {sheet}")
    by_place = {each.place: each for each in materials(judge, experiment, subjects)}
    drawn = [
        Drawn(
            at=_now(), sheet=sheet, item=f"{sheet}-{count}", judge=name, rubric_sha256=judge.rubric.sha256,
            experiment_id=item.place[0] or "", turn_id=item.place[1], num_turns=by_place[item.place].num_turns,
            stratum=item.stratum, probability=item.probability,
        )
        for count, item in enumerate(items, start=1)
    ]  # fmt: skip
    rows = [
        _row(each, judge, by_place[item.place], [entry.slug for entry in experiment.entries.values()])
        for each, item in zip(drawn, items, strict=True)
    ]
    labels.write(folder, *_scheme(known, judge), *drawn)
    _write(to, rows)
    return Sheet(name=sheet, path=to, items=len(items), strata=len(set(strata.values())), of=len(strata))


def take_back(path: Path, sheet: Path, by: str) -> Filled:
    """Read a sheet that somebody filled in, and write down what they said.

    Args:
        path: The run folder.
        sheet: The filled sheet.
        by: Who filled it in.

    Raises:
        DesignError: it is no such sheet, or a label is none of the answers.
        FolderError: a file cannot be read.
        StorageError: the disk failed.
    """
    if not by.strip() or not by.isprintable() or len(by) > LONGEST_NAME:
        raise DesignError(f"--by {by!r}: a labeller's name is 1 to {LONGEST_NAME} characters on one line.")
    folder = RunFolder(path)
    known = labels.read(folder)
    drawn = {each.item: each for each in known.drawn}
    rows = list(_rows(sheet, drawn))
    names = {drawn[row["item"]].judge for row in rows}
    if len(names) != 1:
        raise DesignError(f"{sheet} holds items of {len(names)} judges; a sheet is of one.")
    judge = _judge(_study_of(folder), names.pop())
    said = [(drawn[row["item"]], _label(row, judge, sheet), row.get("note") or "") for row in rows]
    made = [_made(item, label, note, by, _version(known, item)) for item, label, note in said if label is not None]
    new = [label for label in made if not _is_known(label, known)]
    labels.write(folder, *new)
    return Filled(
        judge=judge.name, labelled=len(new), kept=len(made) - len(new), blank=sum(label is None for _, label, _ in said)
    )


def _study_of(folder: RunFolder) -> Experiment:
    found = outline(folder)
    if not found.runs:
        raise FolderError(f"No run in {folder.path}: name the run folder of a study that was run, with --run-dir.")
    return studies.parse(found.runs[-1].study)


def _judge(experiment: Experiment, name: str) -> Judge:
    if name not in experiment.panels:
        known = ", ".join(experiment.panels) or "none; add `judges` and run `colloquia judge`"
        raise DesignError(f"--judge {name}: no judge of this study.{nearest(name, experiment.panels)} Known: {known}.")
    judge = experiment.panels[name]
    if judge.unit == "group" or judge.rubric.kind == "open":
        raise DesignError(f"--judge {name}: gives texts; people can be compared with labels and numbers only.")
    return judge


def _strata(folder: RunFolder, judge: Judge, subjects: Sequence[Subject]) -> dict[Place, str]:
    """Return the stratum of each place that a judge has answered a question about."""
    lengths = {subject.experiment_id: len(subject.transcript.turns) for subject in subjects}
    found = judgements.read(folder).by_key.values()
    holding = current((each for each in found if each.judge == judge.name), {judge.name: judge}, lengths)
    if not holding:
        raise DesignError(f"--judge {judge.name}: nothing was judged yet; run `colloquia judge` first.")
    said = verdicts(judge, holding)
    seats = {
        subject.experiment_id: [seat.participant.name for seat in subject.trial.talk.seats] for subject in subjects
    }
    places = dict.fromkeys(each.place for each in holding)
    return {place: anchor.stratum(seats[place[0] or ""], said.get(place), judge.rubric) for place in places}


def _scheme(known: Labels, judge: Judge) -> list[Scheme]:
    """Return the scheme by which people can label in the browser too, where it has keys enough and is new."""
    words = judge.rubric.labels
    if len(words) > labels.MOST_LABELS or not words:
        return []
    there = known.schemes.get(judge.name)
    try:
        if labels.checked_words(words) != words or (there and there.labels == words):
            return []
    except DesignError:
        return []
    version = there.version + 1 if there else 1
    return [Scheme(at=_now(), scheme=judge.name, version=version, labels=words)]


def _row(drawn: Drawn, judge: Judge, material: Material, slugs: Sequence[str]) -> dict[str, str]:
    answers = _answers(judge)
    about = f"{material.question} {answers}"
    names = blinding.speakers(material.roles, about, salt=f"{drawn.sheet} {drawn.item}", is_reversed=False)
    texts = [
        f"[{number}] {names.get(role, role)}: {blinding.masked(text, slugs)}"
        for number, (role, text) in enumerate(material.said, start=1)
    ]
    which = "" if material.turn_id is None else f" (of turn {len(texts)}, the last one)"
    return {
        "sheet": drawn.sheet,
        "item": drawn.item,
        "question": f"{material.question}{which}",
        "answers": answers,
        "text": "\n\n".join(texts),
        "label": "",
        "note": "",
    }


def _answers(judge: Judge) -> str:
    rubric = judge.rubric
    if rubric.levels:
        return "\n".join(f"{name}: {level.means}" for name, level in rubric.levels.items())
    if rubric.labels:
        return " | ".join(rubric.labels)
    low, high = rubric.scale or (0.0, 0.0)
    return f"a number from {low:g} to {high:g}"


def _write(to: Path, rows: Sequence[Mapping[str, str]]) -> None:
    try:
        with to.open("x", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, quoting=csv.QUOTE_ALL)
            writer.writeheader()
            writer.writerows(rows)
    except OSError as error:
        raise FolderError(f"{to} cannot be written ({error.strerror}).") from error


def _rows(sheet: Path, drawn: Mapping[str, Drawn]) -> Iterator[dict[str, str]]:
    try:
        with sheet.open(encoding="utf-8-sig", newline="") as file:
            found = [{name: value or "" for name, value in row.items() if name} for row in csv.DictReader(file)]
    except OSError as error:
        raise FolderError(
            f"{sheet} cannot be read ({error.strerror}): name a sheet that `colloquia label export` wrote."
        ) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise FolderError(f"{sheet} is no CSV in UTF-8 ({error}): save the sheet again as that.") from None
    if not found or not {"item", "label"} <= found[0].keys():
        raise DesignError(f"{sheet} is no sheet: it needs the columns item and label.")
    for number, row in enumerate(found, start=2):
        if row["item"].strip() not in drawn:
            raise DesignError(f"{sheet}, row {number}: no item {row['item']!r} was drawn in this run folder.")
        yield {**row, "item": row["item"].strip(), "row": str(number)}


def _label(row: Mapping[str, str], judge: Judge, sheet: Path) -> str | None:
    """Return the answer on a row as it is kept; None where there is none, or the labeller could not tell."""
    said = " ".join(row["label"].split())
    if not said or said.casefold() == CANNOT_TELL:
        return None
    rubric, here = judge.rubric, f"{sheet}, row {row['row']}"
    if rubric.labels:
        label = next((label for label in rubric.labels if label.casefold() == said.casefold()), None)
        if label is None:
            raise DesignError(f"{here}: {said!r} is none of the answers.{nearest(said, rubric.labels)}")
        return label
    low, high = rubric.scale or (0.0, 0.0)
    try:
        number = float(said)
    except ValueError:
        raise DesignError(f"{here}: {said!r} is no number.") from None
    if not low <= number <= high:
        raise DesignError(f"{here}: {said} is not from {low:g} to {high:g}.")
    return f"{number:g}"


def _made(drawn: Drawn, label: str, note: str, by: str, version: int) -> Label:
    return Label(
        at=_now(), labeller=by, scheme=drawn.judge, scheme_version=version, experiment_id=drawn.experiment_id,
        turn_id=drawn.turn_id, label=label, note=note, is_blind=True,
    )  # fmt: skip


def _version(known: Labels, drawn: Drawn) -> int:
    """Return which of the judge's rubrics an item was drawn under, counted from 1."""
    rubrics = dict.fromkeys(each.rubric_sha256 for each in known.drawn if each.judge == drawn.judge)
    return list(rubrics).index(drawn.rubric_sha256) + 1


def _is_known(label: Label, known: Labels) -> bool:
    there = known.current.get((label.scheme, label.labeller, label.place))
    return there is not None and (there.label, there.note) == (label.label, label.note)


def _now() -> str:
    return timestamp(datetime.now(UTC))
