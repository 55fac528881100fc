"""Foreign text never becomes markup: which calls the pages may make, read from their source."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest
from doors import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOURCES = sorted((ROOT / "colloquia/gui").rglob("*.py"))
MARKUP = frozenset(
    (
        "markdown",
        "caption",
        "write",
        "title",
        "header",
        "subheader",
        "error",
        "warning",
        "info",
        "success",
        "toast",
        "html",
        "latex",
        "badge",
        "button",
        "link_button",
        "download_button",
        "popover",
        "expander",
        "tabs",
        "toggle",
        "checkbox",
        "radio",
        "pills",
        "segmented_control",
        "status",
        "spinner",
        "page_link",
        "metric",
        "divider",
        "exception",
    )
)
"""Calls whose first argument is read as markdown or HTML."""
REVIEWED: dict[str, dict[str, str]] = {
    "app.py": {"LOOKS": "a style sheet of ours"},
    "forking.py": {"f'Planned: {times:d} {kinds}.'": "a number and our own words"},
    "choosing.py": {"label": "what is chosen, a constant of each caller"},
    "configuring/consequences.py": {
        "f'Nothing is missing in this run folder: {rest}'": "one of two sentences of this file"
    },
    "hearing.py": {
        "f'Spent in this folder so far: {words.money(spent)}{of}.'": "an amount, and one of two clauses of this file"
    },
    "controls.py": {"label": "a constant of the callers in this file"},
    "happenings.py": {"title": "a constant of this file"},
    "labelling.py": {
        "word": "letters, digits and five signs: checked_words in logbook/labels.py, when written and when read",
        "f'{found.unreadable} lines of {folder.labels} are damaged and left out.'": "a number and a file name of ours",
    },
    "configuring/matrix.py": {"label": "constants of this file"},
    "configuring/models.py": {"message": "constants of this file"},
    "navigation.py": {"page": "a page of ours"},
    "pages/export.py": {"_CALLED[format_]": "a constant of this file"},
    "pages/transcripts.py": {"label": "a constant of this file"},
    "pages/run.py": {"label": "a constant of this file", "source.upper()": "a constant of the viewer"},
    "reading.py": {
        "f'This conversation has no turn {turn_id}.'": "a number",
        "message.role": "system, user or assistant",
    },
    "filtering.py": {"title": "a page's own name"},
    "overview.py": {
        "f'The selected conversations ran as planned.{rest}'": "a number in our own words",
        "'\\n'.join(['Before any result:', *said])": "what and why of analysis/health, and counts",
    },
    "showing.py": {
        "figure.caption": "sentences and counts of analysis/figures, no names",
        "format_.upper()": "a constant",
    },
    "telling.py": {"plate": "a figure or a table"},
    "strip.py": {"source.upper()": "a constant of the viewer"},
}
"""Arguments that are no literals and can hold only our own words all the same, each with the reason."""
OURS = ("plain.as_label(", "words.", "now.word", "amounts.count(", "amounts.duration(")
"""How calls begin that return our own words; ``amounts.money`` is none of them, since its dollar signs pair up."""
NEVER = ("unsafe_allow_html", "components.v1", "iframe")


def calls(path: Path) -> Iterator[ast.Call]:
    """Yield the calls in a file that would read their first argument as markup."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MARKUP:
            owner = node.func.value
            is_ours = isinstance(owner, ast.Name) and owner.id in ("plain", "words", "strip", "controls")
            if not is_ours:
                yield node


def is_our_own(node: ast.expr) -> bool:
    """Tell whether an argument can only hold our own words: literals, numbers with a format, names made safe."""
    if isinstance(node, ast.JoinedStr):
        return all(isinstance(part, ast.Constant) or _is_harmless(part) for part in node.values)
    if isinstance(node, ast.IfExp):
        return is_our_own(node.body) and is_our_own(node.orelse)
    return isinstance(node, ast.Constant) or ast.unparse(node).startswith(OURS)


def _is_harmless(part: ast.expr) -> bool:
    """Tell whether a hole of an f-string is a number by its format, or words of our own."""
    if not isinstance(part, ast.FormattedValue):
        return False
    return part.format_spec is not None or is_our_own(part.value)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT / "colloquia/gui")))
def test_no_foreign_text_is_read_as_markup(path: Path) -> None:
    """An image in it would have the browser fetch an address of its writer's choice."""
    reviewed = REVIEWED.get(str(path.relative_to(ROOT / "colloquia/gui")), {})
    guilty = [
        f"{path.name}:{call.lineno}: {call.func.attr}({ast.unparse(call.args[0])}"
        for call in calls(path)
        if call.args and not is_our_own(call.args[0]) and ast.unparse(call.args[0]) not in reviewed
    ]

    assert guilty == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT / "colloquia/gui")))
def test_no_door_for_html_is_open(path: Path) -> None:
    """Not even for our own."""
    text = path.read_text(encoding="utf-8")

    assert [word for word in NEVER if word in text] == []


@pytest.mark.parametrize("path", sorted((ROOT / "colloquia/gui").rglob("*.js")), ids=lambda path: path.name)
def test_components_only_assign_text(path: Path) -> None:
    """Whatever is handed to them."""
    text = path.read_text(encoding="utf-8")

    assert "textContent" in text
    assert [
        word for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "eval(", "document.write") if word in text
    ] == []


def test_the_door_catches_everything_and_nothing_else_does() -> None:
    """One place shows what went wrong; elsewhere a failure is not hidden."""
    catching = [path.name for path in SOURCES if "except Exception" in path.read_text(encoding="utf-8")]

    assert catching == ["guard.py"]
