"""Answers read as the package reads them, without a network; and what must be true of whatever comes of one."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from msgspec import structs

from colloquia.conversation.chat_model import ChatRequest, Message, Occasion, Reply
from colloquia.conversation.transcript import Turn
from colloquia.errors import CallError, Failure, Fault
from colloquia.logbook.entries import AttemptEnded, decode_entry
from colloquia.logbook.record import decode_turn, encode, timestamp
from colloquia.logbook.turn_rows import turn_row
from colloquia.providers.keys import Key
from colloquia.providers.openai_compatible import Server
from colloquia.providers.origin import Origin
from colloquia.providers.wire import Answer
from reliability.chance import chance
from reliability.corpus import GOLDEN, spelled
from reliability.mutations import hurt, in_pieces
from reliability.stage import bench
from reliability.tally import Tally

if TYPE_CHECKING:
    import random
    from collections.abc import Coroutine, Iterator, Mapping, Sequence

    from colloquia.design.trials import Trial
    from colloquia.providers.call import Call
    from colloquia.providers.wire import Listener, Wire

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
OPENROUTER_KEY = "sk-or-v1-" + "0f1e2d3c4b5a69788796a5b4c3d2e1f0" * 2
OWN_KEY = "mF9+kq/Zt7wQ2xLr8vBn4cJh6yGd1sPa0eUo3iRk"
"""As a server of one's own may have it: in no form by which keys are known."""
SEEN = 12
"""So many characters of a key in a row are too many."""
LONGEST_BODY = 2048
STATUSES = (*(200,) * 36, 201, 204, 301, 400, 401, 402, 403, 404, 408, 413, 422, 429, 500, 502, 503, 529, 999)
HEADERS = {
    "retry-after": ("1", "1.5", "-1", "1e9", "Wed, 21 Oct 2026 07:28:00 GMT", "soon", "\ud800", "9" * 400),
    "retry-after-ms": ("1500", "x", "-5"),
    "x-ratelimit-reset": ("1768414327", "1768414327000", "0", "inf", "nan"),
    "x-generation-id": ("gen-1", "", "\udcff", "x" * 5000),
    "date": ("Wed, 21 Oct 2026 07:28:00 GMT", "yesterday"),
    "x-openrouter-cache-status": ("HIT", "MISS"),
    "x-colloquia-simulated": ("1",),
}
LOOKS_LIKE_A_KEY = re.compile(r"sk-[A-Za-z0-9_-]{12,}|[Bb]earer +[A-Za-z0-9._~+/=-]{12,}")
BROKEN = Failure(fault=Fault.TRANSIENT, stage="body", message="h: the answer broke off.", status=200)


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What a server sends."""

    pieces: Sequence[bytes]
    status: int = 200
    headers: Mapping[str, str]
    broken: Failure | None = None

    def __str__(self) -> str:
        """Return it so that it can be repeated."""
        return f"status {self.status}, {dict(self.headers)}, {b''.join(self.pieces)[:300]!r}"


@dataclass(frozen=True)
class _Replay:
    """A wire on which one answer comes."""

    sent: Sent

    async def exchange(self, call: Call, listener: Listener) -> Answer:
        del call
        for piece in self.sent.pieces:
            listener.take(piece)
        return Answer(
            status=self.sent.status,
            headers=self.sent.headers,
            complete_at=AT,
            latency_ms=12.5,
            broken=self.sent.broken,
        )


ORIGINS = {
    OPENROUTER_KEY: Origin(provider="openrouter", says_cost=True, key_variable="OPENROUTER_API_KEY"),
    OWN_KEY: Origin(provider="lab", served_by="lab", key_variable="LAB_API_KEY"),
}


def _write_down(text: str) -> None:
    """Do what whoever watches a stream does: it has to be Unicode."""
    text.encode()


REQUEST = ChatRequest(
    slug="acme/m-70b",
    routing={},
    sampling={"max_tokens": 100},
    messages=(Message(role="user", content="Hi"),),
    messages_json=b'[{"content":"Hi","role":"user"}]',
    sha256="0" * 64,
    occasion=Occasion(trial_id="trial-1", turn_id=1, role="buyer", seat=0, draw=7),
    on_text=_write_down,
)


def read(sent: Sent, secret: str = OPENROUTER_KEY) -> Reply | Failure:
    """Return what is made of an answer; whatever else is raised comes out."""
    origin = ORIGINS[secret]
    server = Server(
        base_url="https://openrouter.ai/api/v1",
        wire=cast("Wire", _Replay(sent)),
        origin=origin,
        key=Key(str(origin.key_variable), secret),
    )
    try:
        return _at_once(server.ask(REQUEST, {}))
    except CallError as failed:
        return failed.failure


def _at_once(work: Coroutine[object, object, Reply]) -> Reply:
    try:
        work.send(None)
    except StopIteration as done:
        return cast("Reply", done.value)
    raise RuntimeError("it waits for something")


def wrong(found: Reply | Failure, trial: Trial) -> Iterator[str]:
    """Yield what keeps a reply or a failure from being a sound one that can be written down and read again."""
    if isinstance(found, Reply):
        if not found.content and not found.outcome:
            yield "a reply without a text and without a reason"
        if found.content == "":
            yield "an empty text where there is none"
        turn = Turn(turn_id=1, role=trial.talk.seats[0].role, reply=structs.replace(found, timestamp=AT))
        row = turn_row(trial, turn, experiment_id="x", run_id="run-1")
        if decode_turn(encode(row)[:-1]) != row:
            yield "the row that is read is not the one that was written"
    else:
        if len(found.body or "") > LONGEST_BODY:
            yield "more of a body is kept than 2 KB"
        hint = found.retry_after_seconds
        if hint is not None and not 0 <= hint < float("inf"):
            yield f"a wait of {hint} s"
        entry = _ended(found)
        if decode_entry(encode(entry)[:-1]) != entry:
            yield "the entry that is read is not the one that was written"


def _ended(failure: Failure) -> AttemptEnded:
    told = {**asdict(failure), "fault": failure.fault.value}
    return AttemptEnded(at=timestamp(AT), run_id="run-1", trial_id="t", turn_id=1, attempt=1, is_ok=False, **told)


def keys_in(found: Reply | Failure, secret: str) -> Iterator[str]:
    """Yield where a part of a key, or what looks like one, is left.

    A model's own words are data and kept as they are. The raw beginning of a stream may hold a key in pieces, as the
    words of a model come; there only a whole one counts.
    """
    is_stream = isinstance(found, Failure) and found.stage == "stream"
    kept = {"content", "reasoning", "original_json"} if isinstance(found, Reply) else set()
    told = structs.asdict(found) if isinstance(found, Reply) else asdict(found)
    for name, text in told.items():
        size = len(secret) if is_stream and name == "body" else SEEN
        if name in kept or not isinstance(text, str):
            continue
        if any(secret[start : start + size] in text for start in range(len(secret) - size + 1)):
            yield f"{name} holds {'the' if secret in text else 'a part of the'} key"
        elif LOOKS_LIKE_A_KEY.search(text):
            yield f"{name} holds what looks like a key"


def sent(draws: random.Random) -> Sent:
    """Return an answer as some server may send it, hurt on its way."""
    data = hurt(draws.choice(GOLDEN), GOLDEN, draws)
    if draws.random() < 0.2 and not data.startswith(b"data:"):
        data = b"data: " + data + b"\n\ndata: [DONE]\n\n"
    names = draws.sample(list(HEADERS), draws.choice((0, 0, 1, 2)))
    return Sent(
        pieces=in_pieces(data, draws),
        status=draws.choice(STATUSES),
        headers={name: draws.choice(HEADERS[name]) for name in names},
        broken=BROKEN if draws.random() < 0.1 else None,
    )


def bodies(seed: str, first: int, number: int) -> dict[str, Tally]:
    """Read so many hurt answers."""
    tally = Tally()
    trial = bench(chance(seed), num_turns=1).trials[0]
    for case in range(first, first + number):
        answer = sent(chance(seed, "body", case))
        try:
            found = read(answer)
            tally.kinds[f"reply {found.outcome}" if isinstance(found, Reply) else f"failure {found.fault}"] += 1
            problems = list(wrong(found, trial))
        except Exception as error:  # noqa: BLE001 (that nothing else comes out is what is tried)
            problems = [f"{type(error).__name__}: {error}"]
        tally.add(f"body {case} ({answer})" if problems else "", problems)
    return {"bodies": tally}


def streams(seed: str, first: int, number: int) -> dict[str, Tally]:
    """Cut so many streams off, and take something out of the middle of as many."""
    cut, holed = Tally(), Tally()
    for case in range(first, first + number):
        draws = chance(seed, "stream", case)
        whole = spelled(draws)
        data = whole.data
        left = data[: draws.randrange(len(data))]
        broken = draws.choice((None, BROKEN))
        answer = Sent(pieces=in_pieces(left, draws), headers={}, broken=broken)
        cut.add(f"stream {case}, cut to {len(left)} of {len(data)} bytes", _taken_for_whole(answer, whole.text))
        damaged = _with_a_hole(whole.events, draws)
        answer = Sent(pieces=in_pieces(damaged, draws), headers={})
        holed.add(f"stream {case}, with a hole: {damaged[:300]!r}", _taken_for_whole(answer, None))
    return {"cut streams": cut, "holed streams": holed}


def _taken_for_whole(answer: Sent, text: str | None) -> Iterator[str]:
    try:
        found = read(answer)
    except Exception as error:  # noqa: BLE001 (that nothing else comes out is what is tried)
        yield f"{type(error).__name__}: {error}"
        return
    if isinstance(found, Reply) and (text is None or found.content != text):
        yield f"a part is taken for the whole: {found.content!r}"


def _with_a_hole(events: Sequence[bytes], draws: random.Random) -> bytes:
    """Return a stream in which one event before the last text is no JSON any more."""
    texts = [place for place, event in enumerate(events) if b'"content": "' in event]
    place = draws.choice(texts)
    payload = events[place].rstrip()
    hurt_payload = payload
    while not _is_no_json(hurt_payload):
        at = draws.randrange(len(b"data: {"), len(payload))
        hurt_payload = payload[:at] + payload[at + draws.randint(1, 20) :]
    return b"".join((*events[:place], hurt_payload, b"\n\n", *events[place + 1 :]))


def _is_no_json(event: bytes) -> bool:
    try:
        json.loads(event.removeprefix(b"data: "))
    except ValueError:
        return True
    return False
