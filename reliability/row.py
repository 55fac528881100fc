"""One figure of the reliability report: what was claimed, how often it was tried, and what was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Scale = Literal["short", "full"]
"""``short`` is what CI runs, in a minute or two a part; ``full`` is what is published, in under an hour a part."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One figure; the command that repeats it is made from the part and the seed."""

    part: str
    """``kills``, ``files``, ``simulation``, ``faults``, ``fuzz``, ``budget``, ``mutation``, ``goodput`` ..."""
    claim: str
    """What holds, in one sentence."""
    tried: int
    """How many cases were tried."""
    unit: str
    """What a case is: ``kills``, ``system calls failed`` ..."""
    failures: int
    """Cases in which the claim did not hold."""
    figure: str = ""
    """A number besides the count, such as ``0.0 % overspend``."""
    details: str = ""
    """What failed, or what a reader must know; a few sentences."""
    is_planted: bool = False
    """True where a bug was planted on purpose: then ``failures`` must not be 0."""


class Part(Protocol):
    """A proof."""

    def prove(self, scale: Scale, seed: int, say: Callable[[str], None]) -> Sequence[Row]:
        """Try everything; ``say`` tells progress. Nothing is raised for a broken claim: it is counted."""
