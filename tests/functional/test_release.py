"""What is released: the same bytes from the same tree, nothing astray in it, and a package that runs by itself."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import msgspec
import pytest
from doors import ROOT, log_lines, toml

from colloquia.version import VERSION

WHEEL = f"colloquia-{VERSION}-py3-none-any.whl"
SDIST = f"colloquia-{VERSION}.tar.gz"
INNER = {".py", ".typed", ".js", ".css", ".png"}
"""What a package of ours is made of."""


def built(folder: Path) -> Path:
    """Build wheel and source archive into ``folder``, on a fixed day."""
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(
        command, cwd=ROOT, check=True, capture_output=True, env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}
    )
    return folder


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with wheel and source archive."""
    return built(tmp_path_factory.mktemp("release"))


def test_the_same_tree_gives_the_same_bytes(release: Path, tmp_path: Path) -> None:
    """Whoever builds a release again can compare it."""
    again = built(tmp_path)

    for name in (WHEEL, SDIST):
        ours, theirs = ((folder / name).read_bytes() for folder in (release, again))
        assert hashlib.sha256(ours).hexdigest() == hashlib.sha256(theirs).hexdigest(), name


def test_a_wheel_holds_the_package_and_nothing_else(release: Path) -> None:
    """No test, no path file that Python would run at every start, no leftover of a run; types are shipped."""
    with zipfile.ZipFile(release / WHEEL) as wheel:
        names = wheel.namelist()

    inner = [Path(name) for name in names if not name.startswith(f"colloquia-{VERSION}.dist-info/")]
    assert {path.parts[0] for path in inner} == {"colloquia"}
    assert {path.suffix for path in inner} <= INNER | {".toml", ".csv", ".md"}
    assert Path("colloquia/examples/prison_hierarchy.toml") in inner
    assert not [path for path in inner if "__pycache__" in path.parts]
    assert "colloquia/py.typed" in names
    assert f"colloquia-{VERSION}.dist-info/licenses/LICENSE" in names


def test_a_source_archive_holds_no_key_and_no_run(release: Path) -> None:
    """Only what stands in the repository."""
    with tarfile.open(release / SDIST) as archive:
        names = [name.partition("/")[2] for name in archive.getnames()]

    assert "pyproject.toml" in names
    assert "tests/functional/test_release.py" in names
    strays = [name for name in names if name == ".env" or name.startswith(("data/", "runs/", ".venv/", ".git/"))]
    assert strays == []


def test_what_is_cited_is_this_version() -> None:
    """The file that says how to cite names the version that is released."""
    assert f"\nversion: {VERSION}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")


@pytest.mark.slow
def test_an_installed_wheel_runs_outside_the_repository(release: Path, tmp_path: Path) -> None:
    """In an environment of its own, which has our dependencies and not this tree: `run --offline` holds the study."""
    venv.create(tmp_path / "home", symlinks=True)
    scheme = {"base": str(tmp_path / "home"), "platbase": str(tmp_path / "home")}
    packages = Path(sysconfig.get_path("purelib", "venv", vars=scheme))
    with zipfile.ZipFile(release / WHEEL) as wheel:
        wheel.extractall(packages)  # noqa: S202 (built from this very tree)
    (packages / "dependencies.pth").write_text(str(Path(msgspec.__file__).parents[1]))  # path files there are not read
    desk = tmp_path / "desk"
    desk.mkdir()
    study = {"models": {"a": "openai/gpt-4.1-mini"}, "scenarios": {"train": "You sit on a train."}, "num_turns": 2}
    (desk / "study.toml").write_text(toml(study))
    python = Path(sysconfig.get_path("scripts", "venv", vars=scheme)) / "python"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}

    home = subprocess.run(
        [python, "-P", "-c", "import colloquia; print(colloquia.__file__)"], cwd=desk, env=clean, check=True,
        capture_output=True, text=True,
    )  # fmt: skip
    ran = subprocess.run(
        [python, "-P", "-m", "colloquia", "run", "study.toml", "--offline"], cwd=desk, env=clean, check=False,
        capture_output=True, text=True,
    )  # fmt: skip

    assert home.stdout.startswith(str(packages))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert len(log_lines(next((desk / "runs").iterdir()))) == 2
