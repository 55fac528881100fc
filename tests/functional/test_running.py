"""Running and running again: only what is missing is run, and nothing that was said is touched."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
import typer
from doors import ROOT, log_lines

import colloquia as package
from colloquia.cli.app import app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from doors import Said

    Command = Callable[..., Said]
    Written = Callable[..., Path]


FIRST_ELEVEN = [
    "experiment_id", "turn_id", "scenario", "speaker_model", "responder_model", "content", "latency_ms",
    "input_tokens", "output_tokens", "finish_reason", "is_refusal",
]  # fmt: skip


def turns_of(folder: Path) -> dict[str, list[int]]:
    """Return the turn ids of each conversation, in the order of the log."""
    found: dict[str, list[int]] = defaultdict(list)
    for row in log_lines(folder):
        found[row["trial_id"]].append(row["turn_id"])
    return dict(found)


def everything_in(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder with its bytes."""
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_study_runs_and_says_where_things_are(colloquia: Command, study: Written, desk: Path) -> None:
    """Two models in four ordered pairs are four conversations of four turns."""
    said = colloquia("run", study())

    assert said.code == 0
    assert list(turns_of(desk / "data").values()) == [[1, 2, 3, 4]] * 4
    assert "4 conversations finished, 16 turns added" in said.out
    assert "experiment_log.jsonl" in said.out
    assert "SCRIPTED" in said.out


def test_a_second_run_calls_nothing_and_writes_nothing(colloquia: Command, study: Written, desk: Path) -> None:
    """Not one byte of the folder changes."""
    path = study()
    colloquia("run", path)
    before = everything_in(desk / "data")

    said = colloquia("run", path)

    assert said.code == 0
    assert "Nothing is missing" in said.out
    assert everything_in(desk / "data") == before


def test_one_more_iteration_runs_only_the_new_conversations(colloquia: Command, study: Written, desk: Path) -> None:
    """The lines that were there stay the first lines of the log."""
    colloquia("run", study(iterations=1))
    before = (desk / "data/experiment_log.jsonl").read_bytes()

    said = colloquia("run", study(iterations=2))

    after = (desk / "data/experiment_log.jsonl").read_bytes()
    assert after.startswith(before)
    assert len(turns_of(desk / "data")) == 8
    assert {tuple(turns) for turns in turns_of(desk / "data").values()} == {(1, 2, 3, 4)}
    assert "4 conversations finished, 16 turns added" in said.out


def test_two_more_turns_add_exactly_two_turns_to_each_conversation(
    colloquia: Command, study: Written, desk: Path
) -> None:
    """A longer study goes on with the same conversations."""
    colloquia("run", study(num_turns=4))
    before = (desk / "data/experiment_log.jsonl").read_bytes()

    colloquia("run", study(num_turns=6))

    after = (desk / "data/experiment_log.jsonl").read_bytes()
    added = turns_of(desk / "data")
    assert after.startswith(before)
    assert {tuple(turns) for turns in added.values()} == {(1, 2, 3, 4, 5, 6)}
    assert after[len(before) :].count(b"\n") == 8


def test_a_study_that_got_shorter_keeps_what_was_said(colloquia: Command, study: Written, desk: Path) -> None:
    """Fewer turns ask for nothing and take nothing back."""
    colloquia("run", study(num_turns=4))
    before = (desk / "data/experiment_log.jsonl").read_bytes()

    said = colloquia("run", study(num_turns=2))

    assert said.code == 0
    assert (desk / "data/experiment_log.jsonl").read_bytes() == before


def test_another_study_in_the_same_folder_is_told_of_a_folder_of_its_own(
    colloquia: Command, study: Written, desk: Path
) -> None:
    """Once, before it is run; nothing is lost, and the list of conversations says which are no longer planned."""
    colloquia("run", study())
    other = study(scenarios={"queue": "You stand in a queue."})

    before, ran, after = colloquia("plan", other).out, colloquia("run", other), colloquia("plan", other).out

    hint = "No conversation that data holds belongs to this study. A new study? Give it a folder of its own"
    assert hint in before
    assert hint in ran.out
    assert ran.code == 0
    assert "A new study?" not in after
    assert len(log_lines(desk / "data")) == 32
    assert "8 conversations, 4 no longer planned" in colloquia("show").out


def test_a_study_in_the_folder_of_a_demonstration_is_told_so(colloquia: Command, study: Written) -> None:
    """Also where it keeps the conversations of the demonstration; a study that only grew is told nothing."""
    colloquia("run", study())
    models = {"echo": "scripted:echo", "random": "scripted:random"}

    grown = colloquia("plan", study(models={**models, "third": "scripted:always Yes."})).out
    asking = colloquia("plan", study(models={**models, "local": "ollama:llama3.2"})).out

    assert "A new study?" not in grown
    assert "data holds conversations of a demonstration, and this study asks other models. A new study?" in asking


