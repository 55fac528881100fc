"""Analyze, Transcripts and Export, without a browser: what they show of a real folder, and of an odd one."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from doors import ROOT
from streamlit.testing.v1 import AppTest

import colloquia
from colloquia import Experiment
from colloquia.cli.app import main
from colloquia.lab.labelling import say, scheme_of
from colloquia.logbook import forks, labels
from colloquia.logbook.folder import RunFolder

if TYPE_CHECKING:
    import pandas as pd

BEACON = "![x](http://evil.example/a?b=c) <img src=http://evil.example/d> $x$ :material/home:"


def analyze() -> None:
    """Show the page Analyze."""
    from colloquia.gui.pages.analyze import page

    page()


def transcripts() -> None:
    """Show the page Transcripts."""
    from colloquia.gui.pages.transcripts import page

    page()


def export() -> None:
    """Show the page Export."""
    from colloquia.gui.pages.export import page

    page()


PAGES = {"analyze": analyze, "transcripts": transcripts, "export": export}
every_page = pytest.mark.parametrize("script", PAGES.values(), ids=PAGES.keys())


def shown(script: object, **places: str) -> AppTest:
    """Return a page as it is shown at a URL with these places."""
    app = AppTest.from_function(script, default_timeout=30)
    for name, place in places.items():
        app.query_params[name] = place
    return app.run()


@pytest.fixture
def turns(desk: Path) -> pd.DataFrame:
    """Run a small scripted study in ``data``, one of its models hostile, and return its turns."""
    (desk / "hostile.txt").write_text(f"{BEACON}\n=1+1\n", encoding="utf-8")
    study = Experiment(
        models={"plain": "scripted:random", BEACON: "scripted:lines hostile.txt"},
        scenarios={"rent": {"landlord": "Raise the rent.", "tenant": "Pay less."}, BEACON: "Talk."},
        num_turns=4,
        iterations=3,
    )
    colloquia.run(study)
    return colloquia.load("data").turns


def test_the_overview_comes_first(turns: pd.DataFrame) -> None:
    """How much there is, and what is to be known before any result: a scripted seat repeats itself word for word."""
    app = shown(analyze)

    assert not app.exception
    assert [metric.value for metric in app.metric][:2] == ["24", "96"]
    assert "word for word the same" in app.warning[0].value
    assert app.text[0].value == "24 of 24 conversations"


@pytest.mark.parametrize("view", ["Overview", "Compare", "Pairs of models", "Turn by turn", "Latency and tokens"])
def test_every_view_can_be_opened_by_its_link(turns: pd.DataFrame, view: str) -> None:
    """With a filter in the same link."""
    app = shown(analyze, view=view, scenario="rent")

    assert not app.exception
    assert app.text[0].value == "12 of 24 conversations: scenario rent"


def test_a_filter_that_leaves_nothing_says_so(turns: pd.DataFrame) -> None:
    """And no chart is drawn of nothing."""
    app = shown(analyze)
    app.multiselect(key="first").select("plain").run()
    app.multiselect(key="second").select("plain").run()
    app.multiselect(key="model").select(BEACON).run()

    assert not app.exception
    assert "No turn is selected" in app.info[0].value


@every_page
@pytest.mark.parametrize("view", ["Overview", "Compare", "Pairs of models"])
def test_no_name_and_no_text_is_read_as_markup(turns: pd.DataFrame, script: object, view: str) -> None:
    """Whatever a model says, or is called, stands only where it cannot become an element of the page."""
    hostile = turns[turns["content"] == BEACON].iloc[0]
    app = shown(
        script, conversation=hostile["experiment_id"], turn=str(hostile["turn_id"]), labeller="ada", q="evil", view=view
    )

    assert not app.exception
    read_as_markup = [
        str(element.value)
        for kind in (
            "markdown",
            "caption",
            "title",
            "header",
            "subheader",
            "error",
            "warning",
            "info",
            "success",
            "html",
        )
        for element in getattr(app, kind)
    ]
    read_as_markup += [button.label for button in app.button] + [expander.label for expander in app.expander]
    assert not [text for text in read_as_markup if "evil.example" in text]


def test_a_turn_shows_what_its_speaker_saw(turns: pd.DataFrame) -> None:
    """Prompt and words of the other side, and that this is what was sent."""
    row = turns[(turns["turn_id"] == 2) & (turns["scenario"] == "rent")].iloc[0]
    before = turns[(turns["experiment_id"] == row["experiment_id"]) & (turns["turn_id"] == 1)].iloc[0]

    app = shown(transcripts, conversation=row["experiment_id"], turn="2")

    assert [code.value for code in app.code][-2:] == ["Pay less.", before["content"]]
    assert any("exactly what was sent" in caption.value for caption in app.caption)


def test_a_search_shows_what_was_found(turns: pd.DataFrame) -> None:
    """How many turns of how many conversations, and each with its words."""
    expected = turns[turns["content"].str.contains("EVIL", case=False)]

    app = shown(transcripts, q="EVIL")

    count = f"{len(expected)} turns in {expected['experiment_id'].nunique()} of them hold 'EVIL'"
    assert count in [text.value for text in app.text]
    assert app.dataframe[0].value["what was said"].str.contains("evil").all()


def test_a_label_is_on_disk_at_once(turns: pd.DataFrame) -> None:
    """Given, changed and taken back by buttons; the log is untouched."""
    folder = RunFolder(Path("data"))
    log = (folder.path / folder.log).read_bytes()
    row = turns.iloc[5]
    app = shown(transcripts, conversation=row["experiment_id"], turn=str(row["turn_id"]), labeller="ada", blind="true")

    app.button(key="label-2").click().run()

    (label,) = labels.read(folder).current.values()
    assert (label.label, label.labeller, label.turn_id, label.is_blind) == ("odd", "ada", row["turn_id"], True)
    assert (folder.path / folder.log).read_bytes() == log


def test_blind_readers_see_no_model(turns: pd.DataFrame) -> None:
    """Neither in the table nor beside the turn."""
    row = turns[turns["speaker_model"] == "plain"].iloc[0]

    app = shown(transcripts, conversation=row["experiment_id"], turn=str(row["turn_id"]), labeller="ada", blind="true")

    assert not any(name.startswith("seat") for name in app.dataframe[0].value.columns)
    known = dict(app.dataframe[-1].value.to_numpy())
    assert "speaker_slug" not in known
    assert "turn_id" not in known
    assert "is_refusal" in known


def test_two_labellers_see_how_far_they_agree(turns: pd.DataFrame) -> None:
    """The share of places with the same label, and Cohen's kappa with its interval."""
    folder = RunFolder(Path("data"))
    scheme = scheme_of(labels.read(folder))
    talk = turns["experiment_id"].iloc[0]
    for labeller, words in (("ada", ["odd", "odd", "refusal", "refusal"]), ("ben", ["odd", "odd", "refusal", "odd"])):
        for turn_id, word in enumerate(words, start=1):
            say(
                folder, labeller=labeller, scheme=scheme, experiment_id=talk, turn_id=turn_id, label=word, is_blind=True
            )

    app = shown(transcripts, conversation=talk)

    said = [text.value for text in app.text]
    assert "3 of 4 places have the same label, in 1 conversations." in said
    assert any(text.startswith("Cohen's kappa 0.50, 95 % interval") for text in said)


