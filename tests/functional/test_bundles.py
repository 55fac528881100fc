"""``export --format`` and ``replay``: one file that holds all, and whether its tables come out of its log again."""

from __future__ import annotations

import json
import re
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile, ZipInfo

import pandas as pd
import pytest
from doors import toml

import colloquia as library
from colloquia.analysis.codebook import TABLES, codebook
from colloquia.cli.app import main

if TYPE_CHECKING:
    from collections.abc import Callable

    from doors import Said

    Command = Callable[..., Said]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run, measure and bundle a study of scripted seats with a factor once; nobody changes it."""
    place = tmp_path_factory.mktemp("made")
    words = {
        "models": {"echo": "scripted:echo", "random": "scripted:random"},
        "scenarios": {"train": "You sit on a train. {mood}"},
        "factors": {"mood": {"good": "Sun.", "bad": "Rain."}},
        "num_turns": 4,
        "iterations": 3,
    }
    (place / "study.toml").write_text(toml(words), encoding="utf-8")
    run(["run", str(place / "study.toml"), "--run-dir", str(place / "data")])
    run(["measure", "lexical_diversity", "talk_share", "--run-dir", str(place / "data")])
    run(["export", "--format", "bundle", "--run-dir", str(place / "data"), "--out", str(place / "study.zip")])
    return place


def run(arguments: list[str]) -> None:
    """Run a command that ends well."""
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code in (0, None)


@pytest.fixture
def done(made: Path, desk: Path) -> Path:
    """Return a copy of the run folder."""
    shutil.copytree(made / "data", desk / "data")
    return Path("data")


@pytest.fixture
def bundle(made: Path, desk: Path) -> Path:
    """Return a copy of the bundle."""
    shutil.copy(made / "study.zip", desk / "study.zip")
    return Path("study.zip")


def rewritten(bundle: Path, change: Callable[[str, bytes], bytes], name: str = "altered.zip") -> Path:
    """Return a copy of a bundle with its files changed, as somebody with a zip program would."""
    with ZipFile(bundle) as archive, ZipFile(name, "w") as other:
        for member in archive.namelist():
            other.writestr(member, change(member, archive.read(member)))
    return Path(name)


def test_every_table_comes_out_of_the_log_again(
    bundle: Path, colloquia: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In an empty folder, byte for byte; nothing is left behind."""
    empty = Path("elsewhere")
    empty.mkdir()
    where = bundle.resolve()
    monkeypatch.chdir(empty)

    said = colloquia("replay", str(where))

    assert said.code == 0, said.out
    assert "(SCRIPTED)" in said.out
    assert "tables came out of the log again, byte for byte" in said.out
    assert list(Path().iterdir()) == []


def test_a_bundle_of_the_same_folder_has_the_same_tables(bundle: Path, done: Path, colloquia: Command) -> None:
    """Only the report differs, by its moment, and figures, by a number that is drawn anew for each gradient."""
    colloquia("export", "--format", "bundle", "--out", "again.zip")

    with ZipFile(bundle) as one, ZipFile("again.zip") as other:
        assert one.namelist() == other.namelist()
        differing = [name for name in one.namelist() if one.read(name) != other.read(name)]
    assert {name for name in differing if not name.startswith("figures/")} == {"SHA256SUMS", "report.html"}


@pytest.mark.parametrize("is_sealed", [False, True])
def test_an_altered_line_of_the_log_is_found_and_its_tables_named(
    bundle: Path, colloquia: Command, *, is_sealed: bool
) -> None:
    """Whether its checksum was left as it was, or made to fit."""

    def change(name: str, data: bytes) -> bytes:
        if name != "experiment_log.jsonl":
            return data
        lines = data.split(b"\n")
        lines[5] = lines[5].replace(b'"content":"', b'"content":"Never said: ', 1)
        if is_sealed:
            from zlib import crc32

            body = lines[5][: lines[5].rindex(b',"crc32"')]
            lines[5] = b'%b,"crc32":"%08x"}' % (body, crc32(body))
        return b"\n".join(lines)

    said = colloquia("replay", str(rewritten(bundle, change)))

    assert said.code == 1
    assert "experiment_log.jsonl is not as it was packed" in said.out
    assert "tables/turns.csv differs, first in line 7" in said.out
    assert "tables/measures.csv differs" in said.out


