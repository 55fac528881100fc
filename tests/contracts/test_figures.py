"""What every figure promises: a chart of few marks, its numbers, a caption; for any data; as a file of any format."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from frames import believing, frames, round_robin, talk

from colloquia.analysis.figures.calibration import calibration
from colloquia.analysis.figures.comparison import comparison
from colloquia.analysis.figures.contrasts import contrasts
from colloquia.analysis.figures.differences import differences
from colloquia.analysis.figures.distribution import distribution
from colloquia.analysis.figures.endings import endings
from colloquia.analysis.figures.figure import FORMATS, MOST_MARKS, Figure
from colloquia.analysis.figures.following import following
from colloquia.analysis.figures.heatmap import heatmap
from colloquia.analysis.figures.influences import influences
from colloquia.analysis.figures.relation import relation
from colloquia.analysis.figures.shares import shares
from colloquia.analysis.figures.specification import specification
from colloquia.analysis.figures.stances import stances
from colloquia.analysis.figures.trajectory import trajectory
from colloquia.analysis.figures.until import until
from colloquia.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from colloquia.analysis.tables import Frames


def labelled(data: Frames, verdicts: list[Any]) -> pd.DataFrame:
    """Return what people said of verdicts about these conversations, by scenario."""
    names = sorted(map(str, data.conversations["scenario"].dropna().unique()))
    rows = [(name, verdict, 5, 0.2 * place) for name in names for place, verdict in enumerate(verdicts)]
    return pd.DataFrame(rows, columns=["seating", "verdict", "labelled", "people"])


def chosen(data: Frames) -> pd.DataFrame:
    """Return an answer over these scenarios."""
    names = ["as reported", *sorted(map(str, data.conversations["scenario"].dropna().unique()))]
    about = {"answer": 1, "low": -1.0, "high": 2.0, "n": 5, "same_sign": True, "claim": "Words: more"}
    return pd.DataFrame([{**about, "choice": name, "estimate": place / 9} for place, name in enumerate(names)])


FIGURES: dict[str, Callable[[Frames], Figure]] = {
    "calibration of labels": lambda data: calibration(
        data, labelled(data, ["yes", "no"]), judge="success", unit="conversation", is_scale=False
    ),
    "calibration of scores": lambda data: calibration(
        data, labelled(data, [1.0, 2.0, 4.0]), judge="warmth", unit="turn", is_scale=True
    ),
    "comparison": comparison,
    "comparison of models": lambda data: comparison(data, "words", by="speaker_model", split="scenario"),
    "differences": differences,
    "distribution": distribution,
    "distribution of first tries": lambda data: distribution(data, "latency", first_tries_only=True),
    "endings": endings,
    "following": lambda data: following(data, "speaker_role"),
    "contrasts": contrasts,
    "contrasts of models": lambda data: contrasts(data, "words", by="speaker_model", within=["scenario"], bound=2.0),
    "heatmap": heatmap,
    "heatmap of the first seat": lambda data: heatmap(data, "latency", whose="first"),
    "influences": influences,
    "relation": relation,
    "shares": shares,
    "specification": lambda data: specification(data, chosen(data)),
    "stances": lambda data: stances(believing(data), "belief"),
    "trajectory": trajectory,
    "trajectory of models": lambda data: trajectory(data, "words", split="speaker_model"),
    "until": until,
    "until a deal": lambda data: until(data, "ended_by == 'deal'", by="model_1"),
}
HOSTILE = '<img src="http://evil.example/x">]{datum.a:[b]}\u202e$x$'


class Read(HTMLParser):
    """The elements and attributes of a picture."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes.update(name for name, _ in attrs)


every_figure = pytest.mark.parametrize("make", FIGURES.values(), ids=FIGURES.keys())


def marks(specification: Any) -> int:
    """Return how many rows all the data of a chart has."""
    return sum(len(rows) for rows in specification.get("datasets", {}).values())


@every_figure
def test_it_says_what_it_shows(make: Callable[[Frames], Figure]) -> None:
    """A title, a caption with a count, numbers, and the call that makes it again."""
    figure = make(round_robin(("gpt", "claude", "llama", "qwen"), num_turns=20))

    assert figure.title
    assert re.search(r"\d+ (conversation|turn)", figure.caption)
    assert len(figure.table) > 0
    function = figure.code.partition("(")[0]
    assert callable(getattr(import_module(f"colloquia.analysis.figures.{function}"), function))
    assert figure.title in figure.alt_text


