"""Study files: two ways to write one study, and what is refused before anything is called."""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from builders import SMALL_STUDY, study
from hypothesis import given
from hypothesis import strategies as st

from colloquia.design.study import Experiment
from colloquia.design.trials import trials
from colloquia.errors import DesignError
from colloquia.studies import LARGEST_STUDY_BYTES, Study, frozen, parse, read

EVERYDAY_TALK = Path(__file__).parents[1] / "data" / "studies" / "everyday_talk"
WITH_LINES = 'models = { a = "scripted:lines x.txt" }\nscenarios = { train = "Hi" }\nnum_turns = 2\n'
SMALL = 'models = { gpt = "openai/gpt" }\nscenarios = { train = "You sit on a train." }\nnum_turns = 2\n'
UNREADABLE = Path("/proc/self/mem")

texts = st.text(st.sampled_from("{}ab\"'\\#=[]\n\r\t\0\x7f\u2028\ufeff") | st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.booleans() | st.integers(-(2**62), 2**62) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
names = texts.filter(lambda name: name == name.strip() and name.isprintable() and "|" not in name and name != "")


def written(folder: Path, text: str | bytes, name: str = "study.toml") -> Path:
    """Write a study into a folder and return its path."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refusal(path: Path) -> str:
    """Return what a study file is refused with."""
    with pytest.raises(DesignError) as refused:
        read(path)
    return str(refused.value)


# -- one vocabulary ----------------------------------------------------------------------------------------------------


def test_both_forms_of_a_study_are_equal_objects() -> None:
    """A key of TOML and an upper-case name of Python are the same word with the same value."""
    toml, python = read(EVERYDAY_TALK / "study.toml"), read(EVERYDAY_TALK / "simulation_config.py")

    assert toml.experiment == python.experiment
    assert toml.experiment.title == "Everyday talk between three assistants"


@pytest.mark.parametrize("file", ["study.toml", "simulation_config.py"])
def test_the_first_study_plans_720_conversations_and_7200_turns(file: str) -> None:
    """Nine ordered pairs, four scenarios, twenty iterations, ten turns each."""
    planned = trials(read(EVERYDAY_TALK / file).experiment, lambda slug: "flip")

    cells = Counter((trial.scenario, trial.names) for trial in planned)
    assert len(planned) == len({trial.trial_id for trial in planned}) == 720
    assert sum(trial.num_turns for trial in planned) == 7200
    assert len(cells) == 36
    assert set(cells.values()) == {20}
    assert {trial.iteration for trial in planned[:36]} == {1}


def test_the_first_study_grown_keeps_all_its_conversations() -> None:
    """One more model and six more turns: 720 go on, 560 are new."""
    experiment = read(EVERYDAY_TALK / "study.toml").experiment
    words = experiment.words()
    grown = {**words, "num_turns": 16, "max_cost": 45, "models": {**words["models"], "qwen": "qwen/qwen"}}

    before, after = (
        {trial.trial_id: trial for trial in trials(each, lambda slug: "flip")}
        for each in (experiment, Experiment.from_words(grown))
    )

    new = after.keys() - before.keys()
    assert before.keys() <= after.keys()
    assert len(new) == 560
    assert sum(after[trial_id].num_turns for trial_id in new) == 8960
    assert sum(after[trial_id].num_turns - before[trial_id].num_turns for trial_id in before) == 4320


def test_a_study_read_from_a_file_knows_where_its_files_lie(tmp_path: Path) -> None:
    """Beside it, unless it is said otherwise; only Python runs code of its own accord."""
    toml = read(written(tmp_path, SMALL))
    frozen_one = read(written(tmp_path, WITH_LINES, "frozen.toml"), kept=tmp_path / "files")
    python = read(EVERYDAY_TALK / "simulation_config.py")

    assert (toml.folder, toml.runs_code) == (tmp_path.resolve(), False)
    assert frozen_one.folder == tmp_path / "files"
    assert (python.folder, python.runs_code) == (EVERYDAY_TALK.resolve(), True)
    assert toml.origin == str(tmp_path / "study.toml")


# -- TOML --------------------------------------------------------------------------------------------------------------


def test_texts_arrive_as_written(tmp_path: Path) -> None:
    """With every sign; line ends of Windows are line ends."""
    text = SMALL.replace('"You sit on a train."', '"""Zoë 😀 {\\"a\\": 1}\r\n\r\n  {{x}} \\\\ \t.\r\n"""')

    (role, _) = read(written(tmp_path, text)).experiment.materials["train"].roles

    assert role.template == 'Zoë 😀 {"a": 1}\n\n  {{x}} \\ \t.\n'
    assert role.prompt == 'Zoë 😀 {"a": 1}\n\n  {x} \\ \t.\n'


def test_a_byte_order_mark_is_no_part_of_a_study(tmp_path: Path) -> None:
    """Editors on Windows write one."""
    assert read(written(tmp_path, "\ufeff" + SMALL)) == read(written(tmp_path, SMALL))


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("num_turns = = 2\n", "line 1 col 12"),
        ('title = "x"\nnum_turns = 2\nmodels = {\n', "line 3"),
        ("num_turns = 2\nnum_turns = 3\n", "line 2"),
        ('title = "x\n', "line 1"),
        ('title = "\\ud800"\n', "line 1"),
        ('title = "\\q"\n', "line 1"),
        ("[models]\n\n[models]\n", "line 3"),
        ("x = " + "[" * 5000, "line 1"),
    ],
)
def test_a_slip_in_toml_is_refused_with_its_line(tmp_path: Path, text: str, where: str) -> None:
    """And with the name of the file."""
    refused = refusal(written(tmp_path, text))

    assert refused.startswith("study.toml: not TOML: ")
    assert where in refused


def test_a_file_that_is_no_utf_8_is_refused(tmp_path: Path) -> None:
    """Nobody guesses what letters were meant."""
    for text in (SMALL.replace("train", "Zoë").encode("latin-1"), SMALL.encode("utf-16"), b'title = "\xed\xa0\x80"'):
        assert refusal(written(tmp_path, text)) == "study.toml: is not UTF-8 text."


def test_a_lone_surrogate_is_refused_with_its_path(tmp_path: Path) -> None:
    """It is no Unicode text, and no server takes it."""
    page = f"MODELS, NUM_TURNS, SCENARIOS = {{'gpt': 'x/y'}}, 2, {{'train': 'a{chr(92)}ud800b'}}"

    assert refusal(written(tmp_path, page, "page.py")) == (
        "page.py: scenarios.train: holds a lone surrogate, which is no Unicode text."
    )


@pytest.mark.parametrize("number", ["nan", "inf", "-inf"])
def test_a_number_that_is_none_is_refused(tmp_path: Path, number: str) -> None:
    """TOML can write it, JSON cannot."""
    text = f"{SMALL}sampling = {{ temperature = {number} }}\n"

    assert refusal(written(tmp_path, text)) == "study.toml: sampling.temperature: is no finite number."


def test_a_date_is_refused(tmp_path: Path) -> None:
    """A study holds texts, numbers, lists and tables."""
    assert refusal(written(tmp_path, f"{SMALL}seed = 2026-01-01\n")) == (
        "study.toml: seed: a study cannot hold date objects."
    )


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("num_turn = 3", "num_turn: no such word in a study. Did you mean 'num_turns'?"),
        ("probes = {}", "probes: is empty; it needs at least one name."),
        ("iterations = 0", "iterations: is 0; the least is 1."),
        (
            "pairing = 'distinct'",
            "pairing: 'distinct' leaves nothing to run with one model; add a model or write 'self'.",
        ),
    ],
)
def test_what_a_study_says_wrongly_is_refused_with_file_and_path(tmp_path: Path, line: str, message: str) -> None:
    """So that it can be found and mended."""
    assert refusal(written(tmp_path, f"{SMALL}{line}\n")) == f"study.toml: {message}"


def test_a_file_of_more_than_ten_megabytes_is_no_study(tmp_path: Path) -> None:
    """Most likely it is a log."""
    path = written(tmp_path, "")
    with path.open("r+b") as file:
        file.truncate(LARGEST_STUDY_BYTES + 1)

    assert "larger than 10 MB" in refusal(path)


@pytest.mark.parametrize("name", ["missing.toml", "folder.toml"])
def test_where_no_file_is_there_is_no_study(tmp_path: Path, name: str) -> None:
    """Neither is a folder one."""
    (tmp_path / "folder.toml").mkdir()

    assert refusal(tmp_path / name) == (f"No study at {tmp_path / name}: name a study.toml or a simulation_config.py.")


def test_a_study_is_toml_or_python(tmp_path: Path) -> None:
    """By the ending of its name."""
    assert refusal(written(tmp_path, SMALL, "study.yaml")).endswith("study.yaml: a study is a .toml or a .py file.")


@pytest.mark.skipif(not UNREADABLE.is_file(), reason="this system has no file that even root cannot read")
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """With what the system says."""
    (tmp_path / "study.toml").symlink_to(UNREADABLE)

    assert refusal(tmp_path / "study.toml").startswith("study.toml: cannot be read: ")


# -- Python ------------------------------------------------------------------------------------------------------------

PAGE = 'MODELS = {"gpt": "openai/gpt"}\nSCENARIOS = {"train": "You sit on a train."}\nNUM_TURNS = 2\n'


def test_a_page_of_values_is_a_study(tmp_path: Path) -> None:
    """Lower-case names and private ones are the researcher's own."""
    page = f"from math import pi\n_SECRET = 1\ntown = 'Graz'\n{PAGE}SLOTS = {{'town': town}}\nSEED = int(pi)\n"

    read_page = read(written(tmp_path, page, "page.py")).experiment

    assert read_page == study(**{**parse(SMALL).words(), "slots": {"town": "Graz"}, "seed": 3})


def test_a_page_may_import_what_lies_beside_it(tmp_path: Path) -> None:
    """And leaves the places where Python looks as they were, whatever it does to them."""
    written(tmp_path, "train = 'You sit on a train.'\n", "prompts_of_this_test.py")
    page = f"import sys\nfrom prompts_of_this_test import train\nsys.path.insert(0, 'elsewhere')\n{PAGE}"
    places = list(sys.path)

    read(written(tmp_path, page, "page.py"))

    assert sys.path == places


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("NUM_TURN = 3", "NUM_TURN: no such word in a study. Did you mean 'NUM_TURNS'?"),
        ("ITERATION = 3", "ITERATION: no such word in a study. Did you mean 'ITERATIONS'?"),
        ("XYZ = []", "XYZ: no such word in a study."),
    ],
)
def test_a_misspelt_upper_case_name_is_refused_with_the_nearest(tmp_path: Path, line: str, message: str) -> None:
    """It never silently does nothing."""
    assert refusal(written(tmp_path, f"{PAGE}{line}\n", "simulation_config.py")) == (
        f"simulation_config.py: {message} Names of your own are written in lower case."
    )


