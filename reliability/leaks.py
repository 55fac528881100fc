"""Answers that repeat the key they were asked with, in every place where a server could put it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from colloquia.conversation.chat_model import Reply
from reliability.answers import OPENROUTER_KEY, OWN_KEY, Sent, keys_in, read
from reliability.chance import chance
from reliability.corpus import completion, delta, error
from reliability.mutations import in_pieces
from reliability.tally import Tally

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

SECRETS = (OPENROUTER_KEY, OWN_KEY)
SOMEBODYS = "sk-ant-api03-AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AA"
"""Another key, which an echoing proxy may show."""
STATUSES = (200, 200, 200, 200, 200, 400, 401, 403, 404, 429, 500, 502)
EDGES = (200, 2048)
"""Where texts are cut off; a key may lie across."""


def in_message(key: str, draws: random.Random) -> bytes:
    """Name it in the message of an error."""
    return json.dumps(error(draws.choice(STATUSES), f"Invalid key: {key}")).encode()


def in_raw(key: str, draws: random.Random) -> bytes:
    """Name it in what the provider behind said."""
    raw = json.dumps({"error": {"message": f"Incorrect API key provided: {key}.", "type": key, "code": key}})
    return json.dumps(error(draws.choice(STATUSES), raw=raw, provider_name="acme")).encode()


def in_types(key: str, draws: random.Random) -> bytes:
    """Let it be a typed word."""
    name = draws.choice(("type", "code", "error_type"))
    return json.dumps({"error": {"message": "no", name: key, "metadata": {"error_type": key}}}).encode()


def in_html(key: str, draws: random.Random) -> bytes:
    """Show the request, as some gateways do."""
    del draws
    return f"<html><pre>POST /v1\nAuthorization: Bearer {key}\n</pre></html>".encode()


def at_an_edge(key: str, draws: random.Random) -> bytes:
    """Let it lie across the place where a text is cut off."""
    before = draws.choice(EDGES) - draws.randrange(len(key) + 40)
    if draws.random() < 0.5:
        return json.dumps(error(400, f"{'x' * max(before, 0)}{key} and more {'y' * 300}")).encode()
    return ("y" * before + key + "z" * 300).encode()


def in_id(key: str, draws: random.Random) -> bytes:
    """Let it be the id of what is generated."""
    body = {**completion(None if draws.random() < 0.5 else "Yes"), "id": key}
    if draws.random() < 0.5:
        body = {**error(500), "id": key}
    return json.dumps(body).encode()


def in_words(key: str, draws: random.Random) -> bytes:
    """Let it be the name of the provider, of the model, or a reason."""
    body = completion()
    name = draws.choice(("provider", "model", "finish_reason", "native_finish_reason"))
    if name in body:
        return json.dumps({**body, name: key}).encode()
    return json.dumps({**body, "choices": [{**body["choices"][0], name: key}]}).encode()


def in_a_stream(key: str, draws: random.Random) -> bytes:
    """Let the text of a stream hold it, and the stream break off."""
    text = f"Your key is {key}, I believe."
    at = draws.randrange(len(text))
    return delta(content=text[:at]) + delta(content=text[at:])


def in_other_letters(key: str, draws: random.Random) -> bytes:
    """Name it as JSON may also write it: Go and .NET escape ``+``, PHP escapes ``/``."""
    told = in_message(key, draws).decode()
    return told.replace("/", "\\/").replace("+", draws.choice(("+", "\\u002b", "\\u002B"))).encode()


def of_another(key: str, draws: random.Random) -> bytes:
    """Show somebody else's key."""
    del key
    return in_message(draws.choice((SOMEBODYS, f"Bearer {SOMEBODYS[3:]}")), draws)


PLACES: tuple[Callable[[str, random.Random], bytes], ...] = (
    in_message, in_raw, in_types, in_html, at_an_edge, in_id, in_words, in_a_stream, in_other_letters, of_another,
)  # fmt: skip


def leaks(seed: str, first: int, number: int) -> dict[str, Tally]:
    """Read so many answers that repeat a key; failures and replies are counted apart."""
    failures, replies = Tally(), Tally()
    for case in range(first, first + number):
        draws = chance(seed, "key", case)
        secret, place = draws.choice(SECRETS), draws.choice(PLACES)
        answer = Sent(
            pieces=in_pieces(place(secret, draws), draws),
            status=draws.choice(STATUSES),
            headers={"x-generation-id": secret} if draws.random() < 0.1 else {},
        )
        found = read(answer, secret)
        tally = replies if isinstance(found, Reply) else failures
        what = f"{place.__name__.replace('_', ' ')}, case {case}"
        tally.kinds[place.__name__] += 1
        tally.add(what, keys_in(found, secret))
    return {"keys in failures": failures, "keys in replies": replies}
