"""The command ``colloquia``: what it understands, and the one door through which errors leave.

Exit codes, the first that applies: 75 another process writes in the folder; 2 study, usage, settings; 129, 130, 143
signals; 3 stopped early, resumable; 1 some conversations failed, or ``check`` found damage; 0 nothing missing.
"""

from __future__ import annotations

import re
import sys
from typing import Annotated

import typer

from colloquia.cli.commands import equipping, finding, holding, keeping
from colloquia.errors import ColloquiaError, DamagedLogError, FolderBusyError, StorageError
from colloquia.extras import extra_of, install

app = typer.Typer(
    name="colloquia",
    help="The laboratory for conversations between language models. A study is one page: simulation_config.py or "
    "study.toml. Begin with `colloquia plan`, then `colloquia run`, then `colloquia show`.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)
LONGEST_IN_BRIEF = 60
"""Characters of a line in the list of commands, on a terminal of 80."""


def in_brief(sentence: str) -> str:
    """Return as much of what a command does as its line in the list has room for: all of it, or its first part."""
    parts = [sentence, *(re.split(ends, sentence)[0] for ends in ("[;:]", "[;:,]"))]
    return next((part for part in parts if len(part) <= LONGEST_IN_BRIEF), parts[-1])


for room in (holding, keeping, finding, equipping):
    app.add_typer(room.commands)
for commands in (holding.commands, keeping.commands, finding.commands, finding.label, equipping.commands):
    for command in commands.registered_commands:
        command.short_help = in_brief((command.callback.__doc__ or "").partition(".\n")[0].rstrip("."))


def _version(is_asked: bool) -> None:
    if is_asked:
        from colloquia.version import VERSION

        typer.echo(VERSION)
        raise typer.Exit


@app.callback()
def begin(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Take what stands before a command."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    try:
        app(arguments, prog_name="colloquia")
    except ColloquiaError as error:
        _complain(str(error))
        sys.exit(_exit_code(error))
    except ModuleNotFoundError as error:
        if extra_of(error.name) is None:
            raise
        _complain(f"This needs the package {error.name}: {install(error.name or '')}")
        sys.exit(2)
    except OSError as error:  # a file that somebody closed or took away while it was being looked at
        if error.filename is None:
            raise
        _complain(f"{error.filename} cannot be read or looked at ({error.strerror}): change its permissions.")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


def _complain(message: str) -> None:
    from colloquia.cli.terminal import plain

    print(f"colloquia: {plain(message)}", file=sys.stderr)  # noqa: T201 (the terminal is this file's business)


def _exit_code(error: ColloquiaError) -> int:
    codes: dict[type[ColloquiaError], int] = {FolderBusyError: 75, StorageError: 3, DamagedLogError: 1}
    return next((code for kind, code in codes.items() if isinstance(error, kind)), 2)
