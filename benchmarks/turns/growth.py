"""CPU a turn against the length of a conversation, beside the frameworks that the reader has installed."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.turns import frameworks, rounds
from benchmarks.turns.work import Load
from reliability.house import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

TITLE = "CPU a turn against the length of a conversation"
VERSIONS = ("aiohttp", "msgspec", "uvloop", *frameworks.packages())
LENGTHS = (5, 10, 20, 50, 100, 200)
SHORT, LONG = 10, 200
AT_ONCE, FEWEST, TURNS = 50, 10, 500
"""Conversations at once: as many as make so many turns together, within bounds."""
CHEAPER = {SHORT: 12.0, LONG: 30.0}
"""At a length, how many times as much a framework for agents is to take."""
PLOT = "performance/growth.svg"


async def run(number: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Let everyone hold conversations of every length, round by round."""
    names = ("raw", "bare", "colloquia", *frameworks.installed())
    taken: dict[str, dict[int, list[float]]] = {name: {turns: [] for turns in LENGTHS} for name in names}
    with rounds.serving() as url:
        for each in range(number):
            for turns in LENGTHS:
                for name in names:
                    took = rounds.once(name, url, load_of(turns))
                    taken[name][turns].append(took.cpu_ms_a_turn)
            say(f"{TITLE}, round {each + 1} of {number}")
    found = found_of(taken)
    draw(found["cpu_ms_a_turn"])
    return {"rounds": number, **found}


def load_of(turns: int) -> Load:
    """Return the work at a length: fewer conversations where they are long, since frameworks take minutes there."""
    return Load(conversations=min(max(TURNS // turns, FEWEST), AT_ONCE), turns=turns)


def found_of(taken: Mapping[str, Mapping[int, list[float]]]) -> dict[str, Any]:
    """Return medians by name and length, and whether a run is as much cheaper as it is to be where it can be said."""
    medians = {
        name: {str(turns): median(times) for turns, times in by_length.items()} for name, by_length in taken.items()
    }
    ratios = {
        name: {
            str(turns): median(
                theirs / ours for theirs, ours in zip(taken[name][turns], taken["colloquia"][turns], strict=True)
            )
            for turns in CHEAPER
        }
        for name in taken
        if name in frameworks.ALL
    }
    agents = [ratios[name] for name in frameworks.AGENTS if name in ratios]
    holds = all(by_length[str(turns)] >= least for by_length in agents for turns, least in CHEAPER.items())
    return {"cpu_ms_a_turn": medians, "times_ours": ratios, "holds": bool(agents) and holds}


def section(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of the page."""
    conversations = ", ".join(f"{load_of(turns).conversations}" for turns in LENGTHS)
    yield f"{conversations} conversations at once, by length; each contestant alone in its process. {_verdict(found)}"
    yield ""
    yield f"![CPU a turn in milliseconds against turns a conversation, both axes logarithmic]({PLOT})"
    yield ""
    yield "| ms of CPU a turn, turns a conversation: | " + " | ".join(map(str, LENGTHS)) + " |"
    yield "|---|" + "---:|" * len(LENGTHS)
    for name, by_length in found["cpu_ms_a_turn"].items():
        yield f"| `{name}` | " + " | ".join(f"{by_length[str(turns)]:.3f}" for turns in LENGTHS) + " |"


def _verdict(found: Mapping[str, Any]) -> str:
    aim = f"To reach: every framework for agents takes at least {CHEAPER[SHORT]:.0f} times the CPU of `colloquia`"
    aim += f" at {SHORT} turns and {CHEAPER[LONG]:.0f} times at {LONG}"
    if not any(name in found["times_ours"] for name in frameworks.AGENTS):
        return f"{aim}; no framework was installed, so that is not known."
    told = "; ".join(
        f"`{name}` {by_length[str(SHORT)]:.1f} and {by_length[str(LONG)]:.1f} times"
        for name, by_length in found["times_ours"].items()
    )
    return f"{aim}: {told}; {'reached' if found['holds'] else '**not reached**'}."


def draw(medians: Mapping[str, Mapping[str, float]]) -> None:
    """Write the plot."""
    import altair as alt

    rows = [
        {"who": name, "turns": int(turns), "ms": ms}
        for name, by_length in medians.items()
        for turns, ms in by_length.items()
    ]
    scale = alt.Scale(type="log")
    chart = (
        alt.Chart(alt.Data(values=rows), width=520, height=320)
        .mark_line(point=True)
        .encode(
            x=alt.X("turns:Q", scale=scale, title="turns a conversation"),
            y=alt.Y("ms:Q", scale=scale, title="ms of CPU a turn"),
            color=alt.Color("who:N", sort=list(medians), title=None),
        )
    )
    (ROOT / "docs" / PLOT).parent.mkdir(exist_ok=True)
    chart.save(str(ROOT / "docs" / PLOT))
