"""A key that a server repeats, in every place where it can put a text, is found nowhere: the sweep."""

from __future__ import annotations

import json
import os
import signal
import time
from base64 import b64encode
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from doors import log_lines
from echo_server import DISGUISES, PLACES, Answer, as_json, echoing, error, escaped, whole
from looking import LOOKING, outputs_of

from colloquia.providers.simulator.plan import Plan
from colloquia.providers.simulator.threads import in_thread

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from doors import Said

    Command = Callable[..., Said]
    Written = Callable[..., Path]
    Process = Callable[..., subprocess.Popen[str]]

OWN_KEY = "canary.own+9f/8e=77cafe"
ROUTER_KEY = "sk-or-v1-canary+9f/8e=77cafe"


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tries follow upon each other at once."""
    monkeypatch.setattr("colloquia.running.call.FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr("colloquia.running.pace.SLOWEST_PER_SECOND", 1000.0)


def forms(key: str) -> Iterator[bytes]:
    """Yield a key as it may stand in a file: plain, in a URL, in base64 at each of its three places, in JSON."""
    yield key.encode()
    yield quote(key).encode()
    yield quote(key, safe="").encode()
    yield escaped(key).encode()
    yield key.replace("/", "\\/").encode()
    for before in range(3):
        encoded = b64encode(b"x" * before + key.encode())
        yield encoded[4 if before else 0 : -4]


def leaks(folder: Path, outputs: list[str], *keys: str) -> list[str]:
    """Return where a key stands, in any of its forms."""
    texts = {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    texts |= {f"output {number}": output.encode() for number, output in enumerate(outputs)}
    names = "\n".join(map(str, folder.rglob("*"))).encode()
    found = [(place, form) for place, text in texts.items() for key in keys for form in forms(key) if form in text]
    found += [("a name of a file", form) for key in keys for form in forms(key) if form in names]
    return [f"{place}: {form.decode()}: ...{_around(texts.get(place, names), form)}..." for place, form in found]


def _around(text: bytes, form: bytes) -> str:
    at = text.index(form)
    return text[max(at - 150, 0) : at + 100].decode(errors="replace")


def one_model_for_each(places: Iterable[str], prefix: str, **words: Any) -> dict[str, Any]:
    """Return a study in which each model has its own way of repeating the key."""
    models = {place: f"{prefix}{place}" for place in places}
    return {"models": models, "pairing": "self", "num_turns": 2, **words}


def asked(desk: Path) -> set[str]:
    """Return the models that the journal says were asked."""
    entries = map(json.loads, (desk / "data/journal.jsonl").read_text(encoding="utf-8").splitlines())
    return {entry["speaker_model"] for entry in entries if "speaker_model" in entry}


@pytest.mark.slow
@pytest.mark.parametrize("streaming", [(), ("--no-stream",)], ids=["streamed", "whole"])
def test_a_key_that_a_server_of_ones_own_repeats_is_found_nowhere(
    colloquia: Command, study: Written, desk: Path, monkeypatch: pytest.MonkeyPatch, streaming: tuple[str, ...]
) -> None:
    """In no file, no name and no line of any command, whichever way it came back, and in none of its forms."""
    monkeypatch.setenv("MINE_API_KEY", OWN_KEY)
    with echoing() as url:
        path = study(**one_model_for_each(PLACES, "mine:lab/", providers={"mine": {"base_url": url, "price": 0}}))
        outputs = outputs_of(colloquia, ("run", str(path), *streaming), *LOOKING, ("run", str(path), *streaming))

    assert asked(desk) == set(PLACES)
    assert leaks(desk, outputs, OWN_KEY) == []


@pytest.mark.parametrize("place", DISGUISES)
def test_a_key_in_disguise_is_found_nowhere(
    colloquia: Command, study: Written, desk: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """A gateway that shows the request may encode the key; it is as good as the plain one."""
    monkeypatch.setenv("MINE_API_KEY", OWN_KEY)
    with echoing() as url:
        path = study(**one_model_for_each([place], "mine:lab/", providers={"mine": {"base_url": url, "price": 0}}))
        outputs = outputs_of(colloquia, ("run", str(path)), *LOOKING)

    assert asked(desk) == {place}
    assert leaks(desk, outputs, OWN_KEY) == []


@pytest.mark.slow
@pytest.mark.parametrize("streaming", [(), ("--no-stream",)], ids=["streamed", "whole"])
def test_a_key_that_openrouter_repeats_is_found_nowhere(
    colloquia: Command, study: Written, desk: Path, monkeypatch: pytest.MonkeyPatch, streaming: tuple[str, ...]
) -> None:
    """Also in the list of models, the endpoints, the account and the price list kept on this machine."""
    monkeypatch.setenv("OPENROUTER_API_KEY", ROUTER_KEY)
    plan = Plan(clock_unit=0.001, models={f"lab/{place}": "sim/plain" for place in PLACES})
    with in_thread(plan) as simulator, echoing(simulator.base_url) as url:
        path = study(**one_model_for_each(PLACES, "lab/"))
        run = ("run", str(path), "--base-url", url, *streaming)
        outputs = outputs_of(colloquia, run, *LOOKING, ("models", "--base-url", url), run)

    assert asked(desk) == set(PLACES)
    assert leaks(desk, outputs, ROUTER_KEY) == []


@pytest.mark.parametrize("status", [401, 402])
def test_a_key_that_is_refused_stops_the_run_and_is_not_shown(
    colloquia: Command, study: Written, desk: Path, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    """What stops the run repeats what the server said, without the key."""
    monkeypatch.setenv("MINE_API_KEY", OWN_KEY)

    def refuse(_place: str, key: str) -> Answer:
        return as_json(error(f"Incorrect API key provided: {key}", code=key), status)

    with echoing(answer=refuse) as url:
        path = study(providers={"mine": {"base_url": url, "price": 0}}, models={"one": "mine:lab/one"})
        outputs = outputs_of(colloquia, ("run", str(path)), *LOOKING)

    assert "Stopped early" in outputs[0]
    assert leaks(desk, outputs, OWN_KEY) == []


def test_a_key_in_the_environment_leaves_no_trace_of_itself_in_what_is_frozen(
    colloquia: Command, study: Written, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same study has the same ids with another key and with none; a file ``.env`` is read and never copied."""
    ids = []
    for number, key in enumerate((None, OWN_KEY, ROUTER_KEY)):
        if key:
            monkeypatch.setenv("MINE_API_KEY", key)
            (desk / ".env").write_text(f"OPENROUTER_API_KEY={ROUTER_KEY}\n", encoding="utf-8")
        with echoing(answer=lambda _place, _key: as_json(whole())) as url:
            words = {"providers": {"mine": {"base_url": url, "price": 0}}, "models": {"one": "mine:one"}}
            said = colloquia("run", str(study(**words)), "--run-dir", f"runs/{number}", "--no-stream")
        assert said.code == 0, said.out + said.err
        ids.append([row["trial_id"] for row in log_lines(desk / f"runs/{number}")])
        assert leaks(desk / "runs", [said.out, said.err], OWN_KEY, ROUTER_KEY) == []

    assert ids[0] == ids[1] == ids[2]


