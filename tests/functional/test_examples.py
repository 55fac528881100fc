"""The examples: each is one published design, expands to its counts, and runs offline with scripted seats."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import pytest
from doors import ROOT

import colloquia as package
from colloquia import studies
from colloquia.design.offline import offline
from colloquia.design.study import Experiment
from colloquia.design.trials import trials
from colloquia.lab.keeping import measuring
from colloquia.providers.registry import default_view

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from colloquia.design.trials import Trial
    from colloquia.lab.drafting.lines import Frames

EXAMPLES = ROOT / "examples"
COUNTS: Mapping[str, tuple[int, int]] = {
    "prison_hierarchy.toml": (2_400, 48_000),
    "self_play_attractors.toml": (80, 4_880),
    "self_interaction_and_exit.py": (600, 22_000),
    "repeated_games.toml": (512, 10_240),
    "bargaining.toml": (1_800, 18_000),
    "naming_game.toml": (160, 230_400),
    "sealed_bids.py": (60, 900),
    "flip_decomposition.toml": (480, 1_320),
    "incivility.toml": (720, 21_600),
    "echoing.toml": (540, 7_560),
}
"""Conversations, and turns at most, of the design as published."""


def planned(name: str) -> tuple[Trial, ...]:
    """Return every conversation of an example."""
    return trials(studies.read(EXAMPLES / name).experiment, default_view)


@pytest.fixture
def held(desk: Path) -> Callable[..., Frames]:
    """Return a function that holds one iteration of an example with a scripted seat in place of every model."""

    def hold(name: str, seat: str, lines: str = "", **changed: Any) -> Frames:
        if lines:
            (desk / "part.py").write_text(lines, encoding="utf-8")
        study = studies.read(EXAMPLES / name)
        rehearsed = offline(study.experiment, {"slug": f"scripted:{seat}"}).words()
        scenarios = {
            scenario: entry if isinstance(entry, str) else {word: entry[word] for word in entry if word != "iterations"}
            for scenario, entry in rehearsed["scenarios"].items()
        }
        words = {**rehearsed, "scenarios": scenarios, "iterations": 1, "run_dir": "data", **changed}
        summary = package.run(Experiment.from_words(words))
        assert summary.exit_code == 0, summary.message
        return package.load("data")

    return hold


@pytest.mark.parametrize("name", [name for name in COUNTS if name.endswith(".toml")])
def test_an_example_reaches_another_process(name: str) -> None:
    """Checked or not: what was worked out of its words is worked out anew."""
    study = studies.read(EXAMPLES / name).experiment
    asked = trials(study, default_view)

    there = pickle.loads(pickle.dumps(study))  # noqa: S301 (our own bytes)

    assert there == study
    assert [trial.trial_id for trial in trials(there, default_view)] == [trial.trial_id for trial in asked]


@pytest.mark.parametrize("name", COUNTS)
def test_an_example_expands_to_the_counts_of_its_design(name: str) -> None:
    """As many conversations and turns as the paper has, every one of them another."""
    found = planned(name)

    assert (len(found), sum(trial.num_turns for trial in found)) == COUNTS[name]
    assert len({trial.trial_id for trial in found}) == len(found)


@pytest.mark.parametrize("name", sorted(COUNTS.keys() - {"sealed_bids.py"}))  # what brings code of its own is held here
def test_a_conversation_of_an_example_can_be_sent_to_a_worker(name: str) -> None:
    """Whatever it consists of: it arrives as the same conversation, with the same first step."""
    for trial in planned(name)[::53]:
        sent = pickle.loads(pickle.dumps(trial))  # noqa: S301 (what was just packed)

        assert sent.trial_id == trial.trial_id
        assert sent.talk.procedure.next_step(()) == trial.talk.procedure.next_step(())


def test_every_example_is_counted_here_and_listed() -> None:
    """A new file has its row in the table of the folder and its counts in this test."""
    files = {path.name for path in EXAMPLES.iterdir() if path.suffix in (".toml", ".py")}

    assert files == set(COUNTS)
    listed = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert all(f"({name})" in listed for name in files)


@pytest.mark.parametrize("name", COUNTS)
def test_an_example_says_what_would_have_made_its_finding_fail(name: str) -> None:
    """In words, at its head."""
    assert "What would have made the finding fail:" in (EXAMPLES / name).read_text(encoding="utf-8")


def test_the_prison_has_forty_cells_of_each_model_and_a_secret_goal(held: Callable[..., Frames]) -> None:
    """Blank personas meet blank ones only, and the guard's prompt holds no word of the goal."""
    cells = {trial.cell for trial in planned("prison_hierarchy.toml")}
    assert len(cells) == 240
    personas = {tuple(dict(labels)[f"{role}_persona"] for role in ("guard", "prisoner")) for _, labels, *_ in cells}
    assert personas == {("blank", "blank"), *((one, two) for one in ("good", "bad") for two in ("good", "bad"))}
    assert all("escape" not in trial.talk.seats[0].prompt for trial in planned("prison_hierarchy.toml"))

    frames = held("prison_hierarchy.toml", "random", num_turns=6)

    assert len(frames.conversations) == 240
    assert {"risk", "oversight", "goal", "guard_persona", "prisoner_persona"} <= set(frames.conversations.columns)
    assert frames.conversations.groupby("goal").size().to_dict() == {"escape": 120, "yard_time": 120}
    assert set(frames.turns[frames.turns["turn_id"] == 1]["speaker_role"]) == {"guard"}


