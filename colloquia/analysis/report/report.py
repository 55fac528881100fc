"""The report from its evidence: the sections in the order in which a reader should believe them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from colloquia.analysis.report.answers import answers, chosen
from colloquia.analysis.report.effects import effects, following, games, happenings
from colloquia.analysis.report.everything import Asked, everything
from colloquia.analysis.report.findings import explored, primary, twins
from colloquia.analysis.report.methods import methods, methods_text
from colloquia.analysis.report.opening import opening
from colloquia.analysis.report.page import page
from colloquia.analysis.report.pairs import pairs
from colloquia.analysis.report.plates import Plates
from colloquia.analysis.report.robustness import robustness
from colloquia.analysis.report.soundness import soundness
from colloquia.analysis.report.talks import talks, transcripts
from colloquia.analysis.report.validity import validity
from colloquia.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colloquia.analysis.figures.figure import Figure
    from colloquia.analysis.report.evidence import Evidence
    from colloquia.analysis.report.findings import Finding
    from colloquia.analysis.report.markup import Html
    from colloquia.analysis.report.tables import Table

_NAMES = {
    "answers": "Answers", "soundness": "Soundness", "pairs": "Who with whom", "talks": "Turn by turn",
    "validity": "Measures", "effects": "What is varied", "following": "Influence", "happenings": "When",
    "game": "The game", "robustness": "Choices", "everything": "Everything", "methods": "Methods",
    "transcripts": "Transcripts",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class Report:
    """A report as it is read, and what it is made of."""

    html: str
    methods: str
    """The methods paragraphs, as plain text."""
    findings: tuple[Finding, ...]
    """Every primary estimate."""
    figures: tuple[Figure, ...]
    tables: tuple[Table, ...]


def report(evidence: Evidence) -> Report:
    """Return the report of a study.

    Raises:
        DesignError: no conversation that is looked at has a turn.
    """
    if evidence.frames.turns.empty:
        raise DesignError("No conversation has a turn yet: run the study first, or choose others with --where.")
    known = primary(evidence)
    same = twins(evidence, dict.fromkeys((*known, *evidence.outcomes)))
    findings = explored(evidence, [name for name in known if name not in same])
    rest = [name for name in evidence.outcomes if name not in known and name not in same]
    asked = Asked(family=tuple(findings), others=tuple(explored(evidence, rest, is_quick=True)), twins=same)
    plates = Plates()
    sections = _sections(evidence, asked, plates)
    title = evidence.experiment.title or "An untitled study"
    return Report(
        html=page(" · ".join(filter(None, (title, evidence.sources))), sections),
        methods=methods_text(evidence, findings),
        findings=tuple(findings),
        figures=tuple(plates.figures),
        tables=(*plates.tables, *plates.kept),
    )


def _sections(evidence: Evidence, asked: Asked, plates: Plates) -> list[Html]:
    findings = asked.family
    outcome = _main(evidence, findings)
    outcomes = list(dict.fromkeys(finding.outcome for finding in findings)) or primary(evidence)
    found = {
        "answers": answers(evidence, findings, outcomes, plates),
        "soundness": soundness(evidence, plates),
        "pairs": pairs(evidence, outcome, plates),
        "talks": talks(evidence, outcome, plates),
        "validity": validity(evidence, plates),
        "effects": effects(evidence, findings, plates),
        "following": following(evidence, plates),
        "happenings": happenings(evidence, plates),
        "game": games(evidence, plates),
        "robustness": robustness(evidence, findings, plates),
        "everything": everything(evidence, asked, plates),
        "methods": methods(evidence, findings),
        "transcripts": transcripts(evidence, outcome),
    }
    there = {place: section for place, section in found.items() if section is not None}
    return [opening(evidence, [(place, _NAMES[place]) for place in there]), *there.values()]


def _main(evidence: Evidence, findings: Sequence[Finding]) -> str:
    """Return the outcome that is drawn and quoted: that of the first answer with numbers of its own."""
    expected = [each.hypothesis.outcome.text for each in evidence.tested[0]] if evidence.experiment.predictions else []
    told = [name for name in expected if name in evidence.outcomes]
    told += [finding.outcome for finding in chosen(findings) if finding.outcome in evidence.outcomes]
    declared = [name for name in primary(evidence) if name in evidence.outcomes] if evidence.is_game else []
    return (told + declared + ["words"])[0]
