"""What participants are given to read: scenarios, roles, and slots in their texts.

A slot is ``{word}``, a letter or underscore followed by letters, digits, underscores; ``{word.column}`` is a column of
the item ``word`` where there is one. Any other brace is text, and ``{{word}}`` prints ``{word}``. A line that holds
only slots, all of which came out empty, is left out. Texts are otherwise sent as written, and what a model says is
never searched for slots.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from colloquia.errors import DesignError, nearest
from colloquia.struct import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from colloquia.conversation.probes import Probe
    from colloquia.conversation.schedule import Happening
    from colloquia.conversation.steps import ProcedureChoice
    from colloquia.conversation.stopping import Rule

DEFAULT_KICKOFF = "[The conversation begins. You speak first.]"
DEFAULT_GO_ON = "[Please continue.]"

_NAME = r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)?"
_SLOT = re.compile(rf"\{{\{{({_NAME})\}}\}}|\{{({_NAME})\}}")


class Role(Struct, kw_only=True, frozen=True, gc=False):
    """A part to play and what its player is told; private to that seat."""

    name: str
    template: str
    """The prompt as the researcher wrote it."""
    prompt: str
    """The prompt with its slots filled, as it is sent."""


class Scenario(Struct, kw_only=True, frozen=True):
    """A situation: its roles in seat order, and how a conversation in it begins and ends."""

    name: str
    roles: tuple[Role, ...]
    is_shared: bool
    """True where one prompt serves both seats, which are then called ``A`` and ``B``."""
    num_turns: int
    """Utterances, all seats together."""
    opener: tuple[str, ...]
    """Roles that open, one conversation each; more than one where both are to open."""
    kickoff: str
    """Stage direction that only the opener sees; no turn."""
    opening: str | None
    """Scripted line said as turn 1, in place of a kick-off."""
    go_on: str
    """Sent to one who speaks again with nothing heard in between."""
    stop: tuple[Rule, ...]
    """Rules that end a conversation."""
    note: tuple[Rule, ...]
    """Rules that only record that they would have."""
    procedure: ProcedureChoice
    """Who speaks when."""
    outcomes: tuple[str, ...]
    """Columns in which the procedure says what came of a conversation."""
    schedule: tuple[Happening, ...]
    """What happens besides, at given turns."""
    memory: Mapping[str, int | None]
    """How many of the last turns a request of each role holds; None for all."""
    slots: Mapping[str, str]
    """What fills ``{name}`` in its texts, the length included."""
    probes: tuple[Probe, ...]
    """What is asked beside the conversation, in the order of the study."""
    templates: tuple[str, ...]
    """Every text of the scenario as the researcher wrote it, those of its slots included."""


def slot_names(text: str) -> Iterator[str]:
    """Yield the names of the slots in ``text``, in order, repeats included."""
    return (match[2] for match in _SLOT.finditer(text) if match[2])


def fill(text: str, slots: Mapping[str, str]) -> str:
    """Return ``text`` with its slots filled from ``slots``, whose own texts may hold further slots.

    Raises:
        DesignError: a slot has no value, or fills itself.
    """
    return _fill(text, slots, ())


def _fill(text: str, slots: Mapping[str, str], within: tuple[str, ...]) -> str:
    if "{" not in text:
        return text
    lines = [_fill_line(line, slots, within) for line in text.split("\n")]
    return "\n".join(line for line in lines if line is not None)


def _has_columns(item: str, slots: Mapping[str, str]) -> bool:
    return any(name.startswith(f"{item}.") for name in slots)


def _fill_line(line: str, slots: Mapping[str, str], within: tuple[str, ...]) -> str | None:
    def value(match: re.Match[str]) -> str:
        if match[1]:
            return f"{{{match[1]}}}"
        name = match[2]
        if "." in name and not _has_columns(name.partition(".")[0], slots):
            return match[0]
        if name in within:
            raise DesignError(f"slot {{{name}}} fills itself, by way of {' -> '.join((*within, name))}")
        if name not in slots:
            raise DesignError(
                f"slot {{{name}}} has no value: add it to `slots`, or write {{{{{name}}}}} to print it as it stands."
                + nearest(name, slots)
            )
        return _fill(slots[name], slots, (*within, name))

    if "{" not in line:
        return line
    filled = _SLOT.sub(value, line)
    return None if not filled.strip() and _holds_only_slots(line) else filled


def _holds_only_slots(line: str) -> bool:
    return any(slot_names(line)) and not _SLOT.sub(lambda match: match[0] if match[1] else "", line).strip()
