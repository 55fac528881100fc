"""Keys, and the only places each of them may go.

``OPENROUTER_API_KEY`` goes to openrouter.ai, or to the one server that the command line names in its place; a provider
NAME has ``NAME_API_KEY`` and no other. No key travels unencrypted, except inside this machine. A key is never part of a
message, a ``repr`` or a log.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from colloquia.errors import SettingsError
from colloquia.providers.addresses import host_of, is_private
from colloquia.providers.disguises import taken_out

if TYPE_CHECKING:
    from collections.abc import Mapping

OPENROUTER_VARIABLE = "OPENROUTER_API_KEY"
OPENROUTER_HOST = "openrouter.ai"

_LOOKS_LIKE_A_KEY = re.compile(r"sk-[\w-]{8,}|(?i:bearer)\s+[\w.~+/=-]{8,}")


class Key:
    """One secret, tied to the variable it came from; whoever prints it sees the variable."""

    __slots__ = ("_secret", "variable")

    def __init__(self, variable: str, secret: str) -> None:
        self.variable = variable
        self._secret = secret

    def __repr__(self) -> str:
        return f"Key({self.variable})"

    def header(self) -> dict[str, str]:
        """Return the header by which it is shown to its server."""
        return {"Authorization": f"Bearer {self._secret}"}

    def taken_out_of(self, text: str) -> str:
        """Return ``text`` without it, in whatever form it stands there."""
        return taken_out(text, self._secret, self.variable)


class Keyring:
    """The keys of this machine."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def openrouter(self, base_url: str, *, is_redirected: bool) -> Key:
        """Return OpenRouter's key for ``base_url``.

        Raises:
            SettingsError: there is none, or it may not go there.
        """
        key = self._key(OPENROUTER_VARIABLE)
        if key is None:
            raise SettingsError("No key for provider 'openrouter': set OPENROUTER_API_KEY in .env.")
        if not is_redirected and host_of(base_url) != OPENROUTER_HOST:
            raise SettingsError(f"OPENROUTER_API_KEY goes to {OPENROUTER_HOST} only, not to {host_of(base_url)}.")
        return _private(key, base_url, "openrouter")

    def of(self, name: str, base_url: str) -> Key | None:
        """Return the key of the provider ``name``, or None where it has none.

        Raises:
            SettingsError: there is one, and the way to ``base_url`` is open to all.
        """
        key = self._key(variable_of(name))
        return _private(key, base_url, name) if key else None

    def has(self, variable: str) -> bool:
        """Tell whether a variable holds anything at all."""
        return bool(self._environment.get(variable, "").strip())

    def _key(self, variable: str) -> Key | None:
        secret = self._environment.get(variable, "").strip()
        if not secret:
            return None
        if not (secret.isascii() and secret.isprintable()) or " " in secret:
            raise SettingsError(f"{variable} holds characters that no key has: copy it again into .env.")
        return Key(variable, secret)


def variable_of(name: str) -> str:
    """Return the environment variable that holds the key of the provider ``name``."""
    return re.sub(r"[^A-Z0-9]", "_", name.upper()) + "_API_KEY"


def without_keys(text: str, key: Key | None) -> str:
    """Return ``text`` fit for a log: without ``key``, and without whatever else looks like one."""
    return _LOOKS_LIKE_A_KEY.sub("(a key)", key.taken_out_of(text) if key else text)


def _private(key: Key, base_url: str, name: str) -> Key:
    if not is_private(base_url):
        raise SettingsError(
            f"Provider {name!r} is asked over plain http at {host_of(base_url)}, where {key.variable} would be open to "
            f"all: use https, or unset {key.variable}."
        )
    return key
