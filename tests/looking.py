"""The commands that look at a run folder, and all that they print."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from doors import Said

    Command = Callable[..., Said]

LOOKING: tuple[tuple[str, ...], ...] = (
    ("status",), ("status", "--json"), ("show",), ("show", "1"), ("show", "1", "--prompts"), ("check",), ("verify",),
    ("export",), ("export", "--all"), ("plan", "data/study.toml"),
)  # fmt: skip


def outputs_of(colloquia: Command, *commands: tuple[str, ...]) -> list[str]:
    """Return all that commands print."""
    said = [colloquia(*command) for command in commands]
    return [text for one in said for text in (one.out, one.err)]