@every_figure
@pytest.mark.parametrize(
    "data",
    [frames(), frames(talk(1, ["one"])), frames(talk(1, [None, None])), round_robin(("gpt",), iterations=1)],
    ids=["nothing", "one turn", "no text", "one model"],
)
def test_little_data_is_no_error(make: Callable[[Frames], Figure], data: Frames) -> None:
    """A chart with no marks or few, and a table to match."""
    figure = make(data)

    assert figure.data("svg").startswith(b"<svg")


@every_figure
def test_its_marks_are_bounded(make: Callable[[Frames], Figure]) -> None:
    """However many turns there are, what is drawn is aggregated."""
    many = round_robin(("a", "b", "c", "d", "e"), iterations=10, num_turns=30)

    assert marks(make(many).chart.to_dict()) <= MOST_MARKS


@every_figure
def test_the_same_data_make_the_same_figure(make: Callable[[Frames], Figure]) -> None:
    """To the last byte of its table and its picture's specification."""
    first, again = (make(round_robin()) for _ in range(2))

    assert first.data("csv") == again.data("csv")
    assert first.chart.to_dict()["datasets"] == again.chart.to_dict()["datasets"]


@every_figure
@pytest.mark.parametrize("source", ["scripted", "simulated", "embedded"])
def test_what_no_live_model_said_is_called_so(make: Callable[[Frames], Figure], source: str) -> None:
    """In the picture itself and in the caption."""
    figure = make(round_robin(source=source))

    assert source.upper() in figure.caption
    assert source.upper() in json.dumps(figure.chart.to_dict())
    assert source.upper() not in make(round_robin()).caption


@every_figure
def test_names_are_shown_as_they_are(make: Callable[[Frames], Figure]) -> None:
    """A name is text in the picture: no element, no address, no formula comes of it."""
    hostile = round_robin((HOSTILE, "gpt"))
    hostile.conversations["scenario"] = hostile.turns["scenario"] = HOSTILE

    picture = Read()
    picture.feed(make(hostile).data("svg").decode())

    assert picture.elements.isdisjoint({"image", "img", "script", "a", "foreignobject", "iframe", "style"})
    assert not {name for name in picture.attributes if name.endswith(("href", "src")) or name.startswith("on")}


def test_in_a_notebook_a_figure_is_a_picture_with_its_caption() -> None:
    """It loads nothing, and names of models are no markup in it."""
    figure = replace(heatmap(round_robin()), title=HOSTILE, caption=f"Of {HOSTILE}.")

    page = figure._repr_html_()

    assert page.startswith('<figure><img src="data:image/svg+xml;base64,')
    assert page.count("<img") == 1
    assert "<figcaption>Of &lt;img" in page


def test_a_figure_becomes_a_file_of_any_format(tmp_path: Path) -> None:
    """Vectors, pixels, a page, numbers: without a browser."""
    figure = heatmap(round_robin())

    begins = {format_: figure.save(tmp_path / f"figure.{format_}").read_bytes()[:5] for format_ in FORMATS}

    assert begins["svg"] == b"<svg "
    assert begins["png"] == b"\x89PNG\r"
    assert begins["pdf"] == b"%PDF-"
    assert begins["csv"] == b"model"
    assert begins["html"].startswith(b"<")
    assert json.loads((tmp_path / "figure.json").read_text(encoding="utf-8"))["$schema"]


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    """With those there are."""
    with pytest.raises(DesignError, match="svg, png, pdf"):
        heatmap(round_robin()).save(tmp_path / "figure.bmp")


def test_a_model_with_itself_is_one_conversation() -> None:
    """Both seats of a self-play belong to one conversation, which counts once for its model."""
    made = frames(*(talk(number, ["a", "a b c"], models=("gpt", "gpt"), iteration=number) for number in range(1, 5)))

    table = comparison(made, "words", by="speaker_model").table

    assert table[["speaker_model", "conversations", "mean"]].to_numpy().tolist() == [["gpt", 4, 2.0]]
