"""Small bugs: which are made, that they are made in memory only, and that tests notice them or not."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from reliability.mutating import scoring, trying
from reliability.mutating.covering import Covering
from reliability.mutating.mutants import mutants
from reliability.mutating.planting import SOUND, bugs, source
from reliability.mutating.scoring import NO_REASON, reason, reasons, survivors
from reliability.mutating.trying import Case, tried
from reliability.parts.mutation import MODULES, PROMISES
from reliability.tally import Tally

WORK = "colloquia.running.work"
TESTS = "tests/unit/running/test_work_sums.py::"
OVER = f"{TESTS}test_when_a_conversation_is_over[whole]"
NOTHING = f"{TESTS}test_a_study_that_drops_nothing_says_so_in_every_number"


def words(text: str) -> list[str]:
    """Return what the bugs of a source make of it."""
    return [mutant.words for mutant in mutants(ast.parse(textwrap.dedent(text)))]


def number_of(module: str, changed: str) -> int:
    """Return the number of the one bug with these words."""
    (number,) = [number for number, mutant in enumerate(bugs(module)) if mutant.words == changed]
    return number


def case(number: int, *tests: str) -> Case:
    """Return a bug of one module, and the tests that are asked."""
    return Case(module=WORK, number=number, tests=tests, seconds=0.1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = a < b", ["a < b -> a <= b", "a < b -> a >= b"]),
        ("x = a == b", ["a == b -> a != b"]),
        ("x = a is None", ["a is None -> a is not None"]),
        ("x = a in b", ["a in b -> a not in b"]),
        ("x = a and b", ["a and b -> a or b"]),
        ("x = not a", ["not a -> not not a"]),
        ("x = a + b", ["a + b -> a - b"]),
        ("x = a * b", ["a * b -> a / b"]),
        ("f(7)", ["f(7) -> pass", "7 -> 8", "7 -> 6"]),
        ("x = True", ["True -> False"]),
        ("x = b'a'", ["b'a' -> b''"]),
        ("x = b''", ["b'' -> b'?'"]),
        ("x = min(a)", ["min(a) -> max(a)"]),
        ("x = any(a)", ["any(a) -> all(a)"]),
        ("if a: pass", ["if a: -> if not a:"]),
        ("x = b if a else c", ["b if a else c -> b if not a else c"]),
        ("x = [a for a in b if a]", ["for a in b if a -> for a in b if not a"]),
        ("def f(): return a", ["return a -> return None"]),
        ("self.a = b", ["self.a = b -> pass"]),
        ("a += b", ["a += b -> pass", "a += b -> a -= b"]),
        ("raise a", ["raise a -> pass"]),
        ("for a in b: continue", ["continue -> pass"]),
    ],
)
def test_each_kind_of_bug(text: str, expected: list[str]) -> None:
    """One thing is changed at a time."""
    assert sorted(words(text)) == sorted(expected)


@pytest.mark.parametrize(
    "text",
    [
        "'text'",
        "x = 'text'",
        "x = f'{a + 1}'",
        "def f(a: 1 = b) -> 2: 'says what'",
        "@d(3)\nclass A(B, frozen=True): pass",
        "if TYPE_CHECKING:\n    x = 1",
        "X = Turn | None",
        "x = a",
        "import a",
    ],
)
def test_what_no_run_can_notice_is_left_alone(text: str) -> None:
    """Annotations, decorators, texts, types, and names whose absence every import would notice."""
    assert words(text) == []


def test_bugs_are_the_same_each_time_and_each_is_another_program() -> None:
    """By their number they can be found again; none leaves the program as it was."""
    text = source(WORK).read_text(encoding="utf-8")
    programs = set()
    for number in range(len(bugs(WORK))):
        tree = ast.parse(text)
        mutants(tree)[number].plant()
        programs.add(ast.unparse(ast.fix_missing_locations(tree)))

    assert len(programs) == len(bugs(WORK)) > 40
    assert ast.unparse(ast.parse(text)) not in programs


def test_a_bug_is_noticed_by_the_test_that_rests_on_the_line_and_no_file_is_touched() -> None:
    """Without it the same tests pass; tests that run nothing notice nothing."""
    before = source(WORK).read_bytes()
    bug = number_of(WORK, "len(said) >= trial.num_turns -> len(said) > trial.num_turns")

    assert tried(case(SOUND, OVER, NOTHING)) == "survived"
    assert tried(case(bug, OVER)) == "noticed"
    assert tried(case(bug, NOTHING)) == "survived"
    assert tried(replace(case(bug, OVER), is_blind=True)) == "survived"
    assert tried(case(bug)) == "survived"
    assert source(WORK).read_bytes() == before


def test_tests_that_do_not_exist_do_not_pass() -> None:
    """A test that was renamed since must not make every bug survive unnoticed."""
    assert tried(case(SOUND, f"{TESTS}test_nowhere")) == "noticed"


@pytest.mark.skipif(not Path("/proc/self/stat").is_file(), reason="this system does not tell what a process does")
def test_a_process_is_watched_with_those_that_it_began() -> None:
    """Whoever waits for a child that computes is not asleep, so that a busy machine makes no bug look noticed."""
    script = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'print(1, flush=True)\\nwhile 1: pass'])"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, start_new_session=True) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        while (states := [pulse[0] for pulse in trying._pulses(parent.pid) or []])[0] != "S":
            pass  # it is on its way to wait
        os.killpg(parent.pid, signal.SIGKILL)

    assert states == ["S", "R"]
    assert trying._pulses(parent.pid) is None


def test_the_fastest_tests_are_asked_first_and_only_those_that_run_the_line() -> None:
    """A line that runs on import only is the business of all tests in the files that test its module."""
    seconds = {"a::slow": 1.0, "a::fast": 0.1, "b::other": 0.2, "b::constant": 0.3, "c::far": 0.4}
    covering = Covering(seconds=seconds, lines={"m": {7: ["a::slow", "a::fast"], 9: ["b::other"]}})

    assert covering.tests("m", 7) == ["a::fast", "a::slow"]
    assert covering.tests("m", 8) == ["a::fast", "b::other", "b::constant", "a::slow"]
    assert covering.tests("elsewhere", 7) == []


def test_the_figure_fails_where_more_than_a_tenth_goes_unnoticed() -> None:
    """What survived is told by file and line, with its reason or without."""
    tally = Tally(tried=20, failures=2, kinds=Tally().kinds)
    tally.kinds.update(
        {"survived: a.py:1: `x` (it is so)": 1, f"survived: a.py:2: `y` ({NO_REASON})": 1, "timed out": 3}
    )

    row = survivors(tally, "mutation", "Noticed.")
    worse = survivors(replace(tally, failures=3), "mutation", "Noticed.")

    assert (row.tried, row.failures, row.figure) == (20, 0, "90.0 % noticed")
    assert worse.failures == 1
    assert "Not noticed: 2, of which 1 change nothing" in row.details
    assert f"a.py:1: `x` (it is so); a.py:2: `y` ({NO_REASON})" in row.details
    assert "3 of them by never coming to an end" in row.details


def test_a_module_that_nothing_was_tried_in_is_no_proof() -> None:
    """No bug, no figure."""
    assert survivors(Tally(), "mutation", "Noticed.").failures == 1


def test_every_reason_belongs_to_a_bug_that_can_be_made() -> None:
    """Where the line has changed since, the reason has to be looked at again."""
    known = [(module, mutant) for module in MODULES for mutant in bugs(module)]
    found = {(module, mutant.words, why) for module, mutant in known if (why := reason(module, mutant))}

    assert found == {(each.module, change, each.why) for each in reasons() for change in each.changes}


def test_reasons_are_read_strictly(tmp_path: Path) -> None:
    """A word that nobody knows is a mistake."""
    path = tmp_path / "survivors.toml"
    path.write_text('[[survivor]]\nmodule = "m"\nline = "x"\nchanges = []\nwhy = "so"\nodd = 1\n', encoding="utf-8")

    with pytest.raises(msgspec.ValidationError, match="odd"):
        scoring.reasons(path)


def test_every_module_that_is_promised_is_there_once() -> None:
    """Log, resume, budget and retry."""
    assert set(PROMISES) == {"log", "resume", "budget", "retry"}
    assert len(MODULES) == len(set(MODULES))
    assert all(source(module).is_file() for module in MODULES)
