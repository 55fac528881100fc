"""Arguments and options that several commands take."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class ExecutorName(StrEnum):
    """Where conversations are held."""

    LOCAL = "local"
    RAY = "ray"


Study = Annotated[
    Path | None,
    typer.Argument(
        help="A study.toml or simulation_config.py. By default the study frozen in --run-dir, else "
        "./simulation_config.py.",
        show_default=False,
    ),
]
RunDir = Annotated[
    Path | None, typer.Option(help="The run folder; by default the study's own (data).", show_default=False)
]
Folder = Annotated[Path, typer.Option("--run-dir", help="The run folder.")]
Offline = Annotated[
    bool,
    typer.Option("--offline", help="Replace every model by the embedded one, in a folder of its own: a rehearsal."),
]
Drop = Annotated[bool, typer.Option("--drop", help="Go on where paid turns fall out of the plan.")]
NoStream = Annotated[bool, typer.Option("--no-stream", help="Ask for whole replies, not for streams.")]
Detach = Annotated[bool, typer.Option("--detach", help="Leave the run in the background once it has begun.")]
AllowCode = Annotated[bool, typer.Option("--allow-code", help="Run Python files that a study.toml names.")]
BaseUrl = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="Ask this server in place of OpenRouter; it then gets the OpenRouter key.",
        show_default=False,
    ),
]
AtOnce = Annotated[
    int | None,
    typer.Option(
        help="Conversations at the same time, and calls of one model, at most; by default 200 and 64. A server that "
        "refuses calls is asked less, whatever is written here.",
        min=1,
        show_default=False,
    ),
]
Executor = Annotated[
    ExecutorName,
    typer.Option(help="Where conversations are held: in this process, or in workers of Ray.", show_default=False),
]
Workers = Annotated[
    int | None,
    typer.Option(help="With --executor ray: how many workers; by default one a core.", min=1, show_default=False),
]
Cluster = Annotated[
    str | None,
    typer.Option(help="With --executor ray: the address of a cluster that is there already.", show_default=False),
]
