"""The numbers behind figures: means over conversations, intervals of the statistics, differences of matched pairs."""

from __future__ import annotations

from math import isnan

import numpy as np
import pandas as pd
import pytest
from frames import believing, frames, round_robin, talk

from colloquia.analysis.figures.comparison import comparison, paired_differences
from colloquia.analysis.figures.contrasts import contrasts
from colloquia.analysis.figures.distribution import POINTS, distribution
from colloquia.analysis.figures.following import _points
from colloquia.analysis.figures.heatmap import heatmap
from colloquia.analysis.figures.influences import influences
from colloquia.analysis.figures.intervals import means
from colloquia.analysis.figures.relation import relation
from colloquia.analysis.figures.shares import shares
from colloquia.analysis.figures.stances import stances
from colloquia.analysis.figures.trajectory import trajectory
from colloquia.analysis.figures.until import until
from colloquia.analysis.statistics.statistics import statistics
from colloquia.errors import DesignError


def test_an_interval_is_students() -> None:
    """Of 1, 2, 3, 4: mean 2.5, standard error 0.6455, 3.182 standard errors wide (t of 3 degrees of freedom)."""
    found = means(pd.DataFrame({"group": "a", "value": [1.0, 2.0, 3.0, 4.0]}), ["group"]).iloc[0]

    assert found["mean"] == 2.5
    assert found["low"] == pytest.approx(2.5 - 3.18245 * 0.645497, abs=1e-4)
    assert found["high"] == pytest.approx(2.5 + 3.18245 * 0.645497, abs=1e-4)


def test_an_interval_is_that_of_the_statistics() -> None:
    """The same numbers as ``colloquia.statistics`` gives, by the bootstrap, and the caption says so."""
    made = frames(*(talk(number, ["a " * (1 + number * number % 17)], iteration=number) for number in range(1, 25)))

    figure, found = comparison(made, "words"), statistics(made, "words").means("scenario")[0]

    row = figure.table.iloc[0]
    assert (row["mean"], row["low"], row["high"]) == pytest.approx((found.estimate, found.low, found.high))
    assert "percentile-t bootstrap of conversations" in figure.caption


def test_few_conversations_have_another_interval_and_the_caption_says_which() -> None:
    """Student's, below ten; three are the fewest that have one."""
    few = frames(*(talk(number, ["a " * number], iteration=number) for number in range(1, 5)))

    assert "Intervals (95 %): t, Welch-Satterthwaite" in comparison(few, "words").caption
    assert "Intervals" not in comparison(frames(talk(1, ["a"])), "words").caption


def test_two_conversations_have_no_interval() -> None:
    """A mean they have."""
    found = means(pd.DataFrame({"group": "a", "value": [1.0, 2.0]}), ["group"]).iloc[0]

    assert found["mean"] == 1.5
    assert isnan(found["low"])
    assert isnan(found["high"])


def test_repeated_turns_do_not_narrow_an_interval() -> None:
    """Ten times as many turns with the same means leave it as it is: conversations are counted."""
    short = frames(*(talk(number, ["a " * number], iteration=number) for number in range(1, 6)))
    long = frames(*(talk(number, ["a " * number] * 10, iteration=number) for number in range(1, 6)))

    assert comparison(short, "words").table.equals(comparison(long, "words").table)


def test_a_cell_of_the_heatmap_is_the_mean_of_its_conversations() -> None:
    """Rows are first seats, columns second seats; the turns of one seat can be looked at alone."""
    made = frames(
        talk(1, ["a", "b b b"]), talk(2, ["a a a", "b b b"], iteration=2), talk(3, ["a", "b"], models=("claude", "gpt"))
    )

    both, first = heatmap(made).table, heatmap(made, whose="first").table

    cells, means = both.iloc[:2], both.iloc[2:]
    assert cells[["model_1", "model_2", "conversations", "mean"]].to_numpy().tolist() == [
        ["claude", "gpt", 1, 1.0],
        ["gpt", "claude", 2, 2.5],
    ]
    assert first["mean"].tolist()[:2] == [1.0, 2.0]
    assert sorted(means["mean"]) == [1.0, 1.0, 2.5, 2.5]


def test_control_arms_stand_in_no_cell_of_the_heatmap() -> None:
    """Who thinks alone has no partner, and a recorded one does not answer: only talks are who talks with whom."""
    arms = ["talk", "talk", "self_reflection", "shuffled_partner"]
    talks = [talk(number, ["one two", "three"], about={"arm": arm}) for number, arm in enumerate(arms)]
    talks[2][1].update(model_2=None, role_2=None)

    table = heatmap(frames(*talks), "words").table

    assert table["conversations"].tolist() == [2]


def test_rows_and_columns_are_called_by_role_where_all_scenarios_share_it() -> None:
    """And by seat where they do not, or one prompt serves both seats."""
    named, unnamed = heatmap(round_robin()), heatmap(round_robin(roles=("A", "B")))

    titles = [
        [layer["encoding"][axis]["title"] for axis in ("y", "x")]
        for layer in (figure.chart.to_dict()["layer"][0] for figure in (named, unnamed))
    ]
    assert titles == [["landlord", "tenant"], ["First seat", "Second seat"]]


