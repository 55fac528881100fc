"""A study laid out: which folder, which models, which prices, which conversations; nothing started."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from colloquia import studies
from colloquia.design.controls import SHUFFLED
from colloquia.design.expressions import expression
from colloquia.design.hypotheses import of_measures
from colloquia.design.models import prefix
from colloquia.design.offline import EMBEDDED, SCRIPTED, offline
from colloquia.design.plan import planned
from colloquia.design.study import Experiment
from colloquia.errors import DesignError, FolderError, SettingsError
from colloquia.logbook import forks
from colloquia.logbook.folder import RunFolder, file_in_the_way
from colloquia.logbook.outline import outline
from colloquia.logbook.reading import Reader
from colloquia.providers import embedded
from colloquia.providers.cards import card_of, reasons
from colloquia.providers.openrouter import REASONING_HEADROOM
from colloquia.providers.pricelist import PriceList, price_list, prices
from colloquia.providers.registry import Models, check_known, default_view
from colloquia.settings import Settings, read_settings
from colloquia.studies import Study

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from colloquia.design.expressions import Expression
    from colloquia.design.forecast import Price
    from colloquia.design.models import ModelEntry
    from colloquia.design.trials import Trial

DEFAULT_STUDY = Path("simulation_config.py")
EMBEDDED_AT_ONCE = 2
"""Calls of an embedded model at the same time: more would only wait for the same cores."""


@dataclass(frozen=True, kw_only=True)
class Workers:
    """Processes of Ray that hold conversations."""

    number: int | None = None
    """As many as there are cores where None."""
    address: str | None = None
    """The cluster; one of its own on this machine where None."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a command wants a study run; no part of the study."""

    run_dir: Path | None = None
    """The run folder; the study's own where None."""
    is_streaming: bool = True
    is_offline: bool = False
    """Replace every model by the embedded one, in a folder of its own."""
    allows_code: bool = False
    """Run Python that a ``study.toml`` names."""
    base_url: str | None = None
    """Ask this server in place of OpenRouter."""
    where: str | None = None
    """Hold only conversations for which this holds, as an expression over labels; the study stays whole."""
    only_probes: bool = False
    """Ask only probes of conversations that are finished; no turn is added."""
    at_once: int | None = None
    """Conversations held at the same time, and calls of one model under way, at most; the usual where None."""
    workers: Workers | None = None
    """Hold conversations there; in this process where None."""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A study laid out: everything chosen, nothing started and nothing written."""

    study: Study
    folder: RunFolder
    trials: tuple[Trial, ...]
    models: Models
    listed: PriceList
    """What OpenRouter says of its models."""
    prices: Mapping[str, Price]
    """Dollars per token, by slug; a slug that is missing has an unknown price."""
    settings: Settings
    options: Options = Options()
    """How the command wants it run; Python of a page may run without being asked for."""
    where: Expression | None = None
    """Which conversations are held now; None where all are."""
    judges: tuple[ModelEntry, ...] | None = None
    """Who is asked in the participants' place; None where the study is to be run."""

    @cached_property
    def reader(self) -> Reader:
        """What reads the run folder, whoever asks: a plan, the last look before a run, the run itself.

        Each but the first reads only what was added since.
        """
        return Reader(self.folder)

    @property
    def experiment(self) -> Experiment:
        """The study that is to be run."""
        return self.study.experiment

    @property
    def asked(self) -> tuple[ModelEntry, ...]:
        """Everyone who may be asked."""
        return tuple(self.experiment.entries.values()) if self.judges is None else self.judges


def find_study(named: Path | None, run_dir: Path | None) -> Study:
    """Return the study to run: the one named, else the one frozen in the run folder, else ``simulation_config.py``.

    Raises:
        DesignError: there is none, or it cannot be run.
    """
    if named is not None and (named / RunFolder.study).is_file():
        raise DesignError(f"{named} is a folder with a study in it: name it with --run-dir, or name the study itself.")
    frozen = run_dir / RunFolder.study if run_dir else None
    path = named or (frozen if frozen and frozen.is_file() else DEFAULT_STUDY)
    is_frozen = path.name == RunFolder.study and (path.parent / RunFolder.journal).is_file()
    return studies.read(path, kept=path.parent / RunFolder.files if is_frozen else None)


