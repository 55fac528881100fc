"""Bad input gets a clear error before any call: where, what, and what to do; and nothing is written."""

from __future__ import annotations

import json
import socket
from errno import EACCES
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from openai_server import running

if TYPE_CHECKING:
    from collections.abc import Callable

    from doors import Said

    Command = Callable[..., Said]
    Written = Callable[..., Path]

WRONG: list[tuple[str, dict[str, Any], list[str]]] = [
    ("misspelt word", {"num_turn": 4}, ["num_turn", "num_turns"]),
    ("probe that asks nothing", {"probes": {"mood": {"scale": [1, 7]}}}, ["probes.mood.question", "is missing"]),
    ("no models", {"models": {}}, ["models", "empty"]),
    ("no scenarios", {"scenarios": {}}, ["scenarios", "empty"]),
    ("length below one", {"num_turns": 0}, ["num_turns", "least is 1"]),
    ("iterations below one", {"iterations": 0}, ["iterations", "least is 1"]),
    ("unknown provider", {"models": {"x": "olama:llama3"}}, ["olama", "ollama"]),
    ("bare word as slug", {"models": {"x": "gpt-4o"}}, ["gpt-4o", "author/model"]),
    ("slot without a value", {"scenarios": {"s": "Talk about {topic}."}}, ["scenarios.s", "{topic}", "slots"]),
    ("names alike but for case", {"models": {"Echo": "scripted:echo", "echo": "scripted:echo"}}, ["letter case"]),
    ("a name with a bar", {"models": {"a|b": "scripted:echo"}}, ["a|b", "'|'"]),
    ("role like a study word", {"scenarios": {"s": {"title": "x", "B": "y"}}}, ["scenarios.s.title", "word"]),
    ("misspelt sampling field", {"sampling": {"temprature": 1.0}}, ["temprature", "temperature"]),
    ("sampling out of range", {"sampling": {"temperature": 3}}, ["sampling.temperature", "0 to 2"]),
    ("opener that is no role", {"opens": "guest"}, ["scenarios.train.opens", "guest"]),
    ("both with one prompt", {"opens": "both"}, ["opens", "both"]),
    ("rule without its moves", {"stop": ["deal"]}, ["stop[0]", "deal", "bargain"]),
    ("provider declared anew", {"providers": {"openrouter": {"base_url": "http://127.0.0.1:1"}}}, ["openrouter"]),
    ("scripted file missing", {"models": {"x": "scripted:lines no.txt"}}, ["models.x", "no.txt"]),
    ("scripted file outside", {"models": {"x": "scripted:lines ../no.txt"}}, ["models.x", "beside"]),
    ("unknown scripted form", {"models": {"x": "scripted:ecco"}}, ["ecco", "echo"]),
]


