"""What this machine can ask: said in words, and never a character of a key."""

from __future__ import annotations

from pathlib import Path

from colloquia.lab.equipping.equipment import Equipment, equipment
from colloquia.settings import Settings

SECRET = "sk-or-v1-0123456789abcdef"  # noqa: S105 (no key of anybody)


def found(*, listening: tuple[int, ...] = (), **environment: str) -> dict[str, Equipment]:
    """Return the providers by name, on a machine with these variables and open ports."""
    settings = Settings(environment=environment, cache=Path("cache"))
    return {each.name: each for each in equipment(settings, listens=lambda host, port: port in listening)}


def test_scripted_seats_are_always_there() -> None:
    """They need nothing."""
    assert found()["scripted"].is_ready


def test_a_key_is_named_by_its_variable_alone() -> None:
    """Neither it nor a part of it is shown."""
    openrouter = found(OPENROUTER_API_KEY=SECRET)["OpenRouter"]

    assert openrouter.is_ready
    assert openrouter.words == "key found in OPENROUTER_API_KEY"
    assert not any(SECRET[start : start + 4] in repr(openrouter) for start in range(len(SECRET) - 3))


def test_a_missing_key_says_what_to_do() -> None:
    """An empty one is missing too."""
    for environment in ({}, {"OPENROUTER_API_KEY": "  "}):
        openrouter = found(**environment)["OpenRouter"]
        assert not openrouter.is_ready
        assert "set OPENROUTER_API_KEY in .env" in openrouter.words


def test_servers_of_this_machine_are_looked_for_at_their_ports() -> None:
    """What answers is there, what does not is not."""
    servers = found(listening=(11434,))

    assert servers["ollama"].is_ready
    assert not servers["vllm"].is_ready
    assert "8000" in servers["vllm"].words


def test_the_embedded_model_says_whether_it_is_installed() -> None:
    """And how to install it where it is not."""
    embedded = found()["embedded"]

    assert ("smollm2" in embedded.words) == embedded.is_ready
    assert ("pip install" in embedded.words) != embedded.is_ready
