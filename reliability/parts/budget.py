"""Part ``budget``: caps on what a run folder may cost, 200 calls at once, and a service that bills in secret."""

from __future__ import annotations

from functools import partial
from statistics import median
from typing import TYPE_CHECKING

from reliability.simulating import bugs
from reliability.simulating.counting import caught, spendings
from reliability.simulating.spending import AT_ONCE
from reliability.steps import broken, taken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from reliability.row import Row, Scale
    from reliability.steps import Step
    from reliability.tally import Tally

PART = "budget"
SEEDS: dict[Scale, int] = {"short": 24, "full": 1_000}
PIECE = 12
MOST_TO_CATCH = 40
BUGS = ("forget a reservation", "settle a lost call at zero")
MANY_CALLS = 50
"""From so many calls on, the share of a cap that is used says something about the budget and not about one call."""
DETAILS = (
    "Prices, lengths of replies up to all of max_tokens, keys of one's own (provider's bill and fee), late and missing "
    "usage, cut, stalled and lost replies, rate limits, server errors and kills are drawn; caps lie between less than "
    "a call and almost all that the study can cost, and are raised afterwards. What was billed is the service's own "
    "account; so are replies that are billed although a gateway gave up on them (408, 504, 520, 522, 524) or an error "
    "broke them off."
)


def prove(scale: Scale, seed: int, say: Callable[[str], None]) -> Sequence[Row]:
    """Spend many caps."""
    found = taken(PART, scale, seed, dict(_steps(scale, seed)), say)
    return [
        *broken(PART, found),
        *_rows(found),
        *(found[bug].row(PART, bugs.CLAIMS[bug], "seeds until it showed", is_planted=True) for bug in BUGS),
    ]


def _rows(found: dict[str, Tally]) -> Iterator[Row]:
    overspent, ended, used = found["overspent"], found["ended"], found["used"]
    worst = max(map(float, overspent.kinds), default=0.0)
    in_flight = [int(most) for most, count in found["in flight"].kinds.items() for _ in range(count)]
    yield overspent.row(
        PART,
        f"With up to {AT_ONCE} calls at once a cap is never overspent, not by a call that is lost, late or unpriced.",
        "seeded studies",
        figure=f"at worst {abs(worst):.2%} {'beyond' if worst > 0 else 'below'} the cap",
        details=f"{DETAILS} At most {max(in_flight, default=0)} calls were under way at once; in "
        f"{sum(most >= AT_ONCE // 2 for most in in_flight):,} studies at least {AT_ONCE // 2}.",
    )
    yield ended.row(
        PART,
        "Every run under a cap ends by itself, nothing that is reserved blocks it, and it goes on under a higher cap.",
        "runs",
        figure=f"{ended.kinds['budget']:,} stopped by their cap, {ended.kinds['calls']:,} calls",
    )
    yield used.row(
        PART,
        "A run that stops for its cap leaves less of it than the dearest conversation that is missing can cost.",
        "runs stopped by their cap",
        figure=_shares(used),
    )


def _shares(used: Tally) -> str:
    """Return in words which part of the cap was used, where enough calls were made to tell."""
    runs = [tuple(map(float, kind.split())) for kind, count in used.kinds.items() for _ in range(count)]
    large = [(billed, booked) for billed, booked, calls in runs if calls >= MANY_CALLS]
    if not large:
        return "no run made enough calls to tell which part of its cap was used"
    billed, booked = (median(shares) for shares in zip(*large, strict=True))
    return (
        f"median share of the cap billed {billed:.1%}, booked (lost calls at their worst) {booked:.1%}, in "
        f"{len(large):,} runs after at least {MANY_CALLS} calls"
    )


def _steps(scale: Scale, seed: int) -> Iterator[tuple[str, Step]]:
    for first in range(0, SEEDS[scale], PIECE):
        yield f"seeds from {first}", partial(spendings, str(seed), first, min(PIECE, SEEDS[scale] - first))
    for bug in BUGS:
        yield f"planted: {bug}", partial(caught, str(seed), bug, MOST_TO_CATCH, is_spending=True)
