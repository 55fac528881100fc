"""Calls over TLS: on one connection, and to nobody whose certificate is not believed."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from typing import TYPE_CHECKING

import pytest
from servers import STREAM_HEAD, RawServer, Step, chunk
from unit.providers.exchanges import Kept, wire

from colloquia.errors import CallError
from colloquia.providers.call import Call
from colloquia.providers.sockets import SocketTransport

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """Return a certificate of 127.0.0.1, and its key."""
    if (openssl := shutil.which("openssl")) is None:
        pytest.skip("openssl is needed to make a certificate")
    key, made = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=here",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(made)],
        check=True, capture_output=True,
    )  # fmt: skip
    return made, key


def over_tls(certificate: tuple[Path, Path], tls: Callable[[], ssl.SSLContext]) -> tuple[int, bytes]:
    """Return status and body of two exchanges over TLS, the latter of both."""

    async def main() -> tuple[int, bytes]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        raw = RawServer(acts=[[STREAM_HEAD, chunk(b"data: x\n\n"), b"0\r\n\r\n", Step.KEEP]])
        async with await asyncio.start_server(raw.serve, "127.0.0.1", 0, ssl=context) as server:
            address = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/x"
            async with wire(transport=SocketTransport(tls=tls)) as made:
                for _ in range(2):
                    listener = Kept()
                    found = await made.exchange(Call(url=address, headers={}, body=b"{}"), listener)
            await asyncio.gather(*filter(None, raw.open.values()), return_exceptions=True)
        assert raw.connections == 1
        return found.status, listener.body

    return asyncio.run(main())


def test_calls_go_over_tls(certificate: tuple[Path, Path]) -> None:
    """On one connection, where its certificate is believed."""
    trusting = ssl.create_default_context(cafile=str(certificate[0]))

    assert over_tls(certificate, lambda: trusting) == (200, b"data: x\n\n")


def test_a_certificate_that_nobody_vouches_for_is_not_believed(certificate: tuple[Path, Path]) -> None:
    """And nothing is sent."""
    with pytest.raises(CallError, match="its certificate") as failed:
        over_tls(certificate, ssl.create_default_context)

    assert failed.value.failure.was_sent is False