def study_of(named: Experiment | Path | str | None, run_dir: Path | str | None) -> Study:
    """Return the study that a line of Python names: itself, its path, or the one to run where it names none.

    Raises:
        DesignError: there is none, or it cannot be run.
    """
    if isinstance(named, Experiment):
        return Study(experiment=named, folder=Path.cwd(), origin="Experiment(...)", runs_code=True)
    return find_study(Path(named) if named else None, Path(run_dir) if run_dir else None)


async def lay_out(
    study: Study,
    options: Options,
    settings: Settings | None = None,
    *,
    listed: PriceList | None = None,
    judges: tuple[ModelEntry, ...] | None = None,
) -> Bench:
    """Choose folder, models, prices and trials for a study.

    OpenRouter is asked for its models where the study has some of them, unless they are given as ``listed``. Where
    there are ``judges``, these are who is asked, in the participants' place.

    Raises:
        DesignError: what the study names is not there: a provider, a file, or probes where only these are to be asked.
        FolderError: a file stands where the run folder is to be.
        SettingsError: the ``.env`` cannot be read.
    """
    settings = settings or read_settings()
    study = _rehearsed(study) if options.is_offline else study
    options = replace(options, allows_code=options.allows_code or study.runs_code)
    _check(study)
    asked = slugs_of(study.experiment.entries.values() if judges is None else judges)
    folder = _folder(study, options)
    models = _models(study, asked, folder, options, settings)
    listed = await _listed(asked, options, settings) if listed is None else listed
    models.use_cards(listed.cards)
    trials = _planned_in(folder, study, options)
    return Bench(
        study=study,
        folder=folder,
        trials=trials,
        models=models,
        listed=listed,
        prices=prices(asked, study.experiment.providers, listed),
        settings=settings,
        options=options,
        where=None if options.where is None else _where(options.where, trials),
        judges=judges,
    )


def _rehearsed(study: Study) -> Study:
    """Return a study with models that are asked without a key."""
    return replace(study, experiment=offline(study.experiment, EMBEDDED if embedded.is_installed() else SCRIPTED))


def _check(study: Study) -> None:
    """Make sure that what a study names is there: files, providers, measures."""
    study.files()
    check_slugs(study.experiment)
    unknown_measures(study.experiment)


def _folder(study: Study, options: Options) -> RunFolder:
    own_place = Path(study.experiment.run_dir)
    path = own_place if options.is_offline else options.run_dir or study.home or own_place
    if (file := file_in_the_way(path)) is not None:
        raise FolderError(f"{file} is a file, and no folder to keep a run in: name another with --run-dir.")
    return RunFolder(path)


def _models(study: Study, asked: Sequence[str], folder: RunFolder, options: Options, settings: Settings) -> Models:
    return Models(
        asked,
        providers=study.experiment.providers,
        keys=settings.environment,
        is_streaming=options.is_streaming,
        base_url=options.base_url,
        folder=study.folder,
        allows_code=options.allows_code,
        inbox=folder.path / folder.inbox,
    )


def _planned_in(folder: RunFolder, study: Study, options: Options) -> tuple[Trial, ...]:
    """Return what a study plans in a folder: with the donors that were dealt there, and the forks asked for."""
    draws = SHUFFLED in (study.experiment.controls or {})
    earlier = map(studies.parse, outline(folder).studies) if draws else ()
    own = studies.own_procedures(study.experiment, study.folder) if options.allows_code else None
    trials = planned([*earlier, study.experiment], default_view, lambda _: own, forks.read(folder))
    if options.only_probes and not any(trial.talk.probes for trial in trials):
        raise DesignError("probes: the study has none; write who is asked what, such as [probes.mood].")
    return trials


def _where(text: str, planned: Iterable[Trial]) -> Expression:
    labels: dict[str, set[str | float]] = {}
    for trial in planned:
        for name, label in trial.labels.items():
            labels.setdefault(name, set()).update(() if label is None else (label,))
    try:
        return expression(text, labels, labels)
    except DesignError as error:
        raise DesignError(f"--where: {error}") from None


