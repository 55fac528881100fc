"""``colloquia report``: one page that says what was found, and stays a page whatever was said."""

from __future__ import annotations

import re
import runpy
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from doors import ROOT
from hostile import HOSTILE
from measurable import write_run
from pages import Page

import colloquia as library
from colloquia.analysis.report.answers import chosen
from colloquia.lab.keeping.reporting import gathered, report

if TYPE_CHECKING:
    from collections.abc import Callable

    from doors import Said

    from colloquia.analysis.report.report import Report

    Command = Callable[..., Said]

LOADS = {"script", "iframe", "object", "embed", "link", "base", "form", "img", "video", "audio", "image", "use"}


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, str, dict[str, float]]:
    """Run the example with planted effects once, and return its report, its page and the truth."""
    from colloquia.cli.app import main

    place = tmp_path_factory.mktemp("round-robin")
    shutil.copytree(ROOT / "examples" / "round_robin", place / "study")
    folder = place / "run"
    for arguments in (
        ["run", str(place / "study" / "study.toml"), "--allow-code", "--run-dir", str(folder)],
        ["measure", "lexical_diversity", "wording", "--run-dir", str(folder)],
    ):
        with pytest.raises(SystemExit) as left:
            main(arguments)
        assert left.value.code in (0, None)
    truth = runpy.run_path(str(place / "study" / "talkers.py"))["TRUTH"]
    return report(folder).report, (folder / "report.html").read_text(encoding="utf-8"), truth


@pytest.mark.slow
def test_the_answers_state_the_planted_effects(planted: tuple[Report, str, dict[str, float]]) -> None:
    """Each is about words, and its interval holds what was put in; an actor, a partner, self-play, brevity."""
    found, page, truth = planted
    told = [finding for finding in chosen(found.findings) if finding.outcome == "words"]

    assert {finding.question for finding in told} >= {"actor", "partner", "brevity"}
    for finding in told:
        sign = -1 if finding.question == "brevity" else 1
        planted_here = truth.get(finding.estimate.name, truth["brevity: asked - unasked"]) * sign
        assert finding.estimate.low <= planted_here <= finding.estimate.high, finding.claim
    assert "Words a turn: ada is 12.59 above the mean of these 8 models" in page


@pytest.mark.slow
def test_all_planted_effects_are_held_by_their_intervals(planted: tuple[Report, str, dict[str, float]]) -> None:
    """Of 25 intervals of 95 % two may miss, three in fewer than one study of eight."""
    found, _, truth = planted
    words = {each.estimate.name: each.estimate for each in found.findings if each.outcome == "words"}

    missed = [
        name for name, value in truth.items() if name in words and not words[name].low <= value <= words[name].high
    ]

    assert len([name for name in truth if name in words]) == 24
    assert len(missed) <= 2, missed


