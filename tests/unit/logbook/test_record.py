"""The format of a line: what is written is what is read, and whatever is not is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import get_args, get_type_hints
from uuid import UUID, uuid5
from zlib import crc32

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.logbook.samples import (
    AT,
    FOLDER_ID,
    ended,
    row_of,
    sealed,
    started,
    trial_named,
    unhurried,
    values_of,
)

from colloquia.conversation.chat_model import RefusalSource, Reply, Source, Usage
from colloquia.conversation.transcript import Turn
from colloquia.design.trial import Branch
from colloquia.logbook import answers, forks, judgements, keys, labels, measurements
from colloquia.logbook.entries import (
    Entry,
    FolderMade,
    LaneChanged,
    Noted,
    RunEnded,
    RunStarted,
    TrialFailed,
    decode_entry,
)
from colloquia.logbook.record import (
    SCHEMA,
    DamagedLine,
    TurnRow,
    Version,
    decode_turn,
    donor_of,
    encode,
    experiment_id,
    guess,
    parent_of,
    timestamp,
)
from colloquia.logbook.turn_rows import turn_of, turn_row

ENTRIES: list[Entry] = [
    FolderMade(at=AT, folder_id=FOLDER_ID),
    RunStarted(
        at=AT,
        run_id="r",
        study="x = 1\n",
        versions={"colloquia": "0.1"},
        command="run",
        planned={"turns": 8, "usd": 0.5},
    ),
    started("t", 1),
    ended("t", 1, content_sha256="00" * 32, original_json='"\\ud800"'),
    ended("t", 1, is_ok=False, fault="rate", stage="status", message="wait", status=429, retry_after_seconds=2.5),
    TrialFailed(at=AT, run_id="r", trial_id="t", turn_id=1, fault="stop_trial", stage="reply", message="no"),
    LaneChanged(at=AT, run_id="r", speaker_slug="x/y", kind="refused", reason="wait", width=3, per_second=0.5),
    RunEnded(at=AT, run_id="r", reason="finished", counts={"turns": 8}, cost_usd=None),
    Noted(at=AT, run_id=None, subject="repair", message="cut 3 bytes"),
]

texts = st.text(max_size=60)
counts = st.integers(min_value=0, max_value=2**70)
amounts = st.floats(allow_nan=False, allow_infinity=False)
moments = st.datetimes(min_value=datetime(1000, 1, 1), timezones=st.just(timezone.utc)).map(  # noqa: DTZ001, UP017 (hypothesis adds the zone)
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)


@st.composite
def logged_turns(draw: st.DrawFn) -> Turn:
    """Return any turn, as far as a row keeps it."""
    by = draw(st.none() | st.sampled_from(get_args(RefusalSource)))
    reply = Reply(
        content=draw(st.none() | texts),
        source=draw(st.sampled_from(get_args(Source))),
        finish_reason=draw(st.none() | st.sampled_from(["stop", "length", "content_filter"])),
        native_finish_reason=draw(st.none() | texts),
        reasoning=draw(st.none() | texts),
        refusal_source=None if by == "rule" else by,
        usage=Usage(
            input_tokens=draw(st.none() | counts),
            output_tokens=draw(st.none() | counts),
            cached_tokens=draw(st.none() | counts),
            reasoning_tokens=draw(st.none() | counts),
            cost_usd=draw(st.none() | amounts),
            saved_usd=draw(st.none() | amounts),
        ),
        latency_ms=draw(st.none() | amounts),
        time_to_first_token_ms=draw(st.none() | amounts),
        served_by=draw(st.none() | texts),
        served_model=draw(st.none() | texts),
        generation_id=draw(st.none() | texts),
        is_repaired=draw(st.booleans()),
        attempts=draw(st.integers(1, 6)),
        in_flight=draw(st.integers(1, 2000)),
        timestamp=draw(st.none() | moments),
    )
    return Turn(
        turn_id=draw(st.integers(1, 10**6)),
        role=draw(st.sampled_from(["buyer", "seller"])),
        reply=reply,
        request_sha256=draw(st.none() | texts),
        seed=draw(st.none() | st.integers(0, 2**31)),
        refusal_source=by,
        ended_by=draw(st.none() | texts),
    )


@unhurried
@given(logged_turns())
def test_a_turn_survives_row_and_line_exactly(turn: Turn) -> None:
    """What a conversation needs of a turn comes back from the log as it was."""
    row = turn_row(trial_named("t"), turn, experiment_id="e", run_id="r")

    read = decode_turn(encode(row))

    assert read == row
    assert turn_of(read) == turn


@unhurried
@given(st.dictionaries(texts, texts), texts)
def test_factors_and_names_of_any_kind_survive(factors: dict[str, str], scenario: str) -> None:
    """Labels are the researcher's own words."""
    row = row_of("t", 1, factors=factors, scenario=scenario)

    assert decode_turn(encode(row)) == row


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: type(entry).__name__)
def test_every_kind_of_entry_survives_its_line(entry: Entry) -> None:
    """The journal gives back what was put there, as the same kind of entry."""
    assert decode_entry(encode(entry)) == entry


