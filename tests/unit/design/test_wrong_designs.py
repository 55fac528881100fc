"""Wrong designs: each is refused before anything is asked, with the path of the word, the reason, the nearest name."""

from __future__ import annotations

from typing import Any

import pytest
from builders import complaint

RENT = {"landlord": "You want to raise the rent.", "tenant": "You want no raise."}
FOUR = {"chair": "You chair.", "a": "You want a park.", "b": "You want a bus.", "c": "You want a library."}
MOOD: dict[str, Any] = {"factors": {"mood": ["calm", "loud"]}, "scenarios": {"t": "{mood}"}}
MEETING: dict[str, Any] = {"scenarios": {"m": FOUR}, "pairing": "self"}
PAYOFFS = {"J": {"J": [8, 8], "F": [0, 10]}, "F": {"J": [10, 0], "F": [5, 5]}}
BELIEF = {"ask": "tenant", "when": ["start", "end"], "scale": [0, 100], "question": "How fair is the rent?"}
JUDGE = {"by": "lab/judge", "question": "Was it fair?", "labels": ["yes", "no"]}


def game(**settings: Any) -> dict[str, Any]:
    """Return the words of a game of two rounds."""
    return {
        "scenarios": {"pd": "Choose one. {payoffs}"},
        "num_turns": None,
        "procedure": {"kind": "game", "rounds": 2, "payoffs": PAYOFFS, **settings},
    }


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    # slots and texts
    "a prompt of blanks": (
        {"scenarios": {"t": "   "}},
        'scenarios.t: holds nothing but blanks: write what this seat is told, or "" where it is told nothing.',
    ),
    "a role's prompt of blanks": (
        {"scenarios": {"t": {"a": "You are A.", "b": "\n"}}},
        "scenarios.t.b: holds nothing but blanks: write what this seat is told",
    ),
    "a slot nobody fills": (
        {"scenarios": {"t": "You are {nmae}."}, "slots": {"name": "Ann"}},
        "scenarios.t: slot {nmae} has no value: add it to `slots`, or write {{nmae}} … Did you mean 'name'?",
    ),
    "a slot that fills itself": (
        {"scenarios": {"t": "{a}"}, "slots": {"a": "{b}", "b": "{a}"}},
        "scenarios.t: slot {a} fills itself, by way of a -> b -> a",
    ),
    "a slot named like a word": ({"slots": {"num_turns": "4"}}, "slots.num_turns: a slot cannot be named like a word"),
    "a kick-off and an opening": (
        {"kickoff": "[Go.]", "opening": "Hello."},
        "scenarios.rent: has both a kick-off and an opening",
    ),
    # factors, items, where
    "a factor that does nothing": (
        {"factors": {"mood": ["calm", "loud"]}, "scenarios": {"t": "You are in a {modo} mood."}},
        "factors.mood: no prompt uses {mood}, and no setting … The prompts use {modo}: write the two names alike.",
    ),
    "a factor that no prompt uses": (
        {"factors": {"mood": ["calm", "loud"]}},
        "factors.mood: no prompt uses {mood}, and no setting is called so: it would change nothing.",
    ),
    "a setting misspelt": (
        {"factors": {"temprature": [0, 1]}},
        "factors.temprature: no setting is called so, and what fills a slot is a text. Did you mean 'temperature'?",
    ),
    "a field of a role misspelt": (
        {"factors": {"landlord.temprature": [0, 1]}},
        "factors.landlord.temprature: fills no slot (its name is none) … Did you mean 'landlord.temperature'?",
    ),
    "a field of a role that is not there": (
        {"factors": {"landlor.temperature": [0, 1]}},
        "factors.landlor.temperature: no prompt uses {landlor.temperature} … Did you mean 'landlord.temperature'?",
    ),
    "a probe of a factor that is not there": (
        {"factors": {"belif.shown": ["never", "self"]}, "probes": {"belief": BELIEF}},
        "factors.belif.shown: 'belif' is no probe of this study. Did you mean 'belief'?",
    ),
    "no levels": ({**MOOD, "factors": {"mood": []}}, "factors.mood: expected a list with at least one entry, found an"),
    "the same level twice": ({**MOOD, "factors": {"mood": ["calm", "calm"]}}, "factors.mood: names the same twice."),
    "levels that differ in case": (
        {**MOOD, "factors": {"mood": ["calm", "Calm"]}},
        "factors.mood.Calm: the levels 'calm' and 'Calm' differ only in letter case",
    ),
    "a level that is no role": (
        {"factors": {"opens": ["landlord", "tenannt"]}},
        "scenarios.rent.opens: 'tenannt' is no role of this scenario … Did you mean 'tenant'?",
    ),
    "an item that is a factor too": ({**MOOD, "items": {"mood": ["x"]}}, "items.mood: a factor is called so too."),
    "a where that leaves nothing": ({**MOOD, "where": "mood not in ['calm', 'loud']"}, "where: leaves nothing to run."),
    "a where with an unknown label": (
        {**MOOD, "where": "mood != 'lout'"},
        "where: \"mood != 'lout'\" compares 'mood' with 'lout', which it never is. Did you mean 'loud'?",
    ),
    "a where with an unknown name": (
        {**MOOD, "where": "modo == 'calm'"},
        "where: \"modo == 'calm'\" speaks of 'modo', which nothing here is called. Did you mean 'mood'?",
    ),
    "a where that is no expression": (
        {**MOOD, "where": "mood = 'calm'"},
        "where: \"mood = 'calm'\" is no expression: invalid syntax.",
    ),
    "a where that would run code": (
        {**MOOD, "where": "__import__('os') == 'calm'"},
        "where: in \"__import__('os') == 'calm'\", \"__import__('os')\" cannot stand in an expression.",
    ),
    # names that are columns
    "a factor named like a column": (
        {"factors": {"content": ["a", "b"]}, "scenarios": {"t": "{content}"}},
        "factors.content: a factor cannot be called so: every table has a column of that name.",
    ),
    "a factor named like a seat's column": (
        {"factors": {"model_1": ["a", "b"]}, "scenarios": {"t": "{model_1}"}},
        "factors.model_1: a factor cannot be called so: every table has a column of that name.",
    ),
    "an item named like a column": (
        {"items": {"round": ["a", "b"]}, "scenarios": {"t": "{round}"}},
        "items.round: a kind of item cannot be called so: every table has a column of that name.",
    ),
    "a probe named like a column": (
        {"probes": {"content": BELIEF}},
        "probes.content: a probe cannot be called so: every table has a column of that name.",
    ),
    "a judge named like a column": ({"judges": {"is_refusal": JUDGE}}, "judges.is_refusal: its name is a column"),
    "a judge named like a factor": ({**MOOD, "judges": {"mood": JUDGE}}, "judges.mood: a judge cannot be called like"),
    # seats
    "both with one prompt": (
        {"scenarios": {"t": "One prompt."}, "opens": "both"},
        "scenarios.t.opens: with one prompt for both seats the order of the pair is who opens; 'both' would double it.",
    ),
    "more than two seats with all": (
        {"scenarios": {"m": FOUR}, "procedure": "group"},
        "pairing: with 4 seats write 'self' or a list of seatings; 'all' speaks of pairs.",
    ),
    "more than two seats in a dialogue": (
        {"scenarios": {"m": FOUR}, "pairing": "self"},
        'scenarios.m: has 4 roles (chair, a, b, c); a dialogue has 2, for more write procedure = "group".',
    ),
    "a word of a scenario misspelt": (
        {"scenarios": {"t": {**RENT, "num_trns": "4"}}},
        "scenarios.t: has 3 roles (landlord, tenant, num_trns); a dialogue has 2 … Did you mean 'num_turns'?",
    ),
    "one role": ({"scenarios": {"t": {"landlord": "x"}}}, "scenarios.t: needs one prompt for both seats, or role = "),
    "a pairing misspelt": ({"pairing": "distnct"}, "pairing: 'distnct' is no pairing. Did you mean 'distinct'?"),
    "a model that is not there": (
        {"pairing": [["gpt", "gtp"]]},
        "pairing[0]: 'gtp' is no model of this study. Did you mean 'gpt'?",
    ),
    "a seating twice": ({"pairing": [["gpt", "gpt"], ["gpt", "gpt"]]}, "pairing[1]: this seating stands there already"),
    "distinct pairs of one model": ({"pairing": "distinct"}, "pairing: 'distinct' leaves nothing to run"),
    "an opener that is not there": (
        {"opens": "landlrod"},
        "scenarios.rent.opens: 'landlrod' is no role of this scenario … Did you mean 'landlord'?",
    ),
    "a memory of nobody": ({"memory": {"tennant": 3}}, "scenarios.rent.memory: 'tennant' is no role of this scenario."),
    # procedures
    "a procedure misspelt": (
        {"procedure": "dialog"},
        "procedure.kind: 'dialog' is no procedure, nor one of your own (FILE.py:NAME). Did you mean 'dialogue'?",
    ),
    "a setting that the procedure does not know": (
        game(payofs=PAYOFFS),
        "procedure: 'payofs' is no setting of the procedure 'game'. Did you mean 'payoffs'?",
    ),
    "payoffs that are no table": (game(payoffs=[[8, 0], [10, 5]]), "scenarios.pd.procedure.payoffs: expected a table"),
    "payoffs with a row cut short": (
        game(payoffs={"J": PAYOFFS["J"], "F": {"J": [10, 0]}}),
        "scenarios.pd.procedure.payoffs.F: says nothing of 'F'; every choice needs points against each of the other's.",
    ),
    "payoffs with a choice too many": (
        game(payoffs={"J": {"J": [8, 8]}, "F": PAYOFFS["F"]}),
        "scenarios.pd.procedure.payoffs.F: 'F' is no choice that the first row has.",
    ),
    "payoffs for one player": (
        game(payoffs={"J": {"J": [8], "F": [0, 10]}, "F": PAYOFFS["F"]}),
        "scenarios.pd.procedure.payoffs.J.J: expected own points and the other's, found 1 numbers.",
    ),
    "no rounds": (game(rounds=0), "scenarios.pd.procedure.rounds: is 0; the least is 1."),
    "a moderator who is not there": (
        {**MEETING, "procedure": {"kind": "group", "next": "moderator", "moderator": "cahir"}},
        "scenarios.m.procedure.moderator: 'cahir' is no role of this scenario. Did you mean 'chair'?",
    ),
    # lengths, rules, schedule
    "no length": ({"num_turns": None}, "scenarios.rent: has no length: set num_turns"),
    "no turn": ({"num_turns": 0}, "num_turns: is 0; the least is 1."),
    "half an iteration": ({"iterations": 2.5}, "iterations: expected a whole number, found a number."),
    "a rule misspelt": (
        {"stop": ["refusel"]},
        "scenarios.rent.stop[0]: 'refusel' is no rule: … Did you mean 'refusal'?",
    ),
    "a schedule of nobody": (
        {"schedule": [{"after": 1, "prompt": "Give in.", "role": "tennant"}]},
        "scenarios.rent.schedule[0].role: 'tennant' is no role here. Did you mean 'tenant'?",
    ),
    "one who leaves a game": (
        {**game(), "schedule": [{"after": 2, "leave": "B"}]},
        "scenarios.pd.schedule: in the procedure 'game' nobody can join or leave: it needs all its seats.",
    ),
    # what is asked and expected
    "a probe of nobody": (
        {"probes": {"belief": {**BELIEF, "ask": "tennant"}}},
        "probes.belief.ask: 'tennant' is no role of any scenario. Did you mean 'tenant'?",
    ),
    "a control of nobody": (
        {"controls": {"self_reflection": "tenannt"}},
        "controls.self_reflection: 'tenannt' is no role of any scenario. Did you mean 'tenant'?",
    ),
    "a hypothesis with an unknown name": (
        {**MOOD, "hypotheses": {"h": {"outcome": "num_turns", "higher": "modo == 'calm'", "than": "mood == 'loud'"}}},
        "hypotheses.h.higher: \"modo == 'calm'\" speaks of 'modo', which nothing here is called. Did you mean 'mood'?",
    ),
    "an exclusion with an unknown name": (
        {"probes": {"belief": BELIEF}, "exclude": "belif.start >= 90"},
        "exclude: 'belif.start >= 90' speaks of 'belif.start' … Did you mean 'belief.start'?",
    ),
    # models
    "a word misspelt": ({"moddels": {}}, "moddels: no such word in a study. Did you mean 'models'?"),
    "a sampling field misspelt": (
        {"sampling": {"temprature": 1}},
        "sampling: 'temprature' is no sampling field. Did you mean 'temperature'?",
    ),
    "a sampling field out of range": (
        {"sampling": {"temperature": 3}},
        "sampling.temperature: is 3; expected a number from 0 to 2.",
    ),
    "a model's word misspelt": (
        {"models": {"gpt": {"slug": "openai/gpt", "routng": {}}}},
        "models.gpt: 'routng' is no word of a model or sampling field. Did you mean 'routing'?",
    ),
    "names that differ in case": (
        {"models": {"gpt": "openai/gpt", "GPT": "openai/gpt"}},
        "models.GPT: the models 'gpt' and 'GPT' differ only in letter case; rename one.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_design_is_refused_with_path_reason_and_nearest_name(wrong: str) -> None:
    """The message begins as the table says and holds what comes after each ``…``: where, why, what was meant."""
    words, expected = WRONG[wrong]

    said = complaint(**words)

    begins, *parts = expected.split(" … ")
    assert said.startswith(begins)
    assert all(part in said for part in parts)
