"""Analyze, without a browser: its views of a real folder."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from doors import ROOT
from functional.gui.reading import BEACON, alone

import colloquia
from colloquia import Experiment
from colloquia.cli.app import main
from colloquia.gui.overview import _billed
from colloquia.logbook.folder import RunFolder

if TYPE_CHECKING:
    import pandas as pd


def test_the_overview_comes_first(turns: pd.DataFrame) -> None:
    """How much there is, and what is to be known before any result: a scripted seat repeats itself word for word."""
    app = alone("analyze")

    assert not app.exception
    assert [metric.value for metric in app.metric][:2] == ["24", "96"]
    assert "word for word the same" in app.warning[0].value
    assert app.text[0].value == "24 of 24 conversations"


def test_turns_that_nothing_can_cost_are_billed_nothing(turns: pd.DataFrame) -> None:
    """Scripted seats have no price; turns of a server that names none have an unknown one."""
    billed = {metric.label: metric.value for metric in alone("analyze").metric}["Billed for turns"]
    some = turns.iloc[:2].assign(source="live", cost_usd=[0.25, None])

    assert billed == r"\$0"
    assert _billed(some) == r"\$0.2500+"
    assert _billed(some.iloc[1:]) == "unknown"


@pytest.mark.parametrize("view", ["Overview", "Compare", "Pairs of models", "Turn by turn", "Latency and tokens"])
def test_every_view_can_be_opened_by_its_link(turns: pd.DataFrame, view: str) -> None:
    """With a filter in the same link."""
    app = alone("analyze", view=view, scenario="rent")

    assert not app.exception
    assert app.text[0].value == "12 of 24 conversations: scenario rent"


def test_a_filter_that_leaves_nothing_says_so(turns: pd.DataFrame) -> None:
    """And no chart is drawn of nothing."""
    app = alone("analyze")
    app.multiselect(key="first").select("plain").run()
    app.multiselect(key="second").select("plain").run()
    app.multiselect(key="model").select(BEACON).run()

    assert not app.exception
    assert "No turn is selected" in app.info[0].value


@pytest.fixture
def played(desk: Path) -> None:
    """Play a short game with a private question in ``data``."""
    colloquia.run(
        Experiment(
            models={"kind": "scripted:always J", "odd": "scripted:sequence F J"},
            scenarios={"points": "You play {rounds} rounds. Points: {payoffs}. Answer with one letter."},
            procedure={
                "kind": "game",
                "rounds": 3,
                "payoffs": {"J": {"J": [8, 8], "F": [0, 10]}, "F": {"J": [10, 0], "F": [5, 5]}},
            },
        )
    )


def test_a_game_has_a_view_of_its_moves(played: None) -> None:
    """Shares by round, what follows what, and what was earned by whom."""
    app = alone("analyze", view="Moves")

    assert not app.exception
    assert not app.error
    assert "Moves" in app.segmented_control(key="view").options
    assert app.segmented_control(key="earned").value == "payoff_1"


def test_a_study_without_moves_has_no_view_of_them(turns: pd.DataFrame) -> None:
    """A link to one leads to the overview."""
    app = alone("analyze", view="Moves")

    assert not app.exception
    assert "Moves" not in app.segmented_control(key="view").options
    assert [metric.value for metric in app.metric][:2] == ["24", "96"]


def test_figures_leave_forks_out_as_the_report_does(forked: pd.Series[object]) -> None:
    """Twenty-four conversations of the study; what the forks changed has a view of its own."""
    app = alone("analyze")

    assert not app.exception
    assert app.metric[0].value == "24"
    assert "4 forks left out" in app.caption[0].value
    table = alone("analyze", view="Forks").dataframe[0].value
    assert set(table["parent_id"]) == {forked["experiment_id"]}
    assert set(table["pairs"]) == {2}
    assert list(table.columns)[-1] == "parent_id"
    links = [link.label for link in alone("analyze", view="Forks").get("page_link")]
    assert links == [str(forked["experiment_id"])[:8]]


def test_the_view_of_the_report_has_every_table_and_figure_of_it(turns: pd.DataFrame) -> None:
    """Of what is selected: the expression is the one that the command takes."""
    from colloquia.gui import telling

    app = alone("analyze", view="Report", scenario="rent")

    assert not app.exception
    found = telling.report_of(RunFolder(Path("data")), "scenario in ['rent']")
    assert len(app.selectbox(key="plate").options) == len(found.tables) + len(found.figures)
    for option in app.selectbox(key="plate").options:
        app.selectbox(key="plate").select(option).run()
        assert not app.exception
        assert not app.error
    offered = alone("export", scenario="rent").code[0].value
    assert offered == "colloquia report --run-dir data --where 'scenario in ['\"'\"'rent'\"'\"']'"
    with pytest.raises(SystemExit) as left:
        main(shlex.split(offered)[1:])
    assert left.value.code in (0, None)


def test_judges_have_a_view_with_their_agreement(desk: Path) -> None:
    """What they answered, how far they agree, and that nobody has labelled yet."""
    shutil.copy(ROOT / "tests" / "data" / "judging" / "judge.py", desk)
    words = {
        "models": {"calm": "scripted:always I say six.", "loud": "scripted:sequence NEVER! No. Out!"},
        "scenarios": {"rent": {"landlord": "Raise it.", "tenant": "No."}},
        "num_turns": 4,
        "judges": {
            "success": {
                "question": BEACON, "labels": ["yes", "no"],
                "by": ["scripted:judge.py:fair", "scripted:judge.py:severe"],
            }
        },
    }  # fmt: skip
    colloquia.run(Experiment.from_words(words), allow_code=True)
    colloquia.judge(run_dir="data", allow_code=True)

    app = alone("analyze", view="Judges")

    assert not app.exception
    assert app.dataframe[0].value["number"].sum() == 8
    assert any("alpha" in str(what) for what in app.dataframe[1].value["what"])
    assert app.code[-1].value == "colloquia label export --judge success"
    assert BEACON in " ".join(text.value for text in app.text)
