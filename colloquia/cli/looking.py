"""``status``, ``watch`` and ``show``: how far a run is, and what was said."""

from __future__ import annotations

import json
import shlex
import textwrap
import time
from typing import TYPE_CHECKING, Any

import msgspec

from colloquia.cli.terminal import COMMAND, on_one_line, plain, say, table, there
from colloquia.errors import DesignError
from colloquia.lab.keeping import folders, liveness
from colloquia.lab.keeping.reading import beside_turns
from colloquia.lab.planning.amounts import count, duration, money
from colloquia.lab.planning.planning import left
from colloquia.logbook.folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from colloquia.conversation.transcript import Turn
    from colloquia.design.forecast import Forecast
    from colloquia.design.trials import Trial

POLL_SECONDS = 1.0
WIDTH = 100
LABELS_WIDTH = 48
"""Of what is varied, in the list of conversations; the conversation itself says all of it."""
NOT_PLANNED = "no longer planned"
CONDITIONS = {
    "running": "it is going on",
    "pausing": "it is pausing, calls under way come to their end first",
    "paused": "it is paused, nothing new is asked for",
    "stopping": "it is stopping, calls under way come to their end first",
}
"""What each condition of a run that goes on means."""


def status(folder: Path, *, is_json: bool = False) -> None:
    """Print how far the study of a folder is, in words or for a program; never what a model said."""
    if is_json:
        say(json.dumps(_state(folder), indent=1))
        return
    for line in _status(folder):
        say(line)


def watch(folder: Path) -> None:
    """Print the state of a run whenever it changes, until the run has ended."""
    before = ""
    while True:
        state = liveness.state(folder)
        line = _at_a_glance(state) if state.is_live else ""
        if line and line != before:
            say(line)
            before = line
        if not state.is_live:
            break
        time.sleep(POLL_SECONDS)
    status(folder)


def show(conversation: str, folder: Path, *, with_prompts: bool, as_rows: bool = False) -> None:
    """Print one conversation, or the list of all where none is named."""
    if not conversation:
        _list(folder)
        return
    found = [entry for entry in folders.conversations(folder) if _is_meant(conversation, entry)]
    if not found:
        raise DesignError(f"No conversation {conversation!r} in {folder}; `colloquia show` lists all.")
    if len(found) > 1 and not conversation.isdigit():
        raise DesignError(f"{len(found)} conversations begin with {conversation!r}; write more of the id.")
    lines = _rows(found[0], folder) if as_rows else _transcript(found[0], with_prompts=with_prompts)
    for line in lines:
        say(line)


def _rows(entry: folders.Conversation, folder: Path) -> Iterator[str]:
    """Yield the rows of a conversation as JSON, in ASCII so that no character of a model acts on the terminal."""
    for row in folders.rows_of(folder, entry.trial_id):
        yield json.dumps(msgspec.to_builtins(row))


def is_number(named: str) -> bool:
    """Tell whether a conversation is named by its place in the list; a longer number may be the beginning of an id."""
    return named.isdigit() and len(named) < 8  # noqa: PLR2004 (ids are shown with so many characters)


def _is_meant(named: str, entry: folders.Conversation) -> bool:
    if is_number(named):
        return entry.number == int(named)
    return entry.experiment_id.startswith(named) or entry.trial_id.startswith(named)


def _list(folder: Path) -> None:
    entries, planned = folders.conversations(folder), folders.planned_now(folder)
    rows: list[tuple[str, ...]] = [
        ("no.", "experiment_id", "scenario", "varied", "seats", "iteration", "turns", "ended by")
    ]
    rows += [
        (
            str(entry.number),
            entry.experiment_id[:8],
            plain(entry.scenario),
            on_one_line(_varied(entry), LABELS_WIDTH) if entry.trial_id in planned else NOT_PLANNED,
            plain(_seated(entry)),
            str(entry.iteration),
            str(len(entry.turns)),
            entry.turns[-1].ended_by or "",
        )
        for entry in entries
    ]
    for line in table(rows):
        say(line)
    left = sum(entry.trial_id not in planned for entry in entries)
    of_them = f", {left:,} {NOT_PLANNED} (in tables only with export --all)" if left else ""
    one = f"{COMMAND} show NO {there(folder)}"
    say(f"{count(len(entries), 'conversation')}{of_them}; one of them: {one}")


