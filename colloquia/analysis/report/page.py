"""The page around the sections: its style, its title, and the policy that lets it load and run nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from colloquia.analysis.report.markup import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colloquia.analysis.report.markup import Html

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
STYLE = (Path(__file__).parent / "style.css").read_text(encoding="utf-8")


def page(title: str, sections: Sequence[Html]) -> str:
    """Return the whole page as a text; it loads nothing and runs nothing, wherever it is opened."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{text(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(sections)
        + "\n</body>\n</html>\n"
    )
