"""Pages that read, each alone: without the strip, the navigation and what else stands on every page."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

BEACON = "![x](http://evil.example/a?b=c) <img src=http://evil.example/d> $x$ :material/home:"
PAGES = ("analyze", "transcripts", "export")


def alone(page: str, **places: str) -> AppTest:
    """Return a page as it is shown at a URL with these places."""
    app = AppTest.from_string(f"from colloquia.gui.pages.{page} import page\n\npage()\n", default_timeout=30)
    for name, place in places.items():
        app.query_params[name] = place
    return app.run()
