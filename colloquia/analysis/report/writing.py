"""Numbers as a reader wants them: as many digits as their interval carries, signs and ranges set as in print."""

from __future__ import annotations

from math import floor, isfinite, isnan, log10
from typing import TYPE_CHECKING

from colloquia.analysis.rounding import rounded

if TYPE_CHECKING:
    from colloquia.analysis.statistics.result import Estimate

MINUS = "\u2212"
DASH = "\u2013"
THIN = "\u202f"
_MOST = 6
_SMALL = 0.001


def decimals(low: float, high: float) -> int:
    """Return the decimals that give half the width of an interval two digits."""
    half = (high - low) / 2
    if not isfinite(half) or half <= 0:
        return 2
    return min(max(1 - floor(log10(half)), 0), _MOST)


def number(value: float, places: int = 2) -> str:
    """Return a number with so many decimals; a dash where there is none."""
    if isnan(value):
        return DASH
    if not isfinite(value):
        return "\u221e" if value > 0 else f"{MINUS}\u221e"
    said = f"{value:,.{places}f}"
    return (said.removeprefix("-") if not any("1" <= digit <= "9" for digit in said) else said).replace("-", MINUS)


def plain(value: object) -> str:
    """Return a cell of a table: numbers with four digits, whole ones whole, what is unknown as a dash."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return DASH if value is None or value != value else str(value)  # noqa: PLR0124 (what is missing differs from itself)
    if isnan(value):
        return DASH
    if float(value).is_integer() and abs(value) < 1e12:  # noqa: PLR2004 (longer ones read better with an exponent)
        return f"{int(value):,}".replace("-", MINUS)
    return rounded(value, 4).replace("-", MINUS)


def estimated(found: Estimate) -> str:
    """Return ``5.2 (95 % interval 4.1 to 6.3)``."""
    places = decimals(found.low, found.high)
    return f"{number(found.estimate, places)} ({interval(found)})"


def interval(found: Estimate) -> str:
    """Return ``95 % interval 4.1 to 6.3``."""
    if isnan(found.low):
        return "no interval"
    places = decimals(found.low, found.high)
    return f"{100 * found.confidence:g}{THIN}% interval {number(found.low, places)} to {number(found.high, places)}"


def probability(p: float) -> str:
    """Return ``< 0.001`` or ``= 0.012``."""
    if isnan(p):
        return f"= {DASH}"
    return f"< {_SMALL}" if p < _SMALL else f"= {p:.3f}"


def share(part: float, whole: float) -> str:
    """Return a share in per cent."""
    if not whole:
        return DASH
    percent = 100 * part / whole
    return f"{percent:.1f}{THIN}%" if 0 < percent < 10 else f"{percent:.0f}{THIN}%"  # noqa: PLR2004 (two digits are enough)


def counted(how_many: int, what: str, many: str | None = None) -> str:
    """Return ``1 conversation`` or ``1,200 conversations``."""
    return f"{how_many:,} {what if how_many == 1 else many or what + 's'}"


def enumerated(words: list[str]) -> str:
    """Return ``a, b and c``."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