def test_an_altered_table_is_named(bundle: Path, colloquia: Command) -> None:
    """It is not as it was packed, and it does not come out of the log."""

    def change(name: str, data: bytes) -> bytes:
        return data.replace(b'"echo"', b'"oche"', 1) if name == "tables/conversations.csv" else data

    said = colloquia("replay", str(rewritten(bundle, change)))

    assert said.code == 1
    assert "tables/conversations.csv is not as it was packed" in said.out
    assert re.search(r"tables/conversations.csv differs, first in line [2-9]", said.out)
    assert "tables/turns.csv differs" not in said.out


def test_a_bundle_can_be_unpacked_into_a_new_folder_only(bundle: Path, colloquia: Command) -> None:
    """It is kept there and can be read; a folder with anything in it is left alone."""
    kept = colloquia("replay", str(bundle), "--out", "unpacked")
    full = colloquia("replay", str(bundle), "--out", "unpacked")

    assert kept.code == 0
    assert len(library.load("unpacked").conversations) == 24
    assert full.code == 2
    assert "is not empty" in full.err


def _member(name: str, *, mode: int = stat.S_IFREG | 0o644) -> ZipInfo:
    about = ZipInfo(name)
    about.external_attr = mode << 16
    return about


@pytest.mark.parametrize(
    ("name", "mode", "said"),
    [
        ("../outside.txt", stat.S_IFREG, "leads out of the folder"),
        ("/etc/outside.txt", stat.S_IFREG, "leads out of the folder"),
        ("C:/outside.txt", stat.S_IFREG, "leads out of the folder"),
        ("a/../../outside.txt", stat.S_IFREG, "leads out of the folder"),
        ("a\\..\\outside.txt", stat.S_IFREG, "leads out of the folder"),
        ("link", stat.S_IFLNK | 0o777, "is a link or a device"),
        ("STUDY.toml", stat.S_IFREG, "two files of one name"),
    ],
)
def test_a_bundle_that_is_none_is_not_unpacked(
    bundle: Path, colloquia: Command, name: str, mode: int, said: str
) -> None:
    """Nothing of it is written anywhere, also not what stands before the bad file."""
    with ZipFile(bundle, "a") as archive:
        archive.writestr(_member(name, mode=mode | 0o644), "../../../etc/passwd")

    done = colloquia("replay", str(bundle), "--out", "there")

    assert done.code == 2
    assert said in done.err
    assert not Path("there").exists()
    assert not Path("outside.txt").exists()


def test_a_bomb_is_not_unpacked(bundle: Path, colloquia: Command) -> None:
    """A file that grows to a thousand times its size is no log."""
    with ZipFile(bundle, "a", compression=8) as archive:
        archive.writestr("zeros", b"\0" * 120_000_000)

    done = colloquia("replay", str(bundle))

    assert done.code == 2
    assert "would grow beyond reason" in done.err


def test_what_is_no_bundle_is_said_to_be_none(desk: Path, colloquia: Command) -> None:
    """A text, and a zip file of something else."""
    Path("text.zip").write_text("no zip", encoding="utf-8")
    with ZipFile("other.zip", "w") as archive:
        archive.writestr("readme.txt", "hello")

    assert "is no whole zip file" in colloquia("replay", "text.zip").err
    assert "is no bundle" in colloquia("replay", "other.zip").err


