"""The models of a study: entries read and checked, and what each is sent."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from colloquia.conversation.participants import Participant
from colloquia.conversation.views import VIEWS
from colloquia.design.words import IN_MODEL, ROUTING, SAMPLING, check_names

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from colloquia.places import Place

DEFAULT_MAX_TOKENS = 1024
LINES = ("always", "sequence", "lines", "echo", "random", "recorded")
"""Scripted seats that say the same whatever they are asked; a function of the researcher's own may answer."""

_RANGES = {
    "temperature": (0, 2),
    "top_p": (0, 1),
    "min_p": (0, 1),
    "top_a": (0, 1),
    "frequency_penalty": (-2, 2),
    "presence_penalty": (-2, 2),
}


@dataclass(frozen=True, kw_only=True)
class ModelEntry:
    """A model as the study names it."""

    name: str
    place: str
    """Where it stands in the study, for messages."""
    slug: str
    routing: Mapping[str, Any]
    sampling: Mapping[str, Any]
    """The model's own body fields; they win over the study's."""
    view: str | None
    """None where the provider is to choose."""

    def participant(
        self,
        shared: Mapping[str, Any],
        view: str | None,
        default_view: Callable[[str], str],
        varied: Mapping[str, Any] | None = None,
    ) -> Participant:
        """Return the participant, with ``shared`` sampling beneath the model's own, and ``varied`` above it."""
        return Participant(
            name=self.name,
            slug=self.slug,
            routing=self.routing,
            sampling=joined_sampling(shared, self.sampling, varied or {}),
            view=self.view or view or default_view(self.slug),
        )


@lru_cache(maxsize=1024)  # asked several times a call
def prefix(slug: str) -> str | None:
    """Return the provider's name where the slug has one (a colon before any slash), else None."""
    head, colon, _ = slug.partition(":")
    return head if colon and "/" not in head else None


def answers_probes(slug: str) -> bool:
    """Tell whether a participant is asked probes; a scripted seat has nothing to say beside its lines."""
    form = slug.partition(":")[2].strip().partition(" ")[0]
    return prefix(slug) != "scripted" or form not in LINES


def recording(named: str) -> tuple[str, str | None]:
    """Return the file of a recorded partner, and the role whose part it takes; None for that of its own seat."""
    file, joint, role = named.rpartition(" as ")
    return (file.strip(), role.strip()) if joint else (named.strip(), None)


def joined_sampling(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body fields that are sent: later layers win, ``"default"`` takes a field back."""
    joined: dict[str, Any] = {}
    for layer in layers:
        joined |= layer
    written = {field: value for field, value in joined.items() if value != "default"}
    has_length = "max_tokens" in written or "max_completion_tokens" in written
    return written if has_length else {"max_tokens": DEFAULT_MAX_TOKENS, **written}


def read_models(value: object, place: Place) -> dict[str, ModelEntry]:
    """Return the entries of ``models`` by friendly name.

    Raises:
        DesignError: an entry is not one that can be asked.
    """
    entries = place.mapping(value, of="name = slug")
    check_names(entries, place, what="model")
    return {name: _entry(name, entry, place.at(name)) for name, entry in entries.items()}


def read_view(value: object, place: Place) -> str:
    """Return the name of a view."""
    return place.known(place.text(value), VIEWS, what="view")


def read_sampling(value: object, place: Place) -> dict[str, Any]:
    """Return body fields, each known and within its range."""
    if not isinstance(value, dict):
        raise place.error("expected a table of sampling fields, such as { temperature = 1.0 }.")
    for field, setting in value.items():
        place.known(field, SAMPLING, what="sampling field")
        _check_field(field, setting, place.at(field))
    return value


def _entry(name: str, entry: object, place: Place) -> ModelEntry:
    words = {"slug": entry} if isinstance(entry, str) else place.mapping(entry, of="slug, routing, view, sampling")
    if "slug" not in words:
        raise place.error('needs a slug, such as "openai/gpt-4.1-mini".')
    for word in words:
        place.known(word, IN_MODEL | SAMPLING, what="word of a model or sampling field")
    slug = place.at("slug").text(words["slug"]).strip()
    if not slug:
        raise place.error("its slug is empty.")
    return ModelEntry(
        name=name,
        place=place.path,
        slug=slug,
        routing=_routing(words.get("routing", {}), slug, place.at("routing")),
        sampling=read_sampling({word: words[word] for word in words if word not in IN_MODEL}, place),
        view=read_view(words["view"], place.at("view")) if "view" in words else None,
    )


def _routing(value: object, slug: str, place: Place) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise place.error('expected a table, such as { only = ["deepinfra"] }.')
    if value and prefix(slug):
        raise place.error(f"is OpenRouter's word; {slug!r} is not asked through OpenRouter.")
    for field in value:
        place.known(field, ROUTING, what="routing field")
    return value


def _check_field(field: str, value: object, place: Place) -> None:
    if value == "default" or (field == "seed" and value == "auto"):
        return
    if field in ("max_tokens", "max_completion_tokens"):
        place.whole_number(value, least=1)
    if field == "seed":
        place.whole_number(value, least=0)
    if field in _RANGES:
        low, high = _RANGES[field]
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise place.error(f"is {value!r}; expected a number from {low} to {high}.")
