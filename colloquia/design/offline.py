"""A study rehearsed without any server: the same design, with every model replaced by one that is at hand."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec

from colloquia.design.models import prefix
from colloquia.design.study import Experiment

if TYPE_CHECKING:
    from collections.abc import Mapping

EMBEDDED: Mapping[str, Any] = {
    "slug": "embedded:smollm2-135m",
    "temperature": 0.7,
    "top_p": 0.95,
    "min_p": 0.05,
    "repeat_penalty": 1.1,
    "max_tokens": 60,
    "stop": ["\n"],
    "seed": "auto",
}
"""How the embedded model holds a conversation best; written out, since a provider brings no settings of its own."""

SCRIPTED: Mapping[str, Any] = {"slug": "scripted:random"}


def offline(experiment: Experiment, stand_in: Mapping[str, Any]) -> Experiment:
    """Return the study with every model that is not scripted replaced by ``stand_in``, in a folder of its own."""
    words = experiment.words()
    entries = {name: _replaced(entry, stand_in) for name, entry in words["models"].items()}
    lasting = {word: value for word, value in words.items() if word not in ("num_turns", "iterations", "title")}
    mark = sha256(msgspec.json.encode([lasting, stand_in], order="deterministic")).hexdigest()[:8]
    scenarios = {name: _without_sampling(entry) for name, entry in words["scenarios"].items()}
    kept = {word: value for word, value in words.items() if word not in ("sampling", "view", "max_cost", "providers")}
    return Experiment(**{**kept, "models": entries, "scenarios": scenarios, "run_dir": f"runs/offline-{mark}"})


def _replaced(entry: Mapping[str, Any], stand_in: Mapping[str, Any]) -> Mapping[str, Any]:
    return entry if prefix(entry["slug"]) == "scripted" else stand_in


def _without_sampling(entry: str | Mapping[str, Any]) -> str | dict[str, Any]:
    return entry if isinstance(entry, str) else {word: entry[word] for word in entry if word != "sampling"}
