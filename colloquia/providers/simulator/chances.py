"""Every random draw of the simulator: a pure function of what is drawn, so that no order of requests changes it."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

Option = TypeVar("Option")


def whole(*what: object) -> int:
    """Return the whole number drawn for ``what``, uniform below 2**64."""
    told = "\x1f".join(map(str, what)).encode("utf-8", "surrogatepass")
    return int.from_bytes(sha256(told).digest()[:8])


def fraction(*what: object) -> float:
    """Return the number drawn for ``what``, uniform from 0 to below 1."""
    return (whole(*what) >> 11) / 2**53


def pick(options: Sequence[Option], *what: object) -> Option:
    """Return the option drawn for ``what``."""
    return options[whole(*what) % len(options)]
