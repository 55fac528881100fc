"""``colloquia judge``: answers beside the log, asked for once, within the budget, whatever happens meanwhile."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from doors import ROOT, toml

import colloquia as package
from colloquia import Experiment, load

if TYPE_CHECKING:
    from collections.abc import Callable

    from doors import Said

    Command = Callable[..., Said]

ONE = {"question": "Did it work?", "labels": ["yes", "no"]}
STUDY: dict[str, Any] = {
    "num_turns": 4,
    "iterations": 3,
    "pairing": "self",
    "models": {"calm": "scripted:always I say six.", "loud": "scripted:sequence NEVER! No. Out!"},
    "scenarios": {"rent": {"landlord": "Raise it.", "tenant": "No."}},
    "judges": {"success": {**ONE, "by": ["scripted:judge.py:fair", "scripted:judge.py:severe"]}},
}


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Return what writes a study beside the scripted judges, and stand in its folder."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "tests" / "data" / "judging" / "judge.py", tmp_path)

    def write(**words: Any) -> str:
        Path("study.toml").write_text(toml({**STUDY, **words}), encoding="utf-8")
        return "study.toml"

    return write


@pytest.fixture
def judge(colloquia: Command) -> Command:
    """Return the command, allowed to run the judges' code."""
    return lambda *arguments: colloquia("judge", *arguments, "--allow-code")


def answers(folder: str = "data") -> list[dict[str, Any]]:
    """Return the lines of ``judgements.jsonl``."""
    text = (Path(folder) / "judgements.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def asked(folder: str = "data") -> list[dict[str, Any]]:
    """Return the calls in the journal that judges were asked with."""
    lines = (Path(folder) / "journal.jsonl").read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in lines]
    return [each for each in entries if each["event"] == "attempt_started" and each["beside"]]


def test_a_study_made_in_python_is_judged_as_its_page_is(
    page: Callable[..., str], colloquia: Command, judge: Command
) -> None:
    """By the same judges: what they have said is not asked again."""
    study = Experiment(**STUDY)
    colloquia("run", page())

    assert package.judge(study, judges=["success"]).answering.done == 6 * 2
    assert "No answer is missing in data." in judge(page()).out


def test_judging_again_asks_nobody(page: Callable[..., str], colloquia: Command, judge: Command) -> None:
    """Not by the page, and not by the frozen study; and nothing is written."""
    colloquia("run", page())
    first = judge(page())
    before = {path: path.read_bytes() for path in Path("data").iterdir() if path.is_file()}
    again, frozen = judge(page()), judge("data")

    assert (first.code, again.code, frozen.code) == (0, 0, 0)
    assert "No answer is missing in data." in again.out
    assert "No answer is missing in data." in frozen.out
    after = {path: path.read_bytes() for path in Path("data").iterdir() if path.is_file()}
    assert after == before
    firsts = [each for each in answers() if each["reading"] == "first"]
    assert len(firsts) == 6 * 2
    assert {(each["by"], each["answer"]) for each in firsts} == {
        ("scripted:judge.py:fair", "yes"), ("scripted:judge.py:fair", "no"), ("scripted:judge.py:severe", "no"),
    }  # fmt: skip


def test_the_log_is_left_alone_and_every_call_stands_in_the_journal(
    page: Callable[..., str], colloquia: Command, judge: Command
) -> None:
    """Before it was made; and check and verify find nothing to say."""
    colloquia("run", page())
    log = Path("data/experiment_log.jsonl").read_bytes()
    judge(page())

    assert Path("data/experiment_log.jsonl").read_bytes() == log
    assert len(asked()) == len(answers())
    assert colloquia("check").out == "Every line of data is what was written.\n"
    assert colloquia("verify").code == 0


def test_a_changed_rubric_stands_beside_the_old_and_the_old_costs_nothing_again(
    page: Callable[..., str], colloquia: Command, judge: Command
) -> None:
    """There and back: what was answered under the first question is still there."""
    colloquia("run", page())
    judge(page())
    number = len(answers())
    changed = {"success": {**STUDY["judges"]["success"], "question": "Did it really work?"}}
    judge(page(judges=changed))
    back = judge(page())

    assert len(answers()) == 2 * number
    assert len({each["rubric_sha256"] for each in answers()}) == 2
    assert back.out.count("0 answers") == 1
    assert len(answers()) == 2 * number


