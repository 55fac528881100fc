"""The command ``colloquia``: what it understands, and the one door through which errors leave.

Exit codes, the first that applies: 75 another process writes in the folder; 2 study, usage, settings; 129, 130, 143
signals; 3 stopped early, resumable; 1 some conversations failed, or ``check`` found damage; 0 nothing missing.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from colloquia.errors import ColloquiaError, DamagedLogError, FolderBusyError, StorageError

app = typer.Typer(
    name="colloquia",
    help="The laboratory for conversations between language models. A study is one page: simulation_config.py or "
    "study.toml. Begin with `colloquia plan`, then `colloquia run`, then `colloquia show`.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)


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
    typer.Option(help="Ask this server in place of OpenRouter; it then gets the OpenRouter key.", show_default=False),
]


@app.command()
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
) -> None:
    """Run what is missing of a study; what is there is never asked again."""
    from colloquia.cli import running
    from colloquia.lab.bench import Options

    options = Options(
        run_dir=run_dir,
        is_streaming=not no_stream,
        is_offline=offline,
        allows_code=allow_code,
        base_url=base_url,
        where=where,
    )
    raise typer.Exit(running.run(study, options, drop=drop, is_detached=detach))


@app.command()
def plan(
    study: Study = None,
    run_dir: RunDir = None,
    offline: Offline = False,
    allow_code: AllowCode = False,
) -> None:
    """Show what a run would do and what it would cost; nothing is asked and nothing written."""
    from colloquia.cli import planning
    from colloquia.lab.bench import Options

    planning.plan(study, Options(run_dir=run_dir, is_offline=offline, allows_code=allow_code))


@app.command()
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
) -> None:
    """Say how many iterations a study needs for a wanted power or precision, in conversations and dollars."""
    from colloquia.cli import sizing
    from colloquia.lab.bench import Options
    from colloquia.lab.sizing import Wanted

    wanted = Wanted(factor=factor, first=first, second=second, effect=effect, power=power, half_width=half_width)
    options = Options(run_dir=run_dir)
    sizing.size(study, options, wanted, outcome=outcome, pilot=pilot, spread=sd, rate=rate)


@app.command()
def status(
    run_dir: Folder = Path("data"),
    json: Annotated[bool, typer.Option("--json", help="For a program; never what a model said.")] = False,
) -> None:
    """Say in a few lines how far the study of a folder is, and what its run waits for."""
    from colloquia.cli import looking

    looking.status(run_dir, is_json=json)


@app.command()
def watch(run_dir: Folder = Path("data")) -> None:
    """Follow a run from another terminal until it ends; Ctrl-C only ends the watching."""
    from colloquia.cli import looking

    looking.watch(run_dir)


@app.command()
def pause(run_dir: Folder = Path("data")) -> None:
    """Ask a run for no new turn until `resume`; turns in flight are finished, and the process stays."""
    from colloquia.cli import controlling

    controlling.pause(run_dir)


@app.command()
def resume(
    run_dir: Folder = Path("data"),
    drop: Drop = False,
    no_stream: NoStream = False,
    allow_code: AllowCode = False,
    base_url: BaseUrl = None,
    detach: Detach = False,
) -> None:
    """Take `pause` back; where no run is going on, run again what was stopped or lost, like `run --run-dir`."""
    from colloquia.cli import controlling
    from colloquia.lab.bench import Options

    options = Options(run_dir=run_dir, is_streaming=not no_stream, allows_code=allow_code, base_url=base_url)
    raise typer.Exit(controlling.resume(run_dir, options, drop=drop, is_detached=detach))


@app.command()
def stop(
    run_dir: Folder = Path("data"),
    now: Annotated[bool, typer.Option("--now", help="Do not wait for the turns in flight.")] = False,
) -> None:
    """Ask a run to finish the turns in flight and end; `resume` goes on later."""
    from colloquia.cli import controlling

    controlling.stop(run_dir, at_once=now)


@app.command()
def answer(
    run_dir: Folder = Path("data"),
    name: Annotated[
        str | None, typer.Option("--as", help="Answer only for human:NAME; by default for every person of the study.")
    ] = None,
) -> None:
    """Take the turns of human seats from this terminal, also of a run in the background."""
    from colloquia.cli import answering

    answering.answer(run_dir, name=name)


@app.command()
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


@app.command()
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
    out: Annotated[
        Path | None, typer.Option(help="Where; export/ or bundle.zip in the run folder.", show_default=False)
    ] = None,
    no_text: Annotated[bool, typer.Option("--no-text", help="Leave out what was said and asked.")] = False,
    allow_code: AllowCode = False,
) -> None:
    """Write experiment_log.csv, conversations.csv and retries.csv anew from the log, or all of it in another form."""
    from colloquia.cli import keeping

    keeping.export(run_dir, everything=everything, form=format_, out=out, with_text=not no_text, allow_code=allow_code)


@app.command()
def replay(
    bundle: Annotated[Path, typer.Argument(help="A bundle that `export --format bundle` made.")],
    into: Annotated[
        Path | None, typer.Option(help="A new folder to unpack into, and to keep.", show_default=False)
    ] = None,
) -> None:
    """Make every table of a bundle anew from its log, offline, and say which differ; exit 1 where one does."""
    from colloquia.cli import keeping

    raise typer.Exit(keeping.replay(bundle, into))


@app.command()
def check(run_dir: Folder = Path("data")) -> None:
    """Read every line of the logs and name what is damaged; exit 1 where something is."""
    from colloquia.cli import keeping

    raise typer.Exit(keeping.check(run_dir))


@app.command()
def verify(run_dir: Folder = Path("data"), allow_code: AllowCode = False) -> None:
    """Rebuild every request from the log and compare it with what was sent; exit 1 where one differs."""
    from colloquia.cli import keeping

    raise typer.Exit(keeping.verify(run_dir, allow_code=allow_code))


@app.command()
def measure(
    names: Annotated[
        list[str] | None, typer.Argument(help="Measures, or file.py:NAME of your own; all by default.")
    ] = None,
    run_dir: Folder = Path("data"),
    is_list: Annotated[
        bool, typer.Option("--list", help="Say what measures there are; with names, all about them.")
    ] = False,
) -> None:
    """Compute what measures have not yet said about finished conversations, into measures.jsonl; nobody is asked."""
    from colloquia.cli import measuring

    measuring.list_measures(names or []) if is_list else measuring.measure(names or [], run_dir)


@app.command()
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
    judge: Annotated[list[str] | None, typer.Option(help="Only this judge; may be repeated.")] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Say what is missing and what it would cost, and stop.")] = False,
    validity: Annotated[
        bool, typer.Option("--validity", help="Say how far the judges can be believed; nobody is asked.")
    ] = False,
    no_stream: NoStream = False,
    allow_code: AllowCode = False,
    base_url: BaseUrl = None,
) -> None:
    """Ask the judges of a study what they have not yet said about finished conversations, into judgements.jsonl."""
    from colloquia.cli import judging
    from colloquia.cli import validity as believing
    from colloquia.lab.bench import Options

    options = Options(run_dir=run_dir, is_streaming=not no_stream, allows_code=allow_code, base_url=base_url)
    if validity:
        believing.validity(study, options, judge or [])
    else:
        raise typer.Exit(judging.judge(study, options, judge or [], is_plan=plan))


label = typer.Typer(help="Blind sheets for people, drawn from what was judged, to check and correct the judges by.")
app.add_typer(label, name="label")


@label.command(name="export")
def label_export(
    judge: Annotated[str, typer.Option(help="The judge whose answers are checked.")],
    run_dir: Folder = Path("data"),
    to: Annotated[Path, typer.Option(help="Where the sheet is written, as CSV.")] = Path("sheet.csv"),
    number: Annotated[int, typer.Option(min=1, help="How many items, about; two at least of each stratum.")] = 100,
) -> None:
    """Draw items with known probability and write a sheet that tells neither models nor verdicts."""
    from colloquia.cli import validity

    validity.export(run_dir, judge, to, number)


@label.command(name="import")
def label_import(
    sheet: Annotated[Path, typer.Argument(help="The sheet, its column `label` filled in.")],
    by: Annotated[str, typer.Option(help="Who filled it in.")],
    run_dir: Folder = Path("data"),
) -> None:
    """Read a sheet that somebody filled in, and say how far judges and people agree."""
    from colloquia.cli import validity

    validity.take_back(run_dir, sheet, by)


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(help="The run folder.")] = Path("data"),
    where: Annotated[
        str | None,
        typer.Option(help="Only conversations for which this holds: \"scenario == 'rent' and iteration <= 5\"."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The file; report.html in the run folder.")] = None,
    tables: Annotated[Path | None, typer.Option(help="A directory for every table as CSV and LaTeX.")] = None,
) -> None:
    """Write what a study found as one page that loads nothing: answers, soundness, figures, tables, methods."""
    from colloquia.cli import reporting

    reporting.report(folder, where, out, tables)


@app.command()
def fork(
    conversation: Annotated[str, typer.Argument(help="How the id of a conversation begins.")],
    turn: Annotated[int, typer.Option(help="The last turn that is shared.")],
    run_dir: Folder = Path("data"),
    times: Annotated[int, typer.Option(help="How many continuations.")] = 1,
    model: Annotated[list[str] | None, typer.Option(help="ROLE=NAME: who sits there from now on.")] = None,
    prompt: Annotated[list[str] | None, typer.Option(help="ROLE=TEXT: what it is told from now on.")] = None,
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


@app.command()
def probe(
    study: Study = None,
    run_dir: RunDir = None,
    no_stream: NoStream = False,
    allow_code: AllowCode = False,
    base_url: BaseUrl = None,
) -> None:
    """Ask what the probes of a study have not been answered in finished conversations; no turn is added."""
    from colloquia.cli import running
    from colloquia.lab.bench import Options

    options = Options(
        run_dir=run_dir,
        is_streaming=not no_stream,
        allows_code=allow_code,
        base_url=base_url,
        only_probes=True,
    )
    raise typer.Exit(running.run(study, options, drop=False))


@app.command()
def register(study: Study = None, run_dir: RunDir = None, allow_code: AllowCode = False) -> None:
    """Write a study and its hypotheses down before the data; after it, say what is done otherwise."""
    from colloquia.cli import registering
    from colloquia.lab.bench import Options

    registering.register(study, Options(run_dir=run_dir, allows_code=allow_code))


@app.command()
def diff(
    before: Annotated[Path, typer.Argument(help="A study.toml or simulation_config.py.")],
    after: Annotated[Path, typer.Argument(help="Another.")],
) -> None:
    """Say how two studies differ: word by word, and in the conversations that they call for."""
    from colloquia.cli import registering

    registering.diff(before, after)


@app.command()
def models(
    words: Annotated[list[str] | None, typer.Argument(help="Only models whose slug or name holds all words.")] = None,
    base_url: BaseUrl = None,
) -> None:
    """List the models that can be asked: what is on this machine, and OpenRouter's with prices and context."""
    from colloquia.cli.models import models as listed

    listed(words or [], base_url)


