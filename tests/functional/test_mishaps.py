"""Mishaps that once went wrong: each is a test, so that it stays mended."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from doors import log_lines
from openai_server import running

import colloquia as package

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from doors import Said

    Command = Callable[..., Said]
    Written = Callable[..., Path]


def on(url: str, **words: Any) -> dict[str, Any]:
    """Return a study of one model on a server."""
    provider = {"mine": {"base_url": url, "price": {"prompt": 1, "completion": 1}}}
    return {"providers": provider, "models": {"one": "mine:one"}, "num_turns": 2, **words}


@pytest.mark.parametrize(("status", "code"), [(401, 3), (400, 3), (403, 3)])
def test_a_run_in_which_every_call_fails_says_so(
    colloquia: Command, study: Written, desk: Path, status: int, code: int
) -> None:
    """The summary stands, the tables have their headers, and the exit code is not that of a wrong study."""
    refusal = (status, json.dumps({"error": {"message": "no", "code": status}}))
    with running(failures=[refusal] * 20) as served:
        said = colloquia("run", study(**on(served.url, iterations=3)))

    assert said.code in (1, code)
    assert "0 conversations finished" in said.out
    assert list(pd.read_csv(desk / "data/experiment_log.csv").columns[:2]) == ["experiment_id", "turn_id"]
    assert len(served.requests) <= 3


def test_a_server_that_is_not_there_is_named_with_its_provider(
    colloquia: Command, study: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which provider, which address, and what to look at."""
    monkeypatch.setattr("colloquia.running.call.FIRST_PAUSE_SECONDS", 0.01)

    said = colloquia("run", study(**on("http://127.0.0.1:9/v1")))

    assert said.code == 1
    assert "Is the server of 'mine' running at http://127.0.0.1:9/v1?" in said.out


def test_a_hidden_file_is_never_read_into_a_conversation(colloquia: Command, study: Written, desk: Path) -> None:
    """A study that names .env does not get the keys in it."""
    (desk / ".env").write_text("OPENROUTER_API_KEY=sk-or-canary-123456789\n", encoding="utf-8")

    for name in (".env", "./.env", "sub/../.env", ".hidden/lines.txt"):
        said = colloquia("run", study(models={"thief": f"scripted:lines {name}"}))
        assert said.code == 2
        assert "canary" not in said.out + said.err

    assert not (desk / "data").exists()


def test_tables_that_a_kill_left_behind_the_log_are_made_anew(colloquia: Command, study: Written, desk: Path) -> None:
    """Also where they are missing altogether."""
    path = study()
    colloquia("run", path)
    table = desk / "data/experiment_log.csv"
    whole = table.read_bytes()
    table.unlink()

    said = colloquia("run", path)

    assert said.code == 0
    assert table.read_bytes() == whole


def test_a_study_of_ones_own_is_not_overwritten(colloquia: Command, study: Written, desk: Path) -> None:
    """Neither its comments nor another study that happens to lie there."""
    own = study(run_dir=".")
    own.write_text("# my notes\n" + own.read_text(encoding="utf-8"), encoding="utf-8")
    kept = own.read_text(encoding="utf-8")
    (desk / "elsewhere").mkdir()
    (desk / "elsewhere/study.toml").write_text("# another study\n", encoding="utf-8")

    said = colloquia("run", own)
    refused = colloquia("run", own, "--run-dir", "elsewhere")

    assert said.code == 0
    assert own.read_text(encoding="utf-8") == kept
    assert refused.code == 2
    assert (desk / "elsewhere/study.toml").read_text(encoding="utf-8") == "# another study\n"


def test_a_frozen_study_that_is_named_runs_in_its_own_folder(colloquia: Command, study: Written, desk: Path) -> None:
    """Naming runs/one/study.toml goes on there, and begins nothing anew in data."""
    colloquia("run", study(), "--run-dir", "runs/one")

    said = colloquia("run", "runs/one/study.toml")

    assert "Nothing is missing in runs/one" in said.out
    assert not (desk / "data").exists()


