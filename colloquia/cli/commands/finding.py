"""Commands that say what was found: measures, judges, people, the report, and what was expected beforehand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from colloquia.cli.options import AllowCode, BaseUrl, Folder, NoStream, RunDir, Study

commands = typer.Typer()


@commands.command(epilog="Example: colloquia measure talk_share affect")
def measure(
    names: Annotated[
        list[str] | None, typer.Argument(help="Measures, or file.py:NAME of your own; all by default.")
    ] = None,
    run_dir: Folder = Path("data"),
    is_list: Annotated[
        bool, typer.Option("--list", help="Say what measures there are; with names, all about them.")
    ] = False,
) -> None:
    """Compute what measures have not yet said, of finished conversations, into measures.jsonl; nobody is asked."""
    from colloquia.cli import measuring

    measuring.list_measures(names or []) if is_list else measuring.measure(names or [], run_dir)


@commands.command(epilog="Example: colloquia judge --plan --judge success")
def judge(
    study: Annotated[
        Path | None,
        typer.Argument(
            help="A study whose judges are meant, or a run folder. By default the study frozen in --run-dir, else "
            "./simulation_config.py.",
            show_default=False,
        ),
    ] = None,
    run_dir: RunDir = None,
    judge: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Only this judge; may be repeated.")] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Say what is missing and what it would cost, and stop.")] = False,
    validity: Annotated[
        bool, typer.Option("--validity", help="Say how far the judges can be believed; nobody is asked.")
    ] = False,
    no_stream: NoStream = False,
    allow_code: AllowCode = False,
    base_url: BaseUrl = None,
) -> None:
    """Ask judges what they have not yet said, of finished conversations of their study, into judgements.jsonl."""
    from colloquia.cli import judging
    from colloquia.cli import validity as believing
    from colloquia.lab.planning.bench import Options

    options = Options(run_dir=run_dir, is_streaming=not no_stream, allows_code=allow_code, base_url=base_url)
    if validity:
        believing.validity(study, options, judge or [])
    else:
        raise typer.Exit(judging.judge(study, options, judge or [], is_plan=plan))


label = typer.Typer(
    help="Draw blind sheets for people from what was judged, and read them back, to check and correct the judges by.",
    short_help="Draw blind sheets for people, and read them back",
)
commands.add_typer(label, name="label")


@label.command(name="export", epilog="Example: colloquia label export --judge success --number 40")
def label_export(
    judge: Annotated[str, typer.Option(help="The judge whose answers are checked.")],
    run_dir: Folder = Path("data"),
    out: Annotated[Path, typer.Option(help="Where the sheet is written, as CSV.")] = Path("sheet.csv"),
    number: Annotated[int, typer.Option(min=1, help="How many items, about; two at least of each stratum.")] = 100,
) -> None:
    """Draw items with known probability and write a sheet that tells neither models nor verdicts."""
    from colloquia.cli import validity

    validity.export(run_dir, judge, out, number)


@label.command(name="import", epilog="Example: colloquia label import sheet.csv --by ada")
def label_import(
    sheet: Annotated[Path, typer.Argument(help="The sheet, its column `label` filled in.")],
    by: Annotated[str, typer.Option(help="Who filled it in.")],
    run_dir: Folder = Path("data"),
) -> None:
    """Read a sheet that somebody filled in, and say how far judges and people agree."""
    from colloquia.cli import validity

    validity.take_back(run_dir, sheet, by)


@commands.command(epilog="Example: colloquia report --where 'iteration <= 5' --tables tables")
def report(
    run_dir: Folder = Path("data"),
    where: Annotated[
        str | None,
        typer.Option(help="Only conversations for which this holds: \"scenario == 'rent' and iteration <= 5\"."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The file; report.html in the run folder.")] = None,
    tables: Annotated[Path | None, typer.Option(help="A directory for every table as CSV and LaTeX.")] = None,
) -> None:
    """Write what a study found as one page that loads nothing: answers, soundness, figures, tables, methods."""
    from colloquia.cli import reporting

    reporting.report(run_dir, where, out, tables)


@commands.command()
def register(study: Study = None, run_dir: RunDir = None, allow_code: AllowCode = False) -> None:
    """Write a study and its hypotheses down before the data; after it, say what is done otherwise."""
    from colloquia.cli import registering
    from colloquia.lab.planning.bench import Options

    registering.register(study, Options(run_dir=run_dir, allows_code=allow_code))


@commands.command(epilog="Example: colloquia diff data/study.toml study.toml")
def diff(
    before: Annotated[Path, typer.Argument(help="A study.toml or simulation_config.py.")],
    after: Annotated[Path, typer.Argument(help="Another.")],
) -> None:
    """Say how two studies differ: word by word, and in the conversations that they call for."""
    from colloquia.cli import registering

    registering.diff(before, after)
