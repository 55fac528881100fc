"""The files that a study names: lines, code, items and rubrics lie beside it or below, and are kept with it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from builders import SMALL_STUDY, refusal, study, written

from colloquia.errors import DesignError
from colloquia.studies import Study, frozen, parse, read

if TYPE_CHECKING:
    from pathlib import Path


def naming(folder: Path, *slugs: str) -> Study:
    """Return a study in ``folder`` whose models have ``slugs``."""
    models = {f"model {number}": slug for number, slug in enumerate(slugs)}
    return Study(experiment=study(**{**SMALL_STUDY, "models": models}), folder=folder, origin="study.toml")


def refused_file(folder: Path, slug: str) -> str:
    """Return what a file that ``slug`` names is refused with."""
    with pytest.raises(DesignError) as refused:
        naming(folder, slug).files()
    return str(refused.value)


def test_files_beside_the_study_and_below_are_found(tmp_path: Path) -> None:
    """By the name that the study gives them."""
    (tmp_path / "lines").mkdir()
    beside, below, code = (tmp_path / name for name in ("my lines.txt", "lines/b.txt", "auction.py"))
    for path in (beside, below, code):
        path.touch()

    found = naming(
        tmp_path, "scripted:lines my lines.txt", "scripted:lines  lines/b.txt ", "scripted:auction.py:bid", "x/y"
    ).files()

    assert found == {"my lines.txt": beside, "lines/b.txt": below, "auction.py": code}


@pytest.mark.parametrize(
    "slug",
    [
        "openai/gpt",
        "ollama:lines x.txt",
        "embedded:/srv/weights/x.gguf",
        "scripted:echo",
        "scripted:random",
        "scripted:always lines ../x.txt",
        "scripted:always run main.py",
        "scripted:sequence a.py: b.py:",
    ],
)
def test_what_names_no_file_needs_none(tmp_path: Path, slug: str) -> None:
    """Whatever its words look like."""
    assert naming(tmp_path, slug).files() == {}


@pytest.mark.parametrize("form", ["scripted:lines {}", "scripted:{}:bid"])
@pytest.mark.parametrize(
    "path",
    [
        "../lines.py",
        "lines/../../lines.py",
        "..\\lines.py",
        "/etc/lines.py",
        "\\lines.py",
        "//server/share/lines.py",
        "\\\\server\\share\\lines.py",
        "C:\\lines.py",
        "C:lines.py",
    ],
)
def test_a_path_out_of_the_study_s_folder_is_refused(tmp_path: Path, path: str, form: str) -> None:
    """However it is written, on whatever system."""
    refused = refused_file(tmp_path, form.format(path))

    assert refused == f"models.model 0: {path!r} must lie beside the study or in a folder below it."


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="this system has no links")
def test_a_link_out_of_the_study_s_folder_is_refused(tmp_path: Path) -> None:
    """One that stays within is followed."""
    folder = tmp_path / "study"
    (folder / "below").mkdir(parents=True)
    (tmp_path / "outside.txt").touch()
    (folder / "below" / "inside.txt").touch()
    (folder / "out.txt").symlink_to(tmp_path / "outside.txt")
    (folder / "up").symlink_to(tmp_path)
    (folder / "in.txt").symlink_to(folder / "below" / "inside.txt")

    within = naming(folder, "scripted:lines in.txt").files()

    assert within == {"in.txt": folder / "below" / "inside.txt"}
    for path in ("out.txt", "up/outside.txt"):
        assert refused_file(folder, f"scripted:lines {path}") == (
            f"models.model 0: {path!r} leads out of the study's folder."
        )


@pytest.mark.parametrize("path", ["missing.txt", "folder", "folder/missing.txt", "a" * 300, "round.txt"])
def test_a_file_that_is_not_there_is_refused(tmp_path: Path, path: str) -> None:
    """Before the first call; a folder, a name too long and a link to itself are no files either."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "round.txt").symlink_to("round.txt")

    assert refused_file(tmp_path, f"scripted:lines {path}") == (
        f"models.model 0: there is no file {path!r} beside the study ({tmp_path})."
    )


def test_a_name_that_is_none_is_refused(tmp_path: Path) -> None:
    """Operating systems end names at a zero."""
    assert refused_file(tmp_path, "scripted:lines a\0b") == "models.model 0: names no file."


# -- items in a file of their own --------------------------------------------------------------------------------------

