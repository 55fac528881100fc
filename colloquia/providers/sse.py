"""Server-sent events: the payloads of the ``data:`` lines in a stream of bytes that may be cut anywhere.

Every ``data:`` line is an event of its own. The chat servers send one line of JSON each, and some leave out the blank
line that would end an event.
"""

from __future__ import annotations

_BEGINNINGS = (b"data:", b"\xef\xbb\xbfdata:")
"""Of the lines that hold something; a byte-order mark is passed over."""


class EventLines:
    """Takes in bytes as they arrive and gives the payloads of the lines that they complete."""

    def __init__(self) -> None:
        self._rest: list[bytes] = []

    def take(self, data: bytes) -> list[bytes]:
        """Return the payloads of the ``data:`` lines that ``data`` completes; comments and other fields have none."""
        end = max(data.rfind(b"\n"), data.rfind(b"\r")) + 1
        if not end:
            self._rest.append(data)
            return []
        lines = b"".join([*self._rest, data[:end]])
        self._rest = [data[end:]] if end < len(data) else []
        return _payloads(lines)

    def end(self) -> list[bytes]:
        """Return the payload of a last line that was never ended, where there is one."""
        rest, self._rest = b"".join(self._rest), []
        return _payloads(rest)


def _payloads(lines: bytes) -> list[bytes]:
    each = lines.replace(b"\r", b"\n").split(b"\n")
    return [line.partition(b":")[2].strip() for line in each if line.startswith(_BEGINNINGS)]
