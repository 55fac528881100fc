r"""One line of a log: what stands in it, how it is written, and how damage shows. Alone knows the format.

A line is one JSON object in UTF-8 that ends in ``\n``. Its keys stand in the order of the fields below; the last is
``crc32``, eight hexadecimal digits computed over the bytes of the line before ``,"crc32"``. Unknown is null.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache, lru_cache
from itertools import islice
from math import isfinite
from operator import attrgetter
from struct import pack
from typing import TYPE_CHECKING, Annotated, Any, Protocol, TypeVar
from uuid import UUID, uuid5
from zlib import crc32

import msgspec
from msgspec.structs import astuple

from colloquia.conversation.chat_model import RefusalSource, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from colloquia.design.trials import Trial

SCHEMA = 1
"""Rises when a reader of the old format could misread the new one."""
Version = Annotated[int, msgspec.Meta(le=SCHEMA)]
"""Of the format that a line is written in: one of a newer Colloquia is not read."""

_SEAL_LENGTH = len(b',"crc32":"00000000"}')
_TRIAL_ID = re.compile(rb'"trial_id":"([^"\\]+)"')
_TURN_ID = re.compile(rb'"turn_id":(\d{1,9})\b')
_FLOATS = re.compile("float|Any|object")
_moment = datetime.fromisoformat
_json = msgspec.json.Encoder()


class DamagedLine(ValueError):  # noqa: N818 (it names the line, and never leaves this room)
    """A line that is not what was written."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Timed(msgspec.Struct, kw_only=True, frozen=True):
    """A row with a ``timestamp``. Whoever reads rows checks it, many at once: each by itself takes three times that."""


class TurnRow(Timed, kw_only=True, frozen=True, gc=False):
    """One finished turn or move, in the order of its columns."""

    experiment_id: str
    """UUID of this conversation in this run folder."""
    turn_id: Annotated[int, msgspec.Meta(ge=1)]
    """1, 2, ... within the conversation."""
    scenario: str
    """Name of the scenario."""
    speaker_model: str
    """Friendly name of who speaks."""
    responder_model: str | None
    """Friendly names of the other seats that hear it, in seat order, joined by ``|``; null where nobody does."""
    content: str | None
    """The text; null when there was none."""
    latency_ms: float | None
    """Milliseconds of the attempt that succeeded, request written to last byte; null where nobody was asked."""
    input_tokens: int | None
    """Tokens of the request, as the server counted them; null where it did not say."""
    output_tokens: int | None
    """Tokens of the reply, reasoning included."""
    finish_reason: str | None
    """Why the reply ended, normalised: ``stop``, ``length``, ``content_filter``, ``error`` ..."""
    is_refusal: bool
    """Whether it is a safety refusal, by the provider, its filter or a rule; never a no within a role."""
    trial_id: str
    """UUID made of everything that decides what is said: the same in every run folder."""
    iteration: int
    """1, 2, ... within the cell."""
    speaker_role: str
    """Role of who speaks; ``A``, ``B`` where one prompt serves both seats."""
    round: int | None = None
    """Pass of a game in which each player moves once."""
    move: str | None = None
    """What the turn was read as, in a game or a bargain."""
    arm: str | None
    """Kind of conversation: ``talk`` or a control; null in a study without controls."""
    ended_by: str | None
    """Why the conversation ended with this turn; null where it did not, or ended by length."""
    is_truncated: bool
    """Whether the reply was cut at its longest length."""
    refusal_source: RefusalSource | None
    """Who says that it is a refusal: ``provider``, ``filter`` or ``rule``."""
    timestamp: str | None
    """UTC, when the reply was complete: ISO 8601 with milliseconds and ``Z``."""
    time_to_first_token_ms: float | None
    """Milliseconds until the first text came; null where the reply was not streamed."""
    attempts: int
    """Requests that it took."""
    in_flight: int
    """Calls under way in the run when it was sent, itself included."""
    cost_usd: float | None
    """Dollars that it cost; null where nobody said."""
    cached_tokens: int | None
    """Tokens of the request that the server had in its cache."""
    reasoning_tokens: int | None
    """Tokens of hidden reasoning."""
    saved_usd: float | None = None
    """Dollars that the server's prompt cache saved, below zero where it was only written; null where nobody knows."""
    served_by: str | None
    """Provider that answered, as a router says."""
    served_model: str | None
    """Model that answered, as the server says."""
    speaker_slug: str
    """Full name of the model at its provider."""
    native_finish_reason: str | None
    """Why the reply ended, in the server's own word."""
    generation_id: str | None
    """The server's own id of the reply."""
    seed: int | None
    """Seed that was sent; null where none was."""
    request_sha256: str | None
    """Hash of the request that it answers; null for a line nobody was asked for."""
    source: Source
    """Where it comes from: ``live``, ``embedded``, ``scripted``, ``simulated`` or ``human``."""
    is_repaired: bool
    """Whether a character that is no Unicode text was replaced."""
    parent_id: str | None = None
    """Conversation that a fork shares its first turns with."""
    forked_at: int | None = None
    """Last turn that a fork shares with its parent."""
    run_id: str
    """Run that asked for it."""
    schema: Version = SCHEMA
    """Version of the format."""
    reasoning: str | None
    """Hidden reasoning, kept and sent to nobody."""
    factors: dict[str, str]
    """Level of each factor, and each item, by name."""