def test_a_folder_that_lost_its_journal_is_left_as_it_is(colloquia: Command, study: Written, desk: Path) -> None:
    """Nothing is asked, no table is emptied, and `check` names the loss."""
    colloquia("run", study())
    table = (desk / "data/experiment_log.csv").read_bytes()
    (desk / "data/journal.jsonl").unlink()

    again = colloquia("run", study(num_turns=6))
    exported = colloquia("export")
    checked = colloquia("check")

    assert again.code == exported.code == checked.code == 1
    assert "journal.jsonl" in again.err
    assert (desk / "data/experiment_log.csv").read_bytes() == table
    assert len(log_lines(desk / "data")) == 16


def test_a_resealed_edit_of_any_column_is_found(colloquia: Command, study: Written, desk: Path) -> None:
    """A friendly name that was swapped with its checksum mended is no longer what the study makes of the turn."""
    from zlib import crc32

    colloquia("run", study())
    log = desk / "data/experiment_log.jsonl"
    lines = log.read_bytes().splitlines()
    body = lines[-1].rpartition(b',"crc32"')[0].replace(b'"scenario":"train"', b'"scenario":"plane"')
    lines[-1] = b'%b,"crc32":"%08x"}' % (body, crc32(body))
    log.write_bytes(b"\n".join(lines) + b"\n")

    said = colloquia("verify")

    assert said.code == 1
    assert "scenario: not what the study makes of this turn" in said.out


def test_an_unpriced_reply_counts_against_the_cap(colloquia: Command, study: Written, desk: Path) -> None:
    """A server that names no cost is reckoned from its tokens; the run stops under the cap."""
    provider = {"mine": {"base_url": "", "price": {"prompt": 1000, "completion": 1000}}}
    with running() as served:
        provider["mine"]["base_url"] = served.url
        words = on(served.url, providers=provider, iterations=50, max_cost=1, sampling={"max_tokens": 100})
        said = colloquia("run", study(**words))

    tokens = sum(row["input_tokens"] + row["output_tokens"] for row in log_lines(desk / "data"))
    assert said.code == 3
    assert 0 < tokens * 1e-3 <= 1


def test_a_page_that_ends_python_is_a_wrong_study(colloquia: Command, desk: Path) -> None:
    """`sys.exit()` in a page is no success."""
    (desk / "simulation_config.py").write_text("import sys\nsys.exit()\n", encoding="utf-8")

    said = colloquia("run")

    assert said.code == 2
    assert "sys.exit" in said.err


def test_a_study_runs_inside_a_running_loop(desk: Path) -> None:
    """As a notebook calls it."""
    experiment = package.Experiment(models={"echo": "scripted:echo"}, scenarios={"s": "Hi"}, num_turns=2)

    async def notebook() -> int:
        return package.run(experiment, run_dir="runs/notebook").exit_code

    assert asyncio.run(notebook()) == 0
    assert len(log_lines(desk / "runs/notebook")) == 2


def test_a_moved_model_file_is_the_same_model(colloquia: Command, study: Written) -> None:
    """Where an embedded model's file lies is in no id and in no hash."""
    ids = set()
    for folder in ("a", "b"):
        experiment = package.Experiment(
            models={"small": f"embedded:{folder}/model.gguf"}, scenarios={"s": "Hi"}, num_turns=2
        )
        ids.add(package.plan(experiment).difference.work[0].trial.trial_id)

    assert len(ids) == 1


def test_a_key_that_a_server_puts_into_its_labels_reaches_no_file(
    colloquia: Command, study: Written, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ids and names of models are labels too; only what the model itself said is kept as it came."""
    key = "sk-mine-canary-123456789"
    monkeypatch.setenv("MINE_API_KEY", key)
    with running(served_model=f"model of {key}") as served:
        said = colloquia("run", study(**on(served.url)), "--no-stream")

    assert said.code == 0
    assert key.encode() not in b"".join(path.read_bytes() for path in desk.rglob("*") if path.is_file())
