"""The scenarios of a study: each read with the words that hold for it, its texts filled."""

from __future__ import annotations

from dataclasses import dataclass
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


def read_scenario(
    name: str,
    prompts: str | Mapping[str, object],
    words: Mapping[str, Any],
    place: Place,
    *,
    shown: Mapping[str, Shown] | None = None,
) -> Scenario:
    """Return one scenario.

    Args:
        name: Its name.
        prompts: One prompt for both seats, or a table of role = prompt.
        words: The study's words, overlaid by the scenario's own.
        place: Where the scenario stands in the study.
        shown: Who remembers a probe, where a factor sets it, by probe.

    Raises:
        DesignError: something in it does not hold together.
    """
    chosen = read_procedure(words["procedure"], place.at("procedure"))
    given = _given(prompts, chosen, place)
    stage = _stage(given, chosen, words, place, is_shared=isinstance(prompts, str))
    return stage.scenario(name, prompts, shown or {})


@dataclass(frozen=True, kw_only=True)
class _Stage:
    """Who sits there, by which procedure and how long: what the other words of a scenario are read with."""

    words: Mapping[str, Any]
    place: Place
    given: Mapping[str, str]
    """The prompt of each role as it was written, in seat order."""
    is_shared: bool
    """True where one prompt serves both seats."""
    opener: tuple[str, ...]
    chosen: ChosenProcedure
    """With the slots of its texts filled."""
    procedure: Kind
    """The same, made for these seats."""
    num_turns: int
    own_slots: Mapping[str, str]
    """Those that say the same to everybody; a procedure adds some for each role."""
    slots: Mapping[str, str]
    """What is filled into texts that are nobody's prompt."""

    @property
    def roles(self) -> tuple[str, ...]:
        """Names of the roles, in seat order."""
        return tuple(self.given)

    def scenario(self, name: str, prompts: str | Mapping[str, object], shown: Mapping[str, Shown]) -> Scenario:
        """Return what the words come to."""
        return Scenario(
            name=name,
            roles=tuple(map(self.role, self.given)),
            is_shared=self.is_shared,
            num_turns=self.num_turns,
            opener=self.opener,
            procedure=self.chosen,
            schedule=self.schedule(),
            memory=self.memory(),
            kickoff=self.direction("kickoff") or DEFAULT_KICKOFF,
            opening=self.opening(),
            go_on=self.direction("go_on") or DEFAULT_GO_ON,
            stop=self.rules("stop"),
            note=self.rules("note"),
            outcomes=tuple(self.procedure.outcomes(())),
            slots=self.slots,
            probes=read_probes(self.words["probes"], self.roles, self.slots, shown, PROBES),
            templates=(*map(str, texts_of(prompts, self.words)), *self.words["slots"].values()),
        )

    def role(self, name: str) -> Role:
        """Return a role with what it is told."""
        place = self.place if self.is_shared else self.place.at(name)
        slots = {**self.procedure.slots(name), **self.own_slots}
        return Role(name=name, template=self.given[name], prompt=_filled(self.given[name], slots, place))

    def direction(self, word: str) -> str | None:
        """Return a line of the researcher's, None where there is none."""
        if self.words[word] is None:
            return None
        text = _filled(self.words[word], self.slots, self.place.at(word))
        if not text.strip():
            raise self.place.at(word).error("is empty.")
        return text

    def opening(self) -> str | None:
        """Return the scripted first line."""
        if self.words["opening"] is not None and self.words["kickoff"] is not None:
            raise self.place.error("has both a kick-off and an opening; a scripted opening needs no kick-off.")
        opening = self.direction("opening")
        if opening is not None and not self.chosen.of.has_opening:
            raise self.place.at("opening").error(
                f"the procedure {self.chosen.kind!r} has no turn that a scripted line could take."
            )
        return opening

    def schedule(self) -> tuple[Happening, ...]:
        """Return what happens at given turns."""
        place = self.place.at("schedule")
        found = read_schedule(self.words["schedule"], self.roles, self.slots, place, opener=self.opener)
        if not self.chosen.of.seats_may_change and any(isinstance(each, Attended) for each in found):
            raise place.error(
                f"in the procedure {self.chosen.kind!r} nobody can join or leave: it needs all its seats."
            )
        return found

    def memory(self) -> dict[str, int | None]:
        """Return how many turns each role remembers, None for all."""
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

    def rules(self, word: str) -> tuple[Rule, ...]:
        """Return the rules that end a conversation, or that are noted."""
        return read_rules(self.words[word], self.roles, self.place.at(word), has_moves=self.chosen.of.has_moves)


def _stage(
    given: Mapping[str, str], chosen: ChosenProcedure, words: Mapping[str, Any], place: Place, *, is_shared: bool
) -> _Stage:
    roles = tuple(given)
    opener = _opener(words["opens"], roles, place.at("opens"), is_shared=is_shared)
    procedure = _checked(chosen, roles, opener[0], place.at("procedure"))
    length = _length(words, procedure, place)
    own = {**words["slots"], "num_turns": str(length)}
    slots = {**procedure.slots(opener[0]), **own}
    chosen = chosen.filled(slots, place.at("procedure"))
    return _Stage(
        words=words,
        place=place,
        given=given,
        is_shared=is_shared,
        opener=opener,
        chosen=chosen,
        procedure=chosen.made(procedure.setup),
        num_turns=length,
        own_slots=own,
        slots=slots,
    )


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
        return dict.fromkeys(chosen.of.seats(chosen.settings), prompts)
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
    return {role: place.at(role).text(text) for role, text in prompts.items()}


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
