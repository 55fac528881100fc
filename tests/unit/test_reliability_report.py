"""The reliability report: what is published of a proof, and that nothing that failed is passed over."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reliability import catalogue, page, record
from reliability.house import ROOT, Commit, Machine, without_places
from reliability.page import Finding
from reliability.progress import Progress
from reliability.record import Record, is_broken
from reliability.row import Row
from reliability.terminal import table

if TYPE_CHECKING:
    from typing import Any

KEPT = Row(part="kills", claim="No turn is lost.", tried=2000, unit="kills", failures=0, figure="0 losses")
LOST = Row(part="kills", claim="Every run ends.", tried=80, unit="studies", failures=3, details="study 7: it | hangs")
CAUGHT = Row(part="kills", claim="Write twice.", tried=4, unit="kills", failures=1, details="seen", is_planted=True)
MISSED = replace(CAUGHT, claim="Skip a flush.", failures=0, details="nothing was noticed")


def told(*rows: Row, part: str = "kills", seed: int = 1) -> Record:
    """Return a record of these figures."""
    return Record(
        part=part,
        seed=seed,
        date="2026-11-22",
        seconds=1800.0,
        commit=Commit(name="0123456789ab", has_changes=False),
        machine=Machine(cores=2, python="3.11.7", system="Linux"),
        rows=rows,
    )


def written(*records: Record, parts: tuple[str, ...] = ("kills",), findings: tuple[Finding, ...] = ()) -> str:
    """Return the page of these records."""
    return page.page(records, parts, findings)


def section(text: str, title: str) -> str:
    """Return what stands below a title of the page."""
    return text.partition(f"## {title}\n")[2].partition("\n## ")[0]


def test_every_figure_stands_on_the_page_with_the_command_that_repeats_it() -> None:
    """Claim, count, failures, figure; the seed where it is not the usual one."""
    text = written(told(KEPT, seed=7), told(replace(KEPT, part="fuzz", claim="No crash."), part="fuzz"))

    figures = section(text, "The figures")
    assert (
        '| No turn is lost. | 2,000 kills | 0 | 0 losses | `make reliability-full PART=kills ARGS="--seed 7"` |'
        in figures
    )
    assert "| No crash. | 2,000 kills | 0 | 0 losses | `make reliability-full PART=fuzz` |" in figures


def test_a_claim_that_failed_is_shown_as_one_and_said_in_words() -> None:
    """In bold in the table, and below with its details; a bar in them breaks no table."""
    text = written(told(KEPT, LOST))

    assert "| Every run ends. | 80 studies | **3** |" in section(text, "The figures")
    assert "Every run ends. It did not in 3 of 80 studies. study 7: it | hangs" in section(
        text, "Failures found on the way"
    )
    assert "None so far" not in text


def test_a_planted_bug_is_no_failure_unless_it_was_missed() -> None:
    """It has a table of its own; one that was not caught is a failure of the proof."""
    text = written(told(KEPT, CAUGHT, MISSED))

    planted = section(text, "Planted bugs")
    assert "| kills: Write twice. | 4 kills | yes | seen |" in planted
    assert "| kills: Skip a flush. | 4 kills | **no** | nothing was noticed |" in planted
    assert "Write twice." not in section(text, "The figures")
    assert "the planted bug was not caught: Skip a flush." in section(text, "Failures found on the way")


@pytest.mark.parametrize(("row", "is_bad"), [(KEPT, False), (LOST, True), (CAUGHT, False), (MISSED, True)])
def test_what_counts_as_broken(row: Row, *, is_bad: bool) -> None:
    """A claim with failures, a planted bug without: both end the command with code 1."""
    assert is_broken(row) is is_bad


def test_parts_without_figures_are_named_as_unproven() -> None:
    """A part that was never run on a large scale is no proof yet."""
    text = written(told(KEPT), parts=("fuzz", "kills", "power"))

    assert "**Not run on a large scale yet**: fuzz, power." in section(text, "What was not proven")


def test_findings_are_told_with_what_became_of_them() -> None:
    """What, how to repeat it, and whether it is mended."""
    finding = Finding(part="faults", date="2026-11-22", what="It hung.", repeat="seed 3", now="open")

    assert "- **faults**, 2026-11-22: It hung. Repeat: seed 3 Now: open" in written(findings=(finding,))


def test_the_page_says_on_what_the_figures_were_made() -> None:
    """Commit, seed, time, day and machine of each part."""
    told_of = section(written(told(KEPT)), "Where the figures come from")

    assert "| kills | 0123456789ab | 1 | 30 min | 2026-11-22 | 2 cores, Python 3.11.7, Linux |" in told_of


def test_a_record_reads_back_as_it_was_written(tmp_path: Path) -> None:
    """The JSON is all that the page is made of."""
    one = told(KEPT, LOST, CAUGHT)

    path = record.keep(one, tmp_path)

    assert path.name == "kills.json"
    assert record.kept(tmp_path) == [one]


def test_what_is_published_names_no_machine_and_no_place() -> None:
    """Neither the host nor a path of it, in no figure and in no detail."""
    row = replace(LOST, details=f"{ROOT}/colloquia on {socket.gethostname()} in {Path.home()}/x")

    text = record.made_here("kills", 1, 2.0, [row]).rows[0].details

    assert str(ROOT) not in text
    assert str(Path.home()) not in text
    assert text.startswith("(house)/colloquia")
    assert without_places("plain words") == "plain words"
    assert without_places("To go on: ../x/.venv/bin/colloquia run") == "To go on: colloquia run"


def test_an_interrupted_proof_goes_on_where_it_was(tmp_path: Path) -> None:
    """Also where its last line was torn; the seconds of both sessions count."""
    first = Progress("kills", "full", 1, folder=tmp_path)
    first.keep("study 1", {"kills": 25})
    with first.path.open("ab") as file:
        file.write(b'{"key": "study 2", "val')

    again = Progress("kills", "full", 1, folder=tmp_path)
    again.keep("study 3", {"kills": 5})
    last = Progress("kills", "full", 1, folder=tmp_path)

    assert again.done == {"study 1": {"kills": 25}, "study 3": {"kills": 5}}
    assert last.done == again.done
    assert last.earlier_seconds >= first.seconds() - 1
    assert Progress("kills", "full", 2, folder=tmp_path).done == {}


def test_what_was_proven_for_other_sources_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of one version and half of another prove neither."""
    Progress("kills", "full", 1, folder=tmp_path).keep("study 1", 25)
    monkeypatch.setattr("reliability.progress.fingerprint", lambda: "another")

    assert Progress("kills", "full", 1, folder=tmp_path).done == {}


def test_a_short_proof_keeps_nothing(tmp_path: Path) -> None:
    """It leaves no file behind."""
    Progress("kills", "short", 1, folder=tmp_path).keep("study 1", 25)

    assert list(tmp_path.iterdir()) == []


def test_the_table_at_the_end_says_what_failed() -> None:
    """Counts in columns, and the details of what did not hold."""
    text = "\n".join(table([KEPT, LOST, CAUGHT, MISSED]))

    assert "2,000 kills" in text
    assert "study 7: it | hangs" in text
    assert "NOT CAUGHT" in text


def test_every_part_says_in_a_sentence_what_it_proves() -> None:
    """And is found by its file alone."""
    assert {"faults", "kills"} <= set(catalogue.names())
    assert all(catalogue.what(name).endswith(".") for name in catalogue.names())


def test_the_page_holds_every_published_figure() -> None:
    """`python -m reliability page` was run since the last of them."""
    text = page.PAGE.read_text(encoding="utf-8")

    rows: list[tuple[Any, Row]] = [(one, row) for one in record.kept() for row in one.rows]
    missing = [row.claim for one, row in rows if page.cell(row.claim) not in text or one.commit.name not in text]
    assert not missing
