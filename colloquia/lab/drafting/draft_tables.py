"""The parts of a study as tables to edit, and tables made into the words of a study again.

A row that says too little (a name without a value) is left out of the study and stays in the table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from colloquia.design.factors import SETTINGS
from colloquia.design.words import IN_SCENARIO, SAMPLING, WORDS
from colloquia.lab.drafting.wording import value_of, written_as

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Row = dict[str, Any]
Words = dict[str, Any]

WITH_A_FORM = frozenset(
    {
        "models", "scenarios", "factors", "items", "slots", "where", "title", "num_turns", "iterations", "pairing",
        "opens", "kickoff", "opening", "go_on", "sampling", "max_cost", "seed", "run_dir",
    }
)  # fmt: skip
"""Words that have a place of their own on the page; ``run_dir`` is the folder that the draft lies in."""
OTHERS = tuple(sorted(WORDS - WITH_A_FORM))
"""All other words that a study may use."""


def scenario_rows(words: Mapping[str, Any]) -> list[Row]:
    """Return a row for each prompt; one prompt for both seats has no role."""
    found: list[Row] = []
    for name, entry in _table(words, "scenarios").items():
        prompts = {"": entry} if isinstance(entry, str) else entry if isinstance(entry, dict) else {}
        found += [
            {"scenario": name, "role": role, "prompt": prompt}
            for role, prompt in prompts.items()
            if role not in IN_SCENARIO and isinstance(prompt, str)
        ]
    return found


def scenarios_of(rows: Sequence[Row], before: Mapping[str, Any]) -> Words:
    """Return the scenarios that rows make; words that stood in a scenario stay in it, also where it is renamed."""
    prompts: dict[str, dict[str, str]] = {}
    for row in rows:
        if name := row["scenario"]:
            prompts.setdefault(name, {})[row["role"]] = row["prompt"]
    old = list(_table(before, "scenarios").values())
    known = _table(before, "scenarios")
    found: Words = {}
    for number, (name, roles) in enumerate(prompts.items()):
        same_place = old[number] if len(old) == len(prompts) else None
        own = _own_words(known.get(name, same_place))
        named = {role: text for role, text in roles.items() if role}
        found[name] = {**own, **named} if named else roles[""]
    return found


def _own_words(entry: object) -> Words:
    return {word: value for word, value in entry.items() if word in IN_SCENARIO} if isinstance(entry, dict) else {}


def model_rows(words: Mapping[str, Any]) -> list[Row]:
    """Return a row for each model, with the fields that are varied most."""
    return [
        {
            "name": name,
            "id": entry.get("slug", ""),
            "temperature": _number(entry.get("temperature")),
            "max_tokens": _number(entry.get("max_tokens")),
        }
        for name, entry in _entries(words).items()
    ]


def models_of(rows: Sequence[Row], before: Mapping[str, Any]) -> Words:
    """Return the models that rows make; what else stood in an entry stays in it, also where it is renamed."""
    known, old = _entries(before), list(_entries(before).values())
    found: Words = {}
    for number, row in enumerate(rows):
        if not row["name"] or not row["id"]:
            continue
        same_place = old[number] if len(old) == len(rows) else {}
        entry = {**known.get(row["name"], same_place), "slug": row["id"]}
        for field in ("temperature", "max_tokens"):
            _put_number(entry, field, row[field])
        found[row["name"]] = row["id"] if set(entry) == {"slug"} else entry
    return found


def more_fields(entry: object) -> str:
    """Return what stands in a model's entry beside the columns of the table."""
    shown = ("slug", "temperature", "max_tokens")
    rest = {word: value for word, value in entry.items() if word not in shown} if isinstance(entry, dict) else {}
    return ", ".join(f"{word} = {written_as(value)}" for word, value in rest.items())


def with_models(words: Mapping[str, Any], slugs: Sequence[str]) -> Words:
    """Return the models of a study with some more, each under a name made of its slug."""
    models = dict(_table(words, "models"))
    for slug in slugs:
        models[_new_name(slug, models)] = slug
    return models


