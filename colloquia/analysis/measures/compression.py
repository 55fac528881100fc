"""Compression: how well the last turns compress, and whether it grows easier as the talk goes on."""

from __future__ import annotations

import zlib
from statistics import fmean
from typing import TYPE_CHECKING

from colloquia.analysis.measuring.measure import Fixture, Measure, Value, Variable, number
from colloquia.analysis.measuring.series import TOO_FEW, slope
from colloquia.analysis.measuring.transcript import dyad
from colloquia.analysis.measuring.words import joined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from colloquia.analysis.measuring.measure import Params
    from colloquia.analysis.measuring.transcript import Transcript


def compression(transcript: Transcript, params: Params) -> Iterator[Value]:
    """Yield mean and slope of zlib bytes per raw byte, over the last bytes of each six turns in a row."""
    size, together = int(params["bytes"]), int(params["turns"])
    turns = transcript.spoken
    points = []
    for end in range(together, len(turns) + 1):
        window = joined(turn.text for turn in turns[end - together : end]).encode()[-size:]
        if len(window) == size:
            points.append((float(turns[end - 1].turn_id), len(zlib.compress(window, int(params["level"]))) / size))
    reason = f"no {together} turns in a row with {size} bytes"
    yield number("compression", fmean(y for _, y in points) if points else None, reason)
    yield number("compression_slope", slope(points), reason if not points else TOO_FEW)


_SAME = "x" * 400

MEASURE = Measure(
    id="compression",
    version=1,
    title="Compression trend",
    of=compression,
    variables=(
        Variable(
            name="compression",
            unit="conversation",
            scale="compressed bytes per byte",
            low=0,
            more_means="less redundant",
        ),
        Variable(
            name="compression_slope",
            unit="conversation",
            scale="change of the ratio per turn",
            more_means="less redundant",
        ),
    ),
    params={"bytes": 1024, "turns": 6, "level": 9},
    minimum="6 turns in a row with 1,024 bytes together; 8 turns for the slope",
    caveat="Compression depends on length, so every window has the same number of bytes: the last 1,024 of its six "
    "turns. Not comparable between languages or alphabets.",
    fixture=Fixture(
        transcript=dyad(*[_SAME] * 8),
        expected=(Value("compression", 21 / 1024), Value("compression_slope", 0.0)),
        source="zlib level 9 of 1,024 bytes of x with two line ends, see benchmarks/references/compression.py.",
    ),
)