def test_the_first_eleven_keys_stand_as_promised_and_the_checksum_last() -> None:
    """A reader who looks at the raw line finds the columns in their order."""
    keys = list(json.loads(encode(row_of("t", 1))))

    assert keys[:11] == [
        "experiment_id", "turn_id", "scenario", "speaker_model", "responder_model", "content", "latency_ms",
        "input_tokens", "output_tokens", "finish_reason", "is_refusal",
    ]  # fmt: skip
    assert keys[11:] == [
        "trial_id", "iteration", "speaker_role", "round", "move", "arm", "ended_by", "is_truncated", "refusal_source",
        "timestamp", "time_to_first_token_ms", "attempts", "in_flight", "cost_usd", "cached_tokens",
        "reasoning_tokens", "saved_usd", "served_by", "served_model", "speaker_slug", "native_finish_reason",
        "generation_id", "seed", "request_sha256", "source", "is_repaired", "parent_id", "forked_at", "run_id",
        "schema", "reasoning", "factors", "crc32",
    ]  # fmt: skip


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: type(entry).__name__)
def test_an_entry_begins_with_its_event_and_ends_with_its_checksum(entry: Entry) -> None:
    """All lines of the journal can be told apart by their first words."""
    keys = list(json.loads(encode(entry)))

    assert keys[:3] == ["event", "at", "schema"]
    assert keys[-1] == "crc32"


def test_the_checksum_covers_the_bytes_before_it() -> None:
    """Anyone can check a line with nothing but crc32."""
    body, _, seal = encode(row_of("t", 1)).rpartition(b',"crc32":')

    assert seal == b'"%08x"}\n' % crc32(body)


@unhurried
@given(texts)
def test_a_line_holds_one_line_end_whatever_the_text(text: str) -> None:
    """A text full of line ends is still one line."""
    assert encode(row_of("t", 1, content=text)).count(b"\n") == 1


def test_the_same_conversation_has_another_id_in_another_folder() -> None:
    """Pooled folders never collide, and one folder always gives the same id."""
    assert experiment_id(FOLDER_ID, "t") == str(uuid5(UUID(FOLDER_ID), "t"))
    assert experiment_id(FOLDER_ID, "t") != experiment_id(str(uuid5(UUID(FOLDER_ID), "other")), "t")


def test_times_are_utc_with_milliseconds() -> None:
    """A time of any zone is written as UTC."""
    tokyo = timezone(timedelta(hours=9))

    assert timestamp(datetime(2026, 1, 1, 9, 0, 0, 5999, tzinfo=tokyo)) == "2026-01-01T00:00:00.005Z"


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_is_not_finite_is_refused_by_name(number: float) -> None:
    """JSON has no NaN, and null would mean unknown."""
    with pytest.raises(ValueError, match="cost_usd is"):
        encode(row_of("t", 1, cost_usd=number))
    with pytest.raises(ValueError, match="counts is"):
        encode(RunEnded(at=AT, run_id="r", reason="x", counts={"usd": number}, cost_usd=None))


def test_every_kind_of_record_is_looked_through() -> None:
    """Also one that nobody has thought of yet, wherever in it a number may stand."""

    class Measured(msgspec.Struct):
        name: str
        seconds: float | None = None
        by_name: dict[str, float] | None = None

    encode(Measured("a", 1.0, {"b": 2.0}))
    with pytest.raises(ValueError, match=r"Measured\.seconds is nan"):
        encode(Measured("a", float("nan")))
    with pytest.raises(ValueError, match=r"Measured\.by_name is"):
        encode(Measured("a", None, {"b": float("inf")}))


@pytest.mark.parametrize(
    "record", [row_of("t", 1, content="\ud800"), Noted(at=AT, run_id="r", subject="\udfff", message="")]
)
def test_a_lone_surrogate_is_refused_in_words(record: TurnRow | Entry) -> None:
    """It is no Unicode text; whoever made it hears what is wrong."""
    with pytest.raises(ValueError, match="lone surrogate"):
        encode(record)


@pytest.mark.parametrize(
    "line",
    [b"", b"\n", b"{}\n", b"\x00" * 4096, b"[" * 5000, b'{"crc32":"00000000"}\n', b"\xff\xfe\n", b'"crc32":"\n'],
    ids=["empty", "line end", "object", "zeros", "brackets", "only a checksum", "no text", "half a checksum"],
)
def test_what_is_no_line_is_damaged_and_nothing_worse(line: bytes) -> None:
    """Whatever stands in a file, reading it only says that it is damaged."""
    with pytest.raises(DamagedLine, match="checksum"):
        decode_turn(line)
    with pytest.raises(DamagedLine, match="checksum"):
        decode_entry(line)


