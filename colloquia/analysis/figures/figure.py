"""A figure: a chart, the table that it shows, a caption; and how it becomes a file.

Charts are Altair: one object for the screen, for SVG, PNG and PDF (without a browser) and for the report. What is
drawn is aggregated before, at most ``MOST_MARKS`` marks.
"""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, TypeVar

import altair as alt

from colloquia.analysis.health import unlive
from colloquia.errors import DesignError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    import pandas as pd

    from colloquia.analysis.tables import Frames

MOST_MARKS = 5_000
FORMATS = ("svg", "png", "pdf", "html", "json", "csv")
PALETTE = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#7f7f7f", "#b8a500")
"""Eight colours that colour-blind readers tell apart (Okabe and Ito 2008, the yellow darkened)."""
GREY = "#8c8c8c"
HOLLOW = "#fffffe"
"""White to anybody who looks; a page that is dark puts its own paper in its place."""
PAGE_WIDTH = 560
"""Points across, in a file, of a chart that fills its place on the screen."""
SCALE = 2.0
"""Points of a PNG for each point of the chart."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A chart with all that a reader needs to believe it."""

    name: str
    title: str
    caption: str
    """What is shown, of how many conversations, and how the intervals were made."""
    chart: alt.Chart | alt.LayerChart | alt.VConcatChart
    table: pd.DataFrame
    """The numbers that are drawn."""
    code: str
    """The call that makes this figure again."""

    @property
    def alt_text(self) -> str:
        """What somebody who cannot see the chart is told."""
        return f"{self.title}. {self.caption}"

    def __repr__(self) -> str:
        """Return what is shown, in words."""
        return f"Figure({self.alt_text})"

    def _repr_html_(self) -> str:
        """Return the figure with its caption as a notebook shows it: a picture that loads nothing."""
        source = "data:image/svg+xml;base64," + b64encode(self.data("svg")).decode()
        told = escape(self.caption)
        return f'<figure><img src="{source}" alt="{escape(self.title)}"><figcaption>{told}</figcaption></figure>'

    @property
    def specification(self) -> dict[str, Any]:
        """The chart as Vega-Lite, as wide as a page."""
        made: dict[str, Any] = _of_fixed_width(self.chart.to_dict())
        return made

    def data(self, format_: str) -> bytes:
        """Return the figure as the bytes of a file.

        Args:
            format_: ``svg``, ``png``, ``pdf``, ``html``, ``json`` (Vega-Lite) or ``csv`` (the table).

        Raises:
            DesignError: there is no such format.
        """
        import vl_convert as vl

        if format_ not in FORMATS:
            raise DesignError(f"A figure cannot be written as {format_!r}; it can as {', '.join(FORMATS)}.")
        if format_ == "csv":
            return self.table.to_csv(index=False).encode()
        specification = self.specification
        converted: dict[str, Any] = {
            "svg": lambda: vl.vegalite_to_svg(specification),
            "png": lambda: vl.vegalite_to_png(specification, scale=SCALE),
            "pdf": lambda: vl.vegalite_to_pdf(specification),
            "html": lambda: vl.vegalite_to_html(specification, bundle=True),
            "json": lambda: json.dumps(specification, indent=1, ensure_ascii=False),
        }
        made: str | bytes = converted[format_]()
        return made if isinstance(made, bytes) else made.encode()

    def save(self, path: Path) -> Path:
        """Write the figure to a file whose ending says the format, and return its path.

        Raises:
            DesignError: there is no such format.
        """
        path.write_bytes(self.data(path.suffix.removeprefix(".").lower()))
        return path


def _of_fixed_width(part: Any) -> Any:  # noqa: ANN401 (a specification is any JSON)
    """Return a specification whose charts are as wide as a page, where on a screen they are as wide as their place."""
    if isinstance(part, list):
        return [_of_fixed_width(each) for each in part]
    if not isinstance(part, dict):
        return part
    return {
        key: PAGE_WIDTH if (key, each) == ("width", "container") else _of_fixed_width(each)
        for key, each in part.items()
    }


def colours(names: Iterable[str]) -> alt.Scale:
    """Return a colour for each name, the same wherever the same names are drawn."""
    known = sorted(set(names))
    return alt.Scale(domain=known, range=[PALETTE[place % len(PALETTE)] for place in range(len(known))])


def sources(frames: Frames) -> str:
    """Return what must be said of turns that no live model said; see :func:`colloquia.analysis.health.unlive`."""
    return unlive(frames)


Answer = TypeVar("Answer")


def asked(frames: Frames, columns: Iterable[str], question: Callable[[], Answer]) -> tuple[Answer | None, str]:
    """Return an answer of the statistics, or None and why these conversations are too few for it.

    Raises:
        DesignError: there is no such column.
    """
    known = [*map(str, frames.conversations.columns), "speaker_model", "speaker_role", "partner_model"]
    for column in columns:
        if column not in known:
            raise DesignError(f"Conversations have no column {column!r}.{nearest(column, known)}")
    try:
        return question(), ""
    except DesignError as error:
        return None, f"Nothing is drawn of {counted(len(frames.conversations), 'conversation')}: {error}"


def caption(frames: Frames, *sentences: str) -> str:
    """Return sentences as a caption, and where the turns come from if that must be said."""
    said = sources(frames)
    note = f"{said} turns are among them: no language model of a provider said those." if said else ""
    return " ".join(sentence for sentence in (*sentences, note) if sentence)


def titled(frames: Frames, title: str) -> alt.TitleParams:
    """Return a chart's title, with a second line where turns are scripted, simulated or embedded."""
    return alt.TitleParams(text=title, subtitle=sources(frames), anchor="start")


def counted(number: int, what: str) -> str:
    """Return a number of things in words: ``1 conversation``, ``1,200 conversations``."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
