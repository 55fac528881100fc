"""How sound the data is: what ran, what failed, what was refused, cut or asked for twice. To be read before results."""

from __future__ import annotations

from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from weakref import ref

import pandas as pd

from colloquia.analysis.selecting import ended_by, factors, unforked

if TYPE_CHECKING:
    from colloquia.analysis.tables import Frames

WARNED_SHARE = 0.05
"""Above this share a finding needs bounds for what is missing."""

WHY = {
    "failed": "What is missing may not be like the rest: run again, and bound what stays missing.",
    "not begun": "The comparison is not what was planned until they are held: resume the run.",
    "begun and not ended": "They are shorter than the others: resume the run, or compare only what has ended.",
    "ended before their length": "How long a conversation lasted is an outcome, too: look at how they ended.",
    "cells without a whole conversation": "The design has holes: means over it weigh its cells unequally.",
    "word for word the same as another": "Without chance (temperature 0, a cache) a repetition is no observation.",
    "refused": "Refusals are replies of another kind: look at them apart.",
    "cut at their length": "Cut turns are shorter than what the model had to say: raise max_tokens.",
    "asked for more than once": "Where models differ in it, their latencies and their failures are not alike.",
    "with repaired characters": "A few characters are not those that the model sent; the journal keeps the original.",
    "served by more than one provider": "One name may stand for several models: pin a provider by its routing.",
}
"""What each thing that went otherwise than planned means for a finding."""


def health(frames: Frames) -> pd.DataFrame:
    """Return how many conversations and turns went otherwise than planned, failures first.

    Columns: ``what``; ``number``; ``of`` (out of how many); ``unit`` (conversations, turns, cells or models);
    ``share``; ``needs_care``, true where more than 5 % are concerned; ``why`` it matters, in a sentence.
    """
    conversations, turns = frames.conversations, frames.turns
    begun = conversations[conversations["num_turns"] > 0]
    over = begun[~ended_by(begun).isin(["failed", "not ended"])]
    asked = turns[turns["source"] != "scripted"]
    rows = [
        ("failed", int(conversations["is_failed"].sum()), len(conversations), "conversations"),
        ("not begun", len(conversations) - len(begun), len(conversations), "conversations"),
        ("begun and not ended", len(begun) - len(over), len(conversations), "conversations"),
        ("ended before their length", int((over["ended_by"] != "length").sum()), len(over), "conversations"),
        ("cells without a whole conversation", _empty_cells(frames), len(frames.cells), "cells"),
        ("word for word the same as another", duplicates(turns, over), len(over), "conversations"),
        ("refused", int(turns["is_refusal"].sum()), len(turns), "turns"),
        ("cut at their length", int(turns["is_truncated"].sum()), len(turns), "turns"),
        ("asked for more than once", int((asked["attempts"] > 1).sum()), len(asked), "turns"),
        ("with repaired characters", int(turns["is_repaired"].sum()), len(turns), "turns"),
        ("served by more than one provider", len(mixed_providers(turns)), turns["speaker_model"].nunique(), "models"),
    ]
    found = pd.DataFrame(rows, columns=["what", "number", "of", "unit"])
    found["share"] = found["number"] / found["of"].where(found["of"] > 0)
    return found.assign(needs_care=found["share"] > WARNED_SHARE, why=found["what"].map(WHY))


def endings(frames: Frames) -> pd.DataFrame:
    """Return how many conversations of each scenario ended how; those that did not are ``failed`` or ``not ended``."""
    conversations = frames.conversations
    how = conversations.assign(ended_by=ended_by(conversations))
    return how.groupby(["scenario", "ended_by"], sort=True).size().rename("conversations").reset_index()


def mixed_providers(turns: pd.DataFrame) -> dict[str, list[str]]:
    """Return the providers of each model that more than one served, by friendly name."""
    served = turns.dropna(subset=["served_by"]).groupby("speaker_model", sort=True)["served_by"].unique()
    return {str(model): sorted(providers) for model, providers in served.items() if len(providers) > 1}


def duplicates(turns: pd.DataFrame, conversations: pd.DataFrame) -> int:
    """Return how many of these conversations repeat an earlier one of the same cell word for word.

    Such repetitions (temperature 0, a cache) are one observation, not several.
    """
    return int(_fingerprints(turns, conversations).duplicated().sum())


def fingerprints(frames: Frames) -> pd.Series[str]:
    """Return, by ``experiment_id``, a text that is equal exactly where cell and transcript are; known for a while."""
    known = _known.get(id(frames))
    if known is None or known[0]() is not frames:
        known = ref(frames, partial(_forget, id(frames))), _fingerprints(frames.turns, frames.conversations)
        _known[id(frames)] = known
    return known[1]


def repeated(frames: Frames) -> pd.Series[str]:
    """Return the fingerprints of ended conversations of cells in which nothing but one conversation ever came.

    There the models were asked without chance (temperature 0, a cache), and all are one observation. Where others of
    the cell differ chance was at work: texts that are the same are as many observations, such as equal games, and to
    count them once would weigh the commonest least.
    """
    own = unforked(frames.conversations)
    ended = own.loc[ended_by(own) != "not ended", "experiment_id"]
    found = fingerprints(frames)
    found = found[found.index.isin(ended)]
    return found[found.groupby(found.str.partition("\0")[0]).transform("nunique") == 1]


_known: dict[int, tuple[ref[Frames], pd.Series[str]]] = {}
"""By the identity of frames that are still in use: every outcome of a study asks for the same."""


def _forget(identity: int, _: ref[Frames]) -> None:
    _known.pop(identity, None)


def unlive(frames: Frames) -> str:
    """Return what must be said of turns that no live model said: ``SCRIPTED``, ``SIMULATED``, ``EMBEDDED``; or ""."""
    found = sorted(set(frames.turns["source"].dropna()) - {"live", "human"})
    return " and ".join(source.upper() for source in found)


def _fingerprints(turns: pd.DataFrame, conversations: pd.DataFrame) -> pd.Series[str]:
    wanted = turns[turns["experiment_id"].isin(conversations["experiment_id"])]
    if wanted.empty:
        return pd.Series(dtype="str")
    ordered = wanted.sort_values("turn_id", kind="stable")
    texts: dict[str, Any] = {}
    for unit, said in zip(ordered["experiment_id"], ordered["content"], strict=True):
        texts.setdefault(unit, sha256()).update(f"{said}\0".encode())
    cells = zip(*(conversations[name].map(str) for name in _cell_keys(conversations)), strict=True)
    return pd.Series(
        {
            unit: f"{'|'.join(cell)}\0{texts[unit].hexdigest()}"
            for unit, cell in zip(conversations["experiment_id"], cells, strict=True)
            if unit in texts
        }
    )


def _cell_keys(conversations: pd.DataFrame) -> list[str]:
    seats = [name for name in map(str, conversations.columns) if name.startswith(("model_", "role_"))]
    return [
        "scenario",
        *seats,
        *(name for name in ("opening_role", "arm") if name in conversations),
        *factors(conversations),
    ]


def _empty_cells(frames: Frames) -> int:
    return int((frames.cells["finished"].fillna(0) == 0).sum()) if len(frames.cells) else 0
