"""What workers are told of a study, and what they cannot hold."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from openai_server import running
from unit.providers.bodies import asked

from colloquia.design.study import Experiment
from colloquia.errors import SettingsError
from colloquia.lab.planning.bench import Options, Workers, lay_out
from colloquia.lab.planning.preflight import Preflight
from colloquia.lab.running.elsewhere import check_possible, keys, made, on_ray
from colloquia.running.budget import Budget
from colloquia.running.call import Desk
from colloquia.settings import Settings
from colloquia.studies import Study

if TYPE_CHECKING:
    from pathlib import Path

    from colloquia.lab.planning.bench import Bench

WORDS: dict[str, Any] = {
    "models": {"m": "mine:one"},
    "providers": {"mine": {"base_url": "http://127.0.0.1:1/v1", "price": {"prompt": 1.0, "completion": 1.0}}},
    "scenarios": {"sale": "You sell."},
    "num_turns": 2,
}


def bench(folder: Path, workers: Workers | None = None, **words: Any) -> Bench:
    """Return a study laid out."""
    study = Study(experiment=Experiment(**WORDS | words), folder=folder, origin="here", runs_code=True)
    settings = Settings(environment={"MINE_API_KEY": "sk-mine", "OTHER_API_KEY": "sk-other"}, cache=folder)
    return asyncio.run(lay_out(study, Options(run_dir=folder / "run", workers=workers), settings))


def test_only_the_keys_of_its_providers_go_to_a_worker(tmp_path: Path) -> None:
    """And they are part of nothing that is shown."""
    found = on_ray(
        bench(tmp_path), Preflight(), Workers(number=3), prices={}, width=lambda _slug: 8, strangers=frozenset()
    )

    assert found.keys == {"MINE_API_KEY": "sk-mine"}
    assert "sk-" not in repr(found)
    assert keys({"OPENROUTER_API_KEY": "sk-or", "MINE_API_KEY": "sk-mine"}, frozenset({"openrouter"})) == {
        "OPENROUTER_API_KEY": "sk-or"
    }
    assert (found.workers, found.address, found.slugs, found.providers) == (3, None, ("mine:one",), {"mine"})


def test_what_a_worker_has_to_know_holds_no_key_and_makes_the_models(tmp_path: Path) -> None:
    """The keys come apart from it."""
    laid_out = bench(tmp_path)
    found = on_ray(
        laid_out, Preflight(), Workers(), prices={}, width=lambda _slug: 8, strangers=frozenset({"mine:one"})
    )
    desk = Desk(run_id="run-1", writer=None, budget=Budget(cap_usd=2.0))  # type: ignore[arg-type]

    order = found.order(desk)

    assert "sk-" not in repr(order)
    assert (order.run_id, order.cap_usd, order.strangers) == ("run-1", 2.0, {"mine:one"})
    assert order.models({"MINE_API_KEY": "sk-mine"}).model("mine:one") is not None


@pytest.mark.parametrize(
    ("slug", "is_shared"), [("mine:one", True), ("openai/gpt", True), ("embedded:x", False), ("scripted:echo", False)]
)
def test_a_server_in_the_network_is_shared_by_all_workers(tmp_path: Path, slug: str, *, is_shared: bool) -> None:
    """What runs inside a worker is its own."""
    found = on_ray(bench(tmp_path), Preflight(), Workers(), prices={}, width=lambda _slug: 8, strangers=frozenset())

    assert found.is_shared(slug) is is_shared


def test_python_of_the_study_is_not_sent_to_workers(tmp_path: Path) -> None:
    """It is refused before anything is written; without workers it runs."""
    (tmp_path / "seat.py").write_text("def answer(request):\n    return 'Yes.'\n", encoding="utf-8")
    words = {"models": {"m": "scripted:seat.py:answer"}, "providers": {}}

    check_possible(bench(tmp_path, **words))
    with pytest.raises(SettingsError, match=r"seat\.py would have to run in the workers"):
        check_possible(bench(tmp_path, Workers(), **words))


def test_models_in_a_worker_mark_prompts_as_here(tmp_path: Path) -> None:
    """What is sent of them holds marks, and of no other model."""
    about: dict[str, Any] = {
        "slugs": ("acme/m", "acme/n"), "providers": {}, "is_streaming": False, "folder": tmp_path,
        "allows_code": False, "inbox": None,
    }  # fmt: skip

    async def ask(url: str) -> None:
        key = {"OPENROUTER_API_KEY": "sk-simulated"}
        async with made({**about, "base_url": url}, {}, frozenset({"acme/m"}), key) as models:
            for slug in about["slugs"]:
                await models.model(slug).reply(asked(("system", "You sell."), ("user", "Begin."), slug=slug))

    with running() as served:
        asyncio.run(ask(served.url))

    assert ["cache_control" in str(body["messages"]) for body in served.requests] == [True, False]
