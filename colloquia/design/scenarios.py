"""The scenarios of a study: each read with the words that hold for it, its texts filled."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from colloquia.conversation.draws import Draws
from colloquia.conversation.materials import DEFAULT_GO_ON, DEFAULT_KICKOFF, Role, Scenario, fill
from colloquia.conversation.schedule import Attended
from colloquia.conversation.steps import Setup
from colloquia.design.pairing import DYAD
from colloquia.design.probing import probe_texts, read_probes
from colloquia.design.procedures import ChosenProcedure, check_procedure, procedure_texts, read_procedure, seats_of
from colloquia.design.rules import read_rules
from colloquia.design.scheduling import read_schedule, schedule_texts
from colloquia.design.words import IN_SCENARIO, RESERVED_ROLES, WORDS, check_names
from colloquia.errors import DesignError, nearest
from colloquia.places import Place
from colloquia.struct import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

    from colloquia.conversation.kind import Kind
    from colloquia.conversation.probes import Shown
    from colloquia.conversation.schedule import Happening
    from colloquia.conversation.stopping import Rule

PROBES = Place(path="probes")


def split_words(value: object, place: Place) -> tuple[dict[str, Any], Any]:
    """Return the study words that stand in a scenario, and what is left: one prompt, or role = prompt."""
    if isinstance(value, str):
        return {}, value
    entry = place.mapping(value, of="role = prompt")
    for word in entry:
        if word in RESERVED_ROLES - IN_SCENARIO:
            raise place.at(word).error(
                f"a role cannot be called {word!r}: that is a word of the study, and does not belong in a scenario."
                if word in WORDS
                else f"a role cannot be called {word!r}: the word means something else where roles are named."
            )
    words = {word: entry[word] for word in entry if word in IN_SCENARIO}
    return words, {role: entry[role] for role in entry if role not in IN_SCENARIO}


@dataclass(frozen=True, kw_only=True)
class Script:
    """A scenario before its slots are filled: read once for all items that differ in nothing else."""

    words: Mapping[str, Any]
    place: Place
    given: Mapping[str, str]
    """The prompt of each role as it was written, in seat order."""
    is_shared: bool
    """True where one prompt serves both seats."""
    opener: tuple[str, ...]
    chosen: ChosenProcedure
    procedure: Kind
    """The same, made for these seats."""
    num_turns: int
    templates: tuple[str, ...]
    """Every text as the researcher wrote it, those of its slots apart."""

    @classmethod
    def read(cls, prompts: str | Mapping[str, object], words: Mapping[str, Any], place: Place) -> Script:
        """Read it.

        Args:
            prompts: One prompt for both seats, or a table of role = prompt.
            words: The study's words, overlaid by the scenario's own.
            place: Where the scenario stands in the study.

        Raises:
            DesignError: something in it does not hold together.
        """
        chosen = read_procedure(words["procedure"], place.at("procedure"))
        given = _given(prompts, chosen, place)
        roles, is_shared = tuple(given), isinstance(prompts, str)
        opener = _opener(words["opens"], roles, place.at("opens"), is_shared=is_shared)
        procedure = _checked(chosen, roles, opener[0], place.at("procedure"))
        return cls(
            words=words,
            place=place,
            given=given,
            is_shared=is_shared,
            opener=opener,
            chosen=chosen,
            procedure=procedure,
            num_turns=_length(words, procedure, place),
            templates=tuple(map(str, texts_of(prompts, words))),
        )

    def scenario(self, name: str, slots: Mapping[str, str], shown: Mapping[str, Shown]) -> Scenario:
        """Return it with its slots filled.

        Args:
            name: Of the scenario.
            slots: What fills them.
            shown: Who remembers a probe, where a factor sets it, by probe.

        Raises:
            DesignError: a slot has no value, or a filled text does not hold together with the others.
        """
        own = {**slots, "num_turns": str(self.num_turns)}
        common = {**self.procedure.slots(self.opener[0]), **own}
        chosen = self.chosen.filled(common, self.place.at("procedure"))
        stage = _Stage(
            script=self,
            chosen=chosen,
            procedure=self.procedure if chosen is self.chosen else chosen.made(self.procedure.setup),
            own_slots=own,
            slots=common,
        )
        return stage.scenario(name, (*self.templates, *slots.values()), shown)

    @property
    def roles(self) -> tuple[str, ...]:
        """Names of the roles, in seat order."""
        return tuple(self.given)

    @cached_property
    def memory(self) -> dict[str, int | None]:
        """How many turns each role remembers, None for all."""
        value, place = self.words["memory"], self.place.at("memory")
        if value is None:
            return dict.fromkeys(self.roles)
        if not isinstance(value, dict):
            return dict.fromkeys(self.roles, place.whole_number(value, least=1))
        for role in value:
            place.known(role, self.roles, what="role of this scenario")
        return {
            role: place.at(role).whole_number(value[role], least=1) if role in value else None for role in self.roles
        }

    @cached_property
    def stop(self) -> tuple[Rule, ...]:
        """Rules that end a conversation."""
        return self._rules("stop")

    @cached_property
    def note(self) -> tuple[Rule, ...]:
        """Rules that are only noted."""
        return self._rules("note")

    def _rules(self, word: str) -> tuple[Rule, ...]:
        return read_rules(self.words[word], self.roles, self.place.at(word), has_moves=self.chosen.of.has_moves)


class _Stage(Struct, kw_only=True, frozen=True):
    """A script with what fills its slots."""

    script: Script
    chosen: ChosenProcedure
    """With the slots of its texts filled."""
    procedure: Kind
    """The same, made for these seats."""
    own_slots: Mapping[str, str]
    """Those that say the same to everybody; a procedure adds some for each role."""
    slots: Mapping[str, str]
    """What is filled into texts that are nobody's prompt."""

    def scenario(self, name: str, templates: tuple[str, ...], shown: Mapping[str, Shown]) -> Scenario:
        """Return what the words come to."""
        script = self.script
        return Scenario(
            name=name,
            roles=tuple(map(self.role, script.given)),
            is_shared=script.is_shared,
            num_turns=script.num_turns,
            opener=script.opener,
            procedure=self.chosen,
            schedule=self.schedule(),
            memory=script.memory,
            kickoff=self.direction("kickoff") or DEFAULT_KICKOFF,
            opening=self.opening(),
            go_on=self.direction("go_on") or DEFAULT_GO_ON,
            stop=script.stop,
            note=script.note,
            outcomes=tuple(self.procedure.outcomes(())),
            slots=self.slots,
            probes=read_probes(script.words["probes"], script.roles, self.slots, shown, PROBES),
            templates=templates,
        )

    def role(self, name: str) -> Role:
        """Return a role with what it is told."""
        script = self.script
        place = script.place if script.is_shared else script.place.at(name)
        slots = {**self.procedure.slots(name), **self.own_slots}
        return Role(name=name, template=script.given[name], prompt=_filled(script.given[name], slots, place))

    def direction(self, word: str) -> str | None:
        """Return a line of the researcher's, None where there is none."""
        written, place = self.script.words[word], self.script.place.at(word)
        if written is None:
            return None
        text = _filled(written, self.slots, place)
        if not text.strip():
            raise place.error("is empty.")
        return text

    def opening(self) -> str | None:
        """Return the scripted first line."""
        words, place = self.script.words, self.script.place
        if words["opening"] is not None and words["kickoff"] is not None:
            raise place.error("has both a kick-off and an opening; a scripted opening needs no kick-off.")
        opening = self.direction("opening")
        if opening is not None and not self.chosen.of.has_opening:
            raise place.at("opening").error(
                f"the procedure {self.chosen.kind!r} has no turn that a scripted line could take."
            )
        return opening

    def schedule(self) -> tuple[Happening, ...]:
        """Return what happens at given turns."""
        script, place = self.script, self.script.place.at("schedule")
        found = read_schedule(script.words["schedule"], script.roles, self.slots, place, opener=script.opener)
        if not self.chosen.of.seats_may_change and any(isinstance(each, Attended) for each in found):
            raise place.error(
                f"in the procedure {self.chosen.kind!r} nobody can join or leave: it needs all its seats."
            )
        return found


