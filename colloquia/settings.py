"""The environment: keys and folders of this machine, read once at the door and handed down."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from dotenv import dotenv_values

from colloquia.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What this machine and this person bring along; never part of a study."""

    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Environment variables, over those of ``.env``; keys are looked up here by the providers that may have them."""
    cache: Path
    """Where price lists are kept between runs."""


def read_settings(folder: Path | None = None) -> Settings:
    """Return the settings of this process, with the ``.env`` in ``folder`` (the working directory) beneath.

    An empty variable hides nothing that ``.env`` says.

    Raises:
        SettingsError: the ``.env`` is no UTF-8 text.
    """
    file = (folder or Path.cwd()) / ".env"
    try:
        written = dotenv_values(file, interpolate=False)
    except UnicodeDecodeError:
        raise SettingsError(f"{file} is not UTF-8 text: save it again as UTF-8.") from None
    environment = {name: value for name, value in written.items() if value} | {
        name: value for name, value in os.environ.items() if value or not written.get(name)
    }
    home = Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Settings(environment=environment, cache=home / "colloquia")
