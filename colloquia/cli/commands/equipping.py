"""Commands that get a study and this machine ready."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from colloquia.cli.options import BaseUrl, RunDir, Study
from colloquia.lab.equipping.serving import LAST_PORT

commands = typer.Typer()


@commands.command(epilog="Example: colloquia models llama free")
def models(
    words: Annotated[list[str] | None, typer.Argument(help="Only models whose slug or name holds all words.")] = None,
    base_url: BaseUrl = None,
) -> None:
    """List the models that can be asked: what is on this machine, and OpenRouter's with prices and context."""
    from colloquia.cli.models import models as listed

    listed(words or [], base_url)


@commands.command(epilog="Example: colloquia new bargaining --out studies/rent")
def new(
    name: Annotated[str | None, typer.Argument(help="Which; without it, all are listed.", show_default=False)] = None,
    out: Annotated[
        Path | None, typer.Option(help="The folder; called like the study where not named.", show_default=False)
    ] = None,
) -> None:
    """Write a study to begin with into a folder of its own: a plain page, or a published experiment."""
    from colloquia.cli import beginning

    beginning.new(name, out)


@commands.command()
def doctor(study: Study = None, run_dir: RunDir = None, base_url: BaseUrl = None) -> None:
    """Say whether this machine and the study are ready: Python, packages, models, key, credit, folder, port."""
    from colloquia.cli import examining

    raise typer.Exit(examining.doctor(study, run_dir, base_url))


@commands.command()
def gui(
    run_dir: Annotated[
        Path | None, typer.Option(help="A further run folder to show, beside data and runs.", show_default=False)
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(help="Where to listen; by default the first free.", min=1, max=LAST_PORT, show_default=False),
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Open no browser window.")] = False,
) -> None:
    """Serve the laboratory in the browser, to this machine only, until Ctrl-C."""
    from colloquia.cli import browsing

    raise typer.Exit(browsing.browse(run_dir, port, opens_browser=not no_browser))


@commands.command(name="serve-fake", epilog="Example: colloquia serve-fake study.toml")
def serve_fake(
    study: Annotated[
        Path | None, typer.Argument(help="A study to rehearse: what OpenRouter would serve of it.", show_default=False)
    ] = None,
    faults: Annotated[Path | None, typer.Option(help="A TOML plan of what goes wrong.", show_default=False)] = None,
    port: Annotated[
        int, typer.Option(help="Where to listen on this machine; 0 takes a free port.", min=0, max=LAST_PORT)
    ] = 8787,
    shape: Annotated[str, typer.Option(help="openrouter, llama.cpp, ollama, vllm or lmstudio.")] = "openrouter",
    model: Annotated[
        list[str] | None, typer.Option(metavar="SLUG", help="A further slug to serve; may be repeated.")
    ] = None,
    list_faults: Annotated[bool, typer.Option("--list-faults", help="Print every fault a plan can name.")] = False,
) -> None:
    """Serve a simulated OpenRouter on this machine, to rehearse a study with its faults, limits and prices."""
    from colloquia.cli import faking

    if list_faults:
        faking.list_faults()
    else:
        faking.serve_fake(study, faults, port, shape, model or [])
