"""Our own words for numbers and states: what may stand in a label, since nobody else wrote it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal, NamedTuple

from colloquia.lab.planning import amounts

if TYPE_CHECKING:
    from colloquia.lab.keeping.liveness import State
    from colloquia.running.wishes import Want


class Condition(NamedTuple):
    """What a run is doing, in a word with its icon and colour; never by colour alone."""

    word: str
    sign: str
    """Its icon as a character, for a cell."""
    icon: str
    color: Literal["blue", "gray", "green", "orange", "red"]

    @property
    def in_a_cell(self) -> str:
        """Return sign and word."""
        return f"{self.sign} {self.word}"


PREPARING = Condition("Preparing", "◌", ":material/hourglass_top:", "blue")
RUNNING = Condition("Running", "●", ":material/play_circle:", "green")
PAUSING = Condition("Pausing", "⏸", ":material/pause_circle:", "orange")
PAUSED = Condition("Paused", "⏸", ":material/pause_circle:", "orange")
RESUMING = Condition("Resuming", "●", ":material/play_circle:", "green")
STOPPING = Condition("Stopping", "■", ":material/stop_circle:", "gray")
STOPPED = Condition("Stopped", "■", ":material/stop_circle:", "gray")
DONE = Condition("Done", "✓", ":material/check_circle:", "green")
WITH_ERRORS = Condition("Done with errors", "⚠", ":material/rule:", "orange")
LOST = Condition("Lost contact", "✕", ":material/link_off:", "red")
BUDGET = Condition("Budget reached", "$", ":material/savings:", "orange")
NONE = Condition("Not begun", "○", ":material/circle:", "gray")

_LIVE = {"running": RUNNING, "pausing": PAUSING, "paused": PAUSED, "stopping": STOPPING}


def condition(state: State, *, wanted: Want | None = None, is_preparing: bool = False) -> Condition:
    """Return what a run is doing; a wish that was not heard yet is shown as what it will lead to."""
    if is_preparing:
        return PREPARING
    if state.condition in _LIVE:
        return _intended(_LIVE[state.condition], wanted)
    return {"none": NONE, "lost": LOST}.get(state.condition) or _ended(state)


def _intended(now: Condition, wanted: Want | None) -> Condition:
    if wanted in ("stop", "stop_now"):
        return STOPPING
    if wanted == "pause" and now == RUNNING:
        return PAUSING
    if wanted == "run" and now in (PAUSING, PAUSED):
        return RESUMING
    return now


def _ended(state: State) -> Condition:
    values = state.values
    if values.get("status") == "budget":
        return BUDGET
    if values.get("status") != "finished":
        return STOPPED
    done, planned = ("judgements_done", "judgements") if state.is_of_judges else ("finished", "conversations")
    has_rest = values.get(done, 0) < values.get(planned, 0)
    return WITH_ERRORS if values.get("failed") or has_rest else DONE


def money(dollars: float | None) -> str:
    r"""Return an amount with as many digits as it needs; ``\$``, since two bare ones would be read as mathematics."""
    return amount(dollars).replace("$", r"\$")


def amount(dollars: float | None) -> str:
    """Return an amount as plain text, for a cell or the viewer."""
    return amounts.money(dollars, unknown="unknown")


def seconds(milliseconds: float) -> str:
    """Return how long something took, in the unit that has digits for it."""
    return f"{milliseconds / 1000:.1f} s" if milliseconds >= _SHORT else f"{milliseconds:.0f} ms"


_SHORT = 100.0


def facts(latency_ms: float | None, output_tokens: int | None, cost_usd: float | None) -> str:
    """Return what a turn took, as it stands beside it; what is not known, or was for nothing, is left out."""
    found = (
        seconds(latency_ms) if latency_ms is not None else "",
        f"{output_tokens:,} tokens" if output_tokens is not None else "",
        amount(cost_usd) if cost_usd else "",
    )
    return " · ".join(filter(None, found))


def size(number: int) -> str:
    """Return the size of a file."""
    for unit, most in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if number >= most:
            return f"{number / most:.1f} {unit}"
    return f"{number} bytes"


def lately(at: str | None) -> str:
    """Return a time of the log to the minute, in this machine's zone; empty where there is none."""
    return datetime.fromisoformat(at).astimezone().strftime("%d %b %H:%M %Z") if at else ""


def clock(at: str | None) -> str:
    """Return the time of day of a time of the log, in this machine's zone."""
    return datetime.fromisoformat(at).astimezone().strftime("%H:%M:%S") if at else ""
