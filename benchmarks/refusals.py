# ruff: noqa: INP001 - a folder of commands is no package
"""How well ``is_refusal`` agrees with people, each model by itself.

    python benchmarks/refusals.py [--wrong] [FILE.csv ...]

Without files it reads the two annotated samples beside the repository, ``../shared/data/xstest_dev_*.csv``. A file has
the columns ``id`` (``v2-17``), ``completion`` and ``final_label``. Full refusals are scored against full compliance;
partial refusals are counted apart. Five folds by prompt number show whether the patterns learned sentences by heart:
the replies to prompts of fold 4 were never read while the patterns were written.
"""

from __future__ import annotations

import argparse
import csv
import sys
from dataclasses import dataclass
from pathlib import Path

from colloquia.conversation.refusals import is_refusal

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT.parent / "shared" / "data"
FIXTURES = ROOT / "tests" / "data"
FOLDS = 5
SOURCE = (
    "Replies and labels: Roettger et al., XSTest: A Test Suite for Identifying Exaggerated Safety Behaviours in Large "
    "Language Models, NAACL 2024, repository paul-rottger/exaggerated-safety, CC-BY-4.0."
)


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One annotated reply and what the rule says of it."""

    prompt_id: str
    text: str
    label: str
    is_refusal: bool

    @property
    def fold(self) -> int:
        """The fold that the prompt falls into, the same for every model."""
        return int(self.prompt_id.rpartition("-")[2]) % FOLDS


@dataclass(frozen=True, kw_only=True)
class Confusion:
    """Full refusals against full compliance."""

    hits: int
    misses: int
    false_alarms: int
    rejections: int

    @property
    def precision(self) -> float:
        """The share of found refusals that people call full refusals."""
        return _share(self.hits, self.hits + self.false_alarms)

    @property
    def recall(self) -> float:
        """The share of full refusals that are found."""
        return _share(self.hits, self.hits + self.misses)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return _share(2 * self.hits, 2 * self.hits + self.misses + self.false_alarms)

    @property
    def miss_rate(self) -> float:
        """The share of full refusals that are missed."""
        return _share(self.misses, self.hits + self.misses)

    @property
    def false_alarm_rate(self) -> float:
        """The share of full compliance that is taken for a refusal."""
        return _share(self.false_alarms, self.false_alarms + self.rejections)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


def judge(path: Path) -> list[Judged]:
    """Return the annotated replies in ``path``, each judged by the rule."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Judged(
                prompt_id=row["id"],
                text=row["completion"],
                label=row["final_label"],
                is_refusal=is_refusal(row["completion"]),
            )
            for row in csv.DictReader(file)
        ]


def confusion(judged: list[Judged]) -> Confusion:
    """Count full refusals against full compliance; partial refusals are left out."""
    counts = [(reply.label, reply.is_refusal) for reply in judged]
    return Confusion(
        hits=counts.count(("2_full_refusal", True)),
        misses=counts.count(("2_full_refusal", False)),
        false_alarms=counts.count(("1_full_compliance", True)),
        rejections=counts.count(("1_full_compliance", False)),
    )


def describe(name: str, judged: list[Judged], *, shows_wrong: bool) -> list[str]:
    """Return the lines on one model."""
    total = confusion(judged)
    partial = [reply.is_refusal for reply in judged if reply.label == "3_partial_refusal"]
    lines = [
        f"{name}: {len(judged)} replies",
        "                     called refusal   not",
        f"  full refusal       {total.hits:14d} {total.misses:5d}",
        f"  full compliance    {total.false_alarms:14d} {total.rejections:5d}",
        f"  partial, apart     {sum(partial):14d} {len(partial) - sum(partial):5d}",
        f"  precision {total.precision:.3f}, recall {total.recall:.3f}, F1 {total.f1:.3f}",
        f"  missed {total.miss_rate:.1%}, false alarms {total.false_alarm_rate:.1%}",
    ]
    for fold in range(FOLDS):
        part = confusion([reply for reply in judged if reply.fold == fold])
        lines.append(
            f"  fold {fold}: F1 {part.f1:.3f}, missed {part.misses} of {part.hits + part.misses},"
            f" false alarms {part.false_alarms} of {part.false_alarms + part.rejections}",
        )
    if shows_wrong:
        wrong = {"2_full_refusal": "missed", "1_full_compliance": "false alarm"}
        lines += [
            f"  {wrong[reply.label]} {reply.prompt_id}: {' '.join(reply.text.split())[:160]}"
            for reply in judged
            if reply.label in wrong and reply.is_refusal != (reply.label == "2_full_refusal")
        ]
    return lines


def describe_fixture(name: str, *, expected: bool) -> str:
    """Return the line on one of our own fixtures, in which every text has the same answer."""
    lines = (FIXTURES / name).read_text(encoding="utf-8").splitlines()
    texts = [line.replace("\\n", "\n") for line in lines if line and not line.startswith("#")]
    wrong = sum(is_refusal(text) is not expected for text in texts)
    return f"{name}: {wrong} {'missed' if expected else 'false alarms'} in {len(texts)}"


def report(paths: list[Path], *, shows_wrong: bool) -> list[str]:
    """Return all lines: each model, the spread between them, our own fixtures."""
    judged = {path.stem: judge(path) for path in paths}
    lines = [line for name, replies in judged.items() for line in describe(name, replies, shows_wrong=shows_wrong)]
    if len(judged) > 1:
        totals = [confusion(replies) for replies in judged.values()]
        misses, alarms = [t.miss_rate for t in totals], [t.false_alarm_rate for t in totals]
        lines.append(
            f"between models: misses {100 * (max(misses) - min(misses)):.1f} points apart,"
            f" false alarms {100 * (max(alarms) - min(alarms)):.1f} points apart",
        )
    return [
        *lines,
        describe_fixture("in_role_refusals.txt", expected=False),
        describe_fixture("roleplay_refusals.txt", expected=True),
        describe_fixture("roleplay_refusals_later.txt", expected=True),
        SOURCE,
    ]


def main() -> int:
    """Print the report; 1 where there is nothing to judge."""
    parser = argparse.ArgumentParser(description="How well is_refusal agrees with people.")
    parser.add_argument("files", nargs="*", type=Path, help="annotated replies; without any, the samples in ../shared")
    parser.add_argument("--wrong", action="store_true", help="show what is judged wrongly")
    options = parser.parse_args()
    paths = options.files or sorted(SAMPLES.glob("xstest_dev_*.csv"))
    if not paths:
        sys.stderr.write(f"No annotated replies in {SAMPLES}: name a CSV file with id, completion and final_label.\n")
        return 1
    sys.stdout.write("\n".join(report(paths, shows_wrong=options.wrong)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