def test_a_word_to_come_is_refused_on_a_page_too(tmp_path: Path) -> None:
    """By the name it has in the study."""
    refused = refusal(written(tmp_path, f"{PAGE}PROBES = {{}}\n", "page.py"))

    assert refused == "page.py: probes: is empty; it needs at least one name."


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("NUM_TURNS = (", "SyntaxError: '(' was never closed"),
        ("NUM_TURNS = 1 / 0", "ZeroDivisionError: division by zero"),
        ("import no_such_package", "ModuleNotFoundError: No module named 'no_such_package'"),
    ],
)
def test_a_page_that_fails_is_refused_with_what_python_says(tmp_path: Path, page: str, message: str) -> None:
    """In one line."""
    refused = refusal(written(tmp_path, page, "page.py"))

    assert refused.startswith(f"page.py: could not be read: {message}")


def test_a_page_that_refuses_itself_is_refused_in_its_own_words(tmp_path: Path) -> None:
    """A page may check what it is made of."""
    page = "from colloquia.errors import DesignError\nraise DesignError('the prompts are not ready.')\n"

    assert refusal(written(tmp_path, page, "page.py")) == "page.py: the prompts are not ready."


# -- frozen ------------------------------------------------------------------------------------------------------------


def test_a_frozen_study_reads_back_equal() -> None:
    """Whatever it was written as."""
    experiment = read(EVERYDAY_TALK / "simulation_config.py").experiment

    assert parse(frozen(experiment)) == experiment


