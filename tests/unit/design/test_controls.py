"""Control arms: which conversations there are, who stays live, what collapses, and who gives whose lines."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from builders import complaint, plan, study, turn

from colloquia import studies
from colloquia.conversation.recorded import DONOR_FAILED, UNKNOWN_LINE, Recorded
from colloquia.conversation.steps import End, Speak
from colloquia.design.trials import trials

if TYPE_CHECKING:
    from colloquia.design.trials import Trial

DATA = Path(__file__).parents[2] / "data" / "studies" / "persuasion"
PAIRS = {"models": {"a": "openai/a", "b": "openai/b"}, "pairing": "distinct"}
ITEMS: dict[str, Any] = {
    "items": {"claim": ["one", "two", "three"]},
    "scenarios": {"rent": {"landlord": "Say {claim}.", "tenant": "Hear {claim}."}},
}


def arms(planned: tuple[Trial, ...]) -> dict[str | None, int]:
    """Return how many conversations each arm has."""
    return dict(Counter(trial.arm for trial in planned))


def of_arm(arm: str, **words: Any) -> list[Trial]:
    """Return the conversations of one arm of the small study, the tenant being live."""
    return [trial for trial in plan(controls={arm: "tenant"}, **words) if trial.arm == arm]


def test_the_study_of_persuasion_has_450_conversations() -> None:
    """As written: 180 talks, 180 with a shuffled partner, and 90 self-reflections, one for each model."""
    toml = studies.read(DATA / "study.toml").experiment
    planned = trials(toml, lambda slug: "flip")

    assert studies.read(DATA / "simulation_config.py").experiment == toml
    assert arms(planned) == {"talk": 180, "shuffled_partner": 180, "self_reflection": 90}
    assert len({trial.trial_id for trial in planned}) == 450


def test_controls_leave_the_talks_as_they_were() -> None:
    """Adding a control to a study that was run asks for the control alone."""
    before = plan(iterations=2)
    after = plan(iterations=2, controls={"yoked": "tenant"})

    assert {trial.trial_id for trial in before} < {trial.trial_id for trial in after}
    assert [trial.arm for trial in before] == [None, None]
    assert arms(after) == {"talk": 2, "yoked": 2}


# -- the live role alone -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "kickoff", "go_on"),
    [
        ("self_reflection", "[Think about it again.]", "[Think about it again.]"),
        ("monologue", "[The conversation begins. You speak first.]", "[Please continue.]"),
    ],
)
def test_alone_the_live_role_speaks_at_its_own_turns(kind: str, kickoff: str, go_on: str) -> None:
    """As often as in the talk, and hears nobody."""
    (alone,) = of_arm(kind, num_turns=5)

    assert [seat.role for seat in alone.talk.seats] == ["tenant"]
    assert alone.roles == ("landlord", "tenant")
    assert (alone.num_turns, alone.opener) == (2, "tenant")
    assert (alone.talk.kickoff, alone.talk.go_on) == (kickoff, go_on)


def test_models_of_the_absent_seat_collapse() -> None:
    """Two ordered pairs have two live models, each of which is alone once."""
    assert [trial.names for trial in sorted(of_arm("monologue", **PAIRS), key=lambda trial: trial.names)] == [
        ("a",),
        ("b",),
    ]


def test_a_factor_of_the_absent_seat_collapses() -> None:
    """One that the live role reads does not, and labels only what means something."""
    tones = {"tone": {"warm": "Be warm.", "cold": "Be cold."}, "mood": {"good": "You are glad.", "bad": "You are sad."}}
    roles = {"rent": {"landlord": "{tone}", "tenant": "{mood}"}}

    found = of_arm("monologue", scenarios=roles, factors=tones)

    assert sorted(trial.factors["mood"] for trial in found) == ["bad", "good"]
    assert all("tone" not in trial.factors for trial in found)


def test_an_item_that_the_live_role_never_hears_of_collapses() -> None:
    """Then its draws are those of no item; an item that it is asked about stays."""
    roles = {"rent": {"landlord": "Say {claim}.", "tenant": "Listen."}}
    asked = {"fair": {"ask": "tenant", "options": ["yes", "no"], "question": "Is {claim} fair?"}}

    assert [trial.factors for trial in of_arm("monologue", **{**ITEMS, "scenarios": roles})] == [{}]
    assert [trial.talk.draws.item for trial in of_arm("monologue", **{**ITEMS, "scenarios": roles})] == [None]
    assert len(of_arm("monologue", **{**ITEMS, "scenarios": roles}, probes=asked)) == 3
    assert len(of_arm("monologue", **ITEMS)) == 3


def test_a_setting_that_changes_its_length_stays() -> None:
    """How often the live role speaks is no part of an id, but a label of the length is."""
    found = of_arm("self_reflection", factors={"num_turns": [4, 8]})

    assert sorted((trial.factors["num_turns"], trial.num_turns) for trial in found) == [("4", 2), ("8", 4)]


def test_who_remembers_a_probe_stays_a_factor() -> None:
    """The probes of the live role are asked as in the talk, those of others are not."""
    probes = {"mood": {"when": "end", "scale": [0, 9], "question": "How are you?"}}

    found = of_arm("monologue", probes=probes, factors={"mood.shown": ["never", "self"]})

    assert sorted(trial.factors["mood.shown"] for trial in found) == ["never", "self"]
    assert {probe.ask for trial in found for probe in trial.talk.probes} == {("tenant",)}


def test_an_opening_of_the_live_role_is_still_said() -> None:
    """It is its first turn; that of an absent seat is not."""
    (own,) = of_arm("monologue", opening="Good day.", opens="tenant")
    (other,) = of_arm("monologue", opening="Good day.", opens="landlord")

    assert own.talk.procedure.next_step(()) == Speak(role="tenant", line="Good day.")
    assert other.talk.procedure.next_step(()) == Speak(role="tenant")


# -- the others recorded -----------------------------------------------------------------------------------------------


def by_id(planned: tuple[Trial, ...]) -> dict[str, Trial]:
    """Return conversations by their ids."""
    return {trial.trial_id: trial for trial in planned}


def test_a_shuffled_partner_speaks_of_another_item_of_the_same_cell() -> None:
    """Same models, levels and iteration; the donor is a talk of the plan."""
    planned = plan(controls={"shuffled_partner": "tenant"}, **ITEMS, **PAIRS, iterations=2)
    talks = by_id(planned)

    shuffled = [trial for trial in planned if trial.arm == "shuffled_partner"]
    assert len(shuffled) == 12
    for trial in shuffled:
        donor = talks[trial.donor]
        assert (donor.arm, donor.names, donor.iteration) == ("talk", trial.names, trial.iteration)
        assert donor.factors["claim"] != trial.factors["claim"]


def test_a_further_item_re_deals_only_the_donors_that_it_becomes() -> None:
    """The others keep theirs, in whatever order the items stand."""
    fewer = plan(controls={"shuffled_partner": "tenant"}, **ITEMS)
    more = {**ITEMS, "items": {"claim": ["four", "three", "two", "one"]}}
    after = by_id(plan(controls={"shuffled_partner": "tenant"}, **more))
    new = {trial.trial_id for trial in after.values() if trial.factors["claim"] == "four"}

    before = {trial.factors["claim"]: trial for trial in fewer if trial.arm == "shuffled_partner"}
    kept = {trial.factors["claim"]: trial for trial in after.values() if trial.arm == "shuffled_partner"}
    del kept["four"]
    assert kept.keys() == before.keys()
    for claim, trial in kept.items():
        assert trial.donor == before[claim].donor or trial.donor in new


def test_without_items_the_donor_is_the_iteration_before() -> None:
    """That of the first is the second, so that more iterations re-deal nothing."""
    planned = plan(controls={"shuffled_partner": "tenant"}, iterations=4)
    talks = by_id(planned)

    donors = {trial.iteration: talks[trial.donor].iteration for trial in planned if trial.donor}
    assert donors == {1: 2, 2: 1, 3: 2, 4: 3}


def test_a_yoked_partner_says_what_it_said_in_the_very_same_talk() -> None:
    """Same item, same iteration."""
    planned = plan(controls={"yoked": "tenant"}, **ITEMS)
    talks = by_id(planned)

    pairs = [(trial.factors, talks[trial.donor].factors) for trial in planned if trial.donor]
    assert len(pairs) == 3
    assert all(one == other for one, other in pairs)


def test_the_donor_stands_in_the_id() -> None:
    """An edited talk makes another donor, and so another control."""
    first, edited = (of_arm("yoked", kickoff=text)[0] for text in ("Begin.", "Start."))

    assert first.identity["donor"] == first.donor
    assert first.trial_id != edited.trial_id


def test_recorded_seats_say_the_lines_of_the_donor_in_order() -> None:
    """The live role is asked; before the donor was held nobody knows the lines."""
    (yoked,) = of_arm("yoked")
    said = {yoked.donor: [turn(1, "landlord", "One."), turn(2, "tenant", "Two."), turn(3, "landlord", "Three.")]}

    held = yoked.with_donor(said)

    assert [seat.role for seat in held.asked] == ["tenant"]
    assert yoked.talk.procedure.next_step(()) == Speak(role="landlord", line=UNKNOWN_LINE)
    events = [turn(1, "landlord", "One."), turn(2, "tenant", "Mine.")]
    assert held.talk.procedure.next_step(()) == Speak(role="landlord", line="One.")
    assert held.talk.procedure.next_step(events[:1]) == Speak(role="tenant")
    assert held.talk.procedure.next_step(events) == Speak(role="landlord", line="Three.")


@pytest.mark.parametrize("content", [None, "gone"])
def test_a_donor_without_a_further_line_ends_the_control(content: str | None) -> None:
    """Whether it ended, or had nothing to say."""
    (yoked,) = of_arm("yoked")
    donor = [turn(1, "landlord", "One.")] + ([turn(2, "tenant"), turn(3, "landlord", None)] if content is None else [])

    held = yoked.with_donor({yoked.donor: donor})

    assert held.talk.procedure.next_step([turn(1, "landlord", "One."), turn(2, "tenant")]) == End(reason=DONOR_FAILED)


def test_a_recorded_procedure_has_the_length_of_the_talk() -> None:
    """And grows with it."""
    (yoked,) = of_arm("yoked")
    procedure = yoked.talk.procedure

    assert isinstance(procedure, Recorded)
    assert procedure.num_turns == 4
    assert procedure.lengthened(9).num_turns == 9
    assert replace(yoked, donor=None).with_donor({}) == replace(yoked, donor=None)


# -- what cannot be ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"controls": {}}, "controls: is empty"),
        ({"controls": {"yoke": "tenant"}}, "controls: 'yoke' is no kind of control. Did you mean 'yoked'?"),
        (
            {"controls": {"yoked": "tennant"}},
            "controls.yoked: 'tennant' is no role of any scenario. Did you",
        ),
        ({"controls": {"yoked": 3}}, "controls.yoked: expected a text"),
        (
            {"controls": {"shuffled_partner": "tenant"}},
            "controls.shuffled_partner: scenario 'rent' has one iteration and no items",
        ),
        (
            {"controls": {"shuffled_partner": "tenant"}, **ITEMS, "items": {"claim": ["one"]}, "iterations": 9},
            "controls.shuffled_partner: scenario 'rent' has one item: the partner's lines come from a talk on another",
        ),
        (
            {"controls": {"monologue": "tenant"}, "schedule": [{"after": 1, "announce": "News."}]},
            "controls.monologue: scenario 'rent' has a schedule, which counts the turns of the talk",
        ),
    ],
)
def test_a_control_that_cannot_be_is_refused_with_the_reason(words: dict[str, Any], said: str) -> None:
    """Before anything is asked."""
    assert complaint(**words).startswith(said)


def test_a_cell_that_is_left_with_one_item_is_named() -> None:
    """The combination that `where` leaves without another item."""
    said = complaint(
        **ITEMS,
        factors={"temperature": [0, 1]},
        where="temperature == '0' or claim == 'one'",
        controls={"shuffled_partner": "tenant"},
    )

    assert "has one item at temperature '1'" in said


def test_a_scenario_without_the_role_has_no_control() -> None:
    """Its talks are in the arm of the talks."""
    scenarios = {"rent": {"landlord": "a", "tenant": "b"}, "chat": {"host": "c", "guest": "d"}}

    assert arms(plan(scenarios=scenarios, controls={"monologue": "tenant"})) == {"talk": 2, "monologue": 1}
    assert study(scenarios=scenarios, controls={"yoked": "tenant"}).controls == {"yoked": "tenant"}