class _Version(msgspec.Struct):
    schema: int


TURNS = msgspec.json.Decoder(TurnRow)
_versions = msgspec.json.Decoder(_Version)


@lru_cache(maxsize=4096)
def experiment_id(folder_id: str, trial_id: str) -> str:
    """Return the UUID of a conversation in one run folder, so that pooled folders never collide."""
    return str(uuid5(UUID(folder_id), trial_id))


def parent_of(folder_id: str, trial: Trial) -> str | None:
    """Return the UUID of the conversation that a fork left; None where it is none."""
    return experiment_id(folder_id, trial.branch.parent) if trial.branch else None


def donor_of(folder_id: str, trial: Trial) -> str | None:
    """Return the UUID of the conversation whose lines a control is given; None where it is given none."""
    return experiment_id(folder_id, trial.donor) if trial.donor else None


def timestamp(moment: datetime) -> str:
    """Return ``moment`` in UTC as ISO 8601 with milliseconds and ``Z``."""
    written: str = msgspec.to_builtins(moment.astimezone(UTC))  # eight times as fast as isoformat()
    return f"{written[:23]}Z" if moment.microsecond else f"{written[:19]}.000Z"


def cells_of(rows: Iterable[TurnRow]) -> dict[str, list[Any]]:
    """Return the cells of turns by column."""
    cells: list[Any] = []
    for row in rows:
        cells.extend(astuple(row))  # one tuple at a time: among many of them Python would look for circles
    names = TurnRow.__struct_fields__
    return {name: cells[place :: len(names)] for place, name in enumerate(names)}


def in_columns(rows: Iterable[TurnRow], at_once: int) -> Iterator[dict[str, list[Any]]]:
    """Yield the cells of turns by column, of so many turns at once; each turn is let go of as it goes by."""
    waiting = iter(rows)
    return iter(lambda: cells_of(islice(waiting, at_once)), cells_of(()))


def encode(record: msgspec.Struct) -> bytes:
    r"""Return ``record`` as one line, its ``\n`` included.

    Raises:
        ValueError: a number is not finite, or a text holds a lone surrogate, which is no Unicode text.
    """
    for name, get in _may_be_infinite(type(record)):
        value = get(record)
        if (type(value) is float and not isfinite(value)) or (type(value) is dict and not _are_finite(value.values())):
            raise ValueError(f"{type(record).__name__}.{name} is {value}: only finite numbers can be written down")
    try:
        body = _json.encode(record)[:-1]
    except UnicodeEncodeError as error:
        raise ValueError(f"{type(record).__name__} holds a lone surrogate, which is no Unicode text") from error
    return b'%b,"crc32":"%08x"}\n' % (body, crc32(body))


