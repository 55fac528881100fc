"""What a judge must not know is masked, and what people say besides stays."""

from __future__ import annotations

import pytest

from colloquia.analysis.judging.blinding import MASK, masked, speakers


@pytest.mark.parametrize(
    "name",
    [
        "ChatGPT", "GPT-4.1-mini", "gpt 4o", "Claude", "Claude Haiku 4.5", "Gemini 2.5 Pro", "Llama 3.3", "llama-3",
        "Mixtral", "Qwen2.5", "DeepSeek", "Grok", "Phi-4", "OpenAI", "Anthropic", "Google DeepMind", "Mistral AI",
        "Hugging Face", "xAI", "o3", "SmolLM2",
    ],
)  # fmt: skip
def test_names_of_models_and_makers_are_masked(name: str) -> None:
    """Whatever their case, and with their version."""
    for said in (name, name.upper(), name.lower()):
        assert masked(f"I am {said}, and glad.") == f"I am {MASK}, and glad."


@pytest.mark.parametrize(
    "text",
    [
        "The llama spat at me.", "A nova in the night sky.", "He studied phi and psi.", "Egypt is warm.",
        "I have a clause in my contract.", "Opus one is by Beethoven.", "The grokking of it took long.",
    ],
)  # fmt: skip
def test_words_of_the_language_stay(text: str) -> None:
    """A mask that hits them would change what is judged."""
    assert masked(text) == text


def test_the_studys_own_models_are_masked_by_the_names_in_their_slugs() -> None:
    """Also those that no list knows; scripted seats have none."""
    slugs = ["acme/parrot-9:free", "ollama:homemade-2", "scripted:always yes"]

    assert masked("I, parrot-9, met homemade-2. Yes, always.", slugs) == f"I, {MASK}, met {MASK}. Yes, always."


def test_speakers_are_numbered_in_an_order_that_is_drawn() -> None:
    """The same salt gives the same, another salt sometimes the other, and swapping turns it round."""
    drawn = [speakers(("A", "B"), "Warm?", salt=str(n), is_reversed=False) for n in range(40)]
    swapped = [speakers(("A", "B"), "Warm?", salt=str(n), is_reversed=True) for n in range(40)]

    assert {each["A"] for each in drawn} == {"Speaker 1", "Speaker 2"}
    assert drawn == [speakers(("A", "B"), "Warm?", salt=str(n), is_reversed=False) for n in range(40)]
    assert all(one["A"] == other["B"] and one["B"] == other["A"] for one, other in zip(drawn, swapped, strict=True))


def test_roles_keep_their_names_where_the_question_speaks_of_one() -> None:
    """Else nobody could answer it."""
    roles = ("guard", "prisoner")

    assert speakers(roles, "Did the Prisoner get it?", salt="s", is_reversed=True) == {role: role for role in roles}
    assert speakers(roles, "Is it a prisonerlike tone?", salt="s", is_reversed=True) != {role: role for role in roles}
