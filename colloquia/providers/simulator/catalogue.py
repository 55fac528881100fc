"""The fake models: what each can and cannot do, where it is served, and at which price."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

PARAMETERS = frozenset(
    {
        "frequency_penalty",
        "logit_bias",
        "logprobs",
        "max_tokens",
        "min_p",
        "presence_penalty",
        "repetition_penalty",
        "response_format",
        "seed",
        "stop",
        "temperature",
        "tool_choice",
        "tools",
        "top_a",
        "top_k",
        "top_logprobs",
        "top_p",
    }
)
"""Body fields that an endpoint may take or lack."""
REASONING_PARAMETERS = frozenset({"include_reasoning", "reasoning"})
ROUTED_SUFFIXES = ("nitro", "floor", "exacto", "extended")
"""Suffixes that choose among the endpoints of the model before them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Provider:
    """Who serves, and its ways."""

    name: str
    """As replies show it."""
    slug: str
    """As ``provider.order`` names it."""
    is_stopped_by_abort: bool
    """True where an aborted stream is billed only as far as it came."""
    heeds_seed: bool = True
    """False where a seed is taken and has no effect."""
    native_reasons: Mapping[str, str] = field(default_factory=dict)
    """Its own words for finish reasons."""
    latency_seconds: float = 0.4
    """To the first token."""
    tokens_per_second: float = 100.0


ALPHA = Provider(name="SimAlpha", slug="sim-alpha", is_stopped_by_abort=True)
BETA = Provider(
    name="SimBeta",
    slug="sim-beta",
    is_stopped_by_abort=False,
    native_reasons={"stop": "STOP", "length": "MAX_TOKENS", "content_filter": "SAFETY"},
    latency_seconds=0.8,
    tokens_per_second=200.0,
)
GAMMA = Provider(
    name="SimGamma",
    slug="sim-gamma",
    is_stopped_by_abort=True,
    heeds_seed=False,
    native_reasons={"stop": "end_turn", "length": "max_tokens", "content_filter": "refusal"},
    latency_seconds=0.6,
    tokens_per_second=60.0,
)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Endpoint:
    """One model at one provider."""

    provider: Provider
    prices: Mapping[str, str]
    """Dollars per token, as texts; ``request`` per call."""
    quantization: str = "bf16"
    parameters: frozenset[str] = PARAMETERS
    caches_prompts: bool = False

    @property
    def tag(self) -> str:
        """The name by which ``provider.order`` finds this endpoint only."""
        return self.provider.slug if self.quantization == "bf16" else f"{self.provider.slug}/{self.quantization}"

    def native(self, reason: str | None) -> str | None:
        """Return its provider's own word for a finish reason."""
        return self.provider.native_reasons.get(reason, reason) if reason else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    """One fake model."""

    slug: str
    does: str
    """What it is good for, in a sentence."""
    endpoints: tuple[Endpoint, ...]
    context_length: int = 131_072
    max_completion_tokens: int = 16_384
    is_moderated: bool = False
    reasons: bool = False
    """True where it always reasons before it speaks."""

    @property
    def parameters(self) -> frozenset[str]:
        """Body fields that at least one endpoint takes."""
        return frozenset().union(*(endpoint.parameters for endpoint in self.endpoints))

    @property
    def is_free(self) -> bool:
        """Tell whether the limits of free models hold."""
        return self.slug.endswith(":free")


def _priced(prompt: str, completion: str, **others: str) -> dict[str, str]:
    return {"prompt": prompt, "completion": completion, "request": "0", "image": "0", **others}


_CHEAP = _priced("0.0000002", "0.0000006", input_cache_read="0.00000005")
_CHEAPER = _priced("0.00000015", "0.00000045")
_FREE = _priced("0", "0")
_DEAR = _priced("0.000015", "0.000075", request="0.01", input_cache_read="0.0000015", input_cache_write="0.00001875")

