"""What the simulated studies came to: one JSON file for each part, and the page made of them."""

from __future__ import annotations

import json
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.recovery.catalogue import PARTS
from benchmarks.recovery.part import SEED, bounds
from reliability import house

if TYPE_CHECKING:
    from benchmarks.recovery.part import Part

DOCS = Path(__file__).resolve().parents[2] / "docs"
_PROMISES = {
    "covers": "95 % intervals hold the truth",
    "rejects": "a true null is rejected at the 5 % level",
    "hits": "an effect of power .8 is found",
    "shows": "shown, not promised",
}


def run(part: Part) -> dict[str, Any]:
    """Simulate the studies of a part, and return what came of its claims."""
    start = time.process_time()
    shares = part.shares(part.studies)
    claims = []
    for claim in part.claims:
        low, high = bounds(claim.kind, part.studies)
        share = shares[claim.key]
        told = {"key": claim.key, "kind": claim.kind, "what": claim.what, "share": share, "low": low, "high": high}
        claims.append(told | {"holds": low <= share <= high})
    packages = {name: version(name) for name in ("numpy", "scipy", "pandas", "mixedlm")}
    return {
        "part": part.name, "what": part.what, "studies": part.studies, "seed": SEED, "versions": packages,
        "cpu_seconds": round(time.process_time() - start, 1), "claims": claims, "history": part.history,
        "commit": str(house.commit()), "machine": str(house.machine()),
    }  # fmt: skip


def keep(found: dict[str, Any]) -> str:
    """Write the file of a part, and return its name."""
    path = DOCS / "recovery" / f"{found['part']}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return str(path.relative_to(DOCS.parent))


def write() -> str:
    """Write the page anew from the files of all parts that were run, and return its name."""
    files = [DOCS / "recovery" / f"{part.name}.json" for part in PARTS]
    kept = [json.loads(path.read_text(encoding="utf-8")) for path in files if path.is_file()]
    path = DOCS / "recovery.md"
    path.write_text(text(kept, [part.name for part in PARTS]), encoding="utf-8")
    return str(path.relative_to(DOCS.parent))


def text(kept: list[dict[str, Any]], names: list[str]) -> str:
    """Return the page."""
    claims = [claim for found in kept for claim in found["claims"] if claim["kind"] != "shows"]
    missed = [claim for claim in claims if not claim["holds"]]
    lacking = sorted(set(names) - {found["part"] for found in kept})
    lines = [
        "# Do the statistics give back what was put in?",
        "",
        (
            "Studies are simulated whose answer is known, and analysed by the estimators in `analysis/statistics`. "
            "Promised: with 2,000 studies 95 % intervals hold the truth in 93 to 97 % and tests of a true null reject "
            "in 3 to 7 %; with 500 (where one study costs more than 20 ms) in 92 to 98 % and in 2.5 to 7.5 %. The seed "
            "is 1, fixed before the first run; a miss is shown as a miss."
        ),
        "",
        f"**{len(claims) - len(missed)} of {len(claims)} claims hold.**"
        + (f" Not run yet: {', '.join(lacking)}." if lacking else ""),
        "",
        *_why(kept),
    ]
    machines = sorted({found["machine"] for found in kept})
    packages = sorted({f"{name} {version}" for found in kept for name, version in found["versions"].items()})
    for found in kept:
        lines += _section(found)
    again = (
        "`make recovery` lists the parts, `make recovery PART=nested` runs one and writes this page; `make test` tries "
        "the first 100 studies of each."
    )
    lines += [
        "## Run them again",
        "",
        again,
        "",
        f"These figures: {'; '.join(machines)}; {', '.join(packages)}.",
    ]
    return "\n".join(lines) + "\n"


def _why(kept: list[dict[str, Any]]) -> list[str]:
    shares = {claim["key"]: claim["share"] for found in kept if found["part"] == "nested" for claim in found["claims"]}
    if not shares:
        return []
    return [
        "## Why turns are refused",
        "",
        (
            f"On conversations that differ in nothing, a t test over turns finds a difference in {shares['turns']:.1%} "
            f"of the studies; the default test, over conversations, in {shares['null']:.1%} (5 % are promised). Turns "
            "of one conversation resemble each other: 1,200 turns are not 1,200 observations. No estimator takes turns."
        ),
        "",
    ]


def _section(found: dict[str, Any]) -> list[str]:
    head = (
        f"{found['what'][0].upper()}{found['what'][1:]}; {found['studies']:,} studies, seed {found['seed']}, commit "
        f"{found['commit']}, {found['cpu_seconds']:,.0f} s of CPU."
    )
    cells = [
        (claim["what"], _PROMISES[claim["kind"]], _between(claim), f"{claim['share']:.1%}", verdict(claim))
        for claim in found["claims"]
    ]
    rows = [f"| {' | '.join(row)} |" for row in cells]
    history = [f"{found['history']}", ""] if found.get("history") else []
    return [
        f"## {found['part']}",
        "",
        head,
        "",
        *history,
        "| | promised | in | found | |",
        "|---|---|---|---|---|",
        *rows,
        "",
    ]


def _between(claim: dict[str, Any]) -> str:
    return "" if claim["kind"] == "shows" else f"{100 * claim['low']:g} to {100 * claim['high']:g} %"


def verdict(claim: dict[str, Any]) -> str:
    """Return whether a claim holds, in a word."""
    if claim["kind"] == "shows":
        return "shown"
    return "holds" if claim["holds"] else "MISSED"
