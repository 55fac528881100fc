"""What the draft would come to: counts, tokens, dollars, time and warnings, while it is edited."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from colloquia.design.forecast import LIKELY_REPLY_TOKENS
from colloquia.design.forking import unforked
from colloquia.gui import plain, words
from colloquia.gui.configuring import starting, tryout
from colloquia.gui.configuring.file import excerpt
from colloquia.lab.drafting.outlook import command
from colloquia.lab.planning import amounts
from colloquia.lab.planning.reckoning import by_model
from colloquia.lab.planning.timing import USUAL_AT_ONCE, USUAL_SECONDS

if TYPE_CHECKING:
    from colloquia.gui.configuring.desk import Desk
    from colloquia.lab.drafting.outlook import Outlook

_AT_ONCE, _FOR_REPLY = "outlook-at-once", "outlook-seconds"


def show(desk: Desk) -> None:
    """Show the panel."""
    st.markdown("#### Consequences")
    sight = desk.sight()
    if sight.trouble:
        excerpt(desk.draft.text, sight.trouble)
    if sight.outlook:
        _counts(sight.outlook)
        _bill(sight.outlook)
        _time(sight.outlook)
        _difference(sight.outlook)
        _warnings(sight.outlook)
    starting.show(desk, sight)
    tryout.show(sight)
    with st.popover("Copy command", icon=":material/terminal:"):
        st.caption("The same run from a terminal, in the folder in which these pages were started:")
        st.code(command(desk.folder), language="bash", wrap_lines=True)
    st.download_button(
        "Save a copy",
        data=desk.draft.text.encode(),
        file_name="study.toml",
        mime="application/toml",
        on_click="ignore",
        icon=":material/download:",
        help="The draft itself is saved in its run folder with every change.",
    )


def _counts(outlook: Outlook) -> None:
    held = [cell for cell in outlook.cells if cell.conversations]
    rows, columns = len({cell.row for cell in held}), len({cell.column for cell in held})
    conversations = sum(cell.conversations for cell in held)
    turns = sum(trial.num_turns for trial in unforked(outlook.bench.trials))
    with st.container(horizontal=True):
        st.metric("Conversations", f"{conversations:,}", width="content")
        st.metric("Turns, at most", f"{turns:,}", width="content")
    numbers = {cell.conversations for cell in held}
    if len(held) == rows * columns and len(numbers) == 1:
        each = numbers.pop()
        st.caption(
            f"{amounts.count(rows, 'row')} (scenarios at their levels), {amounts.count(columns, 'seating')}, "
            f"{amounts.count(each, 'conversation')} in each cell"
        )
    else:
        st.caption(f"{amounts.count(len(held), 'cell')}; not every scenario with every seating, or not equally often")


def _bill(outlook: Outlook) -> None:
    missing = outlook.missing
    if not missing.conversations:
        rest = "there is nothing to run." if outlook.plan.is_complete else "a run keeps the study as it now is."
        st.caption(f"Nothing is missing in this run folder: {rest}")
        return
    if missing.answers:
        st.caption(f"besides, {amounts.count(missing.answers, 'answer')} to probes")
    with st.container(horizontal=True):
        st.metric("Tokens in, likely", f"{missing.input_tokens:,}", width="content")
        st.metric("Tokens out, likely", f"{missing.output_tokens:,}", width="content")
        st.metric("Cost, likely", words.money(missing.cost_usd), width="content")
    if missing.cost_usd is None:
        st.caption("The price of a model is unknown, so the cost is too.")
        plain.text(", ".join(_unpriced(outlook)))
    elif missing.cost_usd or missing.most_usd:
        st.caption(
            f"{words.money(missing.least_usd)} to {words.money(missing.most_usd)}, estimated. Low: replies half as "
            "long as likely; high: every reply as long as it may be."
        )
    if outlook.is_measured:
        st.caption("Likely: replies as long as in this folder so far. Each turn sends all that was said before it.")
    else:
        st.caption(
            f"Likely: replies of {LIKELY_REPLY_TOKENS:d} tokens, or as long as may be. Each turn sends all that was "
            "said before it."
        )


def _unpriced(outlook: Outlook) -> list[str]:
    slugs = dict.fromkeys(entry.slug for entry in outlook.bench.experiment.entries.values())
    return [slug for slug in slugs if slug not in outlook.bench.prices]


def _time(outlook: Outlook) -> None:
    if not outlook.missing.turns:
        return
    at_once = st.session_state.get(_AT_ONCE, USUAL_AT_ONCE)
    for_reply = st.session_state.get(_FOR_REPLY, USUAL_SECONDS)
    seconds = outlook.seconds(at_once=at_once, for_reply=for_reply)
    with st.popover(f"About {amounts.duration(seconds)}", icon=":material/schedule:", help="Change what is assumed"):
        st.number_input("Conversations at once", 1, 64, value=USUAL_AT_ONCE, key=_AT_ONCE)
        st.number_input("Seconds for a reply", 0.1, 600.0, value=USUAL_SECONDS, step=0.5, key=_FOR_REPLY)
    st.caption(f"if {at_once:d} conversations go on at once and a reply takes {for_reply:g} s: both are assumptions")


def _difference(outlook: Outlook) -> None:
    """Say what a run would do beside what the folder has."""
    found = outlook.plan.difference
    if not (found.longer.conversations or found.unchanged.conversations or found.dropped.conversations):
        return
    st.caption(
        f"Beside what this run folder has: {found.new.conversations:,} new, {found.longer.conversations:,} go on, "
        f"{found.unchanged.conversations:,} unchanged, {found.dropped.conversations:,} no longer planned; "
        f"{words.money(outlook.plan.spent_usd)} spent so far."
    )


def _warnings(outlook: Outlook) -> None:
    if outlook.objections:
        plain.message("error", "A run would not start.", "\n\n".join(outlook.objections))
    for found in by_model(outlook.plan.overflows):
        plain.message(
            "warning",
            f"{amounts.count(found.conversations, 'conversation')} likely exceed what a model holds "
            f"({found.holds:,} tokens), from turn {found.turn:d} on.",
            found.model,
        )
    if outlook.plan.advice:
        with st.expander(f"Notes ({len(outlook.plan.advice):d})", icon=":material/info:", expanded=True):
            for sentence in outlook.plan.advice:
                plain.text(sentence)
