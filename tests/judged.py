"""Evidence of conversations that judges read and people labelled, made by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
from frames import frames, talk

from colloquia.analysis.report.evidence import Evidence, Records
from colloquia.design.study import Experiment
from colloquia.logbook.labels import Drawn, Label, Labels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

AT = "2026-01-01T00:00:00.000Z"


def judged(
    labels: Mapping[str, Sequence[str | None]],
    *,
    people: Mapping[int, str] | None = None,
    tones: Sequence[str] = (),
    seatings: Sequence[tuple[str, str]] = (),
    hypotheses: Mapping[str, Mapping[str, str]] | None = None,
) -> Evidence:
    """Return the evidence of conversations that a judge called ``success`` read.

    Args:
        labels: By slug, what each judge says of each conversation.
        people: What a person says of some conversations, by their number.
        tones: The level of a factor ``tone``, of each conversation.
        seatings: The models of each conversation.
        hypotheses: Those of the study.
    """
    count = len(next(iter(labels.values())))
    own = dict(enumerate(tones))
    made = frames(
        *(
            talk(
                place,
                [f"a {place}", "b"],
                models=seatings[place] if seatings else ("gpt", "gpt"),
                iteration=place + 1,
                about={"tone": own[place]} if own else {},
            )
            for place in range(count)
        )
    )
    experiment = _study(list(labels), tones, hypotheses)
    verdicts = [_majority([given[place] for given in labels.values()]) for place in range(count)]
    column = pd.Series(verdicts, dtype=pd.CategoricalDtype(["yes", "no"]))
    read = replace(made, judgements=_answers(labels), conversations=made.conversations.assign(success=column))
    known = _known(experiment.panels["success"].rubric.sha256, people or {})
    return Evidence(frames=read, experiment=experiment, records=Records(), labels=known, of=count)


def _study(judges: list[str], tones: Sequence[str], hypotheses: Mapping[str, Mapping[str, str]] | None) -> Experiment:
    return Experiment(
        models={"gpt": "a/b"},
        scenarios={"rent": "Talk {tone}" if tones else "Talk."},
        num_turns=2,
        judges={"success": {"by": judges, "question": "Did it work?", "labels": ["yes", "no"]}},
        **({"factors": {"tone": sorted(set(tones))}} if tones else {}),
        **({"hypotheses": hypotheses} if hypotheses else {}),
    )


def _answers(labels: Mapping[str, Sequence[str | None]]) -> pd.DataFrame:
    rows = [
        {
            "experiment_id": f"talk-{place}", "turn_id": None, "group": None, "judge": "success", "by": by,
            "answer": label, "missing": None if label else "refusal", "reading": "first", "is_current": True,
        }
        for by, given in labels.items()
        for place, label in enumerate(given)
    ]  # fmt: skip
    return pd.DataFrame(rows).astype({"group": "object", "turn_id": "Int64"})


def _majority(given: Sequence[str | None]) -> str | None:
    said = [label for label in given if label]
    return next((label for label in ("yes", "no") if said.count(label) > len(said) / 2), None)


def _known(rubric_sha256: str, people: Mapping[int, str]) -> Labels:
    labels = [
        Label(
            at=AT, labeller="ann", scheme="success", scheme_version=1, experiment_id=f"talk-{place}", label=label,
            is_blind=True,
        )
        for place, label in people.items()
    ]  # fmt: skip
    drawn = tuple(
        Drawn(
            at=AT, sheet="s", item=f"s-{place}", judge="success", rubric_sha256=rubric_sha256,
            experiment_id=f"talk-{place}", turn_id=None, num_turns=2, stratum="gpt x gpt: yes", probability=0.5,
        )
        for place in people
    )  # fmt: skip
    return Labels(current={("success", "ann", label.place): label for label in labels}, drawn=drawn)
