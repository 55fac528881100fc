"""Which endpoints a request may go to, and in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from colloquia.providers.simulator import chances
from colloquia.providers.simulator.catalogue import PARAMETERS, REASONING_PARAMETERS
from colloquia.providers.simulator.declining import decline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from colloquia.providers.simulator.asked import Asked
    from colloquia.providers.simulator.catalogue import Endpoint
    from colloquia.providers.simulator.declining import DeclinedError

_SEE = " To learn more about provider routing, visit: https://openrouter.ai/docs/provider-routing"
_PER_MILLION = 1e6


def endpoints(asked: Asked) -> list[Endpoint]:
    """Return the endpoints that may answer, the first choice first, as ``provider`` in the request wants it.

    Raises:
        DeclinedError: none is left.
    """
    wishes = asked.said("provider")
    left = _allowed(asked, wishes)
    left = [endpoint for endpoint in left if _is_affordable(endpoint, wishes.get("max_price"))]
    left = [endpoint for endpoint in left if _has_quantization(endpoint, wishes.get("quantizations"))]
    if not left:
        raise _nothing(asked, "No endpoints found that meet the wishes of this request.", "max_price")
    if wishes.get("require_parameters") is True:
        left = [endpoint for endpoint in left if _sampled(asked) <= endpoint.parameters]
    if not left:
        raise _nothing(
            asked, "No endpoints found that can handle the requested parameters." + _SEE, "require_parameters"
        )
    ordered = _ordered(asked, left, wishes)
    if not ordered:
        raise _nothing(asked, "No allowed providers are available for the selected model.", "order")
    return ordered if wishes.get("allow_fallbacks") is not False else _without_fallbacks(ordered, wishes)


def _without_fallbacks(ordered: list[Endpoint], wishes: Mapping[str, Any]) -> list[Endpoint]:
    return ordered if wishes.get("order") else ordered[:1]


def _allowed(asked: Asked, wishes: Mapping[str, Any]) -> list[Endpoint]:
    left = list(asked.model.endpoints)
    if wishes.get("only"):
        left = [endpoint for endpoint in left if _is_named(endpoint, wishes["only"])]
    left = [endpoint for endpoint in left if not _is_named(endpoint, wishes.get("ignore") or ())]
    if not left:
        raise _nothing(asked, "No allowed providers are available for the selected model.", "only")
    return left


def _nothing(asked: Asked, message: str, constraint: str) -> DeclinedError:
    availability = {
        "code": "constraint_filtered",
        "retryable": False,
        "requested_models": [asked.model.slug],
        "constraint": constraint,
    }
    return decline(404, message, availability=availability)


def _is_named(endpoint: Endpoint, names: Iterable[object]) -> bool:
    return any(str(name).lower() in (endpoint.tag, endpoint.provider.slug) for name in names)


def _is_affordable(endpoint: Endpoint, limits: object) -> bool:
    """Tell whether no price is above its limit, in dollars per million tokens and per request."""
    if not isinstance(limits, dict):
        return True
    for name, limit in limits.items():
        price = float(endpoint.prices.get(name, "0")) * (1 if name == "request" else _PER_MILLION)
        if price > float(limit) * (1 + 1e-9):
            return False
    return True


def _has_quantization(endpoint: Endpoint, wanted: object) -> bool:
    return not isinstance(wanted, list) or not wanted or endpoint.quantization in wanted


def _sampled(asked: Asked) -> frozenset[str]:
    """Return the fields of the request that an endpoint may lack."""
    written = {name for name, value in asked.body.items() if value is not None}
    renamed = {"reasoning"} if "reasoning_effort" in written else set()
    return frozenset(written | renamed) & (PARAMETERS | REASONING_PARAMETERS)


def _ordered(asked: Asked, left: list[Endpoint], wishes: Mapping[str, Any]) -> list[Endpoint]:
    names = wishes.get("order") or []
    first = [endpoint for name in names for endpoint in left if _is_named(endpoint, [name])]
    if names and wishes.get("allow_fallbacks") is False:
        return list(dict.fromkeys(first))
    return list(dict.fromkeys([*first, *_sorted(asked, left, wishes.get("sort"))]))


def _sorted(asked: Asked, left: list[Endpoint], sort: object) -> list[Endpoint]:
    by = sort.get("by") if isinstance(sort, dict) else sort
    by = by or {"floor": "price", "nitro": "throughput"}.get(str(asked.body.get("model")).rpartition(":")[2])
    if isinstance(by, str) and by in _SORTS:
        return sorted(left, key=_SORTS[by])
    return _drawn(left, asked.session)


def _price(endpoint: Endpoint) -> float:
    return float(endpoint.prices["prompt"]) + float(endpoint.prices["completion"])


_SORTS: Mapping[str, Callable[[Endpoint], float]] = {
    "price": _price,
    "throughput": lambda endpoint: -endpoint.provider.tokens_per_second,
    "latency": lambda endpoint: endpoint.provider.latency_seconds,
}


def _drawn(left: list[Endpoint], session: str) -> list[Endpoint]:
    """Return the endpoints, cheap ones likely first; one session always meets the same order."""

    def lot(endpoint: Endpoint) -> float:
        luck = chances.fraction(session, endpoint.tag, "routing")
        return float(luck ** (_price(endpoint) * _PER_MILLION) ** 2)

    return sorted(left, key=lot, reverse=True)
