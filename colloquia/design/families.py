"""Which house a model comes from, as far as its slug says: a judge favours its own."""

from __future__ import annotations

import re

from colloquia.design.models import prefix

_HOUSES = {
    "anthropic": r"claude",
    "openai": r"gpt|chatgpt|o\d(?:-|$)",
    "google": r"gemini|gemma|palm",
    "meta": r"llama",
    "mistral": r"mi[sx]tral|ministral|codestral|magistral",
    "qwen": r"qwen|qwq",
    "deepseek": r"deepseek",
    "microsoft": r"phi-?\d|wizardlm",
    "xai": r"grok",
    "cohere": r"command-?[ar]|aya",
    "huggingface": r"smollm|zephyr",
    "moonshot": r"kimi",
    "zhipu": r"glm",
    "nvidia": r"nemotron",
    "amazon": r"nova|titan",
    "ai21": r"jamba",
    "allenai": r"olmo|tulu",
    "ibm": r"granite",
    "minimax": r"minimax",
}
"""What a model is called, by who made it; the first that fits the model's own name counts."""
_CALLED = {house: re.compile(pattern, re.IGNORECASE) for house, pattern in _HOUSES.items()}


def family(slug: str) -> str:
    """Return who made a model: by its own name where that is known, else by the author in its slug.

    A scripted seat is a family of its own.
    """
    if prefix(slug) == "scripted":
        return slug
    author, slash, name = slug.partition(":")[2].rpartition("/") if prefix(slug) else slug.rpartition("/")
    name = name.partition(":")[0]
    for house, called in _CALLED.items():
        if called.match(name):
            return house
    return author.lower() if slash else name.lower()
