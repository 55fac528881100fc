"""The one door to the statistics: what it can be asked of, what it answers, and that turns are no unit of it."""

from __future__ import annotations

import doctest
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from frames import frames, round_robin, talk
from measurable import write_run

import colloquia
from colloquia.analysis.statistics import statistics as room
from colloquia.analysis.statistics.statistics import labels, statistics
from colloquia.errors import DesignError

if TYPE_CHECKING:
    from pathlib import Path

    from colloquia.analysis.tables import Frames
    from colloquia.design.trials import Trial


def said(trial: Trial) -> list[str]:
    """Return four lines; in the warm tone three words longer each, and longer by one from talk to talk."""
    own = 5 + 2 * (trial.iteration % 3) + 3 * (trial.factors["tone"] == "warm")
    return ["word " * own] * 4


def toned(count: int = 12, *, gap: int = 3, **every_turn: Any) -> Frames:
    """Return dyads of two tones, as many of each, the warm ones longer by ``gap`` words a turn."""
    return frames(
        *(
            talk(
                number,
                [f"word{number} " * (4 + number % 3 + gap * (number % 2)), f"word{number} " * (6 + number % 3)] * 2,
                iteration=1 + number // 2,
                about={"tone": ("plain", "warm")[number % 2], "is_planned": True},
                **every_turn,
            )
            for number in range(2 * count)
        )
    )