DEBATE = """num_turns = 2
items = { claim = "claims.csv" }
[models]
gpt = "openai/gpt"
[scenarios.debate]
pro = "Argue for: {claim} ({claim.source})"
con = "Argue against it."
"""


def test_a_file_of_items_is_read_beside_the_study(tmp_path: Path) -> None:
    """Its rows become part of the study, so that the frozen one needs no file."""
    (tmp_path / "claims.csv").write_text('claim,source\n"Ban cars, now.",a paper\nBan it.,"NA"\n', encoding="utf-8")

    experiment = read(written(tmp_path, DEBATE)).experiment

    assert experiment.items == {
        "claim": [{"claim": "Ban cars, now.", "source": "a paper"}, {"claim": "Ban it.", "source": "NA"}]
    }
    assert parse(frozen(experiment)) == experiment


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (None, "items.claim"),
        (b"claim,source\n", "has no rows"),
        (b"claim,source\nBan cars.\n", "row 2: not as many cells"),
        (b"claim,source\nBan cars.,a,b\n", "row 2: not as many cells"),
        (b"claim\n\xff\n", "is no table of items"),
        (b'claim\n"Ban\n', "is no table of items"),
    ],
    ids=["missing", "empty", "short", "long", "not UTF-8", "open quote"],
)
def test_a_file_of_items_that_cannot_be_used_is_named(tmp_path: Path, table: bytes | None, message: str) -> None:
    """With the row that is wrong."""
    if table is not None:
        (tmp_path / "claims.csv").write_bytes(table)

    assert message in refusal(written(tmp_path, DEBATE))


def test_a_file_of_items_lies_beside_the_study_or_below(tmp_path: Path) -> None:
    """Nothing elsewhere is read."""
    refused = refusal(written(tmp_path, DEBATE.replace("claims.csv", "../claims.csv")))

    assert "items.claim" in refused


def test_a_text_finds_its_file_of_items_beside_it(tmp_path: Path) -> None:
    """As the draft of a study that is being written."""
    (tmp_path / "claims.csv").write_text("claim,source\nBan cars.,a paper\n", encoding="utf-8")

    assert parse(DEBATE, tmp_path).items == {"claim": [{"claim": "Ban cars.", "source": "a paper"}]}
    with pytest.raises(DesignError, match="is a file"):
        parse(DEBATE)


# -- a rubric in a file of its own -------------------------------------------------------------------------------------

JUDGED = """num_turns = 2
[models]
gpt = "openai/gpt"
[scenarios]
rent = "Talk about the rent."
[judges.gives]
by = ["x-ai/grok-4"]
rubric = "gives.toml"
"""
RUBRIC = b"""construct = "concession"
question = "Does anybody give way?"
[levels.yes]
means = "Takes a worse offer."
example = "Six, then."
[levels.no]
means = "Insists."
example = "Never."
"""


def test_a_rubric_is_read_beside_the_study_and_is_part_of_it(tmp_path: Path) -> None:
    """So the frozen study holds it whole, and reads back as an equal study without the file."""
    (tmp_path / "gives.toml").write_bytes(RUBRIC)
    experiment = read(written(tmp_path, JUDGED)).experiment

    assert experiment.panels["gives"].rubric.labels == ("yes", "no")
    assert parse(frozen(experiment)) == experiment


@pytest.mark.parametrize(
    ("rubric", "message"),
    [
        (None, "judges.gives.rubric: there is no file 'gives.toml' beside the study"),
        (b"levels = [", "judges.gives.rubric: gives.toml is no rubric: not TOML"),
        (b"\xff", "judges.gives.rubric: gives.toml is no rubric"),
        (RUBRIC.replace(b"means", b"mens"), "judges.gives.rubric.levels.yes: 'mens' is no word of a level. Did you"),
    ],
)
def test_a_rubric_that_cannot_be_used_is_named(tmp_path: Path, rubric: bytes | None, message: str) -> None:
    """With the path of the study word, and the file."""
    if rubric is not None:
        (tmp_path / "gives.toml").write_bytes(rubric)

    assert message in refusal(written(tmp_path, JUDGED))


def test_the_file_of_a_scripted_judge_is_one_that_the_study_names(tmp_path: Path) -> None:
    """It is kept with the run, like that of a scripted seat."""
    (tmp_path / "gives.toml").write_bytes(RUBRIC)
    (tmp_path / "judge.py").write_text("def judge(request): return ''\n")
    judged = JUDGED.replace("x-ai/grok-4", "scripted:judge.py:judge")

    assert list(read(written(tmp_path, judged)).files()) == ["judge.py"]
