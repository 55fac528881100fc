"""Coordination: whether a seat takes up a class of function words when the one it answers has just used it.

Danescu-Niculescu-Mizil et al. (2012), as ConvoKit's ``Coordination`` computes it: for each class of markers, the share
of b's replies that use it among those to turns of a that do, minus the share among all of b's replies to a; averaged
over the classes that a uses at least once. Long turns hold every marker, so only the first 50 words are read.
"""

from __future__ import annotations

from collections import defaultdict
from statistics import fmean
from typing import TYPE_CHECKING

from colloquia.analysis.measuring import lexicons
from colloquia.analysis.measuring.measure import Fixture, Measure, Value, Variable, number
from colloquia.analysis.measuring.transcript import dyad
from colloquia.analysis.measuring.words import plain_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from colloquia.analysis.measuring.measure import Params
    from colloquia.analysis.measuring.transcript import Transcript

Exchange = tuple[frozenset[str], frozenset[str]]
"""The markers of what is answered, and of the reply."""


def coordination(transcript: Transcript, params: Params) -> Iterator[Value]:
    """Yield how far each seat coordinates to those it answers, the mean over them."""
    first, fewest = int(params["first_words"]), int(params["fewest_exchanges"])
    used = {turn.turn_id: _markers(turn.text or "", first) for turn in transcript.spoken}
    exchanges: dict[str, dict[str, list[Exchange]]] = defaultdict(lambda: defaultdict(list))
    for before, turn in transcript.replies:
        exchanges[turn.seat][before.seat].append((used[before.turn_id], used[turn.turn_id]))
    for role in transcript.roles:
        found = [coordinated(given) for given in exchanges[role].values() if len(given) >= fewest]
        known = [value for value in found if value is not None]
        reason = "the partners use no marker" if found else f"fewer than {fewest} replies to one partner"
        yield number("coordination", fmean(known) if known else None, reason, seat=role)


def coordinated(exchanges: Sequence[Exchange]) -> float | None:
    """Return the coordination of the replies to what they answer; None where that uses no marker."""
    scores = []
    for marker in lexicons.MARKERS:
        after = [marker in reply for heard, reply in exchanges if marker in heard]
        if after:
            scores.append(sum(after) / len(after) - sum(marker in reply for _, reply in exchanges) / len(exchanges))
    return fmean(scores) if scores else None


def _markers(text: str, first: int) -> frozenset[str]:
    said = set(plain_words(text)[:first])
    return frozenset(name for name in lexicons.MARKERS if not said.isdisjoint(lexicons.FUNCTION_WORDS[name]))


MEASURE = Measure(
    id="coordination",
    version=1,
    title="Linguistic coordination, directed",
    of=coordination,
    variables=(
        Variable(
            name="coordination",
            unit="seat",
            scale="difference of two shares, mean over markers",
            low=-1,
            high=1,
            more_means="coordinates more to its partner",
        ),
    ),
    params={"first_words": 50, "fewest_exchanges": 3, "lexicon": lexicons.VERSION},
    minimum="3 replies to one partner",
    caveat="Read from the first 50 words of each turn, as long turns hold every marker. One conversation is noisy: "
    "read means over conversations with at least 20 exchanges together. English only; not ConvoKit's word lists.",
    fixture=Fixture(
        transcript=dyad("the dog", "the cat", "dogs bark", "cats meow", "the dog", "cats sleep", "i bark"),
        expected=(
            Value("coordination", 1 / 6, "B"),
            Value("coordination", -1 / 3, "A"),
        ),
        source="By hand and by ConvoKit 5.0.0, see benchmarks/references/coordination.py: B answers A three times, A "
        "has articles in turns 1 and 5, B only in turn 2; 1/2 - 1/3 = 1/6.",
    ),
)
