"""The view Judges of the page Analyze: how often judges gave an answer, and how far they can be believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from colloquia.analysis.validity import rows, rows_of_people
from colloquia.gui import hearing, plain
from colloquia.gui.followed import stamp
from colloquia.gui.showing import numbers
from colloquia.lab.judging.validity import validity
from colloquia.lab.planning import amounts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colloquia.analysis.statistics.judges import Anchored
    from colloquia.analysis.statistics.result import Estimate
    from colloquia.analysis.validity import Validity
    from colloquia.gui.filtering import Looked
    from colloquia.logbook.folder import RunFolder

MOST_KEPT = 4


def show(looked: Looked) -> None:
    """Show what judges are still to be asked and what they answered, then what speaks for and against each."""
    hearing.show(looked.folder)
    if looked.frames.judgements.empty:
        return
    judgements = looked.selected.judgements
    current = judgements[judgements["is_current"] & (judgements["reading"] == "first")]
    given = current.groupby(["judge", "by", "answer"], sort=True, observed=True, dropna=False).size()
    numbers(given.reset_index(name="number"), "frames.judgements", "judgements")
    st.caption(
        "First readings, which count. A judge's own refusal is no answer, and never a no. Below, whatever is filtered:"
    )
    folder = looked.folder
    found = _validity(str(folder.path.resolve()), stamp(folder), folder.size(folder.labels), folder)
    for each in found:
        _judge(each)
    if not found:
        st.info("No judge of this study gives labels or numbers, so there is nothing that could agree.")


def _judge(found: Validity) -> None:
    judge = found.judge
    with st.container(border=True):
        plain.text(f"{judge.name}: {judge.rubric.question}")
        who = f"{amounts.count(found.places, judge.unit)} judged by {amounts.count(len(judge.by), 'model')}"
        plain.text(f"{who}; {found.missing:,} of {amounts.count(found.of, 'answer')} missing.")
        _estimates(rows(found))
        if len(judge.by) == 1:
            st.caption("One model judges: nothing can be said of agreement or self-preference.")
        if found.people is None:
            st.caption("Nobody has labelled a sheet of it, so nothing tells how far it is right. On the command line:")
            plain.block(f"colloquia label export --judge {judge.name}")
        else:
            _people(found.people)


def _people(people: Anchored) -> None:
    st.markdown("###### By people")
    _estimates(rows_of_people(people))
    plain.text(f"The panel's verdict {people.gate}.")
    corrected = [
        (seating, label, raw, each.estimate, each.low, each.high) for seating, label, raw, each in people.corrected
    ]
    if corrected:
        columns = ["who talks", "label", "judges found", "corrected", "low", "high"]
        st.dataframe(pd.DataFrame(corrected, columns=columns), hide_index=True, alt="What judges found, corrected")
    st.dataframe(people.calibration, hide_index=True, alt="What people said, by what the judges said")
    for sentence in people.uncorrected:
        plain.text(sentence)


def _estimates(told: Sequence[Estimate]) -> None:
    if told:
        columns = ["what", "estimate", "low", "high", "conversations"]
        told_as = [(each.name, each.estimate, each.low, each.high, each.conversations) for each in told]
        st.dataframe(
            pd.DataFrame(told_as, columns=columns),
            hide_index=True,
            placeholder="cannot be told",
            alt="How far it can be believed",
        )


@st.cache_resource(max_entries=MOST_KEPT, show_spinner="Comparing the judges")
def _validity(
    path: str,  # noqa: ARG001 (this and the next two say whether it has to be worked out again)
    stamp: tuple[tuple[int, int, int], ...],  # noqa: ARG001
    labels: int,  # noqa: ARG001
    _folder: RunFolder,
) -> list[Validity]:
    return validity(_folder.path)
