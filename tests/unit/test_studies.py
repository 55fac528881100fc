"""Study files: two ways to write one study, and what is refused before anything is called."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from builders import refusal, study, written
from hypothesis import given
from hypothesis import strategies as st

from colloquia.design.study import Experiment
from colloquia.design.trials import trials
from colloquia.studies import LARGEST_STUDY_BYTES, frozen, parse, read

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
        ("num_turns = = 2\n", "line 1, column 13"),
        ('title = "x"\nnum_turns = 2\nmodels = {\n', "line 3"),
        ("num_turns = 2\nnum_turns = 3\n", "line 2"),
        ('title = "x\n', "line 1"),
        ('title = "\\ud800"\n', "line 1"),
        ('title = "\\q"\n', "line 1"),
        ("[models]\n\n[models]\n", "line 3"),
        ("x = " + "[" * 5000, "nested too deeply"),
    ],
)
def test_a_slip_in_toml_is_refused_with_where_it_is(tmp_path: Path, text: str, where: str) -> None:
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


def test_a_study_beside_the_one_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A folder that `colloquia new` wrote holds a study.toml, and no simulation_config.py."""
    (tmp_path / "study.toml").write_text("")

    beside = tmp_path / "study.toml"
    assert refusal(tmp_path / "simulation_config.py") == (
        f"No study at {tmp_path / 'simulation_config.py'}: name the one at {beside}."
    )


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


def test_a_needed_word_in_lower_case_is_told_from_a_name_of_ones_own(tmp_path: Path) -> None:
    """Beside the word itself, it is a name like any other."""
    page = "models = {'x': 'scripted:echo'}\nSCENARIOS = {'s': 'Talk.'}\nNUM_TURNS = 2\n"

    refused = refusal(written(tmp_path, page, "page.py"))

    assert refused == "page.py: models: in lower case it is a name of your own; write MODELS."
    assert list(read(written(tmp_path, f"{page}MODELS = models\n", "page.py")).experiment.entries) == ["x"]


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
