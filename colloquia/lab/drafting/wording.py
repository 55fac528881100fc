"""The text of a study changed word by word: comments and everything that is not meant stay as they are."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import tomlkit
from tomlkit.items import AbstractTable, InlineTable

from colloquia.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping, Sequence


def words_of(text: str) -> dict[str, Any]:
    """Return what the text of a study says, as plain values.

    Raises:
        DesignError: it is no TOML; the message says in which line.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DesignError(f"not TOML: {error}") from None


def value_of(written: str) -> Any:  # noqa: ANN401 (a value of a study is any of TOML's)
    """Return the value that a researcher wrote as TOML; what is no TOML is taken for the text that it is."""
    try:
        return tomllib.loads(f"value = {written}")["value"]
    except tomllib.TOMLDecodeError:
        return written


def written_as(value: object) -> str:
    """Return a value as TOML writes it, on one line."""
    return tomlkit.item(value, _sort_keys=False).as_string() if not isinstance(value, dict) else _inline(value)


def changed(text: str, path: Sequence[str], value: object) -> str:
    """Return the text with one value put in place; None takes it out.

    Args:
        text: The text of a study.
        path: The word, and the names within it.
        value: Plain values; a table makes the one that stands there equal, touching only what differs.

    Raises:
        DesignError: the text is no TOML.
    """
    wanted = words_of(text)
    if not _put(wanted, path, value):
        return text
    document = tomlkit.parse(text)
    _write(document, path, value)
    found = tomlkit.dumps(document)
    return found if _says(found, wanted) else _written_anew(text, path[0], wanted)


def _put(words: dict[str, Any], path: Sequence[str], value: object) -> bool:
    """Put a value into plain words, and tell whether it makes a difference."""
    before = repr(words)
    table = words
    for key in path[:-1]:
        if value is None and key not in table:
            return False
        table = table.setdefault(key, {})
    if value is None:
        table.pop(path[-1], None)
    else:
        table[path[-1]] = value
    for depth in range(len(path) - 1, 0, -1):
        _drop_if_empty(words, path[:depth])
    return repr(words) != before


def _drop_if_empty(words: MutableMapping[str, Any], path: Sequence[str]) -> None:
    table: Any = words
    for key in path[:-1]:
        table = table[key]
    if table.get(path[-1]) == {}:
        del table[path[-1]]


def _write(document: tomlkit.TOMLDocument, path: Sequence[str], value: object) -> None:
    table: Any = document
    for key in path[:-1]:
        if key not in table:
            table[key] = tomlkit.inline_table() if isinstance(table, InlineTable) else tomlkit.table()
        table = table[key]
    _set(table, path[-1], value)
    for depth in range(len(path) - 1, 0, -1):
        _drop_if_empty(document, path[:depth])


def _set(table: MutableMapping[str, Any], key: str, value: object) -> None:
    if value is None:
        table.pop(key, None)
    elif isinstance(value, dict) and isinstance(table.get(key), AbstractTable):
        _level(table, key, value)
    elif key not in table or repr(_plain(table[key])) != repr(value):
        table[key] = _item(value, inline=isinstance(table, InlineTable))


def _level(parent: MutableMapping[str, Any], key: str, wanted: Mapping[str, Any]) -> None:
    """Make a table equal to what is wanted, in that order."""
    table = parent[key]
    for name in [name for name in table if name not in wanted]:
        del table[name]
    for name, value in wanted.items():
        _set(table, name, value)
    if _order(_plain(table)) != _order(wanted):
        is_inline = isinstance(table, InlineTable)
        again = tomlkit.inline_table() if is_inline else tomlkit.table()
        for name in wanted:
            again[name] = table[name]
        parent[key] = again


def _item(value: object, *, inline: bool = False) -> Any:  # noqa: ANN401 (an item of tomlkit, or a plain value)
    if isinstance(value, str) and "\n" in value and not inline:
        return tomlkit.string(value, multiline=True)
    if not isinstance(value, dict):
        return value
    is_inline = inline or not _is_long(value)
    table: Any = tomlkit.inline_table() if is_inline else tomlkit.table()
    for name, part in value.items():
        table[name] = _item(part, inline=is_inline)
    return table


def _is_long(value: Mapping[str, Any]) -> bool:
    return len(repr(value)) > 100  # noqa: PLR2004 (about a line)


def _inline(value: Mapping[str, Any]) -> str:
    return str(_item(value, inline=True).as_string())


def _plain(value: Any) -> Any:  # noqa: ANN401 (as above)
    return value.unwrap() if hasattr(value, "unwrap") else value


def _says(text: str, wanted: Mapping[str, Any]) -> bool:
    try:
        found = words_of(text)
    except DesignError:
        return False
    return _shape(found) == _shape({**{word: wanted[word] for word in found if word in wanted}, **wanted})


def _shape(value: object) -> object:
    """Return what tells values apart: kinds of numbers too, and the order of names, as far as TOML can keep it."""
    if isinstance(value, dict):
        return _order(value), {key: _shape(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_shape(part) for part in value]
    return type(value), value


def _order(table: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Return the names in order, those of tables apart: TOML may have to write them after all others."""
    tables = [name for name, value in table.items() if isinstance(value, dict)]
    return [name for name in table if name not in tables], tables


def _written_anew(text: str, word: str, wanted: Mapping[str, Any]) -> str:
    """Write one word of the study again as a whole: where it is spread over the file, it cannot be mended in place."""
    document = tomlkit.parse(text)
    document.pop(word, None)
    if word in wanted:
        document[word] = _item(wanted[word])
    found = tomlkit.dumps(document)
    return found if _says(found, wanted) else tomlkit.dumps(dict(wanted))
