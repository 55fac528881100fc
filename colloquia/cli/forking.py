"""``colloquia fork``: continuations of a conversation, asked for and held by the next run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colloquia.cli.looking import is_number
from colloquia.cli.terminal import COMMAND, plain, say, there
from colloquia.design.forking import UNCHANGED
from colloquia.errors import DesignError
from colloquia.lab.keeping import folders, forking
from colloquia.lab.planning.amounts import count

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def fork(
    conversation: str,
    turn: int,
    folder: Path,
    *,
    times: int,
    models: Iterable[str],
    prompts: Iterable[str],
    edit: str | None,
    delete: bool,
    which: int | None,
) -> None:
    """Ask for a fork and say what the next run will hold."""
    asked = forking.fork(
        _named(conversation, folder),
        turn,
        folder=folder,
        times=times,
        models=_pairs(models, "--model"),
        prompts=_pairs(prompts, "--prompt"),
        edit=edit,
        delete=delete,
        which=which,
    )
    beside = "" if asked.label == UNCHANGED else f", and {asked.times} unchanged beside"
    say(plain(f"{count(asked.times, 'continuation')} from turn {asked.turn} ({asked.label}){beside}."))
    say(f"To hold them: {COMMAND} run {there(folder)}")


def _named(conversation: str, folder: Path) -> str:
    """Return by what a conversation is known that may be named by its number in ``colloquia show``."""
    if not is_number(conversation):
        return conversation
    for entry in folders.conversations(folder):
        if entry.number == int(conversation):
            return entry.experiment_id
    raise DesignError(f"{folder} has no conversation {conversation}; `colloquia show` lists all.")


def _pairs(given: Iterable[str], option: str) -> dict[str, str]:
    pairs = [each.partition("=") for each in given]
    if wrong := next((role for role, sign, _ in pairs if not sign), None):
        raise DesignError(f"{option} {wrong}: write ROLE=... with the role before the sign.")
    return {role.strip(): text for role, _, text in pairs}
