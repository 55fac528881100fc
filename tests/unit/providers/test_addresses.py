"""Addresses are checked before anything is sent to them, and proxies are used where a machine says so."""

from __future__ import annotations

import os

import pytest

from colloquia.errors import DesignError, SettingsError
from colloquia.providers.addresses import checked_base_url, is_loopback, is_private, system_proxy


@pytest.fixture
def proxies(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Return a way to set proxies on a machine that has none."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    return monkeypatch


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "lab.example/v1",
        "ftp://lab.example",
        "http://",
        "http:///v1",
        "http://lab.example:port/v1",
        "http://lab.example:99999/v1",
        "http://la b.example",
        "file:///etc/passwd",
    ],
)
def test_what_is_no_address_is_refused(base_url: str) -> None:
    """With the place in the study that says so."""
    with pytest.raises(DesignError, match=r"providers\.lab"):
        checked_base_url(base_url, whose="providers.lab")


@pytest.mark.parametrize(
    "base_url", ["http://me:secret@lab.example/v1", "http://lab.example/v1?key=secret", "http://lab.example/#secret"]
)
def test_an_address_that_holds_more_than_a_place_is_refused_unseen(base_url: str) -> None:
    """It may be a secret, and it would be in every message."""
    with pytest.raises(DesignError) as refused:
        checked_base_url(base_url, whose="providers.lab")

    assert "secret" not in str(refused.value)


def test_an_address_loses_its_last_slash() -> None:
    """So that paths can be put behind it."""
    assert checked_base_url(" https://lab.example/v1/ ", whose="x") == "https://lab.example/v1"


def test_this_machine_is_known_under_all_its_names() -> None:
    """And nobody else can call himself so."""
    assert all(map(is_loopback, ["127.0.0.1", "127.8.9.1", "::1", "localhost", "LOCALHOST"]))
    assert not any(map(is_loopback, ["10.0.0.1", "localhost.evil.example", "0.0.0.0", "", "lab.example"]))  # noqa: S104 (a name to be told apart)
    assert is_private("https://lab.example/v1")
    assert not is_private("http://lab.example/v1")


def test_a_proxy_is_used_where_the_machine_names_one(proxies: pytest.MonkeyPatch) -> None:
    """But never for this machine itself, nor for what is excepted."""
    proxies.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    proxies.setenv("HTTP_PROXY", "proxy.example:3128")
    proxies.setenv("NO_PROXY", "inside.example")

    assert system_proxy("https://lab.example/v1") == "http://proxy.example:3128"
    assert system_proxy("http://lab.example/v1") == "http://proxy.example:3128"
    assert system_proxy("https://a.inside.example/v1") is None
    assert system_proxy("http://127.0.0.1:11434/v1") is None


def test_without_a_proxy_there_is_none(proxies: pytest.MonkeyPatch) -> None:
    """The usual case."""
    assert system_proxy("https://lab.example/v1") is None


def test_a_proxy_that_cannot_be_used_is_named_before_anything_is_sent(proxies: pytest.MonkeyPatch) -> None:
    """By its kind, not by its address."""
    proxies.setenv("ALL_PROXY", "socks5://me:secret@proxy.example:1080")

    with pytest.raises(SettingsError, match="socks5") as refused:
        system_proxy("https://lab.example/v1")

    assert "secret" not in str(refused.value)