@cache
def _may_be_infinite(kind: type[msgspec.Struct]) -> tuple[tuple[str, attrgetter[object]], ...]:
    """Return the fields of a kind of record that may hold a float, by itself or in a table, and what gets each."""
    fields = msgspec.structs.fields(kind)
    return tuple((field.name, attrgetter(field.name)) for field in fields if _FLOATS.search(str(field.type)))


def _are_finite(values: Iterable[object]) -> bool:
    return all(type(value) is not float or isfinite(value) for value in values)


def decode_turn(line: bytes) -> TurnRow:
    """Return the turn that ``line`` keeps.

    Raises:
        DamagedLine: the line is not what was written, or was written by a newer Colloquia.
    """
    return decode(line, TURNS)


def guess(line: bytes) -> Iterator[tuple[str, int | None]]:
    """Yield each conversation and turn that a damaged ``line`` seems to speak of.

    Only a key of the line itself is found, never the same words within a text: quotes in texts are escaped.
    """
    trial_ids, turn_ids = _TRIAL_ID.findall(line), _TURN_ID.findall(line)
    is_one_record = len(trial_ids) == len(turn_ids) == 1
    for trial_id in dict.fromkeys(trial_ids):
        yield trial_id.decode(errors="replace"), int(turn_ids[0]) if is_one_record else None


class _Versioned(Protocol):
    @property
    def schema(self) -> int: ...


Record = TypeVar("Record", bound=_Versioned)
"""What a line keeps, of any kind."""


def unsealed(data: bytes, ends: Sequence[int]) -> list[int]:
    """Return where those of some lines end whose checksum is missing or does not fit.

    Args:
        data: The lines, one after the other with one byte between them.
        ends: Where each ends.
    """
    view, begin, sums = memoryview(data), 0, []
    for end in ends:
        sums.append(crc32(view[begin : end - _SEAL_LENGTH]))
        begin = end + 1
    seals = [data[end - _SEAL_LENGTH : end] for end in ends]
    digits = pack(f">{len(sums)}I", *sums).hex(",", 4).replace(",", '"},"crc32":"')  # all at once: an eighth less
    if b"".join(seals) == f',"crc32":"{digits}"}}'.encode():
        return []
    return [end for end, seal, crc in zip(ends, seals, sums, strict=True) if seal != b',"crc32":"%08x"}' % crc]


def decode(line: bytes, decoder: msgspec.json.Decoder[Record]) -> Record:
    """Return the record of any kind that ``line`` keeps.

    Raises:
        DamagedLine: the line is not what was written, or was written by a newer Colloquia.
    """
    if line[-1:] == b"\n":
        line = line[:-1]
    if unsealed(line, (len(line),)):
        raise DamagedLine("its checksum is missing or does not fit")
    try:
        record = decoder.decode(line)
        _check_times([record])
    except (msgspec.MsgspecError, ValueError) as error:
        reason = "written by a newer Colloquia" if _is_newer(line) else f"it cannot be read: {error}"
        raise DamagedLine(reason) from error
    return record


def decode_block(data: bytes, ends: Sequence[int], decoder: msgspec.json.Decoder[Record]) -> Sequence[Record] | None:
    """Return the records of many lines at once; None where one of them is not what was written.

    Args:
        data: The lines; what may stand behind the last of them is not read.
        ends: Where each ends.
        decoder: Of their kind.
    """
    if unsealed(data, ends):
        return None
    try:
        records = decoder.decode_lines(memoryview(data)[: ends[-1]])
        _check_times(records)
    except (msgspec.MsgspecError, ValueError):
        return None
    return records if len(records) == len(ends) else None


def _check_times(records: Sequence[Any]) -> None:
    """Make sure that each time that rows name is one.

    Raises:
        ValueError: one is not.
    """
    if records and isinstance(records[0], Timed):
        for record in records:
            if (written := record.timestamp) is not None:
                _moment(written)


def _is_newer(line: bytes) -> bool:
    with suppress(msgspec.MsgspecError, UnicodeDecodeError):
        return _versions.decode(line).schema > SCHEMA
    return False
