"""Faults of a stream."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from colloquia.providers.simulator.fault import Unsettles
from colloquia.providers.simulator.script import Event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from colloquia.providers.simulator.script import Answer

DISCONNECTED = {"code": 502, "message": "Provider disconnected", "metadata": {"error_type": "provider_unavailable"}}
COMMENT = b": OPENROUTER PROCESSING"
DONE = b"data: [DONE]"

Events = list[Event]


def _events(change: Callable[[Events], Iterable[Event]]) -> Callable[[Answer], Answer]:
    return lambda answer: replace(answer, events=tuple(change(list(answer.events or ()))))


def _choice(event: Event) -> dict[str, Any]:
    choices = event.data.get("choices") if isinstance(event.data, dict) else None
    return choices[0] if choices else {}


def _is_spoken(event: Event) -> bool:
    """Tell whether the event comes before the end of the reply."""
    return not _choice(event).get("finish_reason")


def _is_usage(event: Event) -> bool:
    return isinstance(event.data, dict) and "usage" in event.data


def _ends(event: Event) -> bool:
    return event.data == DONE


def _half(events: Events) -> Events:
    """Return the first half of what is said."""
    spoken = [event for event in events if isinstance(event.data, bytes) or _choice(event)]
    spoken = [event for event in spoken if _is_spoken(event) and not _ends(event)]
    return spoken[: max(len(spoken) // 2, 3)]


def _frame(events: Events) -> dict[str, Any]:
    """Return what all chunks have in common."""
    chunk = next(event.data for event in events if isinstance(event.data, dict))
    return {name: value for name, value in chunk.items() if name != "choices"}


def _broken_by(error: object, choices: list[dict[str, Any]] | None) -> Callable[[Events], Events]:
    """Return a change by which an error ends the stream half-way; it stands alone where there are no choices."""

    def change(events: Events) -> Events:
        kept = _half(events)
        frame = {} if choices is None else {**_frame(events), "choices": choices}
        return [*kept, Event({**frame, "error": error}, kept[-1].tokens)]

    return change


def _broken_at_once(events: Events) -> Events:
    return [Event({**_frame(events), "error": DISCONNECTED, "choices": []})]


def _again(which: Callable[[Event], bool]) -> Callable[[Events], Events]:
    return lambda events: [copy for event in events for copy in ([event, event] if which(event) else [event])]


def _without(which: Callable[[Event], bool]) -> Callable[[Events], Events]:
    return lambda events: [event for event in events if not which(event)]


def _with_blank_reasons(events: Events) -> Events:
    return [_blank(event) if _choice(event) and _is_spoken(event) else event for event in events]


def _blank(event: Event) -> Event:
    data = event.data if isinstance(event.data, dict) else {}
    return replace(event, data={**data, "choices": [{**_choice(event), "finish_reason": ""}]})


def _garbled(events: Events) -> Events:
    kept = _half(events)
    return [*kept, Event(b'data: {"choices": [{"delta": {"content": "simu'), *events[len(kept) :]]


def _with_empty_detail(events: Events) -> Events:
    delta = {"content": "", "reasoning_details": [{"type": "reasoning.text", "index": 0}]}
    odd = Event({**_frame(events), "choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
    return [*events[:2], odd, *events[2:]]


def _after_done(events: Events) -> Events:
    late = {**_frame(events), "choices": [{"index": 0, "delta": {"content": " (too late)"}, "finish_reason": None}]}
    return [*events, Event(late)]


def _said_at_once(events: Events) -> Events:
    """Return the events with comments left out and no pauses."""
    return [replace(event, pause_seconds=0.0) for event in events if event.data != COMMENT]


_CHOICES = [{"index": 0, "delta": {"content": ""}, "finish_reason": "error", "native_finish_reason": "error"}]
_WORD_CODE = {"code": "server_error", "message": "Provider disconnected"}

ERRORS = (
    Unsettles(
        name="stream-error",
        does="An error ends the stream half-way, its code a number.",
        row=18,
        fits_only="streamed",
        is_free=True,
        change=_events(_broken_by(DISCONNECTED, _CHOICES)),
    ),
    Unsettles(
        name="stream-error-word",
        does="The same, its code a word.",
        row=18,
        fits_only="streamed",
        is_free=True,
        change=_events(_broken_by(_WORD_CODE, _CHOICES)),
    ),
    Unsettles(
        name="stream-error-no-choices",
        does="The same, with an empty list of choices.",
        row=18,
        fits_only="streamed",
        is_free=True,
        change=_events(_broken_by(DISCONNECTED, [])),
    ),
    Unsettles(
        name="stream-error-bare",
        does="The same, the error alone in its event.",
        row=18,
        fits_only="streamed",
        is_free=True,
        change=_events(_broken_by(DISCONNECTED, None)),
    ),
    Unsettles(
        name="stream-error-billed",
        does="The same, and the model's reply is billed.",
        row=18,
        fits_only="streamed",
        change=_events(_broken_by(DISCONNECTED, None)),
    ),
    Unsettles(
        name="stream-error-text",
        does="An error ends the stream half-way, the error a text.",
        row=18,
        fits_only="streamed",
        is_free=True,
        change=_events(_broken_by("simulated", None)),
    ),
    Unsettles(
        name="stream-error-request",
        does="An error ends the stream half-way, its code 400, which is no wrong setting once text had come.",
        row=18,
        fits_only="streamed",
        is_free=True,
        change=_events(_broken_by({"code": 400, "message": "Simulated."}, _CHOICES)),
    ),
    Unsettles(
        name="stream-error-first",
        does="An error is the first event.",
        row=18,
        fits_only="streamed",
        is_free=True,
        change=_events(_broken_at_once),
    ),
)

CUT = (
    Unsettles(
        name="stream-cut",
        does="The stream ends half-way as if all were well: no finish reason, no usage, no [DONE].",
        row=17,
        fits_only="streamed",
        change=_events(_half),
    ),
    Unsettles(
        name="stream-cut-done",
        does="The same, with [DONE].",
        row=17,
        fits_only="streamed",
        change=_events(lambda events: [*_half(events), Event(DONE)]),
    ),
    Unsettles(
        name="stream-garbled",
        does="One event is no JSON.",
        row=17,
        fits_only="streamed",
        change=_events(_garbled),
    ),
)

HARMLESS = (
    Unsettles(
        name="stream-no-usage",
        does="There is no usage at the end.",
        row=16,
        fits_only="streamed",
        change=_events(_without(_is_usage)),
    ),
    Unsettles(
        name="stream-two-usages",
        does="The usage comes twice.",
        row=16,
        fits_only="streamed",
        change=_events(_again(_is_usage)),
    ),
    Unsettles(
        name="stream-no-done",
        does="The reply is complete, but [DONE] is missing.",
        row=17,
        fits_only="streamed",
        change=_events(_without(_ends)),
    ),
    Unsettles(
        name="stream-done-twice",
        does="The line [DONE] comes twice.",
        row=17,
        fits_only="streamed",
        change=_events(_again(_ends)),
    ),
    Unsettles(
        name="stream-after-done",
        does="Text comes after [DONE].",
        row=17,
        fits_only="streamed",
        change=_events(_after_done),
    ),
    Unsettles(
        name="stream-blank-reasons",
        does="Every chunk has a finish reason, an empty one before the last.",
        row=13,
        fits_only="streamed",
        change=_events(_with_blank_reasons),
    ),
    Unsettles(
        name="stream-empty-detail",
        does="A reasoning detail has no text.",
        row=16,
        fits_only="streamed",
        change=_events(_with_empty_detail),
    ),
    Unsettles(
        name="stream-at-once",
        does="All events come at once and without comments.",
        row=17,
        fits_only="streamed",
        change=_events(_said_at_once),
    ),
    Unsettles(
        name="stream-for-json",
        does="A request for a whole reply is answered with a stream.",
        row=16,
        fits_only="whole",
        change=_events(list),
    ),
)

FAULTS = (*ERRORS, *CUT, *HARMLESS)