def test_a_difference_that_rounds_to_nothing_has_no_sign() -> None:
    """Neither plus nor minus nothing."""
    assert [_points(share) for share in (0.004, -0.004, 0.016, -0.25)] == ["0", "0", "+2", "-25"]


def test_differences_are_those_of_matched_pairs() -> None:
    """Same seats and iteration; what has no partner is left out."""
    made = frames(
        *(talk(n, ["a " * (n + 2)], iteration=n) for n in range(1, 5)),
        *(talk(n + 10, ["a " * n], iteration=n, scenario="debate") for n in range(1, 5)),
        talk(20, ["a " * 50], iteration=9),
    )

    found = paired_differences(made, "words").iloc[0]

    assert (found["first"], found["second"], found["pairs"], found["difference"]) == ("debate", "rent", 4, -2.0)


def test_pairs_are_matched_by_the_design_and_never_by_an_outcome() -> None:
    """A factor and who sits where must be the same; what a probe or a judge found, and how it ended, need not."""
    made = frames(
        *(
            talk(
                10 * n + place, ["a " * (n + place)], iteration=n, about={"tone": tone, "claim": claim, "trust.end": n}
            )
            for n in range(1, 5)
            for place, (tone, claim) in enumerate((("cold", "x"), ("warm", "x"), ("warm", "y")))
        )
    )
    rows = made.conversations
    rows["trust.end"] = rows["trust.end"] + rows["tone"].eq("warm") * 0.5
    rows["success"] = rows["tone"].map({"cold": "no", "warm": "yes"}).astype("category")

    found = paired_differences(made, "words", by="tone")

    assert found[["first", "second", "pairs", "difference"]].to_numpy().tolist() == [["cold", "warm", 4, -1.0]]


def test_a_conversation_of_one_seat_is_matched_with_its_like() -> None:
    """Its empty seat is as good as a name."""
    made = frames(
        *(
            talk(
                10 * n + place, ["a " * (n + place)], iteration=n, about={"tone": tone, "model_2": None, "role_2": None}
            )
            for n in range(1, 5)
            for place, tone in enumerate(("cold", "warm"))
        )
    )

    assert paired_differences(made, "words", by="tone")["pairs"].tolist() == [4]


def test_without_pairs_there_are_no_differences() -> None:
    """One scenario has nothing to differ from."""
    assert paired_differences(frames(talk(1, ["a"])), "words").empty


def test_groups_and_splits_that_are_not_there_are_named() -> None:
    """With the nearest word."""
    with pytest.raises(DesignError, match="'scenario'"):
        comparison(round_robin(), by="scenarios")
    with pytest.raises(DesignError, match="speaker_model"):
        trajectory(round_robin(), split="model")


def test_a_trajectory_has_a_mean_at_each_turn() -> None:
    """And says how many conversations have that turn."""
    made = frames(talk(1, ["a", "a a"]), talk(2, ["a a a"], iteration=2))

    table = trajectory(made).table

    assert table[["turn_id", "conversations", "mean"]].to_numpy().tolist() == [[1, 2, 2.0], [2, 1, 2.0]]


def test_a_stance_goes_from_the_first_readable_answer_to_the_last() -> None:
    """Both seats of a conversation, told apart by role; seats with one answer are left out; probes are named."""
    made = believing(frames(talk(1, ["a", "b"]), talk(2, ["c", "d"])))
    made.probes.loc[0, "answer"] = "no idea"

    table = stances(made, "belief").table

    rows = table[["speaker_role", "end", "conversations", "mean"]].to_numpy().tolist()
    assert rows == [
        ["landlord", "first answer", 1, 44.0], ["landlord", "last answer", 1, 58.0],
        ["tenant", "first answer", 2, 44.0], ["tenant", "last answer", 2, 58.0],
    ]  # fmt: skip
    with pytest.raises(DesignError, match="Did you mean 'belief'"):
        stances(made, "beleif")
    with pytest.raises(DesignError, match="cannot be told apart by 'tone'"):
        stances(made, "belief", by="tone")


def test_curves_begin_with_everybody_and_end_with_who_is_left() -> None:
    """Two of three refused, at turns 1 and 2; the third never."""
    made = frames(*(talk(number, ["a", "b", "c"], iteration=number) for number in range(1, 4)))
    turns = made.turns
    turns.loc[(turns["experiment_id"] == "talk-1") & (turns["turn_id"] == 1), "is_refusal"] = True
    turns.loc[(turns["experiment_id"] == "talk-2") & (turns["turn_id"] == 2), "is_refusal"] = True

    table = until(made, "refusals").table

    assert table[["time", "at_risk", "events", "censored"]].to_numpy().tolist() == [
        [0.0, 3.0, 0.0, 0.0], [1.0, 3.0, 1.0, 0.0], [2.0, 2.0, 1.0, 0.0], [3.0, 1.0, 0.0, 1.0],
    ]  # fmt: skip
    assert table["share"].tolist() == pytest.approx([1, 2 / 3, 1 / 3, 1 / 3])


