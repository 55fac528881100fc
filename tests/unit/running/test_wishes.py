"""What somebody outside wants of a run: written whole, heard by the run it names, ignored where it makes no sense."""

from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from colloquia.logbook.folder import RunFolder
from colloquia.running.control import Control
from colloquia.running.wishes import LARGEST_BYTES, Wish, heeded, utter, uttered

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RUN = "run-1"
LOOKS = 3
"""So often a run looks before a test says that it did not listen."""


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """Return an empty run folder."""
    return RunFolder(tmp_path)


class Looks:
    """A pause between two looks that takes no time, and an end after enough of them."""

    def __init__(self, act: Callable[[int], None] = lambda number: None) -> None:
        self.number = 0
        self.enough = asyncio.Event()
        self._act = act

    async def sleep(self, seconds: float) -> None:
        self.number += 1
        self._act(self.number)
        if self.number >= LOOKS:
            self.enough.set()
        await asyncio.sleep(0)


def heard(folder: RunFolder, act: Callable[[int], None] = lambda number: None) -> Control:
    """Return the control of a run after it has looked a few times."""
    control = Control()

    async def run() -> None:
        looks = Looks(act)
        async with heeded(folder, control, RUN, sleep=looks.sleep):
            await looks.enough.wait()

    asyncio.run(run())
    return control


def test_a_wish_reads_back_as_it_was_put(folder: RunFolder) -> None:
    """The file is plain JSON, so that any client can write it."""
    utter(folder, Wish(run_id=RUN, want="pause"))

    assert uttered(folder) == Wish(run_id=RUN, want="pause")
    assert json.loads((folder.path / "control.json").read_text()) == {"run_id": RUN, "want": "pause"}
    assert list(folder.path.iterdir()) == [folder.path / "control.json"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_a_wish_is_for_its_owner_only(folder: RunFolder) -> None:
    """Like all files of the folder."""
    utter(folder, Wish(run_id=RUN, want="stop"))

    assert (folder.path / "control.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b'{"run_id": "run-1"}',
        b'{"want": "pause"}',
        b'{"run_id": "run-1", "want": "explode"}',
        b'{"run_id": 1, "want": "pause"}',
        b'["run-1", "pause"]',
        b'{"run_id": "run-1", "want": "pause"',
        b'{"run_id": "run-1", "want": "pause"}{"run_id": "run-1", "want": "stop"}',
        b'{"run_id": "\xff", "want": "pause"}',
        b'{"run_id": "run-1", "want": "pause"}' + b" " * LARGEST_BYTES,
        b'{"run_id": "run-1", "why": "' + b"x" * LARGEST_BYTES + b'", "want": "pause"}',
        b"\x00" * 100,
    ],
)
def test_what_is_torn_or_foreign_is_no_wish(folder: RunFolder, data: bytes) -> None:
    """A run goes on as if the file were not there."""
    (folder.path / "control.json").write_bytes(data)

    control = heard(folder)

    assert control.is_running
    assert not control.is_paused


def test_no_file_and_a_directory_in_its_place_are_no_wish(folder: RunFolder) -> None:
    """Nothing outside can break a run by what it leaves there."""
    assert uttered(folder) is None

    (folder.path / "control.json").mkdir()

    assert heard(folder).is_running


@pytest.mark.parametrize("want", ["pause", "stop", "stop_now"])
def test_a_wish_for_another_run_is_ignored(folder: RunFolder, want: Any) -> None:
    """One that came too late does not stop the run that was begun to go on."""
    utter(folder, Wish(run_id="run-0", want=want))

    control = heard(folder)

    assert control.is_running
    assert not control.is_paused


def test_a_pause_is_heard_and_taken_back(folder: RunFolder) -> None:
    """The last wish is the one that counts."""
    paused: list[bool] = []
    control = Control()

    async def run() -> None:
        def act(number: int) -> None:
            paused.append(control.is_paused)
            utter(folder, Wish(run_id=RUN, want="run" if number == 2 else "pause"))

        looks = Looks(act)
        async with heeded(folder, control, RUN, sleep=looks.sleep):
            await looks.enough.wait()

    asyncio.run(run())

    assert paused[:3] == [False, True, False]


def test_a_run_that_is_told_to_stop_says_who_wanted_it(folder: RunFolder) -> None:
    """The reason is not a signal, so that the exit code says: stopped early, resumable."""
    utter(folder, Wish(run_id=RUN, want="stop"))

    control = heard(folder)

    assert control.reason == "stopped"
    assert "asked for it" in control.message
    assert not control.is_cut_short


def test_stopping_now_cancels_whoever_holds_the_run_once(folder: RunFolder) -> None:
    """The wish stays in the file; the end of the run is not cancelled again by it."""
    utter(folder, Wish(run_id=RUN, want="stop_now"))
    control, looks = Control(), Looks()
    cancellations: list[int] = []

    async def run() -> None:
        async with heeded(folder, control, RUN, sleep=looks.sleep):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                await looks.enough.wait()
                task = asyncio.current_task()
                assert task is not None
                cancellations.append(task.cancelling())
                raise

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(run())

    assert cancellations == [1]
    assert control.is_cut_short
    assert control.reason == "stopped"


def test_a_run_that_stops_already_can_still_be_told_to_stop_now(folder: RunFolder) -> None:
    """As the second Ctrl-C: calls under way are then not waited for."""
    control = Control()
    control.stop("SIGINT")
    utter(folder, Wish(run_id=RUN, want="stop_now"))

    async def run() -> None:
        async with heeded(folder, control, RUN, sleep=Looks().sleep):
            await asyncio.Event().wait()

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(run())

    assert control.is_cut_short
    assert control.reason == "SIGINT"
