"""The run folder: it is its owner's, nothing leads out of it, and a file in it is whole or not there."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from errno import ENOSPC, EROFS
from typing import TYPE_CHECKING

import pytest
from unit.logbook.disks import FaultyDisk, RecordingDisk

from colloquia.errors import FolderError, StorageError
from colloquia.logbook.disk import Disk
from colloquia.logbook.folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


on_posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@on_posix
def test_folders_and_files_are_for_their_owner_only(tmp_path: Path) -> None:
    """What models said is nobody else's to read, whatever the umask allows."""
    folder = RunFolder(tmp_path / "runs" / "first")
    before = os.umask(0)
    try:
        folder.make()
        folder.replace("live/talk.json", b"{}")
        folder.append(folder.log).close()
        with folder.lock("test"):
            modes = {path.relative_to(tmp_path).as_posix(): _mode(path) for path in tmp_path.rglob("*")}
    finally:
        os.umask(before)

    files = {"runs/first/live/talk.json", "runs/first/experiment_log.jsonl", "runs/first/lock", "runs/first/lock.json"}
    assert modes == {**dict.fromkeys(("runs", "runs/first", "runs/first/live"), 0o700), **dict.fromkeys(files, 0o600)}


def test_a_folder_that_is_there_stays_as_it_is(folder: RunFolder) -> None:
    """Making it again changes nothing."""
    folder.make()
    folder.replace(folder.state, b"{}")

    folder.make()

    assert (folder.path / folder.state).read_bytes() == b"{}"


def test_a_check_leaves_no_trace(folder: RunFolder) -> None:
    """A folder can be checked before anybody has decided to use it."""
    folder.check_writable()
    assert not folder.path.exists()

    folder.make()
    folder.check_writable()
    assert list(folder.path.iterdir()) == []


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path: Path) -> None:
    """The message says which path is in the way."""
    (tmp_path / "data").write_text("I am a file")

    with pytest.raises(FolderError, match=re.escape(str(tmp_path / "data")) + r".*not a folder.*--run-dir"):
        RunFolder(tmp_path / "data").check_writable()
    with pytest.raises(FolderError, match=re.escape(str(tmp_path / "data"))):
        RunFolder(tmp_path / "data" / "below").check_writable()
    with pytest.raises(FolderError):
        RunFolder(tmp_path / "data" / "below").make()


def test_a_log_that_cannot_be_appended_to_is_named(folder: RunFolder) -> None:
    """Better before the first paid call than after it."""
    folder.make()
    (folder.path / folder.journal).mkdir()

    with pytest.raises(FolderError, match=re.escape(folder.journal)):
        folder.check_writable()


@on_posix
def test_a_log_that_is_a_link_is_refused(folder: RunFolder, tmp_path: Path) -> None:
    """Nothing is ever written through a link to somewhere else."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"mine")
    folder.make()
    (folder.path / folder.log).symlink_to(elsewhere)

    with pytest.raises(FolderError, match=re.escape(folder.log)):
        folder.check_writable()
    with pytest.raises(StorageError):
        folder.append(folder.log)
    with pytest.raises(StorageError):
        folder.truncate(folder.log, 0)
    assert elsewhere.read_bytes() == b"mine"


def test_a_replacement_takes_the_place_of_a_link_not_of_what_it_points_to(folder: RunFolder, tmp_path: Path) -> None:
    """Whoever puts a link into the folder gets no file of theirs overwritten."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"mine")
    folder.make()
    (folder.path / folder.state).symlink_to(elsewhere)

    folder.replace(folder.state, b"{}")

    assert elsewhere.read_bytes() == b"mine"
    assert (folder.path / folder.state).read_bytes() == b"{}"


class ReadOnlyDisk(Disk):
    """A disk that was mounted to be read only."""

    def may_write(self, path: Path) -> bool:
        """Say no."""
        return False

    def open(self, path: Path, flags: int) -> int:
        """Refuse to write."""
        raise OSError(EROFS, "Read-only file system")


@pytest.mark.parametrize("exists", [True, False])
def test_a_read_only_disk_is_refused_before_anything_is_written(folder: RunFolder, *, exists: bool) -> None:
    """The folder to be, or the one that is there, is named with what to do."""
    if exists:
        folder.make()

    with pytest.raises(FolderError, match=r"cannot be written.*--run-dir"):
        replace(folder, disk=ReadOnlyDisk()).check_writable()
    assert folder.path.exists() == exists


def test_a_full_disk_is_refused_before_anything_is_written(folder: RunFolder) -> None:
    """Permissions are not all that writing needs."""
    folder.make()

    class FullDisk(Disk):
        def write(self, descriptor: int, data: bytes | memoryview) -> int:
            raise OSError(ENOSPC, "No space left on device")

    with pytest.raises(FolderError, match=r"No space left.*free some space"):
        replace(folder, disk=FullDisk()).check_writable()
    assert list(folder.path.iterdir()) == []


