"""Games through the doors: the prisoner's dilemma as a study file has it, its log, its tables, its measure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from doors import ROOT, log_lines, toml

import colloquia as package
from colloquia import studies
from colloquia.conversation.walk import replay
from colloquia.design.trials import trials
from colloquia.logbook import contents
from colloquia.logbook.folder import RunFolder
from colloquia.logbook.record import decode_turn, encode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from doors import Said

STUDIES = ROOT / "tests" / "data" / "studies" / "prisoners_dilemma"
DILEMMA = {"J": {"J": [8, 8], "F": [0, 10]}, "F": {"J": [10, 0], "F": [5, 5]}}
HAGGLE = """def part(request):
    heard = request.messages[-1].content
    if request.occasion.role == "buyer":
        assert "reserve" not in heard
        return "accept" if "55" in heard else "<private>50 would be fine.</private>Too dear.\\nreject"
    return f"<private>My reserve is 40.</private>A fine piece.\\npropose {65 - 10 * request.occasion.own_turns}"
"""


def words(**changed: Any) -> dict[str, Any]:
    """Return a dilemma of three scripted players."""
    return {
        "models": {"always_J": "scripted:always J", "F_once": "scripted:sequence F J", "talker": "scripted:always Hm."},
        "scenarios": {"points": "Points, yours first: {payoffs}. You play {rounds} rounds."},
        "procedure": {"kind": "game", "rounds": 3, "order": "shuffled", "payoffs": DILEMMA},
        **changed,
    }


@pytest.fixture
def run(desk: Path, colloquia: Callable[..., Said]) -> Callable[..., Path]:
    """Return a function that runs a study of these words and returns its folder."""

    def run(**changed: Any) -> Path:
        (desk / "study.toml").write_text(toml(words(**changed)), encoding="utf-8")
        said = colloquia("run", desk / "study.toml", "--allow-code")
        assert said.code == 0, said.err
        return desk / "data"

    return run


def test_both_forms_of_the_dilemma_are_one_study_of_512_games() -> None:
    """Eight players in all 64 seatings, twice, four times, of 20 moves; predictions are asked before each."""
    study = studies.read(STUDIES / "study.toml").experiment
    planned = trials(study, lambda _slug: "flip")

    assert studies.read(STUDIES / "simulation_config.py").experiment == study
    assert studies.parse(studies.frozen(study)) == study
    assert len({trial.trial_id for trial in planned}) == 512
    assert {trial.num_turns for trial in planned} == {20}
    assert "You play 10 rounds" in planned[0].talk.seats[0].prompt
    assert "you J, the other F: 0 and 10;" in planned[0].talk.seats[0].prompt


def test_more_rounds_are_the_same_games_longer() -> None:
    """Where the number is not announced; where it is, the text differs and so does the id."""
    plain = {"points": "Choose J or F: {payoffs}."}

    def ids(rounds: int, scenarios: dict[str, str]) -> set[str]:
        procedure = {"kind": "game", "rounds": rounds, "payoffs": DILEMMA}
        study = package.Experiment(**words(scenarios=scenarios, procedure=procedure))
        return {trial.trial_id for trial in trials(study, lambda _slug: "flip")}

    assert ids(3, plain) == ids(9, plain)
    assert not ids(3, words()["scenarios"]) & ids(9, words()["scenarios"])


def test_a_game_is_told_in_rows_and_tables(run: Callable[..., Path], colloquia: Callable[..., Said]) -> None:
    """Moves and rounds in the log, payoffs in the tables, and every request can be rebuilt."""
    folder = run()
    rows = log_lines(folder)
    frames = package.load(folder)

    first = [row for row in rows if row["speaker_role"] == "A"]
    game = [row for row in first if (row["speaker_model"], row["responder_model"]) == ("F_once", "always_J")]
    assert [(row["round"], row["move"]) for row in game] == [(1, "F"), (2, "J"), (3, "J")]
    assert "payoff" not in rows[0]
    earned = frames.turns.query("speaker_model == 'F_once' and responder_model == 'always_J' and speaker_role == 'A'")
    assert earned["payoff"].tolist() == [10, 8, 8]
    both = frames.conversations.set_index(["model_1", "model_2"])
    assert both.loc[("F_once", "always_J"), ["rounds_played", "payoff_1", "payoff_2"]].tolist() == [3, 26, 16]
    assert both.loc[("talker", "always_J"), "ended_by"] == "invalid_move"
    assert both.loc[("always_J", "talker"), "num_turns"] == 2
    assert colloquia("verify").code == 0


def test_payoffs_as_a_factor_set_the_table(run: Callable[..., Path]) -> None:
    """One study, two games."""
    sexes = {"J": {"J": [10, 7], "F": [0, 0]}, "F": {"J": [0, 0], "F": [7, 10]}}
    folder = run(
        factors={"payoffs": {"dilemma": DILEMMA, "sexes": sexes}},
        procedure={"kind": "game", "rounds": 2},
        models={"always_J": "scripted:always J"},
    )

    earned = package.load(folder).conversations.set_index("payoffs")["payoff_2"].to_dict()
    assert earned == {"dilemma": 16, "sexes": 14}


def test_game_outcomes_are_measured_on_real_moves(run: Callable[..., Path], colloquia: Callable[..., Said]) -> None:
    """Cooperation and payoff of each seat, by the table that the study has."""
    folder = run()

    assert colloquia("measure", "game_outcomes").code == 0
    found = package.load(folder).measures.query("measure == 'game_outcomes'")
    row = package.load(folder).conversations.query("model_1 == 'F_once' and model_2 == 'always_J'").iloc[0]
    mine = found[found["experiment_id"] == row["experiment_id"]].set_index(["variable", "speaker_role"])["value"]
    assert mine["cooperation", "A"] == pytest.approx(2 / 3)
    assert mine["payoff", "A"] == pytest.approx(26 / 3)
    assert mine["exploitability", "A"] == pytest.approx(4 / 3)


def test_a_bargain_ends_with_its_deal_and_keeps_secrets(
    desk: Path, run: Callable[..., Path], colloquia: Callable[..., Said]
) -> None:
    """What is private is in the log and in no request of the other; the run has nothing left to do."""
    (desk / "part.py").write_text(HAGGLE, encoding="utf-8")
    bargain = {
        "models": {"m": "scripted:part.py:part"},
        "scenarios": {
            "piece": {"seller": "It cost you {cost}. {moves}", "buyer": "It is worth {value} to you. {moves}"}
        },
        "procedure": {"kind": "bargain", "cost": 40, "value": 60},
        "stop": ["deal"],
        "num_turns": 10,
    }
    folder = run(**bargain)
    rows = log_lines(folder)

    assert [row["move"] for row in rows] == ["propose 65", "reject", "propose 55", "accept"]
    assert rows[-1]["ended_by"] == "deal"
    assert "reserve" in rows[0]["content"]
    outcomes = package.load(folder).conversations.iloc[0]
    assert (outcomes["deal"], outcomes["price"], outcomes["seller_share"]) == (True, 55, 0.75)
    assert "Nothing is missing" in colloquia("run", desk / "study.toml", "--allow-code").out
    assert colloquia("verify").code == 0


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"procedure": {"kind": "game", "rounds": 3}}, "scenarios.points.procedure.payoffs: missing"),
        ({"procedure": {"kind": "game", "round": 3, "payoffs": DILEMMA}}, "procedure: 'round' is no setting"),
        ({"opening": "J"}, "scenarios.points.opening: the procedure 'game' has no turn that a scripted line could"),
        ({"num_turns": 7}, "scenarios.points.num_turns: the procedure says how long it is (6 turns)"),
        ({"stop": ["deal"], "procedure": "dialogue", "num_turns": 2, "scenarios": {"a": "b"}}, "stop[0]: a deal is an"),
        (
            {"factors": {"payoff_1": ["a", "b"]}, "scenarios": {"a": "{payoff_1}"}},
            "factors.payoff_1: the procedure has",
        ),
        ({"factors": {"payoff": ["a", "b"]}, "scenarios": {"a": "{payoff}"}}, "factors.payoff: a factor cannot be"),
        ({"scenarios": {"a": {"x": "1", "y": "2", "z": "3"}}}, "scenarios.a: has 3 roles (x, y, z); a game has 2"),
    ],
)
def test_wrong_games_are_refused_with_their_path(
    changed: dict[str, Any], complaint: str, desk: Path, colloquia: Callable[..., Said]
) -> None:
    """Before anything is written."""
    (desk / "study.toml").write_text(toml(words(**changed)), encoding="utf-8")

    said = colloquia("run", desk / "study.toml")

    assert said.code == 2
    assert complaint in said.err


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"move": "J"}, "its move is not the one that its text makes"),
        ({"responder_model": "somebody"}, "responder_model: not who hears this turn"),
        ({"round": 2}, "where turn 1 by 'A' in round 1 comes next"),
    ],
)
def test_a_move_that_was_changed_in_the_log_is_found(
    changed: dict[str, Any], complaint: str, run: Callable[..., Path], colloquia: Callable[..., Said]
) -> None:
    """Though its line is sealed anew."""
    log = run(models={"always_F": "scripted:always F"}) / "experiment_log.jsonl"
    first, *rest = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join([encode(msgspec.structs.replace(decode_turn(first), **changed)), *rest]))

    said = colloquia("verify")

    assert said.code == 1
    assert complaint in said.out


def test_an_announcement_of_the_schedule_stands_beside_those_of_a_game(run: Callable[..., Path]) -> None:
    """Also where its turn falls into the middle of a round: it is made when the round is complete."""
    folder = run(models={"always_F": "scripted:always F"}, schedule=[{"after": 3, "announce": "It rains."}])
    planned = trials(studies.read(folder / "study.toml").experiment, lambda _slug: "flip")

    said = contents.turns_of(RunFolder(folder), planned[0].trial_id)

    requests = [asked.request for asked, _ in replay(planned[0].talk, said)]

    heard = ["\n".join(message.content for message in request.messages) for request in requests if request]
    assert ["It rains." in text for text in heard] == [False] * 4 + [True] * 2
    assert heard[4].count("It rains.") == 1
    assert "It rains.\n\nRound 2: you chose F" in heard[4]
