"""Answers to probes on disk: what a row keeps, what damage and torn tails do, and what the journal says of them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from msgspec import structs
from unit.logbook.samples import AT, FOLDER_ID, HASH, NOON, ended, row_of, sealed, started, trial_named, values_of

from colloquia.conversation.chat_model import Reply, Usage
from colloquia.conversation.probes import AskedProbe, Options, Probe, Scale
from colloquia.conversation.transcript import Answer
from colloquia.logbook.answers import answer_of, answer_row, decode_answer, factor_column, flat
from colloquia.logbook.check import check
from colloquia.logbook.contents import answer_rows, read
from colloquia.logbook.csv import write_answers
from colloquia.logbook.entries import TrialFailed
from colloquia.logbook.jsonl import Writer, repair_tail
from colloquia.logbook.probe_values import probe_values
from colloquia.logbook.record import DamagedLine, encode, experiment_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from colloquia.design.trials import Trial
    from colloquia.logbook.answers import AnswerRow
    from colloquia.logbook.folder import RunFolder

    Fill = Callable[..., RunFolder]


def answer(value: float | str | None = 4.0, after: int = 0, role: str = "buyer", **known: Any) -> Answer:
    """Return an answer to the probe ``mood``."""
    reply = Reply(content=str(value), source="live", usage=Usage(cost_usd=0.5, output_tokens=2), timestamp=NOON)
    asked = AskedProbe(probe="mood", role=role, after_turn=after, sha256=HASH)
    return Answer(**{"asked": asked, "question": "How are you?", "reply": reply, "value": value, **known})


def row(trial_id: str = "t", given: Answer | None = None, **trial: Any) -> AnswerRow:
    """Return the row of an answer."""
    return answer_row(
        trial_named(trial_id, **trial),
        given or answer(),
        experiment_id=experiment_id(FOLDER_ID, trial_id),
        run_id="run-1",
    )


def keep(folder: RunFolder, *lines: bytes) -> RunFolder:
    """Write lines into the file of answers."""
    folder.replace(folder.probes, b"".join(lines))
    return folder


@pytest.mark.parametrize("value", [4.0, 62.5, "yes", "NA", "", None])
def test_a_row_gives_back_the_answer(value: float | str | None) -> None:
    """With its value as a number or a text, whichever it is."""
    given = answer(value, 3, request_sha256=HASH, seed=7, refusal_source="rule")

    again = decode_answer(encode(row("t", given)))

    assert again == row("t", given)
    assert answer_of(again) == given
    assert type(again.answer) is type(value)


def test_the_columns_come_in_the_order_that_is_promised() -> None:
    """First what it is an answer to."""
    names = list(row().__struct_fields__)

    assert names[:6] == ["experiment_id", "trial_id", "probe", "speaker_role", "after_turn", "answer"]


def test_the_first_durable_line_of_an_answer_counts(filled: Fill) -> None:
    """A later one changes nothing; another turn, role or question is another answer."""
    lines = [row("t", answer(1.0)), row("t", answer(2.0)), row("t", answer(3.0, 1)), row("t", answer(4.0, 1, "seller"))]
    other = structs.replace(answer(5.0), asked=replace(answer().asked, sha256="cd" * 32))
    folder = keep(filled([row_of("t", 1)], [started("t", 1), ended("t", 1)]), *map(encode, [*lines, row("t", other)]))

    found = read(folder)

    assert [each.value for each in found.answers["t"].values()] == [1.0, 3.0, 4.0, 5.0]
    assert [each.answer for each in answer_rows(folder)] == [1.0, 3.0, 4.0, 5.0]
    assert check(folder).num_answers == 4


def test_an_answer_that_is_kept_is_no_orphan_and_is_paid_once(filled: Fill) -> None:
    """Its call is counted as the journal tells of it; one that was lost is an orphan."""
    journal = [
        started("t", 0, beside="probe mood of buyer"),
        ended("t", 0, beside="probe mood of buyer", cost_usd=0.5, content_sha256="aa"),
        started("t", 1, beside="probe mood of buyer"),
        ended("t", 1, beside="probe mood of buyer", cost_usd=0.25),
    ]
    folder = keep(filled([], journal), encode(row()))

    found = read(folder, keeps_hashes=True)

    assert found.spent_usd == pytest.approx(0.75)
    assert [(orphan.turn_id, orphan.beside) for orphan in found.orphans] == [(1, "probe mood of buyer")]
    assert found.answer_hashes == {("t", 0, "probe mood of buyer"): {"aa"}}


def test_a_damaged_answer_sets_its_conversation_aside(filled: Fill) -> None:
    """Nobody asks again for what may stand there."""
    line = encode(row()).replace(b'"answer":4.0', b'"answer":5.0')
    folder = keep(filled([row_of("u", 1)], [started("u", 1), ended("u", 1)]), line)

    found = read(folder)

    assert found.quarantined == {"t"}
    assert [(damage.file, damage.line) for damage in found.damage] == [("probes.jsonl", 1)]
    assert "probes.jsonl, line 1" in check(folder).messages[0]


def test_an_answer_of_no_time_is_damage(filled: Fill) -> None:
    """Under a right checksum too, alone and among others; who reads rows is not given it."""
    wrong = sealed({**values_of(row()), "timestamp": "yesterday"})
    folder = keep(filled([row_of("u", 1)]), encode(row("u")), wrong)

    with pytest.raises(DamagedLine, match=r"cannot be read: .*yesterday"):
        decode_answer(wrong)
    assert [(damage.file, damage.line) for damage in read(folder).damage] == [("probes.jsonl", 2)]
    assert [each.trial_id for each in answer_rows(folder)] == ["u"]


def test_a_line_that_names_nobody_sets_aside_whoever_lacks_an_answer(filled: Fill) -> None:
    """Only conversations whose answered probe is not on file can have stood there."""
    beside = {"beside": "probe mood of buyer"}
    journal = [started("t", 0, **beside), ended("t", 0, **beside), started("u", 1), ended("u", 1)]

    assert read(keep(filled([row_of("u", 1)], journal), b"nothing\n")).quarantined == {"t"}


def test_a_torn_answer_is_cut_off_and_asked_again(filled: Fill) -> None:
    """It was never reported as done."""
    folder = keep(filled([], []), encode(row()), encode(row("u"))[:-9])

    assert read(folder).torn == ("probes.jsonl",)
    assert repair_tail(folder, folder.probes)
    assert list(read(folder).answers) == ["t"]


def test_an_answer_takes_an_earlier_failure_back(filled: Fill) -> None:
    """A finished talk whose probe failed once and was answered later has not failed."""
    failed = TrialFailed(at=AT, run_id="run-1", trial_id="t", turn_id=2, fault="transient", stage="body", message="x")
    turns = [started("t", 1), ended("t", 1)]
    later = [started("t", 1, beside="probe mood of buyer"), ended("t", 1, beside="probe mood of buyer")]

    assert read(filled([row_of("t", 1)], [*turns, failed])).failed == {"t"}
    assert read(filled([row_of("t", 1)], [*turns, failed, *later])).failed == frozenset()


def test_the_writer_makes_an_answer_durable_after_its_attempt(folder: RunFolder) -> None:
    """So that whoever finds the answer finds what it cost."""

    async def write() -> None:
        writer = Writer(folder)
        await writer.journal(started("t", 0, beside="probe mood of buyer"))
        await writer.probe(ended("t", 0, beside="probe mood of buyer"), row())
        await writer.close()

    folder.make()
    asyncio.run(write())

    assert [each.answer for each in answer_rows(folder)] == [4.0]
    assert read(folder).orphans == ()


def test_the_table_has_a_column_for_each_factor(folder: RunFolder) -> None:
    """Numbers stand bare, texts in quotes, and a factor called like a column gets a longer name."""
    folder.make()
    write_answers(
        folder, [row(), row("u", answer("yes"), factors={"question": "a"})], factor_names=["question", "tone"]
    )

    header, first, second = (folder.path / folder.probes_csv).read_text().splitlines()

    assert '"question_level"' not in header
    assert ",arm,question_level,tone,is_truncated," in header
    assert ',"buyer",0,4.0,"market",' in first
    assert ',"buyer",0,"yes","market",' in second
    assert factor_column("tone") == "tone"
    assert flat(row(factors={"question": "a"}))["question_level"] == "a"


# -- what probes come to in the table of conversations -----------------------------------------------------------------


def probed(*probes: Probe) -> Trial:
    """Return a conversation with probes."""
    trial = trial_named("t")
    return replace(trial, talk=replace(trial.talk, probes=probes))


def mood(**known: Any) -> Probe:
    """Return a probe on a scale."""
    return Probe(
        **{
            "name": "mood",
            "ask": ("buyer",),
            "when": ("start", "end"),
            "question": "?",
            "answers": Scale(low=0, high=9),
            **known,
        }
    )


def given(probe: Probe, *values: tuple[int, float | str | None], role: str = "buyer") -> dict[AskedProbe, Answer]:
    """Return answers by the turn after which they were given."""
    keys = [AskedProbe(probe=probe.name, role=role, after_turn=after, sha256=probe.sha256) for after, _ in values]
    return {key: answer(value, asked=key) for key, (_, value) in zip(keys, values, strict=True)}


@pytest.mark.parametrize(
    ("values", "is_complete", "start", "end", "change"),
    [
        ([(0, 2.0), (4, 5.0)], True, 2.0, 5.0, 3.0),
        ([(0, 2.0), (2, 9.0), (4, 1.0)], True, 2.0, 1.0, -1.0),
        ([(0, 2.0), (2, 9.0)], False, 2.0, None, None),
        ([(0, 2.0)], True, 2.0, None, None),
        ([(4, 5.0)], True, None, 5.0, None),
        ([(0, 2.0), (4, None)], True, 2.0, None, None),
        ([], True, None, None, None),
    ],
)
def test_a_probe_has_a_start_an_end_and_a_change(
    values: list[Any], *, is_complete: bool, start: float | None, end: float | None, change: float | None
) -> None:
    """The end is that of a complete conversation; what cannot be read is unknown."""
    found = probe_values(probed(mood()), given(mood(), *values), is_complete=is_complete)

    assert found == {"mood.start": start, "mood.end": end, "mood.change": change}


def test_a_choice_has_changed_or_has_not() -> None:
    """As 1 or 0."""
    choice = mood(answers=Options(options=("J", "F")))

    values = [
        probe_values(probed(choice), given(choice, (0, "J"), (4, last)), is_complete=True)["mood.change"]
        for last in ("J", "F", None)
    ]
    assert values == [0.0, 1.0, None]


def test_choices_of_several_roles_are_left_to_the_table_of_answers() -> None:
    """What one predicts of the other and the other of it has no common start, and so no change."""
    both = mood(ask=("buyer", "seller"), answers=Options(options=("J", "F")))
    found = {**given(both, (0, "J"), (4, "F")), **given(both, (0, "F"), (4, "F"), role="seller")}

    values = probe_values(probed(both), found, is_complete=True)

    assert values == {"mood.start": None, "mood.end": None, "mood.change": None}


def test_several_roles_have_their_mean() -> None:
    """On a scale; what cannot be averaged is left to the table of answers."""
    both = mood(ask=("buyer", "seller"))
    found = {**given(both, (0, 2.0), (4, 4.0)), **given(both, (0, 4.0), (4, 8.0), role="seller")}

    values = probe_values(probed(both), found, is_complete=True)

    assert values == {"mood.start": 3.0, "mood.end": 6.0, "mood.change": 3.0}
    one = probe_values(probed(both), given(both, (0, 2.0), (4, 4.0)), is_complete=True)
    assert one == {"mood.start": None, "mood.end": None, "mood.change": None}
