"""What the page Transcripts shows of turns: the turn in the viewer, and all that is known of the one that is picked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from colloquia.analysis.judging.blinding import blind_names
from colloquia.errors import DamagedLogError
from colloquia.gui import words
from colloquia.gui.followed import stamp
from colloquia.gui.tables import MOST_KEPT
from colloquia.gui.viewer import ShownTurn
from colloquia.lab.keeping.reading import history

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from colloquia.analysis.comparing import Piece
    from colloquia.lab.keeping.reading import History
    from colloquia.logbook.folder import RunFolder

KNOWN = (
    "source", "speaker_slug", "served_by", "served_model", "finish_reason", "native_finish_reason", "ended_by",
    "is_refusal", "refusal_source", "is_truncated", "is_repaired", "latency_ms", "time_to_first_token_ms",
    "input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens", "cost_usd", "saved_usd", "attempts",
    "in_flight", "seed", "generation_id", "timestamp", "request_sha256",
)  # fmt: skip
HIDDEN_WHEN_BLIND = frozenset(
    {"source", "speaker_slug", "served_by", "served_model", "generation_id", "request_sha256"}
)


@dataclass(frozen=True, kw_only=True)
class Blindness:
    """Who reads, and whether the models' names are hidden from them."""

    labeller: str = ""
    is_blind: bool = False


def shown_turns(
    turns: Sequence[Mapping[str, Any]],
    blindness: Blindness,
    *,
    picked: int | None = None,
    marks: Mapping[int, Sequence[Piece]] | None = None,
) -> list[ShownTurn]:
    """Return the turns of one conversation as the viewer takes them.

    Args:
        turns: Its rows of the frame ``turns``, as plain values.
        blindness: Whether names are hidden.
        picked: The turn that is open.
        marks: The pieces of each turn's text, by its number, where words are marked.
    """
    roles = list(dict.fromkeys(row["speaker_role"] for row in turns))
    names = dict(zip(roles, roles, strict=True))
    if blindness.is_blind and turns:
        names = blind_names(names, salt=f"{blindness.labeller} {turns[0]['experiment_id']}")
    return [
        ShownTurn(
            turn=row["turn_id"],
            speaker=names[row["speaker_role"]],
            side=roles.index(row["speaker_role"]),
            text=row["content"],
            model="" if blindness.is_blind else row["speaker_model"],
            meta="" if blindness.is_blind else words.facts(row["latency_ms"], row["output_tokens"], row["cost_usd"]),
            badges=_badges(row, is_blind=blindness.is_blind),
            pieces=_pieces((marks or {}).get(row["turn_id"])),
            is_picked=row["turn_id"] == picked,
        )
        for row in turns
    ]


def seen_panel(folder: RunFolder, row: Mapping[str, Any]) -> None:
    """Show what the speaker of a turn saw."""
    with st.expander("What this speaker saw", icon=":material/visibility:", expanded=True):
        _seen(folder, row["trial_id"], row["turn_id"])
    if row.get("reasoning"):
        with st.expander("Hidden reasoning, sent to nobody", icon=":material/psychology:"):
            st.text(row["reasoning"])


def turn_panel(row: Mapping[str, Any], blindness: Blindness) -> None:
    """Show everything that the row of a turn holds."""
    with st.expander("Everything that is known of it", icon=":material/list:"):
        names = [name for name in KNOWN if not (blindness.is_blind and name in HIDDEN_WHEN_BLIND)]
        known = [(name, str(row[name])) for name in names if row.get(name) is not None]
        st.dataframe(pd.DataFrame(known, columns=["what", "value"]), hide_index=True)


def _seen(folder: RunFolder, trial_id: str, turn_id: int) -> None:
    kept = _history(str(folder.path.resolve()), stamp(folder), folder)
    trial = kept.origin(trial_id, turn_id)
    if trial is None:
        st.caption("No study of this folder plans this conversation, so its prompts cannot be rebuilt.")
        return
    try:
        found = kept.seen(trial, turn_id)
    except DamagedLogError as error:
        st.text(str(error))
        return
    if trial.trial_id != trial_id:
        st.caption(
            ":material/fork_right: Shared with the conversation that this one was forked from: sent there, once."
        )
    if found.sha256 is None:
        st.caption("A line of the study: nobody was asked for it.")
        return
    for message in found.messages:
        st.caption(message.role)
        st.code(message.content, language=None, wrap_lines=True)
    if found.is_as_sent:
        st.caption(":material/verified: This is, by its hash, exactly what was sent.")
    else:
        st.caption(":material/warning: This is not what was sent: an earlier turn was changed after it was said.")


@st.cache_resource(max_entries=MOST_KEPT, show_spinner="Reading the log")
def _history(path: str, stamp: tuple[tuple[int, int, int], ...], _folder: RunFolder) -> History:  # noqa: ARG001 (both say whether it has to be read again)
    return history(_folder)


def _badges(row: Mapping[str, Any], *, is_blind: bool) -> tuple[str, ...]:
    found = (
        (row["source"].upper(), row["source"] not in ("live", "human") and not is_blind),
        ("REFUSAL", row["is_refusal"]),
        ("CUT", row["is_truncated"]),
        (f"ASKED {row['attempts']} TIMES", row["attempts"] > 1),
        ("REPAIRED", row["is_repaired"]),
    )
    return tuple(word for word, holds in found if holds)


def _pieces(pieces: Sequence[Piece] | None) -> tuple[tuple[str, bool], ...] | None:
    return tuple((piece.text, piece.is_changed) for piece in pieces) if pieces else None