def test_the_attractors_begin_with_hello_and_no_prompt(held: Callable[..., Frames]) -> None:
    """61 turns in every self-pair; the opener is no reply of a model."""
    (first,) = {trial.talk.seats[0].prompt for trial in planned("self_play_attractors.toml")}
    assert first == ""
    study = studies.read(EXAMPLES / "self_play_attractors.toml").experiment
    assert (study.panels["attractor"].reads, study.panels["attractor"].per) == ("summary", "model")

    frames = held("self_play_attractors.toml", "echo")

    assert frames.conversations["num_turns"].tolist() == [61] * 16
    assert set(frames.turns["content"]) == {"Hello."}
    assert (frames.turns["speaker_model"] == frames.turns["responder_model"]).all()


EXITS = """def part(request):
    own = request.occasion.own_turns
    if own == 4 and any("[end the conversation]" in message.content for message in request.messages):
        return "[end the conversation]"
    return "Thank you. I am grateful for this silence." if own else "Hello there."
"""


def test_the_exit_is_taken_where_it_is_on_offer_and_words_are_counted(held: Callable[..., Frames]) -> None:
    """In the open arm nobody knows of it; the measure that stands beside the study gives counts and an onset."""
    frames = held("self_interaction_and_exit.py", "part.py:part", lines=EXITS)

    ended = frames.conversations.set_index("scenario")
    assert ended["ended_by"].to_dict() == {"open": "length", "exit": "exit", "pressed": "exit"}
    assert ended["planned_turns"].to_dict() == {"open": 30, "exit": 30, "pressed": 50}
    assert ended["num_turns"].to_dict() == {"open": 30, "exit": 9, "pressed": 10}
    (families,) = measuring.chosen([f"{EXAMPLES / 'self_interaction_and_exit.py'}:families"])
    for expected in families.fixture.expected:
        assert expected in list(families.of(families.fixture.transcript, {}))
    measuring.measure("data", [families])
    measured = package.load("data").measures
    assert set(measured["variable"]) == {"thanks", "unity", "silence", "onset"}
    assert measured[measured["variable"] == "onset"]["value"].tolist() == [3.0] * 3


FLIPS = """def part(request):
    heard = [message.content for message in request.messages if message.role == "user"]
    if request.occasion.beside:
        if any("Think about it again" in text for text in heard):
            return "B" if "Nile" in heard[-1] else "A"
        return "B" if any("Two reasons" in text for text in heard) else "A"
    hows = {"good reasons": "Two reasons.", "say nothing": "It is well known."}
    return next((said for how, said in hows.items() if how in request.messages[0].content), "It is so.")
"""


