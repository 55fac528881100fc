# ruff: noqa: INP001, T201 - a snippet that prints
"""Bytes of zlib for the windows of the fixture of ``compression``.

Made with the zlib of Python 3.11. Printed::

    zlib 1.2.13: 21 of 1024 bytes
    ratio 0.020508
"""

import zlib

turn = "x" * 400
window = "\n".join([turn] * 6).encode()[-1024:]
print(f"zlib {zlib.ZLIB_RUNTIME_VERSION}: {len(zlib.compress(window, 9))} of {len(window)} bytes")
print(f"ratio {len(zlib.compress(window, 9)) / len(window):.6f}")
