"""In which line of a study's text a word stands: for errors that name it by its path."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_AT_LINE = re.compile(r"\(?at (?:line (\d+), column (\d+)|end of document)\)?")


def line_of(text: str, message: str) -> int | None:
    """Return the line, counted from 1, that an error about the text of a study means; None where it means none.

    Args:
        text: The text of the study.
        message: What is wrong: it begins with the path of a word (``models.gpt.temperature: ...``), or says
            "at line 3, column 5".
    """
    if found := _AT_LINE.search(message):
        return int(found[1]) if found[1] else max(len(text.splitlines()), 1)
    lines = dict(_paths(text))
    fitting = [path for path in lines if _begins(message, path)]
    return lines[max(fitting, key=len)] if fitting else None


def _begins(message: str, path: str) -> bool:
    return message.startswith(path) and message[len(path) : len(path) + 1] in (":", ".", "[", "")


def _paths(text: str) -> Iterator[tuple[str, int]]:
    """Yield every path that the text holds, and where it stands last."""
    table, tables = "", dict[str, int]()
    for number, statement in _statements(text):
        words = tomllib.loads(statement)
        if statement.lstrip().startswith("["):
            table = _header(words)
            if statement.lstrip().startswith("[["):
                tables[table] = tables.get(table, -1) + 1
                table = f"{table}[{tables[table]}]"
            yield table, number
        else:
            for path in _within(words, table):
                yield path, number


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Yield each header and each assignment of a TOML text with the line that it begins in."""
    begins, held = 1, ""
    for number, line in enumerate(text.splitlines(keepends=True), start=1):
        if not held:
            begins = number
        held += line
        try:
            words = tomllib.loads(held)
        except tomllib.TOMLDecodeError:
            continue
        if words:
            yield begins, held
        held = ""


def _header(words: dict[str, Any]) -> str:
    path = ""
    while words:
        key, inner = next(iter(words.items()))
        path = f"{path}.{key}" if path else key
        words = inner if isinstance(inner, dict) else inner[0]
    return path


def _within(value: object, path: str) -> Iterator[str]:
    parts: Iterator[tuple[str, object]] = iter(())
    if isinstance(value, dict):
        parts = ((f"{path}.{key}" if path else key, part) for key, part in value.items())
    elif isinstance(value, list):
        parts = ((f"{path}[{number}]", part) for number, part in enumerate(value))
    for inner, part in parts:
        yield inner
        yield from _within(part, inner)
