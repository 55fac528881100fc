"""Forks: conversations that share the first turns of another one, their parent, and go on differently, or just again.

A fork is asked for once and held so many times; where it changes something, as many continuations without the change
are held beside it, each with the same draws as the changed one of its number. The plan of a folder is its study and
the forks that were asked for there. Who speaks when stays as in the parent; a turn that is edited is heard by all as
the new text, one that is deleted was never heard by anybody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, overload

from msgspec import structs

from colloquia.design.trial import Branch, seat_identity, trial_id_of
from colloquia.errors import DesignError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from colloquia.conversation.participants import Seat
    from colloquia.conversation.transcript import Turn
    from colloquia.design.study import Experiment
    from colloquia.design.trial import Trial

UNCHANGED = "unchanged"


@dataclass(frozen=True, kw_only=True)
class Fork:
    """What was asked for."""

    parent: str
    """The conversation whose first turns are shared, by trial id."""
    turn: int
    """The last turn that is shared."""
    times: int = 1
    models: dict[str, str] = field(default_factory=dict)
    """Friendly names that sit elsewhere than in the parent, by role."""
    prompts: dict[str, str] = field(default_factory=dict)
    """What roles are told from now on, by role."""
    edited: int | None = None
    """The turn that is changed; None where none is."""
    text: str | None = None
    """What it is heard as; None where it is deleted."""

    @property
    def label(self) -> str:
        """What is otherwise than in the parent, in a few words."""
        said = [f"model of {role}: {name}" for role, name in self.models.items()]
        said += [f"prompt of {role}" for role in self.prompts]
        if self.edited is not None:
            said.append(f"turn {self.edited} {'deleted' if self.text is None else 'edited'}")
        return "; ".join(said) or UNCHANGED


def check_fork(fork: Fork, parent: Trial, said: Sequence[Turn], names: Iterable[str]) -> None:
    """Refuse a fork that could not be held.

    Raises:
        DesignError: it begins beyond the end, or names a role, a model or a turn that is not there.
    """
    whose = f"conversation {parent.trial_id}"
    if not 1 <= fork.turn <= len(said):
        raise DesignError(f"--turn {fork.turn}: {whose} has {len(said)} turns; a fork shares one of them at least.")
    if fork.turn >= parent.num_turns or said[fork.turn - 1].ended_by is not None:
        raise DesignError(f"--turn {fork.turn}: {whose} ends there, so nothing would come after it.")
    if fork.times < 1:
        raise DesignError(f"--times {fork.times}: a fork is held once at least.")
    _check_changes(fork, parent, said, list(names))


def _check_changes(fork: Fork, parent: Trial, said: Sequence[Turn], known: Sequence[str]) -> None:
    roles = [seat.role for seat in parent.asked]
    for option, changed in (("--model", fork.models), ("--prompt", fork.prompts)):
        for role in changed:
            if role not in roles:
                hint = nearest(role, roles) or f" There are: {', '.join(roles)}."
                raise DesignError(f"{option} {role}: no role that is asked in conversation {parent.trial_id}.{hint}")
    for name in fork.models.values():
        if name not in known:
            raise DesignError(f"--model {name}: no model of this study.{nearest(name, known)}")
    if fork.edited is not None and not 1 <= fork.edited <= fork.turn:
        raise DesignError(f"turn {fork.edited} is not among the {fork.turn} turns that the fork shares.")
    if fork.edited is not None and said[fork.edited - 1].round is not None:
        raise DesignError(f"turn {fork.edited} is a move; its text alone cannot be edited.")


def with_forks(
    planned: Sequence[Trial], forks: Iterable[Fork], experiment: Experiment, default_view: Callable[[str], str]
) -> tuple[Trial, ...]:
    """Return the conversations of a study and those of its forks, parents first; what is not planned has none."""
    found = {trial.trial_id: trial for trial in planned}
    for fork in forks:
        parent = found.get(fork.parent)
        if parent is not None and all(name in experiment.entries for name in fork.models.values()):
            for trial in _trials(fork, parent, experiment, default_view):
                found.setdefault(trial.trial_id, trial)
    return tuple(found.values())


def _trials(fork: Fork, parent: Trial, experiment: Experiment, default_view: Callable[[str], str]) -> Iterator[Trial]:
    changed = tuple(_seat(seat, fork, parent, experiment, default_view) for seat in parent.talk.seats)
    plain = Branch(parent=parent.trial_id, turn=fork.turn, label=UNCHANGED)
    for number in range(1, fork.times + 1):
        yield _trial(parent, plain, parent.talk.seats, number)
        if fork.label != UNCHANGED:
            branch = replace(plain, edited=fork.edited, text=fork.text, label=fork.label)
            yield _trial(parent, branch, changed, number)


def _trial(parent: Trial, branch: Branch, seats: tuple[Seat, ...], number: int) -> Trial:
    edit = None if branch.edited is None else {"turn": branch.edited, "text": branch.text}
    identity = {
        **parent.identity,
        "seats": [seat_identity(seat) for seat in seats],
        "parent": {"trial": parent.trial_id, "turn": branch.turn, "edit": edit, "number": number},
    }
    draws = replace(parent.talk.draws, fork=f"{parent.talk.draws.fork}/{branch.turn}.{number}")
    talk = replace(parent.talk, trial_id=trial_id_of(identity), seats=seats, draws=draws, asked_from=branch.turn)
    return replace(parent, talk=talk, branch=branch, iteration=number, identity=identity)


def _seat(seat: Seat, fork: Fork, parent: Trial, experiment: Experiment, default_view: Callable[[str], str]) -> Seat:
    prompt = fork.prompts.get(seat.role, seat.prompt)
    if seat.role not in fork.models:
        return replace(seat, prompt=prompt)
    variants = experiment.variants[parent.scenario]
    at = next((each.at for each in variants if each.at.labels == parent.factors), variants[0].at)
    participant = experiment.entries[fork.models[seat.role]].participant(
        experiment.sampling_of(parent.scenario), experiment.view, default_view, varied=at.sampling_of(seat.role)
    )
    return replace(seat, prompt=prompt, participant=participant)


def unforked(trials: Iterable[Trial]) -> Iterator[Trial]:
    """Yield the conversations that a study plans by its design: those that are no forks."""
    return (trial for trial in trials if trial.branch is None)


def prefix(branch: Branch, said: Sequence[Turn]) -> tuple[Turn, ...]:
    """Return the turns that a fork shares, as they are heard in it."""
    return tuple(_changed(turn, branch.text) if turn.turn_id == branch.edited else turn for turn in said[: branch.turn])


def _changed(turn: Turn, text: str | None) -> Turn:
    if text is None:
        return structs.replace(turn, is_struck=True)
    return structs.replace(turn, reply=structs.replace(turn.reply, content=text))


class Unfolded(Mapping[str, "Sequence[Turn]"]):
    """The turns of every conversation, those that forks share with their parents included; by reference to these.

    Args:
        trials: The plan.
        said: The turns that each has of its own, by trial id.
    """

    def __init__(self, trials: Iterable[Trial], said: Mapping[str, Sequence[Turn]]) -> None:
        self._branches = {trial.trial_id: trial.branch for trial in trials if trial.branch is not None}
        self._said = said

    def __getitem__(self, trial_id: str) -> Sequence[Turn]:
        """Return the turns of a conversation."""
        branch = self._branches.get(trial_id)
        if branch is None:
            return self._said[trial_id]
        return _Forked(branch, self.get(branch.parent, ()), self._said.get(trial_id, ()))

    def __contains__(self, trial_id: object) -> bool:
        """Tell whether a conversation has turns, or is a fork that may share some."""
        return trial_id in self._said or trial_id in self._branches

    def __iter__(self) -> Iterator[str]:
        """Yield the conversations: those with turns of their own first."""
        yield from self._said
        yield from (trial_id for trial_id in self._branches if trial_id not in self._said)

    def __len__(self) -> int:
        """Return how many conversations there are."""
        return len(self._said) + sum(trial_id not in self._said for trial_id in self._branches)


class _Forked(Sequence["Turn"]):
    """The turns of a fork: those of its parent as they are heard in it, then its own."""

    def __init__(self, branch: Branch, parent: Sequence[Turn], own: Sequence[Turn]) -> None:
        self._branch = branch
        self._parent = parent
        self._own = own

    def __len__(self) -> int:
        """Return how many turns there are, without looking at any."""
        return min(self._branch.turn, len(self._parent)) + len(self._own)

    @overload
    def __getitem__(self, which: int) -> Turn: ...

    @overload
    def __getitem__(self, which: slice) -> tuple[Turn, ...]: ...

    def __getitem__(self, which: int | slice) -> Turn | tuple[Turn, ...]:
        """Return one turn, or some."""
        if isinstance(which, int) and which < 0 and -which <= len(self._own):
            return self._own[which]  # the last turn tells whether it is over
        return tuple(self)[which]

    def __iter__(self) -> Iterator[Turn]:
        """Yield the turns in order."""
        yield from prefix(self._branch, self._parent)
        yield from self._own
