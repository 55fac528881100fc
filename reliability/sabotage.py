"""Bugs planted into the reading of answers and the keeping of texts, each of which has to be noticed."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING
from unittest.mock import PropertyMock, patch

from colloquia.cli import terminal
from colloquia.logbook import csv
from colloquia.providers import openai_compatible
from colloquia.providers.assembly import Assembly
from reliability import answers, journeys, leaks

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from reliability.steps import Found
    from reliability.tally import Tally

TRIED = 100
"""Cases in which a bug has to show; texts come a study at a time."""


@dataclass(frozen=True, kw_only=True)
class Bug:
    """A bug, and where it has to show."""

    claim: str
    plant: Callable[[], AbstractContextManager[object]]
    tries: Callable[[str, int, int], Found]
    name: str
    """The claim that it breaks."""


def _unquoted(text: bytes) -> bytes:
    return b'"%b"' % text


BUGS = {
    "end of stream": Bug(
        claim="Take the end of the connection for the end of the text.",
        plant=lambda: patch.object(Assembly, "is_whole", PropertyMock(return_value=True)),
        tries=answers.streams,
        name="cut streams",
    ),
    "keep keys": Bug(
        claim="Leave keys in what a server says.",
        plant=lambda: patch.object(openai_compatible, "without_keys", lambda text, _key: text),
        tries=leaks.leaks,
        name="keys in failures",
    ),
    "quote nothing": Bug(
        claim="Leave a quote within a cell of a table single.",
        plant=lambda: patch.object(csv, "_quoted_bytes", _unquoted),
        tries=journeys.hostilities,
        name="texts kept",
    ),
    "show as it is": Bug(
        claim="Let show print what a model says as it is.",
        plant=lambda: patch.object(terminal, "_shown", lambda character: character),
        tries=journeys.hostilities,
        name="texts shown",
    ),
}


def planted(name: str, seed: str) -> dict[str, Tally]:
    """Plant a bug, and return how often the claim that it breaks was seen broken."""
    bug = BUGS[name]
    with ExitStack() as stack:
        stack.enter_context(bug.plant())
        return {name: bug.tries(seed, 1, TRIED)[bug.name]}