def test_too_little_for_a_question_is_said_in_the_caption() -> None:
    """Nothing is drawn, and why is told; a column that is not there is an error all the same."""
    few = round_robin(("gpt", "claude"))

    assert "needs 4 models or more; here are 2" in shares(few).caption
    assert "influence needs 10 of each seat" in influences(few).caption
    with pytest.raises(DesignError, match="no column 'tone'"):
        contrasts(few, by="tone")


def test_an_arrow_is_drawn_only_where_the_interval_excludes_none() -> None:
    """A second speaker who says half of what it just heard follows; the first, who does as it likes, does not."""
    chance = np.random.default_rng(1)
    talks = []
    for number in range(24):
        said = []
        for place in range(40):
            length = chance.integers(20, 60) if place % 2 == 0 else len(said[-1].split()) // 2 + chance.integers(1, 9)
            said.append("word " * int(length))
        talks.append(talk(number, said, iteration=number + 1))

    table = influences(frames(*talks)).table.set_index(["of", "on"])

    assert table.loc[("gpt", "claude"), "influence"] == pytest.approx(0.5, abs=0.05)
    assert table["is_drawn"].to_dict() == {("claude", "gpt"): False, ("gpt", "claude"): True}


def test_retries_can_be_left_out_of_a_distribution() -> None:
    """A turn that was asked for twice is not counted then."""
    made = frames(talk(1, ["a"], latency_ms=1000.0), talk(2, ["a"], latency_ms=9000.0, attempts=2))

    assert distribution(made).table["turns"].tolist() == [2]
    assert distribution(made, first_tries_only=True).table["max"].tolist() == [1.0]


def test_a_distribution_draws_the_share_at_or_below_each_value() -> None:
    """Of 1, 2, 2 and 5 seconds a quarter is at or below the least, three quarters at or below 2; none lies below 1."""
    made = frames(*(talk(n, ["a"], latency_ms=1000.0 * value) for n, value in enumerate((2, 1, 5, 2))))

    drawn = pd.DataFrame(next(iter(distribution(made).chart.to_dict()["datasets"].values())))

    assert drawn[["value", "share"]].to_numpy().tolist() == [[1, 0], [1, 0.25], [2, 0.75], [5, 1]]


def test_a_distribution_of_many_values_is_thinned_and_its_shares_stay_right() -> None:
    """The least and the greatest value are among what is drawn, and every share is that of all turns."""
    rows = [talk(n, ["a"], latency_ms=float(1000 + n * n)) for n in range(1000)]

    drawn = pd.DataFrame(next(iter(distribution(frames(*rows)).chart.to_dict()["datasets"].values())))

    seconds = np.array([1 + n * n / 1000 for n in range(1000)])
    true = [(seconds <= value + 1e-9).mean() for value in drawn["value"]]
    assert len(drawn) <= POINTS + 1
    assert drawn["share"].tolist() == pytest.approx([0.0, *true[1:]])
    assert (drawn["value"].min(), drawn["value"].max()) == pytest.approx((seconds[0], seconds[-1]))
    assert drawn["share"].diff().max() <= 2 / POINTS


def test_no_turn_is_lost_in_bins() -> None:
    """The bins of many turns count all of them."""
    many = round_robin(iterations=10, num_turns=10)

    assert relation(many).table["turns"].sum() == len(many.turns)


def test_a_trajectory_is_of_talks_and_not_of_control_arms() -> None:
    """In these nobody is answered; the caption says that they are left out."""
    talks = [talk(number, ["word " * 4] * 2, about={"arm": "talk"}) for number in range(3)]
    alone = [talk(10 + number, ["word " * 90] * 2, about={"arm": "monologue"}) for number in range(3)]

    drawn = trajectory(frames(*talks, *alone))

    assert set(drawn.table["mean"]) == {4.0}
    assert "Control arms are left out." in drawn.caption
    assert "Control arms" not in trajectory(frames(*talks)).caption


def test_a_trajectory_is_one_chart_that_says_how_many_conversations_have_each_turn() -> None:
    """Two charts above each other cannot be as wide as their place on a page, and would stand outside of it."""
    drawn = trajectory(round_robin(num_turns=4)).chart.to_dict()

    axis = drawn["layer"][0]["encoding"]["x"]["axis"]
    assert drawn["width"] == "container"
    assert axis["values"] == [1, 2, 3, 4]
    assert "'n = ' +" in axis["labelExpr"]


def test_a_long_trajectory_names_some_of_its_turns() -> None:
    """However long conversations are, about twenty turns are named along the chart."""
    drawn = trajectory(round_robin(("a",), iterations=1, num_turns=200)).chart.to_dict()

    assert len(drawn["layer"][0]["encoding"]["x"]["axis"]["values"]) == 20
