"""Reading: what a speaker saw is what was sent, words are found where they stand, and blind names tell nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import plan, turn
from msgspec import structs

from colloquia.analysis.judging.blinding import blind_names
from colloquia.conversation.walk import Walk, replay
from colloquia.errors import DamagedLogError
from colloquia.lab.keeping.reading import Hit, beside_turns, excerpt, hits, is_swapped, seen


def held(num_turns: int = 3) -> tuple:
    """Return a planned conversation and its turns, each with the hash of the request that it answers."""
    trial = plan(num_turns=num_turns)[0]
    walk, turns = Walk(trial.talk), []
    for number in range(1, num_turns + 1):
        asked = walk.next()
        turns.append(turn(number, asked.role, f"Line {number}.", request_sha256=asked.request.sha256))
        walk.add(turns[-1])
    return trial, turns


def test_each_speaker_sees_its_own_side() -> None:
    """The first is asked with its own prompt alone; the second hears the first's words as the user's."""
    trial, turns = held()
    prompts = {seat.role: seat.prompt for seat in trial.talk.seats}

    first, second = seen(trial, turns, 1), seen(trial, turns, 2)

    assert first.messages[0].content == prompts[turns[0].role]
    assert second.messages[0].content == prompts[turns[1].role]
    assert (second.messages[-1].role, second.messages[-1].content) == ("user", "Line 1.")
    assert first.is_as_sent
    assert second.is_as_sent


def test_an_earlier_turn_that_was_changed_shows() -> None:
    """What is rebuilt from a changed log is not called what was sent."""
    trial, turns = held()
    turns[0] = structs.replace(turns[0], reply=structs.replace(turns[0].reply, content="Another line."))

    assert seen(trial, turns, 1).is_as_sent
    assert not seen(trial, turns, 2).is_as_sent


def test_what_cannot_be_rebuilt_announces_nothing() -> None:
    """Turns that are not those of the plan stop the walk; reading goes on."""
    trial, turns = held()

    assert beside_turns(trial, turns) == {}
    assert beside_turns(trial, [structs.replace(turns[0], role="nobody"), *turns[1:]]) == {}


def test_a_study_that_was_longer_once_can_still_be_read() -> None:
    """Turns beyond the length now planned show their prompts too."""
    trial, turns = held(4)
    shorter = replace(trial, talk=replace(trial.talk, procedure=trial.talk.procedure.lengthened(2)))

    assert seen(shorter, turns, 4).messages == seen(trial, turns, 4).messages


@pytest.mark.parametrize("turn_id", [4, 99])
def test_a_turn_that_is_not_there_is_said_so(turn_id: int) -> None:
    """Naming the conversation and the turn."""
    trial, turns = held()

    with pytest.raises(DamagedLogError, match=f"no turn {turn_id}"):
        seen(trial, turns, turn_id)


def test_what_is_seen_is_what_a_replay_asks() -> None:
    """For every turn of the conversation."""
    trial, turns = held()

    expected = [asked.request.messages for asked, _ in replay(trial.talk, turns)]

    assert [seen(trial, turns, each.turn_id).messages for each in turns] == expected


def test_words_are_found_whatever_their_case() -> None:
    """At their place in the text as it stands, also after letters whose small form is longer."""
    found = hits(" FAIR ", [("a", 1, "İt is Fair."), ("a", 2, None), ("b", 1, "Unfair, unfair."), ("b", 2, "No.")])

    assert found == [Hit(trial_id="a", turn_id=1, start=6, end=10), Hit(trial_id="b", turn_id=1, start=2, end=6)]


@pytest.mark.parametrize("words", ["", "  ", "(", ".*", "\\"])
def test_what_is_looked_for_is_no_pattern(words: str) -> None:
    """Blank words find nothing, signs find themselves."""
    assert hits(words, [("a", 1, "plain words")]) == []


def test_an_excerpt_holds_the_hit_on_one_line() -> None:
    """Cut at both ends where the text goes on."""
    text = "word " * 30 + "here it\nis " + "word " * 30
    hit = hits("here it", [("a", 1, text)])[0]

    assert "here it is" in excerpt(text, hit)
    assert excerpt(text, hit).startswith("…")
    assert excerpt(text, hit).endswith("…")
    assert excerpt("here it is", hits("here", [("a", 1, "here it is")])[0]) == "here it is"


def test_blind_names_tell_nothing_and_stay_the_same() -> None:
    """Who is first differs between conversations, and is the same whenever one is read again."""
    names = {"landlord": "gpt", "tenant": "claude"}

    drawn = [blind_names(names, salt=f"talk-{number}") for number in range(40)]

    assert drawn == [blind_names(names, salt=f"talk-{number}") for number in range(40)]
    assert {tuple(each.items()) for each in drawn} == {
        (("landlord", "Speaker 1"), ("tenant", "Speaker 2")),
        (("tenant", "Speaker 1"), ("landlord", "Speaker 2")),
    }
    assert not any(name in str(list(each.values())) for each in drawn for name in (*names, *names.values()))


def test_sides_are_swapped_by_a_coin_that_falls_the_same_way() -> None:
    """Two conversations change sides in about half of the cases, whichever is named first."""
    swapped = [is_swapped("one", "two", salt=str(number)) for number in range(200)]

    assert swapped == [not is_swapped("two", "one", salt=str(number)) for number in range(200)]
    assert 70 < sum(swapped) < 130