def test_the_example_of_its_docstring_is_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a run folder ``data`` with two models, two tones and six iterations."""
    factors = {"tone": {"warm": "kind", "plain": "plain"}}
    scenarios = {"rent": {"landlord": "Raise the rent. Be {tone}.", "tenant": "Do not."}}
    write_run(tmp_path / "data", said, factors=factors, scenarios=scenarios, iterations=6)
    monkeypatch.chdir(tmp_path)

    found = doctest.testmod(room)

    assert found.attempted >= 8
    assert found.failed == 0


def test_it_is_among_the_public_names() -> None:
    """Beside ``load``, whose frames it takes."""
    assert colloquia.statistics is statistics


def test_asking_for_turns_is_an_error_that_explains_itself() -> None:
    """Turns instead of frames; a factor that tells turns apart."""
    made, why = toned(), "The unit of a test is the conversation, not the turn: .* 42 %"

    with pytest.raises(DesignError, match=why):
        statistics(made.turns, "words")  # type: ignore[arg-type]
    with pytest.raises(DesignError, match=why):
        statistics(made, "words").contrast("turn_id", 1, 2)


def test_a_quantity_of_turns_is_one_number_a_conversation() -> None:
    """The mean over its turns; of a seat, over the turns of that seat."""
    made = frames(talk(1, ["a", "b b b", "a", "b b b", "a a a a"]))

    found = statistics(made, "words")

    assert found.conversations.rows["value"].tolist() == [2.4]
    assert found.seats.rows[["speaker_role", "value"]].to_numpy().tolist() == [["landlord", 2.0], ["tenant", 3.0]]
    assert found.seats.rows["partner_model"].tolist() == ["claude", "gpt"]


def test_a_contrast_is_between_conversations_and_says_so() -> None:
    """In a sentence with number, interval, count and method."""
    found = statistics(toned(), "words").contrast("tone", "warm", "plain")

    assert found.estimate == pytest.approx(1.5)
    assert found.conversations == 24
    assert found.low < 1.5 < found.high
    assert found.sentence.startswith("tone: warm - plain: 1.5 (95 % interval ")
    assert "24 conversations; percentile-t bootstrap of conversations within cell" in str(found)


def test_factors_of_seats_are_compared_over_seats() -> None:
    """Roles within each conversation, by exchange of its seats; models, of which each talk holds both."""
    words = statistics(toned(gap=0), "words")

    role = words.contrast("speaker_role", "tenant", "landlord")
    model = words.contrast("speaker_model", "claude", "gpt")

    assert role.estimate == model.estimate == pytest.approx(2.0)
    assert "exchange of the seats" in role.method


def test_models_of_a_round_robin_can_be_compared_though_each_also_meets_itself() -> None:
    """Some conversations then hold both models and some one: the p value is that of t."""
    found = statistics(round_robin(), "words").contrast("speaker_model", "gpt", "llama")

    assert found.estimate == pytest.approx(0.0, abs=1e-9)
    assert "some conversations hold both levels" in found.method


def test_all_contrasts_of_a_factor_are_one_family() -> None:
    """Three levels, three contrasts, p by Holm; a factor of one level has none."""
    made = frames(
        *(
            talk(number, ["word " * (1 + number % 3 * 4 + number % 5) + str(number)], scenario="abc"[number % 3])
            for number in range(36)
        )
    )
    found = statistics(made, "words").contrasts("scenario")

    assert [each.name for each in found.estimates] == ["scenario: a - b", "scenario: a - c", "scenario: b - c"]
    assert found.frame["p_holm"].tolist() == [max(p, 0.0) for p in found.adjusted]
    assert all(held >= each.p_value for held, each in zip(found.adjusted, found.estimates, strict=True))
    assert "Of 3 contrasts" in found.sentence
    with pytest.raises(DesignError, match="1 level"):
        statistics(frames(talk(1, ["a"]), talk(2, ["b"])), "words").contrasts("scenario")


def test_a_claim_about_conversations_is_a_rate() -> None:
    """Wilson's interval, Newcombe's for the difference."""
    made = toned()
    made.conversations.loc[made.conversations["tone"] == "warm", "ended_by"] = "deal"
    deals = statistics(made, "ended_by == 'deal'")

    assert deals.mean().estimate == 0.5
    assert "Wilson" in deals.mean().method
    assert deals.contrast("tone", "warm", "plain").estimate == 1.0
    assert "Newcombe" in deals.contrast("tone", "warm", "plain").method
    with pytest.raises(DesignError, match="whole conversations"):
        _ = deals.seats


def measured(made: Frames, *rows: tuple[str, str, str | None, float]) -> Frames:
    """Return the frames with values of measures: variable, conversation, seat, number."""
    found = pd.DataFrame({
        "experiment_id": [row[1] for row in rows], "measure": "tone_of", "variable": [row[0] for row in rows],
        "unit": ["conversation" if row[2] is None else "seat" for row in rows],
        "speaker_role": [row[2] for row in rows], "value": [row[3] for row in rows], "version": 1, "params": "{}",
        "embedding": None, "turn_id": None,
    })  # fmt: skip
    return replace(made, measures=found)


def test_a_variable_of_a_measure_is_asked_for_by_its_name() -> None:
    """Alone or with its measure; one of seats is the mean of both, one of conversations is as it is."""
    made = measured(
        frames(talk(1, ["a", "b"]), talk(2, ["c", "d"])),
        ("warmth", "talk-1", "landlord", 1.0), ("warmth", "talk-1", "tenant", 3.0), ("pace", "talk-2", None, 7.0),
    )  # fmt: skip

    warmth, pace = statistics(made, "tone_of.warmth"), statistics(made, "pace")

    assert warmth.conversations.rows["value"].fillna(-1.0).tolist() == [2.0, -1.0]
    assert pace.conversations.rows["value"].fillna(-1.0).tolist() == [-1.0, 7.0]
    assert any("lost" in warning for warning in warmth.conversations.warnings)


def test_a_variable_measured_in_two_ways_is_not_mixed() -> None:
    """Two versions stand beside each other; one of them is chosen."""
    made = measured(frames(talk(1, ["a", "b"])), ("pace", "talk-1", None, 7.0), ("pace", "talk-1", None, 9.0))
    made.measures["version"] = [1, 2]

    with pytest.raises(DesignError, match="several ways"):
        statistics(made, "pace")


def test_an_unknown_outcome_is_answered_with_the_nearest() -> None:
    """And with all there are."""
    with pytest.raises(DesignError, match=r"No quantity 'wrods'\. Did you mean 'words'\?"):
        statistics(toned(), "wrods")


def test_failed_conversations_are_lost_and_unfinished_ones_left_out() -> None:
    """Both are said."""
    made = toned()
    made.conversations.loc[0:3, "is_failed"] = True
    made.conversations.loc[0:3, "is_complete"] = False
    made.conversations.loc[4:5, "is_complete"] = False
    words = statistics(made, "words")

    assert (len(words.conversations.rows), words.conversations.count) == (22, 18)
    assert any("2 conversations have not ended" in warning for warning in words.mean().warnings)
    assert any("18% of the values are lost" in warning for warning in words.mean().warnings)
    held = words.bounds("tone", "warm", "plain", value_range=(0.0, 40.0))
    assert held.lowest.estimate < held.observed.estimate < held.highest.estimate
    assert "the lost (18.2 %) at either end" in held.sentence


def test_nothing_ended_is_nothing_to_estimate_from() -> None:
    """No exception deeper down."""
    made = toned()
    made.conversations["is_complete"] = False

    with pytest.raises(DesignError, match="No conversation has ended yet"):
        statistics(made, "words")


def test_what_no_live_model_said_is_said_with_every_answer() -> None:
    """In the warnings and so in the sentence."""
    assert "SCRIPTED turns are among them" in statistics(toned(source="scripted"), "words").mean().sentence


def test_a_cell_of_nothing_but_repetitions_is_told_and_counts_once_where_asked() -> None:
    """Temperature 0 makes no second observation."""
    same = [talk(number, ["a b", "c"], iteration=number) for number in range(1, 5)]
    made = frames(*same, talk(9, ["d", "e"], scenario="debate"))

    told, once = statistics(made, "words").mean(), statistics(made, "words", distinct=True).mean()

    assert told.conversations == 5
    assert "3 of 5 conversations stand in cells in which all are word for word the same" in told.sentence
    assert once.conversations == 2
    assert "5 conversations, 2 of them distinct" in once.sentence


def test_equal_games_of_chance_are_as_many_observations() -> None:
    """Nine of ten give way: to count equal talks once would make it one of two."""
    made = frames(*(talk(number, ["Six?", "No." if number == 1 else "Yes, it is"]) for number in range(1, 11)))

    found = statistics(made, "words", distinct=True).means("speaker_role")

    assert [(each.estimate, each.conversations) for each in found] == [(1.0, 10), (pytest.approx(2.8), 10)]


def test_pairs_share_seats_iteration_and_all_other_factors() -> None:
    """Six pairs of tones; a shared seed is no reason and is never asked for."""
    made = toned()

    found = statistics(made, "words").paired("tone", "warm", "plain")

    assert found.conversations == 24
    assert found.method.startswith("12 pairs (the same item, seating and iteration)")


def test_no_difference_is_said_only_as_equivalence() -> None:
    """With a bound that was set."""
    words = statistics(toned(gap=0), "words")

    assert "lies within 2 either way" in words.equivalence("tone", "warm", "plain", bound=2).sentence
    assert "is not shown to lie within 0.01" in words.equivalence("tone", "warm", "plain", bound=0.01).sentence


def test_effect_sizes_and_power_take_the_same_words() -> None:
    """A factor and two levels."""
    words = statistics(toned(), "words")

    assert words.hedges_g("tone", "warm", "plain").estimate > 0.8
    assert words.cliffs_delta("tone", "warm", "plain").estimate > 0.5
    assert words.power("tone", "warm", "plain", effect=1.5, sizes=[10]).frame["power"].item() > 0.5


def test_a_round_robin_comes_from_the_frames_as_they_are() -> None:
    """By role, since roles have names; fewer than four models are refused."""
    four = round_robin(("gpt", "claude", "llama", "qwen"))

    found = statistics(four, "words").round_robin()

    assert set(found) == {"landlord", "tenant"}
    assert "social relations model of 4 models" in found["tenant"].sentence
    with pytest.raises(DesignError, match="4 models or more"):
        statistics(round_robin(), "words").round_robin()


def echoing(count: int, turns: int) -> Frames:
    """Return dyads in which each turn is as long as half the one before it, and luck."""
    chance = np.random.default_rng(1)
    talks = []
    for number in range(count):
        lengths = [20]
        for _ in range(turns - 1):
            lengths.append(int(10 + lengths[-1] / 2 + chance.integers(0, 9)))
        talks.append(talk(number, ["word " * length for length in lengths], iteration=number + 1))
    return frames(*talks)


def test_influence_over_turns_is_one_slope_a_conversation() -> None:
    """Half of what the other said last; neither seat follows more than the other."""
    words = statistics(echoing(40, 40), "words")

    assert words.influence().conversations == 40
    assert words.influence().low < 0.5 < words.influence().high
    assert not words.asymmetry("landlord", "tenant").excludes_zero
    assert set(words.follows().rows["partner_model"]) == {"gpt", "claude"}
    with pytest.raises(DesignError, match="no number of turns"):
        statistics(echoing(2, 20), "num_turns").influence()


def test_seats_that_share_a_length_are_more_alike_than_strangers() -> None:
    """Both seats of a talk say as many words, from talk to talk a different number."""
    made = frames(*(talk(number, ["word " * (number + 1)] * 2, iteration=number) for number in range(1, 13)))

    found = statistics(made, "words").repaired()

    assert found.estimate > 0
    assert found.p_value < 0.01


def test_turns_until_something_are_censored_where_it_never_came() -> None:
    """First refused turn; a talk without one ended at its length."""
    made = toned(4)
    made.turns.loc[(made.turns["turn_id"] == 3) & (made.turns["iteration"] == 1), "is_refusal"] = True
    refused = statistics(made, "refusals")

    until = refused.until().rows

    assert until[["value", "happened"]].to_numpy().tolist()[:3] == [[3.0, True], [3.0, True], [4.0, False]]
    assert refused.curve().events == 2
    assert refused.log_rank("tone").df == 1
    assert "it happened in 2 of 8 conversations" in refused.curve().sentence


def test_what_follows_what_is_read_from_a_column_of_labels() -> None:
    """Moves after moves; a column that is not there is named."""
    made = toned()
    made.turns["move"] = ["J", "F", "J", "F"] * 24

    found = labels(made, "move")

    assert found.frame.set_index(["given", "target"]).loc[("J", "F"), "share"] == 1.0
    with pytest.raises(DesignError, match="'move'"):
        labels(made, "moves")


def controlled() -> Frames:
    """Return a round robin of four models, and a control arm in which each hears lines that were said to another."""
    models = ("gpt", "claude", "llama", "qwen")
    pairs = [(first, second) for first in models for second in models]
    made = [
        talk(
            number,
            ["word " * (100 if arm == "shuffled_partner" else 4 + number % 3), f"word{number} " * 5],
            models=pair,
            iteration=iteration,
            about={"arm": arm},
        )
        for number, (arm, pair, iteration) in enumerate(
            (arm, pair, iteration) for arm in ("talk", "shuffled_partner") for pair in pairs for iteration in (1, 2, 3)
        )
    ]
    alone = talk(
        99, ["word " * 500], models=("gpt", "claude"), about={"arm": "monologue", "role_2": None, "model_2": None}
    )
    return frames(*made, alone)


def test_control_arms_are_no_part_of_a_round_robin() -> None:
    """In them nobody is answered, so they have no pairs; neither have they partners to resemble or to follow."""
    of = statistics(controlled(), "words")

    found = of.round_robin()

    assert {role: each.mean.conversations for role, each in found.items()} == {"landlord": 36, "tenant": 36}
    assert found["landlord"].mean.estimate < 10
    assert of.repaired().conversations == 48
    assert of.mean().conversations == 97


def test_a_fork_beside_its_parent_is_no_conversation_of_its_own() -> None:
    """It shares turns with it: it is left out, which is said, unless forks are all there is."""
    parents = [talk(number, ["word " * 5] * 2, about={"fork": None}) for number in range(4)]
    forks = [talk(10 + number, ["word " * 50] * 2, about={"fork": "unchanged"}) for number in range(6)]

    found = statistics(frames(*parents, *forks), "words").mean()

    assert (found.conversations, found.estimate) == (4, 5.0)
    assert any("6 forks share turns" in warning for warning in found.warnings)
    assert statistics(frames(*forks), "words").mean().conversations == 6
