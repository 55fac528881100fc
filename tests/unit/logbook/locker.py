"""A process that tries to lock a run folder, says what came of it, and keeps the lock until its input closes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from colloquia.errors import FolderBusyError
from colloquia.logbook.folder import RunFolder


def main() -> None:
    """Try once."""
    try:
        with RunFolder(Path(sys.argv[1])).lock("run of a test"):
            print(f"held {os.getpid()}", flush=True)  # noqa: T201 (the test reads it)
            sys.stdin.read()
    except FolderBusyError as error:
        print(f"busy {error}", flush=True)  # noqa: T201 (the test reads it)
        sys.stdin.read()


main()
