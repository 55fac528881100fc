"""Part ``goodput``: how much of a limit that nobody tells, and that changes, a run makes use of."""

from __future__ import annotations

from functools import partial
from statistics import fmean
from typing import TYPE_CHECKING

from colloquia.running.lanes import Lane
from reliability.limited import Case, came
from reliability.rivals import PLANTED, RIVALS
from reliability.steps import broken, taken
from reliability.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from reliability.limited import Came
    from reliability.row import Row, Scale
    from reliability.steps import Step

PART = "goodput"
LEAST = 0.90
MOST_REFUSED = 0.02
LEAST_OF_SLOW = 0.75
MOST_REFUSED_OF_SLOW = 0.04
LONGEST_RECOVERY_SECONDS = 60.0
MILLION = 1e6
USED_OF_ONE, REFUSED_OF_ONE = "used of a server", "refused of a server"
SERVERS = ((2.0, 0.3), (2.0, 6.0), (5.0, 2.0), (10.0, 0.3), (10.0, 2.0), (20.0, 1.0), (50.0, 0.3))
"""Calls a second at first (within half and twice of that later), and seconds of a usual reply."""
SLOW_SERVERS = ((1.0, 2.0), (0.5, 0.3), (0.5, 6.0), (0.5, 20.0))
FEW = ((3.0, 1.0), (5.0, 2.0))
COMPARED = ((2.0, 6.0), (5.0, 2.0), (10.0, 0.3))
EPOCHS: dict[Scale, int] = {"short": 10, "full": 15}
SEEDS: dict[Scale, float] = {"short": 6.0, "full": 8.0}
"""Each server is tried with so many seeds, divided by its rate."""
DETAILS = (
    "A bucket of calls fills at a rate that is multiplied by up to 2, up or down, every 120 s, and holds what flows in "
    "within half to five seconds. Replies take longer where they are longer. Each server is tried with and without "
    "hints (whole seconds) and held to the mean over its seeds, as runs of conversations with nothing but the lane in "
    "between; what the bucket allowed includes what it held at first. At most 64 calls of one model are under way at "
    "once, so that a limit above 64 for each usual reply is not made use of; none of these is."
)


def prove(scale: Scale, seed: int, say: Callable[[str], None]) -> Sequence[Row]:
    """Hold runs against limited servers."""
    found = taken(PART, scale, seed, dict(_steps(scale, seed)), say)
    used, kept, slow = found["used"], found["kept"], found["slow"]
    rows = [
        *broken(PART, found),
        used.row(
            PART,
            "Of what a hidden limit allows (2 to 50 calls a second, changing), at least 90 % is made use of.",
            "servers",
            figure=_used_and_worst(used),
            details=DETAILS,
        ),
        kept.row(PART, "At most 2 % of the calls to them are refused.", "servers", figure=_refused_and_worst(kept)),
        found["hints"].row(PART, "No call leaves before the time that a server asked to wait for.", "servers"),
        found["cuts"].row(PART, "An episode of refusals cuts the pace once.", "servers"),
        found["back"].row(
            PART,
            "Within a minute after an outage of a minute, as much comes through as the limit allows.",
            "outages",
            figure=f"{max(map(int, found['back'].kinds))} s at most",
        ),
    ]
    if scale == "full":
        rows += [_slow_row(slow), _rivals_row(found)]
    return [*rows, *(found[bug].row(PART, claim, "servers", is_planted=True) for bug, (_, claim) in PLANTED.items())]


def _slow_row(slow: Tally) -> Row:
    return slow.row(
        PART,
        "Where a server takes one call in one or two seconds, at least 75 % is made use of and at most 4 % refused.",
        "servers",
        figure=f"{_used_and_worst(slow)}; {_refused_and_worst(slow)}",
        details=(
            "Here 90 % and 2 % are not both reached: the rate changes every 30 to 240 calls, each fall of it costs a "
            "refusal or two, and to find out that it rose costs another."
        ),
    )


def _rivals_row(found: Mapping[str, Tally]) -> Row:
    return found["rivals"].row(
        PART,
        "No fixed number of calls at once, nor halving and adding one, does both on the same servers.",
        "ways",
        figure="; ".join(f"{name}: {_used(found[name])}, {_refused(found[name])}" for name in (*RIVALS, "Colloquia")),
        details="A refusal without a hint closes these lanes for a second, so that they do not storm the server.",
    )