def test_two_conversations_lie_side_by_side(turns: pd.DataFrame) -> None:
    """By a link that names both."""
    one, other = turns["experiment_id"].unique()[:2]

    app = shown(transcripts, conversation=one, **{"with": other})

    assert not app.exception
    assert "with" in app.query_params
    assert other in app.query_params["with"]


@pytest.mark.parametrize(
    ("places", "complaint"),
    [
        ({"conversation": "no-such-conversation"}, "not in this run folder"),
        ({"run": "elsewhere"}, "not in this folder"),
        ({"run": "../../etc"}, "not in this folder"),
    ],
    ids=["conversation", "run", "path"],
)
def test_a_link_that_leads_nowhere_says_so(turns: pd.DataFrame, places: dict[str, str], complaint: str) -> None:
    """In a sentence with a way out."""
    app = shown(transcripts, **places)

    assert not app.exception
    assert complaint in app.warning[0].value


@every_page
def test_an_empty_folder_says_what_to_do(desk: Path, script: object) -> None:
    """Before anything was run."""
    app = shown(script)

    assert not app.exception
    assert "Start" in app.info[0].value
    assert [link.label for link in app.get("page_link")] == ["Start"]


def test_an_export_says_how_much_there_is(turns: pd.DataFrame) -> None:
    """Rows and columns of each table before anything is made."""
    app = shown(export, scenario="rent")

    assert not app.exception
    assert app.text[1].value.startswith("48 rows")
    app = shown(export, scenario="rent", table="conversations")
    assert app.text[1].value.startswith("12 rows")


def test_the_bundle_is_that_of_the_library(turns: pd.DataFrame) -> None:
    """Made when it is asked for."""
    from colloquia.gui.pages import export as page

    folder = RunFolder(Path("data"))

    assert page._bundle(folder, with_text=False).startswith(b"PK")