def test_a_flip_is_taken_apart(held: Callable[..., Frames]) -> None:
    """A planted second thought flips one item of four, planted reasons flip all, a stance and empty reasons none."""
    frames = held("flip_decomposition.toml", "part.py:part", lines=FLIPS)

    rows = frames.conversations
    alone = rows[rows["arm"] == "self_reflection"]
    talk = rows[rows["arm"] == "talk"]
    assert (len(alone), len(talk)) == (12, 36)
    assert alone["how"].isna().all()
    assert float(alone["choice.change"].mean()) == 0.25
    assert talk.groupby("how")["choice.change"].mean().to_dict() == {"stance": 0.0, "reasons": 1.0, "empty": 0.0}
    assert set(frames.probes["after_turn"]) == {0, 2, 3}


YIELDS = """def part(request):
    own = request.occasion.own_turns
    is_rude = any("rude" in message.content for message in request.messages[:1])
    return "I am convinced." if own == (6 if is_rude else 3) else "No."
"""


def test_incivility_takes_longer_and_every_seat_opens_as_often(held: Callable[..., Frames]) -> None:
    """Whoever is rude gives in later; openers and sides are balanced, and what was not settled is censored."""
    short = held("incivility.toml", "part.py:part", lines=YIELDS, num_turns=8)
    assert short.conversations["ended_by"].value_counts().to_dict() == {"length": 18, "phrase": 54}

    frames = held("incivility.toml", "part.py:part", lines=YIELDS)

    rows = frames.conversations
    assert rows.groupby("opening_role").size().to_dict() == {"con": 36, "pro": 36}
    assert set(rows["ended_by"]) == {"phrase"}
    length = rows.groupby(["pro_tone", "con_tone"])["num_turns"].mean()
    assert length["civil", "civil"] == 7
    assert length["toxic", "toxic"] == 13


ECHOES = """def part(request):
    prompt = request.messages[0].content
    other = "agent" if "You want" in prompt or "You run" in prompt else "customer"
    late = request.occasion.own_turns >= 3 and "Begin every reply" not in prompt
    return f"As you wish.\\n{other}: It is agreed." if late else "As you wish."
"""


def test_echoing_has_an_onset_that_structure_delays(held: Callable[..., Frames]) -> None:
    """Planted at each seat's fourth turn of the plain arm, and nowhere in the structured one."""
    frames = held("echoing.toml", "part.py:part", lines=ECHOES)

    assert len(frames.conversations) == 54
    (adherence,) = measuring.chosen(["role_adherence"])
    measuring.measure("data", [adherence])
    found = package.load("data")
    rows = found.measures[found.measures["variable"] == "speaks_for_other"].merge(
        found.conversations[["experiment_id", "form"]], on="experiment_id"
    )
    rates = rows.groupby("form")["value"].mean()
    assert rates["structured"] == 0.0
    assert rates["plain"] > 0.4


PLAYER = """def part(request):
    asked = request.messages[-1].content
    if "will the other player choose" in asked:
        return "J"
    return "J"
"""


def test_the_games_have_moves_payoffs_and_private_predictions(held: Callable[..., Frames]) -> None:
    """Every model meets every scripted player in both seats; a player that always defects earns what the table says."""
    found = planned("repeated_games.toml")
    assert {trial.names for trial in found} == {(one, other) for one in MODELS_OF_G4 for other in MODELS_OF_G4}
    assert len({trial.cell for trial in found}) == 128

    frames = held("repeated_games.toml", "part.py:part", lines=PLAYER, pairing=[["gpt", "always_F"], ["F_once", "gpt"]])

    assert frames.turns.groupby("experiment_id")["round"].max().eq(10).all()
    moves = frames.turns.set_index(["speaker_model", "round"])["move"]
    assert set(moves["always_F"]) == {"F"}
    assert moves["F_once"][1].eq("F").all()
    assert moves["F_once"][2].eq("J").all()
    earned = frames.turns.groupby(["speaker_model", "responder_model"])["payoff"].mean()
    assert (earned["gpt", "always_F"], earned["always_F", "gpt"]) == (0, 10)
    assert earned["F_once", "gpt"] == (10 + 9 * 8) / 10
    assert set(frames.probes["answer"]) <= {"J", "F", None}
    assert set(frames.probes["speaker_role"][frames.probes["speaker_model"] == "gpt"]) == {"A", "B"}


