"""The scenarios of a study: each read with the words that hold for it, its texts filled."""

from __future__ import annotations

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
    is_shared = isinstance(prompts, str)
    chosen = read_procedure(words["procedure"], place.at("procedure"))
    seats = chosen.of.seats(chosen.settings)
    given = dict.fromkeys(seats, prompts) if isinstance(prompts, str) else _roles(prompts, chosen, place)
    names = tuple(given)
    opener = _opener(words["opens"], names, place.at("opens"), is_shared=is_shared)
    procedure = _checked(chosen, names, opener[0], place.at("procedure"))
    length = _length(words, procedure, place)
    own = {**words["slots"], "num_turns": str(length)}
    slots = {**procedure.slots(opener[0]), **own}
    chosen = chosen.filled(slots, place.at("procedure"))
    procedure = chosen.made(procedure.setup)
    prompted = {
        role: _filled(text, {**procedure.slots(role), **own}, place if is_shared else place.at(role))
        for role, text in given.items()
    }
    return Scenario(
        name=name,
        roles=tuple(Role(name=role, template=text, prompt=prompted[role]) for role, text in given.items()),
        is_shared=is_shared,
        num_turns=length,
        opener=opener,
        procedure=chosen,
        schedule=_schedule(words["schedule"], names, slots, chosen, opener, place.at("schedule")),
        memory=_memory(words["memory"], names, place.at("memory")),
        kickoff=_direction(words, "kickoff", slots, place) or DEFAULT_KICKOFF,
        opening=_opening(words, slots, chosen, place),
        go_on=_direction(words, "go_on", slots, place) or DEFAULT_GO_ON,
        stop=read_rules(words["stop"], names, place.at("stop"), has_moves=chosen.of.has_moves),
        note=read_rules(words["note"], names, place.at("note"), has_moves=chosen.of.has_moves),
        outcomes=tuple(procedure.outcomes(())),
        slots=slots,
        probes=read_probes(words["probes"], names, slots, shown or {}, PROBES),
        templates=(*map(str, texts_of(prompts, words)), *words["slots"].values()),
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


def _schedule(  # noqa: PLR0917, RUF100 (what a schedule speaks of)
    value: object,
    roles: tuple[str, ...],
    slots: Mapping[str, str],
    chosen: ChosenProcedure,
    opener: tuple[str, ...],
    place: Place,
) -> tuple[Happening, ...]:
    found = read_schedule(value, roles, slots, place, opener=opener)
    if not chosen.of.seats_may_change and any(isinstance(each, Attended) for each in found):
        raise place.error(f"in the procedure {chosen.kind!r} nobody can join or leave: it needs all its seats.")
    return found


def _memory(value: object, roles: tuple[str, ...], place: Place) -> dict[str, int | None]:
    if value is None:
        return dict.fromkeys(roles)
    if not isinstance(value, dict):
        return dict.fromkeys(roles, place.whole_number(value, least=1))
    for role in value:
        place.known(role, roles, what="role of this scenario")
    return {role: place.at(role).whole_number(value[role], least=1) if role in value else None for role in roles}


def _length(words: Mapping[str, Any], procedure: Kind, place: Place) -> int:
    own = procedure.own_length
    if own is not None:
        if words["num_turns"] not in (None, own):
            raise place.at("num_turns").error(f"the procedure says how long it is ({own} turns); take one of them out.")
        return own
    if words["num_turns"] is None:
        raise place.error("has no length: set num_turns, for the study or for this scenario.")
    return place.at("num_turns").whole_number(words["num_turns"], least=1)


def _roles(prompts: Mapping[str, object], chosen: ChosenProcedure, place: Place) -> dict[str, str]:
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


def _direction(words: Mapping[str, Any], word: str, slots: Mapping[str, str], place: Place) -> str | None:
    if words[word] is None:
        return None
    text = _filled(words[word], slots, place.at(word))
    if not text.strip():
        raise place.at(word).error("is empty.")
    return text


def _opening(words: Mapping[str, Any], slots: Mapping[str, str], chosen: ChosenProcedure, place: Place) -> str | None:
    if words["opening"] is not None and words["kickoff"] is not None:
        raise place.error("has both a kick-off and an opening; a scripted opening needs no kick-off.")
    opening = _direction(words, "opening", slots, place)
    if opening is not None and not chosen.of.has_opening:
        raise place.at("opening").error(f"the procedure {chosen.kind!r} has no turn that a scripted line could take.")
    return opening


def _opener(value: object, roles: tuple[str, ...], place: Place, *, is_shared: bool) -> tuple[str, ...]:
    word = place.text(value)
    if word == "both" and is_shared:
        raise place.error("with one prompt for both seats the order of the pair is who opens; 'both' would double it.")
    seats = {"first": roles[:1], "second": roles[1:2], "both": roles}
    if word in seats:
        return seats[word]
    return (place.known(word, (*seats, *roles), what="role of this scenario, nor first, second or both"),)
