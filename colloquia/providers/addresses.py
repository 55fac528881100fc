"""Where servers are: which address is this machine, which is safe for a key, and which lies behind a proxy."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from colloquia.errors import DesignError, SettingsError


def checked_base_url(base_url: str, *, whose: str) -> str:
    """Return ``base_url`` without a slash at its end.

    Raises:
        DesignError: it is no plain http or https address.
    """
    parts = urlsplit(base_url.strip())
    try:
        is_known = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        is_known = False
    if not is_known or any(character.isspace() for character in base_url.strip()):
        raise DesignError(f"{whose}: {base_url!r} is no address. Write one such as 'http://127.0.0.1:8000/v1'.")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise DesignError(f"{whose}: its address holds more than a place. Leave out user names, '?' and '#'.")
    return base_url.strip().rstrip("/")


def host_of(url: str) -> str:
    """Return the host that ``url`` names."""
    return urlsplit(url).hostname or ""


def is_loopback(host: str) -> bool:
    """Tell whether ``host`` is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def is_private(url: str) -> bool:
    """Tell whether nobody on the way can read what is sent to ``url``: over TLS, or inside this machine."""
    return urlsplit(url).scheme == "https" or is_loopback(host_of(url))


def system_proxy(url: str) -> str | None:
    """Return the proxy that this machine's settings name for ``url``; this machine itself is never behind one.

    Raises:
        SettingsError: it is of a kind that cannot be used.
    """
    host = host_of(url)
    if is_loopback(host):
        return None
    proxies = getproxies()
    proxy = proxies.get(urlsplit(url).scheme) or proxies.get("all")
    if not proxy or proxy_bypass(host):
        return None
    address = proxy if "://" in proxy else f"http://{proxy}"
    kind = urlsplit(address).scheme
    if kind not in ("http", "https"):
        raise SettingsError(f"The proxy set for {host} is of kind {kind!r}; only http and https proxies can be used.")
    return address
