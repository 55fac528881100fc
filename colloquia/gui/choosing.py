"""A choice of one of a few, such as the view of a page: a row of words that breaks where the screen is narrow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from colloquia.gui.filtering import BOUND

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def one_of(
    label: str, options: Sequence[str], *, key: str, words: Callable[[str], str] = str, is_labelled: bool = True
) -> str:
    """Let one of some options be chosen, the first unless another is; which one stands in the URL.

    Args:
        label: What is chosen, in our own words.
        options: What there is.
        key: Its name in the URL.
        words: What is shown for an option: our own words, or names of factors.
        is_labelled: Whether the label is seen, or only told to who cannot see the page.
    """
    chosen = st.segmented_control(
        label, options, default=options[0], required=True, format_func=words, key=key, bind=BOUND, wrap=True,
        label_visibility="visible" if is_labelled else "collapsed",
    )  # fmt: skip
    return chosen or options[0]
