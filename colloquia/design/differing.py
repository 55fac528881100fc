"""How two studies differ, word by word, and in the conversations that they call for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from colloquia.design.study import Experiment
    from colloquia.design.trials import Trial

_LONGEST = 60
"""Characters of a value that are shown."""
_NOTHING = "nothing"


@dataclass(frozen=True, kw_only=True)
class Differing:
    """What two studies do not have in common."""

    words: tuple[str, ...]
    """A sentence for each word that differs, at the deepest place where it does."""
    shared: int
    """Conversations that both call for, by their ids."""
    only_before: int
    only_after: int
    longer: int
    """Conversations of both that the second has longer."""


def differing(
    before: Experiment, after: Experiment, trials_before: Sequence[Trial], trials_after: Sequence[Trial]
) -> Differing:
    """Return how ``after`` differs from ``before``."""
    old, new = ({trial.trial_id: trial for trial in planned} for planned in (trials_before, trials_after))
    shared = old.keys() & new.keys()
    return Differing(
        words=tuple(changed_words(before, after)),
        shared=len(shared),
        only_before=len(old) - len(shared),
        only_after=len(new) - len(shared),
        longer=sum(new[trial_id].num_turns > old[trial_id].num_turns for trial_id in shared),
    )


def changed_words(before: Experiment, after: Experiment) -> Iterator[str]:
    """Yield a sentence for each word of the study that differs."""
    yield from _changed("", before.words(), after.words())


def _changed(path: str, before: Any, after: Any) -> Iterator[str]:  # noqa: ANN401 (a study's values are any JSON)
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys((*before, *after)):
            yield from _changed(f"{path}.{key}" if path else key, before.get(key), after.get(key))
    elif before != after:
        yield f"{path}: {_shown(before)} before, {_shown(after)} now"


def _shown(value: object) -> str:
    if value is None:
        return _NOTHING
    text = " ".join(repr(value).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
