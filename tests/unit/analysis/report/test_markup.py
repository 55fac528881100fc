"""Markup: foreign text is text, and nothing on the page can load, run or lead elsewhere."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hostile import HOSTILE

from colloquia.analysis.report.markup import element, listed, paragraph, text


class _Read(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.said.append(data)


@pytest.mark.parametrize("foreign", HOSTILE)
def test_foreign_text_is_read_back_as_text(foreign: str) -> None:
    """As a child and as an attribute: no element comes of it, and what is shown is what was said."""
    page = _Read()
    page.feed(str(element("p", foreign, title=foreign)))

    assert page.tags == ["p"]
    assert "".join(page.said) == HOSTILE[foreign]


@pytest.mark.parametrize(
    ("name", "attributes"),
    [
        ("script", {}), ("iframe", {}), ("img", {}), ("a b", {}), ("p", {"onclick": "x"}), ("p", {"src": "x"}),
        ("a", {"href": "https://example.org"}), ("a", {"href": "javascript:x"}), ("p", {"style": "x"}),
    ],
)  # fmt: skip
def test_what_could_load_run_or_lead_elsewhere_cannot_be_made(name: str, attributes: dict[str, str]) -> None:
    """Neither such elements nor such attributes; links lead to places on the page."""
    with pytest.raises(ValueError, match="report has no"):
        element(name, **attributes)


def test_markup_within_markup_is_kept_and_text_within_it_escaped() -> None:
    """None is left out; words that Python has taken have an underscore."""
    made = paragraph("a < b ", element("b", "bold & more"), None, class_="soft")

    assert made == '<p class="soft">a &lt; b <b>bold &amp; more</b></p>'
    assert listed(["<i>"]) == "<ul><li>&lt;i&gt;</li></ul>"
    assert element("br") == "<br>"


def test_invisible_characters_are_shown() -> None:
    """Escape sequences of terminals, changes of direction, nulls; line ends and tabs stay."""
    assert text("\x1b[31m\u202eabc\x00\n\t") == "\\u001b[31m\\u202eabc\\u0000\n\t"
