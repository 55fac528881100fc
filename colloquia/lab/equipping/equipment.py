"""What models this machine can ask as it is: which packages, servers and keys there are; never what a key says."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from colloquia.design.offline import EMBEDDED
from colloquia.extras import install_weights
from colloquia.providers import embedded
from colloquia.providers.keys import OPENROUTER_VARIABLE, Keyring
from colloquia.providers.registry import LOCAL_SERVERS

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from colloquia.settings import Settings

LOOK_SECONDS = 0.2


@dataclass(frozen=True, kw_only=True)
class Equipment:
    """One provider, and whether it can be asked."""

    name: str
    is_ready: bool
    words: str
    """What it is, or what it lacks."""

    @classmethod
    def of(cls, name: str, ready: str, lacks: str, *, is_ready: bool) -> Self:
        """Return a provider with the words that fit."""
        return cls(name=name, is_ready=is_ready, words=ready if is_ready else lacks)


def equipment(settings: Settings, *, listens: Callable[[str, int], bool] | None = None) -> tuple[Equipment, ...]:
    """Return the providers that there are and those that are missing something.

    Args:
        settings: Where keys are looked up.
        listens: Tells whether something listens on a port of this machine.
    """
    listens = listens or _listens
    has_key = Keyring(settings.environment).has(OPENROUTER_VARIABLE)
    return (
        Equipment.of("scripted", "fixed lines, no model at all", "", is_ready=True),
        Equipment.of(
            "embedded",
            f"{EMBEDDED['slug']}, a very small model inside this machine; no key, for nothing",
            f"not installed: {install_weights()}",
            is_ready=embedded.is_installed(),
        ),
        Equipment.of(
            "OpenRouter",
            f"key found in {OPENROUTER_VARIABLE}",
            f"no key: set {OPENROUTER_VARIABLE} in .env, then check again",
            is_ready=has_key,
        ),
        *(_server(name, url, listens) for name, url in LOCAL_SERVERS.items()),
    )


def _server(name: str, url: str, listens: Callable[[str, int], bool]) -> Equipment:
    address = urlsplit(url)
    host, port = address.hostname or "", address.port or 0
    return Equipment.of(
        name,
        f"something listens at port {port} of this machine",
        f"nothing listens at port {port} of this machine",
        is_ready=listens(host, port),
    )


def _listens(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=LOOK_SECONDS):
            return True
    except OSError:
        return False
