"""What a journal says besides its calls is what reading all of it gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st
from unit.logbook.samples import AT, ended, row_of, started, unhurried

from colloquia.logbook.contents import read
from colloquia.logbook.entries import FolderMade, LaneChanged, Noted, Registered, RunEnded, RunStarted, TrialFailed
from colloquia.logbook.folder import RunFolder
from colloquia.logbook.outline import Outline, outline
from colloquia.logbook.record import encode

if TYPE_CHECKING:
    from collections.abc import Callable

    Fill = Callable[..., RunFolder]


def begun(study: str) -> RunStarted:
    """Return the beginning of a run of a study."""
    return RunStarted(at=AT, run_id=f"run of {study}", study=study, versions={}, command="run", planned={})


def failed(trial_id: str, turn_id: int) -> TrialFailed:
    """Return that a conversation could not go on."""
    return TrialFailed(
        at=AT, run_id="run-1", trial_id=trial_id, turn_id=turn_id, fault="transient", stage="status", message="no"
    )


def test_the_studies_that_were_run_are_told_in_order(filled: Fill) -> None:
    """One that was run again at once is told once; also beside damaged ones, and others that speak of such an event."""
    told = Noted(at=AT, run_id=None, subject="x", message='"event":"run_started"')
    folder = filled([], [begun("b"), told, started("t", 1), begun("b"), begun("a"), begun("b")])
    with (folder.path / folder.journal).open("ab") as file:
        file.write(encode(begun("damaged")).replace(b"damaged", b"demaged"))
        file.write(encode(begun("c")))
        file.write(encode(begun("torn")).removesuffix(b"\n"))

    assert outline(folder).studies == ("b", "a", "b", "c")
    assert read(folder).studies == ("b", "a", "b", "c")


def test_what_is_told_is_found_among_any_number_of_calls(filled: Fill) -> None:
    """Also where a block holds one other line, at its beginning, in its middle or at its end."""
    calls = [started("t", turn_id) for turn_id in range(1, 400)]
    journal = [FolderMade(at=AT, folder_id="x"), *calls, failed("t", 2), *calls * 3, begun("a"), *calls, failed("u", 1)]
    folder = filled([], journal)

    found = outline(folder)

    assert (found.folder_id, found.studies, found.failures) == ("x", ("a",), {"t": 2, "u": 1})


def test_an_answer_to_a_probe_ends_a_failure(filled: Fill) -> None:
    """One before it does not, nor a judge's, nor one that failed itself."""
    probe, others = "probe mood buyer", [started("t", 1) for _ in range(2000)]
    journal = [
        ended("t", 0, beside=probe), failed("t", 1), failed("u", 1), failed("v", 1), *others,
        ended("t", 0, beside=probe), ended("u", 0, beside="judge x"), ended("v", 0, beside=probe, is_ok=False),
    ]  # fmt: skip

    assert outline(filled([], journal)).failures == {"u": 1, "v": 1}


def test_who_failed_last_is_who_did_not_go_on() -> None:
    """By the last turn that there is."""
    found = Outline(failures={"never began": 0, "stuck": 3, "went on": 3})

    assert found.failed({"stuck": 2, "went on": 3}) == {"never began", "stuck"}


ENTRIES = st.one_of(
    st.builds(begun, st.sampled_from("ab")),
    st.builds(failed, st.sampled_from("tu"), st.integers(1, 3)),
    st.builds(started, st.sampled_from("tu"), st.integers(1, 3)),
    st.builds(ended, st.sampled_from("tu"), st.integers(0, 3), beside=st.sampled_from([None, "probe m", "judge x"])),
    st.builds(FolderMade, at=st.just(AT), folder_id=st.sampled_from("xy")),
    st.builds(Registered, at=st.just(AT), study=st.just("s"), sha256=st.just("0"), planned=st.just({})),
    st.builds(RunEnded, at=st.just(AT), run_id=st.just("r"), reason=st.just("done"), counts=st.just({}),
              cost_usd=st.none()),
    st.builds(LaneChanged, at=st.just(AT), run_id=st.just("r"), speaker_slug=st.sampled_from("mn"), kind=st.just("k"),
              reason=st.just('\n{"event":"run_started"'), width=st.integers(1, 9), per_second=st.none()),
    st.builds(Noted, at=st.just(AT), run_id=st.none(), subject=st.just("x"), message=st.just("y")),
)  # fmt: skip


@dataclass(frozen=True)
class Hurt:
    """How a line of a journal is damaged."""

    line: int
    byte: int


@unhurried
@given(entries=st.lists(ENTRIES, max_size=30), hurt=st.lists(st.builds(Hurt, st.integers(0, 29), st.integers(0, 40))),
       said=st.lists(st.tuples(st.sampled_from("tu"), st.integers(1, 3)), max_size=4, unique=True))  # fmt: skip
def test_the_outline_is_that_of_the_whole(
    tmp_path_factory: Any, entries: list[Any], hurt: list[Hurt], said: list[tuple[str, int]]
) -> None:
    """Whatever stands in the journal, in whatever order, and whatever is damaged of it."""
    folder = RunFolder(tmp_path_factory.mktemp("outline"))
    lines = [bytearray(encode(entry)) for entry in entries]
    for each in hurt:
        if each.line < len(lines):
            lines[each.line][each.byte] ^= 1
    (folder.path / folder.journal).write_bytes(b"".join(lines))
    (folder.path / folder.log).write_bytes(b"".join(encode(row_of(*turn)) for turn in said))

    found, whole = outline(folder), read(folder)

    last = {trial_id: max(turn for other, turn in said if other == trial_id) for trial_id, _ in said}
    assert (found.folder_id, found.studies) == (whole.folder_id, whole.studies)
    assert (tuple(found.runs), tuple(found.registered), tuple(found.ends), found.lanes) == (
        whole.runs, whole.registered, whole.ends, whole.lanes,
    )  # fmt: skip
    assert found.failed(last) == whole.failed
