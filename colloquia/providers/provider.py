"""What every provider is given, and what it must offer: a provider is one file, and one line in the registry."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Container, Mapping
    from pathlib import Path

    from colloquia.conversation.chat_model import ChatModel
    from colloquia.design.forecast import Price
    from colloquia.providers.cards import ModelCard
    from colloquia.providers.keys import Keyring
    from colloquia.providers.wire import Wire


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a provider may use."""

    name: str
    """The provider's name in a slug."""
    wire: Wire
    keyring: Keyring
    folder: Path
    """The study's folder: files that a study names lie in it or below."""
    base_url: str | None = None
    """Where its server is, where that can be chosen."""
    price: Price | None = None
    """Dollars per token; None where the study does not say."""
    cards: Mapping[str, ModelCard] = field(default_factory=dict)
    """What OpenRouter's catalogue says, by slug; empty until it was read."""
    marked: Container[str] = frozenset()
    """Slugs whose endpoints keep of a prompt only what the request marks; empty until they were asked."""
    is_streaming: bool = True
    allows_code: bool = False
    """True where Python that a study names may run."""
    inbox: Path | None = None
    """Where people are asked; None where there is no run folder."""


class Provider(Protocol):
    """Where the models of one provider come from; made by a function ``provider(surroundings)`` in its file."""

    def model(self, slug: str) -> ChatModel:
        """Return the model that ``slug`` names; nothing is started and nobody is asked.

        Raises:
            DesignError: there can be no such model.
            SettingsError: a key or a package is missing.
        """

    async def close(self) -> None:
        """Stop what was started."""


def model_id(slug: str) -> str:
    """Return what a slug says after its provider's name; a colon behind a slash belongs to the model."""
    head, colon, rest = slug.partition(":")
    return rest if colon and "/" not in head else slug
