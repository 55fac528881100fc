"""The simulated prompt caches are as hard as those of the providers."""

from __future__ import annotations

from typing import Any

import pytest
from unit.providers.simulator.rehearsing import answers, chat

from colloquia.providers.simulator.asked import Asked
from colloquia.providers.simulator.catalogue import Catalogue
from colloquia.providers.simulator.prompt_cache import (
    CACHE_SECONDS,
    HOUR_SECONDS,
    LOOK_BACK,
    SHORTEST_CACHED_PREFIX,
    Found,
    PromptCache,
)

LONG = "word " * 1200
MARK = {"type": "ephemeral"}
HOUR = {"type": "ephemeral", "ttl": "1h"}
MODELS = Catalogue({})


def part(text: str, mark: object = MARK) -> list[dict[str, Any]]:
    """Return a content of one part that is marked."""
    return [{"type": "text", "text": text, "cache_control": mark}]


def request(model: str, *contents: object) -> Asked:
    """Return a request with a system message and then users and assistants in turn."""
    found = MODELS.find(model)
    assert found is not None
    roles = ["system", *("user", "assistant") * len(contents)]
    messages = [{"role": role, "content": content} for role, content in zip(roles, contents, strict=False)]
    return Asked(body={"model": model, "messages": messages}, model=found, key="")


class Cache:
    """A cache and the time."""

    def __init__(self, model: str) -> None:
        self.model = model
        self.now = 0.0
        self._cache = PromptCache()

    def look(self, *contents: object, after: float = 10.0) -> tuple[int, int]:
        """Return what is read and what is written so many seconds later."""
        found = self.found(*contents, after=after)
        return found.cached, found.written

    def found(self, *contents: object, after: float = 10.0) -> Found:
        """Return all that is found so many seconds later."""
        self.now += after
        asked = request(self.model, *contents)
        return self._cache.look(asked, asked.model.endpoints[0], self.now)


def size(*contents: object) -> int:
    """Return the tokens of a prompt."""
    return request("sim/dear", *contents).prompt_tokens


def test_only_what_stands_before_a_mark_is_written() -> None:
    """What comes after the last mark costs what any token does."""
    cache = Cache("sim/dear")

    assert cache.look(LONG, "Hi.") == (0, 0)
    assert cache.look(part(LONG), "Hi.") == (0, size(LONG))
    assert cache.look(part(LONG), "Another.") == (size(LONG), 0)
    assert cache.look(LONG, "Hi.") == (0, 0)


def test_a_growing_conversation_is_written_once_and_then_read() -> None:
    """A mark finds what an earlier one, some messages before, has written."""
    cache = Cache("sim/dear")
    first, second = size(LONG, "One."), size(LONG, "One.", "Two.", "Three.")

    assert cache.look(LONG, part("One.")) == (0, first)
    assert cache.look(LONG, "One.", "Two.", part("Three.")) == (first, second - first)
    assert cache.look(LONG, "One.", "Two.", part("Three.")) == (second, 0)


@pytest.mark.parametrize(("between", "is_found"), [(LOOK_BACK - 2, True), (LOOK_BACK - 1, False)])
def test_a_mark_looks_back_only_so_far(between: int, *, is_found: bool) -> None:
    """What lies further back is written anew."""
    cache = Cache("sim/dear")
    cache.look(part(LONG))

    cached, _ = cache.look(LONG, *["More."] * between, part("Last."))

    assert bool(cached) is is_found


def test_too_short_a_prompt_is_neither_written_nor_read() -> None:
    """The mark is passed over."""
    cache = Cache("sim/dear")
    text = "word " * (SHORTEST_CACHED_PREFIX - 6)

    assert cache.look(part(text)) == cache.look(part(text)) == (0, 0)
    assert cache.look(part(text + "word ")) == (0, SHORTEST_CACHED_PREFIX)


@pytest.mark.parametrize("model", ["sim/dear", "sim/plain"])
def test_requests_that_leave_together_all_miss(model: str) -> None:
    """A prompt can be read once the reply to the first has begun."""
    cache = Cache(model)
    texts = (part(LONG), "Hi.")

    assert cache.look(*texts)[0] == cache.look(*texts, after=0.0)[0] == 0
    assert cache.look(*texts)[0] > 0


@pytest.mark.parametrize(("mark", "seconds"), [(MARK, CACHE_SECONDS), (HOUR, HOUR_SECONDS)])
def test_each_use_keeps_a_prompt_for_as_long_again(mark: object, seconds: float) -> None:
    """And then it is forgotten."""
    cache = Cache("sim/dear")
    cache.look(part(LONG, mark))

    assert cache.look(part(LONG, mark), after=seconds - 1)[0] > 0
    assert cache.look(part(LONG, mark), after=seconds - 1)[0] > 0
    assert cache.look(part(LONG, mark), after=seconds + 1)[0] == 0


def test_what_is_kept_for_an_hour_is_counted_apart() -> None:
    """It costs twice the price of a token."""
    cache = Cache("sim/dear")
    found = cache.found(part(LONG, HOUR), part("Hi. " * 10))
    usage = answers(
        {
            **chat(model="sim/dear", provider={"only": ["sim-alpha"]}),
            "messages": [{"role": "user", "content": part(LONG, HOUR)}],
        }
    )[0].json["usage"]

    assert found == Found(cached=0, written=size(LONG, "Hi. " * 10), written_1h=size(LONG))
    assert usage["cost"] == pytest.approx(0.01 + usage["prompt_tokens"] * 3e-5 + usage["completion_tokens"] * 7.5e-5)


def test_where_nothing_is_charged_for_it_all_is_kept_by_itself() -> None:
    """Marks make no difference there."""
    cache = Cache("sim/plain")

    assert cache.look(LONG, "Hi.") == (0, 0)
    assert cache.look(LONG, "Hi.", "So.", part("No.")) == (size(LONG, "Hi."), 0)


@pytest.mark.parametrize(
    ("contents", "said"),
    [
        ([part("a")] * 5, "A maximum of 4 blocks"),
        ([part("a"), part("b", HOUR)], "must not come after"),
        ([part("a", {"type": "forever"})], "cache_control"),
        ([part("a", {"type": "ephemeral", "ttl": "2d"})], "cache_control"),
        ([part("a", "yes")], "cache_control"),
    ],
)
def test_marks_that_cannot_be_are_refused(contents: list[Any], said: str) -> None:
    """Before anything is billed."""
    (told,) = answers({**chat(), "messages": [{"role": "user", "content": content} for content in contents]})

    assert told.status == 400
    assert said in told.json["error"]["message"]


def test_four_marks_are_allowed_and_the_longer_lived_come_first() -> None:
    """As the providers have it."""
    contents = [part("a", HOUR), part("b"), part("c"), part("d")]
    (told,) = answers({**chat(), "messages": [{"role": "user", "content": content} for content in contents]})

    assert told.status == 200
