"""What a plan says, and what it may not say."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

from colloquia.errors import DesignError
from colloquia.providers.simulator import plan
from colloquia.providers.simulator.faults import FAULTS
from colloquia.providers.simulator.limits import Stage
from colloquia.providers.simulator.plan import Call, Limit, Plan, Strike, plan_of, read_plan

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = """
seed = 1
clock_unit = 0.01
key = "sk-or-right"
credit = 5
generation_misses = 2
concurrent = 20
concurrent_status = 503
says_when = false
free_per_minute = 10
free_per_day = 50

[models]
"openai/gpt-4.1-mini" = "sim/plain"

[[fault]]
name = "status-503-html"
probability = 0.05

[[fault]]
name = "length-cut"
attempts = [1, 2]
model = "openai/gpt-4.1-mini"
provider = "sim-alpha"
between = [60, 120]

[[limit]]
at = 120
per_minute = 30
burst = 5

[[limit]]
per_minute = 60
"""


def test_a_plan_is_read_from_a_file(tmp_path: Path) -> None:
    """Every word of it."""
    path = tmp_path / "plan.toml"
    path.write_text(WHOLE, encoding="utf-8")

    assert read_plan(path) == Plan(
        seed=1,
        clock_unit=0.01,
        key="sk-or-right",
        credit=5.0,
        generation_misses=2,
        concurrent=20,
        concurrent_status=503,
        says_when=False,
        free_per_minute=10,
        free_per_day=50,
        models={"openai/gpt-4.1-mini": "sim/plain"},
        faults=(
            Strike(name="status-503-html", probability=0.05),
            Strike(
                name="length-cut",
                attempts=(1, 2),
                model="openai/gpt-4.1-mini",
                provider="sim-alpha",
                between=(60.0, 120.0),
            ),
        ),
        limits=(Limit(at=120.0, per_minute=30.0, burst=5.0), Limit(per_minute=60.0)),
    )


def test_the_example_in_the_documentation_is_a_plan(tmp_path: Path) -> None:
    """As it stands at the head of the file."""
    path = tmp_path / "plan.toml"
    path.write_text(dedent((plan.__doc__ or "").partition("::")[2].rpartition("Where several")[0]), encoding="utf-8")

    example = read_plan(path)

    assert [strike.name for strike in example.faults] == ["status-503-html", "length-cut"]
    assert [stage.at for stage in example.stages("sim/plain")] == [0, 120]


def test_an_empty_plan_is_a_plan(tmp_path: Path) -> None:
    """All goes well."""
    path = tmp_path / "plan.toml"
    path.write_text("", encoding="utf-8")

    assert read_plan(path) == Plan()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"fault": [{"name": "status-503-htm"}]}, "fault 1 ('status-503-htm')"),
        ({"fault": [{"name": "status-503-htm"}]}, "Did you mean 'status-503-html'?"),
        ({"fault": [{"name": "finish-null"}, {"name": "stream-eror"}]}, "fault 2 ('stream-eror')"),
        ({"fault": [{"name": "finish-null", "probabilty": 1}]}, "Did you mean 'probability'?"),
        ({"fault": [{"name": "finish-null", "probability": 1.5}]}, "lies between 0 and 1"),
        ({"fault": [{"name": "finish-null", "probability": "often"}]}, "probability"),
        ({"fault": [{"name": "finish-null", "probability": 0.5, "attempts": [1]}]}, "by one of them"),
        ({"fault": [{"name": "finish-null", "attempts": [0]}]}, "counted from 1"),
        ({"fault": [{"name": "finish-null", "attempts": 1}]}, "attempts"),
        ({"fault": [{"name": "finish-null", "between": [5, 1]}]}, "the smaller one first"),
        ({"fault": [{"name": "finish-null", "between": [1, 2, 3]}]}, "between"),
        ({"fault": [{"name": "finish-null", "provider": "sim-alfa"}]}, "Did you mean 'sim-alpha'?"),
        ({"fault": [{"name": "finish-null", "model": "sim/plane"}]}, "Did you mean 'sim/plain'?"),
        ({"fault": [{"name": "finish-null", "path": "/key"}]}, "leave out its path"),
        ({"fault": [{"name": "connection-refused"}]}, "between which simulated seconds"),
        ({"fault": [{"probability": 0.5}]}, "fault 1: "),
        ({"fault": {"name": "finish-null"}}, "[[fault]]"),
        ({"fault": ["finish-null"]}, "[[fault]]"),
        ({"faults": [{"name": "finish-null"}]}, "[[fault]]"),
        ({"limit": [{"at": 1}]}, "limit 1: "),
        ({"limit": [{"per_minute": 0}]}, "above 0"),
        ({"limit": [{"per_minute": 5, "model": "sim/plane"}]}, "Did you mean 'sim/plain'?"),
        ({"models": {"acme/m": "sim/plane"}}, "Did you mean 'sim/plain'?"),
        ({"models": ["acme/m"]}, "models"),
        ({"sed": 1}, "Did you mean 'seed'?"),
        ({"seed": 1.5}, "seed"),
        ({"clock_unit": 0}, "clock_unit"),
        ({"concurrent": 0}, "concurrent"),
        ({"concurrent_status": 500}, "429 or 503"),
    ],
    ids=str,
)
def test_a_plan_that_makes_no_sense_is_refused(words: dict[str, Any], message: str) -> None:
    """The message names the entry, and the word that was probably meant."""
    with pytest.raises(DesignError) as refused:
        plan_of(words)

    assert message in str(refused.value)
    assert str(refused.value).startswith("faults plan")


@pytest.mark.parametrize(
    ("written", "message"), [(None, "cannot be read"), (b"a = ", "not TOML"), (b"\xff", "cannot be read")], ids=str
)
def test_a_file_that_is_no_plan_is_refused(tmp_path: Path, written: bytes | None, message: str) -> None:
    """Missing, not TOML, or not even text."""
    path = tmp_path / "plan.toml"
    if written is not None:
        path.write_bytes(written)

    with pytest.raises(DesignError, match=message):
        read_plan(path)


def call(**known: Any) -> Call:
    """Return a first call of the plain model."""
    return Call(**{"key": "request", "attempt": 1, "model": "sim/plain", "provider": "sim-alpha", **known})


@pytest.mark.parametrize(
    ("strike", "hit", "missed"),
    [
        ({"attempts": (2,)}, {"attempt": 2}, {"attempt": 1}),
        ({"model": "sim/dear"}, {"model": "sim/dear"}, {"model": "sim/plain"}),
        ({"provider": "sim-beta"}, {"provider": "sim-beta"}, {"provider": "sim-alpha"}),
        ({"between": (10.0, 20.0)}, {"now": 10.0}, {"now": 20.0}),
        ({"path": "/key"}, {"path": "/key"}, {"path": None}),
        ({"name": "stream-cut"}, {"is_streamed": True}, {"is_streamed": False}),
        ({"name": "length-too-short"}, {"is_streamed": False}, {"is_streamed": True}),
        ({"probability": 1.0}, {}, {"path": "/key"}),
    ],
    ids=str,
)
def test_a_fault_strikes_when_it_should(strike: dict[str, Any], hit: dict[str, Any], missed: dict[str, Any]) -> None:
    """And at no other time."""
    made = Strike(**{"name": "status-503", **strike})

    assert made.hits(call(**hit))
    assert not made.hits(call(**missed))


def test_the_first_fault_of_several_strikes() -> None:
    """In the order of the file."""
    made = Plan(
        faults=(Strike(name="finish-null", attempts=(2,)), Strike(name="status-500"), Strike(name="status-503"))
    )

    found = [made.fault(call(attempt=attempt)) for attempt in (1, 2)]

    assert [strike.name for strike in found if strike] == ["status-500", "finish-null"]


def test_a_probability_is_drawn_for_each_attempt_from_the_seed() -> None:
    """The same seed, the same faults, in any order; another seed, others; about as often as it says."""
    calls = [call(key=f"request {key}", attempt=attempt) for key in range(500) for attempt in (1, 2)]

    def struck(seed: int, calls: list[Call]) -> list[bool]:
        made = Plan(seed=seed, faults=(Strike(name="status-503", probability=0.3),))
        return [made.fault(each) is not None for each in calls]

    assert struck(1, calls) == struck(1, calls[::-1])[::-1]
    assert struck(1, calls) != struck(2, calls)
    assert 250 < sum(struck(1, calls)) < 350


def test_two_faults_of_one_probability_strike_apart() -> None:
    """Each has draws of its own."""
    made = Plan(faults=(Strike(name="status-500", probability=0.5), Strike(name="status-503", probability=0.5)))

    struck = [made.fault(call(key=str(key))) for key in range(100)]

    assert {strike and strike.name for strike in struck} == {None, "status-500", "status-503"}


def test_limits_of_one_model_beat_those_of_all() -> None:
    """Sorted by time, whatever their order in the file."""
    made = Plan(limits=(Limit(at=9, per_minute=3), Limit(per_minute=2), Limit(model="sim/dear", per_minute=1)))

    assert made.stages("sim/dear") == (Stage(per_minute=1),)
    assert made.stages("sim/plain") == (Stage(per_minute=2), Stage(at=9, per_minute=3))
    assert Plan().stages("sim/plain") == ()


def test_every_fault_is_named_once_and_says_what_it_does() -> None:
    """In a sentence; the names are what a plan is written with."""
    assert len(FAULTS) > 150
    for name, fault in FAULTS.items():
        assert name == fault.name
        assert name == name.lower().replace(" ", "-")
        assert fault.does[0].isupper()
        assert fault.does.endswith(".")
