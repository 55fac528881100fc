"""Who answers for which slug: every provider by name, one line each, imported only where a study asks for it.

``name:model`` (a colon before any slash) is a model of the provider ``name``; a bare ``author/model`` is OpenRouter's.
Whatever can be wrong with names, addresses, files and keys shows in :meth:`Models.check`, before the first call.
"""

from __future__ import annotations

import re
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, cast

from colloquia.design.forecast import Price
from colloquia.errors import DesignError, nearest
from colloquia.plugins import brought, loaded
from colloquia.providers.addresses import checked_base_url, host_of, is_loopback
from colloquia.providers.keys import OPENROUTER_HOST, OPENROUTER_VARIABLE, Keyring, variable_of
from colloquia.providers.provider import Surroundings
from colloquia.providers.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path
    from typing import Self

    from colloquia.conversation.chat_model import ChatModel
    from colloquia.providers.cards import ModelCard
    from colloquia.providers.provider import Provider

FREE = Price(prompt=0.0, completion=0.0)

BUILT_IN: dict[str, str] = {
    "openrouter": "openrouter",
    "embedded": "embedded",
    "scripted": "scripted",
    "ollama": "openai_compatible",
    "vllm": "openai_compatible",
    "lmstudio": "openai_compatible",
    "human": "human",
}
"""The file of each provider, by the name that slugs give it; a study can declare further ones, never these."""

LOCAL_SERVERS: dict[str, str] = {
    "ollama": "http://127.0.0.1:11434/v1",
    "vllm": "http://127.0.0.1:8000/v1",
    "lmstudio": "http://127.0.0.1:1234/v1",
}
"""Where the servers of this machine are that a study need not declare; they cost nothing."""

_BARE = re.compile(r"~?[\w.-]+/[\w.-]+(:[\w.-]+)?")
_NAME = re.compile(r"[A-Za-z][\w-]*", re.ASCII)


def provider_name(slug: str) -> str:
    """Return the name of the provider that ``slug`` belongs to.

    Raises:
        DesignError: the slug has no known form.
    """
    head, colon, rest = slug.partition(":")
    if colon and "/" not in head:
        if _NAME.fullmatch(head) and (rest.strip() or head == "human"):
            return head
    elif _BARE.fullmatch(slug):
        return "openrouter"
    raise DesignError(
        f"{slug!r} is no slug. A model of OpenRouter is written author/model, such as 'openai/gpt-4.1-mini'; any other "
        "provider:model, such as 'ollama:llama3.2' or 'embedded:smollm2-135m'."
    )


def default_view(slug: str) -> str:
    """Return the view that a model asks for where the study does not say."""
    return "script" if provider_name(slug) == "embedded" else "flip"


