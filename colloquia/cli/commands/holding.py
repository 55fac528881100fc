"""Commands that hold conversations, and those that reach a run from another terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from colloquia.cli.options import (
    AllowCode,
    AtOnce,
    BaseUrl,
    Cluster,
    Detach,
    Drop,
    Executor,
    ExecutorName,
    Folder,
    NoStream,
    Offline,
    RunDir,
    Study,
    Workers,
)

commands = typer.Typer()


@commands.command(epilog="Example: colloquia run study.toml --run-dir runs/rent")
def run(
    study: Study = None,
    run_dir: RunDir = None,
    drop: Drop = False,
    offline: Offline = False,
    no_stream: NoStream = False,
    allow_code: AllowCode = False,
    base_url: BaseUrl = None,
    detach: Detach = False,
    where: Annotated[
        str | None,
        typer.Option(help="Hold only conversations for which this holds, now: \"arm == 'talk' and iteration <= 5\"."),
    ] = None,
    at_once: AtOnce = None,
    executor: Executor = ExecutorName.LOCAL,
    workers: Workers = None,
    cluster: Cluster = None,
) -> None:
    """Run what is missing of a study; what is there is never asked again."""
    from colloquia.cli import running
    from colloquia.lab.planning.bench import Options

    options = Options(
        run_dir=run_dir,
        is_streaming=not no_stream,
        is_offline=offline,
        allows_code=allow_code,
        base_url=base_url,
        where=where,
        at_once=at_once,
        workers=running.workers(executor, workers, cluster),
    )
    raise typer.Exit(running.run(study, options, drop=drop, is_detached=detach))


@commands.command(epilog="Example: colloquia plan study.toml --run-dir runs/rent")
def plan(
    study: Study = None,
    run_dir: RunDir = None,
    offline: Offline = False,
    allow_code: AllowCode = False,
    base_url: BaseUrl = None,
) -> None:
    """Show what a run would do and what it would cost; nothing is asked and nothing written."""
    from colloquia.cli import planning
    from colloquia.lab.planning.bench import Options

    options = Options(run_dir=run_dir, is_offline=offline, allows_code=allow_code, base_url=base_url)
    planning.plan(study, options)


@commands.command(
    epilog="Example: colloquia size --factor scenario --first rent --second train --effect 5 --pilot data"
)
def size(
    study: Study = None,
    factor: Annotated[str, typer.Option(help="What tells two groups apart: a factor, scenario, model_1, arm.")] = "",
    first: Annotated[str, typer.Option(help="The level that is expected to be higher.")] = "",
    second: Annotated[str, typer.Option(help="The level that it is compared with.")] = "",
    effect: Annotated[
        float | None, typer.Option(help="The difference that is to be found, in units of the outcome.")
    ] = None,
    power: Annotated[float, typer.Option(help="In this share of studies.", min=0.05, max=0.99)] = 0.8,
    half_width: Annotated[float | None, typer.Option(help="Half of the interval around the difference.")] = None,
    pilot: Annotated[Path | None, typer.Option(help="A run folder whose spread is taken.")] = None,
    outcome: Annotated[str, typer.Option(help="Of the pilot: words, measure.variable, a column, a claim.")] = "words",
    sd: Annotated[float | None, typer.Option(help="Without a pilot: the standard deviation that is assumed.")] = None,
    rate: Annotated[float | None, typer.Option(help="Without a pilot: how often the outcome is true.")] = None,
    run_dir: RunDir = None,
    base_url: BaseUrl = None,
) -> None:
    """Say how many iterations a study needs, in conversations and dollars, for a wanted power or precision."""
    from colloquia.cli import sizing
    from colloquia.lab.planning.bench import Options
    from colloquia.lab.planning.sizing import Wanted

    wanted = Wanted(factor=factor, first=first, second=second, effect=effect, power=power, half_width=half_width)
    options = Options(run_dir=run_dir, base_url=base_url)
    sizing.size(study, options, wanted, outcome=outcome, pilot=pilot, spread=sd, rate=rate)


@commands.command()
def status(
    run_dir: Folder = Path("data"),
    json: Annotated[bool, typer.Option("--json", help="For a program; never what a model said.")] = False,
) -> None:
    """Say in a few lines how far the study of a folder is, and what its run waits for."""
    from colloquia.cli import looking

    looking.status(run_dir, is_json=json)


@commands.command()
def watch(run_dir: Folder = Path("data")) -> None:
    """Follow a run from another terminal until it ends; Ctrl-C only ends the watching."""
    from colloquia.cli import looking

    looking.watch(run_dir)


@commands.command()
def pause(run_dir: Folder = Path("data")) -> None:
    """Ask a run for no new turn until `resume`; turns in flight are finished, and the process stays."""
    from colloquia.cli import controlling

    controlling.pause(run_dir)


@commands.command()
def resume(
    run_dir: Folder = Path("data"),
    drop: Drop = False,
    no_stream: NoStream = False,
    allow_code: AllowCode = False,
    base_url: BaseUrl = None,
    detach: Detach = False,
    at_once: AtOnce = None,
) -> None:
    """Take `pause` back, or run again what was stopped or lost: where no run is going on, like `run --run-dir`."""
    from colloquia.cli import controlling
    from colloquia.lab.planning.bench import Options

    options = Options(
        run_dir=run_dir, is_streaming=not no_stream, allows_code=allow_code, base_url=base_url, at_once=at_once
    )
    raise typer.Exit(controlling.resume(run_dir, options, drop=drop, is_detached=detach))


@commands.command()
def stop(
    run_dir: Folder = Path("data"),
    now: Annotated[bool, typer.Option("--now", help="Do not wait for the turns in flight.")] = False,
) -> None:
    """Ask a run to finish the turns in flight and end; `resume` goes on later."""
    from colloquia.cli import controlling

    controlling.stop(run_dir, at_once=now)


@commands.command(epilog="Example: colloquia answer --as ada")
def answer(
    run_dir: Folder = Path("data"),
    name: Annotated[
        str | None, typer.Option("--as", help="Answer only for human:NAME; by default for every person of the study.")
    ] = None,
) -> None:
    """Take the turns of human seats from this terminal, also of a run in the background."""
    from colloquia.cli import answering

    answering.answer(run_dir, name=name)


@commands.command()
def probe(
    study: Study = None,
    run_dir: RunDir = None,
    no_stream: NoStream = False,
    allow_code: AllowCode = False,
    base_url: BaseUrl = None,
) -> None:
    """Ask the probes that finished conversations have not answered; no turn is added."""
    from colloquia.cli import running
    from colloquia.lab.planning.bench import Options

    options = Options(
        run_dir=run_dir,
        is_streaming=not no_stream,
        allows_code=allow_code,
        base_url=base_url,
        only_probes=True,
    )
    raise typer.Exit(running.run(study, options, drop=False))


@commands.command(epilog="Example: colloquia fork 3 --turn 4 --times 5 --model seller=claude")
def fork(
    conversation: Annotated[str, typer.Argument(help="Its number in `colloquia show`, or how its id begins.")],
    turn: Annotated[int, typer.Option(help="The last turn that is shared.")],
    run_dir: Folder = Path("data"),
    times: Annotated[int, typer.Option(help="How many continuations.")] = 1,
    model: Annotated[
        list[str] | None, typer.Option(metavar="ROLE=NAME", help="Who sits there from now on; may be repeated.")
    ] = None,
    prompt: Annotated[
        list[str] | None, typer.Option(metavar="ROLE=TEXT", help="What it is told from now on; may be repeated.")
    ] = None,
    edit: Annotated[str | None, typer.Option(help="What a shared turn is heard as.")] = None,
    delete: Annotated[bool, typer.Option("--delete", help="Take a shared turn out.")] = False,
    which: Annotated[int | None, typer.Option(help="The turn to edit or delete; by default the last shared.")] = None,
) -> None:
    """Ask for continuations of a conversation from a turn on, changed beside unchanged; the next run holds them."""
    from colloquia.cli import forking

    forking.fork(
        conversation,
        turn,
        run_dir,
        times=times,
        models=model or (),
        prompts=prompt or (),
        edit=edit,
        delete=delete,
        which=which,
    )