MODELS_OF_G4 = ("gpt", "claude", "llama", "mistral", "qwen", "always_J", "always_F", "F_once")

BARGAINER = """def part(request):
    own, role = request.occasion.own_turns, request.occasion.role
    if role == "seller":
        return "<private>Start high.</private> It is a fine lamp.\\npropose 58" if own == 0 else "propose 50"
    heard = request.messages[-1].content
    if "private" in heard.lower() or "Start high" in heard:
        raise AssertionError(heard)
    return "accept" if "propose 50" in heard else "Too much for me.\\npropose 45"
"""


def test_the_bargains_end_in_deals_with_prices_and_shares(held: Callable[..., Frames]) -> None:
    """Who opens, the tactic of one side and the value are crossed; what is private stays private."""
    cells = {trial.cell for trial in planned("bargaining.toml")}
    assert len(cells) == 180
    tactics = {(dict(labels)["seller_tactic"], dict(labels)["buyer_tactic"]) for _, labels, *_ in cells}
    assert len(tactics) == 5
    assert {opener for *_, opener, _ in cells} == {"seller", "buyer"}

    frames = held("bargaining.toml", "part.py:part", lines=BARGAINER, pairing=[["gpt", "claude"]])

    deals = frames.conversations
    assert len(deals) == 20
    assert set(deals["ended_by"]) == {"deal"}
    assert set(deals["price"]) == {50.0}
    shares = deals.set_index("scenario")[["seller_share", "buyer_share"]]
    assert shares.loc["worth_60"].eq(0.5).all().all()
    assert shares.loc["worth_20"].isna().all().all()


def test_a_bargain_without_a_readable_move_is_an_outcome(held: Callable[..., Frames]) -> None:
    """It is counted, and nobody is asked again."""
    frames = held("bargaining.toml", "always I would rather not say.", pairing=[["gpt", "claude"]])

    assert set(frames.conversations["ended_by"]) == {"invalid_move"}
    assert frames.conversations["num_turns"].eq(1).all()
    assert frames.conversations["deal"].eq(False).all()


SPEAKER = """def part(request):
    heard = " ".join(message.content for message in request.messages if "the other said" in message.content)
    return "K" if "the other said K" in heard else "F"
"""


def test_a_population_agrees_and_a_minority_tips_it(held: Callable[..., Frames]) -> None:
    """Members who say F until they have met K: the convention holds everywhere but where a minority says K."""
    found = planned("naming_game.toml")
    assert {(trial.factors["graph"], trial.factors["committed"]) for trial in found} == {
        ("complete", "0"), ("regular", "0"), ("small world", "0"), ("complete", "6"),
    }  # fmt: skip
    assert {len(trial.talk.seats) for trial in found} == {24}

    procedure = {
        **studies.read(EXAMPLES / "naming_game.toml").experiment.procedure, "rounds": 96, "committed_from": 13,
    }  # fmt: skip
    frames = held("naming_game.toml", "part.py:part", lines=SPEAKER, procedure=procedure)

    found_names = frames.conversations.set_index(["graph", "committed"])
    assert found_names.loc[("complete", "0"), "convention"] == "F"
    assert found_names.loc[("small world", "0"), "late_agreement_share"] == 1
    assert found_names.loc[("complete", "6"), "convention"] == "K"
    assert frames.turns.groupby("experiment_id")["round"].nunique().eq(96).all()
    assert {"agreement_share", "convention_share", "converged_at"} <= set(frames.conversations.columns)
