"""What a turn costs: the server of the benchmark, how rounds are summed up, and the page."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.turns import frameworks, growth, page, rounds
from benchmarks.turns.contestant import Took
from benchmarks.turns.ours import experiment
from benchmarks.turns.rounds import PARTS, Part, found_of
from benchmarks.turns.server import streamed, whole
from benchmarks.turns.work import Load, prompt, said
from colloquia.providers.assembly import Assembly
from colloquia.providers.decoding import decoded

ABOUT = {"command": "make bench", "date": "2026-01-02", "commit": "abc", "machine": "2 cores", "versions": {"x": "1"}}
SMALL = Load(conversations=3, turns=4)


def took(cpu: float, *, a_second: float = 100.0, kb: float = 10.0) -> Took:
    """Return what a contestant took."""
    return Took(cpu_ms_a_turn=cpu, turns_a_second=a_second, kb_a_conversation=kb, requests=12, repeated=0)


def test_the_same_request_has_the_same_answer_of_sixty_words() -> None:
    """And another one another, so that histories differ."""
    assert said(b"one request") == said(b"one request") != said(b"another one")
    assert len(said(b"one request")) == 60


def test_a_stream_spells_out_what_the_whole_answer_says() -> None:
    """In sixty chunks, and it ends as streams of the chat API do."""
    words = said(b"one request")
    assembly = Assembly()
    for event in streamed(words):
        assembly.take(event)

    answer = decoded(whole(words).partition(b"\r\n\r\n")[2])

    assert assembly.is_whole
    assert assembly.is_finished
    assert assembly.completion()["choices"][0]["message"]["content"] == answer["choices"][0]["message"]["content"]


def test_no_two_conversations_have_the_same_prompts() -> None:
    """Else a request that was made twice could not be told from two."""
    study = experiment("http://127.0.0.1:1", range(3), SMALL)

    assert len({prompt(number, seat) for number in range(3) for seat in (0, 1)}) == 6
    assert (len(study.items["number"]), study.num_turns) == (3, 4)


@pytest.mark.parametrize("name", ["raw", "bare", "colloquia"])
@pytest.mark.parametrize("is_streamed", [False, True], ids=["whole", "streamed"])
def test_each_contestant_does_all_of_the_work_and_nothing_twice(name: str, *, is_streamed: bool) -> None:
    """A process of its own, against the server in another; what it reports is of that work."""
    if name == "raw" and is_streamed:
        pytest.skip("the limit reads no streams")
    with rounds.serving() as url:
        found = rounds.once(name, url, Load(conversations=3, turns=4, is_streamed=is_streamed))

    assert (found.requests, found.repeated) == (12, 0)
    assert found.cpu_ms_a_turn > 0


def test_what_is_claimed_is_the_median_of_the_ratios_within_a_round() -> None:
    """A round in which the machine was slow changes no ratio."""
    taken = {"raw": [took(1.0), took(5.0), took(2.0)], "colloquia": [took(10.0), took(50.0), took(30.0)]}

    found = found_of(PARTS["short"], taken)

    assert found["ratios"] == {"raw": 1.0, "colloquia": 10.0}
    assert found["medians"]["colloquia"]["cpu_ms_a_turn"] == 30.0
    assert found["rounds"] == 3


@pytest.mark.parametrize(
    ("part", "ours", "holds"),
    [
        (PARTS["short"], took(14.0), True),
        (PARTS["short"], took(14.1), False),
        (PARTS["many"], took(9.0, a_second=50.0), True),
        (PARTS["many"], took(9.0, a_second=49.0), False),
        (PARTS["many"], took(9.0, a_second=50.0, kb=101.0), False),
        (PARTS["streamed"], took(1.7), True),
        (PARTS["streamed"], took(1.8), False),
    ],
)
def test_an_aim_is_reached_or_missed(part: Part, ours: Took, *, holds: bool) -> None:
    """By CPU, by turns a second, by memory: each part by what it promises."""
    assert found_of(part, {part.names[0]: [took(1.0)], "colloquia": [ours]})["holds"] is holds


@pytest.mark.parametrize(("cpu", "says"), [(13.0, "; reached."), (15.0, "; **not reached**.")])
def test_the_page_says_what_was_reached_and_what_was_not(cpu: float, says: str) -> None:
    """A miss stands there as a miss, beside the figures and the command that repeats them."""
    found: dict[str, Any] = found_of(PARTS["short"], {"raw": [took(1.0)], "colloquia": [took(cpu)]})

    written = page.text({"short": ABOUT | found})

    assert says in written
    assert f"| `colloquia` | {cpu:.3f} | 100 | 10 | {cpu:.2f} |" in written
    assert "`make bench`, medians of 1 rounds, 2026-01-02, commit abc" in written


TAKEN = {
    "raw": {5: [0.1], 10: [0.1], 200: [0.1]},
    "colloquia": {5: [1.0, 2.0, 3.0], 10: [1.0, 2.0, 4.0], 200: [1.0, 1.0, 1.0]},
    "autogen": {5: [1.0], 10: [12.0, 26.0, 48.0], 200: [20.0, 31.0, 40.0]},
    "openai": {5: [1.0], 10: [3.0, 6.0, 12.0], 200: [20.0, 31.0, 40.0]},
}


def test_growth_compares_frameworks_round_by_round() -> None:
    """Where one is installed; the medians of the ratios decide, and a mere client is no framework for agents."""
    found = growth.found_of(TAKEN)

    assert found["times_ours"] == {"autogen": {"10": 12.0, "200": 31.0}, "openai": {"10": 3.0, "200": 31.0}}
    assert found["cpu_ms_a_turn"]["colloquia"] == {"5": 2.0, "10": 2.0, "200": 1.0}
    assert found["holds"] is True


@pytest.mark.parametrize("theirs", [None, {10: [11.0], 200: [31.0]}, {10: [12.0], 200: [29.0]}])
def test_growth_holds_only_where_every_framework_takes_as_many_times(theirs: dict[int, list[float]] | None) -> None:
    """And where there is one: without any it is not known."""
    ours = {10: [1.0], 200: [1.0]}
    found = growth.found_of({"colloquia": ours, **({"autogen": theirs} if theirs else {})})

    assert found["holds"] is False


def test_the_page_says_what_frameworks_take_and_where_none_was_there() -> None:
    """With the plot and every length."""
    lengths = {turns: [float(turns)] for turns in growth.LENGTHS}
    alone = "\n".join(growth.section(growth.found_of({"raw": lengths, "colloquia": lengths})))
    beside = "\n".join(growth.section(growth.found_of({"colloquia": lengths, "autogen": lengths})))

    assert "no framework was installed" in alone
    assert "growth.svg" in alone
    assert "| `raw` | 5.000 | 10.000 |" in alone
    assert "`autogen` 1.0 and 1.0 times; **not reached**" in beside


def test_only_frameworks_that_can_be_imported_are_asked() -> None:
    """None of them is needed."""
    assert set(frameworks.installed()) <= set(frameworks.ALL)
