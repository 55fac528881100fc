"""A ConvoKit corpus of the conversations: utterances, speakers and conversations as its loader reads them.

A speaker is a model in a role, so that a model that talks with itself is two. The id of a conversation is that of its
first utterance, as ConvoKit has it. An announcement is no utterance and is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from colloquia.analysis.extracting import rows

if TYPE_CHECKING:
    import pandas as pd

    from colloquia.analysis.tables import Frames

_OF_TURN = ("scenario", "iteration", "is_refusal", "is_truncated", "output_tokens", "latency_ms", "source")
_VERSION = 1


def corpus(frames: Frames, *, with_text: bool = True) -> dict[str, bytes]:
    """Return the files of a corpus, by name.

    Args:
        frames: What is exported; conversations without a turn are left out.
        with_text: Whether utterances have their texts; without, they are empty.
    """
    turns = [_named(row) for row in _records(frames.turns)]
    utterances = [_utterance(row, with_text=with_text) for row in turns]
    speakers = {_speaker(row): {"model": row["speaker_model"], "role": row["speaker_role"]} for row in turns}
    spoken = {row["experiment_id"] for row in turns}
    about = [row for row in _records(frames.conversations) if row["experiment_id"] in spoken]
    conversations = {row["experiment_id"]: {k: v for k, v in row.items() if k != "experiment_id"} for row in about}
    sources = sorted({str(row["source"]).upper() for row in turns} - {"LIVE", "HUMAN"})
    return {
        "utterances.jsonl": b"".join(msgspec.json.encode(each) + b"\n" for each in utterances),
        "speakers.json": _json({name: {"meta": meta, "vectors": []} for name, meta in speakers.items()}),
        "conversations.json": _json({name: {"meta": meta, "vectors": []} for name, meta in conversations.items()}),
        "corpus.json": _json({"made_by": "Colloquia", "not_said_by_live_models": sources}),
        "index.json": _json(
            {
                "utterances-index": _kinds(each["meta"] for each in utterances),
                "speakers-index": _kinds(speakers.values()),
                "conversations-index": _kinds(conversations.values()),
                "overall-index": {"made_by": ["<class 'str'>"], "not_said_by_live_models": ["<class 'list'>"]},
                "vectors": [],
                "version": _VERSION,
            }
        ),
    }


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    names = [str(name) for name in frame.columns]
    return [dict(zip(names, row, strict=True)) for row in rows(frame)]


def _named(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "id": _id(row["experiment_id"], row["turn_id"])}


def _id(conversation: str, turn_id: int) -> str:
    return conversation if turn_id == 1 else f"{conversation}_{turn_id}"


def _speaker(row: dict[str, Any]) -> str:
    return f"{row['speaker_model']} ({row['speaker_role']})"


def _utterance(row: dict[str, Any], *, with_text: bool) -> dict[str, Any]:
    turn_id = row["turn_id"]
    return {
        "id": row["id"],
        "conversation_id": row["experiment_id"],
        "text": (row["content"] or "") if with_text else "",
        "speaker": _speaker(row),
        "meta": {"turn_id": turn_id, **{name: row[name] for name in _OF_TURN}},
        "reply-to": None if turn_id == 1 else _id(row["experiment_id"], turn_id - 1),
        "timestamp": row["timestamp"],
        "vectors": [],
    }


def _kinds(metas: Any) -> dict[str, list[str]]:  # noqa: ANN401 (any JSON objects)
    """Return the types of each field, as ConvoKit names them."""
    found: dict[str, dict[str, None]] = {}
    for meta in metas:
        for name, value in meta.items():
            if value is not None:
                found.setdefault(name, {})[str(type(value))] = None
    return {name: list(kinds) for name, kinds in found.items()}


def _json(value: object) -> bytes:
    return msgspec.json.encode(value)
