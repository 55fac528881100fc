"""What the verdicts of judges are worth: agreement, consistency, self-preference, people, and what people correct."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from colloquia.analysis.figures.calibration import calibration
from colloquia.analysis.report.markup import Html, code, element, paragraph
from colloquia.analysis.report.tables import Column, estimates, table_of
from colloquia.analysis.report.writing import counted, number
from colloquia.analysis.validity import rows_of_people

if TYPE_CHECKING:
    from collections.abc import Iterator

    from colloquia.analysis.report.evidence import Evidence
    from colloquia.analysis.report.plates import Plates
    from colloquia.analysis.report.tables import Table
    from colloquia.analysis.statistics.judges import Anchored
    from colloquia.analysis.validity import Validity


def judges(evidence: Evidence, plates: Plates) -> Iterator[Html]:
    """Yield how far judges can be believed; nothing where there are none."""
    judgements = evidence.frames.judgements
    current = judgements[judgements["is_current"]] if len(judgements) else judgements
    if current.empty:
        return
    given = current.groupby(["judge", "by"], sort=True)["answer"]
    found = given.agg(asked="size", missing=lambda each: each.isna().sum()).reset_index()
    yield element("h3", "Judges")
    yield paragraph(
        "A judge is a model, and errs like one. How far it is right, only people can tell; agreement among judges is "
        "none of it, since they may err alike."
    )
    headings = {"judge": "Judge", "by": "By", "asked": "Asked", "missing": "No answer"}
    said = "Of answers that count, second readings among them. A judge's own refusal is missing, and never a no."
    yield plates.table(table_of(found, headings, name="judges", title="What judges answered", caption=said))
    for each in evidence.judges.values():
        if each.of:
            yield from _one(evidence, each, plates)


def _one(evidence: Evidence, found: Validity, plates: Plates) -> Iterator[Html]:
    name = found.judge.name
    agreed = [*found.agreement, *(rows_of_people(found.people) if found.people else ())]
    if agreed:
        said = (
            "Krippendorff's alpha and, between two, Cohen's kappa; of scales ICC(2,k). 1: agreement, 0: chance. 95 % "
            "intervals over conversations. From colloquia judge --validity."
        )
        yield plates.table(estimates(agreed, name=f"agreement-{name}", title=f"{name}: who agrees", caption=said))
    if kept := [*found.swapped, *found.again]:
        said = (
            "Of the tenth that was read twice more: once with answers and seats the other way round, once word for "
            "word the same. What is kept less often in the other order hangs on the order."
        )
        yield plates.table(estimates(kept, name=f"consistency-{name}", title=f"{name}: verdicts kept", caption=said))
    if found.self_preference:
        yield plates.table(_self_preference(found))
    if found.people is None:
        yield paragraph(
            f"{name}: nobody has labelled a sheet of it, so how often it is right is not known, and nothing is "
            "corrected: ",
            code(f"colloquia label export --judge {name} --run-dir {evidence.folder}"),
            ".",
        )
    else:
        yield from _by_people(evidence, found, found.people, plates)


def _self_preference(found: Validity) -> Table:
    what = "points of the scale" if found.label is None else f"share of {found.label!r}"
    return estimates(
        [replace(each, name=by) for by, each in found.self_preference],
        name=f"self-preference-{found.judge.name}",
        title=f"{found.judge.name}: does a judge favour its own family",
        caption=f"How much more it gives its own family than the other judges do, less the same for others; in {what}. "
        "Above 0 it favours its own; who sits with a model of another family counts for none.",
        what="Judge",
    )


def _by_people(evidence: Evidence, found: Validity, people: Anchored, plates: Plates) -> Iterator[Html]:
    name, unit = found.judge.name, found.judge.unit
    yield paragraph(
        f"People labelled {found.labelled:,} of {counted(found.places, unit)} that were judged, drawn with known "
        f"probability within who talks with whom and what the judges said. By them the verdict of {name} {people.gate}."
    )
    if people.corrected:
        yield plates.table(_corrected(found, people))
    if people.contrasts:
        told = [(label, each) for label, each in people.contrasts if _is_told(found, label)]
        renamed = [replace(each, name=f"{label}: {each.name}" if label else each.name) for label, each in told]
        yield plates.table(
            estimates(
                renamed,
                name=f"corrected-contrasts-{name}",
                title=f"{name}: who does it more often, corrected",
                caption="Differences between who talks with whom, each side corrected by its own errors.",
            )
        )
    if len(people.uncorrected):
        yield paragraph(" ".join(people.uncorrected), class_="soft")
    yield plates.figure(
        calibration(evidence.frames, people.calibration, judge=name, unit=unit, is_scale=found.label is None)
    )


def _corrected(found: Validity, people: Anchored) -> Table:
    told = [each for each in people.corrected if _is_told(found, each[1])]
    rows = [(f"{who}: {label}" if label else who, raw, each) for who, label, raw, each in told]
    table = estimates(
        [replace(each, name=name) for name, _, each in rows],
        name=f"corrected-{found.judge.name}",
        title=f"{found.judge.name}: as judges found it, and corrected",
        caption="By who talks with whom; rates, or means of a scale. Corrected is what people would have said of all, "
        "each error that they found weighted by the probability of its draw: right whatever the judges' errors are. "
        "95 % intervals.",
    )
    raw = Column(heading="Judges", cells=tuple(number(value) for _, value, _ in rows), is_number=True)
    frame = table.frame.assign(judges=[value for _, value, _ in rows])
    first, estimate, *rest = table.columns
    return replace(table, frame=frame, columns=(first, raw, replace(estimate, heading="Corrected"), *rest))


def _is_told(found: Validity, label: str) -> bool:
    """Tell whether the rate of a label is shown: of two labels the first, since the other is the rest."""
    labels = found.judge.rubric.labels
    return len(labels) != 2 or label == labels[0]  # noqa: PLR2004 (two)
