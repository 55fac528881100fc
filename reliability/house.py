"""Where the proofs run: the house, its commit, its sources, and the machine; fit to be published."""

from __future__ import annotations

import os
import platform
import re
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCES = ("colloquia", "reliability")
UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What a figure may depend on; never a name or a place."""

    cores: int
    python: str
    system: str

    def __str__(self) -> str:
        """Return it as words for a table."""
        return f"{self.cores} cores, Python {self.python}, {self.system}"


@dataclass(frozen=True, kw_only=True)
class Commit:
    """What was proven."""

    name: str
    has_changes: bool
    """True where the package was not what is committed under that name."""

    def __str__(self) -> str:
        """Return it as words for a table."""
        return f"{self.name} with changes" if self.has_changes else self.name


def machine() -> Machine:
    """Return the machine that this runs on."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Machine(cores=cores, python=platform.python_version(), system=_system())


def commit() -> Commit:
    """Return what stands in the house."""
    name = _git("rev-parse", "--short=12", "HEAD")
    changes = _git("status", "--porcelain", "--", "colloquia")
    return Commit(name=name or UNKNOWN, has_changes=name is None or bool(changes))


def fingerprint() -> str:
    """Return a hash of the package and its proofs: what was proven for another one proves nothing here."""
    digest = sha256()
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*.py")):
            digest.update(f"{path.relative_to(ROOT)}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


_PROGRAM = re.compile(r"\S*/bin/colloquia\b")
"""How the program is called where it lies in an environment of its own."""


def without_places(text: str) -> str:
    """Return ``text`` without the name of this machine and without paths of it."""
    places = {str(ROOT): "(house)", str(Path.home()): "(home)", tempfile.gettempdir(): "(tmp)"}
    text = _PROGRAM.sub("colloquia", text)
    for place in sorted(places, key=len, reverse=True):
        text = text.replace(place, places[place]) if len(place) > 1 else text
    name = socket.gethostname()
    return text.replace(name, "(host)") if name and name != "localhost" else text


def _system() -> str:
    kernel = f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}"
    try:
        return f"{kernel}, {platform.freedesktop_os_release()['PRETTY_NAME']}"
    except (OSError, KeyError):
        return kernel


def _git(*words: str) -> str | None:
    try:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607 (the git of this machine)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