@given(
    models=st.dictionaries(names, texts.filter(str.strip), min_size=1, max_size=3),
    prompt=texts,
    scenario=names,
    fields=st.fixed_dictionaries({}, optional={"stop": values, "response_format": values, "logit_bias": values}),
    words=st.fixed_dictionaries(
        {},
        optional={
            "title": texts,
            "seed": st.integers(0, 2**63 - 1),
            "max_cost": st.floats(0, 1e6),
            "stop": st.lists(st.sampled_from(["refusal", {"phrase": "x"}, {"phrase": "[[y]]", "by": "A"}]), max_size=3),
            "run_dir": texts.filter(lambda name: name.strip() and "\0" not in name),
            "iterations": st.integers(1, 9),
        },
    ),
)
def test_any_study_reads_back_equal_with_the_same_ids(
    models: dict[str, str], prompt: str, scenario: str, fields: dict[str, Any], words: dict[str, Any]
) -> None:
    """Every name, every text, every field: a run folder holds the very study that was run."""
    printed = prompt.replace("{", "{ ")
    folded = {name.casefold(): name for name in models}
    experiment = Experiment.from_words(
        {
            "models": {name: {"slug": f"x/{models[name]}", **fields} for name in folded.values()},
            "scenarios": {scenario: printed},
            "num_turns": 2,
            **words,
        }
    )

    again = parse(frozen(experiment))

    assert again == experiment
    assert [trial.trial_id for trial in trials(again, lambda slug: "flip")] == [
        trial.trial_id for trial in trials(experiment, lambda slug: "flip")
    ]


# -- files that a study names ------------------------------------------------------------------------------------------


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
