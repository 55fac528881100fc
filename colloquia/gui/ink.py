"""The colour of what is written in charts, in light and in dark: Streamlit's own is too faint on a light page."""

from __future__ import annotations

from typing import Any

import streamlit as st


def ink() -> dict[str, Any]:
    """Return what makes all that is written in a chart as dark, or as light, as the text beside it."""
    colour = "#e7ebee" if st.context.theme.type == "dark" else "#14181c"
    both = {"labelColor": colour, "titleColor": colour}
    return {
        "axis": both,
        "legend": both,
        "header": both,
        "text": {"color": colour},
        "title": {"color": colour, "subtitleColor": colour},
    }
