"""Numbers with as many digits as are wanted, written in full: an exponent says nothing to most readers."""

from __future__ import annotations

from decimal import Decimal

_LEAST, _MOST = 1e-9, 1e12
"""Smaller and greater numbers read better with an exponent."""


def rounded(value: float, digits: int) -> str:
    """Return a number with so many digits, without zeros at its end; a greater one to the whole, as ``1,234``."""
    said = f"{value:.{digits}g}"
    if "e" not in said or not _LEAST <= abs(value) < _MOST:
        return said
    return f"{value:,.0f}" if abs(value) >= 1 else f"{Decimal(said):f}"
