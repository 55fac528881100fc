"""The fault matrix as a table: what goes wrong, what is then right, and which faults of the simulator show it.

A verdict says what a run has to make of a fault: ``said`` (a turn, and the talk goes on), the name of an outcome (a
turn that ends its talk, never asked again), or how much a failure stops: ``rate``, ``transient``, ``stop_trial``,
``stop_model``, ``stop_run``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from colloquia.providers.simulator.faults import FAULTS

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVER_FAULTS = tuple(name for name in FAULTS if name.startswith("status-5") and FAULTS[name].row == 8)
CLOCK_FAULTS = frozenset(
    {"late-answer", "never-answer", "slow-drip", "stall-after-head", "stall-in-body", "stream-comments"}
)
"""Faults that only the client's own patience ends."""
HINT_SECONDS = {
    "status-402-in-flight": 30.0,
    "status-429-seconds": 30.0,
    "status-429-milliseconds": 30.0,
    "status-429-date": 30.0,
    "status-429-reset": 30.0,
    "status-429-skewed": 30.0,
    "status-429-minute": 30.0,
    "status-429-day": 30.0,
    "status-503-hint": 30.0,
}
"""Simulated seconds that each asks to wait."""


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """One row of the matrix."""

    right: str
    """The right behaviour, as a claim."""
    verdicts: Mapping[str, str] = field(default_factory=dict)
    """By fault; none where the row is shown by a scene of its own."""
    scenes: tuple[str, ...] = ()
    """Functions in ``scenes.py`` that show it."""


def _all(verdict: str, *names: str) -> dict[str, str]:
    return dict.fromkeys(names, verdict)


