"""The servers of a study: name = where it is, and what it charges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colloquia.design.words import check_names

if TYPE_CHECKING:
    from colloquia.places import Place


def check_providers(value: object, place: Place) -> None:
    """Make sure that a study's ``providers`` is a table of name = { base_url, price }.

    Raises:
        DesignError: it is not.
    """
    if not isinstance(value, dict):
        raise place.error("expected a table of name = { base_url, price }.")
    check_names(value, place, what="provider")
    for name, entry in value.items():
        here = place.at(name)
        settings = here.mapping(entry, of="base_url, price")
        for word in settings:
            here.known(word, ("base_url", "price"), what="setting of a provider")
        if "base_url" not in settings:
            raise here.error('needs a base_url, such as "http://127.0.0.1:8080/v1".')
        here.at("base_url").text(settings["base_url"])
        _check_price(settings.get("price", 0), here.at("price"))


def _check_price(price: object, place: Place) -> None:
    parts = price if isinstance(price, dict) else {"prompt": price, "completion": price}
    if set(parts) != {"prompt", "completion"}:
        raise place.error("expected { prompt, completion } in dollars per million tokens, or 0.")
    for word, dollars in parts.items():
        place.at(word).dollars(dollars, what="dollars per million tokens")
    if not isinstance(price, dict) and price != 0:
        raise place.error("expected { prompt, completion } in dollars per million tokens, or 0.")
