"""Who sits with whom: from the names of the models to seatings, one model for each seat."""

from __future__ import annotations

from itertools import combinations, permutations, product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colloquia.places import Place

Seating = tuple[str, ...]
"""Friendly names in seat order."""

DYAD = 2


def seatings(pairing: object, names: Sequence[str], seats: int, place: Place) -> tuple[Seating, ...]:
    """Return every seating that ``pairing`` asks for.

    Args:
        pairing: ``all`` ordered pairs and self, ``distinct`` ordered pairs, ``unordered`` (each two once), ``self``,
            or a list of seatings.
        names: Friendly names of the models.
        seats: How many seats there are.
        place: Where the pairing stands in the study.

    Raises:
        DesignError: the pairing is unknown, empty, or does not fit the seats.
    """
    if isinstance(pairing, list):
        return _listed(pairing, names, seats, place)
    word = place.known(place.text(pairing), ("all", "distinct", "unordered", "self"), what="pairing")
    if seats != DYAD and word != "self":
        raise place.error(f"with {seats} seats write 'self' or a list of seatings; {word!r} speaks of pairs.")
    found: dict[str, list[Seating]] = {
        "all": list(product(names, repeat=DYAD)),
        "distinct": list(permutations(names, DYAD)),
        "unordered": list(combinations(names, DYAD)),
        "self": [(name,) * seats for name in names],
    }
    if not found[word]:
        raise place.error(f"{word!r} leaves nothing to run with one model; add a model or write 'self'.")
    return tuple(found[word])


def _listed(pairing: list[object], names: Sequence[str], seats: int, place: Place) -> tuple[Seating, ...]:
    if not pairing:
        raise place.error("is empty; it needs at least one seating.")
    found: list[Seating] = []
    for number, entry in enumerate(pairing):
        seating = _seating(entry, names, seats, place.at(number))
        if seating in found:
            raise place.at(number).error(
                "this seating stands there already; for more conversations of it raise `iterations`."
            )
        found.append(seating)
    return tuple(found)


def _seating(entry: object, names: Sequence[str], seats: int, place: Place) -> Seating:
    if not isinstance(entry, list) or len(entry) != seats:
        raise place.error(f"expected a list of {seats} models, one for each seat.")
    return tuple(place.known(place.text(name), names, what="model of this study") for name in entry)
