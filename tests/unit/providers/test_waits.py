"""Hints on how long to wait are found in every form, and none is shortened."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import pytest
from unit.providers.bodies import AT, error, failing

from colloquia.providers.waits import wait_seconds

DATE = format_datetime(AT, usegmt=True)
LATER = format_datetime(AT + timedelta(seconds=90), usegmt=True)
RESET = str(int((AT.timestamp() + 45) * 1000))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "5"}, 5.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "0.25"}, 0.25),
        ({"retry-after": "31536000"}, 31536000.0),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": LATER}, 90.0),
        ({"retry-after": DATE}, 0.0),
        ({"retry-after": "Sun, 22 Nov 2020 12:00:00 GMT"}, 0.0),
        ({"retry-after": "Sun, 99 Nov 2026 12:00:00 GMT"}, None),
        ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after-ms": "x", "retry-after": "1"}, 1.0),
        ({"x-ratelimit-reset": RESET}, 45.0),
        ({"x-ratelimit-reset": str(int(AT.timestamp()) + 45)}, 45.0),
        ({"x-ratelimit-reset": "12"}, 12.0),
        ({"x-ratelimit-reset": "1000000000000"}, 0.0),
        ({"x-ratelimit-reset": "6m0s"}, None),
        ({"x-ratelimit-reset": RESET, "retry-after": "3"}, 3.0),
    ],
)
def test_a_hint_in_the_headers_is_found(headers: dict[str, str], seconds: float | None) -> None:
    """Seconds, milliseconds, a date or a moment; nonsense is no hint."""
    assert wait_seconds(headers, {}, AT) == seconds


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        (error(429, headers={"X-RateLimit-Reset": RESET}), 45.0),
        (error(429, headers={"Retry-After": "4"}), 4.0),
        (error(429, headers=["x"]), None),
        (error(429, retry_after=6), 6.0),
        ({"error": {"availability": {"retry_after": 8}}}, 8.0),
        ({"error": {"availability": {"retry_after": None}}}, None),
    ],
)
def test_a_hint_in_the_body_is_found(told: dict[str, dict[str, object]], seconds: float | None) -> None:
    """OpenRouter repeats its headers there."""
    assert wait_seconds({}, told["error"], AT) == seconds
    assert failing(told, 429).retry_after_seconds == seconds


def test_dates_are_reckoned_by_the_servers_own_clock() -> None:
    """Where this machine's clock is an hour off, the wait is the same."""
    off = AT + timedelta(hours=1)

    assert wait_seconds({"date": DATE, "retry-after": LATER}, {}, off) == 90.0
    assert wait_seconds({"date": DATE, "x-ratelimit-reset": RESET}, {}, off) == 45.0
