"""Numbers in words, the same in a terminal and on a page."""

from __future__ import annotations

_CENT = 0.01


def count(number: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def money(dollars: float | None, *, unknown: str = "an unknown sum") -> str:
    """Return an amount with as many digits as it needs."""
    if dollars is None:
        return unknown
    if dollars == 0:
        return "$0"
    if dollars >= 1:
        return f"${dollars:,.2f}"
    return f"${dollars:.4f}" if dollars >= _CENT else f"${dollars:.6f}"


def spent(dollars: float, *, has_unknown_cost: bool, has_bounded_cost: bool) -> str:
    """Return what was spent: ``about`` where a price is unknown, ``at most`` where lost calls count at their most."""
    about = "about " if has_unknown_cost else "at most " if has_bounded_cost else ""
    return f"{about}{money(dollars)}"


def duration(seconds: float) -> str:
    """Return a length of time in words."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
