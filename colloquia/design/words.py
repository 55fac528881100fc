"""The vocabulary of a study: every word, where it may stand, and whether it is built."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

if TYPE_CHECKING:
    from collections.abc import Iterable

    from colloquia.places import Place


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


WORDS = _set(
    "models providers scenarios slots num_turns iterations pairing opens kickoff opening go_on view sampling "
    "procedure stop note title max_cost seed run_dir factors items where memory "
    "schedule probes controls hypotheses exclude judges"
)
"""Words that a study may use."""


NEEDED = ("models", "scenarios")
"""Words without which there is no study."""

IN_SCENARIO = _set(
    "slots num_turns iterations pairing opens kickoff opening go_on sampling procedure stop note memory schedule"
)
"""Words that may also stand in a scenario and then hold for that scenario."""

IN_MODEL = frozenset({"slug", "routing", "view"})
"""Words of a model's entry; whatever else stands there is a sampling field."""

RESERVED_ROLES = WORDS | _set("first second both each all anyone self never talk")
"""Names that no role can have, since they mean something else where roles are named."""

SAMPLING = _set(
    # what OpenRouter takes
    "temperature top_p top_k min_p top_a frequency_penalty presence_penalty repetition_penalty logit_bias seed stop "
    "max_tokens max_completion_tokens verbosity reasoning reasoning_effort response_format service_tier "
    # what llama.cpp, vLLM, Ollama and LM Studio take besides
    "repeat_penalty repeat_last_n typical_p tfs_z mirostat mirostat_tau mirostat_eta dynatemp_range xtc_probability "
    "xtc_threshold dry_multiplier dry_base dry_allowed_length grammar ignore_eos length_penalty min_tokens "
    "stop_token_ids bad_words chat_template_kwargs reasoning_format structured_outputs"
)
"""Body fields that a study may set."""

ROUTING = _set(
    "order only ignore allow_fallbacks require_parameters data_collection zdr enforce_distillable_text quantizations "
    "sort preferred_min_throughput preferred_max_latency max_price options"
)
"""Fields of OpenRouter's ``provider`` object."""


LARGEST_NUMBER = 2**63 - 1
"""TOML and JSON readers agree on whole numbers up to here."""
LARGEST_EXACT_FLOAT = 2.0**53
"""Below this bound a float without a fraction is one whole number and no other."""


def plain(value: object, place: Place) -> Any:  # noqa: ANN401 (a study's values are any JSON)
    """Return ``value`` as plain text, numbers, lists and tables, copied; two ways to write the same become equal.

    So ``1.0`` and ``1`` are one number, in a conversation's id as on the wire.

    Raises:
        DesignError: it holds something a study file cannot say (an object, NaN, a lone surrogate).
    """
    if isinstance(value, str):
        return _sound_text(str(value), place)
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        if abs(value) > LARGEST_NUMBER:
            raise place.error("is larger than any number a study can hold.")
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise place.error("is no finite number.")
        return int(value) if value.is_integer() and abs(value) < LARGEST_EXACT_FLOAT else float(value)
    if isinstance(value, list | tuple):
        return [plain(part, place.at(number)) for number, part in enumerate(value)]
    if isinstance(value, dict):
        return {_key(key, place): plain(part, place.at(str(key))) for key, part in value.items()}
    raise place.error(f"a study cannot hold {type(value).__name__} objects.")


def check_names(names: Iterable[str], place: Place, *, what: str) -> None:
    """Refuse names that tables and files could not keep apart.

    Raises:
        DesignError: a name is empty, padded, holds ``|`` or a control character, or differs from another only in case.
    """
    seen: dict[str, str] = {}
    for name in names:
        here = place.at(name)
        if not name or name != name.strip():
            raise here.error(f"a {what} needs a name without blanks at its ends.")
        if "|" in name or not name.isprintable():
            raise here.error(f"a {what}'s name cannot hold '|' or control characters.")
        other = seen.setdefault(normalize("NFC", name).casefold(), name)
        if other != name:
            raise here.error(f"the {what}s {other!r} and {name!r} differ only in letter case; rename one.")


def _key(key: object, place: Place) -> str:
    return _sound_text(str(place.text(key)), place)


def _sound_text(text: str, place: Place) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise place.error("holds a lone surrogate, which is no Unicode text.") from None
    return text
