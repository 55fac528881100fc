# ruff: noqa: INP001, T201, SLF001 - a snippet that prints, and looks inside
"""Coordination by ConvoKit's own function, on two small talks whose markers are written out.

The words stand with their markers, since ConvoKit's word lists are not ours: what is compared is the formula. ConvoKit
is installed without what it asks for (it would bring torch and spacy), and only its file of the formula is loaded.
Made with convokit 5.0.0 on Python 3.11: ``pip install --no-deps convokit==5.0.0``, outside of this project. Its
``target_thresh`` is 3 by default and 1 here, as a conversation is short. Printed::

    fixture, A: mean -0.333333 (article -0.333333)
    fixture, B: mean 0.166667 (article 0.166667)
    longer, A: mean -0.300000 (article -0.250000, conj -0.500000, ppron -0.250000, preps -0.250000, quant -0.250000)
    longer, B: mean 0.400000 (article 0.300000, conj 0.300000, ppron -0.200000, preps 0.800000, quant 0.800000)

By hand, for the first talk: B answers A's turns 1, 3 and 5. Articles: A has them in 1 and 5, B's replies are 2 (has),
4 and 6 (have not): 1/2 - 1/3 = 1/6. A answers B's turns 2, 4 and 6 with 3, 5 and 7. Articles: B has them in 2 only,
A's replies 3 (has not), 5 (has), 7 (has not): 0/1 - 1/3 = -1/3.
"""

import sys
from importlib.metadata import distribution
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType, SimpleNamespace

for name, names in {
    "convokit": (),
    "convokit.coordination": (),
    "convokit.model": ("Corpus", "Speaker", "Utterance"),
    "convokit.transformer": ("Transformer",),
    "convokit.util": ("deprecation",),
}.items():
    module = ModuleType(name)
    module.__path__ = []
    for each in names:
        setattr(module, each, type(each, (), {}))
    sys.modules[name] = module
for name in ("coordinationScore", "coordination"):
    place = distribution("convokit").locate_file(f"convokit/coordination/{name}.py")
    spec = spec_from_file_location(f"convokit.coordination.{name}", place)
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
Coordination = sys.modules["convokit.coordination.coordination"].Coordination

FIXTURE = ("article", "article", "", "", "article", "", "ppron")
LONGER = (
    "article ppron",
    "article",
    "preps",
    "preps ppron",
    "article conj",
    "conj",
    "quant ppron",
    "quant",
    "conj",
    "",
)


class Talk:
    """As much of a corpus as the function asks for: A and B in turn, each turn a reply to the one before."""

    def __init__(self, markers: tuple[str, ...]) -> None:
        self.turns = {
            str(number): SimpleNamespace(
                speaker="AB"[number % 2], reply_to=str(number - 1), meta={"liwc-categories": set(said.split())}
            )
            for number, said in enumerate(markers)
        }

    def has_utterance(self, name: str) -> bool:
        """Tell whether there is such a turn."""
        return name in self.turns

    def get_utterance(self, name: str) -> SimpleNamespace:
        """Return a turn."""
        return self.turns[name]


for name, markers in (("fixture", FIXTURE), ("longer", LONGER)):
    talk = Talk(markers)
    for speaker in "AB":
        replies = [turn for turn in talk.turns.values() if turn.speaker == speaker]
        scores = Coordination._scores_over_utterances(None, talk, [speaker], replies, 0, 1, 0, 0, 0, 0)[speaker]
        parts = ", ".join(f"{marker} {score:.6f}" for marker, score in sorted(scores.items()))
        print(f"{name}, {speaker}: mean {sum(scores.values()) / len(scores):.6f} ({parts})")
