"""``colloquia label``: blind sheets go out, come back, and say how far the judges can be believed."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from doors import ROOT, toml

if TYPE_CHECKING:
    from collections.abc import Callable

    from doors import Said

    Command = Callable[..., Said]

STUDY: dict[str, Any] = {
    "num_turns": 2,
    "iterations": 12,
    "pairing": "self",
    "models": {
        "gpt": {"slug": "scripted:seats.py:mostly_six"},
        "claude": {"slug": "scripted:seats.py:seldom_six"},
    },
    "scenarios": {"rent": {"landlord": "Raise it.", "tenant": "No."}},
    "judges": {
        "success": {
            "by": [f"scripted:judge.py:{name}" for name in ("fair", "severe", "stern", "shy")],
            "question": "Did it work?",
            "labels": ["yes", "no"],
        }
    },
}
SEATS = """
def said(request, often):
    return "Six, as Claude 3 Opus says." if request.occasion.draw % 100 < often else "=1+1 or nothing."
def mostly_six(request): return said(request, 70)
def seldom_six(request): return said(request, 30)
"""


@pytest.fixture
def judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, colloquia: Command) -> Path:
    """Run and judge a study, and return its run folder."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "tests" / "data" / "judging" / "judge.py", tmp_path)
    Path("seats.py").write_text(SEATS, encoding="utf-8")
    Path("study.toml").write_text(toml(STUDY), encoding="utf-8")
    colloquia("run", "study.toml", "--allow-code")
    colloquia("judge", "data", "--allow-code")
    return Path("data")


def rows(path: str = "sheet.csv") -> list[dict[str, str]]:
    """Return the rows of a sheet."""
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def fill(label: Callable[[dict[str, str]], str], path: str = "sheet.csv", to: str = "filled.csv") -> str:
    """Fill a sheet in, and return where it was put."""
    found = [{**row, "label": label(row)} for row in rows(path)]
    with Path(to).open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, found[0])
        writer.writeheader()
        writer.writerows(found)
    return to


def right(row: dict[str, str]) -> str:
    """Label as anybody who can read would."""
    return "Yes" if "Six" in row["text"] else "no"


def test_a_sheet_tells_neither_models_nor_verdicts(judged: Path, colloquia: Command) -> None:
    """Nor which conversation it is; what was drawn stands in the folder, with its probability."""
    said = colloquia("label", "export", "--judge", "success", "--number", "12")
    sheet = Path("sheet.csv").read_text(encoding="utf-8-sig")
    drawn = [json.loads(line) for line in (judged / "labels.jsonl").read_text(encoding="utf-8").splitlines()]
    items = [each for each in drawn if each["event"] == "drawn"]

    assert said.code == 0
    assert len(rows()) == len(items) == 12
    assert not {"claude", "gpt", "judge.py", *(each["experiment_id"] for each in items)} & set(sheet.lower().split())
    assert "Claude" not in sheet
    assert {each["label"] for each in rows()} == {""}
    assert all(0 < each["probability"] <= 1 for each in items)
    assert all(row["text"].startswith("[1] Speaker ") for row in rows())


def test_a_sheet_never_overwrites_another(judged: Path, colloquia: Command) -> None:
    """And nothing is drawn where none could be written."""
    colloquia("label", "export", "--judge", "success")
    before = (judged / "labels.jsonl").read_bytes()
    said = colloquia("label", "export", "--judge", "success")

    assert said.code == 2
    assert "sheet.csv is there already" in said.err
    assert (judged / "labels.jsonl").read_bytes() == before


def test_labels_come_back_once_and_correct_the_judges(judged: Path, colloquia: Command) -> None:
    """The panel says no of all. All were labelled, so the corrected rate is the true one."""
    colloquia("label", "export", "--judge", "success", "--number", "24")
    said = colloquia("label", "import", fill(right), "--by", "ann")
    again = colloquia("label", "import", "filled.csv", "--by", "ann")

    assert said.out.startswith("24 labels of ann taken in, 0 there already, 0 blank.")
    assert again.out.startswith("0 labels of ann taken in, 24 there already, 0 blank.")
    assert "scripted:judge.py:fair with people: alpha" in said.out
    assert "The panel's verdict is not to be relied on uncorrected" in said.out
    log = (judged / "experiment_log.jsonl").read_text(encoding="utf-8").splitlines()
    turns = [json.loads(line) for line in log]
    six = {each["experiment_id"] for each in turns if each["speaker_model"] == "gpt" and "Six" in each["content"]}
    line = next(each for each in said.out.splitlines() if each.startswith("gpt x gpt: yes"))
    assert line.split()[4:6] == ["0.000", f"{len(six) / 12:.3f}"]