def test_what_falls_out_of_the_plan_stays_in_the_log_and_leaves_the_tables(
    colloquia: Command, study: Written, desk: Path
) -> None:
    """Scripted turns cost nothing, so nobody is asked; `export --all` still shows them."""
    colloquia("run", study())
    colloquia("run", study(models={"echo": "scripted:echo"}))

    planned = pd.read_csv(desk / "data/experiment_log.csv", keep_default_na=False)
    colloquia("export", "--all")
    everything = pd.read_csv(desk / "data/experiment_log.csv", keep_default_na=False)

    assert len(log_lines(desk / "data")) == 16
    assert len(planned) == 4
    assert len(everything) == 16
    assert sorted(everything["is_planned"].unique()) == [False, True]


def test_the_csv_has_the_eleven_columns_first_and_a_row_a_planned_turn(
    colloquia: Command, study: Written, desk: Path
) -> None:
    """The order is part of the contract."""
    colloquia("run", study())

    table = pd.read_csv(desk / "data/experiment_log.csv", keep_default_na=False)

    assert list(table.columns[:11]) == FIRST_ELEVEN
    assert len(table) == 16


def test_the_frozen_study_runs_from_its_folder(colloquia: Command, study: Written, desk: Path) -> None:
    """With --run-dir alone the folder's own study is run, and it is complete."""
    colloquia("run", study(), "--run-dir", "runs/one")

    said = colloquia("run", "--run-dir", "runs/one")

    assert said.code == 0
    assert "Nothing is missing" in said.out
    assert not (desk / "data").exists()


def test_a_frozen_study_finds_the_files_it_names(colloquia: Command, study: Written, desk: Path) -> None:
    """Lines of a file are kept with the study; the original may go."""
    (desk / "lines").mkdir()
    (desk / "lines/hello.txt").write_text("Hello.\nGoodbye.\n", encoding="utf-8")
    words: dict[str, Any] = {"models": {"reader": "scripted:lines lines/hello.txt"}, "num_turns": 2}
    colloquia("run", study(**words))
    (desk / "lines/hello.txt").unlink()

    again = colloquia("run", "--run-dir", "data")

    assert (again.code, "Nothing is missing" in again.out) == (0, True)
    assert (desk / "data/files/lines/hello.txt").read_text(encoding="utf-8") == "Hello.\nGoodbye.\n"


def test_a_scripted_opening_is_turn_one_and_nobody_is_asked_for_it(
    colloquia: Command, study: Written, desk: Path
) -> None:
    """The opener's first line is the researcher's."""
    colloquia("run", study(opening="Hello there.", num_turns=2, pairing="self"))

    first = next(row for row in log_lines(desk / "data") if row["speaker_model"] == "echo")

    assert (first["content"], first["source"], first["request_sha256"]) == ("Hello there.", "scripted", None)
    assert first["latency_ms"] is None


def test_every_row_can_be_verified_and_checked(colloquia: Command, study: Written) -> None:
    """What was just written is sound."""
    colloquia("run", study())

    verified, checked = colloquia("verify"), colloquia("check")

    assert verified.code == 0
    assert "16 requests of 4 conversations rebuilt; 0 contradictions." in verified.out
    assert checked.code == 0


def test_python_runs_a_study_and_loads_what_was_said(desk: Path) -> None:
    """The same from a script: an Experiment, run, load."""
    experiment = package.Experiment(
        models={"echo": "scripted:echo"}, scenarios={"train": "You sit on a train."}, num_turns=2
    )

    summary = package.run(experiment, run_dir="runs/python")
    frames = package.load("runs/python")

    assert summary.exit_code == 0
    assert len(frames.turns) == 2
    assert list(frames.conversations["ended_by"]) == ["length"]
    assert len(frames.cells) == 1


def test_a_study_that_names_code_needs_leave(colloquia: Command, study: Written, desk: Path) -> None:
    """A study.toml runs no code of itself."""
    (desk / "mine.py").write_text("def parrot(request):\n    return 'Polly'\n", encoding="utf-8")
    path = study(models={"parrot": "scripted:mine.py:parrot"}, num_turns=2)

    refused = colloquia("run", path)
    allowed = colloquia("run", path, "--allow-code")

    assert refused.code == 2
    assert "--allow-code" in refused.err
    assert allowed.code == 0
    assert {row["content"] for row in log_lines(desk / "data")} == {"Polly"}


