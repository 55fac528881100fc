"""What was tried of one claim, and what did not hold."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reliability.row import Row

if TYPE_CHECKING:
    from collections.abc import Iterable

EXAMPLES = 3
"""Failures that a row tells of."""
LONGEST_EXAMPLE = 400


@dataclass(kw_only=True)
class Tally:
    """The count of one claim."""

    tried: int = 0
    failures: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    """What kinds of case were tried, and how often."""
    examples: list[str] = field(default_factory=list)
    """The first cases that did not hold, each in another way."""

    def add(self, case: object, wrong: Iterable[str]) -> None:
        """Take in one case and what is wrong with it."""
        self.tried += 1
        first = next(iter(wrong), None)
        if first is not None:
            self.failures += 1
            self._tell(f"{case}: {first}"[:LONGEST_EXAMPLE], first)

    def _tell(self, example: str, first: str) -> None:
        """Keep an example, unless there are enough or one of this very failure."""
        if len(self.examples) < EXAMPLES and not any(told.endswith(first) for told in self.examples):
            self.examples.append(example)

    def __add__(self, other: Tally) -> Tally:
        """Return the count of both."""
        return Tally(
            tried=self.tried + other.tried,
            failures=self.failures + other.failures,
            kinds=self.kinds + other.kinds,
            examples=[*self.examples, *other.examples][:EXAMPLES],
        )

    def plain(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "tried": self.tried,
            "failures": self.failures,
            "kinds": dict(self.kinds),
            "examples": self.examples,
        }

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Tally:
        """Return what :meth:`plain` made plain."""
        return cls(**{**plain, "kinds": Counter(plain["kinds"])})

    def row(
        self, part: str, claim: str, unit: str, *, figure: str = "", details: str = "", is_planted: bool = False
    ) -> Row:
        """Return the figure; where something did not hold, the details begin with what."""
        told = [f"[{example}]" for example in self.examples]
        return Row(
            part=part,
            claim=claim,
            tried=self.tried,
            unit=unit,
            failures=self.failures,
            figure=figure,
            details=" ".join(filter(None, [details, *told] if is_planted else [*told, details])),
            is_planted=is_planted,
        )