@pytest.mark.parametrize(
    "name",
    [
        "", "/etc/passwd", "..", "../up", "a/../../up", "C:evil", "a\\b", "nul", "NUL.txt", "com1", "a\x00b", "a\nb",
        "ends.", "ends ", "a/con/b", "what?", "a:stream",
    ],
)  # fmt: skip
def test_a_name_that_could_lead_astray_is_refused(folder: RunFolder, name: str) -> None:
    """No name from outside leads out of the folder or to a device, on any system."""
    folder.make()

    with pytest.raises(FolderError, match="no name for a file"):
        folder.replace(name, b"")
    with pytest.raises(FolderError, match="no name for a file"):
        folder.append(name)
    with pytest.raises(FolderError, match="no name for a file"), folder.reading(name):
        pass


@on_posix
def test_a_linked_directory_leads_nobody_out(folder: RunFolder, tmp_path: Path) -> None:
    """A path is resolved before it is used."""
    (tmp_path / "outside").mkdir()
    folder.make()
    (folder.path / "live").symlink_to(tmp_path / "outside")

    with pytest.raises(FolderError, match="no name for a file"):
        folder.replace("live/talk.json", b"")
    assert list((tmp_path / "outside").iterdir()) == []


def test_names_of_peoples_own_files_are_welcome(folder: RunFolder) -> None:
    """What a study names may have spaces and letters of any language."""
    folder.replace("files/Rollen und Texte/Käufer 1.txt", b"Guten Tag")

    with folder.reading("files/Rollen und Texte/Käufer 1.txt") as file:
        assert file.read() == b"Guten Tag"


def test_a_replacement_is_flushed_before_it_gets_its_name_and_the_name_after(tmp_path: Path) -> None:
    """Power may fail at any instant: there is the old file or the new one."""
    disk = RecordingDisk()
    folder = RunFolder(tmp_path, disk)

    folder.replace("state.json", iter([b"{", b"}"]))

    assert [what for what, _ in disk.done] == ["open", "write", "write", "sync", "replace", "sync_dir"]
    assert (tmp_path / "state.json").read_bytes() == b"{}"
    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]


def test_a_new_folder_and_a_new_log_have_their_names_on_disk(tmp_path: Path) -> None:
    """A file whose directory was not flushed may be gone after a power cut."""
    disk = RecordingDisk()
    folder = RunFolder(tmp_path / "runs" / "one", disk)

    folder.make()
    folder.append(folder.log).close()

    assert disk.done == [
        ("make_dir", "runs"), ("sync_dir", tmp_path.name), ("make_dir", "one"), ("sync_dir", "runs"),
        ("open", folder.log), ("sync_dir", "one"),
    ]  # fmt: skip


@pytest.mark.parametrize("when", ["before", "after", "half"])
def test_a_replacement_that_fails_at_any_call_leaves_a_whole_file(tmp_path: Path, when: str) -> None:
    """The old text or the new one stands there, and nothing beside it that anybody would read."""
    RunFolder(tmp_path).replace("state.json", b"old text")
    for k in range(1, 20):
        disk = FaultyDisk(k, when)
        try:
            RunFolder(tmp_path, disk).replace("state.json", iter([b"new ", b"text"]))
        except StorageError:
            assert disk.has_failed
        if not disk.has_failed:
            break
        assert (tmp_path / "state.json").read_bytes() in (b"old text", b"new text")
        assert {path.name for path in tmp_path.iterdir() if not path.name.endswith(".tmp")} == {"state.json"}
    else:
        pytest.fail("the disk never stopped failing")


def test_a_replacement_whose_text_cannot_be_made_leaves_the_old_file(tmp_path: Path) -> None:
    """Half a table is no table."""

    def pieces() -> Iterator[bytes]:
        yield b"half"
        raise ValueError("no more")

    folder = RunFolder(tmp_path)
    folder.replace("t.csv", b"old")

    with pytest.raises(ValueError, match="no more"):
        folder.replace("t.csv", pieces())

    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]
    assert (tmp_path / "t.csv").read_bytes() == b"old"


def test_a_disk_that_takes_little_at_a_time_gets_all_of_it(folder: RunFolder) -> None:
    """The system may write less than it was asked to; the rest follows."""

    class Sipping(Disk):
        def write(self, descriptor: int, data: bytes | memoryview) -> int:
            return super().write(descriptor, data[:3])

    replace(folder, disk=Sipping()).replace(folder.state, b"0123456789")

    assert (folder.path / folder.state).read_bytes() == b"0123456789"
