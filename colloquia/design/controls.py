"""Control arms: one role stays live and the others do not, so that the effect of talking can be told from that of time.

``self_reflection``
    The live role alone, sent "[Think about it again.]" at each of the turns that it has in the talk.
``monologue``
    The live role alone at the same turns, sent ``go_on``.
``shuffled_partner``
    The others say what was said in a talk of the same cell on another item; without items, in another iteration.
``yoked``
    The others say what was said in the talk of the same cell, item and iteration.

Where the others are absent, whatever concerns them alone collapses: their models, and factors and items that change
nothing for the live role. So no control is run twice. Where they are recorded, the id holds the donor's id.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from colloquia.conversation.chat_model import Reply
from colloquia.conversation.draws import Draws
from colloquia.conversation.hashing import canonical_json
from colloquia.conversation.procedures.dialogue import Dialogue
from colloquia.conversation.recorded import Recorded
from colloquia.conversation.schedule import Schedule
from colloquia.conversation.steps import Announce, Setup, Speak
from colloquia.conversation.transcript import Announcement, Turn
from colloquia.design.donors import Donors, given, without
from colloquia.design.trial import seat_identity, trial_id_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from colloquia.conversation.probes import Probe
    from colloquia.conversation.steps import Procedure
    from colloquia.conversation.transcript import Event
    from colloquia.design.donors import Labels
    from colloquia.design.trial import Trial
    from colloquia.design.variants import Variant
    from colloquia.places import Place

TALK = "talk"
"""The arm of the conversations themselves, the first level of ``arm``."""
ALONE = ("self_reflection", "monologue")
SHUFFLED = "shuffled_partner"
"""The kind whose donors are drawn."""
WITH_DONOR = (SHUFFLED, "yoked")
THINK_AGAIN = "[Think about it again.]"
PROCEDURES = ("dialogue", "group")
"""Procedures whose turns a control can have."""


def check_controls(
    value: object,
    variants: Mapping[str, Sequence[Variant]],
    iterations: Mapping[str, int],
    items: Collection[str],
    place: Place,
) -> None:
    """Refuse controls that could not be held.

    Args:
        value: The word ``controls``.
        variants: The scenarios at every combination of levels and items, by name.
        iterations: Conversations of each cell, by scenario.
        items: The kinds of items.
        place: Where the controls stand in the study.

    Raises:
        DesignError: a kind or a role is unknown, a procedure has none, or a donor cannot exist.
    """
    if value is None:
        return
    for kind, role in place.mapping(value, of="kind = live role").items():
        place.known(kind, (*ALONE, *WITH_DONOR), what="kind of control")
        here = place.at(kind)
        roles = {each.name for found in variants.values() for variant in found for each in variant.scenario.roles}
        here.known(here.text(role), roles, what="role of any scenario")
        for name, found in variants.items():
            fitting = [variant for variant in found if role in {each.name for each in variant.scenario.roles}]
            _check_held(kind, fitting, here)
            if kind == SHUFFLED and fitting:
                _check_donors(name, fitting, iterations[name], items, here)


def _check_held(kind: str, variants: Iterable[Variant], place: Place) -> None:
    for variant in variants:
        scenario = variant.scenario
        procedure = scenario.procedure.identity()["kind"]
        if procedure not in PROCEDURES:
            raise place.error(f"scenario {scenario.name!r} is held as {procedure!r}; controls have turns, not moves.")
        if kind in ALONE and scenario.schedule:
            raise place.error(
                f"scenario {scenario.name!r} has a schedule, which counts the turns of the talk; the live role alone "
                "has fewer. Take the schedule out, or use shuffled_partner or yoked."
            )


def _check_donors(
    scenario: str, variants: Sequence[Variant], iterations: int, items: Collection[str], place: Place
) -> None:
    groups: dict[Labels, int] = {}
    for variant in variants:
        key = without(variant.at.labels, items)
        groups[key] = groups.get(key, 0) + 1
    has_items = any(variant.at.item for variant in variants)
    lacking = next((key for key, number in groups.items() if number < 2), None)  # noqa: PLR2004 (itself and another)
    if has_items and lacking is not None:
        where = f" at {', '.join(f'{name} {label!r}' for name, label in lacking)}" if lacking else ""
        raise place.error(
            f"scenario {scenario!r} has one item{where}: the partner's lines come from a talk on another."
        )
    if not has_items and iterations < 2:  # noqa: PLR2004 (as above)
        raise place.error(
            f"scenario {scenario!r} has one iteration and no items: the partner's lines come from another talk of the "
            "same cell. Raise iterations to 2 at least."
        )


def control_trials(controls: Mapping[str, str], talks: Sequence[Trial], items: Collection[str]) -> Iterator[Trial]:
    """Yield the conversations of every control arm.

    Args:
        controls: The role that stays live, by kind of control.
        talks: The conversations themselves.
        items: The kinds of items.
    """
    for kind, role in controls.items():
        fitting = [trial for trial in talks if any(seat.role == role for seat in trial.talk.seats)]
        if kind in ALONE:
            yield from _alone(kind, role, fitting, items)
        else:
            donor_of = Donors.of(fitting, items)
            yield from (_with_donor(kind, role, trial, donor_of) for trial in fitting)


# -- the live role alone -----------------------------------------------------------------------------------------------


def _alone(kind: str, role: str, talks: Iterable[Trial], items: Collection[str]) -> Iterator[Trial]:
    by_scenario: dict[str, list[Trial]] = {}
    for trial in talks:
        by_scenario.setdefault(trial.scenario, []).append(_only(kind, role, trial))
    for found in by_scenario.values():
        dropped = _irrelevant(found)
        longest: dict[str, Trial] = {}
        for trial in (_labelled(each, dropped, items) for each in found):
            before = longest.get(trial.trial_id)
            if before is None or trial.num_turns > before.num_turns:
                longest[trial.trial_id] = trial
        yield from longest.values()


def _only(kind: str, role: str, trial: Trial) -> Trial:
    """Return a talk with its live role alone, under the labels of the talk."""
    talk = trial.talk
    live = next(seat for seat in talk.seats if seat.role == role)
    has_opening = trial.opener == role and "opening" in trial.identity["begins"]
    opening = trial.identity["begins"]["opening"] if has_opening else None
    kickoff, go_on = (THINK_AGAIN, THINK_AGAIN) if kind == "self_reflection" else (talk.kickoff, talk.go_on)
    own = _own_turns(talk.procedure, role, trial.num_turns)
    probes = _asked_of(role, talk.probes)
    identity = {
        **trial.identity,
        "seats": [seat_identity(live)],
        "begins": {"kickoff": kickoff} if opening is None else {"opening": opening},
        "go_on": go_on,
        "opens": role,
        "procedure": {"kind": "alone", "version": 1},
        "probes": [probe.identity() for probe in probes if probe.shown != "never"],
        "arm": kind,
    }
    return replace(
        trial,
        talk=replace(
            talk,
            trial_id="",
            seats=(live,),
            procedure=Dialogue(
                setup=Setup(roles=(role,), opener=role, num_turns=own, opening=opening, draws=talk.draws)
            ),
            kickoff=kickoff,
            go_on=go_on,
            schedule=Schedule(),
            probes=probes,
        ),
        num_turns=own,
        arm=kind,
        opener=role,
        scene=tuple(seat.role for seat in talk.seats),
        identity=identity,
    )


def _irrelevant(found: Sequence[Trial]) -> set[str]:
    """Return the factors and items whose levels change nothing in these conversations."""
    contents: dict[Labels, set[str]] = {}
    for trial in found:
        contents.setdefault(tuple(trial.factors.items()), set()).add(_content(trial))
    names = {name for labels in contents for name, _ in labels}
    return {name for name in names if not _matters(name, contents)}


def _matters(name: str, contents: Mapping[Labels, set[str]]) -> bool:
    seen: dict[Labels, set[str]] = {}
    for labels, content in contents.items():
        rest = without(dict(labels), (name,))
        if seen.setdefault(rest, content) != content:
            return True
    return False


def _content(trial: Trial) -> str:
    """Return all that is said and asked in a conversation, its labels and iteration apart."""
    kept = {word: value for word, value in trial.identity.items() if word not in ("factors", "item", "iteration")}
    asked = [probe.identity() for probe in trial.talk.probes]
    return canonical_json(
        {**kept, "probes": asked, "length": trial.num_turns, "note": [r.identity() for r in trial.note]}
    )


def _labelled(trial: Trial, dropped: Collection[str], items: Collection[str]) -> Trial:
    """Return a conversation under the labels that mean something in it, with its id and its draws."""
    labels = dict(without(trial.factors, dropped))
    left = {name: label for name, label in labels.items() if name in items}
    item = canonical_json(left) if left else None
    identity = {**trial.identity, "factors": labels, "item": item}
    draws = Draws(
        seed=trial.talk.draws.seed,
        iteration=trial.iteration,
        item=item,
        names=tuple(seat.participant.name for seat in trial.talk.seats),
    )
    talk = replace(trial.talk, trial_id=trial_id_of(identity), draws=draws)
    return replace(trial, talk=talk, factors=labels, identity=identity)


def _own_turns(procedure: Procedure, role: str, num_turns: int) -> int:
    """Return how many turns a role has in a talk in which nothing is said that would change whose turn it is."""
    events: list[Event] = []
    own = said = 0
    while said < num_turns:
        match procedure.next_step(events):
            case Announce(text=text, audience=audience):
                events.append(Announcement(text=text, audience=audience))
            case Speak(role=speaker):
                said += 1
                own += speaker == role
                events.append(Turn(turn_id=said, role=speaker, reply=Reply(content="", source="scripted")))
            case _:
                break
    return own


# -- the others recorded -----------------------------------------------------------------------------------------------


def _with_donor(kind: str, role: str, trial: Trial, donors: Donors) -> Trial:
    donor = donors.shuffled(trial) if kind == SHUFFLED else trial
    talk = trial.talk
    probes = _asked_of(role, talk.probes)
    shown = [probe.identity() for probe in probes if probe.shown != "never"]
    control = replace(
        trial,
        talk=replace(talk, procedure=Recorded(procedure=talk.procedure, live=role), probes=probes),
        arm=kind,
        identity={**trial.identity, "probes": shown, "arm": kind},
    )
    return given(control, donor.trial_id)


def _asked_of(role: str, probes: Iterable[Probe]) -> tuple[Probe, ...]:
    return tuple(replace(probe, ask=(role,)) for probe in probes if role in probe.ask)
