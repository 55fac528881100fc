"""Two transcripts side by side: where they part, and which words differ."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_PIECE = re.compile(r"\s+|\w+|[^\w\s]")
LONGEST = 4_000
"""Texts of more words and signs than this, both together, are shown as changed without being compared word by word."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A stretch of a text that the other text has too, or has not."""

    text: str
    is_changed: bool


def first_divergence(left: Sequence[str | None], right: Sequence[str | None]) -> int | None:
    """Return the number of the first turn that the two do not share, counted from 1.

    None where they are the same to the end. Where one of them merely ends earlier, that is the turn after its last.
    """
    for number, (one, other) in enumerate(zip(left, right, strict=False), start=1):
        if one != other:
            return number
    return None if len(left) == len(right) else min(len(left), len(right)) + 1


def changed_words(left: str, right: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Return both texts cut into what they share and what they do not; joined, the pieces are the texts."""
    ours, theirs = _PIECE.findall(left), _PIECE.findall(right)
    if len(ours) + len(theirs) > LONGEST:
        return _whole(left, is_changed=left != right), _whole(right, is_changed=left != right)
    steps = SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes()
    return (
        _joined([Piece(text="".join(ours[a:b]), is_changed=step != "equal") for step, a, b, _, _ in steps]),
        _joined([Piece(text="".join(theirs[c:d]), is_changed=step != "equal") for step, _, _, c, d in steps]),
    )


def _whole(text: str, *, is_changed: bool) -> tuple[Piece, ...]:
    return (Piece(text=text, is_changed=is_changed),) if text else ()


def _joined(pieces: list[Piece]) -> tuple[Piece, ...]:
    joined: list[Piece] = []
    for piece in pieces:
        if joined and joined[-1].is_changed == piece.is_changed:
            joined[-1] = Piece(text=joined[-1].text + piece.text, is_changed=piece.is_changed)
        elif piece.text:
            joined.append(piece)
    return tuple(joined)
