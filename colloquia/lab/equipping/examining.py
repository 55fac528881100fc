"""Whether this machine and this folder are ready for a run: everything looked at, nothing changed, nothing paid.

A key is shown only to the server that it belongs to, and only its variable is named.
"""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal

from colloquia.design.models import prefix
from colloquia.errors import CallError, ColloquiaError
from colloquia.extras import install
from colloquia.lab.equipping.equipment import equipment
from colloquia.lab.equipping.serving import another, is_free
from colloquia.lab.planning.bench import DEFAULT_STUDY, Options, find_study, lay_out, slugs_of
from colloquia.lab.planning.planning import draw_up
from colloquia.lab.planning.preflight import openrouter
from colloquia.logbook.folder import RunFolder
from colloquia.providers.addresses import host_of
from colloquia.providers.keys import OPENROUTER_VARIABLE, Keyring

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from colloquia.lab.planning.bench import Bench
    from colloquia.providers.account import KeyState
    from colloquia.settings import Settings

OLDEST_PYTHON = (3, 11)
PORT = 8501
"""Where the pages are served unless told otherwise."""
_EXTRAS = {
    "tables and measures": ("pandas", "duckdb", "scipy"),
    "figures": ("altair", "vl_convert"),
    "the browser": ("streamlit",),
}

State = Literal["good", "note", "bad"]
"""Ready; worth knowing; in the way of a run."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    name: str
    state: State
    words: str
    """What was found and, where it is not good, what to do."""


async def examined(
    settings: Settings,
    *,
    study: Path | None = None,
    run_dir: Path | None = None,
    base_url: str | None = None,
    port: int = PORT,
) -> tuple[Finding, ...]:
    """Look at Python, packages, models, keys, study, run folder and port.

    Args:
        settings: Where keys are looked up.
        study: The study that is to be run; by default the one that ``run`` would take.
        run_dir: The run folder; by default the study's own.
        base_url: The server that is asked in OpenRouter's place.
        port: Where the pages are to be served.
    """
    return (
        _python(),
        *_packages(),
        *_models(settings),
        await _openrouter(settings, base_url),
        await _study(study, Options(run_dir=run_dir, base_url=base_url), settings),
        _port(port),
    )


def _python() -> Finding:
    is_new_enough = sys.version_info >= OLDEST_PYTHON
    wanted = ".".join(map(str, OLDEST_PYTHON))
    return Finding(
        name="Python",
        state="good" if is_new_enough else "bad",
        words=f"{platform.python_version()} at {sys.executable}" + ("" if is_new_enough else f"; needs {wanted}"),
    )


def _packages() -> Iterator[Finding]:
    for what, modules in _EXTRAS.items():
        missing = [module for module in modules if find_spec(module) is None]
        yield Finding(
            name=what,
            state="note" if missing else "good",
            words=f"{', '.join(missing)} missing: {install(missing[0])}" if missing else "installed",
        )


def _models(settings: Settings) -> Iterator[Finding]:
    for each in equipment(settings):
        if each.name != "OpenRouter":
            yield Finding(name=each.name, state="good" if each.is_ready else "note", words=each.words)


async def _openrouter(settings: Settings, base_url: str | None) -> Finding:
    if not Keyring(settings.environment).has(OPENROUTER_VARIABLE):
        return _found("note", f"no key: set {OPENROUTER_VARIABLE} in .env; nothing else needs one")
    try:
        async with openrouter(settings, base_url) as account:
            return _key(await account.key_state(), host_of(account.base_url))
    except CallError as error:
        return _found("bad", f"the key in {OPENROUTER_VARIABLE} could not be tried: {error}")
    except ColloquiaError as error:
        return _found("bad", str(error))


def _key(state: KeyState, host: str) -> Finding:
    if state.is_accepted is None:
        return _found("note", f"{host} does not say what the key in {OPENROUTER_VARIABLE} may do")
    if not state.is_accepted:
        return _found("bad", f"{host} does not accept the key in {OPENROUTER_VARIABLE}: put a valid one into .env")
    if state.credit_usd is not None and state.credit_usd <= 0:
        return _found("bad", f"the key in {OPENROUTER_VARIABLE} has no credit left: raise its limit or top up")
    credit = "no limit of its own" if state.credit_usd is None else f"${state.credit_usd:,.2f} left"
    simulated = "; a simulator answers" if state.is_simulated else ""
    return _found("good", f"{host} accepts the key in {OPENROUTER_VARIABLE}: {credit}{simulated}")


def _found(state: State, words: str) -> Finding:
    return Finding(name="OpenRouter", state=state, words=words)


async def _study(study: Path | None, options: Options, settings: Settings) -> Finding:
    """Read, lay out and plan the study, and look whether its folder can be written."""
    frozen = options.run_dir / RunFolder.study if options.run_dir else None
    if study is None and not DEFAULT_STUDY.is_file() and not (frozen and frozen.is_file()):
        return Finding(name="study", state="note", words="none here: `colloquia new` writes one")
    try:
        bench = await lay_out(find_study(study, options.run_dir), options, settings)
        bench.folder.check_writable()
        missing = draw_up(bench).difference.missing
        if missing.conversations:
            _check_keys(bench)
    except ColloquiaError as error:
        return Finding(name="study", state="bad", words=str(error))
    left = f"{missing.conversations:,} conversations to hold" if missing.conversations else "nothing is missing"
    return Finding(name="study", state="good", words=f"{bench.study.origin}, {left}, run folder {bench.folder.path}")


def _check_keys(bench: Bench) -> None:
    """Make sure that every server that is asked has the key that it needs; nothing of the study's own is run.

    Raises:
        SettingsError: a key is missing, or cannot be sent there.
    """
    for slug in slugs_of(bench.asked):
        if prefix(slug) is None or bench.models.is_remote(slug):
            bench.models.model(slug)


def _port(port: int) -> Finding:
    if not is_free(port):
        return Finding(name="port", state="note", words=f"{port} is taken: colloquia gui --port {another(port)}")
    return Finding(name="port", state="good", words=f"{port} is free for the browser")