def roles_of(prompts: object, procedure: object) -> list[str]:
    """Return the roles of a scenario, in seat order."""
    return list(prompts) if isinstance(prompts, dict) else list(seats_of(procedure))


def texts_of(prompts: str | Mapping[str, object], words: Mapping[str, Any]) -> list[object]:
    """Return every text of a scenario that may hold slots, as the researcher wrote it."""
    given = list(prompts.values()) if isinstance(prompts, dict) else [prompts]
    given += [*schedule_texts(words["schedule"]), *procedure_texts(words["procedure"])]
    given += probe_texts(words["probes"], roles_of(prompts, words["procedure"]))
    return [*given, *(words[word] for word in ("kickoff", "opening", "go_on") if words[word] is not None)]


def _checked(chosen: ChosenProcedure, roles: tuple[str, ...], opener: str, place: Place) -> Kind:
    setup = Setup(
        roles=roles,
        opener=opener,
        num_turns=1,
        opening=None,
        draws=Draws(seed=0, iteration=1, item=None, names=()),
    )
    check_procedure(chosen, setup, place)
    return chosen.made(setup)


def _length(words: Mapping[str, Any], procedure: Kind, place: Place) -> int:
    own = procedure.own_length
    if own is not None:
        if words["num_turns"] not in (None, own):
            raise place.at("num_turns").error(f"the procedure says how long it is ({own} turns); take one of them out.")
        return own
    if words["num_turns"] is None:
        raise place.error("has no length: set num_turns, for the study or for this scenario.")
    return place.at("num_turns").whole_number(words["num_turns"], least=1)


