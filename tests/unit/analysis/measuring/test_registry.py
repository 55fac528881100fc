"""Which measures there are: found by file, one's own only where its code may run."""

from __future__ import annotations

from pathlib import Path

import pytest

from colloquia.analysis import measures
from colloquia.analysis.measuring.registry import built_in, check_variables, named
from colloquia.errors import DesignError
from colloquia.places import Place

OWN = Path(__file__).parents[3] / "data" / "measures" / "shouting.py"


def test_every_file_of_the_folder_is_a_measure() -> None:
    """Adding one is adding a file, and nothing else."""
    files = {path.stem for path in Path(measures.__path__[0]).glob("*.py")} - {"__init__"}

    assert set(built_in()) == files


def test_a_measure_is_found_by_its_id() -> None:
    """As it is written on the command line."""
    assert named("loops", allows_code=False) is built_in()["loops"]


def test_a_measure_of_ones_own_is_found_in_its_file() -> None:
    """Under the name that the file gives it."""
    assert named(f"{OWN}:SHOUTING", allows_code=True).id == "shouting"


def test_code_of_a_file_runs_only_where_somebody_said_so() -> None:
    """The message says what to add."""
    with pytest.raises(DesignError, match="--allow-code"):
        named(f"{OWN}:SHOUTING", allows_code=False)


def test_an_unknown_measure_is_answered_with_the_nearest() -> None:
    """And with how one's own is named."""
    with pytest.raises(DesignError, match=r"No measure 'loop'\. Did you mean 'loops'\?.*file\.py:NAME"):
        named("loop", allows_code=True)


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("missing.py:X", None, "There is no Python file"),
        ("empty.py:X", "", "has no measure 'X'"),
        ("number.py:X", "X = 3", "has no measure 'X'"),
        ("syntax.py:X", "X = (", "cannot be run as Python: SyntaxError"),
        ("imports.py:X", "import nothing_of_that_name", "cannot be run as Python: ModuleNotFoundError"),
        ("name.py:X", "X = y", "cannot be run as Python: NameError"),
        ("taken.py:X", "from colloquia.analysis.measures.loops import MEASURE as X", "'loops' is the id of a measure"),
    ],
    ids=["missing", "empty", "no measure", "syntax", "import", "name", "taken id"],
)
def test_a_file_that_holds_no_measure_is_refused(tmp_path: Path, name: str, text: str | None, complaint: str) -> None:
    """With what is wrong with it."""
    path, _, attribute = name.partition(":")
    if text is not None:
        (tmp_path / path).write_text(text, encoding="utf-8")

    with pytest.raises(DesignError, match=complaint):
        named(f"{tmp_path / path}:{attribute}", allows_code=True)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("lexical_diversity.matr", "exclude: 'lexical_diversity.matr' is no variable of a measure. Did you mean 'lexi"),
        ("lexical_diversty.mattr", "exclude: 'lexical_diversty.mattr' is no variable of a measure. Did you mean 'lexi"),
        ("loops.zzz", "exclude: 'loops.zzz' is no variable of a measure. Known: loops."),
    ],
)
def test_a_variable_that_is_written_wrong_is_answered_with_the_nearest(written: str, said: str) -> None:
    """Of its measure where that is known, else of all."""
    with pytest.raises(DesignError) as refused:
        check_variables({written: Place(path="exclude")})

    assert str(refused.value).startswith(said)


def test_a_variable_of_a_measure_of_ones_own_may_be_named() -> None:
    """Its file is run when it is measured, and not before."""
    here = Place(path="exclude")

    assert check_variables({"lexical_diversity.mattr": here, "shouting.capitals": here}) == {"shouting.capitals": here}
