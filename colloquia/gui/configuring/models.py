"""Models: those of the study, and a table to pick more from: the price list as it was last kept, local and scripted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from colloquia.design.models import prefix
from colloquia.design.offline import EMBEDDED
from colloquia.errors import ColloquiaError
from colloquia.extras import install_weights
from colloquia.gui.configuring import grids
from colloquia.gui.configuring.desk import write
from colloquia.lab.drafting.draft_tables import model_rows, models_of, more_fields, with_models
from colloquia.lab.planning import amounts
from colloquia.lab.running.loops import finished
from colloquia.providers import embedded
from colloquia.providers.cards import card_of
from colloquia.providers.pricelist import price_list, prices

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colloquia.design.forecast import Price
    from colloquia.gui.configuring.desk import Desk
    from colloquia.lab.drafting.drafting import Draft
    from colloquia.logbook.folder import RunFolder
    from colloquia.providers.cards import ModelCard
    from colloquia.providers.pricelist import PriceList
    from colloquia.settings import Settings

MOST_LISTED = 2_000
_PICKED, _OWN, _FETCHED = "models-picked-so-far", "model-own-id", "price-list-fetched"
UNKNOWN = "unknown"

GRID = grids.Grid(
    name="models",
    path=("models",),
    columns=("name", "id", "temperature", "max_tokens"),
    alt="Models of the study with price and context",
    config={
        "name": st.column_config.TextColumn(width="small", required=True, help="How tables call it."),
        "id": st.column_config.TextColumn("model id", width="medium", required=True),
        "temperature": st.column_config.NumberColumn(width=100, help="Empty: as the study says for all."),
        "max_tokens": st.column_config.NumberColumn("max tokens", width=100, format="%d", help="Of one reply."),
        "more": st.column_config.TextColumn("further fields", help="Edited in the file."),
    },
    rows_of=model_rows,
    value_of=models_of,
)

LOCAL = (
    (EMBEDDED["slug"], "a very small model on this machine; no key"),
    ("scripted:random", "seeded random sentences; no model at all"),
    ("scripted:echo", "says again what it heard; no model at all"),
    ("scripted:always I see.", "always the same line; no model at all"),
)
"""What can be asked without a list, a key or a network."""


def show(desk: Desk) -> None:
    """Show the panel."""
    listed = desk.listed
    grids.show(desk, GRID, beside=_beside(desk, listed))
    st.markdown("##### Add models")
    _picker(desk, listed)
    _own(desk)


def _beside(desk: Desk, listed: PriceList) -> dict[str, list[str]]:
    """Return price, context and further fields of each model of the study."""
    models = desk.words.get("models")
    entries = models if isinstance(models, dict) else {}
    slugs = [row["id"] for row in model_rows(desk.words)]
    known = prices(slugs, _providers(desk), listed)
    cards = [card_of(slug, listed.cards) for slug in slugs]
    return {
        "$/M in": [_dollars(known.get(slug), "prompt") for slug in slugs],
        "$/M out": [_dollars(known.get(slug), "completion") for slug in slugs],
        "context": [_context(card, slug) for card, slug in zip(cards, slugs, strict=True)],
        "more": [more_fields(entry) for entry in entries.values()],
    }


def _providers(desk: Desk) -> dict[str, Any]:
    """Return the declared servers that make sense; the others are reported as trouble of the study."""
    found = desk.words.get("providers")
    entries = found.items() if isinstance(found, dict) else ()
    return {name: entry for name, entry in entries if isinstance(entry, dict) and _is_price(entry.get("price"))}


def _is_price(price: object) -> bool:
    numbers = [price.get("prompt"), price.get("completion")] if isinstance(price, dict) else [price]
    return price is None or all(isinstance(number, int | float) for number in numbers)


def _dollars(price: Price | None, which: str) -> str:
    return UNKNOWN if price is None else f"{getattr(price, which) * 1e6:,.4g}"


def _context(card: ModelCard | None, slug: str) -> str:
    if card and card.context_length:
        return f"{card.context_length:,}"
    return "none" if prefix(slug) == "scripted" else UNKNOWN


def _picker(desk: Desk, listed: PriceList) -> None:
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    wanted = left.text_input("Search", key="model-search", placeholder="part of a name, such as mini or llama").split()
    with right:
        st.button("Fetch price list", icon=":material/sync:", on_click=_fetch, args=(desk.settings,), help=_FETCH_HINT)
    if message := st.session_state.pop(_FETCHED, None):
        st.info(message)
    found = _offered(listed, [word.lower() for word in wanted])
    st.dataframe(
        pd.DataFrame(found, columns=["model id", "$/M in", "$/M out", "context", "listed", "what"]),
        hide_index=True,
        height=280,
        on_select="rerun",
        selection_mode="multi-row",
        key=_picker_key(),
        placeholder=UNKNOWN,
        alt="Models that can be added",
        column_config={
            "model id": st.column_config.Column(width="medium"),
            "$/M in": st.column_config.NumberColumn(help="Dollars per million tokens sent", format="%.4g"),
            "$/M out": st.column_config.NumberColumn(help="Dollars per million tokens written", format="%.4g"),
            "context": st.column_config.NumberColumn(help="Tokens that it holds", format="localized"),
            "listed": st.column_config.DateColumn(help="When it came into the list"),
        },
    )
    _age(listed, len(found))
    st.button(
        "Add selected", icon=":material/add:", on_click=_add_selected, args=(desk.folder, [row[0] for row in found])
    )


_FETCH_HINT = "Asks openrouter.ai for its public list of models; no key and no text of yours is sent."


def _offered(listed: PriceList, wanted: Sequence[str]) -> list[tuple[Any, ...]]:
    local: list[tuple[Any, ...]] = [
        (slug, 0.0, 0.0, None, None, what if slug != EMBEDDED["slug"] or embedded.is_installed() else _MISSING)
        for slug, what in LOCAL
    ]
    cards = sorted(listed.cards.values(), key=lambda card: card.slug)
    rows = [*local, *(_row(card) for card in cards)]
    return [row for row in rows if all(word in f"{row[0]} {row[-1]}".lower() for word in wanted)][:MOST_LISTED]


_MISSING = f"not installed: {install_weights()}"


def _row(card: ModelCard) -> tuple[Any, ...]:
    since = datetime.fromtimestamp(card.created, UTC).date() if card.created else None
    return (
        card.slug,
        _million(card.prompt_price),
        _million(card.completion_price),
        card.context_length,
        since,
        card.name,
    )


def _million(price: float | None) -> float | None:
    return None if price is None else price * 1e6


def _age(listed: PriceList, shown: int) -> None:
    if not listed.cards:
        st.caption("No price list is kept here yet: only what needs no list is shown. Any id can be written below.")
        return
    days, hours = divmod(round(listed.age_seconds / 3600), 24)
    st.caption(
        f"{amounts.count(shown, 'model')} shown. Prices as kept on this machine {days:d} days and {hours:d} hours ago: "
        "they are used without a network."
    )


def _own(desk: Desk) -> None:
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    left.text_input(
        "Another model id",
        key=_OWN,
        placeholder="author/model, ollama:NAME, embedded:/path/to/model.gguf, scripted:always Hello.",
        help="Any id is accepted here; whether it is served is looked up when a run starts.",
    )
    right.button("Add id", icon=":material/add:", on_click=_add_own, args=(desk.folder,))


def _fetch(settings: Settings) -> None:
    try:
        found = finished(price_list(base_url=None, cache=settings.cache))
    except ColloquiaError:
        found = None
    is_new = found is not None and bool(found.cards)
    st.session_state[_FETCHED] = (
        "The price list is here." if is_new else "The list could not be had: is this machine online? Any id works."
    )


def _add_selected(folder: RunFolder, shown: Sequence[str]) -> None:
    chosen = [shown[row] for row in st.session_state[_picker_key()]["selection"]["rows"] if row < len(shown)]
    _add(folder, chosen)
    st.session_state[_PICKED] = st.session_state.get(_PICKED, 0) + 1  # a new table, with nothing selected


def _picker_key() -> str:
    return f"model-picker-{st.session_state.get(_PICKED, 0)}"


def _add_own(folder: RunFolder) -> None:
    if slug := st.session_state[_OWN].strip():
        _add(folder, [slug])
        st.session_state[_OWN] = ""


def _add(folder: RunFolder, slugs: Sequence[str]) -> None:
    def change(draft: Draft) -> Draft:
        return draft.with_word(("models",), with_models(draft.words, slugs))

    write(folder, change)