def test_two_people_are_compared_with_each_other(judged: Path, colloquia: Command) -> None:
    """One of them errs now and then, and leaves one blank."""
    colloquia("label", "export", "--judge", "success", "--number", "24")
    colloquia("label", "import", fill(right), "--by", "ann")
    items = {row["item"]: number for number, row in enumerate(rows())}
    sloppy = {0: "", 5: "cannot tell", 7: "no", 9: "yes"}
    said = colloquia("label", "import", fill(lambda row: sloppy.get(items[row["item"]], right(row))), "--by", "bo")

    assert said.out.startswith("22 labels of bo taken in, 0 there already, 2 blank.")
    assert "people with each other: alpha" in said.out


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace('"yes"', '"yess"', 1), "'yess' is none of the answers. Did you mean 'yes'?"),
        (
            lambda text: text.replace("label", "labels", 1),
            "filled.csv is no sheet: it needs the columns item and label",
        ),
        (lambda text: text.replace("-1", "-999", 1), "was drawn in this run folder"),
    ],
)
def test_a_sheet_that_cannot_be_read_is_refused_whole(
    judged: Path, colloquia: Command, change: Callable[[str], str], message: str
) -> None:
    """Nothing of it is taken in."""
    colloquia("label", "export", "--judge", "success", "--number", "12")
    fill(lambda row: "yes")
    text = change(
        Path("filled.csv").read_text(encoding="utf-8-sig").replace("yes\r\n", '"yes"\r\n').replace(",yes,", ',"yes",')
    )
    Path("filled.csv").write_text(text, encoding="utf-8")
    before = (judged / "labels.jsonl").read_bytes()
    said = colloquia("label", "import", "filled.csv", "--by", "ann")

    assert said.code == 2
    assert message in said.err
    assert (judged / "labels.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("export", "--judge", "succes"), "--judge succes: no judge of this study. Did you mean 'success'?"),
        (
            ("import", "nowhere.csv", "--by", "ann"),
            "nowhere.csv cannot be read (No such file or directory): name a sheet",
        ),
        (("import", "study.toml", "--by", " "), "a labeller's name is 1 to 60 characters"),
    ],
)
def test_what_cannot_be_done_is_said(
    judged: Path, colloquia: Command, arguments: tuple[str, ...], message: str
) -> None:
    """With exit code 2."""
    said = colloquia("label", *arguments)

    assert said.code == 2
    assert message in said.err


def test_validity_is_said_without_people_too(judged: Path, colloquia: Command) -> None:
    """Agreement, consistency, what is missing; and how to ask people."""
    said = colloquia("judge", "--validity", "--run-dir", str(judged))

    assert said.code == 0
    assert "success: 24 conversations judged by 4 models; 24 answers of 96 missing, 25.0%." in said.out
    assert "Cohen's kappa of scripted:judge.py:fair and scripted:judge.py:severe" in said.out
    assert "Nobody has labelled a sheet of it" in said.out


def test_scores_of_turns_can_be_labelled_too(judged: Path, colloquia: Command) -> None:
    """Numbers on the scale; the mean is corrected, its interval within the scale."""
    judges = {"warmth": {"by": "scripted:judge.py:length", "question": "Warm?", "scale": [1, 5], "unit": "turn"}}
    Path("study.toml").write_text(toml({**STUDY, "judges": judges}), encoding="utf-8")
    colloquia("judge", "study.toml", "--run-dir", "data", "--allow-code")
    exported = colloquia("label", "export", "--judge", "warmth", "--number", "40")
    said = colloquia(
        "label", "import", fill(lambda row: "2" if "Six" in row["text"].rpartition("[")[2] else "4"), "--by", "ann"
    )
    wrong = colloquia("label", "import", fill(lambda row: "7"), "--by", "bo")

    assert exported.out.startswith("40 items of 48 drawn")
    assert "question" in rows()[0]
    assert "(of turn " in rows()[0]["question"]
    assert said.out.startswith("40 labels of ann taken in")
    assert any(line.startswith("gpt x gpt  ") for line in said.out.splitlines())
    assert "7 is not from 1 to 5" in wrong.err