def test_longer_talks_are_judged_anew(page: Callable[..., str], colloquia: Command, judge: Command) -> None:
    """What was said of the shorter ones stays."""
    colloquia("run", page())
    judge(page())
    colloquia("run", page(num_turns=6))
    judge(page(num_turns=6))

    assert {each["num_turns"] for each in answers()} == {4, 6}


def test_judges_may_come_after_the_talk_and_change_no_conversation(
    page: Callable[..., str], colloquia: Command, judge: Command
) -> None:
    """The frozen study takes them up, and running it again finds nothing missing."""
    colloquia("run", page(judges=None))
    said = judge(page())

    assert said.code == 0
    assert "[judges.success]" in Path("data/study.toml").read_text(encoding="utf-8")
    assert "Nothing is missing in data." in colloquia("run", "--run-dir", "data").out


def test_the_rest_of_a_changed_page_is_left_to_run(
    page: Callable[..., str], colloquia: Command, judge: Command
) -> None:
    """More iterations on the page are not planned by judging."""
    colloquia("run", page())
    judge(page(iterations=5, judges={"other": {**ONE, "by": "scripted:judge.py:fair"}}))

    assert "unchanged          6 conversations" in colloquia("plan", "--run-dir", "data").out


@pytest.mark.parametrize(
    ("by", "reason"),
    [
        ("shy", "refused"),
        ("liar", "the quote does not occur"),
    ],
)
def test_what_a_judge_does_not_say_is_missing_and_never_no(
    page: Callable[..., str], colloquia: Command, judge: Command, by: str, reason: str
) -> None:
    """The reason stands in the file and in the table."""
    judged = {"success": {**ONE, "by": f"scripted:judge.py:{by}"}}
    colloquia("run", page(judges=judged))
    said = judge(page(judges=judged))

    assert {(each["answer"], each["missing"]) for each in answers()} == {(None, reason)}
    assert f"{reason} ({len(answers())})" in said.out
    assert said.code == 0


def test_a_second_stage_reads_the_answers_of_a_model_together(
    page: Callable[..., str], colloquia: Command, judge: Command
) -> None:
    """Each model has its own, and is not named."""
    judges = {
        "summary": {"by": "scripted:judge.py:summary", "question": "Summarise it.", "open": True},
        "gist": {
            "by": "scripted:judge.py:summary", "question": "In one sentence?", "open": True,
            "reads": "summary", "per": "model",
        },
    }  # fmt: skip
    colloquia("run", page(judges=judges))
    said = judge(page(judges=judges))

    gists = {each["group"]: each["answer"] for each in answers() if each["judge"] == "gist"}
    assert said.code == 0
    assert gists == {"calm": "3 lines: 4 lines: I say six.", "loud": "3 lines: 4 lines: NEVER!"}


def test_one_judge_can_be_asked_alone_and_a_misspelt_one_is_named(
    page: Callable[..., str], colloquia: Command, judge: Command
) -> None:
    """The nearest name is offered."""
    judges = {**STUDY["judges"], "warmth": {"by": "scripted:judge.py:length", "question": "Warm?", "scale": [1, 5]}}
    colloquia("run", page(judges=judges))
    judge(page(judges=judges), "--judge", "warmth")
    wrong = judge(page(judges=judges), "--judge", "warmt")

    assert {each["judge"] for each in answers()} == {"warmth"}
    assert wrong.code == 2
    assert "--judge warmt: no judge of this study. Did you mean 'warmth'?" in wrong.err


def test_a_plan_says_what_is_missing_and_asks_nobody(
    page: Callable[..., str], colloquia: Command, judge: Command
) -> None:
    """And writes nothing."""
    colloquia("run", page())
    said = judge(page(), "--plan")

    assert said.code == 0
    assert "at no cost" in said.out
    assert not Path("data/judgements.jsonl").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [({"judges": None}, "judges: the study names none"), ({}, "No run in data: name the run folder of a study")],
)
def test_what_cannot_be_judged_is_refused(
    page: Callable[..., str], colloquia: Command, judge: Command, words: dict[str, Any], message: str
) -> None:
    """With exit code 2, and the folder as it was."""
    if words:
        colloquia("run", page(**words))
    said = judge(page(**words))

    assert said.code == 2
    assert message in said.err


