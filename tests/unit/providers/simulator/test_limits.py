"""Limits of rate, of free models, of requests at once, and of credit."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from unit.providers.simulator.rehearsing import UNIT, answers, chat, planned, rehearse, tell, until

from colloquia.providers.simulator.limits import Bucket, FreeLimits, Stage
from colloquia.providers.simulator.plan import Limit, Strike

if TYPE_CHECKING:
    from colloquia.providers.simulator.simulator import Simulator

FREE = "sim/free:free"


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    """And says how long there will be nothing."""
    bucket = Bucket(stages=(Stage(per_minute=60, burst=3),))

    assert [bucket.take(0) for _ in range(4)] == [None, None, None, 1.0]
    assert bucket.take(0.5) == pytest.approx(0.5)
    assert bucket.take(1) is None


def test_a_bucket_without_a_burst_holds_a_minute() -> None:
    """As limits per minute do."""
    bucket = Bucket(stages=(Stage(per_minute=5),))

    assert [bucket.take(0) is None for _ in range(6)] == [True] * 5 + [False]


def test_a_bucket_follows_its_stages() -> None:
    """Its rate and its size change at the seconds that the plan says, however seldom it is asked."""
    stages = (
        Stage(per_minute=60, burst=10),
        Stage(at=10, per_minute=120, burst=4),
        Stage(at=20, per_minute=6, burst=1),
    )
    bucket = Bucket(stages=stages)
    for _ in range(10):
        bucket.take(0)

    taken = [sum(bucket.take(second) is None for _ in range(100)) for second in (5, 10, 11, 21, 31)]

    assert taken == [5, 4, 2, 1, 1]


def test_a_bucket_gives_over_time_what_flows_in() -> None:
    """Its burst, and then rate times time, whoever asks how often."""
    bucket = Bucket(stages=(Stage(per_minute=60, burst=10), Stage(at=100, per_minute=30, burst=10)))

    given = sum(bucket.take(step / 10) is None for step in range(2001))

    assert given == 10 + 100 + 50


def test_a_clock_that_goes_back_takes_nothing_away() -> None:
    """A bucket never flows out."""
    bucket = Bucket(stages=(Stage(per_minute=60, burst=2),))
    bucket.take(10)

    assert bucket.take(5) is None


def test_a_hidden_limit_is_an_upstream_error() -> None:
    """With Retry-After in real seconds, or without where the plan says so; other models go on."""
    plan = {"limits": (Limit(model="sim/plain", per_minute=0.01, burst=2),)}
    told = answers(*[chat()] * 3, chat(model="sim/dear"), plan=planned(**plan))
    silent = answers(*[chat()] * 3, plan=planned(**plan, says_when=False))

    error = told[2].json["error"]
    assert [each.status for each in told] == [200, 200, 429, 200]
    assert error["message"] == "Provider returned error"
    assert error["metadata"]["limit_source"] == "upstream_provider_shared_pool"
    assert 0 < float(told[2].headers["retry-after"]) <= 6000 * UNIT
    assert "retry-after" not in silent[2].headers


def test_a_limit_without_a_model_holds_for_each() -> None:
    """Every model has a bucket of its own."""
    plan = planned(limits=(Limit(per_minute=0.01, burst=1),))

    told = answers(chat(), chat(), chat(model="sim/dear"), plan=plan)

    assert [each.status for each in told] == [200, 429, 200]


def test_free_models_have_a_limit_per_minute() -> None:
    """In OpenRouter's words; the headers stand in the metadata again, the reset in milliseconds."""
    told = answers(*[chat(model=FREE)] * 3, plan=planned(free_per_minute=2, clock_unit=1))

    error = told[2].json["error"]
    reset = int(told[2].headers["x-ratelimit-reset"])
    assert [each.status for each in told] == [200, 200, 429]
    assert error["message"] == "Rate limit exceeded: free-models-per-min. "
    assert error["metadata"]["headers"]["X-RateLimit-Reset"] == str(reset)
    assert (told[2].headers["x-ratelimit-limit"], told[2].headers["x-ratelimit-remaining"]) == ("2", "0")
    assert reset > 10**12


def test_free_models_have_a_limit_per_day() -> None:
    """It outlasts the minute."""
    limits = FreeLimits(per_minute=20, per_day=2)

    assert [limits.take(second) for second in (0, 61)] == [None, None]
    assert limits.take(122) == ("free-models-per-day", 2, 86_278)
    assert limits.used_today(122) == 2
    assert limits.take(86_400) is None
    assert limits.used_today(86_400) == 1


def test_the_limit_per_day_has_its_own_words() -> None:
    """They speak of credits."""
    told = answers(chat(model=FREE), chat(model=FREE), plan=planned(free_per_day=1))

    assert told[1].json["error"]["message"].startswith("Rate limit exceeded: free-models-per-day. Add 10 credits")


@pytest.mark.parametrize("status", [429, 503])
def test_only_so_many_are_answered_at_once(status: int) -> None:
    """Those above are turned away, and later ones are let in again."""
    plan = planned(Strike(name="never-answer", model="sim/dear"), concurrent=2, concurrent_status=status)

    async def act(simulator: Simulator) -> Any:
        async with asyncio.TaskGroup() as group:
            waiting = [group.create_task(tell(simulator, body=chat(model="sim/dear"))) for _ in range(2)]
            await until(lambda: len(simulator.served) == 2)
            full = [await tell(simulator, body=chat()) for _ in range(2)]
            for task in waiting:
                task.cancel()
            await until(lambda: all(each.is_over for each in simulator.served))
        return full, await tell(simulator, body=chat())

    full, later = rehearse(act, plan)

    assert [each.status for each in full] == [status] * 2
    assert "retry-after" in full[0].headers
    assert later.status == 200


def test_credit_must_cover_the_longest_reply() -> None:
    """The check goes by ``max_tokens``, and says what can be afforded."""
    told = answers(
        chat(model="sim/dear", max_tokens=100), chat(model="sim/dear", max_tokens=10_000), plan=planned(credit=0.1)
    )

    error = told[1].json["error"]
    assert [each.status for each in told] == [200, 402]
    assert error["message"].startswith(
        "This request requires more credits, or fewer max_tokens. You requested up to 10000"
    )
    assert error["metadata"]["limit_source"] == "openrouter_credits"


def test_free_models_need_no_credit() -> None:
    """They cost nothing however long they are."""
    (told,) = answers(chat(model=FREE), plan=planned(credit=0))

    assert told.status == 200