class Models:
    """The models of a study: made and checked without asking anyone, started at their first call, closed at the end."""

    def __init__(
        self,
        slugs: Iterable[str],
        *,
        providers: Mapping[str, Mapping[str, Any]],
        keys: Mapping[str, str],
        is_streaming: bool,
        base_url: str | None,
        folder: Path,
        allows_code: bool,
        inbox: Path | None = None,
    ) -> None:
        """Look at names and addresses; keys, packages and files are looked at by :meth:`check`.

        Args:
            slugs: The models that will be asked for.
            providers: The servers that the study declares, by name: ``base_url`` and ``price``.
            keys: The environment, in which keys are looked up; each goes only where it belongs.
            is_streaming: Whether replies come piece by piece.
            base_url: The server that is asked in OpenRouter's place and gets its key; None for OpenRouter itself.
            folder: The study's folder.
            allows_code: Whether Python that the study names may run.
            inbox: The folder in which people are asked.

        Raises:
            DesignError: a provider is unknown, or declared in a way that cannot be.
        """
        _check_declared(providers)
        self._slugs = tuple(dict.fromkeys(slugs))
        self._declared = providers
        self._keyring = Keyring(keys)
        self._is_streaming = is_streaming
        self._base_url = checked_base_url(base_url, whose="--base-url") if base_url else None
        self._folder = folder
        self._allows_code = allows_code
        self._inbox = inbox
        self._wire = Wire()
        self._cards: dict[str, ModelCard] = {}
        self._marked: set[str] = set()
        self._providers: dict[str, Provider] = {}
        self._models: dict[str, ChatModel] = {}
        self._are_remote: dict[str, bool] = {}
        for slug in self._slugs:
            check_known(slug, self._declared)

    def check(self) -> None:
        """Make every model; nothing is started and nobody is asked.

        Raises:
            DesignError: a slug says something that cannot be.
            SettingsError: a key, a package or a file is missing.
        """
        for slug in self._slugs:
            self.model(slug)

    def model(self, slug: str) -> ChatModel:
        """Return the model that ``slug`` names."""
        if slug not in self._models:
            check_known(slug, self._declared)
            self._models[slug] = self._provider(provider_name(slug)).model(slug)
        return self._models[slug]

    def keys_sent(self) -> tuple[str, ...]:
        """Return which key goes to which host, one sentence each; nothing is checked and no key is shown."""
        found = []
        for name in dict.fromkeys(map(provider_name, self._slugs)):
            place = self._surroundings(name).base_url or (
                f"https://{OPENROUTER_HOST}" if name == "openrouter" else None
            )
            variable = OPENROUTER_VARIABLE if name == "openrouter" else variable_of(name)
            if place and self._keyring.has(variable):
                found.append(f"{variable} goes to {host_of(place)}.")
        return tuple(found)

    def is_remote(self, slug: str) -> bool:
        """Tell whether ``slug`` is asked on another machine; asked at every call, so it is found out once."""
        if slug not in self._are_remote:
            name = provider_name(slug)
            place = self._surroundings(name).base_url
            is_elsewhere = place is not None and not is_loopback(host_of(place))
            self._are_remote[slug] = is_elsewhere or (name == "openrouter" and place is None)
        return self._are_remote[slug]

    def use_cards(self, cards: Mapping[str, ModelCard]) -> None:
        """Let the models of OpenRouter that reason, by their cards, have room for it from now on."""
        self._cards.clear()
        self._cards.update(cards)

    def mark_prompts(self, slugs: Iterable[str]) -> None:
        """Let requests to these models of OpenRouter mark what is to be kept, from now on."""
        self._marked.update(slugs)

    async def __aenter__(self) -> Self:
        self.check()
        return self

    async def __aexit__(self, *_exception: object) -> None:
        for provider in self._providers.values():
            await provider.close()
        await self._wire.close()

    def _provider(self, name: str) -> Provider:
        if name not in self._providers:
            make = None if name in BUILT_IN or name in self._declared else loaded("providers", name)
            if make is None:
                make = import_module(f"colloquia.providers.{BUILT_IN.get(name, 'openai_compatible')}").provider
            self._providers[name] = cast("Callable[[Surroundings], Provider]", make)(self._surroundings(name))
        return self._providers[name]

    def _surroundings(self, name: str) -> Surroundings:
        declared = self._declared.get(name, {})
        own = self._base_url if name == "openrouter" else None
        return Surroundings(
            name=name,
            wire=self._wire,
            keyring=self._keyring,
            folder=self._folder,
            base_url=own or declared.get("base_url") or LOCAL_SERVERS.get(name),
            price=FREE if name in LOCAL_SERVERS else price(declared.get("price")),
            cards=self._cards,
            marked=self._marked,
            is_streaming=self._is_streaming,
            allows_code=self._allows_code,
            inbox=self._inbox,
        )


def check_known(slug: str, declared: Iterable[str]) -> None:
    """Make sure that ``slug`` belongs to a provider that is built in or ``declared``.

    Raises:
        DesignError: it does not.
    """
    name = provider_name(slug)
    known = [*BUILT_IN, *declared]
    if name not in known and name not in brought("providers"):
        raise DesignError(
            f"{slug!r}: there is no provider {name!r}.{nearest(name, known)} Known: {', '.join(known)}. "
            "A server of your own is declared under `providers`."
        )
    if name in BUILT_IN and find_spec(f"colloquia.providers.{BUILT_IN[name]}") is None:
        raise DesignError(f"{slug!r}: the provider {name!r} is not built yet.")


def price(written: Any) -> Price | None:  # noqa: ANN401 (a word of a study, checked there)
    """Return dollars per token from a study's dollars per million tokens; None where it does not say."""
    if written is None:
        return None
    parts = written if isinstance(written, dict) else {"prompt": written, "completion": written}
    return Price(prompt=parts["prompt"] / 1e6, completion=parts["completion"] / 1e6)


def _check_declared(providers: Mapping[str, Mapping[str, Any]]) -> None:
    variables: dict[str, str] = {}
    for name, entry in providers.items():
        _check_name(name)
        checked_base_url(str(entry.get("base_url", "")), whose=f"providers.{name}")
        variable = variable_of(name)
        if variable in variables:
            raise DesignError(f"providers.{name}: {variables[variable]!r} already has {variable}. Rename one of them.")
        variables[variable] = name


def _check_name(name: str) -> None:
    if name.lower() in BUILT_IN:
        raise DesignError(f"providers.{name}: {name.lower()!r} is built in and cannot be declared again.")
    if not _NAME.fullmatch(name):
        raise DesignError(f"providers.{name}: a name is made of letters, digits, '-' and '_', beginning with a letter.")