MATRIX: dict[int, Trouble] = {
    1: Trouble(
        right="A rate limit with a hint: that model waits at least as long, in whatever form it was said.",
        verdicts=_all(
            "rate",
            *(f"status-429-{form}" for form in ("seconds", "milliseconds", "date", "reset", "skewed", "zero")),
            "status-429-minute",
            "status-429-day",
        )
        | {"status-429-absurd": "stop_model"},
    ),
    2: Trouble(
        right="A rate limit without a hint: tried again after a pause of one's own.",
        verdicts=_all("rate", "status-429", "status-429-garbage", "status-429-upstream"),
    ),
    3: Trouble(
        right="No credit left: the run stops and says to top up; a budget of calls in flight is waited for.",
        verdicts=_all("stop_run", "status-402", "status-429-quota") | {"status-402-in-flight": "rate"},
    ),
    4: Trouble(
        right="A refused key: found before any call, or stops the run before more is spent; named, never shown.",
        verdicts={"status-401": "stop_run"},
        scenes=("refused_key",),
    ),
    5: Trouble(
        right="Forbidden: a blocked input is data, a guardrail stops the run, a region stops the model.",
        verdicts={
            "status-403-moderation": "input_blocked",
            "status-403-guardrail": "stop_run",
            "status-403-budget": "stop_run",
            "status-403-region": "stop_model",
        },
    ),
    6: Trouble(
        right="A context that is too long ends its conversation as data, also where the history grows into it.",
        verdicts=_all("context_overflow", "status-400-context", "status-400-context-untyped"),
        scenes=("growing_history",),
    ),
    7: Trouble(
        right="A request that is wrong stops its model; `retryable` is believed; other models go on.",
        verdicts=_all(
            "stop_model",
            *("status-400", "status-400-provider", "status-400-model", "status-404", "status-404-deprecated"),
            *("status-404-free", "status-422", "status-499-billed", "status-503-not-retryable"),
        )
        | {"status-404-retryable": "transient", "status-413": "stop_trial"},
    ),
    8: Trouble(
        right="A server in trouble is asked again, whatever its body; the body never becomes a turn.",
        verdicts=_all(
            "transient",
            *(f"status-408{form}" for form in ("", "-html", "-empty", "-huge", "-billed")),
            *SERVER_FAULTS,
            "too-large",
            "gzip-bomb",
        ),
    ),
    9: Trouble(
        right="Status 200 with an error or without choices is read as what it says, not as a turn.",
        verdicts=_all("transient", "ok-error", "ok-error-text", "choices-null", "choices-empty", "choices-missing")
        | {
            "all-null": "transient",
            "ok-error-rate": "rate",
            "ok-error-key": "stop_run",
            "ok-error-context": "context_overflow",
        },
    ),
    10: Trouble(
        right="A reply that broke off with an error is asked again; its half is kept apart, not in the transcript.",
        verdicts=_all("transient", "finish-error", "choice-error"),
    ),
    11: Trouble(
        right="A reply cut at its length is a turn that is flagged, and the talk goes on.",
        verdicts=_all("said", "length-cut", "length-cut-json"),
    ),
    12: Trouble(
        right="A refusal is data: noted with who refuses, never asked again.",
        verdicts=_all(
            "refusal",
            *("status-400-policy", "status-400-policy-raw", "status-400-refusal", "refusal-filter"),
            *("refusal-filter-explained", "refusal-native"),
        )
        | _all("said", "refusal-text", "refusal-field", "refusal-filter-partial"),
    ),
    13: Trouble(
        right="Without a finish reason a whole reply stands, its reason unknown; a stream without its end does not.",
        verdicts=_all("said", "finish-null", "finish-blank", "finish-unknown", "stream-blank-reasons"),
    ),
    14: Trouble(
        right="No text, but a finish reason or tokens: data at once; no tokens and no reason: asked again.",
        verdicts=_all(
            "empty",
            *("refusal-silent", "content-null", "content-empty", "content-blank", "empty-stop", "empty-unexplained"),
        )
        | _all("transient", "empty-cold", "empty-error"),
    ),
    15: Trouble(
        right="Only reasoning and no answer: data; the reasoning is kept apart and shown to nobody.",
        verdicts=_all("no_answer", "length-reasoning", "length-reasoning-stop", "length-reasoning-hidden"),
    ),
    16: Trouble(
        right="What is malformed is asked again, within bounds; what is only odd is read.",
        verdicts=_all(
            "transient",
            *("status-503-string-code", "ok-error-string-code", "ok-html", "ok-empty", "not-a-table", "usage-nan"),
            *("json-cut", "not-utf8", "gzip-cut", "content-number"),
        )
        | _all(
            "said",
            *("content-parts", "nested", "usage-missing", "usage-null", "usage-zero", "usage-strings"),
            *("leading-space", "keys-twice", "gzip", "json-for-stream", "stream-for-json", "stream-no-usage"),
            *("stream-two-usages", "stream-empty-detail"),
        ),
    ),
    17: Trouble(
        right="A body that was cut off is asked again; one that only seems to be is not.",
        verdicts=_all(
            "transient",
            *("stream-cut", "stream-cut-done", "stream-garbled", "close-in-body", "bad-chunk", "length-too-short"),
        )
        | _all(
            "said",
            *("length-too-long", "stream-no-done", "stream-done-twice", "stream-after-done", "stream-at-once"),
            *("hang-after-end", "byte-by-byte"),
        ),
    ),
    18: Trouble(
        right="An error in the middle of a stream is read like one before it; what had come is no turn.",
        verdicts=_all("transient", *(name for name in FAULTS if name.startswith("stream-error"))),
    ),
    19: Trouble(
        right="Comments keep no stream alive for ever.",
        verdicts={"stream-comments": "transient"},
    ),
    20: Trouble(
        right="A connection that is refused, reset or nonsense is tried again; a network that is gone is waited for.",
        verdicts=_all("transient", "close-unanswered", "reset-unanswered", "no-http", "reset-in-body")
        | {"keep-alive-closed": "said"},
        scenes=("nobody_listens", "network_gone"),
    ),
    21: Trouble(
        right="A server that stalls, drips or never answers meets a deadline; one that is only slow does not.",
        verdicts=_all("transient", "never-answer", "stall-after-head", "stall-in-body", "slow-drip", "late-answer")
        | {"slow-answer": "said"},
    ),
    22: Trouble(
        right="A reply that bears another's id, or comes twice, makes one turn.",
        verdicts={"same-id": "said"},
    ),
    24: Trouble(
        right="Ctrl-C: no new turn, calls under way become turns, code 130, and the same command goes on.",
        scenes=("interrupted",),
    ),
    25: Trouble(
        right="SIGTERM and SIGHUP: the same with codes 143 and 129.",
        scenes=("terminated", "hung_up"),
    ),
    32: Trouble(
        right="A changed study asks only for what is new or longer; paid turns fall out with `--drop` only.",
        scenes=("changed_study",),
    ),
    34: Trouble(
        right="A cap without a price is refused before any call; without a cap the cost is unknown, not zero.",
        scenes=("unknown_price",),
    ),
    35: Trouble(
        right="What is billed never passes the cap, with all conversations asking at once; a higher cap goes on.",
        scenes=("reached_cap",),
    ),
    36: Trouble(
        right="Who served is in every row, and a mixture is said.",
        verdicts=_all("said", "other-model", "other-provider", "provider-null"),
        scenes=("mixed_providers",),
    ),
    37: Trouble(
        right="Odd text is kept to the letter through log and table; half a character is marked.",
        verdicts=_all("said", "content-odd", "content-long", "half-character"),
    ),
    38: Trouble(
        right="No reply is taken from a cache that was not asked for; one that is costs nothing and has no latency.",
        verdicts={"cache-replay": "said"},
    ),
    39: Trouble(
        right="A second Ctrl-C closes the streams under way; the service bills what had come, and `check` lists them.",
        scenes=("cut_short",),
    ),
}
"""By the number of the row."""

STREAMED: dict[str, str] = {"finish-null": "transient", "finish-blank": "transient", "empty-unexplained": "transient"}
"""Verdicts that are others where replies are streamed."""

ELSEWHERE: dict[int, str] = {
    23: "a clock that jumps: tests/unit/running/test_heartbeat.py, on clocks of its own",
    26: "SIGKILL: part kills",
    27: "a disk that fails: parts files and power",
    28: "a folder that cannot be written: part files, tests/functional/test_bad_input.py",
    29: "a torn end: parts files and kills",
    30: "a corrupt line: part files",
    31: "two writers: tests/functional/test_control.py, tests/unit/logbook",
    33: "logs of older versions: tests/functional/test_earlier_versions.py; of a newer one: tests/unit/logbook",
    40: "a million turns: make bench PART=logs, which reads them for a resume and writes them as CSV",
}
"""Rows that no socket can show, and what shows them, where anything does."""


def uncovered() -> list[str]:
    """Return the faults of the simulator that no row names, those that need a scene of their own apart."""
    named = {name for trouble in MATRIX.values() for name in trouble.verdicts}
    shown_by_scenes = {"connection-refused"}
    return sorted(set(FAULTS) - named - shown_by_scenes)


def verdict(row: int, name: str, *, is_streaming: bool) -> str:
    """Return what a run has to make of a fault."""
    expected = MATRIX[row].verdicts[name]
    return STREAMED.get(name, expected) if is_streaming else expected