def _steps(scale: Scale, seed: int) -> Iterator[tuple[str, Step]]:
    if scale == "full":
        yield "rivals", partial(_compared, str(seed), EPOCHS["short"] // 2)
    for per_second, seconds in sorted(SERVERS if scale == "full" else FEW, reverse=True):
        for hints in (False, True):
            cases = _cases(scale, seed, per_second=per_second, seconds=seconds, hints=hints)
            yield str(cases[0]), partial(_served, cases)
    for number, per_second in enumerate((2.0, 5.0) * (4 if scale == "full" else 1)):
        case = Case(seed=f"{seed}/{number}", per_second=per_second, seconds=2.0, hints=False, epochs=8, outage=True)
        yield f"outage {number}", partial(_back, case)
    if scale == "full":
        for per_second, seconds in SLOW_SERVERS:
            for hints in (False, True):
                cases = _cases(scale, seed, per_second=per_second, seconds=seconds, hints=hints)
                yield str(cases[0]), partial(_slow, cases)
    for bug in PLANTED:
        yield f"planted: {bug}", partial(_planted, bug, str(seed))


def _cases(scale: Scale, seed: int, *, per_second: float, seconds: float, hints: bool) -> list[Case]:
    count = max(1 if per_second > 20 else 2, round(SEEDS[scale] / per_second))
    return [
        Case(seed=f"{seed}/{number}", per_second=per_second, seconds=seconds, hints=hints, epochs=EPOCHS[scale])
        for number in range(count)
    ]


def _served(cases: Sequence[Case]) -> dict[str, Tally]:
    """Hold one kind of server to all that is promised."""
    used, kept, hints, cuts = Tally(), Tally(), Tally(), Tally()
    all_came = [came(case) for case in cases]
    used.add(cases[0], _too_little(all_came, LEAST))
    kept.add(cases[0], _too_many(all_came, MOST_REFUSED))
    hints.add(cases[0], _too_early(all_came))
    cuts.add(cases[0], _cut_twice(all_came))
    _count(used, all_came)
    _count(kept, all_came)
    return {"used": used, "kept": kept, "hints": hints, "cuts": cuts}


def _slow(cases: Sequence[Case]) -> dict[str, Tally]:
    slow = Tally()
    all_came = [came(case) for case in cases]
    slow.add(cases[0], [*_too_little(all_came, LEAST_OF_SLOW), *_too_many(all_came, MOST_REFUSED_OF_SLOW)])
    _count(slow, all_came)
    return {"slow": slow}


def _back(case: Case) -> dict[str, Tally]:
    back = Tally()
    seconds = came(case).recovery_seconds or 0.0
    back.add(case, [f"it took {seconds:.0f} s"] if seconds >= LONGEST_RECOVERY_SECONDS else [])
    back.kinds[str(round(seconds))] += 1
    return {"back": back}


def _compared(seed: str, epochs: int) -> dict[str, Tally]:
    """Hold the rivals and the lane itself to the same servers."""
    tallies = {"rivals": Tally()}
    for name, make_lane in {**RIVALS, "Colloquia": Lane}.items():
        all_came = [
            came(Case(seed=seed, per_second=per_second, seconds=seconds, hints=hints, epochs=epochs), make_lane)
            for per_second, seconds in COMPARED
            for hints in (False, True)
        ]
        tallies[name] = Tally()
        _count(tallies[name], all_came)
        if name in RIVALS:
            does_both = not _too_little(all_came, LEAST) and not _too_many(all_came, MOST_REFUSED)
            tallies["rivals"].add(name, ["does both"] if does_both else [])
    return tallies


def _planted(bug: str, seed: str) -> dict[str, Tally]:
    """Tell whether a bug shows in any of what is promised."""
    tally, make_lane = Tally(), PLANTED[bug][0]
    for per_second, seconds in ((5.0, 2.0), (10.0, 0.3)):
        case = Case(seed=seed, per_second=per_second, seconds=seconds, hints=True, epochs=3)
        found = [came(case, make_lane)]
        tally.add(
            case, [*_too_early(found), *_cut_twice(found), *_too_little(found, LEAST), *_too_many(found, MOST_REFUSED)]
        )
    return {bug: tally}


def _too_little(all_came: Sequence[Came], least: float) -> list[str]:
    share = _share(all_came, "goodput")
    return [f"{share:.1%} of what was allowed was made use of"] if share < least else []


def _too_many(all_came: Sequence[Came], most: float) -> list[str]:
    share = _share(all_came, "refused_share")
    return [f"{share:.2%} of the calls were refused"] if share > most else []


def _too_early(all_came: Sequence[Came]) -> list[str]:
    early = sum(one.too_early for one in all_came)
    return [f"{early} calls left although a hint asked to wait"] if early else []


def _cut_twice(all_came: Sequence[Came]) -> list[str]:
    twice = sum(one.cut_twice for one in all_came)
    return [f"{twice} cuts by calls that had left before a cut"] if twice else []


def _count(tally: Tally, all_came: Sequence[Came]) -> None:
    """Keep the sums; shares in millionths, so that each case counts the same; and what this server came to."""
    for one in all_came:
        tally.kinds["cases"] += 1
        tally.kinds["calls"] += one.accepted + one.refused
        tally.kinds["used"] += round(one.goodput * MILLION)
        tally.kinds["refused"] += round(one.refused_share * MILLION)
    tally.kinds[f"{USED_OF_ONE} {100 * _share(all_came, 'goodput'):.4f}"] += 1
    tally.kinds[f"{REFUSED_OF_ONE} {100 * _share(all_came, 'refused_share'):.4f}"] += 1


def _share(all_came: Sequence[Came], name: str) -> float:
    return fmean(getattr(one, name) for one in all_came)


def _used(tally: Tally) -> str:
    return f"{_mean(tally, 'used'):.1f} % made use of"


def _refused(tally: Tally) -> str:
    return f"{_mean(tally, 'refused'):.2f} % refused"


def _used_and_worst(tally: Tally) -> str:
    return f"{_used(tally)} (worst server: {min(_means(tally, USED_OF_ONE)):.1f} %)"


def _refused_and_worst(tally: Tally) -> str:
    return f"{_refused(tally)} (worst server: {max(_means(tally, REFUSED_OF_ONE)):.2f} %)"


def _mean(tally: Tally, what: str) -> float:
    return tally.kinds[what] / max(tally.kinds["cases"], 1) / MILLION * 100


def _means(tally: Tally, what: str) -> list[float]:
    """Return what each server came to, in percent."""
    return [float(kind.removeprefix(what)) for kind in tally.kinds if kind.startswith(what)]
