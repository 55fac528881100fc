"""Transcripts: find a conversation, read it, see what each speaker saw, lay another beside it, label it.

Which conversation, turn and comparison are open stands in the URL, so every turn has a link of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from colloquia.analysis.comparing import changed_words, first_divergence
from colloquia.analysis.selecting import ended_by, seats
from colloquia.gui import links
from colloquia.gui.filtering import BOUND, filter_bar
from colloquia.gui.labelling import agreement_panel, label_form, labeller_bar
from colloquia.gui.reading import Blindness, shown_turns, turn_panel
from colloquia.gui.tables import frames_here, records
from colloquia.gui.viewer import show
from colloquia.lab.labelling import read_labels
from colloquia.lab.reading import Hit, excerpt, hits, is_swapped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colloquia.analysis.tables import Frames
    from colloquia.logbook.folder import RunFolder

WITH = "with"
LIST_HEIGHT = 300
MOST_EXCERPTS = 200


def page() -> None:
    """Show the page."""
    st.title("Transcripts")
    found = frames_here()
    if found is None:
        return
    folder, frames = found
    selection = filter_bar(folder, frames)
    blindness = labeller_bar()
    selected = selection.of(frames)
    words = st.text_input(
        "Search in what was said", key="q", bind=BOUND, placeholder="words, as they stand in the text"
    )
    matches = _matches(selected, words) if words else []
    _say_found(selection.in_words(frames), words, matches)
    _list(folder, selected, matches if words else None, blindness)
    open_ = links.conversation()
    if open_ is None:
        st.info("Choose a conversation in the table to read it.", icon=":material/touch_app:")
        return
    if open_ not in set(frames.conversations["experiment_id"]):
        st.warning(
            "That conversation is not in this run folder. Choose another in the table.", icon=":material/link_off:"
        )
        return
    _conversation(folder, frames, open_, blindness)


def _matches(frames: Frames, words: str) -> list[Hit]:
    turns = records(frames.turns[["experiment_id", "turn_id", "content"]])
    return hits(words, ((turn["experiment_id"], turn["turn_id"], turn["content"]) for turn in turns))


def _say_found(selected: str, words: str, matches: Sequence[Hit]) -> None:
    conversations = len({hit.trial_id for hit in matches})
    st.text(f"{selected}; {len(matches):,} turns in {conversations:,} of them hold {words!r}" if words else selected)


def _list(folder: RunFolder, frames: Frames, matches: Sequence[Hit] | None, blindness: Blindness) -> None:
    """Show the conversations as a table, or the turns that were found; a row that is chosen opens."""
    table = _conversations(folder, frames, blindness) if matches is None else _excerpts(frames, matches)
    if table.empty:
        st.info("Nothing is selected. Take something out of the filters or the search.")
        return
    event = st.dataframe(
        table,
        hide_index=True,
        height=min(LIST_HEIGHT, 38 + 35 * len(table)),
        on_select="rerun",
        selection_mode="single-row",
        key=f"list-{matches is None}-{len(table)}",
        column_order=[name for name in table.columns if name != "experiment_id"],
        alt="Conversations",
    )
    rows = event["selection"]["rows"]
    chosen = records(table)[rows[0]] if rows else None
    if chosen and chosen != st.session_state.get("chosen"):
        st.session_state["chosen"] = chosen
        links.go_to(conversation=chosen["experiment_id"], turn=chosen.get("turn"))


def _conversations(folder: RunFolder, frames: Frames, blindness: Blindness) -> pd.DataFrame:
    conversations = frames.conversations[frames.conversations["num_turns"] > 0]
    labels = read_labels(folder)
    hidden = {} if blindness.is_blind else {f"seat {name[6:]}": conversations[name] for name in seats(conversations)}
    return pd.DataFrame(
        {
            "experiment_id": conversations["experiment_id"],
            "scenario": conversations["scenario"],
            **hidden,
            "iteration": conversations["iteration"],
            "turns": conversations["num_turns"],
            "ended by": ended_by(conversations),
            "refusals": conversations["n_refusals"],
            "labels": [
                ", ".join(dict.fromkeys(label.label or "" for label in labels.of(each)))
                for each in conversations["experiment_id"]
            ],
        }
    ).reset_index(drop=True)


def _excerpts(frames: Frames, matches: Sequence[Hit]) -> pd.DataFrame:
    turns = {(turn["experiment_id"], turn["turn_id"]): turn for turn in records(frames.turns)}
    found = ((hit, turns[hit.trial_id, hit.turn_id]) for hit in matches[:MOST_EXCERPTS])
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


def _conversation(folder: RunFolder, frames: Frames, open_: str, blindness: Blindness) -> None:
    """Show a conversation, another beside it where one is asked for, and what is known of the turn that is picked."""
    other = _other(frames, open_)
    shown = (open_, other) if other else (open_,)
    if other and blindness.is_blind and is_swapped(open_, other, salt=blindness.labeller):
        shown = (other, open_)
    reading, about = st.columns([3, 2]) if not other else (st.container(), st.container())
    with reading:
        picked = _side_by_side(frames, shown, blindness) if other else _alone(frames, open_, blindness)
    if picked is not None and picked != links.turn():
        links.go_to(turn=picked)
        st.rerun()
    with about:
        label_form(folder, open_, links.turn(), blindness)
        if links.turn() is not None:
            turn_panel(folder, frames, open_, links.turn() or 1, blindness)
        agreement_panel(folder)


def _other(frames: Frames, open_: str) -> str | None:
    """Let the reader choose a conversation to lay beside this one: those of the same scenario first."""
    begun = records(frames.conversations[frames.conversations["num_turns"] > 0])
    scenario = next(each["scenario"] for each in begun if each["experiment_id"] == open_)
    others = sorted(
        (each for each in begun if each["experiment_id"] != open_), key=lambda each: each["scenario"] != scenario
    )
    names = {
        each["experiment_id"]: f"{each['scenario']}, iteration {each['iteration']}, {each['experiment_id'][:8]}"
        for each in others
    }
    ids = list(names)
    named = st.query_params.get(WITH)
    chosen = st.selectbox(
        "Compare with",
        ids,
        index=ids.index(named) if named in names else None,
        format_func=lambda each: names.get(each, each),
        placeholder="another conversation",
        key=f"with-{open_}",
    )
    links.go_to(**{WITH: chosen})
    return chosen


def _alone(frames: Frames, open_: str, blindness: Blindness) -> int | None:
    conversation = records(frames.conversations[frames.conversations["experiment_id"] == open_])[0]
    return show(
        shown_turns(_turns(frames, open_), blindness, picked=links.turn()),
        conversation=open_,
        key="transcript",
        focus=links.turn(),
        note="" if conversation["is_planned"] else "The latest study of this folder no longer plans this conversation.",
    )


def _side_by_side(frames: Frames, shown: tuple[str, ...], blindness: Blindness) -> int | None:
    """Show two conversations, the words marked in which each turn differs from the other's."""
    left, right = (_turns(frames, each) for each in shown)
    texts = [[turn["content"] for turn in turns] for turns in (left, right)]
    divergence = first_divergence(*texts)
    note = "Both say the same to the end." if divergence is None else f"First divergence: turn {divergence}"
    changes = [changed_words(one or "", two or "") for one, two in zip(*texts, strict=False)]
    picked = None
    for place, (column, turns, name) in enumerate(zip(st.columns(2), (left, right), shown, strict=True)):
        marks = {number: change[place] for number, change in enumerate(changes, start=1)}
        with column:
            clicked = show(
                shown_turns(turns, blindness, picked=links.turn(), marks=marks),
                conversation=name,
                key=f"transcript-{place}",
                focus=links.turn() or divergence,
                note=note,
            )
            picked = clicked if name == links.conversation() else picked
    return picked


def _turns(frames: Frames, experiment_id: str) -> list[dict[str, Any]]:
    return records(frames.turns[frames.turns["experiment_id"] == experiment_id])