def test_a_conversation_that_fails_is_in_the_journal_and_tried_again_by_the_next_run(
    colloquia: Command, study: Written, desk: Path
) -> None:
    """The other conversations are whole, the exit code says 1, and a mended function finishes the rest."""
    code = desk / "mine.py"
    code.write_text("def moody(request):\n    raise ValueError('not today')\n", encoding="utf-8")
    path = study(models={"moody": "scripted:mine.py:moody", "echo": "scripted:echo"}, pairing="self")

    broken = colloquia("run", path, "--allow-code")
    code.write_text("def moody(request):\n    return 'Fine.'\n", encoding="utf-8")
    mended = colloquia("run", path, "--allow-code")

    assert broken.code == 1
    assert "ValueError: not today" in broken.out
    assert b'"trial_failed"' in (desk / "data/journal.jsonl").read_bytes()
    assert mended.code == 0
    assert "1 conversation finished, 4 turns added" in mended.out


def test_the_list_of_commands_says_what_each_does_in_whole_words(
    colloquia: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal of eighty characters, no line is broken off."""
    monkeypatch.setenv("COLUMNS", "80")

    commands = colloquia("--help").out.partition("Commands:\n")[2].splitlines()

    assert len(commands) > 20
    assert [line for line in commands if line.endswith("...") or not line.startswith("  ")] == []


@pytest.mark.parametrize(
    ("command", "taught"),
    [
        (["--help"], ["Run what is missing of a study", "simulation_config.py", "colloquia plan"]),
        (["run", "--help"], ["--run-dir", "--drop", "paid turns fall out", "--offline", "--base-url"]),
        (["plan", "--help"], ["nothing is asked and nothing written", "--run-dir"]),
        (["show", "--help"], ["without an id", "--prompts"]),
        (["serve-fake", "--help"], ["rehearse a study", "--faults", "--port"]),
    ],
    ids=["all", "run", "plan", "show", "serve-fake"],
)
def test_help_teaches(colloquia: Command, command: list[str], taught: list[str]) -> None:
    """Every command says what it does and what it takes."""
    said = colloquia(*command)

    text = " ".join(said.out.split())
    assert said.code == 0
    assert [part for part in taught if part not in text] == []


def _examples(command: Any, name: str = "") -> Iterator[tuple[str, Any, str]]:
    """Yield the name of each command with an example, the command, and the example."""
    for inner, each in getattr(command, "commands", {}).items():
        yield from _examples(each, f"{name} {inner}".strip())
    if command.epilog:
        yield name, command, command.epilog


def test_what_help_shows_as_an_example_can_be_typed() -> None:
    """Every option and value in it is understood; commands that want something have one."""
    examples = {name: (command, told) for name, command, told in _examples(typer.main.get_command(app))}

    for name, (command, told) in examples.items():
        before = f"Example: colloquia {name} "
        assert told.startswith(before)
        command.make_context(name, shlex.split(told.removeprefix(before)))
    assert {"run", "fork", "size", "replay", "diff", "label export", "label import"} <= examples.keys()


def test_a_run_holds_no_more_at_once_than_it_is_told(colloquia: Command, study: Written, desk: Path) -> None:
    """One conversation after the other, and so one call at a time; several where nothing is said."""
    assert colloquia("run", study(), "--at-once", "1", "--run-dir", "one").code == 0
    assert colloquia("run", study(), "--run-dir", "many").code == 0

    order = [row["trial_id"] for row in log_lines(desk / "one")]
    assert order == sorted(order, key=order.index)
    assert {row["in_flight"] for row in log_lines(desk / "one")} == {1}
    assert max(row["in_flight"] for row in log_lines(desk / "many")) > 1


def test_nothing_at_once_is_no_run(colloquia: Command, study: Written) -> None:
    """A usage error, before anything is read."""
    said = colloquia("run", study(), "--at-once", "0")

    assert said.code == 2
    assert "--at-once" in said.err


def test_conversations_are_listed_and_shown(colloquia: Command, study: Written) -> None:
    """By number, by the beginning of an id, with the prompts on demand."""
    colloquia("run", study(pairing="self", models={"echo": "scripted:echo"}, opening="Hello \x1b[31m there."))

    listed = colloquia("show")
    first = colloquia("show", "1")
    by_id = colloquia("show", listed.out.split("\n")[1].split()[1], "--prompts")
    nobody = colloquia("show", "nobody")

    assert "1 conversation;" in listed.out
    assert "1. A (echo)  [scripted]" in first.out
    assert "\x1b" not in first.out
    assert "\\x1b[31m there." in first.out
    assert "You sit on a train." in by_id.out
    assert nobody.code == 2


def test_the_door_runs_the_study_it_is_given(study: Written, desk: Path) -> None:
    """`python run_experiment.py STUDY` from any folder."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "run_experiment.py"), str(study())],
        cwd=desk,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )

    assert done.returncode == 0, done.stderr
    assert "4 conversations finished" in done.stdout
