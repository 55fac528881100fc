"""The colour of what is written in charts, in light and in dark, and the room about them.

Streamlit's own colour is too faint on a light page, and its margin below leaves a chart far from its caption.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

MARGIN: Any = {"left": 0, "top": 0, "right": 8, "bottom": 0}
"""Pixels about a chart: to the right the half of a last label stands over."""


def ink(*, is_narrow: bool = False) -> dict[str, Any]:
    """Return what makes all that is written in a chart as dark, or as light, as the text beside it.

    Args:
        is_narrow: The legend stands below, so that a chart of fixed size takes no more width than its cells.
    """
    colour = "#e7ebee" if st.context.theme.type == "dark" else "#14181c"
    both = {"labelColor": colour, "titleColor": colour}
    return {
        "axis": both,
        "legend": {**both, "symbolOpacity": 1, **({"orient": "bottom"} if is_narrow else {})},
        "header": both,
        "text": {"color": colour},
        "title": {"color": colour, "subtitleColor": colour},
    }