def _new_name(slug: str, taken: Mapping[str, Any]) -> str:
    base = slug.rsplit("/", 1)[-1].replace(":", "-").replace("|", "-").strip() or "model"
    lower = {name.casefold() for name in taken}
    name, number = base, 2
    while name.casefold() in lower:
        name, number = f"{base}-{number}", number + 1
    return name


def factor_rows(words: Mapping[str, Any]) -> list[Row]:
    """Return a row for each level of each factor."""
    found: list[Row] = []
    for name, levels in _table(words, "factors").items():
        labelled = levels.items() if isinstance(levels, dict) else [("", level) for level in _list(levels)]
        found += [{"factor": name, "label": label, "value": _shown(value)} for label, value in labelled]
    return found


def factors_of(rows: Sequence[Row]) -> Words:
    """Return the factors that rows make: a list where no level has a label of its own, else label = value."""
    levels: dict[str, list[Row]] = {}
    for row in rows:
        if row["factor"] and (row["label"] or row["value"]):
            levels.setdefault(row["factor"], []).append(row)
    found: Words = {}
    for name, each in levels.items():
        values = [_level(name, row["value"]) for row in each]
        labels = [row["label"] or str(value) for row, value in zip(each, values, strict=True)]
        found[name] = dict(zip(labels, values, strict=True)) if any(row["label"] for row in each) else values
    return found


def _level(factor: str, written: str) -> Any:  # noqa: ANN401 (a level is a text, or any value of a setting)
    is_setting = factor in SETTINGS or factor.rpartition(".")[2] in SAMPLING
    return value_of(written) if is_setting else written


def slot_rows(words: Mapping[str, Any], word: str) -> list[Row]:
    """Return a row for each text of ``slots``, or for each item of ``items`` that is a plain text."""
    found: list[Row] = []
    for name, entry in _table(words, word).items():
        texts = entry if isinstance(entry, list) else [entry] if word == "slots" else []
        found += [{"name": name, "text": text} for text in texts if isinstance(text, str)]
    return found


def slots_of(rows: Sequence[Row]) -> Words:
    """Return the slots that rows make."""
    return {row["name"]: row["text"] for row in rows if row["name"]}


def items_of(rows: Sequence[Row], before: Mapping[str, Any]) -> Words:
    """Return the items that rows make; tables and files of items stay as they are."""
    found = {name: entry for name, entry in _table(before, "items").items() if not _is_texts(entry)}
    for row in rows:
        if row["name"] and row["text"] and row["name"] not in _elsewhere(before):
            found.setdefault(row["name"], []).append(row["text"])
    return found


def _elsewhere(before: Mapping[str, Any]) -> set[str]:
    return {name for name, entry in _table(before, "items").items() if not _is_texts(entry)}


def _is_texts(entry: object) -> bool:
    return isinstance(entry, list) and all(isinstance(text, str) for text in entry)


def other_rows(words: Mapping[str, Any]) -> list[Row]:
    """Return a row for each word of the study that has no form of its own."""
    rest = (word for word in words if word not in WITH_A_FORM)
    return [{"word": word, "value": written_as(words[word])} for word in rest]


def others_of(rows: Sequence[Row]) -> Words:
    """Return the words that rows make."""
    return {row["word"]: value_of(row["value"]) for row in rows if row["word"] and row["value"]}


def _table(words: Mapping[str, Any], word: str) -> Mapping[str, Any]:
    found = words.get(word)
    return found if isinstance(found, dict) else {}


def _entries(words: Mapping[str, Any]) -> dict[str, Words]:
    models = _table(words, "models").items()
    return {name: entry if isinstance(entry, dict) else {"slug": str(entry)} for name, entry in models}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _number(value: object) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _put_number(entry: Words, field: str, value: float | None) -> None:
    if value is not None:
        entry[field] = int(value) if field == "max_tokens" else value
    elif _number(entry.get(field)) is not None:  # what is no number is not shown, and stays
        del entry[field]


def _shown(value: object) -> str:
    return value if isinstance(value, str) else written_as(value)