def unknown_measures(experiment: Experiment) -> tuple[str, ...]:
    """Return a notice for each measure of one's own that hypotheses or ``exclude`` speak of.

    Raises:
        DesignError: what they speak of is a measure of Colloquia that is not written right.
    """
    spoken_of = of_measures(experiment.predictions, experiment.exclusion, experiment.columns)
    if not spoken_of:
        return ()
    from colloquia.analysis.measuring.registry import check_variables

    return tuple(
        f"{place.path}: {name!r} is of no measure that is installed; measure it with a file of your own before tables "
        "are made."
        for name, place in check_variables(spoken_of).items()
    )


def check_slugs(experiment: Experiment) -> None:
    """Make sure that every slug names a provider.

    Raises:
        DesignError: one does not; the message names the model.
    """
    for entry in (*experiment.entries.values(), *judges_of(experiment)):
        try:
            check_known(entry.slug, experiment.providers)
        except DesignError as error:
            raise DesignError(f"{entry.place}: {error}") from None


def judges_of(experiment: Experiment, names: Collection[str] = ()) -> tuple[ModelEntry, ...]:
    """Return the judge models of a study; those of ``names`` only, where there are any."""
    judges = (judge for name, judge in experiment.panels.items() if not names or name in names)
    return tuple(entry for judge in judges for entry in judge.by)


def slugs(experiment: Experiment) -> tuple[str, ...]:
    """Return the distinct slugs of a study's participants, in order."""
    return slugs_of(experiment.entries.values())


def slugs_of(entries: Iterable[ModelEntry]) -> tuple[str, ...]:
    """Return the distinct slugs of models, in order."""
    return tuple(dict.fromkeys(entry.slug for entry in entries))


async def _listed(asked: Iterable[str], options: Options, settings: Settings) -> PriceList:
    """Ask for the catalogue only where a model of it is in the study."""
    if all(prefix(slug) for slug in asked):
        return PriceList(cards={})
    return await price_list(base_url=options.base_url, cache=settings.cache)


def is_embedded(slug: str) -> bool:
    """Tell whether a model is run inside this process."""
    return prefix(slug) == "embedded"


def has_people(experiment: Experiment) -> bool:
    """Tell whether a person sits in a conversation of the study."""
    return any(prefix(slug) == "human" for slug in slugs(experiment))


def needs_weights(asked: Iterable[str]) -> bool:
    """Tell whether the shipped embedded model is among the slugs that are asked, and its weights are not installed."""
    return EMBEDDED["slug"] in asked and not embedded.is_installed()


def objections(bench: Bench) -> tuple[str, ...]:
    """Return what in the study OpenRouter cannot do, as far as its list of models says."""
    experiment = bench.experiment
    sampled = {field for name in experiment.materials for field in experiment.sampling_of(name)}
    sampled |= experiment.variation.fields
    return tuple(bench.listed.objections(bench.asked, sampled if bench.judges is None else ()))


def headroom(bench: Bench) -> dict[str, int]:
    """Return, by slug, the tokens that a model may use for hidden reasoning beyond its written length."""
    return {
        entry.slug: REASONING_HEADROOM
        for entry in bench.asked
        if not prefix(entry.slug) and reasons(card_of(entry.slug, bench.listed.cards), entry.sampling)
    }


def _no_price(bench: Bench, unknown: Sequence[str]) -> str:
    what = f"max_cost is set, and the price of {', '.join(unknown)} is unknown"
    if not bench.listed.cards and all(prefix(slug) is None for slug in unknown):
        server = bench.options.base_url or "OpenRouter"
        return f"{what}: {server} could not be asked for it. Is it reachable? Then run again."
    return f"{what}: write a `price` under `providers`, look at `colloquia models`, or take max_cost out."


def check_ready(bench: Bench) -> None:
    """Make sure that a run can start: keys, packages, prices under a cap, and a folder that can be written.

    Raises:
        DesignError: OpenRouter does not serve a model, or takes none of its fields.
        FolderError: the folder cannot be written.
        SettingsError: a key, a package or a price is missing.
    """
    bench.models.check()
    if found := objections(bench):
        raise DesignError("\n".join(found))
    unknown = [slug for slug in slugs_of(bench.asked) if slug not in bench.prices]
    if bench.experiment.max_cost is not None and unknown:
        raise SettingsError(_no_price(bench, unknown))
    bench.folder.check_writable()
