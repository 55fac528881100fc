# ruff: noqa: INP001, T201 - a snippet that prints
"""LSM and rLSM by arithmetic alone, on the counts of the fixture of ``style_matching``.

Ireland and Pennebaker (2010): 1 - abs(a - b) / (a + b + .0001), a and b percentages of words. In the fixture only
articles and personal pronouns occur. Made with Python 3.11. Printed::

    lsm: articles 0.681319, pronouns 0.734695, mean 0.708007
    rlsm of turn 2: articles 0.666667, pronouns 0.666668, mean 0.666668
    rlsm of turn 3: articles 0.000006, pronouns 0.500001, mean 0.250003
"""


def match(a: float, b: float) -> float:
    """Return the match of one class."""
    return 1 - abs(a - b) / (a + b + 0.0001)


A_1 = {"articles": 100 * 20 / 60, "pronouns": 100 * 5 / 60}
A_3 = {"articles": 0.0, "pronouns": 100 * 1 / 2}
A = {"articles": 100 * 20 / 62, "pronouns": 100 * 6 / 62}
B = {"articles": 100 * 10 / 60, "pronouns": 100 * 10 / 60}

for name, one, other in (("lsm", A, B), ("rlsm of turn 2", A_1, B), ("rlsm of turn 3", B, A_3)):
    parts = [match(one[kind], other[kind]) for kind in ("articles", "pronouns")]
    print(f"{name}: articles {parts[0]:.6f}, pronouns {parts[1]:.6f}, mean {sum(parts) / 2:.6f}")
