"""A run folder that is damaged, empty, of another schema, or deleted while it is shown: a sentence on every page."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

import colloquia
from colloquia import Experiment
from colloquia.gui import navigation
from colloquia.logbook.record import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

    Shown = Callable[..., AppTest]
    Ran = Callable[..., Path]
    Spoil = Callable[[Path], None]


def _cut_log(folder: Path) -> None:
    log = folder / "experiment_log.jsonl"
    log.write_bytes(log.read_bytes()[:-20])


def _flip(name: str) -> Spoil:
    def spoil(folder: Path) -> None:
        data = bytearray((folder / name).read_bytes())
        data[len(data) // 2] ^= 0x15
        (folder / name).write_bytes(bytes(data))

    return spoil


def _no_journal(folder: Path) -> None:
    (folder / "journal.jsonl").unlink()


def _no_log(folder: Path) -> None:
    (folder / "experiment_log.jsonl").unlink()


def _garbage(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_file():
            path.write_bytes(b"\xff\xfe no \0 such thing\n" * 50)


def _empty_files(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_file():
            path.write_bytes(b"")


def _older(folder: Path) -> None:
    """Say of each row that it has the schema before this one."""
    for name in ("experiment_log.jsonl", "journal.jsonl"):
        rows = [json.loads(line) for line in (folder / name).read_bytes().splitlines()]
        text = "".join(json.dumps({**row, "schema": SCHEMA - 1}) + "\n" for row in rows)
        (folder / name).write_text(text, encoding="utf-8")


def _newer(folder: Path) -> None:
    for name in ("experiment_log.jsonl", "journal.jsonl"):
        rows = [json.loads(line) for line in (folder / name).read_bytes().splitlines()]
        text = "".join(json.dumps({**row, "schema": SCHEMA + 7}) + "\n" for row in rows)
        (folder / name).write_text(text, encoding="utf-8")


def _no_study(folder: Path) -> None:
    (folder / "study.toml").write_text("models = {", encoding="utf-8")
    (folder / "draft.toml").write_text("models = {", encoding="utf-8")


def _a_folder_for_a_file(folder: Path) -> None:
    (folder / "experiment_log.jsonl").unlink()
    (folder / "experiment_log.jsonl").mkdir()


def _odd_state(folder: Path) -> None:
    (folder / "state.json").write_text('{"status": 7, "at": "yesterday", "waits": 3}', encoding="utf-8")


def _odd_labels(folder: Path) -> None:
    (folder / "labels.jsonl").write_bytes(b'{"event": "label"}\n\xff\n{"event"')


SPOILED: dict[str, Spoil] = {
    "a cut log": _cut_log,
    "a flipped bit in the log": _flip("experiment_log.jsonl"),
    "a flipped bit in the journal": _flip("journal.jsonl"),
    "no journal": _no_journal,
    "no log": _no_log,
    "garbage in every file": _garbage,
    "empty files": _empty_files,
    "an older schema": _older,
    "a newer schema": _newer,
    "no readable study": _no_study,
    "a folder in place of the log": _a_folder_for_a_file,
    "an odd state": _odd_state,
    "odd labels": _odd_labels,
}
every_page = pytest.mark.parametrize("page", list(navigation.PAGES))


def said(app: AppTest) -> list[str]:
    """Return the sentences of a page."""
    kinds = (app.error, app.warning, app.info, app.caption, app.text, app.success)
    return [str(element.value) for kind in kinds for element in kind]


def assert_sound(app: AppTest) -> None:
    """Hold that a page is words and a way out, and no trace of Python."""
    assert not app.exception
    assert not [text for text in (*said(app), *(code.value for code in app.code)) if "Traceback" in text]
    assert said(app) or app.header or app.subheader


@every_page
@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED.keys())
def test_a_spoiled_folder_is_shown_as_far_as_it_can_be(shown: Shown, ran: Ran, page: str, spoil: Spoil) -> None:
    """In sentences, on every page, also where a conversation of it is asked for."""
    folder = ran("runs/pilot")
    first = json.loads((folder / "experiment_log.jsonl").read_bytes().splitlines()[0])
    spoil(folder)

    assert_sound(shown(page, run="pilot"))
    assert_sound(shown(page, run="pilot", conversation=first["experiment_id"], turn="1"))


def _drop(folder: Path, name: str, needle: str) -> None:
    """Take the lines that hold ``needle`` out of a file."""
    lines = (folder / name).read_bytes().splitlines(keepends=True)
    (folder / name).write_bytes(b"".join(line for line in lines if needle.encode() not in line))


@every_page
def test_a_fork_whose_parent_is_gone_is_shown_as_far_as_it_can_be(shown: Shown, ran: Ran, page: str) -> None:
    """Its own turns are there; those that it shared are not, and nothing is made up for them."""
    folder = ran("runs/pilot", num_turns=4)
    parent = json.loads((folder / "experiment_log.jsonl").read_bytes().splitlines()[0])
    colloquia.fork(parent["trial_id"], 2, folder=folder, edit="I see.")
    colloquia.run(run_dir=folder)
    rows = [json.loads(line) for line in (folder / "experiment_log.jsonl").read_bytes().splitlines()]
    fork = next(row for row in rows if row["parent_id"])

    _drop(folder, "experiment_log.jsonl", f'"trial_id":"{parent["trial_id"]}"')

    for turn in ("1", "3"):
        assert_sound(shown(page, run="pilot", conversation=fork["experiment_id"], turn=turn))


@every_page
def test_judgements_that_are_cut_in_the_middle_are_counted_for_nothing(shown: Shown, ran: Ran, page: str) -> None:
    """The whole ones before them are shown."""
    judge = {"question": "Did it work?", "labels": ["yes", "no"], "by": ["scripted:always yes", "scripted:echo"]}
    folder = ran("runs/pilot", judges={"success": judge})
    colloquia.judge(run_dir=folder)
    data = (folder / "judgements.jsonl").read_bytes()
    lines = data.splitlines(keepends=True)
    (folder / "judgements.jsonl").write_bytes(lines[0] + data[len(lines[0]) : len(data) // 2 + 7])

    for view in ("Overview", "Judges", "Report"):
        assert_sound(shown(page, run="pilot", view=view))


@every_page
def test_probes_of_a_role_that_is_gone_stay_apart(shown: Shown, desk: Path, page: str) -> None:
    """The study was changed after they were answered: what it no longer plans is not shown as if it did."""
    (desk / "seats.py").write_text("def say(request):\n    return '7'\n", encoding="utf-8")
    folder = desk / "runs" / "pilot"
    for role in ("guest", "visitor"):
        probe = {"ask": role, "when": "end", "scale": [0, 100], "question": "How sure?"}
        study = Experiment.from_words(
            {
                "models": {"seven": "scripted:seats.py:say"},
                "scenarios": {"inn": {"host": "Host.", role: "Visit."}},
                "num_turns": 2,
                **({"probes": {"sure": probe}} if role == "guest" else {}),
            }
        )
        colloquia.run(study, run_dir=folder, drop=True, allow_code=True)
    asked = [json.loads(line)["speaker_role"] for line in (folder / "probes.jsonl").read_bytes().splitlines()]
    assert asked == ["guest"]

    for view in ("Overview", "Probes", "Report"):
        app = shown(page, run="pilot", view=view)
        assert_sound(app)
        assert not any("guest" in text for text in said(app))


@every_page
def test_an_empty_folder_is_no_run(shown: Shown, desk: Path, page: str) -> None:
    """Neither are a file and a link that leads nowhere."""
    (desk / "runs" / "empty").mkdir(parents=True)
    (desk / "runs" / "file").write_text("no folder", encoding="utf-8")
    (desk / "runs" / "nowhere").symlink_to(desk / "gone")

    for run in ("empty", "file", "nowhere"):
        app = shown(page, run=run)
        assert_sound(app)
        assert page in ("start", "configure") or app.warning or app.info


@every_page
def test_a_folder_that_is_deleted_while_it_is_shown_is_missed_in_a_sentence(shown: Shown, ran: Ran, page: str) -> None:
    """With a way out, and another run beside it is still there."""
    folder = ran("runs/pilot")
    ran("runs/other")
    app = shown(page, run="pilot")

    shutil.rmtree(folder)
    app.run()

    assert_sound(app)
    labels = [button.label for button in app.button]
    assert page in ("start", "configure") or "Show the newest run" in labels, said(app)


@pytest.mark.parametrize("page", ["run", "analyze", "transcripts", "export"])
@pytest.mark.parametrize("spoil", [_flip("experiment_log.jsonl"), _newer], ids=["a flipped bit", "a newer schema"])
def test_lines_that_cannot_be_read_are_counted_on_every_page_that_reads(
    shown: Shown, ran: Ran, page: str, spoil: Spoil
) -> None:
    """With the command that says what to do."""
    spoil(ran("runs/pilot"))

    app = shown(page, run="pilot")

    assert "colloquia check" in app.warning[0].value
    assert "of this folder cannot be read" in app.warning[0].value


@pytest.mark.parametrize("page", ["analyze", "transcripts", "export"])
def test_a_log_without_its_journal_is_not_shown_as_nothing(shown: Shown, ran: Ran, page: str) -> None:
    """Nobody can tell any more what was planned."""
    _no_journal(ran("runs/pilot"))

    app = shown(page, run="pilot")

    assert "no study of its journal" in app.warning[0].value