def _given(prompts: str | Mapping[str, object], chosen: ChosenProcedure, place: Place) -> dict[str, str]:
    """Return the prompt of each role as it was written, in seat order."""
    if isinstance(prompts, str):
        return dict.fromkeys(chosen.of.seats(chosen.settings), _prompt(prompts, place))
    check_names(prompts, place, what="role")
    if len(prompts) < DYAD:
        raise place.error("needs one prompt for both seats, or role = prompt for each of two seats.")
    most = chosen.of.most_seats
    if most is not None and len(prompts) > most:
        misspelt = next(filter(None, (nearest(role, IN_SCENARIO) for role in prompts)), "")
        named = ", ".join(prompts)
        raise place.error(
            f"has {len(prompts)} roles ({named}); a {chosen.kind} has {most}, for more write procedure = "
            f'"group".{misspelt}'
        )
    return {role: _prompt(text, place.at(role)) for role, text in prompts.items()}


def _prompt(value: object, place: Place) -> str:
    """Return a prompt as it was written: a text, or an empty one where nothing is to be told."""
    text = place.text(value)
    if text and not text.strip():
        raise place.error('holds nothing but blanks: write what this seat is told, or "" where it is told nothing.')
    return text


def _filled(text: object, slots: Mapping[str, str], place: Place) -> str:
    template = place.text(text)
    try:
        return fill(template, slots)
    except DesignError as error:
        raise place.error(str(error)) from None


def _opener(value: object, roles: tuple[str, ...], place: Place, *, is_shared: bool) -> tuple[str, ...]:
    word = place.text(value)
    if word == "both" and is_shared:
        raise place.error("with one prompt for both seats the order of the pair is who opens; 'both' would double it.")
    seats = {"first": roles[:1], "second": roles[1:2], "both": roles}
    if word in seats:
        return seats[word]
    return (place.known(word, (*seats, *roles), what="role of this scenario, nor first, second or both"),)
