"""What a check tells a person: which file, which line, whose conversation, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from unit.logbook.samples import AT, ended, row_of, started

from colloquia.logbook.check import check
from colloquia.logbook.contents import read
from colloquia.logbook.entries import RunEnded, RunStarted

if TYPE_CHECKING:
    from collections.abc import Callable

    from colloquia.logbook.folder import RunFolder

    Fill = Callable[..., RunFolder]


def _run(run_id: str) -> RunStarted:
    return RunStarted(at=AT, run_id=run_id, study="", versions={}, command="run", planned={})


def test_a_whole_folder_has_nothing_to_tell(filled: Fill) -> None:
    """No message, no damage, and the number of what was read."""
    findings = check(filled([row_of("t", 1), row_of("t", 2), row_of("u", 1)]))

    assert not findings.is_damaged
    assert findings.messages == ()
    assert (findings.num_conversations, findings.num_turns) == (2, 3)


def test_a_damaged_line_is_told_with_file_line_conversation_and_remedy(filled: Fill) -> None:
    """A person can find it without knowing the format."""
    folder = filled([row_of("t", 1), row_of("t", 2)])
    log = folder.path / folder.log
    log.write_bytes(log.read_bytes().replace(b"Turn 2", b"Turn 3"))

    findings = check(folder)

    assert findings.is_damaged
    assert findings.quarantined == ("t",)
    assert [(damage.line, damage.turn_id) for damage in findings.damaged_lines] == [(2, 2)]
    told = " ".join(findings.messages)
    assert f"{log}, line 2: its checksum is missing or does not fit (conversation t, turn 2)." in told
    assert "Conversation t is set aside" in told
    assert "Restore the file from a copy" in told


def test_a_line_with_two_broken_records_is_one_damaged_line(filled: Fill) -> None:
    """Whose both are is told; the turns that lack by it are gaps."""
    folder = filled([row_of("t", 1), row_of("u", 1), row_of("t", 2), row_of("u", 2)])
    log = folder.path / folder.log
    first, second, *rest = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(first.rstrip(b"\n") + second + b"".join(rest))

    contents = read(folder)

    assert [(damage.line, damage.trial_id) for damage in contents.damaged_lines] == [(1, "t"), (1, "u")]
    assert [(gap.trial_id, gap.turn_id) for gap in contents.gaps] == [("t", 1), ("u", 1)]
    assert contents.num_damaged_lines == 1


def test_a_gap_is_damage_too(filled: Fill) -> None:
    """It is told without a line, since the line is what is missing."""
    findings = check(filled([row_of("t", 1), row_of("t", 3)]))

    assert findings.is_damaged
    assert findings.damaged_lines == ()
    assert [gap.turn_id for gap in findings.gaps] == [2]
    assert "the log has turn 3 and not turn 2 (conversation t)." in findings.messages[0]


def test_a_line_nobody_can_attribute_says_so(filled: Fill) -> None:
    """And no conversation is blamed without a reason."""
    folder = filled()
    (folder.path / folder.log).write_bytes(b"\x00\n")

    findings = check(folder)

    assert findings.is_damaged
    assert findings.quarantined == ()
    assert "no conversation can be made out" in findings.messages[0]


def test_what_a_kill_leaves_is_told_and_is_no_damage(filled: Fill) -> None:
    """Torn tails, repeats and calls without turns are normal, and each says what comes of it."""
    folder = filled(
        [row_of("t", 1), row_of("t", 1)],
        [
            ended("t", 1),
            ended("t", 1, attempt=2),
            started("u", 1),
            started("v", 2),
            ended("v", 2, generation_id="gen-9", cost_usd=0.125),
        ],
    )
    with (folder.path / folder.log).open("ab") as file:
        file.write(b'{"exp')

    findings = check(folder)

    assert not findings.is_damaged
    torn, repeat, answered, lost = findings.messages
    assert "experiment_log.jsonl ends in half a line" in torn
    assert "line 2: turn 1 of conversation t stands there twice" in repeat
    assert "turn 2 of conversation v was answered, but its turn is not in the log (generation gen-9)" in answered
    assert "for $0.125" in answered
    assert "turn 1 of conversation u was under way when its run ended: it may have been billed, at an unknown" in lost


def test_a_call_of_the_run_that_goes_on_is_not_lost(filled: Fill) -> None:
    """Whoever checks beside a run is not told that it ended; calls of earlier runs were lost all the same."""
    folder = filled([], [started("t", 1, run_id="lost"), started("u", 1, run_id="live")])

    lost, under_way = check(folder, live_run="live").messages

    assert "turn 1 of conversation t was under way when its run ended" in lost
    assert under_way == "A call for turn 1 of conversation u is under way in the run that is going on."


def test_a_lost_call_is_told_with_the_most_that_it_can_have_cost(filled: Fill) -> None:
    """It is what the budget counts for it."""
    lost = msgspec.structs.replace(started("t", 1), reserved_usd=0.0125)

    (message,) = check(filled([], [lost])).messages

    assert "it may have been billed, for $0.012500 at most, and the next run asks again" in message


def test_many_lost_calls_are_summed_up_beyond_the_first(filled: Fill) -> None:
    """Eighty lines that say nearly the same hide what else there is; the dollars are those of all."""
    lost = [msgspec.structs.replace(started(f"t{k:02}", 1), reserved_usd=0.01) for k in range(79)]

    messages = check(filled([], [*lost, started("u", 1)])).messages

    assert len(messages) == 6
    assert messages[-1] == (
        "And 75 more such calls: all 80 together may have been billed, for $0.790000 at most, beside 1 of which "
        "nothing is known."
    )


def test_many_calls_under_way_are_counted_beyond_the_first(filled: Fill) -> None:
    """They are lost to nobody."""
    calls = [started(f"t{k:02}", 1, run_id="live") for k in range(80)]

    messages = check(filled([], calls), live_run="live").messages

    assert len(messages) == 6
    assert messages[-1] == "And 75 more calls are under way in that run, 80 in all."


def test_small_sums_are_written_out(filled: Fill) -> None:
    """Nobody reads an exponent as dollars."""
    (message,) = check(filled([], [started("v", 1), ended("v", 1, cost_usd=2.48e-05)])).messages

    assert "for $0.0000248, and the next run asks again" in message


def test_a_journal_that_lost_lines_is_told_with_what_it_means(filled: Fill) -> None:
    """The turns are whole and runs go on; what may be missing is money."""
    folder = filled([row_of("t", 1), row_of("t", 2), row_of("u", 1)], [started("t", 1), ended("t", 1)])

    findings = check(folder)

    assert findings.is_damaged
    assert findings.quarantined == ()
    what, meaning = findings.messages
    assert what == (
        f"{folder.path / folder.journal}: lines of it are missing: it does not tell how turn 2 was asked for, "
        "and 1 more (conversation t)."
    )
    assert "runs go on from them" in meaning
    assert f"Restore {folder.path / folder.journal} from a copy" in meaning


def test_every_run_is_listed_with_how_it_ended(filled: Fill) -> None:
    """A run that was killed has no end."""
    end = RunEnded(at=AT, run_id="b", reason="finished", counts={}, cost_usd=None)

    findings = check(filled([], [_run("a"), _run("b"), end]))

    assert [(run.run_id, run.started_at, run.ended_at, run.reason) for run in findings.runs] == [
        ("a", AT, None, None),
        ("b", AT, AT, "finished"),
    ]
