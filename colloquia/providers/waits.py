"""How long a server asks to wait, in whichever of the many ways it says so; a hint is never shortened here."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from colloquia.providers.decoding import mapping, number

if TYPE_CHECKING:
    from collections.abc import Mapping

FIRST_EPOCH_SECONDS = 10**9
"""From here on a number is a moment, not a span."""
FIRST_EPOCH_MILLISECONDS = 10**11
"""From here on it is a moment in milliseconds."""


def wait_seconds(headers: Mapping[str, str], error: Mapping[str, Any], now: datetime) -> float | None:
    """Return how long to wait before the next call, or None where the server does not say.

    Args:
        headers: Of the answer, by lower-case name; its own ``date`` is taken for now, since clocks differ.
        error: The server's error object.
        now: This machine's clock, where the server shows none.
    """
    metadata = mapping(error.get("metadata"))
    repeated = {str(name).lower(): value for name, value in mapping(metadata.get("headers")).items()}
    said: dict[str, object] = {**repeated, **headers}
    server_now = _moment(said.get("date")) or now
    spans = (
        _seconds(said.get("retry-after-ms"), unit=1000),
        _retry_after(said.get("retry-after"), server_now),
        _seconds(mapping(error.get("availability")).get("retry_after")),
        _seconds(metadata.get("retry_after")),
        _reset(said.get("x-ratelimit-reset"), server_now),
    )
    return next((span for span in spans if span is not None), None)


def _retry_after(value: object, now: datetime) -> float | None:
    seconds = _seconds(value)
    if seconds is not None:
        return seconds
    moment = _moment(value)
    return max((moment - now).total_seconds(), 0.0) if moment else None


def _reset(value: object, now: datetime) -> float | None:
    moment = number(value)
    if moment is None or moment < FIRST_EPOCH_SECONDS:
        return _seconds(value)
    epoch_seconds = moment / 1000 if moment >= FIRST_EPOCH_MILLISECONDS else moment
    return max(epoch_seconds - now.timestamp(), 0.0)


def _seconds(value: object, *, unit: float = 1) -> float | None:
    span = number(value)
    return span / unit if span is not None and span >= 0 else None


def _moment(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