@app.command()
def new(
    name: Annotated[str | None, typer.Argument(help="Which; without it, all are listed.", show_default=False)] = None,
    to: Annotated[Path | None, typer.Option(help="The folder; called like the study where not named.")] = None,
) -> None:
    """Write a study to begin with into a folder of its own: a plain page, or a published experiment."""
    from colloquia.cli import beginning

    beginning.new(name, to)


@app.command()
def doctor(study: Study = None, run_dir: RunDir = None, base_url: BaseUrl = None) -> None:
    """Say whether this machine and the study are ready: Python, packages, models, key, credit, folder, port."""
    from colloquia.cli import examining

    raise typer.Exit(examining.doctor(study, run_dir, base_url))


@app.command()
def gui(
    run_dir: Annotated[
        Path | None, typer.Option(help="A further run folder to show, beside data and runs.", show_default=False)
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Where to listen; by default the first free.", show_default=False)
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Open no browser window.")] = False,
) -> None:
    """Serve the laboratory in the browser, to this machine only, until Ctrl-C."""
    from colloquia.cli import browsing

    raise typer.Exit(browsing.browse(run_dir, port, opens_browser=not no_browser))


@app.command(name="serve-fake")
def serve_fake(
    faults: Annotated[Path | None, typer.Option(help="A TOML plan of what goes wrong.", show_default=False)] = None,
    port: Annotated[int, typer.Option(help="Where to listen on this machine; 0 takes a free port.")] = 8787,
    shape: Annotated[str, typer.Option(help="openrouter, llama.cpp, ollama, vllm or lmstudio.")] = "openrouter",
    model: Annotated[list[str] | None, typer.Option(help="A slug of the study to serve too; may be repeated.")] = None,
    list_faults: Annotated[bool, typer.Option("--list-faults", help="Print every fault a plan can name.")] = False,
) -> None:
    """Serve a simulated OpenRouter on this machine, to rehearse a study with its faults, limits and prices."""
    from colloquia.cli import faking

    if list_faults:
        faking.list_faults()
    else:
        faking.serve_fake(faults, port, shape, model or [])


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    try:
        app(arguments, prog_name="colloquia")
    except ColloquiaError as error:
        _complain(str(error))
        sys.exit(_exit_code(error))
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
