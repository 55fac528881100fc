"""What ids and hashes are made of, so that anyone can check them with the standard library alone."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from hashlib import _Hash as HASH

canonical_json = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
"""Sorted keys, no spaces, numbers as the standard library writes them."""


def request_sha256(slug: str, routing: Mapping[str, Any], sampling: Mapping[str, Any], messages_json: bytes) -> str:
    """Return the hexadecimal SHA-256 of the UTF-8 JSON of slug, routing, sampling and, last, the messages."""
    return ended(sha256(hashed_first(slug, routing, sampling)), messages_json)


def hashed_first(slug: str, routing: Mapping[str, Any], sampling: Mapping[str, Any]) -> bytes:
    """Return what stands before the messages in what is hashed of a request."""
    settings = (canonical_json(part) for part in (slug, routing, sampling))
    return '{{"slug":{},"routing":{},"sampling":{},"messages":'.format(*settings).encode()


def ended(digest: HASH, messages_json: bytes) -> str:
    """Return the hash of a request of which ``digest`` has all but the last of its messages."""
    digest.update(messages_json)
    digest.update(b"}")
    return digest.hexdigest()
