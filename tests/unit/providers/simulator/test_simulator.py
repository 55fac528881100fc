"""The life of a simulator: where it listens, how it ends, and what it makes of rude clients."""

from __future__ import annotations

import asyncio
import socket
from contextlib import closing
from typing import Any

import pytest
from unit.providers.simulator.rehearsing import KEY, UNIT, answers, chat, planned, raw, rehearse, request, tell, until
from virtual_time import ToldLoop

from colloquia.errors import DesignError, SettingsError
from colloquia.providers.simulator.clock import Clock
from colloquia.providers.simulator.plan import Plan, Strike
from colloquia.providers.simulator.simulator import Simulator
from colloquia.providers.simulator.threads import in_thread


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.1", "example.org", "", "::"])  # noqa: S104 (it is refused)
def test_it_listens_on_this_machine_only(host: str) -> None:
    """Whatever it is told."""
    with pytest.raises(SettingsError, match="this machine only"):
        Simulator(host=host)


def test_an_unknown_shape_is_refused() -> None:
    """With the nearest known one."""
    with pytest.raises(DesignError, match="Did you mean 'ollama'"):
        Simulator(shape="olama")


def test_a_port_that_is_taken_is_said_to_be() -> None:
    """Before anything is served."""

    async def act(simulator: Simulator) -> None:
        async with Simulator(port=simulator.port):
            pass

    with pytest.raises(SettingsError, match=r"Port \d+ of 127.0.0.1 cannot be used"):
        rehearse(act)


def test_it_says_where_it_is() -> None:
    """With the path that each shape has."""

    async def act(simulator: Simulator) -> tuple[str, str]:
        return simulator.url, simulator.base_url

    url, base_url = rehearse(act)
    _, own = rehearse(act, shape="vllm")

    assert base_url == f"{url}/api/v1"
    assert own.endswith("/v1")
    assert "/api" not in own


def test_nobody_is_there_once_it_was_left() -> None:
    """It ends with its block, hanging clients included."""

    async def act(simulator: Simulator) -> tuple[Simulator, Any]:
        hanging = asyncio.create_task(tell(simulator, body=chat()))
        await until(lambda: simulator.served)
        return simulator, hanging

    async def main() -> tuple[Simulator, Any]:
        async with Simulator(planned(Strike(name="never-answer"))) as simulator:
            _, hanging = await act(simulator)
        result = await asyncio.gather(hanging, return_exceptions=True)
        return simulator, result[0]

    simulator, result = asyncio.run(main())

    assert isinstance(result, Exception)
    assert simulator.served[0].is_over
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", simulator.port))


def test_it_can_be_asked_to_end() -> None:
    """By a request from this machine; a web page is not heard."""

    async def act(simulator: Simulator) -> list[Any]:
        by_page = await tell(simulator, "/simulator/stop", {}, Origin="https://example.org")
        by_name = await tell(simulator, "/simulator/stop", {}, Host="example.org:80")
        before = simulator.stopped.is_set()
        by_person = await tell(simulator, "/simulator/stop", {})
        await simulator.stopped.wait()
        return [by_page.status, by_name.status, before, by_person.status]

    assert rehearse(act) == [403, 403, False, 200]


def test_it_shows_what_it_served() -> None:
    """As JSON, its own pages left out, and no key in it."""

    async def act(simulator: Simulator) -> Any:
        await tell(simulator, body=chat())
        await tell(simulator, body=chat())
        await tell(simulator, "/key")
        return await tell(simulator, "/simulator/ledger"), simulator.billed

    told, billed = rehearse(act, planned(Strike(name="status-503", attempts=(1,))))

    first, second, third = told.json["served"]
    assert (first["fault"], first["status"], first["attempt"]) == ("status-503", 503, 1)
    assert (second["fault"], second["attempt"], second["provider"] in ("SimAlpha", "SimBeta")) == (None, 2, True)
    assert third["path"] == "/api/v1/key"
    assert told.json["summary"]["requests"] == 3
    assert told.json["summary"]["faults"] == {"status-503": 1}
    assert told.json["summary"]["billed_usd"] == float(billed)
    assert KEY.encode() not in told.raw


def test_it_notes_each_request() -> None:
    """Body, headers without what is secret, when it came, and how often it was made."""

    async def act(simulator: Simulator) -> Simulator:
        await tell(simulator, body=chat(seed=1), X_OpenRouter_Title="Colloquia", Cookie="secret=1")
        await tell(simulator, body=chat(seed=1, stream=True))
        await tell(simulator, body=chat(seed=2))
        return simulator

    simulator = rehearse(act)

    first, second, third = simulator.served
    assert first.body == chat(seed=1)
    assert first.headers["x-openrouter-title"] == "Colloquia"
    assert first.headers["authorization"] == first.headers["cookie"] == "(a secret)"
    assert KEY not in repr(simulator.served)
    assert first.arrived_at.tzinfo is not None
    assert [each.attempt for each in (first, second, third)] == [1, 2, 1]
    assert first.key == second.key != third.key


def test_bodies_need_not_be_kept() -> None:
    """For long rehearsals."""

    async def act(simulator: Simulator) -> Any:
        await tell(simulator, body=chat())
        return simulator.served[0].body

    assert rehearse(act, keeps_bodies=False) is None


