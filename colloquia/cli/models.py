"""``colloquia models``: what can be asked, from this machine and from OpenRouter, with price and context."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from colloquia.cli.terminal import plain, say, table
from colloquia.design.offline import EMBEDDED
from colloquia.extras import install_weights
from colloquia.lab.planning.amounts import count
from colloquia.providers import embedded
from colloquia.providers.pricelist import price_list
from colloquia.providers.scripted import FORMS
from colloquia.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from colloquia.providers.cards import ModelCard

HEADING = ("slug", "$/M in", "$/M out", "context", "name")


def models(words: list[str], base_url: str | None) -> None:
    """Print the models whose slug or name holds all words."""
    wanted = [word.lower() for word in words]
    for line in _local():
        if all(word in line.lower() for word in wanted):
            say(line)
    listed = asyncio.run(price_list(base_url=base_url, cache=read_settings().cache))
    found = [card for card in listed.cards.values() if _matches(card, wanted)]
    if not listed.cards:
        say("OpenRouter's list could not be had: is this machine online? Any slug can still be written in a study.")
        return
    say()
    for line in table([HEADING, *map(_row, sorted(found, key=lambda card: card.slug))]):
        say(line)
    say(f"{count(len(found), 'model')} of {len(listed.cards):,}, prices as of {listed.age_seconds / 3600:.0f} h ago.")


def _local() -> Iterator[str]:
    state = "installed" if embedded.is_installed() else install_weights()
    yield f"{EMBEDDED['slug']}  no key, on this machine ({state})"
    yield "embedded:/path/to/model.gguf  a model file of your own"
    yield f"scripted:{FORMS}  no model at all"
    yield "human:NAME  a person, asked in the terminal, or with `colloquia answer`"
    yield "ollama:NAME, vllm:NAME, lmstudio:NAME  servers on this machine at their usual ports"


def _matches(card: ModelCard, words: list[str]) -> bool:
    text = f"{card.slug} {card.name}".lower()
    return all(word in text for word in words)


def _row(card: ModelCard) -> tuple[str, ...]:
    context = f"{card.context_length:,}" if card.context_length else "?"
    return plain(card.slug), _dollars(card.prompt_price), _dollars(card.completion_price), context, plain(card.name)


def _dollars(price: float | None) -> str:
    return "?" if price is None else f"{price * 1e6:g}"
