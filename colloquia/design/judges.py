"""The judges of a study: models that read what was said and answer one question about it.

Judges are outside every conversation's identity: they may be added, changed and taken away after the talk. A judge
with ``reads`` reads what another judge answered, all of one model or of one level of a factor at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from keyword import iskeyword
from typing import TYPE_CHECKING, Any, Literal

from colloquia.conversation.materials import fill
from colloquia.design.factors import COLUMNS
from colloquia.design.models import read_models
from colloquia.design.rubrics import Rubric, read_labels, read_rubric, read_scale
from colloquia.design.words import WORDS, check_names
from colloquia.errors import DesignError
from colloquia.places import Place, kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from colloquia.conversation.materials import Scenario
    from colloquia.design.models import ModelEntry
    from colloquia.design.variants import Variant

Unit = Literal["conversation", "turn", "group"]
FORMS = ("labels", "scale", "open")
_WORDS = ("by", "question", *FORMS, "rubric", "unit", "reads", "per")


@dataclass(frozen=True, kw_only=True)
class Judge:
    """One question, and the models that answer it."""

    name: str
    by: tuple[ModelEntry, ...]
    rubric: Rubric
    unit: Unit
    """What one answer is about; ``group``: what another judge said of many conversations."""
    reads: str | None = None
    """The judge whose answers it reads."""
    per: str | None = None
    """What it reads together: the answers about one ``model``, or about one level of a factor."""


def read_judges(value: object, taken: Mapping[str, str], groups: tuple[str, ...], place: Place) -> dict[str, Judge]:
    """Return the judges of a study by name.

    Args:
        value: What the study says.
        taken: Names that mean something else in tables, and what.
        groups: The study's factors and items, by which a second stage may read.
        place: Where it stands.

    Raises:
        DesignError: one cannot be asked.
    """
    if value is None:
        return {}
    entries = place.mapping(value, of="name = { by, question }")
    check_names(entries, place, what="judge")
    found = {name: _judge(name, entry, taken, groups, place.at(name)) for name, entry in entries.items()}
    for name, judge in found.items():
        if judge.reads is not None:
            _check_reads(judge.reads, found, place.at(name).at("reads"))
    return found


def _judge(name: str, value: object, taken: Mapping[str, str], groups: tuple[str, ...], place: Place) -> Judge:
    is_word = name.isidentifier() and name.isascii() and not iskeyword(name)
    if not is_word or name in COLUMNS | WORDS or name.startswith(("model_", "role_")):
        raise place.error("its name is a column of tables: letters, digits and underscores, and no word in use there.")
    if name in taken:
        raise place.error(f"a judge cannot be called like {taken[name]}.")
    entry = place.mapping(value, of="by, question")
    for word in entry:
        place.known(word, _WORDS, what="word of a judge")
    if "by" not in entry:
        raise place.error('needs `by`: the slugs of who judges, such as by = ["google/gemini-2.5-pro"].')
    unit, per = _unit(entry, groups, place)
    return Judge(
        name=name,
        by=_by(entry["by"], place.at("by")),
        rubric=_rubric(entry, place),
        unit=unit,
        reads=place.at("reads").text(entry["reads"]) if "reads" in entry else None,
        per=per,
    )


def _by(value: object, place: Place) -> tuple[ModelEntry, ...]:
    listed = value if isinstance(value, list) else [value]
    if not listed:
        raise place.error("names nobody.")
    slugs = [str(each.get("slug", "")) if isinstance(each, dict) else place.text(each) for each in listed]
    for one, other in pairwise(sorted(slugs)):
        if one == other:
            raise place.error(f"names {one!r} twice.")
    entries = tuple(
        read_models({slug or "judge": each}, place)[slug or "judge"] for slug, each in zip(slugs, listed, strict=True)
    )
    for number, judge in enumerate(entries):
        if judge.view is not None:
            raise place.at(number).at("view").error("a judge is asked in chat roles; take `view` out.")
    return entries


def _rubric(entry: Mapping[str, Any], place: Place) -> Rubric:
    forms = [form for form in FORMS if form in entry]
    if "rubric" in entry:
        beside = [word for word in ("question", *FORMS) if word in entry]
        if beside:
            raise place.at(beside[0]).error("stands in the rubric; take it out here.")
        return read_rubric(entry["rubric"], place.at("rubric"))
    if "question" not in entry:
        raise place.error("needs a question or a rubric.")
    question = place.at("question").text(entry["question"])
    if not question.strip():
        raise place.at("question").error("is empty.")
    if len(forms) != 1:
        raise place.error(f"needs one of labels, scale or open = true; it has {' and '.join(forms) or 'none'}.")
    if forms == ["open"] and entry["open"] is not True:
        raise place.at("open").error(f"expected true, found {kind(entry['open'])}.")
    return Rubric(
        question=question,
        labels=read_labels(entry["labels"], place.at("labels")) if forms == ["labels"] else (),
        scale=read_scale(entry["scale"], place.at("scale")) if forms == ["scale"] else None,
    )


def _unit(entry: Mapping[str, Any], groups: tuple[str, ...], place: Place) -> tuple[Unit, str | None]:
    if "reads" not in entry:
        if "per" in entry:
            raise place.at("per").error("says what another judge's answers are read by; name that judge under `reads`.")
        unit = place.at("unit").text(entry.get("unit", "conversation"))
        place.at("unit").known(unit, ("conversation", "turn"), what="unit of a judge")
        return ("turn" if unit == "turn" else "conversation"), None
    if "unit" in entry:
        raise place.at("unit").error(
            "a judge that reads another's answers has no unit of its own; `per` says its groups."
        )
    if "per" not in entry:
        raise place.error("needs `per`: whose answers are read together, `model` or a factor.")
    per = place.at("per").known(place.at("per").text(entry["per"]), ("model", "scenario", *groups), what="group here")
    return "group", per


def _check_reads(reads: str, judges: Mapping[str, Judge], place: Place) -> None:
    place.known(reads, judges, what="judge of this study")
    if judges[reads].unit == "group":
        raise place.error(f"{reads!r} reads a judge itself; there are two stages, and no third.")


def check_questions(
    judges: Mapping[str, Judge], variants: Iterable[Variant], slots: Mapping[str, str], place: Place
) -> None:
    """Fill every question for every conversation it will be asked about, so that no slot is found missing later.

    Args:
        judges: By name.
        variants: The scenarios, each at every combination of levels that exists.
        slots: Those of the study, which alone fill the question of a second stage.
        place: Where the judges stand in the study.

    Raises:
        DesignError: a slot of a question has no value in a scenario.
    """
    varied = list(variants)
    for name, judge in judges.items():
        word = place.at(name).at("rubric" if judge.rubric.construct else "question")
        if judge.unit == "group":
            _filled(judge, slots, word)
        else:
            for variant in varied:
                _filled(judge, variant.scenario.slots, word, f" (in scenario {variant.scenario.name!r})")


def question_for(judge: Judge, scenario: Scenario) -> str:
    """Return what a judge is asked about conversations of a scenario."""
    return fill(judge.rubric.question, scenario.slots)


def _filled(judge: Judge, slots: Mapping[str, str], place: Place, where: str = "") -> None:
    try:
        fill(judge.rubric.question, slots)
    except DesignError as error:
        raise place.error(f"{error}{where}") from None
