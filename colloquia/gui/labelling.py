"""Labelling on the page Transcripts: who labels, whether blind, the form with its keys, and how far two agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pandas as pd
import streamlit as st

from colloquia.analysis.statistics.agreement import cohens_kappa
from colloquia.errors import DesignError
from colloquia.gui.filtering import BOUND
from colloquia.gui.reading import Blindness
from colloquia.lab.judging.labelling import (
    DEFAULT_SCHEME,
    change_scheme,
    pairs,
    read_labels,
    say,
    scheme_of,
)

if TYPE_CHECKING:
    from colloquia.logbook.folder import RunFolder
    from colloquia.logbook.labels import Labels, Scheme

FLAG = "flag"
"""The scheme of the one label that marks something to come back to."""


def labeller_bar() -> Blindness:
    """Ask who reads and whether names are hidden."""
    name = st.text_input("Your name, for labels", key="labeller", bind=BOUND, max_chars=60, width=200)
    is_blind = st.toggle("Blind", key="blind", bind=BOUND, help="Hides the models' names and shuffles sides.")
    with st.popover("Keys", icon=":material/keyboard:"):
        st.caption(
            "1 to 9: give a label. 0: take it back. F: flag. J, K: next and previous conversation. They rest while you "
            "type in a field."
        )
    return Blindness(labeller=name.strip(), is_blind=is_blind)


def label_form(folder: RunFolder, experiment_id: str, turn_id: int | None, blindness: Blindness) -> None:
    """Show the labels that can be given to the turn that is picked, or to the conversation."""
    found = read_labels(folder)
    scheme = scheme_of(found)
    st.markdown(f"##### Label turn {turn_id:d}" if turn_id else "##### Label the conversation")
    if not blindness.labeller:
        st.caption("Write your name above to label.")
        return
    current = _current(found, scheme.scheme, blindness.labeller, experiment_id, turn_id)
    give = _Giving(folder=folder, experiment_id=experiment_id, turn_id=turn_id, blindness=blindness)
    with st.container(horizontal=True):
        for number, word in enumerate(scheme.labels, start=1):
            kind: Literal["primary", "secondary"] = "primary" if word == current else "secondary"
            if st.button(word, key=f"label-{number}", shortcut=str(number), type=kind):
                give.label(scheme, word)
    with st.container(horizontal=True):
        if current and st.button("Take it back", shortcut="0", icon=":material/undo:"):
            give.label(scheme, None)
        _flag(found, give)
    _others(found, experiment_id, turn_id, blindness)
    with st.expander("The labels that can be given", icon=":material/edit:"):
        _scheme_form(folder, scheme)
    if found.unreadable:
        st.caption(f"{found.unreadable} lines of {folder.labels} are damaged and left out.")


def _flag(found: Labels, give: _Giving) -> None:
    scheme = scheme_of(found, FLAG, words=(FLAG,))
    is_set = _current(found, FLAG, give.blindness.labeller, give.experiment_id, give.turn_id) is not None
    if st.button("Take the flag away" if is_set else "Flag", shortcut="f", icon=":material/flag:"):
        give.label(scheme, None if is_set else FLAG)


def _current(found: Labels, scheme: str, labeller: str, experiment_id: str, turn_id: int | None) -> str | None:
    label = found.current.get((scheme, labeller, (experiment_id, turn_id, None, None)))
    return label.label if label else None


@dataclass(frozen=True, kw_only=True)
class _Giving:
    """Who says something about which place."""

    folder: RunFolder
    experiment_id: str
    turn_id: int | None
    blindness: Blindness

    def label(self, scheme: Scheme, word: str | None) -> None:
        """Write it down, and show the page anew."""
        say(
            self.folder,
            labeller=self.blindness.labeller,
            scheme=scheme,
            experiment_id=self.experiment_id,
            turn_id=self.turn_id,
            label=word,
            is_blind=self.blindness.is_blind,
        )
        st.rerun()


def _others(found: Labels, experiment_id: str, turn_id: int | None, blindness: Blindness) -> None:
    """Show all labels of this place; what others said is hidden from somebody who labels blindly."""
    labels = [label for label in found.of(experiment_id) if turn_id is None or label.turn_id == turn_id]
    if blindness.is_blind:
        labels = [label for label in labels if label.labeller == blindness.labeller]
    if labels:
        rows = [(label.turn_id, label.label, label.labeller, label.is_blind, label.at) for label in labels]
        st.dataframe(pd.DataFrame(rows, columns=["turn", "label", "by", "blind", "when (UTC)"]), hide_index=True)


def _scheme_form(folder: RunFolder, scheme: Scheme) -> None:
    with st.form("scheme", border=False):
        words = st.text_area("One label a line, at most nine", "\n".join(scheme.labels))
        if st.form_submit_button("Save as a new version"):
            try:
                change_scheme(folder, DEFAULT_SCHEME, words.split("\n"))
            except DesignError as error:
                st.text(str(error))
            else:
                st.rerun()


def agreement_panel(folder: RunFolder) -> None:
    """Show how far two people agree, where two have labelled."""
    found = read_labels(folder)
    people = found.labellers(DEFAULT_SCHEME)
    if len(people) < 2:  # noqa: PLR2004 (agreement takes two)
        return
    with st.expander("Agreement of two labellers", icon=":material/group:"):
        first = st.selectbox("First", people, key="agree-first")
        second = st.selectbox("Second", [name for name in people if name != first], key="agree-second")
        both = pairs(found, scheme=DEFAULT_SCHEME, first=first, second=second)
        if not both.first:
            st.caption("They have not labelled the same place yet.")
            return
        agreed = sum(one == other for one, other in zip(both.first, both.second, strict=True))
        places, conversations = len(both.first), len(set(both.conversations))
        st.text(f"{agreed} of {places} places have the same label, in {conversations} conversations.")
        kappa = cohens_kappa(both.first, both.second)
        st.text(f"Cohen's kappa {kappa.estimate:.2f}, 95 % interval {kappa.low:.2f} to {kappa.high:.2f}")
        st.dataframe(pd.crosstab(pd.Series(both.first, name=first), pd.Series(both.second, name=second)))
