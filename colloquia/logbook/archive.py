"""Archives: zip files that come out the same from the same files, and are opened with suspicion.

Whoever opens an archive did not make it. Names may not lead out of the folder, nothing may be a link, and nothing may
grow beyond what is reasonable while it is being unpacked, whatever its head says.
"""

from __future__ import annotations

import stat
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo
from zlib import error as ZlibError  # noqa: N812 (it is a class)

from colloquia.errors import FolderError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from colloquia.logbook.folder import RunFolder

MOST_FILES = 10_000
MOST_BYTES = 20_000_000_000
MOST_TIMES = 500
"""A file that unpacks to so many times its packed size is a bomb, and no log."""
FREE_BYTES = 50_000_000
"""So much may be unpacked whatever its packed size."""
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
_PIECE = 1 << 20


def pack(path: Path, files: Mapping[str, bytes | Path]) -> None:
    """Write a zip file of ``files`` by name, the same to the byte whenever they are.

    Raises:
        FolderError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with ZipFile(path, "w", ZIP_DEFLATED) as archive:
            for name in sorted(files):
                data = files[name]
                about = ZipInfo(name, _LONG_AGO)
                about.compress_type = ZIP_DEFLATED
                about.external_attr = (stat.S_IFREG | 0o644) << 16
                archive.writestr(about, data if isinstance(data, bytes) else data.read_bytes())
    except OSError as error:
        raise FolderError(f"{path} cannot be written ({error.strerror}): name another place.") from error


def unpack(path: Path, into: RunFolder) -> list[str]:
    """Unpack a zip file into a folder, and return the names of its files.

    Raises:
        FolderError: it is no zip file, is damaged, or holds something that no archive of ours holds.
        StorageError: the disk failed.
    """
    try:
        with ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            _check(path, members)
            for member in members:
                into.replace(member.filename, _read(path, archive, member))
    except (BadZipFile, ZlibError, EOFError, NotImplementedError) as error:
        raise FolderError(f"{path} is no whole zip file: {error}.") from error
    except OSError as error:
        raise FolderError(f"{path} cannot be read ({error.strerror}): name a bundle, which is a zip file.") from error
    return [member.filename for member in members]


def _check(path: Path, members: list[ZipInfo]) -> None:
    names = [member.filename for member in members]
    if len(members) > MOST_FILES or sum(member.file_size for member in members) > MOST_BYTES:
        raise FolderError(f"{path} holds more than a bundle holds: it is not unpacked.")
    if len({name.casefold() for name in names}) < len(names):
        raise FolderError(f"{path} holds two files of one name: it is not unpacked.")
    for member in members:
        kind = stat.S_IFMT(member.external_attr >> 16)
        if kind not in (0, stat.S_IFREG):
            raise FolderError(f"{path}: {member.filename!r} is a link or a device, and no file: it is not unpacked.")
        if member.flag_bits & 1:
            raise FolderError(f"{path}: {member.filename!r} is locked by a password: it is not unpacked.")
        if not _stays_inside(member.filename):
            raise FolderError(f"{path}: {member.filename!r} leads out of the folder: it is not unpacked.")
        if member.file_size > FREE_BYTES + MOST_TIMES * member.compress_size:
            raise FolderError(f"{path}: {member.filename!r} would grow beyond reason: it is not unpacked.")


def _stays_inside(name: str) -> bool:
    parts = PurePosixPath(name).parts
    is_relative = bool(parts) and parts[0] != "/" and ".." not in parts
    return is_relative and "\\" not in name and ":" not in name and "\0" not in name


def _read(path: Path, archive: ZipFile, member: ZipInfo) -> bytes:
    """Return a file of an archive, never more than its head says it has."""
    pieces: list[bytes] = []
    left = member.file_size
    with archive.open(member) as file:
        while piece := file.read(min(_PIECE, left + 1)):
            left -= len(piece)
            if left < 0:
                raise FolderError(f"{path}: {member.filename!r} is larger than it says: it is not unpacked.")
            pieces.append(piece)
    return b"".join(pieces)