def test_code_that_a_study_names_runs_only_with_leave(page: Callable[..., str], colloquia: Command) -> None:
    """A judge is a program too."""
    colloquia("run", page())
    said = colloquia("judge", page())

    assert said.code == 2
    assert "--allow-code" in said.err


def test_another_writer_is_told_from_a_fault(page: Callable[..., str], colloquia: Command, judge: Command) -> None:
    """Judging writes the journal, so it holds the folder like a run."""
    from colloquia.logbook.folder import RunFolder

    colloquia("run", page())
    with RunFolder(Path("data")).lock("run of somebody else"):
        said = judge(page())

    assert said.code == 75


def test_torn_answers_are_cut_off_and_asked_again(page: Callable[..., str], colloquia: Command, judge: Command) -> None:
    """As after a kill in the middle of a line; the stump is kept."""
    colloquia("run", page())
    judge(page())
    number = len(answers())
    path = Path("data/judgements.jsonl")
    path.write_bytes(path.read_bytes()[:-40])
    said = judge(page())

    assert said.out.count("1 answer in") == 1
    assert len(answers()) == number
    assert Path("data/judgements.jsonl.torn").exists()


def test_judges_of_turns_feed_the_measures_that_read_labels(
    page: Callable[..., str], colloquia: Command, judge: Command
) -> None:
    """A judge called ``adherence`` gives the scores of role adherence, and is a column of turns."""
    judges = {
        "adherence": {"by": "scripted:judge.py:length", "question": "In role?", "scale": [1, 5], "unit": "turn"},
    }
    colloquia("run", page(judges=judges))
    judge(page(judges=judges))
    said = colloquia("measure", "role_adherence")
    frames = load("data")

    assert said.code == 0
    scores = frames.measures[frames.measures["variable"] == "adherence"].dropna(subset=["turn_id", "value"])
    of_turns = frames.turns.set_index(["experiment_id", "turn_id"])["adherence"]
    assert len(scores) == 24
    for row in scores.to_dict("records"):
        assert row["value"] == of_turns[row["experiment_id"], row["turn_id"]]


def test_verdicts_are_columns_of_conversations_and_can_be_missing(
    page: Callable[..., str], colloquia: Command, judge: Command
) -> None:
    """In the frame and in the CSV; a split panel has none, and a claim about it is then neither true nor false."""
    colloquia("run", page())
    judge(page())
    frames = load("data")
    answers = frames.judgements.query("reading == 'first'")
    verdicts = frames.conversations.set_index("model_1")["success"].astype("object")

    assert set(answers["by"]) == {"scripted:judge.py:fair", "scripted:judge.py:severe"}
    assert verdicts["calm"].isna().all()
    assert set(verdicts["loud"]) == {"no"}
    header, *rows = Path("data/conversations.csv").read_text(encoding="utf-8").splitlines()
    assert "success" in header.split(",")
    assert sum('"no"' in row for row in rows) == 3
    assert colloquia_outcome(frames) == {"calm": None, "loud": 0.0}


def colloquia_outcome(frames: Any) -> dict[str, float | None]:
    """Return what a claim about the verdict comes to for each model."""
    from colloquia.analysis.statistics.outcomes import conversations

    rows = conversations(frames, "success == 'yes'").rows
    means = rows.groupby("model_1")["value"].mean().astype("object")
    return dict(means.where(means.notna(), None))


def test_what_judges_cost_has_its_own_words(page: Callable[..., str], colloquia: Command, judge: Command) -> None:
    """In what is said beforehand; free judges cost nothing."""
    colloquia("run", page(max_cost=1))
    said = judge(page(max_cost=1))

    assert "$0 for judges (in this folder so far: $0 for all)" in said.out


def test_judges_can_be_asked_from_python(page: Callable[..., str], colloquia: Command) -> None:
    """As in a notebook; the second time nobody is asked."""
    import colloquia as package

    colloquia("run", page())
    first = package.judge("data", allow_code=True)
    again = package.judge(run_dir="data", allow_code=True)

    assert first.answering.done == len(answers())
    assert (again.answering.done, first.missing, again.missing, first.exit_code) == (0, 0, 0, 0)
