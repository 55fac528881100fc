"""The one place that decides what an answer is: something the model did, or a call that failed.

What a model does (a refusal, an empty answer, an overflow) is a :class:`Reply`, also without any text, and is never
tried again. Everything else raises :class:`CallError`, and nothing but that is ever raised, whatever was sent.

- Text is kept as it came. A provider's ``refusal`` text is the text where there is no other.
- A stream without its final frame failed, however much had come; so did an answer that is cut off or no JSON.
- No text, but a finish reason or any completion tokens: the model's own doing (``empty``; ``no_answer`` where all of it
  was reasoning; ``refusal`` where the provider says so). No text, no tokens, no reason: the server's, and a failure.
- Without a finish reason a whole answer stands, and its reason stays unknown.
- An error after text had come is no refusal of the request, whatever status it names: the model had run, and may be
  billed. Its status is that of the answer.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec

from colloquia.conversation.chat_model import Reply, Usage
from colloquia.errors import CallError, Failure, Fault
from colloquia.providers.assembly import LONGEST_HEAD
from colloquia.providers.complaints import complaint, fault, outcome
from colloquia.providers.completions import completion, cost_told, plain_completion, said_in
from colloquia.providers.decoding import MalformedError, decoded, first, mapping, repaired, word
from colloquia.providers.keys import variable_of
from colloquia.providers.waits import wait_seconds
from colloquia.struct import Struct

if TYPE_CHECKING:
    from colloquia.conversation.chat_model import Outcome, RefusalSource
    from colloquia.providers.assembly import Assembly
    from colloquia.providers.complaints import Complaint
    from colloquia.providers.completions import Completion, Said
    from colloquia.providers.origin import Origin
    from colloquia.providers.wire import Answer

SIMULATOR_HEADER = "x-colloquia-simulated"
"""By this header a simulator signs its answers, so that they can never pass for live ones."""


def classify(answer: Answer, assembly: Assembly, origin: Origin) -> Reply:
    """Return what the model did.

    Raises:
        CallError: the call failed.
    """
    reader = _Reader(answer=answer, assembly=assembly, origin=origin)
    return reader.completed() if reader.is_well else reader.refused()


class _Reader(Struct, kw_only=True, frozen=True):
    """Reads one answer."""

    answer: Answer
    assembly: Assembly
    origin: Origin

    @property
    def is_well(self) -> bool:
        """Tell whether the status is that of a success."""
        return 200 <= self.answer.status < 300  # noqa: PLR2004 (what HTTP calls success)

    def refused(self) -> Reply:
        """Return the outcome that an answer with the status of an error means."""
        try:
            body = self.assembly.completion() if self.assembly.is_stream else decoded(self.assembly.body)
        except MalformedError:
            body = None
        return self._complained(complaint(body, self.answer.status))

    def completed(self) -> Reply:
        """Return what an answer with a good status says."""
        plain = None if self.assembly.is_stream else plain_completion(self.assembly.body, self.origin)
        if plain is not None:
            return self._reply(plain)
        body = self._body()
        choice = mapping(first(body.get("choices")))
        said = said_in(choice)
        has_begun = bool(said and (said.content or said.reasoning))
        error = body.get("error") or choice.get("error")
        if error:
            return self._complained(complaint({"error": error}, None, has_begun=has_begun))
        if self.assembly.is_stream and not self.assembly.is_whole:
            raise self._failed("stream", "the stream ended before the reply did")
        if said is None:
            raise self._failed("reply", "the answer holds no reply")
        if said.finish_reason == "error":
            raise self._failed("reply", "the server broke off while the model was answering")
        return self._reply(completion(said, body, self.origin))

    def _body(self) -> dict[str, Any]:
        """Return the completion, also where a gateway left it inside another field."""
        if self.assembly.is_stream:
            return self.assembly.completion()
        try:
            body = decoded(self.assembly.body)
        except MalformedError:
            if self.answer.broken:
                raise CallError(self._broken(self.answer.broken)) from None
            raise self._failed("reply", "the answer is not JSON, or only a part of it") from None
        nested = mapping(mapping(body).get("provider"))
        return nested if "choices" in nested and not mapping(body).get("choices") else mapping(body)

    def _reply(self, found: Completion) -> Reply:
        said, usage = found.said, found.usage
        content, reasoning = repaired(said.content or ""), repaired(said.reasoning or "")
        outside = self._outside(found.id)
        outside["served_by"] = outside["served_by"] or found.provider
        outside["served_model"] = outside["served_model"] or found.model
        return Reply(
            content=content.text or None,
            finish_reason=said.finish_reason,
            native_finish_reason=said.native_finish_reason,
            reasoning=reasoning.text or None,
            outcome=self._outcome(said, usage) if said.is_empty else None,
            refusal_source=said.refusal_source,
            usage=Usage(cost_usd=0.0) if self._is_replayed else usage,
            is_repaired=bool(content.original_json or reasoning.original_json),
            original_json=content.original_json or reasoning.original_json,
            **outside,
        )

    def _outcome(self, said: Said, usage: Usage) -> Outcome:
        """Return why there is no text, where that is the model's own doing."""
        if said.refusal_source:
            return "refusal"
        if said.reasoning or usage.reasoning_tokens:
            return "no_answer"
        if said.finish_reason or usage.output_tokens:
            return "empty"
        raise self._failed("reply", "an empty answer without a reason and without tokens")

    def _complained(self, told: Complaint) -> Reply:
        """Return the outcome that a complaint means, or raise the failure that it is."""
        found = outcome(told)
        if found:
            return self._blocked(*found)
        wait = wait_seconds(self.answer.headers, told.error, self.answer.complete_at)
        stops = fault(told, wait)
        failure = self._failure("reply" if self.is_well else "status", self._advice(told, stops))
        raise CallError(
            replace(
                failure,
                fault=stops,
                status=self.answer.status if told.has_begun else told.status or self.answer.status,
                error_type=told.error_type,
                retry_after_seconds=wait,
            )
        )

    def _blocked(self, reason: Outcome, refusal_source: RefusalSource | None) -> Reply:
        """Return the reply of a model that was not asked, or was stopped; a request that was refused costs nothing."""
        partial = self._partial_text() if reason == "refusal" else None
        is_priced = self.origin.says_cost or self.origin.price is not None
        return Reply(
            content=partial,
            outcome=None if partial else reason,
            refusal_source=refusal_source,
            usage=Usage() if self.is_well or not is_priced else Usage(cost_usd=0.0),
            **self._outside(None),
        )

    def _outside(self, body_id: object) -> dict[str, Any]:
        """Return what is known of the reply from the answer's outside."""
        is_simulated = SIMULATOR_HEADER in self.answer.headers
        is_replayed = self._is_replayed
        return {
            "source": "simulated" if is_simulated and self.origin.source == "live" else self.origin.source,
            "latency_ms": None if is_replayed else self.answer.latency_ms,
            "time_to_first_token_ms": None if is_replayed else self.answer.time_to_first_token_ms,
            "served_by": "openrouter's cache" if is_replayed else self.origin.served_by,
            "served_model": self.origin.served_model,
            "generation_id": self._generation_id(body_id),
            "timestamp": self.answer.complete_at,
        }

    @property
    def _is_replayed(self) -> bool:
        """Tell whether OpenRouter gave an old reply again, which it is asked not to do."""
        return self.answer.headers.get("x-openrouter-cache-status", "").upper() == "HIT"

    def _generation_id(self, body_id: object = None) -> str | None:
        return word(self.answer.headers.get("x-generation-id")) or word(body_id) or word(self.assembly.generation_id)

    def _advice(self, told: Complaint, stops: Fault) -> str:
        variable = self.origin.key_variable
        match told.status:
            case 401 if variable:
                return f"the key in {variable} was refused: put a valid one into .env, then run again"
            case 401:
                return f"it asks for a key: set {variable_of(self.origin.provider)} in .env"
            case 402 if stops is Fault.STOP_RUN:
                return f"the credit is used up ({told.text}): top up, then run again"
            case 301 | 302 | 303 | 307 | 308:
                return "it answers with a redirect, which is not followed: correct its base_url"
        return f"{told.text} (status {told.status})" if told.status else told.text

    def _failed(self, stage: str, reason: str) -> CallError:
        return CallError(self._broken(self.answer.broken) if self.answer.broken else self._failure(stage, reason))

    def _failure(self, stage: str, reason: str) -> Failure:
        return Failure(
            fault=Fault.TRANSIENT,
            stage="stream" if self.assembly.is_stream else stage,
            message=f"{self.origin.provider}: {reason.rstrip('.')}.",
            status=self.answer.status,
            body=excerpt(self.assembly.body),
            generation_id=self._generation_id(),
            cost_usd=self._cost_told(),
            partial_text=self._partial_text(),
        )

    def _broken(self, broken: Failure) -> Failure:
        return replace(
            broken,
            stage="stream" if self.assembly.is_stream else broken.stage,
            message=f"{self.origin.provider}: {broken.message}",
            body=excerpt(self.assembly.body),
            generation_id=self._generation_id(),
            cost_usd=self._cost_told(),
            partial_text=self._partial_text(),
        )

    def _cost_told(self) -> float | None:
        """Return what a failed answer says that it cost; its tokens prove nothing, as it may have gone on."""
        return cost_told(mapping(self._whatever_came().get("usage"))) if self.origin.says_cost else None

    def _partial_text(self) -> str | None:
        if self.assembly.is_stream:
            return self.assembly.partial_text
        said = said_in(mapping(first(self._whatever_came().get("choices"))))
        return repaired(said.text).text or None if said else None

    def _whatever_came(self) -> dict[str, Any]:
        if self.assembly.is_stream:
            return self.assembly.completion()
        try:
            return mapping(decoded(self.assembly.body))
        except MalformedError:
            return {}


def excerpt(body: bytes | bytearray) -> str | None:
    """Return the beginning of a body for the journal, without the input that a moderation quotes."""
    if b"flagged_input" not in body:
        return bytes(body[:LONGEST_HEAD]).decode("utf-8", "replace") or None
    try:
        kept = msgspec.json.encode(_without_flagged(decoded(body)))
    except (MalformedError, ValueError, RecursionError):
        return "(left out, since it quotes flagged input)"
    return kept[:LONGEST_HEAD].decode("utf-8", "replace")


def _without_flagged(value: object) -> object:
    if isinstance(value, dict):
        return {name: _without_flagged(part) for name, part in value.items() if name != "flagged_input"}
    if isinstance(value, list):
        return [_without_flagged(part) for part in value]
    return "(left out)" if isinstance(value, str) and "flagged_input" in value else value
