"""Figures as pictures within the page: drawn without a browser, taken apart, and put together from what is harmless.

Colours of ink become those of the page, so that a figure is right in light, in dark and on paper.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from colloquia.analysis.figures.figure import HOLLOW
from colloquia.analysis.report.markup import Html, element

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from colloquia.analysis.figures.figure import Figure

_TAGS = frozenset(
    {"svg", "g", "path", "rect", "line", "circle", "text", "tspan", "defs", "clipPath", "linearGradient"}
) | {"stop"}
_ATTRIBUTES = frozenset(
    {
        "width", "height", "viewBox", "transform", "d", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "dx", "dy",
        "fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-linecap",
        "stroke-linejoin", "stroke-miterlimit", "opacity", "font-size", "font-weight", "font-style", "text-anchor",
        "id", "clip-path", "offset", "stop-color", "stop-opacity", "gradientUnits",
    }
)  # fmt: skip
_INK = {
    "#000": "currentColor", "black": "currentColor", "#000000": "currentColor", "#888": "var(--faint)",
    "#ddd": "var(--line)", "#4c78a8": "var(--accent)", "#222222": "#222222", HOLLOW: "var(--paper)",
}  # fmt: skip
_CONFIG: dict[str, Any] = {
    "font": "Helvetica, Arial, sans-serif",
    "axis": {
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelLimit": 260,
        "labelSeparation": 5,
    },
    "legend": {"labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal", "labelLimit": 260},
    "view": {"stroke": None},
}
"""Sizes that can be read beside the text; the page sets the typeface."""
_REFERENCES = ("fill", "stroke", "clip-path")


def picture(figure: Figure, number: int) -> Html:
    """Return a figure with its number, title, badge and caption; its text stands in for it where it cannot be seen."""
    import vl_convert

    svg = vl_convert.vegalite_to_svg(_untitled(figure.specification), config=_CONFIG)
    drawn = ET.fromstring(svg)  # noqa: S314 (our own drawing, made a moment ago)
    said = element(
        "figcaption",
        element("span", f"Figure {number}. ", class_="label"),
        element("b", figure.title, ". "),
        figure.caption,
    )
    holder = element("div", _inline(drawn, f"f{number}-", figure.alt_text), class_="drawing")
    return element("figure", holder, said, id=f"figure-{number}")


def _inline(root: ET.Element, prefix: str, alt_text: str) -> Html:
    drawn = "".join(_parts(root, prefix))
    opening, rest = drawn.split(">", 1)
    return Html(f'{opening} role="img"><title>{escape(alt_text)}</title>{rest}')


def _parts(node: ET.Element, prefix: str) -> Iterator[str]:
    """Yield an element of a drawing as markup; what is not known to be harmless is left out."""
    name = node.tag.rpartition("}")[2]
    if name not in _TAGS or _is_backdrop(node, name) or (name == "path" and not node.get("d")):
        return
    attributes = "".join(f' {key}="{escape(value, quote=True)}"' for key, value in _kept(node.items(), prefix))
    yield f"<{name}{attributes}>"
    yield escape(node.text or "")
    for child in node:
        yield from _parts(child, prefix)
        yield escape(child.tail or "")
    yield f"</{name}>"


def _is_backdrop(node: ET.Element, name: str) -> bool:
    """Tell whether it is the white sheet under the drawing, or a frame that nobody sees."""
    return (name == "rect" and node.get("fill") == "white" and node.get("x") is None) or node.get("display") == "none"


def _kept(attributes: Iterable[tuple[str, str]], prefix: str) -> Iterator[tuple[str, str]]:
    for key, value in attributes:
        if key not in _ATTRIBUTES:
            continue
        if key == "id":
            yield key, prefix + value
        elif "url(" in value:
            if key in _REFERENCES and value.startswith("url(#"):
                yield key, value.replace("url(#", f"url(#{prefix}")
        else:
            yield key, _INK.get(value, value) if key in ("fill", "stroke") else value


def _untitled(part: Any) -> Any:  # noqa: ANN401 (a specification is any JSON)
    """Return a specification without titles over its charts: the page says them below."""
    if isinstance(part, list):
        return [_untitled(each) for each in part]
    if not isinstance(part, dict):
        return part
    is_over = {"mark", "layer", "vconcat", "hconcat"} & part.keys()
    return {key: _untitled(each) for key, each in part.items() if not (is_over and key == "title")}
