"""A procedure of the researcher's own: from one page or beside a study.toml, kept, resumed, verified, warned of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from doors import ROOT, log_lines

import colloquia as package

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from doors import Said

BIDS = """def bid(request):
    return str({"anna": 50, "boris": 70, "clara": 85}[request.occasion.role] + request.occasion.own_turns)
"""
STUDY = """
num_turns = 6
pairing   = "self"
models    = { bidder = "scripted:bids.py:bid" }
procedure = { kind = "auction.py:Auction", most = 100, pays = "its own bid" }
factors   = { pays = ["its own bid", "the second highest bid"] }
[scenarios.painting]
anna  = "The highest bid wins and pays {pays}, {most} at most."
boris = "The highest bid wins and pays {pays}, {most} at most."
clara = "The highest bid wins and pays {pays}, {most} at most."
"""


def asked_and_said(folder: Path) -> list[tuple[str, ...]]:
    """Return every turn of a log with the hash of its request, in an order of its own."""
    columns = ("trial_id", "turn_id", "content", "move", "request_sha256", "ended_by")
    return sorted(tuple(str(row[name]) for name in columns) for row in log_lines(folder))


@pytest.fixture
def auction(desk: Path) -> Path:
    """Write a study beside the procedure of the example, and return its path."""
    example = (ROOT / "examples" / "sealed_bids.py").read_text(encoding="utf-8")
    (desk / "auction.py").write_text(example, encoding="utf-8")
    (desk / "bids.py").write_text(BIDS, encoding="utf-8")
    (desk / "study.toml").write_text(STUDY, encoding="utf-8")
    return desk / "study.toml"


def test_a_toml_runs_it_only_with_leave(auction: Path, colloquia: Callable[..., Said]) -> None:
    """And nothing is written before."""
    said = colloquia("run", auction)

    assert said.code == 2
    assert "add --allow-code if you trust it" in said.err
    assert not (auction.parent / "data").exists()


def test_its_moves_outcomes_and_source_are_kept(auction: Path, colloquia: Callable[..., Said]) -> None:
    """The file lies in the run folder, and the table has its columns."""
    said = colloquia("run", auction, "--allow-code")
    folder = auction.parent / "data"

    assert said.code == 0, said.err
    rows = log_lines(folder)
    assert [row["move"] for row in rows if row["factors"]["pays"] == "its own bid"] == [
        "50", "70", "85", "51", "71", "86"
    ]  # fmt: skip
    assert (folder / "files" / "auction.py").read_bytes() == (auction.parent / "auction.py").read_bytes()
    frames = package.load(folder, allow_code=True)
    prices = frames.conversations.set_index("pays")["mean_price"].to_dict()
    assert prices == {"its own bid": 85.5, "the second highest bid": 70.5}
    assert "mean_price" in (folder / "conversations.csv").read_text(encoding="utf-8").partition("\n")[0]


def test_its_outcomes_are_planned_and_exported_with_leave_only(auction: Path, colloquia: Callable[..., Said]) -> None:
    """From Python as from the command line, in every form of the tables."""
    assert package.plan(auction, allow_code=True).difference.new.conversations == 2
    colloquia("run", auction, "--allow-code")

    for leave in ([], ["--allow-code"]):
        assert colloquia("export", "--format", "csv", "--out", "tables", *leave).code == 0
        (table,) = (auction.parent / "tables").glob("conversations*.csv")
        assert ("mean_price" in table.read_text(encoding="utf-8").partition("\n")[0]) is bool(leave)


def test_bids_are_hidden_until_they_are_announced(auction: Path, colloquia: Callable[..., Said]) -> None:
    """No request holds another's bid."""
    (auction.parent / "bids.py").write_text(
        BIDS.replace(
            "return",
            "assert not any('85' in m.content for m in request.messages if m.role == 'user') or "
            "request.occasion.own_turns\n    return",
        ),
        encoding="utf-8",
    )

    assert colloquia("run", auction, "--allow-code").code == 0


def test_it_is_verified_with_its_code_and_not_without(auction: Path, colloquia: Callable[..., Said]) -> None:
    """Its requests cannot be rebuilt otherwise; the tables then lack its outcomes and hold all else."""
    colloquia("run", auction, "--allow-code")

    sound = colloquia("verify", "--allow-code")
    assert (sound.code, sound.out) == (0, "12 requests of 2 conversations rebuilt; 0 contradictions.\n")
    refused = colloquia("verify")
    assert refused.code == 2
    assert "add --allow-code" in refused.err
    assert colloquia("export").code == 0
    assert "mean_price" not in package.load(auction.parent / "data").conversations.columns


def test_a_cut_off_auction_goes_on_to_the_same_end(auction: Path, colloquia: Callable[..., Said]) -> None:
    """In the middle of a hidden round, with what was bid."""
    colloquia("run", auction, "--allow-code")
    log = auction.parent / "data" / "experiment_log.jsonl"
    whole = asked_and_said(log.parent)
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:5]))

    said = colloquia("run", auction, "--allow-code")

    assert said.code == 0, said.err
    assert asked_and_said(log.parent) == whole


def test_code_that_changed_under_the_same_version_is_a_warning(auction: Path, colloquia: Callable[..., Said]) -> None:
    """A raised version is another conversation, and no warning."""
    colloquia("run", auction, "--allow-code")
    code = auction.parent / "auction.py"
    code.write_text(code.read_text(encoding="utf-8").replace("Bid a number", "Name a number"), encoding="utf-8")

    changed = colloquia("plan", auction, "--allow-code")
    assert "auction.py: its code is not the one that data was run with, and its version is 1." in " ".join(
        changed.out.split()
    )
    auction.write_text(STUDY.replace('"auction.py:Auction",', '"auction.py:Auction", version = 2,'), encoding="utf-8")
    raised = colloquia("plan", auction, "--allow-code")
    assert "2 conversations" in next(line for line in raised.out.splitlines() if line.startswith("new"))


@pytest.mark.parametrize(
    ("kind", "complaint"),
    [
        ("auction.py:Nothing", "auction.py has no procedure 'Nothing'"),
        ("nothing.py:Auction", "there is no file 'nothing.py'"),
        ("../auction.py:Auction", "must lie beside the study"),
        ("auction.py:Turn", "auction.py has no procedure 'Turn': a class of that name that is a Kind."),
    ],
)
def test_what_is_no_procedure_is_refused(
    kind: str, complaint: str, auction: Path, colloquia: Callable[..., Said]
) -> None:
    """With the place in the study."""
    auction.write_text(STUDY.replace("auction.py:Auction", kind), encoding="utf-8")

    said = colloquia("run", auction, "--allow-code")

    assert said.code == 2
    assert "scenarios.painting.procedure" in said.err
    assert complaint in said.err


def test_a_setting_that_its_code_does_not_know_is_refused(auction: Path, colloquia: Callable[..., Said]) -> None:
    """By name."""
    auction.write_text(STUDY.replace("most = 100", "moist = 100").replace("{most}", "{moist}"), encoding="utf-8")

    said = colloquia("run", auction, "--allow-code")

    assert said.code == 2
    assert "procedure.moist: auction.py:Auction has no such setting. Did you mean 'most'?" in said.err
