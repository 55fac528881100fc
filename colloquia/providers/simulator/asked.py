"""One request for a reply, as the simulator understands it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from colloquia.providers.assembly import text_in
from colloquia.providers.decoding import MalformedError
from colloquia.providers.simulator.speech import count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from colloquia.providers.simulator.catalogue import Model

_NOT_IN_THE_KEY = ("stream", "stream_options")
_TOKENS_PER_MESSAGE = 4


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request for a reply, known to be well formed."""

    body: Mapping[str, Any]
    model: Model
    key: str
    """The request key: equal for requests that ask the same, streamed or not."""
    is_text: bool = False
    """True where one text is to be completed, and not a list of messages."""

    @property
    def is_streamed(self) -> bool:
        """Tell whether a stream is asked for."""
        return self.body.get("stream") is True

    @property
    def messages(self) -> list[tuple[str, str]]:
        """Roles and texts."""
        if self.is_text:
            return [("prompt", str(self.body.get("prompt") or ""))]
        return [(message["role"], text_in(message.get("content")) or "") for message in self.body["messages"]]

    @property
    def max_tokens(self) -> int:
        """Tokens that the reply may have; the model's most where the request does not say."""
        asked = self.body.get("max_completion_tokens") or self.body.get("max_tokens")
        most = self.model.max_completion_tokens
        return min(int(asked), most) if asked else most

    @property
    def prompt_tokens(self) -> int:
        """Tokens of all messages."""
        return sum(_counted(text) + _TOKENS_PER_MESSAGE for _, text in self.messages)

    @property
    def session(self) -> str:
        """What keeps requests at one endpoint: the session, else how the conversation begins."""
        named = self.body.get("session_id") or self.body.get("prompt_cache_key")
        return str(named or self.messages[:2])

    @property
    def asks_for_usage(self) -> bool:
        """Tell whether a stream shall end with its usage, at servers where it does so only when asked."""
        options = self.body.get("stream_options")
        return isinstance(options, dict) and options.get("include_usage") is True

    def said(self, name: str) -> Mapping[str, Any]:
        """Return a field that is a table, empty where it is missing."""
        value = self.body.get(name)
        return value if isinstance(value, dict) else {}


def request_key(body: object) -> str:
    """Return the key under which attempts of a request are counted.

    Raises:
        MalformedError: the body is no table.
    """
    if not isinstance(body, dict):
        raise MalformedError("no table")
    kept = {name: value for name, value in body.items() if name not in _NOT_IN_THE_KEY}
    return sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


@lru_cache(maxsize=2**14)
def _counted(text: str) -> int:
    return count(text)
