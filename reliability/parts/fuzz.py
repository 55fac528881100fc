"""Part ``fuzz``: hurt answers, streams cut off, keys repeated, and texts that no table or terminal likes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from reliability import answers, journeys, leaks, sabotage
from reliability.steps import broken, taken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from reliability.row import Row, Scale
    from reliability.steps import Found, Step

PART = "fuzz"
NUMBERS: dict[str, dict[Scale, int]] = {
    "bodies": {"short": 3_000, "full": 100_000},
    "streams": {"short": 500, "full": 50_000},
    "keys": {"short": 500, "full": 20_000},
    "texts": {"short": 500, "full": 21_000},
    "studies": {"short": 100, "full": 5_000},
}
TRIES: dict[str, Callable[[str, int, int], Found]] = {
    "bodies": answers.bodies,
    "streams": answers.streams,
    "keys": leaks.leaks,
    "texts": journeys.hostilities,
    "studies": journeys.frozen_studies,
}
PIECES: dict[Scale, int] = {"short": 1, "full": 5}
UNITS = {
    "bodies": "bodies and streams",
    "cut streams": "streams cut off",
    "holed streams": "streams with a hole",
    "keys in failures": "answers that repeat a key",
    "keys in replies": "answers that repeat a key",
    "texts kept": "texts",
    "texts shown": "outputs",
    "studies": "studies",
}
CLAIMS = {
    "bodies": "Of a hurt body or stream comes a reply or a CallError and nothing else; each can be written down and is "
    "read back the same.",
    "cut streams": "A stream cut off at any byte is a failed call, or has all of its text.",
    "holed streams": "A stream with a damaged event before its end is a failed call.",
    "keys in failures": "What is kept of a failure holds no key, nor a part of one, wherever its server repeats it.",
    "keys in replies": "What is kept of a reply besides the model's own words holds no key, nor a part of one.",
    "texts kept": "A hostile text is the same in the log, in the table read by csv and by pandas, and in load(); no "
    "error on the way, and every request can be rebuilt.",
    "texts shown": "Nothing that show, status, check, verify or plan print of hostile texts is a control character or "
    "turns the direction of writing.",
    "studies": "A study with hostile words is read back from its frozen TOML as the same study.",
}
DETAILS = {
    "bodies": "Golden answers with bytes changed, dropped, doubled, spliced and cut, keys twice, huge numbers, deep "
    "nesting, no UTF-8, and values of every other kind; arriving in pieces.",
    "keys in failures": "Twelve characters in a row are a part of a key; in the raw beginning of a stream, where words "
    "come in pieces, only a whole key counts.",
    "texts kept": "ANSI and OSC sequences, C1, bidi, HTML, formulas, markdown beacons, NUL, U+2028, lone surrogates "
    "(kept as U+FFFD, the original in the journal), lines of a megabyte. The table has an empty cell for no text.",
}


def prove(scale: Scale, seed: int, say: Callable[[str], None]) -> Sequence[Row]:
    """Send and say whatever can be sent and said."""
    found = taken(PART, scale, seed, dict(_steps(scale, seed)), say)
    kinds = len(found["bodies"].kinds)
    rows = [
        found[name].row(
            PART,
            claim,
            UNITS[name],
            figure=f"{kinds} kinds of reply and failure" if name == "bodies" else "",
            details=DETAILS.get(name, ""),
        )
        for name, claim in CLAIMS.items()
    ]
    planted = [found[name].row(PART, bug.claim, "cases", is_planted=True) for name, bug in sabotage.BUGS.items()]
    return [*broken(PART, found), *rows, *planted]


def _steps(scale: Scale, seed: int) -> Iterator[tuple[str, Step]]:
    for what, numbers in NUMBERS.items():
        each = numbers[scale] // PIECES[scale]
        for piece in range(PIECES[scale]):
            yield f"{what}, piece {piece}", partial(TRIES[what], str(seed), 1 + piece * each, each)
    for name in sabotage.BUGS:
        yield f"planted: {name}", partial(sabotage.planted, name, str(seed))
