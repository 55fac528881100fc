"""Drafts: a study changed word by word, with its comments; what is wrong by line; cells left out and brought back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from colloquia.errors import DesignError
from colloquia.lab.drafting import drafting, excluding
from colloquia.lab.drafting.draft_tables import (
    factor_rows,
    factors_of,
    model_rows,
    models_of,
    scenario_rows,
    scenarios_of,
    with_models,
)
from colloquia.lab.drafting.lines import line_of
from colloquia.lab.drafting.outlook import first_requests, look_ahead
from colloquia.lab.drafting.trying import one_of
from colloquia.lab.drafting.wording import changed, value_of, words_of, written_as
from colloquia.logbook.folder import RunFolder
from colloquia.providers.pricelist import PriceList
from colloquia.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from colloquia.lab.drafting.outlook import Outlook

TEXT = """# My study
title = "Rent"  # what it is called
num_turns = 4
iterations = 2

[models]
# two of them
ada = "scripted:echo"
ben = { slug = "scripted:random", temperature = 0.5 }

[factors]
tone = { warm = "Be warm.", plain = "" }

[scenarios.rent]
landlord = "Raise the rent. {tone}"
tenant = "Pay less."
num_turns = 2
"""


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """A run folder that is not made yet."""
    return RunFolder(tmp_path / "runs" / "one")


@pytest.fixture
def draft(folder: RunFolder) -> drafting.Draft:
    """The draft of a study, saved."""
    made = drafting.Draft(folder=folder, text=TEXT)
    made.save()
    return made


def outlook(draft: drafting.Draft, tmp_path: Path) -> Outlook:
    """Return what a saved draft would come to, on a machine without keys and prices."""
    study, _ = drafting.checked(draft)
    return look_ahead(study, draft.folder, Settings(environment={}, cache=tmp_path), PriceList(cards={}))


# -- words -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("num_turns",), 6),
        (("title",), 'Another "title" # with a sign'),
        (("models", "ada"), "scripted:always X"),
        (("models", "cyd"), {"slug": "scripted:echo", "temperature": 1}),
        (("models", "ben", "temperature"), 0.7),
        (("scenarios", "rent", "tenant"), 'Pay\nless\n\tand "less" \\ still.'),
        (("scenarios", "train"), "You sit on a train."),
        (("factors", "tone"), ["a", "b"]),
        (("factors",), {"landlord.temperature": [0.2, 1], "tone": {"x": "y"}}),
        (("sampling",), {"temperature": 1}),
        (("stop",), ["goodbye", {"phrase": "Done.", "by": "tenant"}]),
        (("max_cost",), 2.5),
        (("pairing",), [["ada", "ben"], ["ben", "ada"]]),
    ],
    ids=lambda value: ".".join(value) if isinstance(value, tuple) else "",
)
def test_one_value_changes_and_nothing_else(path: tuple[str, ...], value: Any) -> None:
    """The text says what was meant, and keeps its comments."""
    after = changed(TEXT, path, value)

    wanted = words_of(TEXT)
    level = wanted
    for name in path[:-1]:
        level = level[name]
    level[path[-1]] = value
    assert words_of(after) == wanted
    assert "# My study" in after


def test_a_value_that_is_taken_out_is_gone() -> None:
    """A word, and an entry of a table."""
    assert "title" not in words_of(changed(TEXT, ("title",), None))
    assert list(words_of(changed(TEXT, ("models", "ada"), None))["models"]) == ["ben"]


def test_the_same_value_changes_not_a_byte() -> None:
    """Whatever its layout."""
    for word, value in words_of(TEXT).items():
        assert changed(TEXT, (word,), value) == TEXT


@pytest.mark.parametrize("value", ["text", 3, 0.5, True, ["a", 1], {"a": "b", "c d": [1]}])
def test_a_value_is_written_and_read_back(value: Any) -> None:
    """As a researcher types it into a cell."""
    assert value_of(written_as(value)) == value


def test_what_is_no_toml_is_a_text() -> None:
    """Quotes are not asked of anybody."""
    assert value_of("goodbye, my friend") == "goodbye, my friend"


# -- what is wrong -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("title: expected a text, found a list.", 2),
        ("num_turns: is 0; the least is 1.", 3),
        ("models.ben.temperature: is 9; expected a number from 0 to 2.", 9),
        ("factors.tone: has no levels.", 12),
        ("scenarios.rent.tenant: slot {x} has no value", 16),
        ("scenarios.rent.num_turns: is 0", 17),
        ("models: missing; a study needs models.", 6),
        ("controls: this word of the study is not built yet.", None),
        ("not TOML: Expected '=' after a key (at line 5, column 3)", 5),
    ],
)
def test_a_complaint_has_its_line(message: str, line: int | None) -> None:
    """That of the nearest thing that stands there."""
    assert line_of(TEXT, message) == line


@pytest.mark.parametrize(
    ("text", "word", "line"),
    [
        (TEXT.replace("num_turns = 4", "num_turns = 0"), "num_turns", 3),
        (TEXT.replace("temperature = 0.5", "temperature = 9"), "temperature", 9),
        (TEXT.replace("{tone}", "{tone} {tune}"), "tune", 15),
        (TEXT.replace("[models]", "[models"), "not TOML", 6),
    ],
    ids=["length", "range", "slot", "syntax"],
)
def test_a_draft_that_cannot_be_run_says_where(folder: RunFolder, text: str, word: str, line: int) -> None:
    """In the words of the study."""
    wrong = drafting.Draft(folder=folder, text=text)
    wrong.save()

    study, trouble = drafting.checked(wrong)

    assert study is None
    assert word in trouble.message
    assert trouble.line == line


# -- where drafts come from --------------------------------------------------------------------------------------------


def test_a_draft_is_on_disk_and_opened_again(draft: drafting.Draft) -> None:
    """Whole, with its comments."""
    assert drafting.opened(draft.folder) == draft
    assert drafting.opened(RunFolder(draft.folder.path.parent / "none")) is None


def test_a_page_is_loaded_as_a_draft(tmp_path: Path, folder: RunFolder) -> None:
    """A page in Python becomes the same study; what changed since is shown line by line."""
    page = tmp_path / "simulation_config.py"
    page.write_text('NUM_TURNS = 3\nMODELS = {"a": "scripted:echo"}\nSCENARIOS = {"train": "Talk."}\n')

    loaded = drafting.loaded(page, folder)
    longer = loaded.with_word(("num_turns",), 5)
    longer.save()

    assert loaded.words["num_turns"] == 3
    _, lines = drafting.difference(longer)
    assert "-num_turns = 3" in lines
    assert "+num_turns = 5" in lines


def test_a_new_draft_can_be_run(folder: RunFolder) -> None:
    """As it is begun."""
    study, trouble = drafting.checked(drafting.new(folder))

    assert trouble is None
    assert study is not None


def test_what_is_no_toml_has_no_words(folder: RunFolder) -> None:
    """And says so."""
    with pytest.raises(DesignError, match="not TOML"):
        _ = drafting.Draft(folder=folder, text="[models").words


# -- tables ------------------------------------------------------------------------------------------------------------


def test_tables_that_nobody_edits_change_nothing() -> None:
    """Scenarios with words of their own, models with fields, factors with labels."""
    words = words_of(TEXT)

    assert scenarios_of(scenario_rows(words), words) == words["scenarios"]
    assert models_of(model_rows(words), words) == {
        "ada": "scripted:echo",
        "ben": {"slug": "scripted:random", "temperature": 0.5},
    }
    assert factors_of(factor_rows(words)) == words["factors"]


def test_a_renamed_row_keeps_what_the_table_does_not_show() -> None:
    """A scenario's own length stays with it."""
    words = words_of(TEXT)
    rows = [{**row, "scenario": "flat"} for row in scenario_rows(words)]

    assert scenarios_of(rows, words)["flat"]["num_turns"] == 2


