"""What is varied: factors with their levels, items that stand for many more, and which combinations exist.

A factor named like a slot fills it; one named like a setting (``temperature``, ``opens``, ``"guard.temperature"``,
``"belief.shown"``) sets it. In a scenario where it does neither, it is not crossed and has no label there. Items are
crossed like factors, and besides make blocks of their own: each item has its own draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any

import msgspec

from colloquia.conversation.hashing import canonical_json
from colloquia.conversation.materials import slot_names
from colloquia.conversation.probes import SHOWN
from colloquia.design.models import read_sampling
from colloquia.design.words import SAMPLING, WORDS, check_names
from colloquia.errors import nearest
from colloquia.places import Place, kind
from colloquia.struct import Struct

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

SETTINGS = frozenset({"num_turns", "opens", "kickoff", "opening", "go_on"})
"""Words of the study that a factor can set."""

COLUMNS = frozenset(
    {
        "experiment_id", "turn_id", "scenario", "speaker_model", "responder_model", "content", "latency_ms",
        "input_tokens", "output_tokens", "finish_reason", "is_refusal", "trial_id", "iteration", "speaker_role",
        "round", "move", "arm", "ended_by", "is_truncated", "refusal_source", "timestamp",
        "time_to_first_token_ms", "attempts", "in_flight", "cost_usd", "cached_tokens", "reasoning_tokens", "saved_usd",
        "served_by", "served_model", "fork", "speaker_slug", "native_finish_reason", "generation_id", "seed",
        "request_sha256", "source", "is_repaired", "parent_id", "forked_at", "run_id", "schema", "reasoning",
        "factors", "crc32", "opening_role", "planned_turns", "is_complete", "is_failed", "n_refusals",
        "n_truncated", "noted", "sources", "first_timestamp", "last_timestamp", "is_planned", "seats", "payoff",
        "donor_id",
    }
)  # fmt: skip
"""Columns of every table, whose names no factor and no item can have."""


class Level(Struct, kw_only=True, frozen=True):
    """One level of a factor, or one item."""

    label: str
    """What tables show."""
    value: Any = None
    """The text that fills the slot, or the value of the setting."""
    slots: Mapping[str, str] = msgspec.field(default_factory=dict)
    """What it fills, by slot."""


@dataclass(frozen=True, kw_only=True)
class Factor:
    """Something that is varied."""

    name: str
    levels: tuple[Level, ...]
    is_item: bool = False

    @cached_property
    def field(self) -> tuple[str | None, str] | None:
        """Role and sampling field that it sets; no role where it is set for all; None where it sets none."""
        role, dot, last = self.name.rpartition(".")
        return ((role or None), last) if last in SAMPLING and bool(role) == bool(dot) else None

    @cached_property
    def probe(self) -> str | None:
        """The probe whose remembering it sets; None where it sets none."""
        name, dot, last = self.name.rpartition(".")
        return name if dot and last == "shown" else None

    def applies(
        self,
        roles: Collection[str],
        slots: Collection[str],
        probes: Collection[str] = (),
        settings: Collection[str] = (),
    ) -> bool:
        """Tell whether it does anything in a scenario that has these: roles, slots, probes, settings."""
        if self.probe is not None:
            return self.probe in probes
        if self.field is not None:
            return self.field[0] is None or self.field[0] in roles
        return (
            self.name in SETTINGS
            or self.name in settings
            or any(slot in slots for level in self.levels for slot in level.slots)
        )


def labels_of(factors: Iterable[Factor]) -> dict[str, tuple[str, ...]]:
    """Return what each factor or kind of item can be, by name."""
    return {factor.name: tuple(level.label for level in factor.levels) for factor in factors}


class Combination(Struct, kw_only=True, frozen=True):
    """One level of each factor and one of each kind of item."""

    labels: Mapping[str, str] = msgspec.field(default_factory=dict)
    """Of factors and items, by name."""
    item: str | None = None
    """The items alone, as one text; None where there are none."""
    slots: Mapping[str, str] = msgspec.field(default_factory=dict)
    words: Mapping[str, Any] = msgspec.field(default_factory=dict)
    """Words of the study that it sets."""
    values: Mapping[str, Any] = msgspec.field(default_factory=dict)
    """What else its levels stand for, by name of the factor; a setting of the procedure that is called so takes it."""
    sampling: Mapping[str | None, Mapping[str, Any]] = msgspec.field(default_factory=dict)
    """Body fields that it sets, by role; those of None hold for all."""
    shown: Mapping[str, Any] = msgspec.field(default_factory=dict)
    """Who remembers a probe, by probe."""

    def sampling_of(self, role: str) -> dict[str, Any]:
        """Return the body fields that it sets for a seat."""
        return {**self.sampling.get(None, {}), **self.sampling.get(role, {})}


def combinations(factors: Iterable[Factor]) -> Iterator[Combination]:
    """Yield every combination of levels; one without labels where there are no factors."""
    named = list(factors)
    for levels in product(*(factor.levels for factor in named)):
        yield _combination(list(zip(named, levels, strict=True)))


def _combination(chosen: list[tuple[Factor, Level]]) -> Combination:
    items = {factor.name: level.label for factor, level in chosen if factor.is_item}
    sampling: dict[str | None, dict[str, Any]] = {}
    for factor, level in chosen:
        if factor.field is not None:
            role, name = factor.field
            sampling.setdefault(role, {})[name] = level.value
    return Combination(
        labels={factor.name: level.label for factor, level in chosen},
        item=canonical_json(items) if items else None,
        slots={slot: text for _, level in chosen for slot, text in level.slots.items()},
        words={factor.name: level.value for factor, level in chosen if factor.name in SETTINGS},
        values={factor.name: level.value for factor, level in chosen if factor.name not in SETTINGS},
        sampling=sampling,
        shown={factor.probe: level.value for factor, level in chosen if factor.probe is not None},
    )


def used_slots(texts: Iterable[str], slots: Mapping[str, str], factors: Iterable[Factor]) -> set[str]:
    """Return the slots that these texts use, also by way of what fills them."""
    fillings: dict[str, list[str]] = {name: [text] for name, text in slots.items()}
    for factor in factors:
        for level in factor.levels:
            for slot, text in level.slots.items():
                fillings.setdefault(slot, []).append(text)
    used: set[str] = set()
    waiting = [name for text in texts for name in slot_names(text)]
    while waiting:
        name = waiting.pop()
        if name not in used:
            used.add(name)
            waiting += [inner for text in fillings.get(name, ()) for inner in slot_names(text)]
    return used


def read_factors(value: object, place: Place, settings: Collection[str] = ()) -> tuple[Factor, ...]:
    """Return the factors of a study, some of which may set ``settings`` of its procedures.

    Raises:
        DesignError: one has no levels, two levels the same label, or its name cannot be one.
    """
    if value is None:
        return ()
    entries = place.mapping(value, of="name = levels")
    _check(entries, place, what="factor")
    return tuple(_factor(name, entry, place.at(name), settings) for name, entry in entries.items())


def read_items(value: object, place: Place) -> tuple[Factor, ...]:
    """Return the items of a study, one factor for each kind.

    Raises:
        DesignError: one has no entries, two entries the same label, or its name cannot be one.
    """
    if value is None:
        return ()
    entries = place.mapping(value, of="name = list of items")
    _check(entries, place, what="kind of item")
    return tuple(_items(name, entry, place.at(name)) for name, entry in entries.items())


def _check(names: Mapping[str, Any], place: Place, *, what: str) -> None:
    check_names(names, place, what=what)
    for name in names:
        if name in COLUMNS or name.startswith(("model_", "role_")):
            raise place.at(name).error(f"a {what} cannot be called so: every table has a column of that name.")


def _factor(name: str, entry: object, place: Place, settings: Collection[str]) -> Factor:
    levels = entry if isinstance(entry, dict) else {_label(value, place): value for value in _listed(entry, place)}
    if not levels:
        raise place.error("has no levels.")
    factor = Factor(name=name, levels=tuple(Level(label=label, value=value) for label, value in levels.items()))
    check_names(levels, place, what="level")
    if factor.field is not None:
        for label, value in levels.items():
            read_sampling({factor.field[1]: value}, place.at(label))
        return factor
    if factor.probe is not None:
        for label, value in levels.items():
            place.at(label).known(str(value), SHOWN, what="word for who remembers a probe")
    is_setting = name in settings and not all(isinstance(value, str) for value in levels.values())
    if name in SETTINGS or factor.probe is not None or is_setting:
        return factor
    if not name.isidentifier() or not name.isascii() or name in WORDS:
        raise place.error(
            f"fills no slot (its name is none) and sets nothing that a study has.{_meant(name, settings)}"
        )
    if not all(isinstance(value, str) for value in levels.values()) and (meant := _meant(name, settings)):
        raise place.error(f"no setting is called so, and what fills a slot is a text.{meant}")
    filling = {label: place.at(label).text(value) for label, value in levels.items()}
    return Factor(
        name=name, levels=tuple(Level(label=label, value=text, slots={name: text}) for label, text in filling.items())
    )


def _meant(name: str, settings: Collection[str]) -> str:
    """Return a hint at the setting that a factor was probably meant to set; a role before a field stays."""
    role, dot, _ = name.rpartition(".")
    return nearest(name, [role + dot + each for each in SAMPLING] if dot else {*SETTINGS, *SAMPLING, *settings})


def _items(name: str, entry: object, place: Place) -> Factor:
    if not name.isidentifier() or not name.isascii() or name in WORDS:
        raise place.error("a kind of item is named like a slot: letters, digits and underscores, no word of the study.")
    if isinstance(entry, str):
        raise place.error(f"{entry!r} is a file: it is read with a study file beside it; in Python hand over its rows.")
    levels = tuple(_item(name, each, place.at(number)) for number, each in enumerate(_listed(entry, place)))
    if len({level.label for level in levels}) < len(levels):
        raise place.error("two items have the same text; give them a column `label`.")
    return Factor(name=name, levels=levels, is_item=True)


def _item(name: str, entry: object, place: Place) -> Level:
    if not isinstance(entry, dict):
        text = place.text(entry)
        return Level(label=_label(text, place), value=text, slots={name: text})
    columns = {str(column): str(value) for column, value in place.mapping(entry, of="column = text").items()}
    for column in columns:
        if not column.isidentifier() or not column.isascii():
            raise place.at(column).error("a column is named with letters, digits and underscores.")
    texts = [column for column in columns if column != "label"] or list(columns)
    text = columns.get(name, columns[texts[0]])
    slots = {name: text, **{f"{name}.{column}": value for column, value in columns.items()}}
    return Level(label=_label(columns.get("label", text), place), value=text, slots=slots)


def _listed(entry: object, place: Place) -> list[Any]:
    if not isinstance(entry, list) or not entry:
        found = "an empty list" if entry == [] else kind(entry)
        raise place.error(f"expected a list with at least one entry, found {found}.")
    if len({str(value) for value in entry}) < len(entry):
        raise place.error("names the same twice.")
    return entry


def _label(value: object, place: Place) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str | int | float):
        raise place.error("a list labels itself, so it holds texts and numbers; write label = value.")
    return " ".join(str(value).split()) or "empty"
