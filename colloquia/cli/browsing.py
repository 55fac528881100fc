"""``colloquia gui``: the pages in a browser, served to this machine only."""

from __future__ import annotations

import signal
import subprocess
from typing import TYPE_CHECKING

from colloquia.cli.terminal import say
from colloquia.errors import FolderError
from colloquia.lab.equipping import serving

if TYPE_CHECKING:
    from pathlib import Path


def browse(run_dir: Path | None, port: int | None, *, opens_browser: bool) -> int:
    """Serve the pages until Ctrl-C or SIGTERM, which end the server too, and return the exit code.

    Raises:
        FolderError: there is no such run folder.
        SettingsError: Streamlit is not installed, or the port is taken.
    """
    if run_dir is not None and not run_dir.is_dir():
        raise FolderError(f"No folder {run_dir}: name the run folder of a study, or leave --run-dir out.")
    command = serving.command(port=port, opens_browser=opens_browser)
    say(f"The pages are served to this machine only ({serving.ADDRESS}). Ctrl-C ends them; runs go on without them.")
    with subprocess.Popen(command, env=serving.environment(run_dir)) as process:  # noqa: S603 (no shell reads it)
        signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.wait()
            return 0
