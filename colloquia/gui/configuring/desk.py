"""What lies on the desk of the page Configure: the draft, the study that it makes, and what that would come to.

The file is the truth: every change is written at once, and every field shows what the file says.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import streamlit as st

from colloquia.errors import ColloquiaError
from colloquia.gui import plain
from colloquia.gui.followed import stamp
from colloquia.lab.drafting import drafting
from colloquia.lab.drafting.outlook import look_ahead
from colloquia.providers.pricelist import kept_list
from colloquia.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from colloquia.lab.drafting.drafting import Draft, Trouble
    from colloquia.lab.drafting.outlook import Outlook
    from colloquia.logbook.folder import RunFolder
    from colloquia.providers.pricelist import PriceList
    from colloquia.settings import Settings
    from colloquia.studies import Study

MOST_SIGHTS = 8
"""Drafts of which is kept what they would come to."""
_FAILED = "draft-not-written"

Path = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What a draft is good for."""

    study: Study | None
    outlook: Outlook | None
    trouble: Trouble | None


@dataclass(kw_only=True)
class Desk:
    """The draft that is worked on, as it is at this point of the page."""

    draft: Draft
    settings: Settings = field(default_factory=read_settings)

    @property
    def folder(self) -> RunFolder:
        """The run folder of the draft."""
        return self.draft.folder

    @property
    def words(self) -> dict[str, Any]:
        """What the draft says."""
        return self.draft.words

    @property
    def listed(self) -> PriceList:
        """The price list as it was last kept."""
        return kept_list(self.settings.cache)

    @property
    def name(self) -> str:
        """What tells widgets of one draft from those of another."""
        return str(self.folder.path)

    def put(self, path: Path, value: object) -> None:
        """Write one value into the draft, or take it out where it is None."""
        self.draft = self.draft.with_word(path, value)
        self.draft.save()

    def sight(self) -> Sight:
        """Return what the draft is good for as it is now; worked out once for all tabs."""
        return _sight(
            self.draft.text, self.name, stamp(self.folder), frozenset(self.settings.environment),
            len(self.listed.cards), self,
        )  # fmt: skip


@st.cache_resource(max_entries=MOST_SIGHTS, show_spinner="Working out what it would come to")
def _sight(
    text: str,  # noqa: ARG001 (this and the next four say when it has to be worked out again)
    name: str,  # noqa: ARG001
    stamp: tuple[tuple[int, int, int], ...],  # noqa: ARG001
    variables: frozenset[str],  # noqa: ARG001
    cards: int,  # noqa: ARG001
    _desk: Desk,
) -> Sight:
    draft = _desk.draft
    study, trouble = drafting.checked(draft)
    if study is None:
        return Sight(study=None, outlook=None, trouble=trouble)
    try:
        outlook = look_ahead(study, draft.folder, _desk.settings, _desk.listed)
    except ColloquiaError as error:
        return Sight(study=study, outlook=None, trouble=drafting.trouble(draft, error))
    return Sight(study=study, outlook=outlook, trouble=None)


def write(folder: RunFolder, change: Callable[[Draft], Draft]) -> None:
    """Change the draft of a folder on disk, for callbacks of widgets; what goes wrong is shown by :func:`failed`."""
    try:
        draft = drafting.opened(folder)
        if draft is not None:
            change(draft).save()
    except ColloquiaError as error:
        st.session_state[_FAILED] = str(error)


def failed() -> None:
    """Say which change could not be written."""
    if found := st.session_state.pop(_FAILED, None):
        plain.message("error", "The last change was not written.", found)


def _write_field(folder: RunFolder, path: Path, key: str, read: Callable[[Any], object]) -> None:
    value = read(st.session_state[key])
    write(folder, lambda draft: draft.with_word(path, value))


def _controlled(
    desk: Desk, path: Path, shown: object, read: Callable[[Any], object] = lambda value: value
) -> dict[str, Any]:
    """Return what makes a widget show ``shown`` and write what is entered."""
    key = f"{desk.name}|{'|'.join(path)}"
    if st.session_state.get(key) != shown or key not in st.session_state:
        st.session_state[key] = shown
    return {"key": key, "on_change": _write_field, "args": (desk.folder, path, key, read)}


def value_at(desk: Desk, path: Path) -> Any:  # noqa: ANN401 (a value of a study is any of TOML's)
    """Return what the draft says at a path; None where it says nothing."""
    found: Any = desk.words
    for word in path:
        found = found.get(word) if isinstance(found, dict) else None
    return found


def line_field(label: str, desk: Desk, path: Path, *, hint: str | None = None, placeholder: str = "") -> None:
    """Show a field for a short text; an empty one takes the word out."""
    shown = _text(value_at(desk, path))
    st.text_input(
        label, help=hint, placeholder=placeholder, **_controlled(desk, path, shown, lambda value: value or None)
    )


def text_field(desk: Desk, path: Path, *, height: int = 150) -> None:
    """Show a field for a prompt, without a label of its own."""
    shown = _text(value_at(desk, path))
    st.text_area("Prompt", label_visibility="collapsed", height=height, **_controlled(desk, path, shown, str))


def whole_field(label: str, desk: Desk, path: Path, *, hint: str | None = None, placeholder: str = "") -> None:
    """Show a field for a whole number; an empty one takes the word out."""
    found = value_at(desk, path)
    shown = found if isinstance(found, int) and not isinstance(found, bool) else None
    st.number_input(label, help=hint, placeholder=placeholder, step=1, **_controlled(desk, path, shown))


def number_field(
    label: str, desk: Desk, path: Path, *, hint: str | None = None, placeholder: str = "", step: float = 0.1
) -> None:
    """Show a field for a number; an empty one takes the word out."""
    found = value_at(desk, path)
    shown = float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None
    st.number_input(label, help=hint, placeholder=placeholder, step=step, **_controlled(desk, path, shown))


def choice_field(
    label: str, desk: Desk, path: Path, options: Sequence[str], *, default: str, hint: str | None = None
) -> None:
    """Show a field for one of some words; what the draft says besides is one of them, and stays until it is changed."""
    found = value_at(desk, path)
    shown = default if found is None else found if isinstance(found, str) else AS_WRITTEN
    choices = [*options, *([shown] if shown not in options else [])]

    def read(value: str) -> object:
        return found if value == AS_WRITTEN else value

    st.selectbox(label, choices, help=hint, **_controlled(desk, path, shown, read))


AS_WRITTEN = "as written in the file"


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
