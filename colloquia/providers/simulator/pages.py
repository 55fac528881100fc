"""Everything that is asked for with GET: models, endpoints, key, credits, generations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from colloquia.providers.simulator.catalogue import REASONING_PARAMETERS
from colloquia.providers.simulator.declining import decline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from colloquia.providers.simulator.catalogue import Catalogue, Endpoint, Model
    from colloquia.providers.simulator.ledger import Generation, Ledger
    from colloquia.providers.simulator.plan import Plan
    from colloquia.providers.simulator.shapes import Shape

CREATED = 1_764_547_200
"""When the fake models were listed, in seconds since 1970."""


def models(catalogue: Catalogue, shape: Shape) -> dict[str, Any]:
    """Return the list of models."""
    if shape.is_openrouter:
        data = [_card(model) for model in catalogue.models.values()]
        return {"data": data, "total_count": len(data), "links": {"next": None}}
    return {"object": "list", "data": [_entry(model, shape) for model in catalogue.models.values()]}


def endpoints(catalogue: Catalogue, slug: str) -> dict[str, Any]:
    """Return where a model is served.

    Raises:
        DeclinedError: there is no such model.
    """
    model = catalogue.find(slug)
    if model is None:
        raise decline(404, f"Model {slug!r} not found")
    served = [_endpoint(model, endpoint) for endpoint in model.endpoints]
    return {"data": {**_named(model), "architecture": _ARCHITECTURE, "endpoints": served}}


def key(plan: Plan, ledger: Ledger, free_used: int) -> dict[str, Any]:
    """Return what is known of the key that was shown."""
    used = float(ledger.billed)
    limits = {"limit": plan.free_per_day, "remaining": plan.free_per_day - free_used, "used": free_used}
    data = {
        "label": "sk-or-...simulated",
        "limit": plan.credit,
        "limit_remaining": plan.credit - used,
        "limit_reset": None,
        "expires_at": None,
        **dict.fromkeys(("usage", "usage_daily", "usage_weekly", "usage_monthly"), used),
        **dict.fromkeys(("byok_usage", "byok_usage_daily", "byok_usage_weekly", "byok_usage_monthly"), 0),
        "include_byok_in_limit": False,
        "is_free_tier": False,
        "is_management_key": False,
        "free_model_daily_requests": limits,
        "rate_limit": {"requests": -1, "interval": "10s", "note": "deprecated"},
    }
    return {"data": data}


def credits_left(plan: Plan, ledger: Ledger) -> dict[str, Any]:
    """Return what the account has and had spent."""
    return {"data": {"total_credits": plan.credit, "total_usage": float(ledger.billed)}}


def generation(ledger: Ledger, name: str, misses: int) -> dict[str, Any]:
    """Return a generation; the first few times it is not found.

    Raises:
        DeclinedError: there is none, or not yet.
    """
    found = ledger.generations.get(name)
    if found:
        found.lookups += 1
    if found is None or found.lookups <= misses:
        raise decline(404, f"Generation {name[:100]} not found")
    return {"data": _generation(found)}


_ARCHITECTURE: Mapping[str, Any] = {
    "modality": "text->text",
    "input_modalities": ["text"],
    "output_modalities": ["text"],
    "tokenizer": "Simulated",
    "instruct_type": None,
}
_HABITS: Mapping[str, Any] = {
    "supported_efforts": ["high", "medium", "low"],
    "default_effort": "medium",
    "default_enabled": True,
    "mandatory": True,
    "supports_max_tokens": True,
}


def _named(model: Model) -> dict[str, Any]:
    return {
        "id": model.slug,
        "name": f"Simulated: {model.slug.partition('/')[2] or model.slug}",
        "created": CREATED,
        "description": model.does,
    }


def _card(model: Model) -> dict[str, Any]:
    base, _, suffix = model.slug.partition(":")
    habits = {"reasoning": _HABITS} if model.parameters & REASONING_PARAMETERS else {}
    return {
        **_named(model),
        "canonical_slug": f"{base}-20251201" + (f":{suffix}" if suffix else ""),
        "context_length": model.context_length,
        "architecture": _ARCHITECTURE,
        "pricing": dict(min(model.endpoints, key=lambda endpoint: float(endpoint.prices["prompt"])).prices),
        "top_provider": {
            "context_length": model.context_length,
            "max_completion_tokens": model.max_completion_tokens,
            "is_moderated": model.is_moderated,
        },
        "per_request_limits": None,
        "supported_parameters": sorted(model.parameters),
        "default_parameters": None,
        "expiration_date": None,
        "knowledge_cutoff": None,
        "hugging_face_id": None,
        **habits,
    }


def _endpoint(model: Model, endpoint: Endpoint) -> dict[str, Any]:
    latency, speed = endpoint.provider.latency_seconds * 1000, endpoint.provider.tokens_per_second
    return {
        "name": f"{endpoint.provider.name} | {model.slug}",
        "provider_name": endpoint.provider.name,
        "tag": endpoint.tag,
        "quantization": endpoint.quantization,
        "context_length": model.context_length,
        "max_completion_tokens": model.max_completion_tokens,
        "max_prompt_tokens": None,
        "pricing": dict(endpoint.prices),
        "supported_parameters": sorted(endpoint.parameters),
        "supports_implicit_caching": endpoint.caches_prompts and "input_cache_write" not in endpoint.prices,
        "supports_tool_choice": {"none": True, "auto": True, "required": True},
        "status": 0,
        **dict.fromkeys(("uptime_last_5m", "uptime_last_30m", "uptime_last_1d"), 100.0),
        "latency_last_30m": dict.fromkeys(("p50", "p75", "p90", "p99"), latency),
        "throughput_last_30m": dict.fromkeys(("p50", "p75", "p90", "p99"), speed),
        "service_tier": None,
    }


def _entry(model: Model, shape: Shape) -> dict[str, Any]:
    """Return a model as a neighbour of OpenRouter lists it."""
    entry: dict[str, Any] = {"id": model.slug, "object": "model", "created": CREATED, "owned_by": "simulated"}
    if shape.name == "llama.cpp":
        return {**entry, "meta": {"n_ctx_train": model.context_length}}
    return {**entry, "max_model_len": model.context_length} if shape.name == "vllm" else entry


def _generation(found: Generation) -> dict[str, Any]:
    tokens, cost = found.tokens, float(found.cost_usd)
    name = found.endpoint.provider.name
    return {
        "id": found.id,
        "upstream_id": f"simulated-{found.id}",
        "session_id": found.session_id,
        "created_at": found.created_at.isoformat(),
        "model": found.model,
        "provider_name": name,
        "provider_responses": [{"provider_name": name, "status": 200, "is_byok": False}],
        "streamed": found.is_streamed,
        "cancelled": found.is_cancelled,
        "finish_reason": found.finish_reason,
        "native_finish_reason": found.native_finish_reason,
        "tokens_prompt": tokens.prompt,
        "tokens_completion": tokens.completion,
        "native_tokens_prompt": tokens.prompt,
        "native_tokens_completion": tokens.completion,
        "native_tokens_reasoning": tokens.reasoning,
        "native_tokens_cached": tokens.cached,
        "usage": cost,
        "total_cost": cost,
        "cache_discount": None,
        "upstream_inference_cost": cost,
        "is_byok": False,
    }
