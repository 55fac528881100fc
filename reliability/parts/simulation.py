"""Part ``simulation``: whole runs on a virtual clock, disturbed in every way, and eight invariants that always hold."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from reliability.simulating import bugs
from reliability.simulating.counting import caught, retold, stories
from reliability.steps import broken, taken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from reliability.row import Row, Scale
    from reliability.steps import Step
    from reliability.tally import Tally

PART = "simulation"
SEEDS: dict[Scale, int] = {"short": 50, "full": 1_020}
SIZE: dict[Scale, str] = {"short": "small", "full": "usual"}
PIECE = 20
RETOLD: dict[Scale, int] = {"short": 4, "full": 40}
MOST_TO_CATCH = 60
"""A planted bug has to show within so many seeds."""
LEFT_TO_BUDGET = ("settle a lost call at zero",)

DETAILS = (
    "Session, run, caller, budget, writer, reader and decoder are those of the package; only clock, chance, disk and "
    "transport are stand-ins. Each seed draws a study, a mix of faults (429 with every form of hint, 5xx, wrong "
    "bodies, cut and stalled streams, errors in a stream, lost replies, refusals, filters, empty replies, late and "
    "missing usage, models, keys and credit refused), kills and power cuts at a random moment or disk call, disk "
    "errors, stops, pauses, a lost network, suspends, clocks put back, and edits of the study; runs follow one "
    "another until it is finished. The oracle reads bytes and shares no code with the package. The same seed tells "
    "the same story, so that a failure is repeated by its seed."
)


def prove(scale: Scale, seed: int, say: Callable[[str], None]) -> Sequence[Row]:
    """Tell many stories, and plant bugs in some."""
    found = taken(PART, scale, seed, dict(_steps(scale, seed)), say)
    return [
        *broken(PART, found),
        *_rows(found),
        *(found[bug].row(PART, bugs.CLAIMS[bug], "seeds until it showed", is_planted=True) for bug in _bugs()),
    ]


def _rows(found: dict[str, Tally]) -> Iterator[Row]:
    seeds = f"{found['seeds'].tried:,} seeds"
    yield found["turns"].row(
        PART,
        "Each turn has one line (I1), the turns of a conversation are contiguous from the first (I2), and what was "
        "sent at each turn is, message for message and in its hash, made of the turns before it (I3).",
        "simulated conversations",
        figure=f"{found['kept'].tried:,} turns, {seeds}",
        details=DETAILS,
    )
    well = found["calls"].kinds["well"]
    yield found["calls"].row(
        PART,
        "Every call has its attempt durable in the journal before it leaves (I4), and no turn that has an answer, a "
        "refusal or an empty one included, is asked for again (I7).",
        "calls",
        figure=f"{found['calls'].tried - well:,} not answered well, in {len(found['calls'].kinds) - 1} ways",
    )
    yield found["kept"].row(
        PART, "A turn is durable when it is reported as done, and stays as it was reported (I5).", "turns"
    )
    yield found["billed"].row(
        PART,
        "Every dollar billed is in log and journal: at its price where the service told it, else at no less (I6).",
        "calls",
    )
    yield found["ends"].row(
        PART,
        "Every run ends by itself or by what was done to it, and the next goes on where it was.",
        "runs",
        figure=", ".join(f"{count:,} {kind}" for kind, count in found["ends"].kinds.most_common(9)),
    )
    yield found["idle"].row(
        PART,
        "A study that is left alone is completed, and running it once more makes no call and changes no byte (I8).",
        "studies",
    )
    yield found["same"].row(PART, "The same seed tells the same story, to the byte.", "seeds told twice")


def _steps(scale: Scale, seed: int) -> Iterator[tuple[str, Step]]:
    for first in range(0, SEEDS[scale], PIECE):
        number = min(PIECE, SEEDS[scale] - first)
        yield f"seeds from {first}", partial(stories, str(seed), first, number, SIZE[scale])
    yield "told twice", partial(retold, str(seed), 0, RETOLD[scale], SIZE[scale])
    for bug in _bugs():
        yield f"planted: {bug}", partial(caught, str(seed), bug, MOST_TO_CATCH)


def _bugs() -> list[str]:
    return [bug for bug in bugs.CLAIMS if bug not in LEFT_TO_BUDGET]
