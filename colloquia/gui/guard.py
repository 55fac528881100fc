"""The one door through which failures of pages leave: a sentence and a way out, never a stack trace unasked."""

from __future__ import annotations

import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING

import streamlit as st

from colloquia.errors import ColloquiaError
from colloquia.gui import navigation, plain

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def guarded() -> Iterator[None]:
    """Show whatever goes wrong in the block; every page runs in it, and every part that refreshes by itself."""
    try:
        yield
    except ColloquiaError as error:
        plain.message("error", "This cannot be shown as things are.", str(error))
        _ways_out()
    except Exception as error:  # noqa: BLE001 (the one door of the pages)
        details = "".join(traceback.format_exception(error))
        plain.message(
            "error",
            "Something in this page is broken. No data is lost: pages only read what runs have written.",
            details=details,
        )
        _ways_out()


def _ways_out() -> None:
    with st.container(horizontal=True):
        if st.button("Try again", icon=":material/refresh:"):
            st.rerun()
        navigation.link("start", "Start", run=None)