def _seated(entry: folders.Conversation) -> str:
    return " and ".join(f"{role} ({name})" for role, name in entry.names.items())


def _varied(entry: folders.Conversation) -> str:
    """Return by what a conversation differs from others of its scenario: arm, levels, items, where it was forked."""
    trial = entry.trial
    if trial is None:
        return ""
    said = [trial.arm] if trial.arm else []
    said += [f"{name} {label}" for name, label in trial.factors.items()]
    said += [f"forked after turn {trial.branch.turn}: {trial.branch.label}"] if trial.branch else []
    return " · ".join(said)


def _beside(entry: folders.Conversation, after_turn: int, besides: Mapping[int, list[str]]) -> Iterator[str]:
    """Yield what was answered and what happened after a turn."""
    for answer in entry.answers:
        if answer.asked.after_turn == after_turn:
            unread = "" if answer.value is not None else "; no answer can be read in it"
            yield f"    ({answer.asked.beside}: {on_one_line(answer.content or 'no text', WIDTH)}{unread})"
    for words in besides.get(after_turn, ()):
        yield textwrap.fill(plain(f"({words})"), WIDTH, initial_indent="    ", subsequent_indent="     ")


def _transcript(entry: folders.Conversation, *, with_prompts: bool) -> Iterator[str]:
    yield plain(f"{entry.scenario}, iteration {entry.iteration}: {_seated(entry)}")
    yield f"experiment_id {entry.experiment_id}"
    if varied := _varied(entry):
        yield plain(varied)
    if with_prompts and entry.trial is not None:
        yield from _prompts(entry.trial)
    asked = {answer.asked: answer for answer in entry.answers}
    besides = beside_turns(entry.trial, entry.turns, asked) if entry.trial else {}
    yield from _beside(entry, 0, besides)
    for turn in entry.turns:
        yield ""
        yield from _turn(turn, entry.names[turn.role])
        yield from _beside(entry, turn.turn_id, besides)
    ended = entry.turns[-1].ended_by
    if ended:
        yield ""
        yield f"(ended: {ended})"


def _prompts(trial: Trial) -> Iterator[str]:
    for seat in trial.talk.seats:
        yield ""
        yield plain(f"{seat.role} ({seat.participant.name}) was told:")
        yield textwrap.indent(plain(seat.prompt) or "(nothing)", "    ")


def _turn(turn: Turn, name: str) -> Iterator[str]:
    notes = [note for note, holds in _notes(turn) if holds]
    yield plain(f"{turn.turn_id}. {turn.role} ({name})") + (f"  [{', '.join(notes)}]" if notes else "")
    for paragraph in plain(turn.content or "(no text)").split("\n"):
        yield textwrap.fill(paragraph, WIDTH, initial_indent="    ", subsequent_indent="    ")


def _notes(turn: Turn) -> tuple[tuple[str, bool], ...]:
    return (
        ("refusal", turn.is_refusal),
        ("cut", turn.reply.finish_reason == "length"),
        ("repaired", turn.reply.is_repaired),
        (f"round {turn.round}", turn.round is not None),
        (f"move {turn.move}" if turn.move else "no move could be read", turn.round is not None),
        (turn.reply.source, turn.reply.source != "live"),
    )


def _status(folder: Path) -> Iterator[str]:
    state = liveness.state(folder)
    if state.is_live:
        yield from _live(folder, state)
    elif state.is_lost:
        silence = f"its process has said nothing for {duration(state.age_seconds)}"
        what = "answer" if state.is_of_judges else "turn"
        yield (
            f"{_called(state)} in {folder} was lost: {'its process is gone' if state.is_gone else silence}. "
            f"Every {what} it reported is kept. Go on: {COMMAND} {'judge' if state.is_of_judges else 'resume'} "
            f"{_again(folder, state)}"
        )
    elif state.values:
        last = "The last time judges were asked" if state.is_of_judges else "The last run"
        yield plain(f"{last} in {folder} ended: {state.values.get('status')}. {state.values.get('message', '')}")
    yield from _missing(folder, state)


