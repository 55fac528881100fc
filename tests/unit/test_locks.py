"""The locks: what an install takes is fixed by hash and names no place."""

import re
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = ["requirements.txt", "requirements-dev.txt", "requirements-weights.txt"]
PLACE = re.compile(
    r"""
    :// | --find-links | --index | --extra-index | --trusted-host
    | (?:^|[\s=@"'])(?:/|~/|\.\./|[A-Za-z]:\\)      # a path of the machine where the lock was made
    """,
    re.VERBOSE,
)
PIN = re.compile(r"^[A-Za-z0-9._-]+(?:\[[a-z0-9,-]+\])?==[^\s;]+$")
HASH = re.compile(r"^--hash=sha256:[0-9a-f]{64}$")


def requirements(lock: str) -> list[str]:
    """The requirements of a lock, each on one line, without comments."""
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line]


def pins(lock: str) -> set[str]:
    """Each `name==version` of a lock, without markers and hashes."""
    return {line.split()[0] for line in requirements(lock)}


def names(lock: str) -> set[str]:
    """The packages that a lock installs."""
    return {canonicalize_name(Requirement(pin).name) for pin in pins(lock)}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_place(lock: str) -> None:
    """No address, index or absolute path: the lock installs alike from the package index and from a mirror of it."""
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()

    assert [line for line in lines if PLACE.search(line)] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_and_has_a_hash(lock: str) -> None:
    """What is installed is byte for byte what was locked."""
    assert requirements(lock)

    for line in requirements(lock):
        requirement, *hashes = re.split(r"\s+(?=--hash)", line)

        assert PIN.match(requirement.partition(";")[0].strip()), f"not pinned: {requirement}"
        assert hashes, f"no hash: {requirement}"
        assert all(HASH.match(each) for each in hashes), f"odd hash: {requirement}"


def test_a_run_and_the_tools_use_the_same_versions() -> None:
    """What the tests pass with is what a researcher runs."""
    assert pins("requirements.txt") <= pins("requirements-dev.txt")


@pytest.mark.parametrize(
    ("lock", "extras"),
    [
        ("requirements.txt", ["analysis", "gui", "embedded"]),
        ("requirements-dev.txt", ["analysis", "gui", "embedded", "ray", "dev"]),
    ],
)
def test_a_lock_holds_all_that_the_project_asks_for(lock: str, extras: list[str]) -> None:
    """A dependency added to `pyproject.toml` is missing here until `make lock` has run."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = pyproject["project"]
    asked = [*project["dependencies"], *pyproject["build-system"]["requires"]]
    for extra in extras:
        asked += project["optional-dependencies"][extra]

    missing = {canonicalize_name(Requirement(each).name) for each in asked} - names(lock)

    assert missing == set()


def test_what_is_asked_for_with_an_extra_is_locked_with_it() -> None:
    """The pip of Python 3.11 takes `coverage==7.17.3` for no pin of `coverage[toml]`, and then installs nothing."""
    locked: dict[str, set[str]] = {}
    for pin in pins("requirements-dev.txt"):
        locked.setdefault(canonicalize_name(Requirement(pin).name), set()).update(Requirement(pin).extras)
    installed = [each for each in distributions() if canonicalize_name(each.name) in locked]
    asked = [Requirement(text) for each in installed for text in each.requires or ()]

    stripped = [
        str(each)
        for each in asked
        if each.extras
        and (each.marker is None or each.marker.evaluate({"extra": ""}))
        and not each.extras <= locked[canonicalize_name(each.name)]
    ]

    assert installed
    assert stripped == []
