"""Labelling: who said what about which turn, and how far two people agree."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from colloquia.errors import DesignError
from colloquia.logbook import labels
from colloquia.logbook.labels import Label, Labels, Scheme
from colloquia.logbook.record import timestamp

if TYPE_CHECKING:
    from collections.abc import Iterable

    from colloquia.logbook.folder import RunFolder

DEFAULT_SCHEME = "notes"
DEFAULT_LABELS = ("interesting", "odd", "off topic", "refusal", "agreement", "disagreement")
"""What can be given before somebody writes a scheme of their own."""

_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,60}")


def read_labels(folder: RunFolder) -> Labels:
    """Return the labels of a run folder.

    Raises:
        FolderError: they cannot be read.
    """
    return labels.read(folder)


def scheme_of(found: Labels, name: str = DEFAULT_SCHEME, *, words: tuple[str, ...] = DEFAULT_LABELS) -> Scheme:
    """Return the latest version of a scheme; where nobody wrote one, ``words`` as version 1."""
    return found.schemes.get(name) or Scheme(at="", scheme=name, version=1, labels=words)


def labelled(folder: RunFolder) -> dict[str, frozenset[str]]:
    """Return the conversations with each label, on them or on one of their turns, by whomever; as experiment ids.

    Raises:
        FolderError: the labels cannot be read.
    """
    found: dict[str, set[str]] = {}
    for label in labels.read(folder).current.values():
        found.setdefault(label.label or "", set()).add(label.experiment_id)
    return {word: frozenset(ids) for word, ids in found.items()}


def change_scheme(folder: RunFolder, name: str, words: Iterable[str]) -> Scheme:
    """Write a scheme down, as a new version where its labels differ from the last, and return it.

    Raises:
        DesignError: the labels cannot be used, or the name is empty or too long.
        StorageError: the disk failed.
    """
    wanted = labels.checked_words(words)
    found = labels.read(folder)
    known = found.schemes.get(_checked(name, "A scheme's name"))
    if known and known.labels == wanted:
        return known
    last = known.version if known else int(_is_used(found, name))
    scheme = Scheme(at=_now(), scheme=name, version=last + 1, labels=wanted)
    labels.write(folder, scheme)
    return scheme


def say(
    folder: RunFolder,
    *,
    labeller: str,
    scheme: Scheme,
    experiment_id: str,
    turn_id: int | None,
    label: str | None,
    is_blind: bool,
) -> Label:
    """Write down what somebody says about a turn or, without a turn, about a conversation.

    Args:
        folder: The run folder.
        labeller: Who says it.
        scheme: The labels there are.
        experiment_id: The conversation.
        turn_id: Its turn; None for the whole conversation.
        label: One of the scheme's; None takes back what this person said there.
        is_blind: Whether the models' names were hidden.

    Raises:
        DesignError: the label is not in the scheme, or the name of the labeller is empty or too long.
        StorageError: the disk failed.
    """
    if label is not None and label not in scheme.labels:
        raise DesignError(f"The scheme {scheme.scheme!r} has no label {label!r}.")
    record = Label(
        at=_now(),
        labeller=_checked(labeller, "A labeller's name"),
        scheme=scheme.scheme,
        scheme_version=scheme.version,
        experiment_id=experiment_id,
        turn_id=turn_id,
        label=label,
        is_blind=is_blind,
    )
    labels.write(folder, record)
    return record


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """What two people said about the same places."""

    first: tuple[str, ...]
    second: tuple[str, ...]
    conversations: tuple[str, ...]
    """The conversation of each place: the unit in which agreement is uncertain."""


def pairs(found: Labels, *, scheme: str, first: str, second: str) -> Pairs:
    """Return the labels that two people gave to the same places by the same version of a scheme."""
    theirs = {
        (label.scheme_version, label.place): label.label or ""
        for label in found.current.values()
        if (label.scheme, label.labeller) == (scheme, second)
    }
    both = [
        (label.label or "", theirs[label.scheme_version, label.place], label.experiment_id)
        for label in found.current.values()
        if (label.scheme, label.labeller) == (scheme, first) and (label.scheme_version, label.place) in theirs
    ]
    return Pairs(
        first=tuple(ours for ours, _, _ in both),
        second=tuple(other for _, other, _ in both),
        conversations=tuple(conversation for _, _, conversation in both),
    )


def _is_used(found: Labels, scheme: str) -> bool:
    return any(label.scheme == scheme for label in found.current.values())


def _checked(name: str, what: str) -> str:
    if not name.strip() or not _NAME.fullmatch(name):
        raise DesignError(f"{what} is 1 to 60 characters on one line.")
    return name


def _now() -> str:
    return timestamp(datetime.now(UTC))
