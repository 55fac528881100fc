"""Judging a run folder: who is to be asked what, what of that was answered already, and what the rest may cost.

The conversations are those of the study that was run last in the folder. A study that is named gives its judges,
providers and cap; the rest of it is left to ``run``.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from colloquia import studies
from colloquia.analysis.judging.docket import Docket
from colloquia.analysis.measuring import reading
from colloquia.design.advice import judging_advice
from colloquia.design.study import Experiment
from colloquia.errors import DesignError, FolderError, nearest
from colloquia.lab.planning.bench import headroom, judges_of, lay_out, study_of
from colloquia.logbook import contents, judgements
from colloquia.logbook.folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from colloquia.analysis.judging.docket import Wanted
    from colloquia.analysis.judging.questions import Question
    from colloquia.analysis.measuring.reading import Subjects
    from colloquia.lab.planning.bench import Bench, Options
    from colloquia.logbook.holdings import Contents
    from colloquia.logbook.judgements import Judgements
    from colloquia.providers.pricelist import PriceList
    from colloquia.settings import Settings
    from colloquia.studies import Study

CHARACTERS_PER_TOKEN = 4
LIKELY_ANSWER_TOKENS = 60
"""What an answer is taken to be as long as where its model has none in the folder."""
_WORDS = ("judges", "providers", "max_cost")
"""What a study that is named may bring to conversations that were held already."""


@dataclass(frozen=True, kw_only=True)
class Bill:
    """What questions are likely to take."""

    input_tokens: int = 0
    output_tokens: int = 0
    likely_usd: float | None = 0.0
    """None where a price is unknown."""
    most_usd: float | None = 0.0
    """The cost if every answer is as long as its ``max_tokens``."""


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """What judging a run folder would do, before anybody is asked."""

    bench: Bench
    names: tuple[str, ...]
    """The judges that are meant."""
    subjects: Subjects
    wanted: tuple[Wanted, ...]
    is_frozen: bool
    """True where the folder's latest study has these very judges."""
    bill: Bill
    found: Contents
    unreadable: int
    """Lines of ``judgements.jsonl`` that are not what was written."""

    @property
    def advice(self) -> tuple[str, ...]:
        """Warnings about the judges, one sentence each."""
        return tuple(judging_advice(self.bench.experiment))

    @property
    def missing(self) -> int:
        """Answers that are still to be had, those over groups that wait included."""
        return sum(each.to_come for each in self.wanted)

    @property
    def is_complete(self) -> bool:
        """True where nothing is missing and the folder knows these judges."""
        return not self.missing and self.is_frozen


def look_up(named: Experiment | Path | str | None, options: Options) -> tuple[Study, RunFolder]:
    """Return the study whose judges are meant, and the folder whose conversations they read.

    Args:
        named: A study, or a run folder; by default the study frozen in the run folder, else the one here.
        options: Where and how.

    Raises:
        DesignError: there is none, or it cannot be run.
    """
    run_dir = options.run_dir
    if isinstance(named, str | Path) and Path(named).is_dir():
        run_dir, named = run_dir or Path(named), None
    study = study_of(named, run_dir)
    return study, RunFolder(run_dir or study.home or Path(study.experiment.run_dir))


async def draw_up(
    study: Study,
    folder: RunFolder,
    options: Options,
    names: Sequence[str],
    *,
    settings: Settings | None = None,
    listed: PriceList | None = None,
) -> Drawn:
    """Return what judging would do.

    Args:
        study: The study whose judges are meant.
        folder: The run folder whose conversations they read.
        options: How they are asked.
        names: Which judges; all where there are none.
        settings: Of this process, by default.
        listed: What OpenRouter says of its models; asked for where it is not given and a judge is one of them.

    Raises:
        DesignError: the study has no such judge, or one cannot be asked about the conversations of the folder.
        FolderError: nothing was run in the folder.
        SettingsError: a cap is set, and the price of a judge is unknown.
    """
    found = contents.read(folder)
    frozen = _frozen(folder, found)
    merged = _merged(frozen, study.experiment)
    meant = _meant(merged, names)
    study, options = replace(study, experiment=merged), replace(options, run_dir=folder.path)
    bench = await lay_out(study, options, settings, listed=listed, judges=judges_of(merged, meant))
    subjects, known = reading.read(folder), judgements.read(folder)
    docket = Docket(experiment=merged, subjects=subjects.subjects, known=known.by_key)
    wanted = tuple(docket.wanted(merged.panels[name]) for name in in_stages(merged, meant))
    return Drawn(
        bench=bench, names=meant, subjects=subjects, wanted=wanted, is_frozen=merged == frozen,
        bill=_bill(bench, [question for each in wanted for question in each.missing], known),
        found=found, unreadable=known.unreadable,
    )  # fmt: skip


def in_stages(experiment: Experiment, names: Iterable[str]) -> list[str]:
    """Return judges in the order in which they can be asked: those that read others come last."""
    return sorted(names, key=lambda name: experiment.panels[name].unit == "group")


def _frozen(folder: RunFolder, found: Contents) -> Experiment:
    """Return the study that was run last in a folder."""
    if not found.runs:
        raise FolderError(f"No run in {folder.path}: name the run folder of a study that was run, with --run-dir.")
    return studies.parse(found.runs[-1].study)


def _merged(frozen: Experiment, page: Experiment) -> Experiment:
    """Return the study that was run, with the judges, providers and cap of the page."""
    if page.judges is None:
        raise DesignError("judges: the study names none; write who is asked what, such as [judges.success].")
    words = {name: value for name, value in frozen.words().items() if name not in _WORDS}
    return Experiment.from_words(words | {name: value for name, value in page.words().items() if name in _WORDS})


def _meant(experiment: Experiment, names: Sequence[str]) -> tuple[str, ...]:
    for name in names:
        if name not in experiment.panels:
            known = ", ".join(experiment.panels)
            raise DesignError(
                f"--judge {name}: no judge of this study.{nearest(name, experiment.panels)} Known: {known}."
            )
    return tuple(dict.fromkeys(names)) or tuple(experiment.panels)


def _bill(bench: Bench, asked: Iterable[Question], known: Judgements) -> Bill:
    """Return what questions are likely to take, going by how long the answers of each model were so far."""
    lengths: dict[str, list[int]] = defaultdict(list)
    for judgement in known.by_key.values():
        if judgement.output_tokens is not None:
            lengths[judgement.by].append(judgement.output_tokens)
    room = headroom(bench)
    tokens_in = tokens_out = 0
    likely: float | None = 0.0
    most: float | None = 0.0
    for question in asked:
        slug = question.entry.slug
        written = len(question.request.messages_json) // CHARACTERS_PER_TOKEN
        answer = round(fmean(lengths[slug])) if lengths.get(slug) else LIKELY_ANSWER_TOKENS
        longest = question.request.sampling.get("max_tokens", 0) + room.get(slug, 0)
        price = bench.prices.get(slug)
        tokens_in, tokens_out = tokens_in + written, tokens_out + answer
        if price is None or likely is None or most is None:
            likely = most = None
        else:
            likely += written * price.prompt + answer * price.completion + price.request
            most += written * price.prompt + longest * price.completion + price.request
    return Bill(input_tokens=tokens_in, output_tokens=tokens_out, likely_usd=likely, most_usd=most)
