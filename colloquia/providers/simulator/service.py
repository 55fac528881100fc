"""What a simulator does with a request, step by step.

In this order and only here: note, key, fields, limits, cache, route, fault, content, length, credit, reply, bill,
dress, play.

It computes scripts and never waits, so that it can be driven by a socket, a thread or a virtual clock.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

from colloquia.providers.decoding import MalformedError, decoded
from colloquia.providers.simulator import pages, replays
from colloquia.providers.simulator.admission import Gate
from colloquia.providers.simulator.asked import Asked, request_key
from colloquia.providers.simulator.catalogue import Catalogue
from colloquia.providers.simulator.chances import whole
from colloquia.providers.simulator.checks import check_content, check_fields, check_key, check_length, check_reasoning
from colloquia.providers.simulator.declining import DeclinedError, decline
from colloquia.providers.simulator.fault import Declines, Disconnects, Garbles, Misspeaks, Repeats, Scene, Unsettles
from colloquia.providers.simulator.ledger import Generation, Ledger, Served
from colloquia.providers.simulator.plan import Call
from colloquia.providers.simulator.prompt_cache import PromptCache, check_marks
from colloquia.providers.simulator.routing import endpoints
from colloquia.providers.simulator.script import SIGNED_FIELD, Answer, played
from colloquia.providers.simulator.shapes import Dress, complaint
from colloquia.providers.simulator.speaking import speak

if TYPE_CHECKING:
    from collections.abc import Mapping

    from colloquia.providers.simulator.catalogue import Endpoint, Model
    from colloquia.providers.simulator.clock import Clock
    from colloquia.providers.simulator.connection import Playing, Request
    from colloquia.providers.simulator.fault import Fault
    from colloquia.providers.simulator.plan import Plan, Strike
    from colloquia.providers.simulator.script import Action
    from colloquia.providers.simulator.shapes import Shape
    from colloquia.providers.simulator.speech import Speech

CHATS = {"/chat/completions": False, "/completions": True}
"""Where replies are asked for, and whether a text is to be completed there."""
OWN_PAGES = "/simulator/"
"""Under this path the simulator tells of itself."""
FIRST_STATUS_TO_FAIL_OVER = 429
_SECRET = frozenset({"authorization", "cookie", "proxy-authorization", "x-api-key", "api-key"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Performance:
    """What is to be played for one request."""

    script: list[Action]
    served: Served
    is_reply: bool
    """True where a reply was asked for, so that it counts among the requests under way."""


class Service:
    """The memory and the judgement of a simulator."""

    def __init__(self, plan: Plan, shape: Shape, clock: Clock, *, keeps_bodies: bool = True) -> None:
        self.plan = plan
        self.shape = shape
        self.clock = clock
        self.ledger = Ledger()
        self.is_stop_asked = False
        self._keeps_bodies = keeps_bodies
        self._catalogue = Catalogue(plan.models)
        self._gate = Gate(plan, clock)
        self._prompts = PromptCache()
        self._replays = replays.Replays()
        self._in_flight = 0
        self._last_id: str | None = None

    def perform(self, request: Request) -> Performance:
        """Return what is played for ``request``."""
        path = request.path.partition("?")[0]
        served = self._noted(request)
        if not path.startswith(OWN_PAGES):
            self.ledger.served.append(served)
        is_reply = request.method == "POST" and path.removeprefix(self.shape.base_path) in CHATS
        try:
            script = self._script(request, served, path)
        except DeclinedError as error:
            script = self._played(complaint(self.shape, error.declined), served)
        self._in_flight += is_reply
        return Performance(script=script, served=served, is_reply=is_reply)

    def finish(self, performance: Performance, playing: Playing) -> None:
        """Note how far the script came."""
        self._in_flight -= performance.is_reply
        performance.served.status = playing.status
        performance.served.is_over = True
        if not playing.is_complete:
            self.ledger.abort(performance.served, playing.tokens)

    def _noted(self, request: Request) -> Served:
        return Served(
            number=len(self.ledger.served) + 1,
            arrived_at=self.clock.utc(),
            at_seconds=self.clock.now(),
            method=request.method,
            path=request.path,
            headers={name: "(a secret)" if name in _SECRET else value for name, value in request.headers.items()},
            raw_body=request.body if self._keeps_bodies else b"",
        )

    def _script(self, request: Request, served: Served, path: str) -> list[Action]:
        if path.startswith(OWN_PAGES):
            return self._played(Answer(body=self._own_page(request, path)), served)
        place = path.removeprefix(self.shape.base_path)
        if place == path:
            raise decline(404, f"Nothing is served at {path[:100]}: the base URL ends in {self.shape.base_path}.")
        is_public = place.startswith("/models")
        if self.shape.is_openrouter and not is_public:
            check_key(request.headers.get("authorization", ""), self.plan.key)
        if place in CHATS and request.method == "POST":
            return self._reply(request, served, is_text=CHATS[place])
        if request.method != "GET":
            raise decline(405, "Method Not Allowed")
        return self._page(request, served, place)

    def _played(self, answer: Answer, served: Served) -> list[Action]:
        return played(answer, date=self.clock.date(), draw=(self.plan.seed, served.key, served.attempt))

    # -- pages

    def _page(self, request: Request, served: Served, place: str) -> list[Action]:
        call = Call(key=place, attempt=self.ledger.attempt(place), path=place, now=self.clock.now())
        strike = self.plan.fault(call)
        served.fault = strike.name if strike else None
        fault = strike.fault if strike else None
        if isinstance(fault, Declines):
            return self._played(fault.answer(self._scene("", "")), served)
        script = self._played(Answer(body={**self._page_body(request, place), **SIGNED_FIELD}), served)
        return fault.change(script) if isinstance(fault, Disconnects) else script

    def _page_body(self, request: Request, place: str) -> dict[str, Any]:
        if place == "/models":
            return pages.models(self._catalogue, self.shape)
        if not self.shape.is_openrouter:
            raise decline(404, "Not Found")
        match place:
            case "/key" | "/auth/key":
                return pages.key(self.plan, self.ledger, self._gate.free.used_today(self.clock.now()))
            case "/credits":
                return pages.credits_left(self.plan, self.ledger)
            case "/generation":
                asked = parse_qs(request.path.partition("?")[2]).get("id", [""])[0]
                return pages.generation(self.ledger, asked, self.plan.generation_misses)
        head, _, tail = place.rpartition("/")
        if tail == "endpoints" and head.startswith("/models/"):
            return pages.endpoints(self._catalogue, unquote(head.removeprefix("/models/")))
        raise decline(404, "Not Found")

    def _own_page(self, request: Request, path: str) -> dict[str, Any]:
        """Return what the simulator tells of itself, to callers that mean this machine and no web page."""
        host = request.headers.get("host", "").rpartition(":")[0] or request.headers.get("host", "")
        if host not in ("127.0.0.1", "localhost", "[::1]") or "origin" in request.headers:
            raise decline(403, "Forbidden")
        match request.method, path.removeprefix(OWN_PAGES):
            case "GET", "ledger":
                served = [each.shown() for each in self.ledger.served]
                return {"summary": self.ledger.summary(), "served": served, **SIGNED_FIELD}
            case "POST", "stop":
                self.is_stop_asked = True
                return {"stopping": True, **SIGNED_FIELD}
        raise decline(404, "Not Found")

    # -- replies

    def _reply(self, request: Request, served: Served, *, is_text: bool) -> list[Action]:
        asked = self._asked(request, served, is_text=is_text)
        self._gate.admit(asked.model, self._in_flight)
        kept = self._replays.find(request, self.clock.now()) if self.shape.is_openrouter else None
        if kept:
            return self._again(request, served, asked, kept)
        endpoint, fault = self._routed(asked, served)
        if isinstance(fault, Declines):
            return self._played(fault.answer(self._scene(asked.model.slug, endpoint.provider.name)), served)
        check_content(asked)
        check_length(asked, self.shape)
        if self.shape.is_openrouter:
            self._gate.check_credit(asked, endpoint, self.ledger.billed)
        speech = self._spoken(asked, endpoint, served.attempt)
        if isinstance(fault, Misspeaks):
            speech = fault.change(speech)
        generation = self._generation(asked, served, endpoint, speech, repeats=isinstance(fault, Repeats))
        self.ledger.book(served, generation, is_free=not self.shape.is_openrouter or bool(fault and fault.is_free))
        self._replays.keep(request, speech, endpoint, generation.id, self.clock.now())
        answer = self._dressed(asked, speech, generation, fault)
        script = self._played(self._with_headers(answer, replays.headers(request, None, 0)), served)
        return fault.change(script) if isinstance(fault, Disconnects) else script

    def _asked(self, request: Request, served: Served, *, is_text: bool) -> Asked:
        """Return the request as one for a reply."""
        try:
            body = decoded(request.body)
            served.key = request_key(body)
        except (MalformedError, RecursionError):
            raise decline(400, "Invalid JSON in request body") from None
        served.attempt = self.ledger.attempt(served.key)
        check_fields(body, is_text=is_text)
        model = self._model(body["model"])
        check_reasoning(body, model)
        check_marks(body)
        session = request.headers.get("x-session-id")
        body = {"session_id": session, **body} if session else body
        return Asked(body=body, model=model, key=served.key, is_text=is_text)

    def _model(self, slug: str) -> Model:
        model = self._catalogue.find(slug)
        if model is None and self.shape.name == "llama.cpp":
            return next(iter(self._catalogue.models.values()))
        if model is None and not self.shape.is_openrouter:
            raise decline(404, f"The model {slug[:100]!r} does not exist.", kind="not_found_error")
        if model is None:
            availability = {"code": "model_not_found", "retryable": False, "requested_models": [slug[:100]]}
            raise decline(400, f"{slug[:100]} is not a valid model ID", availability=availability)
        return model

    def _routed(self, asked: Asked, served: Served) -> tuple[Endpoint, Fault | None]:
        """Return where the request goes; an endpoint whose own fault is a failure is passed over."""
        possible = endpoints(asked) if self.shape.is_openrouter else list(asked.model.endpoints[:1])
        *others, last = possible
        routes = ((endpoint, self.plan.fault(self._call(asked, served, endpoint))) for endpoint in others)
        well = (route for route in routes if not self._is_passed_over(asked, *route))
        endpoint, strike = next(well, None) or (last, self.plan.fault(self._call(asked, served, last)))
        served.fault = strike.name if strike else None
        return endpoint, strike.fault if strike else None

    def _call(self, asked: Asked, served: Served, endpoint: Endpoint) -> Call:
        return Call(
            key=served.key,
            attempt=served.attempt,
            is_streamed=asked.is_streamed,
            model=asked.model.slug,
            provider=endpoint.provider.slug,
            now=self.clock.now(),
        )

    def _is_passed_over(self, asked: Asked, endpoint: Endpoint, strike: Strike | None) -> bool:
        """Tell whether a fault of that provider alone is a failure, for which another may make up."""
        if strike is None or strike.provider is None or not isinstance(strike.fault, Declines):
            return False
        scene = self._scene(asked.model.slug, endpoint.provider.name)
        return strike.fault.answer(scene).status >= FIRST_STATUS_TO_FAIL_OVER

    def _spoken(self, asked: Asked, endpoint: Endpoint, attempt: int) -> Speech:
        speech = speak(asked, endpoint, attempt)
        if not self.shape.is_openrouter:
            return speech
        found = self._prompts.look(asked, endpoint, self.clock.now())
        cached, written, hour = found.cached, found.written, found.written_1h
        return replace(speech, tokens=replace(speech.tokens, cached=cached, written=written, written_1h=hour))

    def _generation(
        self, asked: Asked, served: Served, endpoint: Endpoint, speech: Speech, *, repeats: bool = False
    ) -> Generation:
        created_at = self.clock.utc()
        prefix = f"gen-{int(created_at.timestamp())}" if self.shape.is_openrouter else "chatcmpl"
        own_id = f"{prefix}-{whole(served.key, served.attempt):016x}"
        self._last_id = self._last_id if repeats and self._last_id else own_id
        return Generation(
            id=self._last_id,
            created_at=created_at,
            model=asked.model.slug,
            endpoint=endpoint,
            is_streamed=asked.is_streamed,
            tokens=speech.tokens,
            finish_reason=speech.finish_reason,
            native_finish_reason=speech.native_finish_reason,
            session_id=asked.body.get("session_id"),
        )

    def _dressed(self, asked: Asked, speech: Speech, generation: Generation, fault: Fault | None) -> Answer:
        dress = Dress(
            shape=self.shape,
            speech=speech,
            generation=generation,
            is_text=asked.is_text,
            with_usage=self.shape.is_openrouter or asked.asks_for_usage,
        )
        streams = fault.streams(is_streamed=asked.is_streamed) if fault else asked.is_streamed
        answer = dress.streamed() if streams else dress.whole()
        return fault.change(answer) if isinstance(fault, Garbles | Unsettles) else answer

    def _again(self, request: Request, served: Served, asked: Asked, kept: replays.Kept) -> list[Action]:
        speech = replays.again(kept)
        generation = self._generation(asked, served, kept.endpoint, speech)
        self.ledger.book(served, generation, is_free=True)
        answer = self._dressed(asked, speech, generation, None)
        told = replays.headers(request, kept, self.clock.now())
        return self._played(self._with_headers(answer, told), served)

    def _with_headers(self, answer: Answer, told: Mapping[str, str]) -> Answer:
        return replace(answer, headers={**answer.headers, **told})

    def _scene(self, model: str, provider: str) -> Scene:
        return Scene(shape=self.shape, clock=self.clock, model=model, provider=provider)
