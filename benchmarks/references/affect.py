# ruff: noqa: INP001, T201 - a snippet that prints
"""VADER's compound of the sentences of its own documentation (Hutto and Gilbert 2014) that the fixture uses.

Made with vaderSentiment 3.3.2 on Python 3.11. The same numbers stand in its README. Printed::

    VADER is smart, handsome, and funny. 0.8316
    VADER is smart, handsome, and funny! 0.8439
    Today SUX! -0.5461
    At most. 0.0000
"""

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

SAID = ("VADER is smart, handsome, and funny.", "VADER is smart, handsome, and funny!", "Today SUX!", "At most.")
reader = SentimentIntensityAnalyzer()
for text in SAID:
    print(f"{text} {reader.polarity_scores(text)['compound']:.4f}")
