"""The study: one object that holds what the researcher wrote, checked when it is made.

A key of ``study.toml``, an upper-case name of ``simulation_config.py`` and a keyword of :class:`Experiment` are the
same word with the same value, so the three forms of a study are equal objects.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from functools import cached_property
from itertools import chain, groupby
from typing import TYPE_CHECKING, Any, Self

from colloquia.conversation.materials import slot_names
from colloquia.design.controls import TALK, check_controls
from colloquia.design.factors import COLUMNS, SETTINGS, read_factors, read_items
from colloquia.design.hypotheses import columns_of_probes, read_expression, read_hypotheses
from colloquia.design.judges import Judge, check_questions, read_judges
from colloquia.design.models import ModelEntry, joined_sampling, read_models, read_sampling, read_view
from colloquia.design.pairing import Seating, seatings
from colloquia.design.probing import check_asked, check_probes
from colloquia.design.procedures import read_procedure, settings_of
from colloquia.design.providers import check_providers
from colloquia.design.scenarios import PROBES, roles_of, split_words, texts_of
from colloquia.design.variants import Variant, Variation, variation
from colloquia.design.words import NEEDED, SAMPLING, WORDS, check_names, plain
from colloquia.errors import DesignError, nearest
from colloquia.places import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from colloquia.conversation.materials import Scenario
    from colloquia.design.expressions import Expression
    from colloquia.design.factors import Factor
    from colloquia.design.hypotheses import Columns, Hypothesis

_TOP = Place(path="")


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """One study; making it checks it.

    Raises:
        DesignError: a word says something that cannot be run; the message begins with its path.
    """

    models: Mapping[str, Any]
    """Who takes part: name = slug, or a table of slug, routing, view and any sampling field. Two names may share a
    slug and are then two participants."""
    scenarios: Mapping[str, Any]
    """Name = one prompt for both seats, or a table of role = prompt, seated in the order written; study words in it
    hold for that scenario."""
    num_turns: int | None = None
    """Utterances of a conversation, all seats together; required unless every scenario has its own or its procedure
    counts rounds. No part of an id: raise it and run again."""
    iterations: int = 1
    """Conversations of each cell. No part of an id: raise it and run again."""
    title: str = ""
    """What the study is called."""
    slots: Mapping[str, str] = field(default_factory=dict)
    """Texts that fill ``{name}`` in prompts, kick-off, opening and go_on."""
    pairing: Any = "all"
    """Who sits where: ``all`` ordered pairs and each with itself, ``distinct``, ``unordered``, ``self``, or a list of
    seatings, one model a seat."""
    opens: str = "first"
    """Who speaks first: ``first``, ``second``, ``both`` (each pair once so, once so), or a role."""
    kickoff: str | None = None
    """What only the opener sees, no turn; where it is not written, "[The conversation begins. You speak first.]"."""
    opening: str | None = None
    """A scripted line said as turn 1, in place of a kick-off."""
    go_on: str | None = None
    """What one is sent who speaks again with nothing heard between; where it is not written, "[Please continue.]"."""
    view: str | None = None
    """How the transcript becomes messages: ``flip`` (chat roles) or ``script`` (one text of ``Name: text`` lines);
    what the provider asks for where it is not written."""
    sampling: Mapping[str, Any] = field(default_factory=dict)
    """Body fields for all models; a model's own win, a factor wins over both. Only what is written is sent, and
    ``max_tokens`` (1024); ``seed = "auto"`` sends each turn's draw."""
    stop: list[Any] = field(default_factory=list)
    """Rules that end a conversation: ``"refusal"``, ``"goodbye"``, ``"deal"``, ``"loop"``, ``"truncated"``, or tables
    of ``phrase`` and ``by``, ``exit``, ``tokens``, ``seconds``."""
    note: list[Any] = field(default_factory=list)
    """The same rules, only recording that they would have ended it; no part of an id."""
    procedure: Any = "dialogue"
    """Who speaks when: a word, or a table of ``kind`` and its settings; ``"file.py:name"`` is one of your own."""
    providers: Mapping[str, Any] = field(default_factory=dict)
    """Servers of your own: name = a table of base_url and price; called as ``name:model``."""
    max_cost: float | None = None
    """Dollars for all that is ever spent in the run folder; the most that a call can cost is reserved before it."""
    seed: int = 1
    """Where every draw comes from."""
    run_dir: str = "data"
    """The run folder, seen from where the command starts; ``--run-dir`` wins."""
    factors: Any = None
    """What is varied: name = a list of levels, or a table of label = text or value. Named like a slot it fills it,
    like a setting (``temperature``, ``opens``, ``"guard.temperature"``, ``"belief.shown"``) it sets it."""
    items: Any = None
    """Stimuli that stand for many more: name = a list of texts, or of tables of column = text, or a CSV file beside
    the study."""
    where: str | None = None
    """Which combinations of levels exist, as an expression over labels: comparisons with ``and``, ``or``, ``not``,
    ``in``."""
    memory: Any = None
    """How many of the last turns a request holds, or role = number; all where it is not written."""
    schedule: list[Any] = field(default_factory=list)
    """What happens at given turns: tables of ``after`` and one of ``announce`` (``to``), ``say`` and ``role``,
    ``edit``, ``prompt`` and ``role``, ``join``, ``leave``."""
    probes: Any = None
    """Private questions: name = a table of ``ask`` (a role, or ``each``), ``when``, ``question``, and ``scale``,
    ``options`` or ``open``; ``shown`` = ``never``, ``self`` or ``all``."""
    controls: Any = None
    """Control arms: kind = the role that stays live."""
    judges: Any = None
    """Outcomes read by models after the talk: name = a table of ``by`` and ``question`` with ``labels``, ``scale`` or
    ``open``, or of ``by`` and ``rubric``; ``unit``, ``reads`` and ``per``."""
    hypotheses: Any = None
    """What is expected, written before the data: name = a table of ``outcome``, and ``higher`` and ``than``, or
    ``same`` and ``within``."""
    exclude: str | None = None
    """What confirmatory tables leave out, as an expression over columns of conversations; the log keeps all."""

    def __new__(cls, **words: Any) -> Self:  # noqa: ANN401, D102 (the words of a study, checked here by name)
        cls._check_known(words)
        return super().__new__(cls)

    def __post_init__(self) -> None:
        """Make all values plain and check every word."""
        for word in fields(self):
            value = getattr(self, word.name)
            object.__setattr__(self, word.name, None if value is None else plain(value, _TOP.at(word.name)))
        self._canonical_models()
        self._check_settings()
        self._check_variation()
        _ = self.materials, self.pairs, self.predictions, self.exclusion
        self._check_controls()
        check_questions(self.panels, chain.from_iterable(self.variants.values()), self.slots, _TOP.at("judges"))

    def __reduce__(self) -> tuple[Any, ...]:
        """Let another process, and a copy, make it anew of its words."""
        return Experiment.from_words, (self.words(),)

    @classmethod
    def from_words(cls, words: Mapping[str, Any]) -> Experiment:
        """Return the study that ``words`` describe, as a study file holds them.

        Raises:
            DesignError: a word is unknown, missing, or says something that cannot be run.
        """
        cls._check_known(words)  # first: what is missing may only be misspelt
        for word in NEEDED:
            if word not in words:
                raise DesignError(f"{word}: missing; a study needs models, scenarios and a length (num_turns).")
        return cls(**words)

    @classmethod
    def _check_known(cls, words: Mapping[str, Any]) -> None:
        known = {word.name for word in fields(cls)}
        for word in words:
            if word not in known:
                raise DesignError(f"{word}: no such word in a study.{nearest(word, known)}")

    def words(self) -> dict[str, Any]:
        """Return the words of the study that differ from their defaults, as a study file would hold them."""
        empty: tuple[object, ...] = (None, {}, [])
        defaults = {word.name: word.default for word in fields(self)}
        return {
            name: value for name, value in self._study_words.items() if value not in empty and value != defaults[name]
        }

    @cached_property
    def entries(self) -> dict[str, ModelEntry]:
        """The models by friendly name."""
        return read_models(self.models, _TOP.at("models"))

    @cached_property
    def variation(self) -> Variation:
        """What the study varies."""
        settings = {word for words in self._words.values() for word in settings_of(words["procedure"])}
        factors = read_factors(self.factors, _TOP.at("factors"), settings)
        return variation(factors, read_items(self.items, _TOP.at("items")), self.where, _TOP)

    @cached_property
    def variants(self) -> dict[str, tuple[Variant, ...]]:
        """The scenarios by name, each at every combination of levels and items that exists."""
        return {
            name: self.variation.of(name, prompts, self._words[name], _TOP.at("scenarios").at(name))
            for name, (_, prompts) in self._scenario_words.items()
        }

    @cached_property
    def materials(self) -> dict[str, Scenario]:
        """The scenarios by name, each as it is at its first combination of levels."""
        return {name: variants[0].scenario for name, variants in self.variants.items() if variants}

    @cached_property
    def outcomes(self) -> tuple[str, ...]:
        """The columns of conversations in which procedures say what came of them."""
        variants = (variant for each in self.variants.values() for variant in each)
        return tuple(dict.fromkeys(column for variant in variants for column in variant.scenario.outcomes))

    @cached_property
    def panels(self) -> dict[str, Judge]:
        """The judges by name."""
        groups = tuple(factor.name for factor in self.variation.factors)
        taken = dict.fromkeys(groups, "a factor of the study") | dict.fromkeys(self.outcomes, "an outcome")
        return read_judges(self.judges, taken, groups, _TOP.at("judges"))

    @cached_property
    def pairs(self) -> dict[str, tuple[Seating, ...]]:
        """The seatings of each scenario."""
        names = tuple(self.entries)
        return {
            name: seatings(self._words[name]["pairing"], names, len(scenario.roles), self._place_of(name, "pairing"))
            for name, scenario in self.materials.items()
        }

    @cached_property
    def predictions(self) -> tuple[Hypothesis, ...]:
        """The hypotheses, in the order of the study."""
        return read_hypotheses(self.hypotheses, self.columns, _TOP.at("hypotheses"))

    @cached_property
    def exclusion(self) -> Expression | None:
        """Which conversations confirmatory tables leave out; None where they hold all."""
        return None if self.exclude is None else read_expression(self.exclude, self.columns, _TOP.at("exclude"))

    @cached_property
    def columns(self) -> Columns:
        """The columns of conversations that hypotheses may speak of."""
        seats = range(1, max((len(scenario.roles) for scenario in self.materials.values()), default=0) + 1)
        names = (
            *COLUMNS,
            "num_turns",
            *(f"{what}_{seat}" for seat in seats for what in ("model", "role")),
            *columns_of_probes(self.probes or ()),
            *self.outcomes,
            *(self.judges if isinstance(self.judges, dict) else ()),
        )
        arms = (TALK, *self.controls) if self.controls else ()
        return {**dict.fromkeys(names), **self.variation.labels, "scenario": tuple(self.materials), "arm": arms}

    def iterations_of(self, scenario: str) -> int:
        """Return how many conversations each cell of ``scenario`` has."""
        number: int = self._scenario_words[scenario][0].get("iterations", self.iterations)
        return number

    def sampling_of(self, scenario: str) -> dict[str, Any]:
        """Return the body fields that hold in ``scenario`` for all models."""
        return {**self.sampling, **self._scenario_words[scenario][0].get("sampling", {})}

    def sent_by(self, name: str, scenario: str) -> list[dict[str, Any]]:
        """Return the different body fields that a model is sent in a scenario, over all levels and seats."""
        shared, own = self.sampling_of(scenario), self.entries[name].sampling
        found: list[dict[str, Any]] = []
        for _, alike in groupby(self.variants[scenario], key=lambda each: each.at.sampling):
            variant = next(alike)
            for role in variant.scenario.roles:
                fields = joined_sampling(shared, own, variant.at.sampling_of(role.name))
                if fields not in found:
                    found.append(fields)
        return found

    @cached_property
    def _scenario_words(self) -> dict[str, tuple[dict[str, Any], Any]]:
        place = _TOP.at("scenarios")
        entries = place.mapping(self.scenarios, of="name = prompt")
        check_names(entries, place, what="scenario")
        return {name: split_words(entry, place.at(name)) for name, entry in entries.items()}

    @cached_property
    def _study_words(self) -> dict[str, Any]:
        return {word.name: getattr(self, word.name) for word in fields(self)}

    @cached_property
    def _words(self) -> dict[str, dict[str, Any]]:
        """The words that hold in each scenario: the study's, overlaid by its own."""
        return {name: self._overlaid(own) for name, (own, _) in self._scenario_words.items()}

    def _overlaid(self, own: Mapping[str, Any]) -> dict[str, Any]:
        shared = self._study_words
        if "kickoff" in own or "opening" in own:
            shared = {**shared, "kickoff": None, "opening": None}
        return {**shared, **own, "slots": {**self.slots, **own.get("slots", {})}}

    def _place_of(self, scenario: str, word: str) -> Place:
        is_own = word in self._scenario_words[scenario][0]
        return _TOP.at("scenarios").at(scenario).at(word) if is_own else _TOP.at(word)

    def _canonical_models(self) -> None:
        _TOP.at("models").mapping(self.models, of="name = slug")
        full = {name: {"slug": entry} if isinstance(entry, str) else entry for name, entry in self.models.items()}
        object.__setattr__(self, "models", full)
        _ = self.entries

    def _check_settings(self) -> None:
        for scenario in (None, *self._scenario_words):
            self._check_words(scenario)
        for word in ("title", "run_dir"):
            _TOP.at(word).text(getattr(self, word))
        if not self.run_dir.strip() or "\0" in self.run_dir:
            raise _TOP.at("run_dir").error("names no folder.")
        _TOP.at("seed").whole_number(self.seed, least=0)
        if self.view is not None:
            read_view(self.view, _TOP.at("view"))
        if self.max_cost is not None:
            _TOP.at("max_cost").dollars(self.max_cost)
        check_providers(self.providers, _TOP.at("providers"))
        check_probes(self.probes, PROBES)

    def _check_variation(self) -> None:
        """Refuse a factor that does nothing anywhere, and a ``where`` that leaves nothing."""
        applied = {
            factor.name
            for name, (_, prompts) in self._scenario_words.items()
            for factor in self.variation.applying(prompts, self._words[name])
        }
        roles = {
            name: roles_of(prompts, self._words[name]["procedure"])
            for name, (_, prompts) in self._scenario_words.items()
        }
        check_asked(self.probes, roles, PROBES)
        for factor in self.variation.factors:
            place = _place_of_factor(factor)
            if factor.probe is not None:
                place.known(factor.probe, self.probes or (), what="probe of this study")
            if factor.name not in applied:
                raise place.error(
                    f"no prompt uses {{{factor.name}}}, and no setting is called so: it would change nothing."
                    + self._meant(factor, roles)
                )
        if not any(self.variants.values()):
            raise _TOP.at("where").error("leaves nothing to run.")
        for factor in self.variation.factors:
            if factor.name in self.outcomes:
                raise _place_of_factor(factor).error("the procedure has an outcome that is called so.")

    def _check_controls(self) -> None:
        items = {factor.name for factor in self.variation.factors if factor.is_item}
        iterations = {name: self.iterations_of(name) for name in self.variants}
        check_controls(self.controls, self.variants, iterations, items, _TOP.at("controls"))

    def _meant(self, factor: Factor, roles: Mapping[str, Sequence[str]]) -> str:
        """Return a hint at the slot or the setting that a factor which does nothing was probably meant for."""
        settings = set(self._could_be_varied(roles))
        slots = set(self._slots_used()) - settings
        near = next(iter(get_close_matches(factor.name, [*slots, *settings], n=1)), None)
        if near in slots:
            return f" The prompts use {{{near}}}: write the two names alike."
        return nearest(factor.name, settings)

    def _slots_used(self) -> Iterator[str]:
        """Yield the slots that stand in texts of scenarios."""
        for name, (_, prompts) in self._scenario_words.items():
            for text in texts_of(prompts, self._words[name]):
                yield from slot_names(text) if isinstance(text, str) else ()

    def _could_be_varied(self, roles: Mapping[str, Sequence[str]]) -> Iterator[str]:
        """Yield what a factor can be called here apart from slots: settings, fields of a role."""
        yield from SETTINGS
        yield from SAMPLING
        yield from (f"{role}.{field}" for each in roles.values() for role in each for field in SAMPLING)

    def _check_words(self, scenario: str | None) -> None:
        """Check the words that may stand in the study and in a scenario alike."""
        own = self._scenario_words[scenario][0] if scenario else self._study_words
        place = _TOP.at("scenarios").at(scenario) if scenario else _TOP
        if own.get("num_turns") is not None:
            place.at("num_turns").whole_number(own["num_turns"], least=1)
        place.at("iterations").whole_number(own.get("iterations", 1), least=1)
        read_sampling(own.get("sampling", {}), place.at("sampling"))
        _check_slots(own.get("slots", {}), place.at("slots"))
        read_procedure(own.get("procedure", "dialogue"), place.at("procedure"))


def _place_of_factor(factor: Factor) -> Place:
    return _TOP.at("items" if factor.is_item else "factors").at(factor.name)


def _check_slots(slots: object, place: Place) -> None:
    if not isinstance(slots, dict):
        raise place.error("expected a table of name = text.")
    for name, text in slots.items():
        if not name.isidentifier() or not name.isascii():
            raise place.at(name).error("a slot's name holds letters, digits and underscores, and begins with no digit.")
        if name in WORDS:
            raise place.at(name).error("a slot cannot be named like a word of the study.")
        place.at(name).text(text)