def test_a_bundle_without_text_holds_none(done: Path, colloquia: Command) -> None:
    """No line that was said stands in any of its files, compressed or not; it says that it cannot be replayed."""
    said = {text for text in library.load(done).turns["content"].dropna() if len(text) > 12}
    colloquia("export", "--format", "bundle", "--no-text", "--out", "numbers.zip")

    with ZipFile("numbers.zip") as archive:
        files = {name: archive.read(name).decode("utf-8", "replace") for name in archive.namelist()}
    refused = colloquia("replay", "numbers.zip")

    assert not {name for name, text in files.items() for line in said if line in text}
    assert {"tables/turns.csv", "study.toml", "methods.txt", "analysis.R", "SHA256SUMS"} <= files.keys()
    assert not {"experiment_log.jsonl", "journal.jsonl", "report.html"} & files.keys()
    assert len(json.loads(files["bundle.json"])["hashes"]) >= 3
    assert "has no log to replay" in refused.err


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_tables_are_exported_with_their_codebook(done: Path, colloquia: Command, form: str) -> None:
    """Every table that has rows; the names say SCRIPTED; without text the columns of texts are not there."""
    colloquia("export", "--format", form)
    colloquia("export", "--format", form, "--no-text", "--out", "numbers")

    read = {"csv": pd.read_csv, "parquet": pd.read_parquet, "jsonl": lambda path: pd.read_json(path, lines=True)}[form]
    turns, numbers = (read(folder / f"turns-SCRIPTED.{form}") for folder in (done / "export", Path("numbers")))
    assert len(turns) == len(numbers) == 96
    assert set(turns.columns) - set(numbers.columns) == {"content", "reasoning"} & set(turns.columns)
    assert (done / "export" / f"codebook-SCRIPTED.{form}").is_file()


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_some_tables_are_exported_alone_and_are_those_of_the_whole(done: Path, colloquia: Command, form: str) -> None:
    """Byte for byte, under the same names; what is not named is not written."""
    colloquia("export", "--format", form, "--out", "all")
    colloquia("export", "--format", form, "--table", "turns", "--out", "one")
    colloquia("export", "--format", form, "--table", "codebook", "--table", "conversations", "--out", "two")

    one, two = ({path.name: path.read_bytes() for path in Path(place).iterdir()} for place in ("one", "two"))
    assert set(one) == {f"turns-SCRIPTED.{form}"}
    assert set(two) == {f"conversations-SCRIPTED.{form}", f"codebook-SCRIPTED.{form}"}
    assert one | two == {name: Path("all", name).read_bytes() for name in (*one, *two)}


def test_an_unknown_table_is_named(done: Path, colloquia: Command) -> None:
    """With the nearest, before anything is written; a bundle and the tables of a run are always whole."""
    misspelt = colloquia("export", "--format", "parquet", "--table", "turn", "--out", "nothing")
    assert misspelt.code == 2
    assert "--table turn: no such table. Did you mean 'turns'?" in misspelt.err
    assert not Path("nothing").exists()
    assert "Nothing was written: judgements of" in colloquia("export", "--format", "csv", "--table", "judgements").out
    assert "a bundle holds all" in colloquia("export", "--format", "bundle", "--table", "turns").err
    assert "name it with --format" in colloquia("export", "--table", "turns").err


def test_the_codebook_knows_every_column(done: Path) -> None:
    """Each has a type and a meaning: none is left to be guessed."""
    frames = library.load(done)
    book = codebook(frames)

    described = set(zip(book["table"], book["column"], strict=True))
    assert {(table, name) for table in TABLES for name in getattr(frames, table).columns} <= described
    assert book.loc[book["meaning"].str.len() < 10, "column"].tolist() == []
    assert "good, bad" in book.loc[book["column"] == "mood", "meaning"].iloc[0] or "bad, good" in str(book["meaning"])


def test_a_corpus_is_what_convokit_reads(done: Path, colloquia: Command) -> None:
    """Each utterance answers the one before, the first one's id is the conversation's; seats are speakers."""
    colloquia("export", "--format", "convokit")

    place = done / "export" / "convokit"
    utterances = [json.loads(line) for line in (place / "utterances.jsonl").read_text(encoding="utf-8").splitlines()]
    speakers, conversations, index = (
        json.loads((place / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("speakers", "conversations", "index")
    )
    ids = {each["id"]: each for each in utterances}
    assert len(ids) == 96
    assert {each["conversation_id"] for each in utterances} == set(conversations)
    assert set(conversations) <= set(ids)
    for each in utterances:
        before = each["reply-to"]
        assert (before is None) == (each["id"] == each["conversation_id"])
        assert before is None or ids[before]["conversation_id"] == each["conversation_id"]
        assert each["speaker"] in speakers
    assert set(index["utterances-index"]) <= set(utterances[0]["meta"])
    assert json.loads((place / "corpus.json").read_text(encoding="utf-8"))["not_said_by_live_models"] == ["SCRIPTED"]


def test_an_unknown_form_is_named(done: Path, colloquia: Command) -> None:
    """With the nearest; and what only such forms take is refused without one."""
    assert "'parquet'" in colloquia("export", "--format", "parket").err
    assert "name it with --format" in colloquia("export", "--no-text").err