@pytest.mark.parametrize(
    "written",
    [
        b"nonsense\r\n\r\n",
        b"GET /\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n",
        b"GET /" + b"x" * 2**17,
    ],
    ids=range(7),
)
def test_what_is_no_request_is_answered_with_400(written: bytes) -> None:
    """And the connection ends; others are served."""

    async def act(simulator: Simulator) -> Any:
        return await raw(simulator, written), await tell(simulator, body=chat())

    broken, well = rehearse(act)

    assert broken.startswith(b"HTTP/1.1 400")
    assert well.status == 200


def test_clients_that_leave_early_are_no_trouble() -> None:
    """Before they ask, in the middle of asking, and before the answer."""

    async def act(simulator: Simulator) -> Any:
        whole = request(simulator, "/api/v1/chat/completions", chat())
        for written in (b"", whole[:20], whole[:-5], whole):
            _, writer = await asyncio.open_connection("127.0.0.1", simulator.port)
            writer.write(written)
            await writer.drain()
            writer.transport.abort()
        return await tell(simulator, body=chat())

    assert rehearse(act).status == 200


@pytest.mark.parametrize("name", ["reset-unanswered", "reset-in-body"])
def test_a_reset_is_a_reset(name: str) -> None:
    """And no ordinary end."""

    async def act(simulator: Simulator) -> bytes:
        return await raw(simulator, request(simulator, "/api/v1/chat/completions", chat()))

    with pytest.raises(ConnectionResetError):
        rehearse(act, planned(Strike(name=name)))


def test_nobody_listens_while_connections_are_refused() -> None:
    """In the simulated seconds that the plan names; before and afterwards somebody does."""
    plan = Plan(faults=(Strike(name="connection-refused", between=(20.0, 220.0)),))

    async def main() -> list[bool]:
        async with Simulator(plan, clock=Clock(monotonic=loop.time)) as simulator:
            return [await is_refused(simulator, loop, at) for at in (0.0, 19.9, 20.0, 219.9, 220.0, 900.0)]

    with closing(ToldLoop()) as loop:
        assert loop.run_until_complete(main()) == [False, False, True, True, False, False]


async def is_refused(simulator: Simulator, loop: ToldLoop, at: float) -> bool:
    """Tell whether nobody listens at a time."""
    loop.now = at
    for _ in range(10):  # what is due takes its few steps
        await asyncio.sleep(0)
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", simulator.port)
    except ConnectionError:
        return True
    writer.close()
    return False


def test_a_mistake_of_the_simulator_is_not_hushed_up() -> None:
    """It ends with the mistake, and does not hang."""

    async def act(simulator: Simulator) -> None:
        simulator._service.plan = None  # type: ignore[assignment]
        await raw(simulator, request(simulator, "/api/v1/chat/completions", chat()))
        await simulator.stopped.wait()

    with pytest.raises(ExceptionGroup):
        rehearse(act)


def test_it_can_run_in_a_thread() -> None:
    """Beside what is not asynchronous; what it noted can be read there."""

    def asked(simulator: Simulator) -> bytes:
        with socket.create_connection(("127.0.0.1", simulator.port)) as connection:
            connection.sendall(request(simulator, "/api/v1/chat/completions", chat()))
            return connection.makefile("rb").read()

    with in_thread(planned()) as simulator:
        data = asked(simulator)
        served = list(simulator.served)

    assert data.startswith(b"HTTP/1.1 200 OK")
    assert len(served) == 1
    assert simulator.billed > 0


def test_a_thread_that_cannot_begin_says_why() -> None:
    """Its error is raised where it was asked for."""
    with pytest.raises(DesignError, match="no shape"), in_thread(shape="nothing"):
        pass


def test_it_runs_on_either_event_loop() -> None:
    """A run uses uvloop where that is there."""
    uvloop = pytest.importorskip("uvloop")

    async def main() -> list[int]:
        async with Simulator(planned(Strike(name="reset-in-body", attempts=(2,)))) as simulator:
            told = [await tell(simulator, body=chat(stream=True))]
            with pytest.raises(ConnectionResetError):
                await tell(simulator, body=chat(stream=True))
            return [told[0].status, len(simulator.served)]

    assert uvloop.run(main()) == [200, 2]


def test_two_simulators_do_not_know_each_other() -> None:
    """Each has its port, its ledger and its limits."""

    async def main(plan: Plan) -> list[int]:
        async with Simulator(plan) as one, Simulator(plan) as two:
            await tell(one, body=chat())
            return [len(one.served), len(two.served)]

    assert asyncio.run(main(planned())) == [1, 0]


def test_the_clock_tells_real_seconds_to_clients() -> None:
    """In the unit of the plan; whole seconds where a second is one."""
    fast, real = Clock(unit=UNIT), Clock()

    assert (fast.written(30), real.written(29.2)) == ("0.015", "30")
    assert fast.real(2000) == 1.0


def test_a_slow_answer_comes() -> None:
    """Half a simulated minute late."""
    (told,) = answers(chat(), plan=planned(Strike(name="slow-answer")))

    assert told.status == 200
