"""Serving: to this machine only, however it is started, and said in one place."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from doors import ROOT

from colloquia.lab.equipping import serving

if TYPE_CHECKING:
    from collections.abc import Mapping


def flat(words: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """Return the options of a config file by their full names."""
    found: dict[str, Any] = {}
    for name, value in words.items():
        full = f"{path}.{name}" if path else name
        found |= flat(value, full) if isinstance(value, dict) else {full: value}
    return found


def test_the_config_file_says_what_the_command_says() -> None:
    """`streamlit run gui_app.py` and `colloquia gui` serve alike."""
    written = flat(tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8")))

    assert written == {
        name: list(value) if isinstance(value, tuple) else value for name, value in serving.OPTIONS.items()
    }


def test_the_command_names_every_option() -> None:
    """So that no config file of another folder can undo one."""
    command = serving.command(port=8600, opens_browser=False)

    assert "--server.address=127.0.0.1" in command
    assert [flag for flag in command if "allowedHosts" in flag] == [
        "--server.allowedHosts=localhost",
        "--server.allowedHosts=127.0.0.1",
    ]
    assert {"--server.port=8600", "--server.headless=true", "--server.enableXsrfProtection=true"} <= set(command)


def test_no_pages_stand_beside_the_script() -> None:
    """Streamlit would show the files in them as they are to whoever opens a deep link first."""
    command = serving.command()
    door = Path(command[command.index("run") + 1])

    assert door.is_file()
    assert not (door.parent / "pages").exists()
    assert not (ROOT / "pages").exists()


def test_a_port_is_named_only_where_one_is_wanted() -> None:
    """Streamlit looks for a free one by itself."""
    assert not any("server.port" in flag for flag in serving.command())
    assert "--server.headless=false" in serving.command()


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "::1", "127.8.9.10"])
def test_an_address_of_this_machine_is_private(address: str) -> None:
    """Nobody else reaches it."""
    assert serving.is_private(address)


@pytest.mark.parametrize("address", [None, "", "0.0.0.0", "::", "192.168.1.7", "example.com", "localhost.example.com"])  # noqa: S104 (it is what is refused)
def test_any_other_address_is_not(address: str | None) -> None:
    """None at all means all of them."""
    assert not serving.is_private(address)


def test_the_shipped_options_are_fine() -> None:
    """Nothing stands in their way."""
    assert serving.objections(serving.OPTIONS) == []


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("server.address", None, "whole network"),
        ("server.address", "0.0.0.0", "whole network"),  # noqa: S104 (it is what is refused)
        ("server.enableXsrfProtection", False, "enableXsrfProtection"),
        ("server.enableCORS", False, "enableCORS"),
        ("server.allowedHosts", [], "allowedHosts"),
        ("server.allowedHosts", ["*"], "allowedHosts"),
        ("server.allowedHosts", ["localhost", "example.com"], "allowedHosts"),
    ],
)
def test_each_open_door_is_named(name: str, value: object, words: str) -> None:
    """In a sentence that says what could happen."""
    (objection,) = serving.objections({**serving.OPTIONS, name: value})

    assert words in objection


def test_a_further_run_folder_goes_along(tmp_path: Path) -> None:
    """And the package is found from any working directory."""
    environment = serving.environment(tmp_path)

    assert environment[serving.FURTHER] == str(tmp_path)
    assert str(ROOT) in environment["PYTHONPATH"]
    assert serving.FURTHER not in serving.environment()
