"""Hypotheses and exclusions: what may be written, which conversations they compare, and what they make of them."""

from __future__ import annotations

from typing import Any

import pytest
from builders import complaint, plan, study

ARMS: dict[str, Any] = {"factors": {"goal": ["park", "bus"]}, "slots": {"setting": "You want the {goal}."}}
ROLES = {"scenarios": {"rent": {"landlord": "{setting}", "tenant": "You want no raise."}}}


def hypothesis(**words: Any) -> Any:
    """Return the one hypothesis of the small study with a factor ``goal``."""
    return study(**ARMS, **ROLES, hypotheses={"longer": words}).predictions[0]


def refusal(**words: Any) -> str:
    """Return what a hypothesis is refused with."""
    return complaint(**ARMS, **ROLES, hypotheses={"longer": words})


def test_a_hypothesis_sorts_conversations_into_two_groups() -> None:
    """Each group is an expression; who is in neither is not compared."""
    found = hypothesis(outcome="num_turns", higher="goal == 'park'", than="goal == 'bus'")

    assert found.name == "longer"
    assert found.within is None
    assert [found.group({"goal": goal}) for goal in ("park", "bus", "library", None)] == ["first", "second", None, None]


def test_a_conversation_in_both_groups_is_compared_with_nobody() -> None:
    """Groups that overlap would compare a conversation with itself."""
    found = hypothesis(outcome="num_turns", higher="iteration > 1", than="goal == 'bus'")

    assert found.group({"goal": "bus", "iteration": 2}) is None
    assert found.group({"goal": "park", "iteration": 2}) == "first"


def test_an_outcome_is_a_column_as_a_number() -> None:
    """Numbers count as they are, Booleans as 0 and 1, and what is unknown is unknown."""
    found = hypothesis(outcome="num_turns", higher="goal == 'park'", than="goal == 'bus'").outcome

    assert found.claim is None
    assert [found.value({"num_turns": value}) for value in (4, 2.5, True, None, "many")] == [4.0, 2.5, 1.0, None, None]


def test_an_outcome_may_be_a_claim() -> None:
    """Then it is 1 where the claim holds, 0 where it does not, and unknown where its column is."""
    found = hypothesis(outcome="ended_by == 'goodbye'", higher="goal == 'park'", than="goal == 'bus'").outcome

    assert [found.value({"ended_by": word}) for word in ("goodbye", "length", None)] == [1.0, 0.0, None]


def test_a_hypothesis_of_sameness_has_a_margin() -> None:
    """Its two groups stand in a list, and the margin says how far apart still counts as the same."""
    found = hypothesis(outcome="num_turns", same=["goal == 'park'", "goal == 'bus'"], within=2)

    assert found.within == 2.0
    assert found.group({"goal": "bus"}) == "second"


def test_a_dotted_name_may_be_a_variable_of_a_measure() -> None:
    """Measures are computed afterwards, so the study cannot know their names."""
    found = hypothesis(outcome="lexical_diversity.mattr", higher="goal == 'park'", than="goal == 'bus'").outcome

    assert found.claim is None
    assert found.value({"lexical_diversity.mattr": 0.7}) == 0.7


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"outcome": "num_turns"}, "hypotheses.longer: needs an `outcome` with `higher` and `than`"),
        ({"outcome": "num_turns", "higher": "goal == 'bus'"}, "hypotheses.longer: needs an `outcome`"),
        (
            {"outcome": "num_turns", "highr": "x", "than": "y"},
            "hypotheses.longer: 'highr' is no word of a hypothesis. Did you mean 'higher'?",
        ),
        (
            {"outcome": "num_turns", "higher": "gaol == 'bus'", "than": "goal == 'bus'"},
            "hypotheses.longer.higher: \"gaol == 'bus'\" speaks of 'gaol', which nothing here is called. Did you mean",
        ),
        (
            {"outcome": "num_turns", "higher": "goal == 'pork'", "than": "goal == 'bus'"},
            "hypotheses.longer.higher: \"goal == 'pork'\" compares 'goal' with 'pork', which it never is. Did you mean",
        ),
        (
            {"outcome": "num_turns", "higher": "arm == 'talk'", "than": "scenario == 'rent'"},
            "hypotheses.longer.higher: \"arm == 'talk'\" compares 'arm' with 'talk', which it never is. Known:",
        ),
        (
            {"outcome": "blief.change", "higher": "goal == 'park'", "than": "goal == 'bus'"},
            "hypotheses.longer.outcome: 'blief.change' is no column of conversations.",
        ),
        (
            {"outcome": "num_turn", "higher": "goal == 'park'", "than": "goal == 'bus'"},
            "hypotheses.longer.outcome: 'num_turn' is no column of conversations. Did you mean 'num_turns'?",
        ),
        (
            {"outcome": "words", "higher": "goal == 'park'", "than": "goal == 'bus'"},
            (
                "hypotheses.longer.outcome: 'words' is no column of conversations. A number of turns is a variable of "
                "a measure, such as `turn_length.words`."
            ),
        ),
        (
            {"outcome": "num_turns", "same": ["goal == 'bus'"], "within": 1},
            "hypotheses.longer.same: expected a list of",
        ),
        (
            {"outcome": "num_turns", "same": ["goal == 'bus'", "goal == 'park'"], "within": 0},
            "hypotheses.longer.within: expected a number above 0",
        ),
        (
            {"outcome": 3, "higher": "goal == 'park'", "than": "goal == 'bus'"},
            "hypotheses.longer.outcome: expected a t",
        ),
        ({"outcome": "1 +", "higher": "goal == 'park'", "than": "goal == 'bus'"}, "hypotheses.longer.outcome: '1 +'"),
    ],
)
def test_a_hypothesis_that_compares_nothing_is_refused(words: dict[str, Any], said: str) -> None:
    """The message begins with the path and says what is wrong."""
    assert refusal(**words).startswith(said)


def test_exclusions_speak_of_columns() -> None:
    """What is left out is decided by the same language."""
    found = study(exclude="num_turns < 3 or ended_by == 'refusal'").exclusion

    assert found is not None
    assert found.holds({"num_turns": 2, "ended_by": "length"})
    assert not found.holds({"num_turns": 3, "ended_by": None})
    assert study().exclusion is None
    assert complaint(exclude="num_turnz < 3").startswith("exclude: 'num_turnz < 3' speaks of 'num_turnz'")
    assert complaint(exclude="belief.start > 90").startswith("exclude: 'belief.start > 90' speaks of 'belief.start'")
    assert complaint(exclude=["x"]).startswith("exclude: expected a text")


def test_expectations_are_no_part_of_a_conversation() -> None:
    """Writing them down changes no id."""
    written = plan(
        exclude="num_turns < 3",
        hypotheses={"h": {"outcome": "num_turns", "same": ["iteration == 1", "iteration == 2"], "within": 1}},
    )

    assert [trial.trial_id for trial in written] == [trial.trial_id for trial in plan()]