@unhurried
@given(st.binary(max_size=200))
def test_no_bytes_at_all_crash_a_reader_even_under_a_right_checksum(body: bytes) -> None:
    """A checksum alone makes no line."""
    line = b'%b,"crc32":"%08x"}\n' % (body, crc32(body))

    with pytest.raises(DamagedLine):
        decode_turn(line)
    with pytest.raises(DamagedLine):
        decode_entry(line)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("turn_id", 0),
        ("turn_id", "1"),
        ("is_refusal", 1),
        ("source", "dream"),
        ("timestamp", "yesterday"),
        ("factors", []),
    ],
)
def test_a_value_of_the_wrong_kind_is_damage(field: str, value: object) -> None:
    """A whole line with a wrong value in it was not written by Colloquia."""
    with pytest.raises(DamagedLine, match="cannot be read"):
        decode_turn(sealed({**values_of(row_of("t", 1)), field: value}))


def test_an_unknown_event_is_damage() -> None:
    """What the journal says must be understood."""
    with pytest.raises(DamagedLine, match="cannot be read"):
        decode_entry(sealed({**values_of(ENTRIES[0]), "event": "dreamt"}))


@pytest.mark.parametrize("change", [{}, {"turn_id": "one"}], ids=["same fields", "changed fields"])
def test_a_line_of_a_newer_format_says_so(change: dict[str, object]) -> None:
    """Nobody should look for damage where only the tool is too old."""
    newer = {**values_of(row_of("t", 1)), **change, "schema": SCHEMA + 1}

    with pytest.raises(DamagedLine, match="newer Colloquia"):
        decode_turn(sealed(newer))


def test_a_newer_event_says_so() -> None:
    """The journal too."""
    newer = {**values_of(ENTRIES[0]), "event": "dreamt", "schema": SCHEMA + 1}

    with pytest.raises(DamagedLine, match="newer Colloquia"):
        decode_entry(sealed(newer))


def test_every_kind_of_line_is_refused_in_a_newer_format() -> None:
    """Also where only some of its fields are read: the decoder looks at the version of whatever it reads."""
    rooms = (answers, forks, judgements, keys, labels, measurements)
    kinds = [kind for room in rooms for kind in vars(room).values() if hasattr(kind, "__struct_fields__")]
    versioned = [kind for kind in {*kinds, *get_args(Entry), TurnRow} if "schema" in kind.__struct_fields__]

    assert len(versioned) > len(rooms) + len(get_args(Entry))
    assert {get_type_hints(kind, include_extras=True)["schema"] for kind in versioned} == {Version}


def test_the_digits_of_the_checksum_are_lower_case_only() -> None:
    """A flipped bit that turns ``a`` into ``A`` is damage like any other."""
    for number in range(1, 50):
        line = encode(row_of("t", number))
        shouted = line[:-11] + line[-11:].upper()
        if shouted != line:
            with pytest.raises(DamagedLine):
                decode_turn(shouted)


def test_a_damaged_line_still_tells_whose_it_was() -> None:
    """Conversation and turn are read from the bytes, as far as they are whole."""
    assert list(guess(encode(row_of("t-7", 3))[:-40])) == [("t-7", 3)]
    assert list(guess(encode(started("t-8", 2)))) == [("t-8", 2)]
    assert list(guess(b"nothing to see")) == []


def test_two_lines_run_together_name_both_conversations() -> None:
    """Where the line end between them is lost, both are touched."""
    assert list(guess(encode(row_of("t-1", 1))[:-1] + encode(row_of("t-2", 4)))) == [("t-1", None), ("t-2", None)]


def test_a_text_that_looks_like_a_key_is_not_mistaken_for_one() -> None:
    """A model may say anything, also a line of this log."""
    row = row_of("t-1", 1, content='"trial_id":"t-9","turn_id":9')

    assert list(guess(encode(row))) == [("t-1", 1)]


def test_a_fork_names_the_conversation_that_it_left() -> None:
    """By its id in this folder; whatever is no fork names none."""
    left = replace(trial_named("t"), branch=Branch(parent="p", turn=1, label="unchanged"))

    assert parent_of(FOLDER_ID, left) == experiment_id(FOLDER_ID, "p")
    assert parent_of(FOLDER_ID, trial_named("t")) is None


def test_a_control_names_the_conversation_whose_lines_it_is_given() -> None:
    """By its id in this folder; whatever is given none names none."""
    assert donor_of(FOLDER_ID, trial_named("t", donor="d")) == experiment_id(FOLDER_ID, "d")
    assert donor_of(FOLDER_ID, trial_named("t")) is None
