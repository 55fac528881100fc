"""Every command with its options, as the command line itself describes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from colloquia.cli.app import app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from click import Command, Parameter

HEAD = """# Commands

Each is `colloquia NAME`, or `python -m colloquia NAME` where the package is not installed. `python run_experiment.py`
is `colloquia run`, `streamlit run gui_app.py` is `colloquia gui`.

Exit codes, the first that applies: 75 another process writes in the folder; 2 study, usage, settings; 129, 130, 143
signals; 3 stopped early, resumable; 1 some conversations failed, or damage was found; 0 nothing is missing.
"""


def page() -> str:
    """Return the page."""
    return HEAD + "".join(
        text for name, command in _named(typer.main.get_command(app)) for text in _command(name, command)
    )


def _named(group: Command, before: str = "") -> Iterator[tuple[str, Command]]:
    """Yield every command with its whole name, those of a group behind the group's."""
    commands: dict[str, Command] = getattr(group, "commands", {})
    for name, command in commands.items():
        inner = [*_named(command, f"{before}{name} ")]
        yield from inner or [(f"{before}{name}", command)]


def _command(name: str, command: Command) -> Iterator[str]:
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option" and "--help" not in one.opts]
    named = [f"[{(one.name or '').upper()}]" for one in arguments]
    usage = ["colloquia", name, *(["[OPTIONS]"] if options else []), *named]
    yield f"\n## {name}\n\n```text\n{' '.join(usage)}\n```\n"
    yield f"\n{(command.help or '').strip()}\n"
    if command.epilog:
        yield f"\n```text\n{command.epilog.removeprefix('Example: ')}\n```\n"
    if arguments or options:
        yield "\n| | |\n|---|---|\n"
    for one in arguments:
        yield f"| `{(one.name or '').upper()}` | {_told(one)} |\n"
    for one in options:
        yield f"| `{', '.join(one.opts)}` | {_told(one)} |\n"


def _told(parameter: Parameter) -> str:
    told = (getattr(parameter, "help", None) or "").replace("|", "\\|").replace("\n", " ")
    default = parameter.default
    is_said = getattr(parameter, "show_default", True) and default not in (None, False, (), "")
    return f"{told} (`{default}`)" if is_said and not callable(default) else told
