"""Where the lines of each conversation stand in a file, so that what was said is read only where somebody looks.

A million turns take eight bytes each in memory, and not what was said in them.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar, overload

from colloquia.conversation.transcript import Turn
from colloquia.errors import DamagedLogError
from colloquia.logbook.record import DamagedLine, decode_turn
from colloquia.logbook.turn_rows import turn_of

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator

    from colloquia.logbook.folder import RunFolder

Value = TypeVar("Value")
Row = TypeVar("Row", bound="_OfTurn")
MOST_BITS = 1 << 14
"""Turns beyond this number are kept one by one: a bit for each would let one line fill the memory."""


class _OfTurn(Protocol):
    """A row that says which turn it is."""

    @property
    def trial_id(self) -> str: ...
    @property
    def turn_id(self) -> int: ...


class Places:
    """Where the lines of the turns of one conversation begin in the log."""

    __slots__ = ("_odd", "begins", "offsets")

    def __init__(self, begins: int = 0) -> None:
        """Begin after the turns that a fork shares with its parent."""
        self.begins = begins
        self.offsets = array("Q")
        self._odd: dict[int, int] = {}
        """By turn, what does not follow on the turns before it."""

    def put(self, turn_id: int, offset: int) -> bool:
        """Take in the line of a turn; return False for a later line of a turn that is there."""
        expected = self.begins + len(self.offsets) + 1
        if turn_id == expected:
            self.offsets.append(offset)
            while self._odd and (next_one := self._odd.pop(expected := expected + 1, None)) is not None:
                self.offsets.append(next_one)
            return True
        if turn_id in self:
            return False
        self._odd[turn_id] = offset
        return True

    @property
    def turn_ids(self) -> Sequence[int]:
        """The numbers of its turns, in order."""
        whole = range(self.begins + 1, self.begins + 1 + len(self.offsets))
        return sorted((*whole, *self._odd)) if self._odd else whole

    @property
    def in_order(self) -> Sequence[int]:
        """Where its turns begin, in their order."""
        if not self._odd:
            return self.offsets
        by_turn = dict(enumerate(self.offsets, start=self.begins + 1))
        return [offset for _, offset in sorted((by_turn | self._odd).items())]

    @property
    def is_whole(self) -> bool:
        """True where no turn is missing before the last."""
        return not self._odd

    def __len__(self) -> int:
        """Return how many turns there are."""
        return len(self.offsets) + len(self._odd)

    def __contains__(self, turn_id: int) -> bool:
        """Tell whether a turn is there."""
        return self.begins < turn_id <= self.begins + len(self.offsets) or turn_id in self._odd


class Seen:
    """Which turns of which conversations went by: as long as they come in order how many, and then a bit for each."""

    def __init__(self) -> None:
        self._next: dict[str, int | None] = {}
        """The turn that follows, by trial id; None once turns came in another order."""
        self._bits: dict[str, int] = {}
        self._far: set[tuple[str, int]] = set()

    def new(self, rows: Iterable[Row], only: Container[str] | None = None) -> Iterator[Row]:
        """Take in turns, and yield those that did not go by before.

        Args:
            rows: The turns.
            only: The conversations that are asked for, by trial id, turns of others being passed over; all where it is
                None. One whose first turn went by is not looked up again.
        """
        following = self._next
        for row in rows:
            trial_id, turn_id = row.trial_id, row.turn_id
            if following.get(trial_id) == turn_id:
                following[trial_id] = turn_id + 1
                yield row
            elif (only is None or trial_id in only) and self.add(trial_id, turn_id):
                yield row

    def add(self, trial_id: str, turn_id: int) -> bool:
        """Take in a turn; return False where it went by before."""
        following = self._next.get(trial_id, 1)
        if turn_id == following:
            self._next[trial_id] = turn_id + 1
            return True
        if following is not None:
            if 1 <= turn_id < following:
                return False
            self._next[trial_id], self._bits[trial_id] = None, (1 << following) - 2
        bits = self._bits[trial_id]
        if 0 <= turn_id <= MOST_BITS:
            self._bits[trial_id] = with_it = bits | 1 << turn_id
            return with_it != bits
        is_new = not self.has(trial_id, turn_id)
        self._far.add((trial_id, turn_id))
        return is_new

    def has(self, trial_id: str, turn_id: int) -> bool:
        """Tell whether a turn went by."""
        following = self._next.get(trial_id, 1)
        if following is not None:
            return 1 <= turn_id < following
        is_near = turn_id >= 0 and bool(self._bits[trial_id] >> turn_id & 1)
        return is_near or (trial_id, turn_id) in self._far


class Said(Sequence[Turn]):
    """The turns of one conversation; each look reads them from the log, and one for the last turn reads one line."""

    __slots__ = ("_file", "_places", "_turns")

    def __init__(self, file: tuple[RunFolder, str], places: Places) -> None:
        self._file = file
        self._places = places
        self._turns: tuple[Turn, ...] | None = None

    @property
    def turn_ids(self) -> Sequence[int]:
        """The numbers of its turns, in order; known without reading any."""
        return self._places.turn_ids

    def __len__(self) -> int:
        """Return how many turns there are, without reading any."""
        return len(self._places)

    @overload
    def __getitem__(self, which: int) -> Turn: ...

    @overload
    def __getitem__(self, which: slice) -> tuple[Turn, ...]: ...

    def __getitem__(self, which: int | slice) -> Turn | tuple[Turn, ...]:
        """Return one turn, or some."""
        if self._turns is not None:
            return self._turns[which]
        found = self._places.in_order[which]
        if isinstance(found, int):
            return next(self._read([found]))
        return tuple(self._read(found))

    def __iter__(self) -> Iterator[Turn]:
        """Yield the turns in order; from now on they are kept, since who walks through them does it again."""
        if self._turns is None:
            self._turns = tuple(self._read(self._places.in_order))
        return iter(self._turns)

    def __eq__(self, other: object) -> bool:
        """Tell whether these are the same turns."""
        return tuple(self) == tuple(other) if isinstance(other, Sequence) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # it is as long as the file is when it is looked at

    def __repr__(self) -> str:
        """Return how much there is."""
        return f"Said({len(self)} turns)"

    def _read(self, offsets: Iterable[int]) -> Iterator[Turn]:
        return (turn_of(row) for row in read_at(*self._file, offsets, decode_turn))


class ByTrial(Mapping[str, Value], Generic[Value]):
    """What a file holds of each conversation, by trial id, each made when it is asked for."""

    def __init__(self, trial_ids: Mapping[str, object], made: Callable[[str], Value]) -> None:
        self._trial_ids = trial_ids
        self._made = made

    def __getitem__(self, trial_id: str) -> Value:
        """Return what there is of a conversation."""
        if trial_id not in self._trial_ids:
            raise KeyError(trial_id)
        return self._made(trial_id)

    def __contains__(self, trial_id: object) -> bool:
        """Tell whether there is anything of a conversation, without reading it."""
        return trial_id in self._trial_ids

    def __iter__(self) -> Iterator[str]:
        """Yield the conversations in the order in which they began."""
        return iter(self._trial_ids)

    def __len__(self) -> int:
        """Return of how many conversations there is anything."""
        return len(self._trial_ids)


def read_at(folder: RunFolder, name: str, offsets: Iterable[int], decode: Callable[[bytes], Value]) -> Iterator[Value]:
    """Yield the records of lines that begin at ``offsets``, in that order.

    Raises:
        DamagedLogError: a line is no longer what it was when the file was read, or was never what it should be.
        FolderError: the file cannot be read.
    """
    with folder.reading(name) as file:
        for offset in offsets:
            file.seek(offset)
            try:
                yield decode(file.readline())
            except DamagedLine as damaged:
                raise DamagedLogError(
                    f"{folder.path / name}, at byte {offset:,}: {damaged.reason}. Run `colloquia check` to see what is "
                    "damaged."
                ) from damaged