def test_models_that_are_picked_have_names_of_their_own() -> None:
    """Also where two slugs end alike."""
    added = with_models(words_of(TEXT), ["a/gpt", "b/gpt", "c/ada"])

    assert list(added) == ["ada", "ben", "gpt", "gpt-2", "ada-2"]


# -- looking ahead -----------------------------------------------------------------------------------------------------


def test_cells_are_counted_and_those_left_out_are_there(draft: drafting.Draft, tmp_path: Path) -> None:
    """Four seatings at two levels, two conversations each; one cell left out has none."""
    whole = outlook(draft, tmp_path)
    less = excluding.without_levels(draft, "rent", {"tone": "warm"})
    less.save()

    assert [cell.conversations for cell in whole.cells] == [2] * 8
    assert whole.missing.conversations == 16
    assert sorted(cell.conversations for cell in outlook(less, tmp_path).cells) == [0] * 4 + [2] * 4


def test_what_was_left_out_can_be_brought_back(draft: drafting.Draft) -> None:
    """Levels and seatings, to the word."""
    study, _ = drafting.checked(draft)
    less = excluding.without_levels(draft, "rent", {"tone": "warm"})

    assert excluding.can_return(less, "rent", {"tone": "warm"})
    assert excluding.with_levels(less, "rent", {"tone": "warm"}).words == draft.words
    fewer = excluding.without_seating(draft, study.experiment, "rent", ("ada", "ada"))
    assert ["ada", "ada"] not in fewer.words["scenarios"]["rent"]["pairing"]


def test_a_cell_is_tried_out_word_for_word(draft: drafting.Draft, tmp_path: Path) -> None:
    """One conversation of the same id as the whole study would hold."""
    study, _ = drafting.checked(draft)
    cell = next(each for each in outlook(draft, tmp_path).cells if each.seating == ("ben", "ada"))

    one = one_of(study.experiment, cell)

    assert one.iterations == 1
    assert list(one.models) == ["ben", "ada"]
    assert {label for variant in one.variants["rent"] for label in variant.at.labels.values()} == {
        *cell.labels.values()
    }


def test_first_requests_are_what_is_sent(draft: drafting.Draft, tmp_path: Path) -> None:
    """Each seat's own prompt, and for the second what the first will have said."""
    cell = outlook(draft, tmp_path).cells[0]

    first, second = first_requests(cell.trial)

    assert first.messages[0].content.startswith("Raise the rent.")
    assert second.messages[0].content == "Pay less."
    assert (first.turn, second.turn) == (1, 2)
