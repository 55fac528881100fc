"""Rules that end a conversation look at its last turn."""

from __future__ import annotations

import pytest
from builders import turn

from colloquia.conversation.chat_model import Reply, Usage
from colloquia.conversation.stopping import (
    ExitRule,
    GoodbyeRule,
    LoopRule,
    PhraseRule,
    RefusalRule,
    SecondsRule,
    TokensRule,
    TruncatedRule,
    first_met,
    similarity,
)
from colloquia.conversation.transcript import Turn

REFUSED = turn(1, "A", "I can't assist with that.", refusal_source="rule")


@pytest.mark.parametrize(
    ("content", "is_met"),
    [
        ("Well. Goodbye then!", True),
        ("Goodbye", True),
        ("goodbye", False),
        ("Good bye", False),
        ("", False),
        (None, False),
    ],
)
def test_a_phrase_is_met_letter_by_letter(content: str | None, is_met: bool) -> None:  # noqa: FBT001 (the expected value)
    """Anywhere in the turn, in the same letter case; a turn without text holds no phrase."""
    assert PhraseRule(phrase="Goodbye").is_met([turn(1, "A", content)]) is is_met


def test_a_phrase_of_one_role_is_not_met_by_another() -> None:
    """The chair closes the meeting, not who asks for it."""
    rule = PhraseRule(phrase="closed", by="chair")

    assert rule.is_met([turn(1, "chair", "The meeting is closed.")])
    assert not rule.is_met([turn(1, "driver", "Is the meeting closed?")])


def test_a_phrase_is_looked_for_in_the_last_turn_only() -> None:
    """What was said earlier was judged earlier."""
    turns = [turn(1, "A", "Goodbye"), turn(2, "B", "Stay!")]

    assert not PhraseRule(phrase="Goodbye").is_met(turns)


def test_a_refusal_is_met_by_whoever_says_that_it_is_one() -> None:
    """The mark on the turn decides, not its text."""
    assert RefusalRule().is_met([REFUSED])
    assert not RefusalRule().is_met([turn(1, "A", "I can't assist with that.")])
    assert not RefusalRule().is_met([REFUSED, turn(2, "B")])


def test_the_first_rule_that_is_met_gives_the_reason() -> None:
    """Rules stand in the researcher's order."""
    phrase = PhraseRule(phrase="assist")

    assert first_met([RefusalRule(), phrase], [REFUSED]) == "refusal"
    assert first_met([phrase, RefusalRule()], [REFUSED]) == "phrase"


def test_without_a_rule_that_is_met_there_is_no_reason() -> None:
    """Only length ends a talk by default."""
    assert first_met([], [REFUSED]) is None
    assert first_met([PhraseRule(phrase="x")], [turn(1, "A")]) is None


def test_rules_that_differ_have_different_identities() -> None:
    """They stand in the id of a conversation."""
    rules = [
        RefusalRule(),
        PhraseRule(phrase="refusal"),
        PhraseRule(phrase="Goodbye"),
        PhraseRule(phrase="Goodbye", by="A"),
    ]

    identities = {tuple(sorted(rule.identity().items())) for rule in rules}

    assert len(identities) == 4


# -- further rules -----------------------------------------------------------------------------------------------------


def said(*texts: str | None, finish_reason: str = "stop", **usage: object) -> list[Turn]:
    """Return turns by A and B, one after the other."""
    return [
        Turn(
            turn_id=number,
            role="AB"[(number - 1) % 2],
            reply=Reply(
                content=text, source="live", finish_reason=finish_reason, latency_ms=1500.0, usage=Usage(**usage)
            ),
        )
        for number, text in enumerate(texts, start=1)
    ]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("Goodbye!", "Bye-bye."), True),
        (("It was nice. Take care!", "You too, have a great day."), True),
        (("Goodbye!", "Wait, one more thing."), False),
        (("Goodbye!",), False),
        (("Bye.", "What?", "Goodbye."), False),
        (("We stood by the river.", "A bystander."), False),
        (("Goodbye!", None), False),
    ],
)
def test_a_goodbye_is_mutual(texts: tuple[str | None, ...], expected: bool) -> None:  # noqa: FBT001 (what is expected)
    """Every seat says it in its last turn, one after the other."""
    assert GoodbyeRule(seats=2).is_met(said(*texts)) is expected


def test_one_seat_alone_says_no_mutual_goodbye() -> None:
    """In a group all of them do."""
    assert not GoodbyeRule(seats=3).is_met(said("Bye.", "Bye.", "Bye."))


ROUND = "Thank you so much, it was a pleasure to talk with you today."


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ((ROUND,) * 4, True),
        ((ROUND,) * 3, False),
        (("One thing.", ROUND, ROUND, ROUND, ROUND), True),
        ((ROUND, ROUND, ROUND, "Another thing, quite different from that."), False),
        (("a", "b", "c", "a", "b", "c"), True),
        (("", "", "", ""), True),
        (("I give you 50.", "I give you 51.", "I give you 52.", "I give you 53."), False),
    ],
)
def test_three_turns_in_a_row_that_repeat_are_a_loop(texts: tuple[str, ...], expected: bool) -> None:  # noqa: FBT001 (as above)
    """Each nearly the same as one of the six before it."""
    assert LoopRule().is_met(said(*texts)) is expected


def test_similarity_is_the_share_of_shingles_that_both_have() -> None:
    """Ten words and the same without the last: five shingles of six are shared."""
    words = "one two three four five six seven eight nine ten"

    assert similarity(words, words.upper() + "!") == 1.0
    assert similarity(words, words.rsplit(" ", 1)[0]) == 5 / 6
    assert similarity(words, "something else that has nothing of it") == 0.0
    assert similarity(None, "") == 1.0


def test_a_cut_turn_and_a_way_out_are_told_by_the_last_turn() -> None:
    """What came before does not count."""
    assert TruncatedRule().is_met(said("A", finish_reason="length"))
    assert not TruncatedRule().is_met(said("A"))
    assert ExitRule(text="[leave]").is_met(said("Hm.", "I go. [leave]"))
    assert not ExitRule(text="[leave]").is_met(said("[leave]", "Hm."))
    assert not ExitRule(text="[leave]").is_met(said("[Leave]"))


def test_tokens_and_seconds_are_summed_over_replies() -> None:
    """Unknown tokens count as none."""
    assert TokensRule(most=30).is_met(said("a", "b", "c", output_tokens=10))
    assert not TokensRule(most=31).is_met(said("a", "b", "c", output_tokens=10))
    assert not TokensRule(most=1).is_met(said("a", "b"))
    assert SecondsRule(most=3).is_met(said("a", "b"))
    assert not SecondsRule(most=3.1).is_met(said("a", "b"))


def test_every_rule_has_an_identity_of_its_own() -> None:
    """Another rule, or another bound, is another conversation."""
    rules = [
        GoodbyeRule(seats=2), LoopRule(), TruncatedRule(), RefusalRule(), ExitRule(text="x"), ExitRule(text="y"),
        TokensRule(most=1), TokensRule(most=2), SecondsRule(most=1), SecondsRule(most=2), PhraseRule(phrase="x"),
    ]  # fmt: skip

    identities = [str(rule.identity()) for rule in rules]

    assert len(set(identities)) == len(identities)