MODELS = (
    Model(
        slug="sim/plain",
        does="Answers in plain sentences, at two providers.",
        endpoints=(
            Endpoint(provider=ALPHA, prices=_CHEAP, caches_prompts=True),
            Endpoint(
                provider=BETA,
                prices=_CHEAPER,
                quantization="fp8",
                parameters=PARAMETERS - {"logit_bias", "logprobs", "top_logprobs", "top_a"},
            ),
        ),
    ),
    Model(
        slug="sim/no-seed",
        does="Takes no seed.",
        endpoints=(Endpoint(provider=ALPHA, prices=_CHEAP, parameters=PARAMETERS - {"seed"}),),
    ),
    Model(
        slug="sim/deaf-to-seed",
        does="Takes a seed that has no effect: only here the same request is answered differently each time.",
        endpoints=(Endpoint(provider=GAMMA, prices=_CHEAP),),
    ),
    Model(
        slug="sim/no-temperature",
        does="Takes neither temperature nor top_p.",
        endpoints=(Endpoint(provider=ALPHA, prices=_CHEAP, parameters=PARAMETERS - {"temperature", "top_p"}),),
    ),
    Model(
        slug="sim/reasoner",
        does="Reasons before it speaks, and cannot be told not to.",
        endpoints=(
            Endpoint(provider=ALPHA, prices=_CHEAP, parameters=PARAMETERS | REASONING_PARAMETERS),
            Endpoint(provider=BETA, prices=_CHEAPER, parameters=PARAMETERS | REASONING_PARAMETERS),
        ),
        reasons=True,
    ),
    Model(
        slug="sim/moderated",
        does="Its input is moderated: one that holds 'simulate-moderation' is blocked.",
        endpoints=(Endpoint(provider=ALPHA, prices=_CHEAP),),
        is_moderated=True,
    ),
    Model(
        slug="sim/small-context",
        does="Has room for 2,048 tokens, prompt and reply together.",
        endpoints=(Endpoint(provider=BETA, prices=_CHEAPER),),
        context_length=2048,
        max_completion_tokens=2048,
    ),
    Model(
        slug="sim/free:free",
        does="Costs nothing, and is held to the limits of free models.",
        endpoints=(Endpoint(provider=BETA, prices=_FREE),),
    ),
    Model(
        slug="sim/dear",
        does="Costs 15 and 75 dollars per million tokens, and a cent per call; caches prompts that are marked.",
        endpoints=(
            Endpoint(provider=ALPHA, prices=_DEAR, caches_prompts=True),
            Endpoint(provider=BETA, prices=_priced("0.00002", "0.0001", request="0.01")),
        ),
    ),
)


class StandIn(msgspec.Struct, frozen=True, kw_only=True):
    """What is served under a further slug: a fake model, elsewhere or at another price where that is said."""

    like: str = "sim/plain"
    at: tuple[str, ...] = ()
    """By whom it is served, as NAME or NAME/QUANTIZATION; by those that serve the fake model where none is named."""
    price: tuple[str, str] | None = None
    """Dollars per token of prompt and of reply; those of the fake model where None."""

    def served_as(self, slug: str, fake: Model) -> Model:
        """Return the fake model under another slug."""
        endpoints = [_elsewhere(fake.endpoints[0], place) for place in self.at] or list(fake.endpoints)
        if self.price is not None:
            endpoints = [replace(endpoint, prices=_priced(*self.price)) for endpoint in endpoints]
        return replace(fake, slug=slug, endpoints=tuple(endpoints))


def _elsewhere(endpoint: Endpoint, place: str) -> Endpoint:
    name, _, quantization = place.partition("/")
    provider = replace(endpoint.provider, name=f"Simulated {name}", slug=name)
    return replace(endpoint, provider=provider, quantization=quantization or endpoint.quantization)


class Catalogue:
    """All models that a simulator serves, by slug."""

    def __init__(self, stand_ins: Mapping[str, str | StandIn]) -> None:
        own = {model.slug: model for model in MODELS}
        further = {slug: StandIn(like=said) if isinstance(said, str) else said for slug, said in stand_ins.items()}
        self.models = own | {slug: said.served_as(slug, own[said.like]) for slug, said in further.items()}

    def find(self, slug: str) -> Model | None:
        """Return the model that ``slug`` names, with or without a suffix that only routes."""
        base, colon, suffix = slug.rpartition(":")
        return self.models.get(slug) or (self.models.get(base) if colon and suffix in ROUTED_SUFFIXES else None)
