"""Drift, convergence, style matching and coordination: how alike turns and speakers are."""

from __future__ import annotations

from dataclasses import replace

import pytest
from talks import of, talk, values

from colloquia.analysis.measures.convergence import drawn
from colloquia.analysis.measures.coordination import coordinated
from colloquia.analysis.measures.style_matching import matching
from colloquia.analysis.measuring.embedding import GivenVectors, TfIdf
from colloquia.analysis.measuring.registry import built_in
from colloquia.analysis.measuring.transcript import Seat, Texts, Transcript, dyad

TOLERANCE = 5e-4
PLANE = GivenVectors({"east": (1.0, 0.0), "north-east": (1.0, 1.0), "north": (0.0, 1.0), "west": (-1.0, 0.0)})


def placed(*texts: str | None, **known: object) -> Transcript:
    """Return a conversation of two whose texts are directions."""
    return replace(dyad(*texts), **{"embedding": PLANE, **known})  # type: ignore[arg-type]


def test_drift_is_the_distance_from_the_prompt_and_from_turn_one() -> None:
    """1 - cosine: 0 for the same direction, 2 for the opposite one."""
    seats = (Seat(role="A", prompt="east"), Seat(role="B", prompt="west"))
    talked = placed("east", "west", "north", "west", seats=seats)

    assert of("semantic_drift", "from_task", talked, "A", 3) == pytest.approx(1.0)
    assert of("semantic_drift", "from_task", talked, "B") == pytest.approx(0.0)
    assert of("semantic_drift", "from_start", talked, "B") == pytest.approx(2.0)


def test_turn_one_has_no_distance_from_itself() -> None:
    """It would be 0 and pull the speaker's mean down."""
    found = values("semantic_drift", placed("east", "north", "north"))

    assert ("from_start", "A", 1) not in found
    assert found["from_start", "A", None].value == pytest.approx(1.0)


def test_a_text_the_embedding_does_not_know_is_left_out_of_the_slope() -> None:
    """With its reason at the turn."""
    talked = placed("east", "?", "north-east", "?", "north", "?", "west")

    assert of("semantic_drift", "from_start", talked, "B", 2) == "a text without a word"
    assert of("semantic_drift", "from_start_slope", talked, "A") == pytest.approx((2.0 - (1 - 0.5**0.5)) / 4)


def cell(*others: tuple[str, ...]) -> tuple[Texts, ...]:
    """Return other conversations of the same cell."""
    return tuple(dyad(*texts).texts for texts in others)


def test_convergence_is_what_goes_beyond_re_paired_partners() -> None:
    """Topic alone gives the baseline: where all partners say the same, nothing is left."""
    same = placed("east", "north-east", earlier=cell(("east", "west"), ("east", "north")))
    own = placed("east", "east", earlier=cell(("north", "west"), ("north", "north")))

    assert of("convergence", "convergence", same, "B") == pytest.approx(0.0)
    assert of("convergence", "similarity", same, "B") == pytest.approx(0.5**0.5)
    assert of("convergence", "convergence", own, "B") == pytest.approx(1.0)


def test_partners_are_taken_at_the_same_turn_and_from_the_same_seat() -> None:
    """Others that ended before it do not count."""
    talked = placed("east", "north", "east", earlier=cell(("north",), ("west", "east")))

    assert of("convergence", "convergence", talked, "A", 3) == pytest.approx(0.0 - 1.0)


def test_without_another_conversation_of_the_cell_there_is_no_baseline() -> None:
    """The raw cosine stands, and the difference says why it is missing."""
    talked = placed("east", "east")

    assert of("convergence", "similarity", talked, "B") == pytest.approx(1.0)
    assert of("convergence", "convergence", talked, "B") == "no other conversation of the cell has that turn"


def test_at_most_twenty_partners_are_drawn_and_the_draw_does_not_depend_on_order() -> None:
    """By the texts, so that a new iteration re-deals nothing among the others."""
    others = tuple(Texts(turns=((1, "A", f"text {number}"),)) for number in range(30))
    talked = placed("east", earlier=others[:10], later=others[10:])
    turned = placed("east", earlier=others[:5], later=tuple(reversed(others[5:])))

    assert len(drawn(talked, draws=20, seed=1)) == 20
    assert drawn(talked, draws=20, seed=1) == drawn(turned, draws=20, seed=1)
    assert drawn(talked, draws=20, seed=1) != drawn(talked, draws=20, seed=2)
    assert len(drawn(talked, draws=50, seed=1)) == 30