@pytest.mark.slow
def test_every_answer_is_given_again_by_the_call_beside_it(
    planted: tuple[Report, str, dict[str, float]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The call on the page, run on the same folder, gives the same number."""
    found, page, _ = planted
    folder = re.search(r"colloquia\.load\(&#x27;(.*?)&#x27;\)", page)
    assert folder is not None
    frames = library.load(folder[1])

    for finding in chosen(found.findings):
        again = eval(finding.call, {"colloquia": library, "frames": frames})  # noqa: S307 (our own call)
        assert again.estimate == finding.estimate.estimate
        assert again.low == finding.estimate.low


@pytest.mark.slow
def test_the_sections_stand_in_the_order_in_which_they_are_to_be_believed(
    planted: tuple[Report, str, dict[str, float]],
) -> None:
    """Soundness right after the answers, methods near the end; SCRIPTED stands beside every answer."""
    _, page, _ = planted
    order = re.findall(r'<section id="([a-z]+)"', page) or re.findall(r'id="([a-z]+)"', page)

    known = [place for place in order if place in ("answers", "soundness", "pairs", "talks", "validity", "methods")]
    assert known == ["answers", "soundness", "pairs", "talks", "validity", "methods"]
    assert page.count('<span class="badge">SCRIPTED</span>') >= 5
    assert "It is causal only" not in page
    assert "causal only where" in page


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """Write a run in which everything foreign would do harm: what is said, and who says it where."""
    said = [text for text in HOSTILE if "\0" not in text]
    names = ["<script>alert(1)</script>", "' onload='x"]
    write_run(
        tmp_path / "run",
        lambda trial: [said[(trial.iteration + number) % len(said)] for number in range(4)],
        models=dict.fromkeys(names, "openai/gpt"),
        scenarios={"<img src=x onerror=y>": "A </style><script>x</script> talk."},
        title="</title><script>alert(1)</script>",
        iterations=12,
    )
    return tmp_path / "run"


def test_nothing_that_was_said_becomes_markup(hostile: Path, colloquia: Command) -> None:
    """No element that loads, no handler, no address: also from names of models and scenarios, and in figures."""
    done = colloquia("report", "--run-dir", str(hostile))

    assert done.code == 0, done.err
    page = Page((hostile / "report.html").read_text(encoding="utf-8"))
    assert not page.tags & LOADS
    assert page.reaches_out == []
    assert "<script>alert(1)</script>" in page.text
    assert "![beacon](http://127.0.0.1:9/?said)" in page.text
    assert "\x1b" not in page.text


def test_the_page_is_told_to_load_nothing(hostile: Path, colloquia: Command) -> None:
    """By a policy in its head, before anything else."""
    colloquia("report", "--run-dir", str(hostile))

    source = (hostile / "report.html").read_text(encoding="utf-8")

    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    assert f'<meta http-equiv="Content-Security-Policy" content="{policy}">' in source[:300]
    assert source.count("<title>") == source.count("<svg") + 1
    assert "http://" not in re.sub(r"127\.0\.0\.1|http://127", "", source.replace("http://127.0.0.1", ""))


def test_a_part_of_the_study_can_be_reported(study: Callable[..., Path], colloquia: Command) -> None:
    """What is looked at is said, with how many there are; a name that there is not is refused with the nearest."""
    colloquia("run", str(study(iterations=3)))

    some = colloquia(
        "report", "--run-dir", "data", "--where", "iteration == 2", "--out", "some.html", "--tables", "tables"
    )
    none = colloquia("report", "--run-dir", "data", "--where", "iteration == 9")
    wrong = colloquia("report", "--run-dir", "data", "--where", "iterations == 2")

    assert some.code == 0, some.err
    page = Page(Path("some.html").read_text(encoding="utf-8"))
    assert "4 conversations of 12, those where iteration == 2" in page.text
    assert {path.suffix for path in Path("tables").iterdir()} == {".csv", ".tex"}
    assert not Path("data/report.html").exists()
    assert (none.code, wrong.code) == (2, 2)
    assert "leaves no conversation" in none.err
    assert "did you mean 'iteration'" in wrong.err.lower()


def test_a_study_without_a_turn_has_no_report(desk: Path, colloquia: Command) -> None:
    """And the message says what to do."""
    write_run(desk / "empty", lambda _trial: [])

    done = colloquia("report", "--run-dir", "empty")

    assert done.code == 2
    assert "run the study first" in done.err


def test_what_is_reported_says_where_its_turns_come_from(study: Callable[..., Path], colloquia: Command) -> None:
    """Scripted seats are no finding about language models: in the title, the head and the limits."""
    colloquia("run", str(study(iterations=2)))

    colloquia("report")

    evidence = gathered("data")
    page = Page(Path("data/report.html").read_text(encoding="utf-8"))
    assert evidence.sources == "SCRIPTED"
    assert "All turns are SCRIPTED: a fixed rule said them" in page.text
    assert "they carry no finding about one" in page.text


def test_a_report_counts_the_lines_that_cannot_be_read_and_not_the_turns_that_lack_by_them(
    study: Callable[..., Path], colloquia: Command
) -> None:
    """As `check` does; where a line is gone altogether, that is said."""
    colloquia("run", str(study(iterations=2)))
    log = Path("data/experiment_log.jsonl")
    first, *rest = log.read_bytes().splitlines(keepends=True)

    log.write_bytes(first.replace(b'"content":"', b'"content":"!') + b"".join(rest))
    damaged = report("data").report.html
    log.write_bytes(b"".join(rest))
    shorter = report("data").report.html

    assert "1 line of the logs cannot be read; 1 conversation that damage touches" in damaged
    assert "Lines of the logs are missing; 1 conversation that damage touches" in shorter


def test_what_is_said_to_have_been_used_was_used(study: Callable[..., Path], colloquia: Command) -> None:
    """Asking judges is no run, and scripted turns depend on no embedded model and no network."""
    judges = {"success": {"by": "scripted:always no", "question": "Did it work?", "labels": ["yes", "no"]}}
    colloquia("run", str(study(iterations=2, judges=judges)))
    colloquia("judge", "data")

    colloquia("report")

    text = Page(Path("data/report.html").read_text(encoding="utf-8")).text
    assert "they were held on" in text
    assert "in 1 run." in text
    assert "asked 1 time, the last on" in text
    assert "xllamacpp" not in text
    assert "aiohttp" not in text
