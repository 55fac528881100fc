"""Small studies, drawn: who talks with whom about what, how long, at which prices, and how a study is edited later."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from colloquia.design.forecast import Price
from colloquia.design.study import Experiment

if TYPE_CHECKING:
    import random

SLUGS = ("acme/m-70b", "umbra/small", "zeta/chat-2", "orion/max", "lyra/mini", "vega/base")
SIZES = {"small": (4, 24), "usual": (40, 100), "crowd": (200, 210)}
"""Conversations that a study aims at, by its size."""
LENGTHS = (2, 2, 2, 2, 2, 3, 3, 4, 4, 6, 8)
"""Turns; short talks are more frequent, so that more of them can be held."""
KICKOFF = "[You speak first.]"
TOPICS = ("You sell a horse.", "Du kaufst ein Pferd «kůň» 🐎.", "You sit on a train.", "Say little.", "")


@dataclass(kw_only=True)
class Play:
    """A study as its words stand now, and all prompts that it ever had."""

    words: dict[str, Any]
    prices: dict[str, Price]
    prompts: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    """Whatever a role was ever told, by scenario and role."""

    def __post_init__(self) -> None:
        """Take in the prompts of the first words."""
        self._learn()

    @property
    def experiment(self) -> Experiment:
        """The study."""
        return Experiment.from_words(deepcopy(self.words))

    def edit(self, draws: random.Random) -> str:
        """Change something as a researcher would, and return what."""
        kind = draws.choice(("longer", "more", "reworded", "one more model", "one scenario less"))
        scenarios = self.words["scenarios"]
        if kind == "longer":
            self.words["num_turns"] += draws.randint(1, 2)
        elif kind == "more":
            self.words["iterations"] += 1
        elif kind == "reworded":
            name = draws.choice(sorted(scenarios))
            scenarios[name]["one"] += " Be brief."
        elif kind == "one more model" and len(self.words["models"]) < len(SLUGS):
            number = len(self.words["models"])
            self.words["models"][f"m{number}"] = SLUGS[number]
            self.words["iterations"] = max(1, self.words["iterations"] // 2)
        elif len(scenarios) > 1:
            del scenarios[max(scenarios)]
        self._learn()
        return kind

    def _learn(self) -> None:
        for name, scenario in self.words["scenarios"].items():
            for role in ("one", "two"):
                self.prompts.setdefault((name, role), set()).add(scenario[role])


def drawn_play(draws: random.Random, size: str) -> Play:
    """Return a study of that size."""
    models = {f"m{number}": SLUGS[number] for number in range(draws.randint(2, 4))}
    pairing = draws.choice(("all", "distinct", "unordered", "self"))
    scenarios = {f"s{number}": _scenario(draws, number) for number in range(draws.randint(1, 3))}
    pairs = {"all": len(models) ** 2, "distinct": len(models) * (len(models) - 1), "self": len(models)}
    cells = pairs.get(pairing, len(models) * (len(models) - 1) // 2) * len(scenarios)
    least, most = SIZES[size]
    words: dict[str, Any] = {
        "models": models,
        "scenarios": scenarios,
        "pairing": pairing,
        "iterations": max(1, round(draws.randint(least, most) / cells)),
        "num_turns": draws.choice(LENGTHS),
        "sampling": {"max_tokens": draws.choice((16, 60, 200)), **draws.choice(({}, {"temperature": 0.7}))},
        "opens": draws.choice(("first", "first", "both")),
        "stop": draws.choice(([], [], ["refusal"])),
        "kickoff": KICKOFF,
        "seed": draws.randint(1, 1000),
    }
    return Play(words=words, prices={slug: drawn_price(draws) for slug in SLUGS})


def drawn_price(draws: random.Random) -> Price:
    """Return dollars per token, as they are asked somewhere in the world."""
    prompt = 10 ** draws.uniform(-8, -4.5)
    return Price(
        prompt=prompt,
        completion=prompt * draws.choice((1, 2, 4, 5, 10)),
        request=draws.choice((0.0, 0.0, 0.0, 10 ** draws.uniform(-5, -2))),
    )


def _scenario(draws: random.Random, number: int) -> dict[str, Any]:
    return {"one": f"{draws.choice(TOPICS)}{number}", "two": draws.choice(TOPICS)}
