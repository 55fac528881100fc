"""Server-sent events: the payloads of the ``data:`` lines in a stream of bytes that may be cut anywhere.

Every ``data:`` line is an event of its own. The chat servers send one line of JSON each, and some leave out the blank
line that would end an event.
"""

from __future__ import annotations

_BEGINNINGS = (b"data:", b"\xef\xbb\xbfdata:")
"""Of the lines that hold something; a byte-order mark is passed over."""
_FIRST, _LAST = b"data: ", b"\n\n"
"""What nearly every server writes around each payload."""


class EventLines:
    """Takes in bytes as they arrive and gives the lines that they complete."""

    def __init__(self) -> None:
        self._rest: list[bytes] = []

    def take(self, data: bytes) -> bytes:
        """Return the lines that ``data`` completes, their ends included."""
        end = len(data) if data.endswith(b"\n") else max(data.rfind(b"\n"), data.rfind(b"\r")) + 1
        if not end:
            self._rest.append(data)
            return b""
        lines = b"".join([*self._rest, data[:end]]) if self._rest else data[:end]
        self._rest = [data[end:]] if end < len(data) else []
        return lines

    def end(self) -> bytes:
        """Return a last line that was never ended, where there is one."""
        rest, self._rest = b"".join(self._rest), []
        return rest


def payloads(lines: bytes) -> list[bytes]:
    """Return the payloads of the ``data:`` lines among ``lines``; comments and other fields have none."""
    if lines.startswith(_FIRST) and lines.endswith(_LAST) and b"\r" not in lines:
        found = lines[len(_FIRST) : -len(_LAST)].split(_LAST + _FIRST)
        if b"\n" not in b"".join(found):  # else there are other lines as well
            return [*map(bytes.strip, found)]
    each = lines.replace(b"\r", b"\n").split(b"\n")
    return [line.partition(b":")[2].strip() for line in each if line.startswith(_BEGINNINGS)]
