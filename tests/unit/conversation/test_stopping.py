"""Rules that end a conversation look at its last turn."""

from __future__ import annotations

import pytest
from builders import turn

from colloquia.conversation.stopping import PhraseRule, RefusalRule, first_met

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
