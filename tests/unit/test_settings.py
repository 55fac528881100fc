"""Settings: what this machine and this person bring along."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from colloquia.errors import SettingsError
from colloquia.settings import Settings, read_settings

if TYPE_CHECKING:
    from pathlib import Path

NAME = "COLLOQUIA_TEST_KEY"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take what is written for these tests out of the environment."""
    monkeypatch.delenv(NAME, raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)


def read(folder: Path, text: str | bytes) -> Settings:
    """Return the settings with this `.env`."""
    (folder / ".env").write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_settings(folder)


def test_a_key_in_the_file_is_read(tmp_path: Path) -> None:
    """As it stands: no dollar sign of a key is a variable."""
    settings = read(tmp_path, f"# keys\n{NAME}=sk-or-$HOME-${{USER}}\n")

    assert settings.environment[NAME] == "sk-or-$HOME-${USER}"


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a person sets for one command holds for it."""
    monkeypatch.setenv(NAME, "from the environment")

    assert read(tmp_path, f"{NAME}=from the file\n").environment[NAME] == "from the environment"


@pytest.mark.parametrize("line", [NAME, f"{NAME}=", f'{NAME}=""', f"# {NAME}=x", ""])
def test_a_line_without_a_value_says_nothing(tmp_path: Path, line: str) -> None:
    """The file as it is shipped sets no key."""
    assert NAME not in read(tmp_path, f"{line}\n").environment


def test_without_a_file_there_is_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing needs to be written."""
    monkeypatch.setenv(NAME, "x")

    assert read_settings(tmp_path).environment[NAME] == "x"


def test_the_file_of_the_working_directory_is_the_usual_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the command starts, no folder above it."""
    (tmp_path / "below").mkdir()
    (tmp_path / ".env").write_text(f"{NAME}=x\n", encoding="utf-8")

    monkeypatch.chdir(tmp_path)
    assert read_settings().environment[NAME] == "x"

    monkeypatch.chdir(tmp_path / "below")
    assert NAME not in read_settings().environment


def test_a_byte_order_mark_is_no_part_of_a_name(tmp_path: Path) -> None:
    """Editors on Windows write one."""
    assert read(tmp_path, f"\ufeff{NAME}=x\r\n").environment[NAME] == "x"


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_a_file_that_is_no_utf_8_is_refused(tmp_path: Path, encoding: str) -> None:
    """PowerShell writes one with `>`; its key would silently be missing."""
    with pytest.raises(SettingsError, match=r"\.env is not UTF-8 text: save it again as UTF-8\.$"):
        read(tmp_path, f"{NAME}=Zoë\n".encode(encoding))


def test_settings_do_not_print_the_environment(tmp_path: Path) -> None:
    """Keys never reach a message or a log."""
    settings = read(tmp_path, f"{NAME}=sk-secret\n")

    assert "sk-secret" not in repr(settings)
    assert "sk-secret" not in str(settings)


def test_prices_are_kept_in_the_user_s_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system says, or under the home folder."""
    assert read_settings(tmp_path).cache.parts[-2:] == (".cache", "colloquia")

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    assert read_settings(tmp_path).cache == tmp_path / "cache" / "colloquia"
