"""Transcripts: find a conversation, read it, see what each speaker saw, lay another beside it, label it.

Which conversation, turn and comparison are open stands in the URL, so every turn has a link of its own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import streamlit as st

from colloquia.analysis.comparing import changed_words, first_divergence
from colloquia.analysis.selecting import seats
from colloquia.gui import finding, links, plain
from colloquia.gui.filtering import looked_at
from colloquia.gui.forking import fork_form
from colloquia.gui.labelling import agreement_panel, label_form, labeller_bar
from colloquia.gui.reading import seen_panel, shown_turns, turn_panel
from colloquia.gui.tables import records
from colloquia.gui.viewer import show
from colloquia.lab.keeping.reading import is_swapped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colloquia.analysis.tables import Frames
    from colloquia.gui.filtering import Looked
    from colloquia.gui.reading import Blindness
    from colloquia.lab.keeping.reading import Hit

WITH = "with"
HEIGHT = 540
"""Of the transcript, in pixels: what is known of the turn that is picked begins on the same screen."""
_SEAT = re.compile(r"model_\d+")
STEPS = (("Previous", ":material/chevron_left:", "k", -1), ("Next", ":material/chevron_right:", "j", 1))


def page() -> None:
    """Show the page."""
    looked = looked_at("Transcripts")
    if looked is None:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        words = finding.search()
        blindness = labeller_bar()
    matches = finding.matches_of(looked.selected, words) if words else None
    if matches is not None:
        _say_found(words, matches)
    open_ = links.conversation()
    is_there = open_ in set(looked.frames.conversations["experiment_id"])
    is_alone = is_there and WITH not in st.query_params
    left, middle, right = st.columns([8, 13, 5]) if is_alone else (st.container(), st.container(), st.container())
    with left, st.container(key="conversations"):
        height = finding.LIST_HEIGHT if is_there and not is_alone else finding.TALL_LIST
        listed = finding.show(looked.folder, looked.selected, matches, blindness, most_height=height)
    if links.conversation() != open_:
        st.rerun()  # a row was chosen: the page has another shape now
    if open_ is None:
        st.info("Choose a conversation in the table to read it.", icon=":material/touch_app:")
    elif not is_there:
        plain.message("warning", "That conversation is not in this run folder. Choose another in the table.")
    else:
        with middle:
            _conversation(looked, open_, listed, blindness)
        with right:
            label_form(looked.folder, open_, links.turn(), blindness)
        if links.turn() is not None:
            _turn(looked, open_, links.turn() or 1, blindness)
        agreement_panel(looked.folder)


def _turn(looked: Looked, open_: str, turn_id: int, blindness: Blindness) -> None:
    """Show all that is known of a turn, and let it be forked from there."""
    frames = looked.frames
    rows = frames.turns[(frames.turns["experiment_id"] == open_) & (frames.turns["turn_id"] == turn_id)]
    if rows.empty:
        st.warning(f"This conversation has no turn {turn_id:d}.", icon=":material/link_off:")
        return
    row = records(rows)[0]
    st.markdown(f"##### Turn {turn_id:d}")
    left, right = st.columns([3, 2])
    with left:
        seen_panel(looked.folder, row)
    with right:
        turn_panel(row, blindness)
        if not blindness.is_blind:
            fork_form(looked.folder, _row(frames, open_), row, _everyone(frames))


def _everyone(frames: Frames) -> list[str]:
    """Return every model that sits in a seat, by friendly name."""
    found = frames.conversations
    return sorted({name for column in seats(found) for name in found[column].dropna()})


def _say_found(words: str, matches: Sequence[Hit]) -> None:
    conversations = len({hit.trial_id for hit in matches})
    plain.text(f"{len(matches):,} turns in {conversations:,} of them hold {words!r}")


def _conversation(looked: Looked, open_: str, listed: Sequence[str], blindness: Blindness) -> None:
    """Show a conversation, and another beside it where one is asked for."""
    frames = looked.frames
    _head(frames, open_, listed, blindness)
    other = _other(frames, open_, blindness)
    if not other:
        picked = _alone(frames, open_, blindness)
    else:
        is_turned = blindness.is_blind and is_swapped(open_, other, salt=blindness.labeller)
        picked = _side_by_side(frames, (other, open_) if is_turned else (open_, other), blindness)
    if picked is not None and picked != links.turn():
        links.go_to(turn=picked)
        st.rerun()


def _head(frames: Frames, open_: str, listed: Sequence[str], blindness: Blindness) -> None:
    """Show which conversation it is, the ways to those beside it in the table, and its link."""
    if WITH not in st.query_params:
        plain.text(_title(_row(frames, open_), blindness))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for label, icon, key, by in STEPS:
            place = listed.index(open_) + by if open_ in listed else 0
            st.button(
                label, key=f"step-{key}", icon=icon, type="tertiary", shortcut=key, disabled=not listed,
                on_click=_open, args=(listed[place % len(listed)] if listed else open_,),
            )  # fmt: skip
        with st.popover("Link", icon=":material/link:", type="tertiary"):
            st.caption(
                "Leads to this turn." if links.turn() else "Leads to this conversation; pick a turn for its own."
            )
            plain.block(links.address())
        if links.turn() is not None:
            st.button(
                "The whole conversation", icon=":material/close:", type="tertiary", on_click=_open, args=(open_,),
                help="No turn is picked then, and labels are of the conversation.",
            )  # fmt: skip


def _open(experiment_id: str) -> None:
    links.go_to(conversation=experiment_id, turn=None)


def _title(row: dict[str, Any], blindness: Blindness) -> str:
    names = () if blindness.is_blind else filter(_SEAT.fullmatch, row)
    models = [row[name] for name in names if row[name] is not None]
    return " · ".join(filter(None, (row["scenario"], " ↔ ".join(models), f"iteration {row['iteration']}")))


def _row(frames: Frames, experiment_id: str) -> dict[str, Any]:
    return records(frames.conversations[frames.conversations["experiment_id"] == experiment_id])[0]


def _other(frames: Frames, open_: str, blindness: Blindness) -> str | None:
    """Let the reader choose a conversation to lay beside this one: those of the same cell first."""
    begun = records(frames.conversations[frames.conversations["num_turns"] > 0])
    here = _row(frames, open_)
    same = (*seats(frames.conversations), "scenario")
    others = sorted(
        (each for each in begun if each["experiment_id"] != open_),
        key=lambda each: (each["scenario"] != here["scenario"], *(each[name] != here[name] for name in same)),
    )
    names = {each["experiment_id"]: f"{_title(each, blindness)}, {each['experiment_id'][:8]}" for each in others}
    ids = list(names)
    named = st.query_params.get(WITH)
    chosen = st.selectbox(
        "Compare with",
        ids,
        index=ids.index(named) if named in names else None,
        format_func=lambda each: names.get(each, each),
        placeholder="Compare with another conversation",
        key=f"with-{open_}",
        label_visibility="collapsed",
    )
    if chosen != named:
        links.go_to(**{WITH: chosen})
        st.rerun()
    return chosen


def _alone(frames: Frames, open_: str, blindness: Blindness) -> int | None:
    is_planned = _row(frames, open_)["is_planned"]
    return show(
        shown_turns(_turns(frames, open_), blindness, picked=links.turn()),
        conversation=open_,
        key="transcript",
        focus=links.turn(),
        height=HEIGHT,
        note="" if is_planned else "The latest study of this folder no longer plans this conversation.",
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
            plain.text(_title(_row(frames, name), blindness))
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
