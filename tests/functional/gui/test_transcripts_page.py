"""Transcripts, without a browser: what a speaker saw, labels, blindness, comparison, forks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from functional.gui.reading import alone

import colloquia
from colloquia.gui.followed import followed
from colloquia.lab.judging.labelling import say, scheme_of
from colloquia.logbook import forks, labels
from colloquia.logbook.folder import RunFolder

if TYPE_CHECKING:
    import pandas as pd


def test_a_turn_shows_what_its_speaker_saw(turns: pd.DataFrame) -> None:
    """Prompt and words of the other side, and that this is what was sent."""
    row = turns[(turns["turn_id"] == 2) & (turns["scenario"] == "rent")].iloc[0]
    before = turns[(turns["experiment_id"] == row["experiment_id"]) & (turns["turn_id"] == 1)].iloc[0]

    app = alone("transcripts", conversation=row["experiment_id"], turn="2")

    assert [code.value for code in app.code][-2:] == ["Pay less.", before["content"]]
    assert any("exactly what was sent" in caption.value for caption in app.caption)


def test_a_conversation_has_the_number_that_run_gives_it_and_the_id_that_the_command_line_takes(
    turns: pd.DataFrame,
) -> None:
    """Blind readers see no number: the page Run says whose conversation has which."""
    courses = followed(RunFolder(Path("data"))).look().courses

    listed = alone("transcripts").dataframe[0].value
    blind = alone("transcripts", labeller="ada", blind="true").dataframe[0].value

    numbers = {course.experiment_id: course.number for course in courses}
    assert listed["#"].tolist() == [numbers[each] for each in listed["experiment_id"]]
    assert [each[:8] for each in listed["experiment_id"]] == listed["id"].tolist()
    assert "#" not in blind.columns


def test_a_search_shows_what_was_found(turns: pd.DataFrame) -> None:
    """How many turns of how many conversations, and each with its words."""
    expected = turns[turns["content"].str.contains("EVIL", case=False)]

    app = alone("transcripts", q="EVIL")

    count = f"{len(expected)} turns in {expected['experiment_id'].nunique()} of them hold 'EVIL'"
    assert count in [text.value for text in app.text]
    assert app.dataframe[0].value["what was said"].str.contains("evil").all()


def test_a_label_is_on_disk_at_once(turns: pd.DataFrame) -> None:
    """Given, changed and taken back by buttons; the log is untouched."""
    folder = RunFolder(Path("data"))
    log = (folder.path / folder.log).read_bytes()
    row = turns.iloc[5]
    app = alone(
        "transcripts", conversation=row["experiment_id"], turn=str(row["turn_id"]), labeller="ada", blind="true"
    )

    app.button(key="label-2").click().run()

    (label,) = labels.read(folder).current.values()
    assert (label.label, label.labeller, label.turn_id, label.is_blind) == ("odd", "ada", row["turn_id"], True)
    assert (folder.path / folder.log).read_bytes() == log


def test_blind_readers_see_no_model(turns: pd.DataFrame) -> None:
    """Neither in the table nor beside the turn."""
    row = turns[turns["speaker_model"] == "plain"].iloc[0]

    app = alone(
        "transcripts", conversation=row["experiment_id"], turn=str(row["turn_id"]), labeller="ada", blind="true"
    )

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

    app = alone("transcripts", conversation=talk)

    said = [text.value for text in app.text]
    assert "3 of 4 places have the same label, in 1 conversations." in said
    assert any(text.startswith("Cohen's kappa 0.50, 95 % interval") for text in said)


def test_two_conversations_lie_side_by_side(turns: pd.DataFrame) -> None:
    """By a link that names both."""
    one, other = turns["experiment_id"].unique()[:2]

    app = alone("transcripts", conversation=one, **{"with": other})

    assert not app.exception
    assert "with" in app.query_params
    assert other in app.query_params["with"]


def test_a_fork_is_planned_and_nothing_is_asked(turns: pd.DataFrame) -> None:
    """It stands in the folder's forks, with what was changed; the log is as it was, and the next run holds it."""
    folder = RunFolder(Path("data"))
    log = (folder.path / folder.log).read_bytes()
    row = turns[turns["turn_id"] == 2].iloc[0]
    app = alone("transcripts", conversation=row["experiment_id"], turn="2")

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
    app = alone("transcripts", conversation=row["experiment_id"], turn="4")

    next(button for button in app.button if button.label == "Plan them").click().run()

    assert not app.exception
    assert "Nothing was planned" in app.error[0].value
    assert not forks.read(RunFolder(Path("data")))


@pytest.mark.parametrize("turn_id", [1, 2, 3])
def test_what_the_speaker_of_a_fork_saw_is_rebuilt(forked: pd.Series[object], turn_id: int) -> None:
    """Of shared turns as they were sent to the parent, of its own as they were sent to it, by their hashes."""
    frames = colloquia.load("data")
    fork = frames.conversations[frames.conversations["fork"] == "turn 2 edited"].iloc[0]

    app = alone("transcripts", conversation=fork["experiment_id"], turn=str(turn_id))

    assert not app.exception
    captions = " ".join(caption.value for caption in app.caption)
    assert "exactly what was sent" in captions
    assert ("Shared with the conversation" in captions) == (turn_id <= 2)
    if turn_id == 3:
        assert "I see." in [code.value for code in app.code]
