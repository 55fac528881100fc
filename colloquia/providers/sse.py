"""Server-sent events: the payloads of the ``data:`` lines in a stream of bytes that may be cut anywhere.

Every ``data:`` line is an event of its own. The chat servers send one line of JSON each, and some leave out the blank
line that would end an event.
"""

from __future__ import annotations

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class EventLines:
    """Takes in bytes as they arrive and gives the payloads of the lines that they complete."""

    def __init__(self) -> None:
        self._rest: list[bytes] = []

    def take(self, data: bytes) -> list[bytes]:
        """Return the payloads of the ``data:`` lines that ``data`` completes; comments and other fields have none."""
        if b"\n" not in data and b"\r" not in data:
            self._rest.append(data)
            return []
        lines = b"".join([*self._rest, data]).splitlines(keepends=True)
        self._rest = [] if lines[-1].endswith((b"\n", b"\r")) else [lines.pop()]
        return _payloads(lines)

    def end(self) -> list[bytes]:
        """Return the payload of a last line that was never ended, where there is one."""
        rest, self._rest = b"".join(self._rest), []
        return _payloads([rest])


def _payloads(lines: list[bytes]) -> list[bytes]:
    return [payload for line in lines if (payload := _payload(line)) is not None]


def _payload(line: bytes) -> bytes | None:
    field, colon, value = line.removeprefix(_BYTE_ORDER_MARK).partition(b":")
    return value.strip() if colon and field == b"data" else None