def _live(folder: Path, state: liveness.State) -> Iterator[str]:
    who = f"process {state.values.get('pid')} on {state.values.get('host')}"
    doing = "Judges are being asked" if state.is_of_judges else "A run is going on"
    yield plain(f"{doing} in {folder} ({who}): {CONDITIONS[state.condition]}.")
    if state.condition == "stopping":
        yield plain(f"  {state.values.get('message')}")
    yield _progress(state.values)
    for wait in state.values.get("waits", []):
        yield plain(f"  {wait}")
    if state.values.get("suspensions"):
        times = count(state.values["suspensions"], "time")
        yield f"  the machine slept {times}, {duration(state.values.get('suspended_seconds', 0.0))} in all"
    if state.condition in ("pausing", "paused"):
        yield f"Go on: {COMMAND} resume {there(folder)}"


def _called(state: liveness.State) -> str:
    return "The asking of judges" if state.is_of_judges else "A run"


def _state(folder: Path) -> dict[str, Any]:
    """Return for a program what the words of ``status`` say."""
    state, difference = liveness.state(folder), left(RunFolder(folder))
    return {
        "run_dir": str(folder),
        "condition": state.condition,
        "age_seconds": round(state.age_seconds, 3) if state.values else None,
        "finished": _counted(difference.unchanged),
        "begun": _counted(difference.longer),
        "not_begun": _counted(difference.new),
        "damaged_conversations": difference.quarantined,
        "state": state.values or None,
    }


def _counted(forecast: Forecast) -> dict[str, int]:
    return {"conversations": forecast.conversations, "turns": forecast.turns}


def _again(folder: Path, state: liveness.State) -> str:
    """Return how a command line names a run folder, and the server that its last run asked in OpenRouter's place."""
    server = state.values.get("base_url")
    return there(folder) + (f" --base-url {shlex.quote(server)}" if server else "")


def _missing(folder: Path, state: liveness.State) -> Iterator[str]:
    difference = left(RunFolder(folder))
    yield f"finished: {count(difference.unchanged.conversations, 'conversation')}, {difference.unchanged.turns:,} turns"
    yield f"begun:    {count(difference.longer.conversations, 'conversation')}, {difference.longer.turns:,} turns to go"
    yield f"not yet:  {count(difference.new.conversations, 'conversation')}, {difference.new.turns:,} turns to go"
    if difference.quarantined:
        yield f"damaged:  {count(difference.quarantined, 'conversation')}; see {COMMAND} check"
    if difference.missing.conversations and not state.is_live:
        has_spent = state.values.get("status") == "budget"
        first = f"raise max_cost in its study, then {COMMAND} run STUDY" if has_spent else f"{COMMAND} run"
        yield plain(f"Go on: {first} {_again(folder, state)}")


def _at_a_glance(state: liveness.State) -> str:
    waits = on_one_line("; ".join(state.values.get("waits", [])), WIDTH)
    return f"{_progress(state.values)}; {state.condition}." + (f" {waits}" if waits else "")


def _progress(values: dict[str, Any]) -> str:
    if "judgements" in values:
        cap = f" of the {money(values['cap_usd'])} that may be spent in this folder" if values.get("cap_usd") else ""
        return (
            f"{values.get('judgements_done', 0):,} of {count(values['judgements'], 'answer')} of judges, "
            f"{money(values.get('cost_usd', 0.0))} for them{cap}, {values.get('failed', 0)} failed"
        )
    return (
        f"{values.get('finished', 0):,} of {values.get('conversations', 0):,} conversations, "
        f"{values.get('turns_done', 0):,} of {values.get('turns', 0):,} turns, "
        f"{money(values.get('cost_usd', 0.0))}, {values.get('failed', 0)} failed"
    )