def test_tables_are_read_again_when_anything_of_them_has_grown(turns: pd.DataFrame) -> None:
    """Also what measures, probes and judges said."""
    from colloquia.gui import followed

    folder = RunFolder(Path("data"))
    before = followed.stamp(folder)
    for name in (folder.measures, folder.probes, folder.judgements):
        (folder.path / name).write_bytes(b"")
        assert followed.stamp(folder) != before
        before = followed.stamp(folder)


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
    app = shown(analyze, view="Moves")

    assert not app.exception
    assert not app.error
    assert "Moves" in app.segmented_control(key="view").options
    assert app.segmented_control(key="earned").value == "payoff_1"


def test_a_study_without_moves_has_no_view_of_them(turns: pd.DataFrame) -> None:
    """A link to one leads to the overview."""
    app = shown(analyze, view="Moves")

    assert not app.exception
    assert "Moves" not in app.segmented_control(key="view").options
    assert [metric.value for metric in app.metric][:2] == ["24", "96"]


def test_a_fork_is_planned_and_nothing_is_asked(turns: pd.DataFrame) -> None:
    """It stands in the folder's forks, with what was changed; the log is as it was, and the next run holds it."""
    folder = RunFolder(Path("data"))
    log = (folder.path / folder.log).read_bytes()
    row = turns[turns["turn_id"] == 2].iloc[0]
    app = shown(transcripts, conversation=row["experiment_id"], turn="2")

    app.text_area[-1].set_value("I see.")
    next(button for button in app.button if button.label == "Plan them").click().run()

    assert not app.exception
    assert app.success[0].value == "Planned: 1 with the change and 1 without it."
    (asked,) = forks.read(folder)
    assert (asked.parent, asked.turn, asked.text) == (row["trial_id"], 2, "I see.")
    assert (folder.path / folder.log).read_bytes() == log


def test_a_fork_that_cannot_be_is_refused_in_a_sentence(turns: pd.DataFrame) -> None:
    """After the last turn nothing would follow."""
    row = turns[turns["turn_id"] == 4].iloc[0]
    app = shown(transcripts, conversation=row["experiment_id"], turn="4")

    next(button for button in app.button if button.label == "Plan them").click().run()

    assert not app.exception
    assert "Nothing was planned" in app.error[0].value
    assert not forks.read(RunFolder(Path("data")))


@pytest.fixture
def forked(turns: pd.DataFrame) -> pd.Series[object]:
    """Hold two edited continuations of a conversation, and two that are not, and return the row of its turn 2."""
    row = turns[(turns["turn_id"] == 2) & (turns["scenario"] == "rent")].iloc[0]
    colloquia.fork(row["trial_id"], 2, folder="data", times=2, edit="I see.")
    colloquia.run(run_dir="data")
    return row


def test_figures_leave_forks_out_as_the_report_does(forked: pd.Series[object]) -> None:
    """Twenty-four conversations of the study; what the forks changed has a view of its own."""
    app = shown(analyze)

    assert not app.exception
    assert app.metric[0].value == "24"
    assert "4 forks left out" in app.caption[0].value
    table = shown(analyze, view="Forks").dataframe[0].value
    assert set(table["parent_id"]) == {forked["experiment_id"]}
    assert set(table["pairs"]) == {2}


@pytest.mark.parametrize("turn_id", [1, 2, 3])
def test_what_the_speaker_of_a_fork_saw_is_rebuilt(forked: pd.Series[object], turn_id: int) -> None:
    """Of shared turns as they were sent to the parent, of its own as they were sent to it, by their hashes."""
    frames = colloquia.load("data")
    fork = frames.conversations[frames.conversations["fork"] == "turn 2 edited"].iloc[0]

    app = shown(transcripts, conversation=fork["experiment_id"], turn=str(turn_id))

    assert not app.exception
    captions = " ".join(caption.value for caption in app.caption)
    assert "exactly what was sent" in captions
    assert ("Shared with the conversation" in captions) == (turn_id <= 2)
    if turn_id == 3:
        assert "I see." in [code.value for code in app.code]


def test_the_view_of_the_report_has_every_table_and_figure_of_it(turns: pd.DataFrame) -> None:
    """Of what is selected: the expression is the one that the command takes."""
    from colloquia.gui import telling

    app = shown(analyze, view="Report", scenario="rent")

    assert not app.exception
    found = telling.report_of(RunFolder(Path("data")), "scenario in ['rent']")
    assert len(app.selectbox(key="plate").options) == len(found.tables) + len(found.figures)
    for option in app.selectbox(key="plate").options:
        app.selectbox(key="plate").select(option).run()
        assert not app.exception
        assert not app.error
    offered = shown(export, scenario="rent").code[0].value
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

    app = shown(analyze, view="Judges")

    assert not app.exception
    assert app.dataframe[0].value["number"].sum() == 8
    assert any("alpha" in str(what) for what in app.dataframe[1].value["what"])
    assert app.code[-1].value == "colloquia label export --judge success"
    assert BEACON in " ".join(text.value for text in app.text)
