"""A small server on this machine, there while a block runs."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def listening(handler: type[BaseHTTPRequestHandler], **known: object) -> Iterator[str]:
    """Serve on a free port while the block runs, over connections that stay open, and yield the address.

    Args:
        handler: Answers the requests.
        known: What each of them finds as its own: fields of the handler.
    """
    manner = {"protocol_version": "HTTP/1.1", "log_message": lambda *_told: None}
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (handler,), {**manner, **known}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