@pytest.mark.parametrize(("words", "expected"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_a_wrong_study_is_refused_with_place_and_remedy(
    colloquia: Command, study: Written, desk: Path, words: dict[str, Any], expected: list[str]
) -> None:
    """The message names the place and the way out; no run folder is made."""
    said = colloquia("run", study(**words))

    assert said.code == 2
    for part in expected:
        assert part in said.err, said.err
    assert "Traceback" not in said.err
    assert not (desk / "data").exists()


def test_a_missing_key_is_named_with_its_variable_and_its_place(colloquia: Command, study: Written, desk: Path) -> None:
    """OpenRouter is not asked without a key."""
    said = colloquia("run", study(models={"gpt": "openai/gpt-4.1-mini"}))

    assert said.code == 2
    assert "OPENROUTER_API_KEY" in said.err
    assert ".env" in said.err
    assert not (desk / "data").exists()


def test_a_key_never_travels_open(colloquia: Command, study: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    """A study that names an open http address for a provider with a key is refused before any call."""
    monkeypatch.setenv("MINE_API_KEY", "sk-canary-123456789")
    words = {"providers": {"mine": {"base_url": "http://example.com/v1"}}, "models": {"x": "mine:model"}}

    said = colloquia("run", study(**words))

    assert said.code == 2
    assert "MINE_API_KEY" in said.err
    assert "canary" not in said.err + said.out


def test_a_study_cannot_take_openrouters_key_elsewhere(
    colloquia: Command, study: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither by declaring the provider anew nor by a name that would yield the same variable."""
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-canary-123456789")

    for name in ("openrouter", "OpenRouter"):
        with running() as elsewhere:
            words = {"providers": {name: {"base_url": elsewhere.url}}, "models": {"x": f"{name}:model"}}
            said = colloquia("run", study(**words))
        assert said.code == 2
        assert "built in" in said.err
        assert elsewhere.requests == []
    for name in ("open-router", "open_router"):
        with running() as elsewhere:
            words = {"providers": {name: {"base_url": elsewhere.url}}, "models": {"x": f"{name}:model"}}
            said = colloquia("run", study(**words), "--run-dir", name)
        assert elsewhere.requests, said.err
        assert not any("authorization" in headers for headers in elsewhere.headers)


def test_no_study_at_all_says_what_to_name(colloquia: Command) -> None:
    """In an empty folder the command says what it looked for."""
    said = colloquia("run")

    assert said.code == 2
    assert "simulation_config.py" in said.err


def test_a_broken_python_page_names_the_error(colloquia: Command, desk: Path) -> None:
    """The researcher's own mistake is shown as theirs."""
    (desk / "simulation_config.py").write_text("MODELS = {'a': 'scripted:echo'\n", encoding="utf-8")

    said = colloquia("run")

    assert said.code == 2
    assert "SyntaxError" in said.err


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder in which not even root can write: /proc")
def test_a_folder_nobody_can_write_in_is_refused_before_any_call(colloquia: Command, study: Written) -> None:
    """The folder is tried first, not after the first paid turn."""
    with running() as served:
        words = {"providers": {"mine": {"base_url": served.url}}, "models": {"x": "mine:model"}}
        said = colloquia("run", study(**words), "--run-dir", "/proc/colloquia")

    assert said.code == 2
    assert "/proc" in said.err
    assert served.requests == []


def test_a_run_folder_that_is_a_file_is_refused(colloquia: Command, study: Written, desk: Path) -> None:
    """What cannot be a folder is named, and how to name another."""
    (desk / "data").write_text("not a folder", encoding="utf-8")

    said = colloquia("run", study())

    assert said.code == 2
    assert "data is a file, and no folder to keep a run in: name another with --run-dir" in said.err


@pytest.mark.parametrize("command", [("run", "study.toml"), ("plan", "study.toml"), ("fork", "x", "--turn", "1")])
def test_a_run_folder_below_a_file_is_refused_with_the_part_that_is_the_file(
    colloquia: Command, study: Written, desk: Path, command: tuple[str, ...]
) -> None:
    """No permissions would make it a folder."""
    study()
    (desk / "notes").write_text("not a folder", encoding="utf-8")

    said = colloquia(*command, "--run-dir", "notes/below/run")

    assert said.code == 2
    assert "notes is a file, and no folder" in said.err
    assert "permissions" not in said.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["plan", "data"], "data is a folder with a study in it: name it with --run-dir"),
        (["probe", "study.toml"], "probes: the study has none; write who is asked what"),
        (["answer"], "No run is going on in data, so nobody is asked anything. Begin with"),
        (["answer", "--run-dir", "nowhere"], "No log in nowhere"),
        (["size", "study.toml"], "Say what is wanted"),
        (
            ["size", "study.toml", "--effect", "1", "--sd", "1"],
            "Say what tells two groups apart (--factor): model_1, model_2",
        ),
        (
            ["size", "study.toml", "--effect", "1", "--factor", "model_1", "--first", "echo", "--second", "random"],
            "or name a pilot (--pilot)",
        ),
        (["serve-fake", "--faults", "study.toml"], "study.toml: faults plan: there is no word"),
        (["serve-fake", "--port", "70000"], "--port"),
        (["gui", "--port", "70000"], "--port"),
        (["replay", "nowhere.zip"], "nowhere.zip cannot be read (No such file or directory): name a bundle"),
        (["label", "import", "nowhere.csv", "--by", "ada"], "nowhere.csv cannot be read (No such file or directory)"),
        (["label", "import", "data", "--by", "ada"], "name a sheet that `colloquia label export` wrote"),
    ],
    ids=lambda part: " ".join(part[:2]) if isinstance(part, list) else "",
)
def test_a_command_that_cannot_be_says_what_to_type_instead(
    colloquia: Command, study: Written, arguments: list[str], told: str
) -> None:
    """Beside a study that was run: one sentence with the place and the way out, and code 2."""
    colloquia("run", study())

    said = colloquia(*arguments)

    assert said.code == 2
    assert told in said.err, said.err


def test_commands_that_read_say_where_they_found_no_log(colloquia: Command) -> None:
    """Nothing to show is a sentence, not a stack trace."""
    for command in ("show", "export", "check", "verify"):
        said = colloquia(command, "--run-dir", "nowhere")
        assert said.code == 2
        assert "nowhere" in said.err


def test_a_damaged_line_is_named_and_the_other_conversations_go_on(
    colloquia: Command, study: Written, desk: Path
) -> None:
    """The line, the conversation and what to do are named; that conversation is left as it is."""
    colloquia("run", study(num_turns=2))
    log = desk / "data/experiment_log.jsonl"
    lines = log.read_bytes().split(b"\n")
    trial = json.loads(lines[0])["trial_id"]
    lines[0] = lines[0].replace(b'"turn_id":1', b'"turn_id":1 ')
    log.write_bytes(b"\n".join(lines))

    again = colloquia("run", study(num_turns=4))
    checked = colloquia("check")

    assert again.code == 1
    assert "line 1" in again.out
    assert "3 conversations finished" in again.out
    assert checked.code == 1
    assert trial in checked.out
    assert "line 1" in checked.out


def test_what_is_written_of_damaged_conversations_says_so(colloquia: Command, study: Written, desk: Path) -> None:
    """Tables and the report hold less than was said; in a whole folder nothing is remarked."""
    colloquia("run", study())
    commands = (["export"], ["export", "--format", "jsonl"], ["report"])
    whole = [colloquia(*command).out for command in commands]
    log = desk / "data/experiment_log.jsonl"
    log.write_bytes(log.read_bytes().replace(b'"turn_id":1', b'"turn_id":1 ', 1))

    damaged = [colloquia(*command).out for command in commands]

    remark = "Damaged: 1 conversation, of which only whole lines are in it; "
    assert [remark in said for said in damaged] == [True, True, True]
    assert all("check --run-dir data says more." in said for said in damaged)
    assert not any("Damaged" in said for said in whole)


def test_a_line_edited_by_hand_is_found(colloquia: Command, study: Written, desk: Path) -> None:
    """Even where the checksum was mended, the requests that followed give it away."""
    from zlib import crc32

    colloquia("run", study(pairing="self", models={"echo": "scripted:echo"}))
    log = desk / "data/experiment_log.jsonl"
    lines = log.read_bytes().splitlines()
    row = json.loads(lines[1])
    body = lines[1].rpartition(b',"crc32"')[0].replace(json.dumps(row["content"]).encode(), b'"Something else."', 1)
    lines[1] = b'%b,"crc32":"%08x"}' % (body, crc32(body))
    log.write_bytes(b"\n".join(lines) + b"\n")

    said = colloquia("verify")

    assert said.code == 1
    assert row["trial_id"] in said.out
    assert "turn 3" in said.out or "turn 2" in said.out


@pytest.mark.parametrize(
    ("command", "remedy"),
    [
        (["gui", "--no-browser"], "name another, such as --port"),
        (["serve-fake"], "name another with --port; --port 0 takes a free one"),
    ],
)
def test_a_port_that_is_taken_is_refused_before_anything_is_claimed(
    colloquia: Command, command: list[str], remedy: str
) -> None:
    """What serves nothing does not say that it serves."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        said = colloquia(*command, "--port", str(port))

    assert said.code == 2
    assert f"Port {port} of 127.0.0.1 cannot be used" in said.err
    assert remedy in said.err
    assert said.out == ""


def test_a_study_in_a_loose_file_type_is_refused(colloquia: Command, desk: Path) -> None:
    """A study is TOML or Python."""
    path = Path("study.yaml")
    path.write_text("models: {}", encoding="utf-8")

    said = colloquia("run", path)

    assert said.code == 2
    assert ".toml" in said.err


def test_a_file_that_cannot_be_looked_at_is_named(
    colloquia: Callable[..., Said], desk: Path, study: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever it is and whoever looks: a sentence and code 2, never a traceback."""
    path = study(models={"one": "scripted:random"})
    looked_at = Path.stat

    def closed(self: Path, **options: object) -> object:
        if self.name == path.name:
            raise PermissionError(EACCES, "Permission denied", str(self))
        return looked_at(self, **options)

    monkeypatch.setattr(Path, "stat", closed)

    said = colloquia("run", path)

    assert said.code == 2
    assert path.name in said.err
    assert "Permission denied" in said.err
