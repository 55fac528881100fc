"""Variants: each scenario at each combination of levels and items that exists, its texts filled."""

from __future__ import annotations

from dataclasses import dataclass
from operator import is_
from typing import TYPE_CHECKING, Any

from colloquia.design.expressions import expression
from colloquia.design.factors import Combination, Factor, combinations, labels_of, used_slots
from colloquia.design.probing import probes_of
from colloquia.design.procedures import settings_of
from colloquia.design.scenarios import Script, roles_of, texts_of
from colloquia.errors import DesignError
from colloquia.struct import Struct

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from colloquia.conversation.materials import Scenario
    from colloquia.design.expressions import Expression
    from colloquia.places import Place


class Variant(Struct, kw_only=True, frozen=True):
    """A scenario at one combination of levels and items."""

    scenario: Scenario
    at: Combination


@dataclass(frozen=True, kw_only=True)
class Variation:
    """What a study varies."""

    factors: tuple[Factor, ...]
    """Factors and kinds of items."""
    where: Expression | None
    """Which combinations exist; None where all do."""

    @property
    def fields(self) -> set[str]:
        """The body fields that factors set."""
        return {factor.field[1] for factor in self.factors if factor.field is not None}

    @property
    def labels(self) -> dict[str, tuple[str, ...]]:
        """The labels of each factor and kind of item."""
        return labels_of(self.factors)

    def of(self, name: str, prompts: Any, words: Mapping[str, Any], place: Place) -> tuple[Variant, ...]:  # noqa: ANN401 (one prompt, or a table)
        """Return the variants of a scenario.

        Raises:
            DesignError: a text or a setting of one does not hold together.
        """
        found = tuple(self._all_of(name, prompts, words, place))
        return tuple(variant for variant in found if self._exists(name, variant.at))

    def _all_of(self, name: str, prompts: Any, words: Mapping[str, Any], place: Place) -> Iterator[Variant]:  # noqa: ANN401 (as above)
        """Yield the variants of a scenario, those included that do not exist; what they share is read once."""
        script: Script | None = None
        settings = settings_of(words["procedure"])
        for at in combinations(self.applying(prompts, words)):
            overlaid = _overlaid(words, at, settings)
            if script is None or not all(map(is_, overlaid.values(), script.words.values())):
                script = Script.read(prompts, overlaid, place)
            yield Variant(scenario=script.scenario(name, {**words["slots"], **at.slots}, at.shown), at=at)

    def applying(self, prompts: Any, words: Mapping[str, Any]) -> list[Factor]:  # noqa: ANN401 (as above)
        """Return the factors that do anything in a scenario."""
        texts = [text for text in texts_of(prompts, words) if isinstance(text, str)]
        used = used_slots(texts, words["slots"], self.factors)
        roles = roles_of(prompts, words["procedure"])
        asked = probes_of(words["probes"], roles)
        settings = settings_of(words["procedure"])
        return [factor for factor in self.factors if factor.applies(roles, used, asked, settings)]

    def _exists(self, scenario: str, at: Combination) -> bool:
        return self.where is None or self.where.holds({**at.labels, "scenario": scenario})


def variation(factors: Sequence[Factor], items: Sequence[Factor], where: object, place: Place) -> Variation:
    """Return what a study varies.

    Raises:
        DesignError: ``where`` is no expression over its factors, items and scenarios.
    """
    both = (*factors, *items)
    names = [factor.name for factor in both]
    for name in names:
        if names.count(name) > 1:
            raise place.at("items").at(name).error("a factor is called so too.")
    if where is None:
        return Variation(factors=both, where=None)
    here = place.at("where")
    try:
        return Variation(factors=both, where=expression(here.text(where), [*names, "scenario"], labels_of(both)))
    except DesignError as error:
        raise here.error(str(error).removeprefix(f"{here.path}: ")) from None


def _overlaid(words: Mapping[str, Any], at: Combination, settings: Collection[str]) -> dict[str, Any]:
    """Return the words of a scenario at a combination, slots apart; a kick-off and an opening replace each other."""
    found = {**words, **at.words}
    set_here = {name: value for name, value in at.values.items() if name in settings}
    if set_here:
        procedure = words["procedure"]
        found["procedure"] = {**(procedure if isinstance(procedure, dict) else {"kind": procedure}), **set_here}
    if at.words.get("opening") is not None and "kickoff" not in at.words:
        found["kickoff"] = None
    if at.words.get("kickoff") is not None and "opening" not in at.words:
        found["opening"] = None
    return found
