r"""What a judge must not know: which model speaks. Names of models and of those who make them are masked.

The rule (version 1): in every text, whatever its case, the names of model families with what is written to them
(``GPT-4.1-mini``, ``Claude Haiku 4.5``), of their makers, and the models' own names as the study's slugs write them
become ``[name]``. Words that also mean something else (llama, phi, nova) are masked only where a number follows. What a
model is like cannot be masked.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

VERSION = 1
"""Of the masking rule; part of every judgement."""
MASK = "[name]"

_VERSIONED = (
    r"(?:[ -]?(?:v?\d(?:[\w.]*\w)?|mini|nano|small|medium|large|turbo|pro|flash|haiku|sonnet|opus|instruct|chat))*"
)
_FAMILIES = (
    "chatgpt", "gpt", "claude", "gemini", "gemma", "mistral", "mixtral", "ministral", "codestral", "magistral", "qwen",
    "qwq", "deepseek", "grok", "smollm", "kimi", "chatglm", "nemotron", "hermes", "olmo", "granite", "command[ -]r",
)  # fmt: skip
_ONLY_WITH_NUMBER = ("llama", "phi", "nova", "glm", "o")
_MAKERS = (
    "openai", "open ai", "anthropic", "google deepmind", "deepmind", "google", "meta ai", "mistral ai", "alibaba cloud",
    "alibaba", "microsoft", "x\\.?ai", "cohere", "hugging ?face", "moonshot ai", "zhipu ai", "nvidia", "amazon",
    "nous ?research", "allen ?ai",
)  # fmt: skip
_NAMES = "|".join((
    *_MAKERS,
    rf"(?:{'|'.join(_FAMILIES)}){_VERSIONED}",
    rf"(?:{'|'.join(_ONLY_WITH_NUMBER)})[ -]?\d(?:[\w.]*\w)?{_VERSIONED}",
))  # fmt: skip


def masked(text: str, slugs: Iterable[str] = ()) -> str:
    """Return ``text`` with the names of models and makers masked.

    Args:
        text: What was said.
        slugs: Models of the study, whose own names are masked as well.
    """
    return _rule(tuple(sorted(set(slugs)))).sub(MASK, text)


@lru_cache(maxsize=16)
def _rule(slugs: tuple[str, ...]) -> re.Pattern[str]:
    own = [name for slug in slugs if (name := _own_name(slug))]
    names = "|".join((*sorted(map(re.escape, own), key=len, reverse=True), _NAMES))
    return re.compile(rf"(?<![\w-])(?:{names})(?![\w])", re.IGNORECASE)


def _own_name(slug: str) -> str | None:
    """Return what a slug calls its model, where that is more than a word of the language."""
    if slug.startswith(("scripted:", "human:")):
        return None
    name = slug.rpartition("/")[2] if "/" in slug else slug.rpartition(":")[2]
    name = name.partition(":")[0]
    return name if re.search(r"[\d-]", name) else None


def blind_names(names: Iterable[str], *, salt: str) -> dict[str, str]:
    """Return a name for each role that tells nothing of its model: ``Speaker 1``, ``Speaker 2`` ..., shuffled.

    Args:
        names: The roles.
        salt: The same salt gives the same names, such as the conversation's id and the labeller.
    """
    shuffled = sorted(names, key=drawn(salt))
    return {role: f"Speaker {number}" for number, role in enumerate(shuffled, start=1)}


def speakers(roles: Sequence[str], question: str, *, salt: str, is_reversed: bool) -> dict[str, str]:
    """Return what each role is called before a judge: its own name where the question speaks of a role.

    Args:
        roles: In seat order.
        question: With everything that the judge is told about its answers.
        salt: What the draw depends on.
        is_reversed: Number the speakers the other way round.
    """
    if any(re.search(rf"(?<!\w){re.escape(role)}(?!\w)", question, re.IGNORECASE) for role in roles if len(role) > 1):
        return {role: role for role in roles}
    numbered = blind_names(roles, salt=salt)
    if not is_reversed:
        return numbered
    return {role: f"Speaker {len(roles) + 1 - int(name.rpartition(' ')[2])}" for role, name in numbered.items()}


def drawn(salt: str) -> Callable[[str], bytes]:
    """Return what puts words in an order that only the salt decides."""
    return lambda word: sha256(f"{salt}\n{word}".encode()).digest()
