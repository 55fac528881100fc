"""A key goes where it belongs, and is seen nowhere."""

from __future__ import annotations

import pytest

from colloquia.errors import SettingsError
from colloquia.providers.keys import Key, Keyring, variable_of, without_keys

CANARY = "sk-or-v1-c4n4ry0123456789"
RING = Keyring({"OPENROUTER_API_KEY": CANARY, "LAB_API_KEY": "lab-secret", "EMPTY_API_KEY": "  "})


def test_openrouters_key_goes_to_openrouter() -> None:
    """Over TLS, as a bearer token."""
    key = RING.openrouter("https://openrouter.ai/api/v1", is_redirected=False)

    assert key.header() == {"Authorization": f"Bearer {CANARY}"}
    assert key.variable == "OPENROUTER_API_KEY"


@pytest.mark.parametrize("base_url", ["https://evil.example/v1", "https://openrouter.ai.evil.example/v1"])
def test_openrouters_key_goes_nowhere_else(base_url: str) -> None:
    """Not by itself; a command line may name another server, knowingly."""
    with pytest.raises(SettingsError, match=r"openrouter\.ai only"):
        RING.openrouter(base_url, is_redirected=False)

    assert RING.openrouter(base_url, is_redirected=True)


@pytest.mark.parametrize("base_url", ["http://openrouter.ai/api/v1", "http://10.0.0.5:8000/v1", "http://example.com"])
def test_no_key_travels_in_the_open(base_url: str) -> None:
    """Plain http is for this machine only."""
    for ask in (lambda: RING.openrouter(base_url, is_redirected=True), lambda: RING.of("lab", base_url)):
        with pytest.raises(SettingsError, match="https") as refused:
            ask()
        assert CANARY not in str(refused.value)
        assert "lab-secret" not in str(refused.value)


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:1234/v1", "http://localhost:1/v1", "http://[::1]:1/v1"])
def test_this_machine_may_be_asked_over_plain_http(base_url: str) -> None:
    """Nobody is on the way."""
    assert RING.openrouter(base_url, is_redirected=True)
    assert RING.of("lab", base_url)


def test_a_provider_gets_its_own_key_and_no_other() -> None:
    """By its name; where there is none it gets none."""
    key = RING.of("lab", "https://lab.example/v1")

    assert key is not None
    assert key.header() == {"Authorization": "Bearer lab-secret"}
    assert RING.of("other", "https://lab.example/v1") is None
    assert RING.of("empty", "https://lab.example/v1") is None


@pytest.mark.parametrize(
    ("name", "variable"),
    [("lab", "LAB_API_KEY"), ("my-lab", "MY_LAB_API_KEY"), ("Lab2_x", "LAB2_X_API_KEY"), ("ü", "__API_KEY")],
)
def test_the_variable_is_made_of_the_name(name: str, variable: str) -> None:
    """Upper case, and an underscore for whatever no variable may hold."""
    assert variable_of(name) == variable


def test_a_missing_key_says_where_to_put_it() -> None:
    """In one sentence."""
    with pytest.raises(SettingsError, match=r"No key for provider 'openrouter': set OPENROUTER_API_KEY in \.env\."):
        Keyring({}).openrouter("https://openrouter.ai/api/v1", is_redirected=False)


@pytest.mark.parametrize("secret", ["two words", "line\nbreak", "žluť"])
def test_what_can_be_no_key_is_refused_without_being_shown(secret: str) -> None:
    """It would break the header it stands in."""
    with pytest.raises(SettingsError, match="LAB_API_KEY") as refused:
        Keyring({"LAB_API_KEY": secret}).of("lab", "https://lab.example/v1")

    assert secret not in str(refused.value)


def test_a_key_hides_itself() -> None:
    """In a repr, a text and an f-string."""
    key = Key("LAB_API_KEY", CANARY)

    assert CANARY not in f"{key!r} {key} {[key]} {RING!r} {vars(RING).keys()}"


def test_texts_for_logs_hold_no_key() -> None:
    """Neither this one by value, nor others that look like one."""
    key = Key("LAB_API_KEY", "lab-secret")
    text = f"refused lab-secret and {CANARY}, header Authorization: Bearer abcdefghijkl.mn"

    clean = without_keys(text, key)

    assert clean == "refused (LAB_API_KEY) and (a key), header Authorization: (a key)"
    assert without_keys("a bearer of news", None) == "a bearer of news"
