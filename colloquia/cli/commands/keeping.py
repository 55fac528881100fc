"""Commands that read what is kept, look whether it is whole, and hand it on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from colloquia.cli.options import AllowCode, Folder

commands = typer.Typer()


@commands.command(epilog="Example: colloquia show 3 --prompts")
def show(
    conversation: Annotated[
        str, typer.Argument(help="Id of a conversation (experiment_id or trial_id), or how it begins; or a number.")
    ] = "",
    run_dir: Folder = Path("data"),
    prompts: Annotated[bool, typer.Option("--prompts", help="Also what each role was told.")] = False,
    rows: Annotated[
        bool, typer.Option("--rows", help="As rows of the log, which scripted:recorded FILE replays as a partner.")
    ] = False,
) -> None:
    """Print one conversation as a transcript; without an id, list all of them."""
    from colloquia.cli import looking

    looking.show(conversation, run_dir, with_prompts=prompts, as_rows=rows)


@commands.command(epilog="Example: colloquia export --format parquet --out tables")
def export(
    run_dir: Folder = Path("data"),
    everything: Annotated[
        bool, typer.Option("--all", help="Also conversations that are no longer planned; adds a column is_planned.")
    ] = False,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="csv, jsonl, parquet: every table and the codebook; convokit: a corpus; bundle: one file that holds "
            "all and can be replayed. Without it the CSV tables of the run folder are written anew.",
            show_default=False,
        ),
    ] = None,
    table: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Only this table of csv, jsonl or parquet: turns, conversations, probes, cells, measures, judgements, "
            "codebook; may be repeated.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where; export/ or bundle.zip in the run folder.", show_default=False)
    ] = None,
    no_text: Annotated[bool, typer.Option("--no-text", help="Leave out what was said and asked.")] = False,
    allow_code: AllowCode = False,
) -> None:
    """Write the tables (CSV) anew from the log, or all of it in another form."""
    from colloquia.cli import keeping

    keeping.export(
        run_dir,
        everything=everything,
        form=format_,
        only=table or (),
        out=out,
        with_text=not no_text,
        allow_code=allow_code,
    )


@commands.command(epilog="Example: colloquia replay data/bundle.zip")
def replay(
    bundle: Annotated[Path, typer.Argument(help="A bundle that `export --format bundle` made.")],
    out: Annotated[
        Path | None, typer.Option(help="A new folder to unpack into, and to keep.", show_default=False)
    ] = None,
) -> None:
    """Make every table of a bundle anew from its log, offline, and say which differ; exit 1 where one does."""
    from colloquia.cli import keeping

    raise typer.Exit(keeping.replay(bundle, out))


@commands.command()
def check(run_dir: Folder = Path("data")) -> None:
    """Read every line of the logs and name what is damaged; exit 1 where something is."""
    from colloquia.cli import keeping

    raise typer.Exit(keeping.check(run_dir))


@commands.command()
def verify(run_dir: Folder = Path("data"), allow_code: AllowCode = False) -> None:
    """Rebuild every request and compare it with what was sent, from the log alone; exit 1 where one differs."""
    from colloquia.cli import keeping

    raise typer.Exit(keeping.verify(run_dir, allow_code=allow_code))
