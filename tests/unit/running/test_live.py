"""Text that is being generated: soon in a file, gone once it is final, and never in the way of a run."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from colloquia.errors import StorageError
from colloquia.logbook.disk import Disk
from colloquia.logbook.folder import RunFolder
from colloquia.running import live
from colloquia.running.live import LONGEST_TEXT, MOST_TALKS, Due, LiveTexts, live_texts

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """Return a run folder that is there."""
    found = RunFolder(tmp_path / "data")
    found.make()
    return found


def files(folder: RunFolder) -> dict[str, str]:
    """Return the texts that stand in files, by name."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted((folder.path / "live").glob("*"))}


def brought_up_to_date(folder: RunFolder, texts: LiveTexts) -> dict[str, str]:
    """Write what is due, and return what stands in files then."""
    live.write(folder, texts.due())
    return files(folder)


def test_a_text_stands_in_the_file_of_its_talk(folder: RunFolder) -> None:
    """As far as it was generated, character by character."""
    texts = LiveTexts()
    texts.heard("t", "I could")
    texts.heard("u", "Höchstens 5 €\n")
    texts.heard("t", "I could accept")

    assert brought_up_to_date(folder, texts) == {"t.txt": "I could accept", "u.txt": "Höchstens 5 €\n"}
    assert live.read(folder, "t") == "I could accept"


def test_a_final_turn_has_no_file(folder: RunFolder) -> None:
    """The talk's next turn gets one again."""
    texts = LiveTexts()
    texts.heard("t", "one")
    brought_up_to_date(folder, texts)
    texts.heard("t", "")
    after = brought_up_to_date(folder, texts)
    texts.heard("t", "two")

    assert after == {}
    assert live.read(folder, "t") == ""
    assert brought_up_to_date(folder, texts) == {"t.txt": "two"}


def test_only_what_changed_is_written() -> None:
    """A talk that waits costs nothing."""
    texts = LiveTexts()
    texts.heard("t", "one")
    texts.due()

    assert texts.due() == Due(texts={}, final=frozenset())
    texts.heard("u", "two")
    assert texts.due().texts == {"u": "two"}


def test_a_turn_that_is_final_before_it_was_written_leaves_nothing(folder: RunFolder) -> None:
    """Quick talks touch no disk."""
    texts = LiveTexts()
    texts.heard("t", "one")
    texts.heard("t", "")

    assert texts.due() == Due(texts={}, final=frozenset())


def test_only_so_many_talks_have_a_file() -> None:
    """Those that began first; one that ends makes room."""
    texts = LiveTexts()
    for number in range(MOST_TALKS + 10):
        texts.heard(f"t{number}", "text")
    first = texts.due()
    texts.heard("t0", "")
    texts.heard("late", "text")

    assert len(first.texts) == MOST_TALKS
    assert texts.due() == Due(texts={"late": "text"}, final=frozenset({"t0"}))


def test_of_a_very_long_text_the_end_is_shown() -> None:
    """What grows without end must not be copied without end."""
    texts = LiveTexts()
    texts.heard("t", "x" * LONGEST_TEXT + "end")

    assert len(texts.due().texts["t"]) == LONGEST_TEXT


class FullDisk(Disk):
    """A disk on which nothing can be written."""

    def open(self, path: Path, flags: int) -> int:
        raise OSError(28, "No space left on device")


def test_a_full_disk_is_ignored(tmp_path: Path) -> None:
    """The real files would say so; a text that nobody needs does not."""
    folder = RunFolder(tmp_path, FullDisk())
    with pytest.raises(StorageError):
        folder.replace_quickly("live/t.txt", b"text")

    live.write(folder, Due(texts={"t": "text"}, final=frozenset({"u"})))

    assert files(folder) == {}


def test_a_talk_cannot_lead_out_of_the_folder(folder: RunFolder) -> None:
    """An id is a name, never a path."""
    live.write(folder, Due(texts={"../../evil": "text"}, final=frozenset()))

    assert list(folder.path.parent.rglob("evil*")) == []


def stepping(steps: int) -> tuple[Callable[[float], Awaitable[None]], asyncio.Event]:
    """Return a sleep that returns so many times, and what is set when it is asked once more."""
    done = asyncio.Event()
    left = iter(range(steps))

    async def sleep(seconds: float) -> None:
        if next(left, None) is None:
            done.set()
            await asyncio.Event().wait()

    return sleep, done


def test_files_are_there_while_a_run_goes_on_and_not_after(folder: RunFolder) -> None:
    """Also those that a killed run left behind, half-written ones included."""
    (folder.path / "live").mkdir()
    for name in ("old.txt", ".old.txt.tmp"):
        (folder.path / "live" / name).write_text("left behind", encoding="utf-8")

    async def run() -> tuple[dict[str, str], dict[str, str]]:
        sleep, done = stepping(1)
        async with live_texts(folder, sleep=sleep) as texts:
            before = files(folder)
            texts.heard("t", "text")
            await done.wait()
            return before, files(folder)

    assert asyncio.run(run()) == ({}, {"t.txt": "text"})
    assert files(folder) == {}


def test_a_broken_run_leaves_no_files(folder: RunFolder) -> None:
    """Whatever ends the block."""

    async def run() -> None:
        sleep, done = stepping(1)
        async with live_texts(folder, sleep=sleep) as texts:
            texts.heard("t", "text")
            await done.wait()
            raise KeyError

    with pytest.raises(KeyError):
        asyncio.run(run())
    assert files(folder) == {}
