"""Analyze: how sound the data is, then groups, pairs of models, turn by turn, latency and tokens; numbers behind each.

Every value comes from :mod:`colloquia.analysis`. What is selected and which view is open stand in the URL.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import streamlit as st

from colloquia.analysis.figures.answers import SPLITS as PROBE_SPLITS
from colloquia.analysis.figures.answers import answers
from colloquia.analysis.figures.comparison import comparison, in_words
from colloquia.analysis.figures.differences import differences
from colloquia.analysis.figures.distribution import distribution
from colloquia.analysis.figures.following import MOST_LABELS, following
from colloquia.analysis.figures.heatmap import Whose, heatmap
from colloquia.analysis.figures.moves import moves
from colloquia.analysis.figures.relation import relation
from colloquia.analysis.figures.stances import stances
from colloquia.analysis.figures.trajectory import SPLITS, trajectory
from colloquia.analysis.quantities import QUANTITIES, has_turns, is_of_seats, present, quantity
from colloquia.analysis.selecting import Selection, factors, seats, without_forks
from colloquia.analysis.usage import usage
from colloquia.gui import judged, overview, telling
from colloquia.gui.choosing import one_of
from colloquia.gui.filtering import BOUND, key_of, looked_at, select
from colloquia.gui.followed import followed
from colloquia.gui.navigation import link, open_page
from colloquia.gui.showing import draw, numbers
from colloquia.lab.planning import amounts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from colloquia.analysis.tables import Frames
    from colloquia.gui.filtering import Looked

_NOTHING = "nothing"


def page() -> None:
    """Show the page."""
    looked = looked_at("Analyze")
    if looked is None:
        return
    if looked.selected.turns.empty:
        st.info("No turn is selected. Take something out of the filters, or run the study first.")
        return
    mixed, looked = looked, replace(looked, selected=without_forks(looked.selected))
    if forks := len(mixed.selected.conversations) - len(looked.selected.conversations):
        st.caption(
            f"{amounts.count(forks, 'fork')} left out here and in the report: beside what it continues, a fork is no "
            "observation of its own."
        )
    there = [name for name in VIEWS if name not in _ONLY_WHERE or _ONLY_WHERE[name](mixed)]
    VIEWS[one_of("View", there, key="view", is_labelled=False)](looked)


def _compare(looked: Looked) -> None:
    """Show groups of conversations side by side, and differences of matched pairs; a dot leads to its conversations."""
    frames = looked.selected
    left, middle, right = st.columns(3)
    with left:
        name = _quantity(frames)
    groups = _groups(frames, name)
    by = middle.selectbox("Groups", groups, format_func=in_words, key="by", bind=BOUND)
    splits = [_NOTHING, *(each for each in groups if each != by)]
    split = right.selectbox("Colours", splits, format_func=in_words, key="split", bind=BOUND)
    picked = draw(comparison(frames, name, by=by, split=None if split == _NOTHING else split), pick="group")
    _read_group(frames, by, picked["group"] if picked else None)
    if by in frames.conversations:
        found = differences(frames, name, by=by)
        if len(found.table):
            draw(found)


def _read_group(frames: Frames, by: str, group: str | None) -> None:
    if by == "speaker_role":
        return
    if group is None:
        st.caption("Click a dot to read its conversations.")
        return
    filters = {"scenario": "scenario", "speaker_model": "model"}
    picked = {
        "scenario": Selection(scenarios=(group,)),
        "speaker_model": Selection(models=(group,)),
    }.get(by, Selection(levels={by: (group,)}))
    _read(frames, picked, {filters.get(by, key_of(by)): group})


def _read(frames: Frames, picked: Selection, filters: dict[str, str]) -> None:
    """Say how many conversations stand behind a mark, and lead to them."""
    with st.container(horizontal=True, vertical_alignment="center"):
        count = len(picked.of(frames).conversations)
        st.text(f"{' with '.join(filters.values())}: {count:,} conversations")
        if st.button("Read them", icon=":material/forum:", on_click=select, kwargs=filters):
            open_page("transcripts")


def _pairs(looked: Looked) -> None:
    """Show model by model; a cell that is clicked leads to its conversations."""
    frames = looked.selected
    if len(seats(frames.conversations)) < 2 or frames.conversations["model_2"].isna().all():  # noqa: PLR2004 (a pair)
        st.info("No conversation of two seats is selected.")
        return
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    with left:
        name = _quantity(frames)
    sides = ("both", "first", "second") if is_of_seats(frames, name) else ("both",)
    whose = sides[0]
    if len(sides) > 1:
        with right:
            whose = one_of("Whose turns", sides, key="whose", words=_WHOSE.__getitem__)
    picked = draw(heatmap(frames, name, whose=cast("Whose", whose)), pick="cell")
    if not picked:
        st.caption("Click a cell to read its conversations.")
        return
    cell = {"first": picked["model_1"], "second": picked["model_2"]}
    _read(frames, Selection(first=(cell["first"],), second=(cell["second"],)), cell)


_WHOSE: dict[str, str] = {"both": "of both seats", "first": "of the first seat", "second": "of the second seat"}


def _trajectory(looked: Looked) -> None:
    """Show a quantity turn by turn."""
    frames = looked.selected
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    with left:
        name = _quantity(frames, of_turns=True)
    with right:
        split = one_of("Lines", SPLITS, key="lines", words=in_words)
    draw(trajectory(frames, name, split=split))


def _latency(looked: Looked) -> None:
    """Show what each model took, then how long it took, how fast it wrote, what it cost."""
    frames = looked.selected
    numbers(usage(frames), "usage(frames)", "usage")
    if frames.turns["latency_ms"].isna().all():
        st.info("No turn that is selected has a latency: scripted seats take no time.")
        return
    is_first = st.toggle("Leave out turns that were asked for more than once", key="first_tries", bind=BOUND)
    there = [name for name in _SPENT if QUANTITIES[name].of_turns and name in present(frames)]
    for place, column in enumerate(st.columns(2)):
        with column:
            for name in there[place::2]:
                draw(distribution(frames, name, first_tries_only=is_first))
            if place == len(there) % 2:
                draw(relation(frames, "output_tokens", "latency"))


def _games(looked: Looked) -> None:
    """Show which moves were made when, what follows what, and what was earned."""
    frames = looked.selected
    draw(moves(frames))
    if frames.turns["move"].nunique() <= MOST_LABELS:
        draw(following(frames, "move"))
    earned = [name for name in present(frames) if name.startswith("payoff")]
    if earned and "model_2" in frames.conversations:
        draw(
            heatmap(frames, one_of("Earned by", earned, key="earned", words=lambda name: quantity(name, frames).title))
        )


def _probes(looked: Looked) -> None:
    """Show what was answered in private, along the conversation."""
    frames = looked.selected
    names = sorted(set(frames.probes["probe"]))
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    probe = left.selectbox("Probe", names, key="probe", bind=BOUND)
    with right:
        split = one_of("Lines", PROBE_SPLITS, key="asked", words=in_words)
    if frames.probes.loc[frames.probes["probe"] == probe, "answer"].isna().all():
        st.warning(
            "No answer to this probe could be read. What came back stands in the table `probes`, on the page Export."
        )
        return
    draw(answers(frames, probe, split=split))
    ends = stances(frames, probe, by=split)
    if len(ends.table):
        draw(ends)


def _forks(looked: Looked) -> None:
    """Show what the changes of forks made, against continuations without them."""
    st.caption("Continuations with a change against those without it, paired by their number; whatever is filtered.")
    found = looked.frames.forks
    numbers(found[[*(name for name in found if name not in _PLACES), *_PLACES]], "frames.forks", "forks")
    parents = list(dict.fromkeys(found["parent_id"]))
    st.caption("What they were forked from:")
    with st.container(horizontal=True):
        for parent in parents[:MOST_PARENTS]:
            link("transcripts", parent[:8], conversation=parent)


_PLACES = ("forked_at", "parent_id")
"""Columns of forks that say where: last, since ids are long."""
MOST_PARENTS = 12
_FIRST = ("payoff_1", "words")
"""Quantities that are shown before somebody chooses: what a game is played for, else how much was said."""
_SPENT = ("latency", "first_token", "speed", "output_tokens", "cost")
VIEWS: dict[str, Callable[[Looked], None]] = {
    "Overview": overview.show,
    "Compare": _compare,
    "Pairs of models": _pairs,
    "Turn by turn": _trajectory,
    "Latency and tokens": _latency,
    "Moves": _games,
    "Probes": _probes,
    "Forks": _forks,
    "Judges": judged.show,
    "Report": telling.show,
}
_ONLY_WHERE: dict[str, Callable[[Looked], bool]] = {
    "Moves": lambda looked: bool(looked.selected.turns["move"].notna().any()),
    "Probes": lambda looked: len(looked.selected.probes) > 0,
    "Forks": lambda looked: len(looked.frames.forks) > 0,
    "Judges": lambda looked: len(looked.frames.judgements) > 0 or bool(followed(looked.folder).look().judges),
}
"""Views that a study has only where it has something for them."""


def _quantity(frames: Frames, *, of_turns: bool = False) -> str:
    names = [name for name in present(frames) if not of_turns or has_turns(frames, name)]
    return st.selectbox(
        "Quantity",
        names,
        index=next((names.index(name) for name in _FIRST if name in names), 0),
        format_func=lambda name: quantity(name, frames).title,
        key="quantity",
        bind=BOUND,
    )


def _groups(frames: Frames, name: str) -> Sequence[str]:
    """Return what conversations can be grouped by, what has several groups first: scenario, who speaks, factors."""
    speakers = ("speaker_model", "speaker_role") if is_of_seats(frames, name) else ()
    found = ["scenario", *factors(frames.conversations), *speakers]
    varied = [by for by in found if by in speakers or frames.conversations[by].nunique() > 1]
    return [*varied, *(by for by in found if by not in varied)]
