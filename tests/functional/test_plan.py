"""``colloquia plan``: matrix, balance, what it costs, how long it takes, and what became of earlier plans."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec
from openai_server import running

import colloquia as package
from colloquia.providers.cards import ModelCard
from colloquia.providers.pricelist import FILE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from doors import Said

PRICED = {"mine": {"base_url": "http://127.0.0.1:9/v1", "price": {"prompt": 1, "completion": 4}}}


def test_the_matrix_shows_every_cell_and_what_is_left_out(
    study: Callable[..., Path], colloquia: Callable[..., Said]
) -> None:
    """Rows are scenarios at their levels, columns seatings; a dash is a cell that could exist and does not."""
    path = study(
        scenarios={"t": "{mood}"}, factors={"mood": ["calm", "loud"]}, where="mood == 'calm'", pairing="distinct",
        iterations=3,
    )  # fmt: skip

    lines = colloquia("plan", path).out.splitlines()

    (start,) = (number for number, line in enumerate(lines) if line.startswith("matrix"))
    assert re.split(r" {2,}", lines[start]) == [
        "matrix", "echo → random", "random → echo",
    ]  # fmt: skip
    assert re.split(r" {2,}", lines[start + 1]) == ["t · calm", "3", "3"]
    assert re.split(r" {2,}", lines[start + 2]) == ["t · loud", "-", "-"]
    assert "every model sits in every seat" in lines[start + 3]


def test_a_large_matrix_is_summed_up(study: Callable[..., Path], colloquia: Callable[..., Said]) -> None:
    """In one line, with how many cells there are and how many conversations each has."""
    models = {f"m{number}": "scripted:echo" for number in range(5)}

    said = colloquia("plan", study(models=models, iterations=2)).out

    assert "matrix     25 of 25 cells are held (1 row, 25 seatings), 2 conversations in each" in said


def test_seats_that_are_not_balanced_are_listed(study: Callable[..., Path], colloquia: Callable[..., Said]) -> None:
    """And the same stands in a frame."""
    path = study(pairing="unordered")

    said = colloquia("plan", path).out
    frame = package.plan(path).balance()

    assert "not every model sits in every seat" in said
    assert re.search(r"train +A +echo +1 +1", said)
    assert re.search(r"train +A +random +0 +0", said)
    assert set(frame.columns) == {"scenario", "arm", "role", "model", "conversations", "opens"}
    assert frame.set_index(["role", "model"])["conversations"].to_dict() == {
        ("A", "echo"): 1, ("A", "random"): 0, ("B", "echo"): 0, ("B", "random"): 1,
    }  # fmt: skip


def test_the_bill_has_a_low_a_likely_and_a_high_end_and_a_time(
    study: Callable[..., Path], colloquia: Callable[..., Said]
) -> None:
    """From the declared prices; what is assumed is said to be."""
    words: dict[str, Any] = {"providers": PRICED, "models": {"one": "mine:one", "fixed": "scripted:always ok"}}

    said = colloquia("plan", study(**words, pairing=[["one", "fixed"]])).out

    found = re.search(r"about \$([\d.]+) \(from \$([\d.]+), at most \$([\d.]+)\)", said)
    assert found
    likely, low, high = map(float, found.groups())
    assert low < likely < high
    assert "a model go at once and a reply takes 5 s: assumed, for want of replies of one here." in said


def test_scripted_seats_alone_cost_and_take_nothing(study: Callable[..., Path], colloquia: Callable[..., Said]) -> None:
    """No time is promised either."""
    said = colloquia("plan", study()).out

    assert "about 0 tokens in and 0 out, at no cost." in said
    assert "calls of a model" not in said


def test_a_plan_is_compared_with_what_came_of_it(study: Callable[..., Path], colloquia: Callable[..., Said]) -> None:
    """The summary of the run and every later plan say what was expected, what it took, and how far off that was."""
    with running() as served:
        providers = {"mine": {"base_url": served.url, "price": {"prompt": 1, "completion": 4}}}
        path = study(providers=providers, models={"one": "mine:one"})
        ran = colloquia("run", path)
        later = colloquia("plan", path)

    assert ran.code == 0, ran.err
    expected = re.search(r"Expected were ([\d,]+) tokens in \([+-]\d+%\), ([\d,]+) out \(([+-]\d+)%\)", ran.out)
    assert expected
    assert "Runs so far" in later.out
    assert re.search(r"finished +1 conversations, 4 turns, .* 1 conversations, 4 turns, ", later.out)
    assert "Nothing is missing" in later.out


def test_conversations_that_outgrow_a_context_are_named(
    desk: Path, study: Callable[..., Path], colloquia: Callable[..., Said]
) -> None:
    """By cell, with the turn from which on they do, where the list of models says how much fits."""
    cards = [
        ModelCard(slug=f"lab/{name}", name=name, context_length=holds, prompt_price=1e-6, completion_price=1e-6)
        for name, holds in (("small", 2_000), ("large", 200_000))
    ]
    (desk / "cache" / "colloquia").mkdir(parents=True)
    (desk / "cache" / "colloquia" / FILE).write_bytes(msgspec.json.encode(cards))
    words = {"models": {"small": "lab/small", "large": "lab/large"}, "iterations": 3}

    long, short = (colloquia("plan", study(**words, num_turns=turns)).out for turns in (20, 4))

    notes = [line for line in long.splitlines() if line.startswith("Note:")]
    assert len(notes) == 3
    assert any("3 conversations of train · small → large: from turn 11 on" in note for note in notes)
    assert all("exceed the 2,000 tokens that small holds" in note for note in notes)
    assert "exceed" not in short


def test_what_can_never_be_asked_and_what_nobody_measures_is_said(
    colloquia: Callable[..., Said], study: Callable[..., Path]
) -> None:
    """A probe after a turn that there is not is a note; a misspelt variable of a measure is refused."""
    mood = {"when": ["start", 9], "scale": [0, 9], "question": "How are you?"}
    words = {"models": {"one": "ollama:small"}, "probes": {"mood": mood}}

    noted = colloquia("plan", study(**words, exclude="shouting.capitals > 3"))
    refused = colloquia("plan", study(**words, exclude="lexical_diversity.matr > 3"))

    assert "Note: probes.mood.when: 9 never comes in scenario 'train', which has 4 turns." in noted.out
    assert "Note: exclude: 'shouting.capitals' is of no measure that is installed" in noted.out
    assert refused.code == 2
    assert (
        "exclude: 'lexical_diversity.matr' is no variable of a measure. Did you mean 'lexical_diversity.m"
        in refused.err
    )


def test_a_plan_shows_the_design_and_writes_nothing(
    colloquia: Callable[..., Said], study: Callable[..., Path], desk: Path
) -> None:
    """Counts, prices and what is not sent; no folder, no key asked for."""
    words = {
        "models": {"gpt": {"slug": "mine:gpt", "temperature": 0}, "echo": "scripted:echo"},
        "providers": {"mine": {"base_url": "http://127.0.0.1:9/v1", "price": {"prompt": 1, "completion": 2}}},
        "iterations": 3,
        "scenarios": {"train": "Talk for 4 turns."},
    }

    said = colloquia("plan", study(**words))

    assert said.code == 0
    assert "12 conversations, 48 turns" in said.out
    assert "$1 in, $2 out per million tokens" in said.out
    assert "not sent: top_p, seed" in said.out
    assert "repeat each other" in said.out
    assert "{num_turns}" in said.out
    assert not (desk / "data").exists()


def test_a_rehearsal_runs_elsewhere_and_without_any_server(
    colloquia: Callable[..., Said], study: Callable[..., Path], desk: Path
) -> None:
    """`--offline` never touches the study's own folder."""
    words = {"models": {"gpt": "openai/gpt-4.1-mini"}, "num_turns": 1}

    said = colloquia("plan", study(**words), "--offline")

    assert said.code == 0
    assert "runs/offline-" in said.out
    assert "embedded:smollm2-135m" in said.out or "scripted:random" in said.out
