"""What the tests in a real browser share."""

from __future__ import annotations

from browsing import browser, pages, tab  # noqa: F401 (fixtures)
