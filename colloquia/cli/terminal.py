"""Words for the terminal: model text made harmless, numbers made readable."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path


def _command() -> str:
    """Return how this program is called here: as it stands on the path, beside this Python, or through it."""
    beside = Path(sys.executable).parent / "colloquia"
    if shutil.which("colloquia") == str(beside):
        return "colloquia"
    if beside.is_file():
        return os.path.relpath(beside)
    return "python -m colloquia"


COMMAND = _command()
"""How this program is called on this machine, for messages that are to be copied."""

_KEPT = "\n\t"
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def say(text: str = "") -> None:
    """Print a line; characters that the terminal would obey or cannot show are shown as escapes."""
    encoding = sys.stdout.encoding or "utf-8"
    print(plain(text).encode(encoding, "backslashreplace").decode(encoding), flush=True)  # noqa: T201 (the one place)


def plain(text: str) -> str:
    r"""Return ``text`` with control and direction characters shown as escapes; line ends and tabs stay."""
    return "".join(_shown(character) for character in text)


def on_one_line(text: str, width: int) -> str:
    """Return ``text`` on one line of at most ``width`` characters."""
    line = plain(" ".join(text.split()))
    return line if len(line) <= width else line[: max(width - 1, 0)] + "…"


def there(folder: Path) -> str:
    """Return how a command line names a run folder."""
    return f"--run-dir {shlex.quote(str(folder))}"


def table(rows: list[tuple[str, ...]]) -> list[str]:
    """Return rows as lines with aligned columns."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))] if rows else []
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _shown(character: str) -> str:
    is_control = ord(character) < 32 or 127 <= ord(character) < 160  # noqa: PLR2004 (the C0 and C1 controls)
    if character in _KEPT or not (is_control or character in _BIDI):
        return character
    return f"\\x{ord(character):02x}" if is_control else f"\\u{ord(character):04x}"
