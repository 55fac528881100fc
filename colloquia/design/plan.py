"""The plan of a run folder: what its latest study calls for, with what was dealt and asked for there before.

It is the conversations of the study, with the donors that controls were dealt by earlier studies of the folder, and
the forks that were asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from colloquia.design.controls import SHUFFLED
from colloquia.design.donors import kept
from colloquia.design.forking import with_forks
from colloquia.design.trials import trials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from colloquia.conversation.kind import Kind
    from colloquia.design.forking import Fork
    from colloquia.design.study import Experiment
    from colloquia.design.trial import Trial

    OwnOf = Callable[[Experiment], Mapping[str, type[Kind]] | None]


def planned(
    studies: Sequence[Experiment],
    default_view: Callable[[str], str],
    own_of: OwnOf = lambda _: None,
    forks: Sequence[Fork] = (),
) -> tuple[Trial, ...]:
    """Return every conversation that the last of a folder's studies plans there.

    Args:
        studies: The studies of the folder, in the order in which they were run; one at least.
        default_view: The view that the provider of a slug asks for.
        own_of: Returns the procedures of the researcher's own of a study whose code may be run; no id rests on them.
        forks: Forks that were asked for.
    """
    draws = SHUFFLED in (studies[-1].controls or {})
    *_, latest = plans(studies if draws else studies[-1:], default_view, own_of, forks)
    return latest


def plans(
    studies: Iterable[Experiment],
    default_view: Callable[[str], str],
    own_of: OwnOf = lambda _: None,
    forks: Sequence[Fork] = (),
) -> Iterator[tuple[Trial, ...]]:
    """Yield what each of a folder's studies planned there, in order; see :func:`planned`."""
    dealt: dict[str, str] = {}
    for study in studies:
        own = tuple(kept(trials(study, default_view, own_of(study)), dealt))
        yield with_forks(own, forks, study, default_view)
