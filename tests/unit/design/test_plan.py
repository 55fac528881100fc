"""The plan of a folder: controls keep the donors that its earlier studies dealt them, and forks are part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from builders import study

from colloquia.design.forking import Fork
from colloquia.design.plan import planned, plans

if TYPE_CHECKING:
    from colloquia.design.trials import Trial

ROLES = {"rent": {"landlord": "Say {claim}.", "tenant": "Hear {claim}."}}
FEWER, MORE = ["one", "two", "three"], ["one", "four", "two", "three", "five", "six"]


def shuffled(claims: list[str], *, kind: str = "shuffled_partner", **words: Any) -> Any:
    """Return a study with these items and a control whose partner comes from elsewhere."""
    shared = {"scenarios": ROLES, "controls": {kind: "tenant"}, "iterations": 8}
    return study(**{**shared, "items": {"claim": claims}, **words})


def in_folder(*studies: Any) -> dict[str, Trial]:
    """Return what the last of the studies of a folder plans there."""
    return {trial.trial_id: trial for trial in planned(studies, lambda _slug: "flip")}


def controls(found: dict[str, Trial]) -> set[str]:
    """Return the controls by their ids."""
    return {trial_id for trial_id, trial in found.items() if trial.donor}


def test_further_items_re_deal_no_donor_that_was_dealt() -> None:
    """Each control of the smaller study is one of the larger, which by itself would have dealt some anew."""
    before, alone = in_folder(shuffled(FEWER)), in_folder(shuffled(MORE))

    after = in_folder(shuffled(FEWER), shuffled(MORE))

    assert controls(before) - controls(alone), "the larger study by itself deals otherwise"
    assert before.keys() <= after.keys()
    assert len(after) == len(alone) == 96
    assert all(after[trial.donor].factors["claim"] != trial.factors["claim"] for trial in after.values() if trial.donor)


def test_what_was_dealt_stays_dealt_over_several_studies() -> None:
    """Also where one in between had fewer items: those that it still planned keep theirs."""
    longest = in_folder(shuffled(FEWER), shuffled(MORE), shuffled(MORE[:4]), shuffled(MORE))

    between = in_folder(shuffled(FEWER), shuffled(MORE), shuffled(MORE[:4]))
    assert between.keys() <= longest.keys()


def test_a_donor_that_is_no_longer_planned_is_dealt_anew() -> None:
    """Its lines are not those of a talk of this study."""
    after = in_folder(shuffled(FEWER), shuffled(["one", "three", "four"]))

    assert {after[trial_id].donor for trial_id in controls(after)} <= after.keys()
    assert controls(after)


def test_an_edited_talk_gives_its_own_lines() -> None:
    """A donor is known by its id, so an edit is another donor."""
    before = in_folder(shuffled(FEWER, kind="yoked"))
    after = in_folder(shuffled(FEWER, kind="yoked"), shuffled(FEWER, kind="yoked", kickoff="Begin."))

    assert not before.keys() & after.keys()
    assert {after[trial_id].donor for trial_id in controls(after)} <= after.keys()
    assert controls(after)


def test_a_folder_of_one_study_plans_what_the_study_plans() -> None:
    """Under the ids that it has by itself; the order is that of the study."""
    found = in_folder(shuffled(FEWER))

    assert list(found) == list(in_folder(shuffled(FEWER), shuffled(FEWER)))


@pytest.mark.parametrize("times", [1, 3])
def test_forks_are_planned_after_their_parents(times: int) -> None:
    """In every study of the folder that plans the parent."""
    one = shuffled(FEWER, controls=None)
    parent = next(iter(in_folder(one)))
    asked = [Fork(parent=parent, turn=2, times=times)]

    found = [trial for trial in planned([one], lambda _slug: "flip", forks=asked) if trial.branch]
    none, *_ = plans([shuffled(FEWER, seed=2, controls=None), one], lambda _slug: "flip", forks=asked)

    assert [trial.branch.parent for trial in found if trial.branch] == [parent] * times
    assert not [trial for trial in none if trial.branch]
