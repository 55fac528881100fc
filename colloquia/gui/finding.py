"""Finding a conversation on the page Transcripts: the search, and the table of what is selected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from colloquia.analysis.selecting import ended_by, factors, seats
from colloquia.gui import links
from colloquia.gui.filtering import BOUND
from colloquia.gui.followed import followed
from colloquia.gui.tables import records
from colloquia.lab.judging.labelling import read_labels
from colloquia.lab.keeping.reading import Hit, excerpt, hits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colloquia.analysis.tables import Frames
    from colloquia.gui.reading import Blindness
    from colloquia.logbook.folder import RunFolder

LIST_HEIGHT, TALL_LIST = 300, 620
"""Of the table, in pixels: above a transcript, and beside one."""
MOST_EXCERPTS = 200
_CHOSEN = "chosen"


def search() -> str:
    """Show the field for what is looked for, and return it."""
    return st.text_input("Search in what was said", key="q", bind=BOUND, placeholder="words, as they stand in the text")


def matches_of(frames: Frames, words: str) -> list[Hit]:
    """Return the turns that hold these words."""
    turns = records(frames.turns[["experiment_id", "turn_id", "content"]])
    return hits(words, ((turn["experiment_id"], turn["turn_id"], turn["content"]) for turn in turns))


def show(
    folder: RunFolder, frames: Frames, matches: Sequence[Hit] | None, blindness: Blindness, *, most_height: int
) -> list[str]:
    """Show the conversations as a table, or the turns that were found; a row that is chosen opens.

    Args:
        folder: The run folder.
        frames: What is selected of it.
        matches: What was found; None where nothing is looked for.
        blindness: Who reads.
        most_height: Of the table, in pixels; a longer one scrolls.

    Returns:
        The ids of the conversations in the table, in its order.
    """
    table = _conversations(folder, frames, blindness) if matches is None else _excerpts(frames, matches)
    if table.empty:
        st.info("Nothing is selected. Take something out of the filters or the search.")
        return []
    event = st.dataframe(
        table,
        hide_index=True,
        height=min(most_height, 38 + 35 * len(table)),
        on_select="rerun",
        selection_mode="single-row",
        key=f"list-{matches is None}-{len(table)}",
        column_order=[name for name in table.columns if name != "experiment_id"],
        alt="Conversations",
    )
    rows = event["selection"]["rows"]
    if rows and rows[0] < len(table):
        row = records(table.iloc[[rows[0]]])[0]
        _open((row["experiment_id"], row.get("turn")))
    if matches is not None and len(matches) > MOST_EXCERPTS:
        st.caption(f"The first {MOST_EXCERPTS:d} of {len(matches):,} turns.")
    return list(dict.fromkeys(table["experiment_id"]))


def _open(place: tuple[str, int | None]) -> None:
    """Go where a row leads when it is chosen; while it stays chosen the reader may go elsewhere."""
    if place != st.session_state.get(_CHOSEN):
        st.session_state[_CHOSEN] = place
        links.go_to(conversation=place[0], turn=place[1])


def _conversations(folder: RunFolder, frames: Frames, blindness: Blindness) -> pd.DataFrame:
    conversations = frames.conversations[frames.conversations["num_turns"] > 0]
    labels = read_labels(folder)
    numbers = {course.experiment_id: course.number for course in followed(folder).look().courses}
    hidden = {
        "#": conversations["experiment_id"].map(numbers).astype("Int64"),  # Run tells whose it is
        **{f"seat {name[6:]}": conversations[name] for name in seats(conversations)},
    }
    varied = [*factors(conversations), *(["fork"] if "fork" in conversations else [])]
    return pd.DataFrame(
        {
            "experiment_id": conversations["experiment_id"],
            **({} if blindness.is_blind else hidden),
            "scenario": conversations["scenario"],
            **{
                name: conversations[name].astype("object").fillna("")
                for name in varied
                if conversations[name].notna().any()
            },
            "iteration": conversations["iteration"],
            "turns": conversations["num_turns"],
            "ended by": ended_by(conversations),
            "refusals": conversations["n_refusals"],
            "labels": [
                ", ".join(dict.fromkeys(label.label or "" for label in labels.of(each)))
                for each in conversations["experiment_id"]
            ],
            "id": conversations["experiment_id"].str[:8],
        }
    ).reset_index(drop=True)


def _excerpts(frames: Frames, matches: Sequence[Hit]) -> pd.DataFrame:
    wanted = {(hit.trial_id, hit.turn_id): hit for hit in matches[:MOST_EXCERPTS]}
    turns = frames.turns[frames.turns["experiment_id"].isin({experiment_id for experiment_id, _ in wanted})]
    there = {(turn["experiment_id"], turn["turn_id"]): turn for turn in records(turns)}
    found = ((hit, there[place]) for place, hit in wanted.items())
    return pd.DataFrame(
        [
            {
                "experiment_id": hit.trial_id,
                "turn": hit.turn_id,
                "scenario": turn["scenario"],
                "speaker": turn["speaker_role"],
                "what was said": excerpt(turn["content"], hit),
            }
            for hit, turn in found
        ]
    )
