"""Reading a page as a browser would, to see what it would load or run."""

from __future__ import annotations

from html.parser import HTMLParser


class Page(HTMLParser):
    """What stands on a page: its elements and attributes, and its text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str]] = []
        """Element, attribute, value."""
        self.text = ""
        self._hidden = 0
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take in an element."""
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self._hidden += tag == "style"

    def handle_endtag(self, tag: str) -> None:
        """Take in its end."""
        self._hidden -= tag == "style"

    def handle_data(self, data: str) -> None:
        """Take in text."""
        self.text += "" if self._hidden else data

    @property
    def reaches_out(self) -> list[tuple[str, str, str]]:
        """Whatever could load, run or lead elsewhere."""
        return [
            (tag, name, value)
            for tag, name, value in self.attributes
            if name.startswith("on")
            or name in ("src", "srcset", "action", "style", "data", "xlink:href", "formaction", "background")
            or (name == "href" and not value.startswith("#"))
            or ("url(" in value and "url(#" not in value)
        ]
