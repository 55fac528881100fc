"""Run: what a run is doing, its conversations, one of them as it is spoken, and the buttons that pause and stop it.

Whoever began the run, and whether this server was there then, makes no difference: all that is shown stands in the
run folder. One part of the page refreshes by itself, and only while the run goes on.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import streamlit as st

from colloquia.gui import controls, damage, happenings, links, navigation, plain, viewer, wall, words
from colloquia.gui.followed import followed, start_of
from colloquia.gui.guard import guarded
from colloquia.gui.viewer import BADGED, ShownTurn
from colloquia.lab.planning import amounts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colloquia.lab.watching.course import Course
    from colloquia.lab.watching.following import Following, View
    from colloquia.logbook.folder import RunFolder

TICK_SECONDS = 0.6
STAYS_SECONDS = 6.0
"""A conversation in which nobody speaks is left for another after so long, where the run is followed."""
HEIGHT = 560
"""Of the wall and of the transcript, in pixels."""
STEPS = (("Previous", ":material/chevron_left:", "k", -1), ("Next", ":material/chevron_right:", "j", 1))
STOPPED_BY_SOMEBODY = ("stopped", "SIGINT", "SIGTERM", "SIGHUP")
"""How a run ends that somebody wanted to end; any other word has a message of its own."""
_WALL, _FOLLOW, _FOCUS, _REFRESHES = "wall", "follow", "focus", "refreshes"


def page() -> None:
    """Show the page."""
    folder = links.run_folder()
    if folder is None:
        if not links.run_folders():
            st.subheader("Run", anchor=False)
            st.info("Nothing was run here yet.", icon=":material/info:")
            navigation.link("start", "Begin on the page Start", run=None)
        return
    st.session_state[_REFRESHES] = _is_going_on(folder)
    st.fragment(_live, run_every=TICK_SECONDS if st.session_state[_REFRESHES] else None)(folder)


def _is_going_on(folder: RunFolder) -> bool:
    started = start_of(folder)
    return followed(folder).look().state.is_live or bool(started and started.is_preparing)


def _live(folder: RunFolder) -> None:
    """Show the run as it is now."""
    with guarded():
        following = followed(folder)
        view, started = following.look(), start_of(folder)
        is_preparing = bool(started and started.is_preparing)
        if (view.state.is_live or is_preparing) is not st.session_state[_REFRESHES]:
            st.rerun()  # the whole page: only it can start and end the refreshing
        now = words.condition(view.state, wanted=view.wanted, is_preparing=is_preparing)
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            _name(folder, view, now)
            controls.show(folder, view, now)
        controls.trouble()
        _figures(view)
        _judges(view)
        _remarks(folder, view, now)
        if view.courses:
            _conversations(following, view)
            _below(folder, view)


def _name(folder: RunFolder, view: View, now: words.Condition) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):
        st.subheader(plain.as_label(links.name_of(folder)), anchor=False, width="content")
        st.badge(now.word, icon=now.icon, color=now.color)
        for source in BADGED:
            if source in view.sources:
                st.badge(source.upper(), color="gray")
        if view.title:
            plain.text(view.title)


def _figures(view: View) -> None:
    if not view.courses:
        return
    st.progress(min(view.turns / view.planned_turns, 1.0) if view.planned_turns else 0.0)
    with st.container(horizontal=True, gap="medium"):
        st.metric("Conversations", f"{view.finished:,} of {view.conversations:,}", width="content")
        st.metric("Turns", f"{view.turns:,} of {view.planned_turns:,}", width="content")
        st.metric("Spent, billed", _spent(view), width="content")
        st.metric("Failed", f"{view.failed:,}", width="content")
        st.metric("Retries", f"{view.number_of['retry']:,}", width="content")
        if view.seconds_left is not None:
            st.metric("Time left, estimated", amounts.duration(view.seconds_left), width="content")


def _judges(view: View) -> None:
    """Show how far judges are: what they are, their progress, and what they cost; all of it stands in the journal."""
    found = view.hearing
    if found is None:
        if view.judges and view.finished and not view.state.is_live:
            navigation.link("analyze", "Ask the judges of this study", icon=":material/gavel:", view="Judges")
        return
    if view.is_hearing:
        st.progress(min(found.answered / found.asked, 1.0) if found.asked else 0.0)
    now = "being asked" if view.is_hearing else found.ended_by or "gone without a word"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge("Judges", icon=":material/gavel:", color="blue" if view.is_hearing else "gray")
        plain.text(
            f"{now} · {found.answered:,} of {amounts.count(found.asked, 'answer')} · "
            f"{words.amount(found.spent_usd)} · {amounts.count(found.failed_calls, 'failed call')}"
        )
        if not view.is_hearing:
            navigation.link("analyze", "What they said", icon=":material/bar_chart:", view="Judges")


def _spent(view: View) -> str:
    cap = f" of {words.money(view.cap_usd)}" if view.cap_usd is not None else ""
    more = "+" if view.has_unknown_cost else ""
    at_most = "at most " if view.has_bounded_cost and not more else ""
    return f"{at_most}{words.money(view.spent_usd)}{more}{cap}"


def _remarks(folder: RunFolder, view: View, now: words.Condition) -> None:
    """Say what the run waits for, and what a reader must know of this folder."""
    started = start_of(folder)
    if started and (trouble := started.what_went_wrong()):
        plain.message("error", "The run could not begin.", details=trouble)
    if now == words.PREPARING:
        st.caption("The run is getting ready: models are loaded and the folder is looked through.")
    elif view.state.is_live:
        plain.text("now: " + "; ".join(view.state.values.get("waits") or ["between two turns"]))
    elif now == words.LOST:
        plain.message("warning", "The run ended without a word. Every turn that it reported is kept: resume it.")
    elif now == words.NONE and not view.courses:
        st.info("No run was begun in this folder yet.", icon=":material/info:")
        navigation.link("configure", "Look at its study")
    elif now == words.STOPPED and view.state.values.get("status") in STOPPED_BY_SOMEBODY:
        st.caption("It was stopped before its end. Resume holds what is missing; finished turns are never asked again.")
    elif message := view.state.values.get("message"):
        plain.text(f"It ended: {message}")
    damage.show(view)


def _conversations(following: Following, view: View) -> None:
    chosen = _focused(view)
    left, right = st.columns([2, 3])
    with left:
        wall.show(
            view.courses,
            chosen=chosen.trial_id if chosen else None,
            is_pinned=links.conversation() is not None,
            key=_WALL,
            height=HEIGHT,
            on_pick=_picked,
        )
        if len(view.courses) > wall.MOST_TILES:
            st.caption(f"{wall.MOST_TILES:d} of {len(view.courses):,} conversations: those first that go on or failed.")
    with right:
        if chosen:
            _transcript(following, view, chosen)


def _focused(view: View) -> Course | None:
    """Return the conversation that is read now: of the URL, else the run is followed from one to the next."""
    named = links.conversation()
    if named:
        for course in view.courses:
            if named in (course.trial_id, course.experiment_id):
                return course
        plain.message("warning", "That conversation is not in this run.")
    before, since = st.session_state.get(_FOCUS, ("", 0.0))
    now = time.monotonic()
    stays = next((course for course in view.courses if course.trial_id == before), None)
    if stays is None or (stays.doing != "speaking" and now - since > STAYS_SECONDS):
        speaking = [course for course in view.courses if course.doing == "speaking"]
        newest = [course for course in view.courses if course.trial_id == view.newest]
        stays = next(iter([*speaking, *([stays] if stays else newest), *view.courses]), None)
    if stays and stays.trial_id != before:
        st.session_state[_FOCUS] = (stays.trial_id, now)
    return stays


def _transcript(following: Following, view: View, course: Course) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        plain.text(f"#{course.number} {course.scenario}")
        if view.state.is_live:
            st.session_state[_FOLLOW] = links.conversation() is None
            st.toggle(
                "Follow the run",
                key=_FOLLOW,
                on_change=_followed_or_not,
                args=(course,),
                help="Shows where somebody speaks, without jumping about. Off: stays with this conversation.",
            )
        for label, icon, key, by in STEPS:
            _step(label, icon, key, _beside(view, course, by))
        navigation.link("transcripts", "Read and label", conversation=course.experiment_id)
    roles = [role for role, _ in course.seats]
    picked = viewer.show(
        [viewer.of_row(row, roles) for row in following.turns(course.trial_id)],
        conversation=course.trial_id,
        key="live-transcript",
        height=HEIGHT - 44,
        follow=True,
        note="" if course.turns or course.doing == "speaking" else "Nothing was said yet.",
        writing=_writing(following, course, roles) if view.state.is_live else None,
    )
    if picked and navigation.is_there("transcripts"):
        navigation.open_page("transcripts", conversation=course.experiment_id, turn=picked)


def _step(label: str, icon: str, key: str, other: Course) -> None:
    st.button(label, key=label, icon=icon, type="tertiary", shortcut=key, on_click=_pin, args=(other,))


def _beside(view: View, course: Course, by: int) -> Course:
    place = next(number for number, each in enumerate(view.courses) if each.trial_id == course.trial_id)
    return view.courses[(place + by) % len(view.courses)]


def _writing(following: Following, course: Course, roles: Sequence[str]) -> ShownTurn | None:
    """Return the turn that is being generated."""
    if course.doing != "speaking" or course.speaker is None:
        return None
    return ShownTurn(
        turn=course.turns + 1,
        speaker=course.speaker,
        model=dict(course.seats)[course.speaker],
        side=roles.index(course.speaker),
        text=following.writing(course.trial_id),
        meta="is writing…",
        is_writing=True,
    )


def _below(folder: RunFolder, view: View) -> None:
    left, right = st.columns([2, 1])
    with left:
        happenings.journal(view)
    with right:
        happenings.charts(view, run=links.name_of(folder))


def _picked() -> None:
    if trial_id := st.session_state[_WALL].picked:
        links.go_to(conversation=trial_id)


def _followed_or_not(course: Course) -> None:
    links.go_to(conversation=None if st.session_state[_FOLLOW] else course.experiment_id)


def _pin(course: Course) -> None:
    links.go_to(conversation=course.experiment_id or course.trial_id)
