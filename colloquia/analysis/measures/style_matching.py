"""Style matching: whether two seats use function words at the same rate (LSM), over all and from turn to turn (rLSM).

Ireland and Pennebaker (2010): for each class ``1 - abs(a - b) / (a + b + .0001)``, averaged over the classes. Classes
that neither side uses are left out, as two zeros would count as perfect matching.
"""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from statistics import fmean
from typing import TYPE_CHECKING

from colloquia.analysis.measuring import lexicons
from colloquia.analysis.measuring.measure import Fixture, Measure, Value, Variable, number
from colloquia.analysis.measuring.transcript import dyad
from colloquia.analysis.measuring.words import joined, plain_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from colloquia.analysis.measuring.measure import Params
    from colloquia.analysis.measuring.transcript import Transcript

Rates = dict[str, float]
"""Percentage of the words by class."""
_CLASSES: dict[str, list[str]] = {}
for _name, _listed in lexicons.FUNCTION_WORDS.items():
    for _word in _listed:
        _CLASSES.setdefault(_word, []).append(_name)


def style_matching(transcript: Transcript, params: Params) -> Iterator[Value]:
    """Yield LSM of each seat with the others and of the conversation, and rLSM of each reply with what it answers."""
    fewest = int(params["fewest_words"])
    rates = {
        role: _rates(said) if len(said) >= fewest else None
        for role in transcript.roles
        for said in [plain_words(joined(turn.text for turn in transcript.of(role)))]
    }
    pairs = {
        (one, other): matching(one_rates, other_rates)
        for (one, one_rates), (other, other_rates) in combinations(rates.items(), 2)
        if one_rates is not None and other_rates is not None
    }
    reason = f"fewer than two seats with {fewest} words"
    for role in transcript.roles:
        yield number("lsm", _mean([value for pair, value in pairs.items() if role in pair]), reason, seat=role)
    yield number("lsm_all", _mean(list(pairs.values())), reason)
    for before, turn in transcript.replies:
        both = [_rates(plain_words(text or "")) for text in (before.text, turn.text)]
        yield number("rlsm", matching(*both), "no function word in either", at=turn)


def matching(one: Rates, other: Rates) -> float | None:
    """Return the mean match over the classes that either side uses; None where there is none."""
    used = one.keys() | other.keys()
    pairs = [(one.get(name, 0.0), other.get(name, 0.0)) for name in sorted(used)]
    matches = [1 - abs(a - b) / (a + b + 0.0001) for a, b in pairs]
    return fmean(matches) if matches else None


def _rates(said: Sequence[str]) -> Rates:
    """Return the percentage of the words that each class has; classes without a word are left out."""
    counts: Counter[str] = Counter()
    for word, count in Counter(said).items():
        for name in _CLASSES.get(word, ()):
            counts[name] += count
    return {name: 100 * count / len(said) for name, count in counts.items()}


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


MEASURE = Measure(
    id="style_matching",
    version=1,
    title="Language style matching",
    of=style_matching,
    variables=(
        Variable(name="lsm", unit="seat", scale="LSM with the other seats", low=0, high=1, more_means="more alike"),
        Variable(name="lsm_all", unit="conversation", scale="LSM, all pairs", low=0, high=1, more_means="more alike"),
        Variable(
            name="rlsm",
            unit="turn",
            scale="LSM with the turn before",
            low=0,
            high=1,
            more_means="more alike",
            aggregation="mean",
        ),
    ),
    params={"fewest_words": 50, "lexicon": lexicons.VERSION},
    minimum="50 words of each of two seats; one function word for a reply",
    caveat="English only. Our nine word lists are not those of LIWC: values are not comparable with published ones. A "
    "class that only one side uses scores 0, so short turns are noisy.",
    fixture=Fixture(
        transcript=dyad(
            "the dog " * 20 + "i ran " * 5 + "red " * 10,
            "the cat " * 10 + "i sat " * 10 + "red " * 20,
            "you slept",
        ),
        expected=(
            Value("lsm", 0.708007, "B"),
            Value("lsm_all", 0.708007),
            Value("rlsm", 0.666668, "B", 2),
            Value("rlsm", 0.250003, "A", 3),
        ),
        source="By hand, see benchmarks/references/style_matching.py.",
    ),
)
