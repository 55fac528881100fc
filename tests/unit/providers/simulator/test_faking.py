"""``colloquia serve-fake`` as a person uses it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from doors import ROOT

from colloquia.cli import faking
from colloquia.errors import DesignError, SettingsError
from colloquia.providers.simulator.catalogue import StandIn
from colloquia.providers.simulator.faults import FAULTS
from colloquia.providers.simulator.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROGRAM = """
from pathlib import Path
from colloquia.cli.faking import serve_fake
serve_fake(None, Path("plan.toml"), 0, "openrouter", ["acme/m"])
"""


@contextmanager
def serving(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Serve in a process of its own; yields it and what it said at first."""
    (folder / "plan.toml").write_text('clock_unit = 0.001\n[[fault]]\nname = "status-503"\nattempts = [1]\n')
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )
    try:
        assert process.stdout is not None
        yield process, "".join(process.stdout.readline() for _ in range(3))
    finally:
        process.kill()
        process.communicate()


def address(said: str) -> str:
    """Return where it listens."""
    return said.partition(" listens at ")[2].partition("/api/v1")[0]


def posted(url: str, body: object) -> int:
    """Return the status of an answer."""
    data, headers = json.dumps(body).encode(), {"Authorization": "Bearer sk-test"}
    asked = urllib.request.Request(url, data=data, headers=headers)  # noqa: S310 (on this machine)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(asked, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return int(error.code)


def test_a_person_is_told_where_it_is_and_what_it_did(tmp_path: Path) -> None:
    """It serves the study's slugs, plays the plan, and ends on SIGINT with a summary and exit code 0."""
    body = {"model": "acme/m", "messages": [{"role": "user", "content": "Hi."}]}
    with serving(tmp_path) as (process, said):
        url = address(said)
        statuses = [posted(f"{url}/api/v1/chat/completions", body) for _ in range(2)]
        process.send_signal(signal.SIGINT)
        summary, _ = process.communicate(timeout=20)

    assert statuses == [503, 200]
    assert process.returncode == 0
    assert f"--base-url {url}/api/v1" in said
    assert f"{url}/simulator/ledger" in said
    assert "2 requests, 1 answer of a model, $0.000029 billed: all of it simulated." in summary
    assert "status-503: 1 time" in summary


def test_what_is_served_of_a_study_is_said(tmp_path: Path) -> None:
    """With the command that rehearses it, and which prices are invented."""
    study = tmp_path / "study.toml"
    study.write_text('num_turns = 2\nmodels = { m = "acme/m", s = "scripted:echo" }\nscenarios = { t = "Hi" }\n')

    with in_thread() as taken, pytest.raises(SettingsError, match=str(taken.port)):
        faking.serve_fake(study, None, taken.port, "openrouter")
    serves, words = faking._rehearsal(study, {"acme/m": StandIn()})

    assert "the 1 model of" in serves
    assert "at invented ones: acme/m" in serves
    assert words == f"{study} --run-dir runs/rehearsal"


def test_it_ends_by_a_request(tmp_path: Path) -> None:
    """Where no signal can be sent."""
    with serving(tmp_path) as (process, said):
        status = posted(f"{address(said)}/simulator/stop", {})
        process.communicate(timeout=20)

    assert (status, process.returncode) == (200, 0)


def test_a_wrong_plan_is_refused_before_anything_is_served(tmp_path: Path) -> None:
    """With the entry and the nearest name."""
    plan = tmp_path / "plan.toml"
    plan.write_text('[[fault]]\nname = "status-503-htlm"\n')

    with pytest.raises(DesignError, match=r"fault 1 .*Did you mean 'status-503-html'"):
        faking.serve_fake(None, plan, 0, "openrouter")


def test_a_port_that_is_taken_is_refused() -> None:
    """With the port."""
    with in_thread() as simulator, pytest.raises(SettingsError, match=str(simulator.port)):
        faking.serve_fake(None, None, simulator.port, "openrouter")


def test_all_faults_can_be_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """With what they do."""
    faking.list_faults()

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(FAULTS)
    assert any(line.startswith("status-503-html ") and "web page" in line for line in lines)
