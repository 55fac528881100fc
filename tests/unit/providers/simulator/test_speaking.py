"""What the fake models say, and that the same request is always answered in the same words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from unit.providers.simulator.rehearsing import answers, chat, rehearse, tell

from colloquia.providers.simulator.speech import split

if TYPE_CHECKING:
    from unit.providers.simulator.rehearsing import Told

    from colloquia.providers.simulator.simulator import Simulator

ALPHA = {"provider": {"only": ["sim-alpha"]}}
BETA = {"provider": {"only": ["sim-beta"]}}


def texts(*bodies: dict[str, object]) -> list[str]:
    """Return what a simulator says to these requests."""
    return [each.text for each in answers(*bodies)]


def test_the_same_request_is_answered_in_the_same_words_by_every_simulator() -> None:
    """Whatever was asked before, and however often."""
    first, again = texts(chat("Hi."), chat("Hi."))
    _, later = texts(chat("Something else."), chat("Hi."))

    assert first == again == later


def test_a_stream_says_what_a_whole_reply_says() -> None:
    """Streaming is a way to send, not another question."""
    whole, streamed = texts(chat("Hi."), chat("Hi.", stream=True))

    assert whole == streamed


def test_a_seed_decides_at_one_provider() -> None:
    """Same seed, same words, in any session; another seed, or another provider: other words."""
    same, also, other_seed, other_provider = texts(
        chat(seed=1, session_id="one", **ALPHA),
        chat(seed=1, session_id="two", **ALPHA),
        chat(seed=2, **ALPHA),
        chat(seed=1, **BETA),
    )

    assert same == also
    assert len({same, other_seed, other_provider}) == 3


def test_one_model_is_deaf_to_seeds() -> None:
    """It takes a seed and answers the same request differently each time, as some providers do."""
    body = chat(model="sim/deaf-to-seed", seed=1)

    one, two = texts(body, body)

    assert one != two


def test_a_model_without_seeds_goes_by_the_whole_request() -> None:
    """A seed that is dropped changes nothing but the request."""
    one, two = texts(
        chat(model="sim/no-seed", seed=1, session_id="one"), chat(model="sim/no-seed", seed=1, session_id="two")
    )

    assert one != two


def test_temperature_zero_repeats_itself() -> None:
    """Only the messages count then."""
    one, two = texts(chat(temperature=0, session_id="one", **ALPHA), chat(temperature=0, session_id="two", **ALPHA))

    assert one == two


def test_other_messages_are_answered_in_other_words() -> None:
    """A later turn is not an earlier one."""
    one, two = texts(chat("Hi.", seed=1), chat("Hi.", "Hello.", "How are you?", seed=1))

    assert one != two


def test_every_reply_says_that_it_is_simulated() -> None:
    """In its text, in a header and in the body; of a stream, in its first chunk."""
    whole, streamed = answers(chat(), chat(stream=True))

    assert whole.text.startswith("Simulated ")
    assert whole.headers["x-colloquia-simulated"] == streamed.headers["x-colloquia-simulated"] == "1"
    assert whole.json["colloquia_simulated"] is True
    assert [chunk.get("colloquia_simulated") for chunk in streamed.chunks][:2] == [True, None]


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
@pytest.mark.parametrize("most", [1, 3, 8])
def test_a_reply_is_cut_at_its_greatest_length(name: str, most: int) -> None:
    """It then has just so many tokens, and says why it ended."""
    body = {**chat(), name: most}
    if name != "max_tokens":
        del body["max_tokens"]

    (told,) = answers(body)

    assert len(split(told.text)) == told.json["usage"]["completion_tokens"] == most
    assert told.json["choices"][0]["finish_reason"] == "length"


def test_a_reply_with_room_ends_by_itself() -> None:
    """Its tokens are those of its text."""
    (told,) = answers(chat())

    assert told.json["choices"][0]["finish_reason"] == "stop"
    assert told.json["usage"]["completion_tokens"] == len(split(told.text))


def test_a_reply_ends_before_a_stop_text() -> None:
    """As one text, or as one of several."""
    by_one, by_several = texts(chat(stop=":"), chat(stop=["\x00", ":"]))

    assert by_one.startswith("Simulated ")
    assert ":" not in by_one + by_several


def test_a_reasoner_thinks_before_it_speaks() -> None:
    """Its thoughts are shown, counted among the completion tokens and longer with more effort."""
    low, high = answers(
        chat(model="sim/reasoner", reasoning={"effort": "low"}),
        chat(model="sim/reasoner", reasoning={"effort": "high"}),
    )

    thought = [each.json["usage"]["completion_tokens_details"]["reasoning_tokens"] for each in (low, high)]
    message = low.json["choices"][0]["message"]
    assert 0 < thought[0] < thought[1]
    assert len(split(message["reasoning"])) == thought[0]
    assert low.json["usage"]["completion_tokens"] == thought[0] + len(split(message["content"]))


def test_thoughts_can_be_left_out_and_still_cost() -> None:
    """``exclude`` hides them, and the usage tells."""
    (told,) = answers(chat(model="sim/reasoner", reasoning={"effort": "low", "exclude": True}))

    assert told.json["choices"][0]["message"]["reasoning"] is None
    assert told.json["usage"]["completion_tokens_details"]["reasoning_tokens"] > 0


def test_a_reasoner_may_spend_all_on_thinking() -> None:
    """Then there is no content, and the reason is length."""
    (told,) = answers(chat(model="sim/reasoner", max_tokens=3))

    choice = told.json["choices"][0]
    assert (choice["message"]["content"], choice["finish_reason"]) == (None, "length")
    assert told.json["usage"]["completion_tokens"] == 3


def test_thoughts_come_first_in_a_stream() -> None:
    """In deltas of their own, with details as OpenRouter sends them."""
    (told,) = answers(chat(model="sim/reasoner", stream=True))

    deltas = [chunk["choices"][0]["delta"] for chunk in told.chunks if chunk["choices"]]
    thinking = [bool(delta.get("reasoning")) for delta in deltas[1:-1]]
    assert thinking == sorted(thinking, reverse=True)
    assert {detail["type"] for delta in deltas for detail in delta.get("reasoning_details", [])} == {"reasoning.text"}


def test_a_text_can_be_completed() -> None:
    """The older call takes one text and gives one."""

    async def act(simulator: Simulator) -> list[Told]:
        body = {"model": "sim/plain", "prompt": "Ann: Hi.\nBen:", "max_tokens": 20}
        return [await tell(simulator, "/completions", {**body, "stream": streamed}) for streamed in (False, True)]

    whole, streamed = rehearse(act)

    assert whole.json["object"] == "text_completion"
    assert whole.json["choices"][0]["text"].startswith("Simulated ")
    parts = [chunk["choices"][0]["text"] for chunk in streamed.chunks if chunk["choices"]]
    assert "".join(parts) == whole.json["choices"][0]["text"]
