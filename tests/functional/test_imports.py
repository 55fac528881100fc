"""A command answers at once: what is heavy is loaded where it is needed."""

from __future__ import annotations

import json
import subprocess
import sys

from doors import ROOT

import colloquia

HEAVY = {"aiohttp", "pandas", "numpy", "duckdb", "ray", "streamlit", "xllamacpp", "rich", "scipy"}


def modules_after(statement: str) -> set[str]:
    """Return the top-level modules that a fresh Python has loaded after ``statement``."""
    code = (
        f"{statement}\nimport json, sys\nprint(json.dumps(sorted({{name.partition('.')[0] for name in sys.modules}})))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_importing_the_package_loads_nothing_heavy() -> None:
    """No HTTP client, no frames, no database, no browser."""
    assert not HEAVY & modules_after("import colloquia")


def test_the_command_line_loads_nothing_heavy_to_show_its_help() -> None:
    """What a command needs is imported when it runs."""
    assert not HEAVY & modules_after("import colloquia.cli.app")


def test_a_study_loads_neither_an_http_client_nor_frames() -> None:
    """Writing an experiment down is light."""
    statement = (
        "import colloquia; colloquia.Experiment(models={'a': 'scripted:echo'}, scenarios={'s': 'Hi'}, num_turns=2)"
    )

    assert not HEAVY & modules_after(statement)


def test_the_public_face_is_small_and_whole() -> None:
    """At most twenty names, each of them there."""
    assert len(colloquia.__all__) <= 20
    for name in colloquia.__all__:
        assert getattr(colloquia, name) is not None


def test_a_package_that_is_not_installed_is_named_with_the_command_that_brings_it() -> None:
    """No traceback: whoever installed the core alone is told what a report needs besides."""
    code = "import sys; sys.modules['pandas'] = None; from colloquia.cli.app import main; main(['report'])"

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert done.stderr == "colloquia: This needs the package pandas: pip install -r requirements.txt\n"
