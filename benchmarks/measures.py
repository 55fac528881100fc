# ruff: noqa: INP001 - a folder of commands is no package
"""What measuring costs: CPU seconds of each offline measure on 10,000 turns of 100 words.

    python benchmarks/measures.py [--turns N] [--words N]

Conversations of 20 turns in cells of 20, of words drawn by a seed with the frequencies of Zipf's law, so that every
conversation is another; the embedding is ``wordllama`` where it is installed, else TF-IDF. Judges, probes and games
have no turns here: their measures are timed on what they are handed without them.
"""

from __future__ import annotations

import argparse
import random
import sys
from dataclasses import replace
from time import process_time

from colloquia.analysis.measuring import lexicons
from colloquia.analysis.measuring.embedding import embedding_for
from colloquia.analysis.measuring.registry import built_in
from colloquia.analysis.measuring.transcript import Said, Seat, Transcript

ROLES = ("landlord", "tenant")
TURNS_EACH = 20
CELL = 20
PROMPT = "You are the {} of an old house in the city. Talk about the rent, and do not agree too soon."
CONTENT = (
    "house rent month price fair old new garden street city roof window heating repair money year time friend work "
    "love hate good bad happy sad terrible wonderful great problem trouble agree refuse offer contract letter lawyer "
    "kitchen water cold warm winter summer neighbour child dog music noise night morning pay keep leave stay raise "
    "lower promise hope fear trust idea reason answer question market share bank number word story letter hand"
)
BUDGET_SECONDS = 60.0


def vocabulary(chance: random.Random) -> list[str]:
    """Return words by falling frequency: function words and content words mixed, then a long tail."""
    common = sorted({word for listed in lexicons.FUNCTION_WORDS.values() for word in listed} | set(CONTENT.split()))
    chance.shuffle(common)
    syllables = ("ka", "lo", "mi", "ren", "tus", "vel", "bor", "ish", "dan", "ter", "qui", "sol")
    return common + ["".join(chance.choices(syllables, k=3)) for _ in range(4000)]


def turn(chance: random.Random, words: list[str], weights: list[float], length: int) -> str:
    """Return a turn of so many words in sentences."""
    said = chance.choices(words, cum_weights=weights, k=length)
    ends = "..?..!.."
    sentences = [" ".join(said[start : start + 12]) for start in range(0, length, 12)]
    return " ".join(f"{sentence.capitalize()}{chance.choice(ends)}" for sentence in sentences)


def transcripts(turns: int, length: int) -> list[Transcript]:
    """Return the conversations, each with the others of its cell."""
    chance = random.Random(1)  # noqa: S311 (texts of a benchmark)
    words = vocabulary(chance)
    weights = [0.0]
    for rank in range(1, len(words) + 1):
        weights.append(weights[-1] + 1 / rank)
    seats = tuple(Seat(role=role, prompt=PROMPT.format(role)) for role in ROLES)
    alone = [
        Transcript(
            seats=seats,
            turns=tuple(
                Said(
                    turn_id=number,
                    seat=ROLES[(number - 1) % 2],
                    text=turn(chance, words, weights[1:], length),
                    latency_ms=1000.0,
                    output_tokens=130,
                )
                for number in range(1, TURNS_EACH + 1)
            ),
            planned_turns=TURNS_EACH,
            ended_by="length",
        )
        for _ in range(turns // TURNS_EACH)
    ]
    made = []
    for place, transcript in enumerate(alone):
        start = place - place % CELL
        earlier = tuple(other.texts for other in alone[start:place])
        later = tuple(other.texts for other in alone[place + 1 : start + CELL])
        made.append(replace(transcript, earlier=earlier, later=later))
    return made


def main() -> int:
    """Print the seconds of each measure and of all; 1 where they are over what is promised."""
    parser = argparse.ArgumentParser(description="CPU seconds of each measure.")
    parser.add_argument("--turns", type=int, default=10_000)
    parser.add_argument("--words", type=int, default=100)
    options = parser.parse_args()
    talks = transcripts(options.turns, options.words)
    begun = process_time()
    embedding = embedding_for(turn.text or "" for talk in talks for turn in talk.turns)
    talks = [replace(talk, embedding=embedding) for talk in talks]
    lines = [("embedding", process_time() - begun, 0, 0)]
    for name, measure in built_in().items():
        begun = process_time()
        values = [value for talk in talks if measure.key(talk) for value in measure.values(talk)]
        missing = sum(value.reason is not None for value in values)
        lines.append((name, process_time() - begun, len(values), missing))
    total = sum(seconds for _, seconds, _, _ in lines)
    sys.stdout.write(f"{options.turns:,} turns of {options.words} words; {embedding.identity}\n")
    for name, seconds, number, missing in lines:
        sys.stdout.write(f"{name:20} {seconds:7.2f} s  {number:8,} values, {missing:7,} without a number\n")
    sys.stdout.write(f"{'all':20} {total:7.2f} s of CPU\n")
    return int(total > BUDGET_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