def test_a_run_that_crashes_shows_no_key(
    colloquia: Command, study: Written, desk: Path, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Left in the background, killed in the middle, looked at while it is lost: in no file, no ``run.log``, no line."""
    monkeypatch.setenv("MINE_API_KEY", OWN_KEY)
    with echoing(answer=_slow_echo) as url:
        provider = {"mine": {"base_url": url, "price": 0}}
        path = study(providers=provider, models={"one": "mine:one"}, num_turns=400)
        begun = process("run", str(path), "--detach")
        outputs = [begun.communicate(timeout=60)[0]]
        _wait_for_turns(desk)
        pid = int(json.loads((desk / "data/state.json").read_bytes())["pid"])
        outputs += outputs_of(colloquia, ("status",), ("check",), ("show", "1"))
        os.kill(pid, signal.SIGKILL)
        outputs += outputs_of(colloquia, *LOOKING)

    assert begun.returncode == 0, outputs[0]
    assert (desk / "data/run.log").is_file()
    assert leaks(desk, outputs, OWN_KEY) == []


def _slow_echo(_place: str, key: str) -> Answer:
    time.sleep(0.02)
    return as_json(whole(id=f"gen-{key}", model=key), **{"X-Request-Id": key})


def _wait_for_turns(desk: Path) -> None:
    log = desk / "data/experiment_log.jsonl"
    deadline = time.monotonic() + 60
    while not (log.exists() and log.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.02)


def test_a_redirect_is_not_followed_and_takes_no_key_along(
    colloquia: Command, study: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other server is never spoken to."""
    monkeypatch.setenv("MINE_API_KEY", OWN_KEY)
    heard = []

    def hear(_place: str, key: str) -> Answer:
        heard.append(key)
        return as_json(whole())

    with echoing(answer=hear) as elsewhere:
        target = {"Location": f"{elsewhere}/chat/completions"}
        with echoing(answer=lambda _place, _key: Answer(status=308, headers=target)) as url:
            said = colloquia("run", str(study(providers={"mine": {"base_url": url}}, models={"one": "mine:one"})))

    assert said.code != 0
    assert heard == []
