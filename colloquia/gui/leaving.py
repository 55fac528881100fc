"""What leaves this machine when something is started: which host gets text for which models, with which key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colloquia.lab.drafting.outlook import Destination


def show(destinations: Sequence[Destination]) -> None:
    """Show it, for a dialog that starts something."""
    st.markdown("##### What leaves this machine")
    if not any(not place.is_this_machine for place in destinations):
        st.caption("Nothing: all models answer on this machine. No key is used.")
    if not destinations:
        return
    st.dataframe(
        pd.DataFrame([_place(place) for place in destinations]),
        hide_index=True,
        alt="Which host gets text of this study, for which models, with which key",
    )
    if any(not place.is_this_machine for place in destinations):
        st.caption(
            "Prompts, all that is said, and the sampling fields are sent there. Of a key only the name is shown here."
        )


def _place(place: Destination) -> dict[str, str]:
    key = f"{place.variable}: found" if place.has_key else f"{place.variable}: not set"
    return {
        "host": place.host,
        "gets text of": ", ".join(place.models),
        "key": key if not place.is_this_machine or place.has_key else "none needed",
    }