def test_talks_that_share_only_their_topic_do_not_converge() -> None:
    """A recovery in small: who echoes the partner goes beyond the baseline, who only keeps to the topic does not."""
    topics = ["rent roof", "rent door", "rent lawn", "rent lamp", "rent bath", "rent yard"]
    echo = [dyad(topic, topic) for topic in topics]
    plain = [dyad(topic, f"rent {number}") for number, topic in enumerate(topics)]

    means = []
    for group in (echo, plain):
        fitted = TfIdf(turn.text or "" for one in group for turn in one.turns)
        each = [
            replace(one, earlier=tuple(other.texts for other in group if other is not one), embedding=fitted)
            for one in group
        ]
        found = [of("convergence", "convergence", one, "B") for one in each]
        means.append(sum(value for value in found if isinstance(value, float)) / len(found))

    assert means[0] > 0.5
    assert means[1] == pytest.approx(0.0, abs=0.05)


def test_equal_rates_match_fully_and_one_sided_classes_not_at_all() -> None:
    """A class that neither uses is left out."""
    assert matching({"articles": 5.0}, {"articles": 5.0}) == pytest.approx(1.0)
    assert matching({"articles": 5.0}, {}) == pytest.approx(0.0, abs=TOLERANCE)
    assert matching({"articles": 5.0, "negations": 2.0}, {"articles": 5.0}) == pytest.approx(0.5, abs=TOLERANCE)
    assert matching({}, {}) is None


def test_style_needs_fifty_words_of_two_seats() -> None:
    """Of a group those who say enough are matched with each other."""
    long = "I think that we should not pay for the old roof " * 6
    meeting = talk(f"a: {long}", f"b: {long}", "c: No.")

    assert of("style_matching", "lsm", meeting, "a") == pytest.approx(1.0)
    assert of("style_matching", "lsm", meeting, "c") == "fewer than two seats with 50 words"
    assert of("style_matching", "lsm_all", dyad(long, "No.")) == "fewer than two seats with 50 words"


def test_a_speaker_who_mirrors_style_matches_better_than_one_who_does_not() -> None:
    """Turn by turn."""
    mirror = dyad("I really think you are right", "I really hope you are glad")
    other = dyad("I really think you are right", "Rent rises. Roofs leak. Boats sink.")

    mirrored, plain = (of("style_matching", "rlsm", said, "B") for said in (mirror, other))

    assert mirrored == pytest.approx(1.0, abs=0.01)
    assert plain == pytest.approx(0.0, abs=TOLERANCE)


LONGER = (
    "article ppron", "article", "preps", "preps ppron", "article conj", "conj", "quant ppron", "quant", "conj", "",
)  # fmt: skip
_OURS = {
    "article": "articles",
    "ppron": "personal pronouns",
    "preps": "prepositions",
    "conj": "conjunctions",
    "quant": "quantifiers",
}


@pytest.mark.parametrize(("first", "expected"), [(0, 0.4), (1, -0.3)], ids=["B to A", "A to B"])
def test_coordination_equals_convokit(first: int, expected: float) -> None:
    """Version 5.0.0 on the same markers: benchmarks/references/coordination.py."""
    markers = [frozenset(_OURS[name] for name in said.split()) for said in LONGER]
    exchanges = [(markers[place], markers[place + 1]) for place in range(first, len(markers) - 1, 2)]

    assert coordinated(exchanges) == pytest.approx(expected, abs=TOLERANCE)


def test_a_partner_without_markers_cannot_be_followed() -> None:
    """Nothing is conditional on what never happens."""
    said = dyad(*["Rent rises", "the roof"] * 4)

    assert of("coordination", "coordination", said, "B") == "the partners use no marker"


def test_who_always_uses_a_marker_coordinates_to_nobody() -> None:
    """The baseline takes it out."""
    assert coordinated([(frozenset({"articles"}), frozenset({"articles"}))] * 5) == 0.0


def test_only_the_first_fifty_words_of_a_turn_are_read() -> None:
    """A long turn holds every marker and would say nothing."""
    late = "rent " * 50 + "the"
    said = dyad(late, "the cat", "dogs", "cats", late, "cats", late)

    assert of("coordination", "coordination", said, "B") == "the partners use no marker"
    assert built_in()["coordination"].params["first_words"] == 50


def test_in_a_group_each_partner_needs_enough_replies() -> None:
    """Fewer are too noisy to count."""
    said = talk("a: the x", "b: the y", "c: the z", "a: the x", "b: the y")

    assert of("coordination", "coordination", said, "b") == "fewer than 3 replies to one partner"
