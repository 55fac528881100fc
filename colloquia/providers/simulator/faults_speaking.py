"""Faults of the model: refusals, empty answers, cut ones, odd reasons; the same in streams and in whole replies."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from colloquia.providers.simulator.fault import Misspeaks
from colloquia.providers.simulator.speech import Tokens, split

if TYPE_CHECKING:
    from collections.abc import Callable

    from colloquia.providers.simulator.speech import Speech

REFUSAL = "I'm sorry, but I can't help with that. (simulated)"
THOUGHT = "Simulated thoughts that never come to an end,"


def _with(**fields: Any) -> Callable[[Speech], Speech]:  # noqa: ANN401 (fields of a speech)
    return lambda speech: replace(speech, **fields)


def _ended(finish: str | None, native: str | None, **fields: Any) -> Callable[[Speech], Speech]:  # noqa: ANN401 (the same)
    return lambda speech: replace(speech, finish_reason=finish, native_finish_reason=native, **fields)


def _half(speech: Speech, **fields: Any) -> Speech:  # noqa: ANN401 (the same)
    tokens = split(speech.content or "")
    kept = tokens[: max(len(tokens) // 2, 1)]
    counted = replace(speech.tokens, completion=speech.tokens.completion - len(tokens) + len(kept))
    return replace(speech, **{"content": "".join(kept), "tokens": counted, **fields})


def _cut(speech: Speech) -> Speech:
    return _half(speech, finish_reason="length", native_finish_reason="length")


def _filtered_half(speech: Speech) -> Speech:
    return _half(speech, finish_reason="content_filter", native_finish_reason="SAFETY")


def _broken_half(speech: Speech) -> Speech:
    return _half(speech, finish_reason="error", native_finish_reason=None)


def _errored_half(speech: Speech) -> Speech:
    error = {"code": 502, "message": "Provider disconnected (simulated)"}
    return replace(_broken_half(speech), error=error)


def _json_cut(speech: Speech) -> Speech:
    text = '{"answer": "simulated", "because": "it was dra'
    return replace(_cut(speech), content=text, tokens=replace(speech.tokens, completion=len(split(text))))


def _only_thought(speech: Speech, *, finish: str, is_shown: bool) -> Speech:
    """Return a speech that spent all its tokens on reasoning."""
    spent = len(split(THOUGHT))
    tokens = Tokens(prompt=speech.tokens.prompt, completion=spent, reasoning=spent)
    reasoning = THOUGHT if is_shown else None
    content = None if is_shown else ""
    ended = replace(speech, finish_reason=finish, native_finish_reason=finish)
    return replace(ended, content=content, reasoning=reasoning, tokens=tokens)


def _nothing(finish: str | None, content: str | None) -> Callable[[Speech], Speech]:
    """Return a change to a speech of no tokens at all, as after a cold start."""
    return lambda speech: replace(
        speech,
        content=content,
        finish_reason=finish,
        native_finish_reason=finish,
        tokens=Tokens(prompt=speech.tokens.prompt, completion=0),
    )


def _said(text: str) -> Callable[[Speech], Speech]:
    """Return a change to other words, honestly counted."""
    return lambda speech: replace(
        speech, content=text, tokens=replace(speech.tokens, completion=speech.tokens.reasoning + len(split(text)))
    )


REFUSALS = (
    Misspeaks(
        name="refusal-text",
        does="The model refuses in plain words; nothing else says so.",
        row=12,
        change=_said(REFUSAL),
    ),
    Misspeaks(
        name="refusal-field",
        does="The refusal stands in its own field, and there is no content.",
        row=12,
        change=_with(content=None, refusal=REFUSAL),
    ),
    Misspeaks(
        name="refusal-filter",
        does="A filter leaves nothing; the finish reason and the provider's own word say so.",
        row=12,
        change=_ended("content_filter", "refusal", content=None),
    ),
    Misspeaks(
        name="refusal-filter-explained",
        does="The same, with the category beside it.",
        row=12,
        change=_ended(
            "content_filter",
            "refusal",
            content="",
            beside={"stop_details": {"category": "simulated", "explanation": "Simulated."}},
        ),
    ),
    Misspeaks(
        name="refusal-filter-partial",
        does="A filter stops the model in the middle.",
        row=12,
        change=_filtered_half,
    ),
    Misspeaks(
        name="refusal-native",
        does="The finish reason is stop, the provider's own word is refusal, and there is no content.",
        row=12,
        change=_ended("stop", "refusal", content=None),
    ),
    Misspeaks(
        name="refusal-silent",
        does="The refusal was dropped on the way: no content, and finish reason stop.",
        row=14,
        change=_ended("stop", "stop", content=""),
    ),
)

LENGTHS = (
    Misspeaks(name="length-cut", does="The reply is cut at its greatest length.", row=11, change=_cut),
    Misspeaks(name="length-cut-json", does="The same in the middle of a JSON text.", row=11, change=_json_cut),
    Misspeaks(
        name="length-reasoning",
        does="All tokens went into reasoning, which is shown; finish reason length.",
        row=15,
        change=lambda speech: _only_thought(speech, finish="length", is_shown=True),
    ),
    Misspeaks(
        name="length-reasoning-stop",
        does="The same with finish reason stop.",
        row=15,
        change=lambda speech: _only_thought(speech, finish="stop", is_shown=True),
    ),
    Misspeaks(
        name="length-reasoning-hidden",
        does="All tokens went into reasoning, which only the usage tells.",
        row=15,
        change=lambda speech: _only_thought(speech, finish="length", is_shown=False),
    ),
)

REASONS = (
    Misspeaks(name="finish-null", does="The finish reason is null.", row=13, change=_ended(None, None)),
    Misspeaks(name="finish-blank", does="The finish reason is an empty text.", row=13, change=_ended("", "")),
    Misspeaks(
        name="finish-unknown",
        does="The finish reason is a word that nobody knows.",
        row=13,
        change=_ended("simulated_reason", "SIMULATED"),
    ),
    Misspeaks(
        name="finish-error",
        does="The finish reason is error, beside half a text.",
        row=10,
        change=_broken_half,
    ),
    Misspeaks(
        name="choice-error",
        does="An error in the choice, beside half a text.",
        row=10,
        change=_errored_half,
    ),
)

EMPTY = (
    Misspeaks(name="content-null", does="Content is null, finish reason stop.", row=14, change=_with(content=None)),
    Misspeaks(name="content-empty", does="Content is an empty text.", row=14, change=_with(content="")),
    Misspeaks(name="content-blank", does="Content is white space.", row=14, change=_with(content=" \n ")),
    Misspeaks(
        name="empty-cold",
        does="A cold start: no tokens and no finish reason; not billed.",
        row=14,
        change=_nothing(None, None),
    ),
    Misspeaks(
        name="empty-error",
        does="No tokens, and finish reason error; not billed.",
        row=14,
        change=_nothing("error", ""),
    ),
    Misspeaks(
        name="empty-stop",
        does="No tokens, and finish reason stop.",
        row=14,
        change=_nothing("stop", ""),
    ),
    Misspeaks(
        name="empty-unexplained",
        does="No text and no finish reason, although tokens were counted.",
        row=14,
        change=_ended(None, None, content=""),
    ),
)

CONTENTS = (
    Misspeaks(
        name="content-parts",
        does="Content is a list of parts.",
        row=16,
        change=lambda speech: replace(speech, content=[{"type": "text", "text": speech.content}]),
    ),
    Misspeaks(name="content-number", does="Content is a number.", row=16, change=_with(content=5)),
    Misspeaks(
        name="content-odd",
        does="Content holds U+2028, U+0085, NUL and line ends of every kind.",
        row=37,
        change=_said("Simulated:\u2028one\u0085two\x00three\r\nfour\rfive"),
    ),
    Misspeaks(
        name="content-long",
        does="Content is 2 MB long.",
        row=37,
        change=_said("Simulated " + "long" * 2**19),
    ),
)

FAULTS = (*REFUSALS, *LENGTHS, *REASONS, *EMPTY, *CONTENTS)
