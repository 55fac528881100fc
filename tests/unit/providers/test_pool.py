"""Connections are used again where their server keeps them, and a server that hangs up after streams is found out."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from colloquia.providers.pool import HANGS_UP_SECONDS, KEPT_SECONDS, RESTS_SECONDS, Pool

HERE = ("http", "127.0.0.1", 80)
ELSEWHERE = ("http", "127.0.0.2", 80)
SHORTLY, RESTED = RESTS_SECONDS / 2, RESTS_SECONDS * 2


@dataclass(eq=False)
class Line:
    """A connection that says what it is told to."""

    idle_seconds: float = 0.0
    is_closing: bool = False
    server: tuple[str, str, int] = HERE
    is_aborted: bool = False

    def abort(self) -> None:
        """Note it."""
        self.is_aborted = True


def pool_of(*lines: Line, has_streamed: bool = False) -> Pool[Line]:
    """Return a pool that has taken in these."""
    pool = Pool[Line]()
    for line in lines:
        pool.put(line, has_streamed=has_streamed)
    return pool


def found_out() -> Pool[Line]:
    """Return a pool whose server hung up after a stream."""
    pool = Pool[Line]()
    pool.lost_after_stream(Line(SHORTLY, is_closing=True))
    return pool


def test_the_connection_used_last_is_used_first_and_only_for_its_server() -> None:
    """It is the likeliest to be there still."""
    older, newer = Line(2.0), Line(1.0)
    pool = pool_of(older, newer)

    assert pool.take(ELSEWHERE) is None
    assert [pool.take(HERE) for _ in range(3)] == [newer, older, None]


@pytest.mark.parametrize("unfit", [Line(KEPT_SECONDS + 1), Line(is_closing=True)], ids=["old", "closing"])
def test_what_may_be_closed_is_not_used_again(unfit: Line) -> None:
    """A call on it might be lost."""
    pool = pool_of(Line())
    pool.take(HERE)
    pool.put(unfit, has_streamed=False)

    assert pool.take(HERE) is None
    assert unfit.is_aborted


def test_connections_that_grew_old_are_closed_when_others_are_put_in() -> None:
    """So that those of a rush do not stay open for good."""
    old, new = Line(1.0), Line()
    pool = pool_of(old)
    old.idle_seconds = KEPT_SECONDS + 1

    pool.put(new, has_streamed=False)

    assert (old.is_aborted, new.is_aborted) == (True, False)


def test_after_the_first_streams_of_a_server_all_connections_rest() -> None:
    """Also where many began together."""
    assert pool_of(Line(SHORTLY), Line(0.0), has_streamed=True).take(HERE) is None


def test_one_connection_that_outlasts_its_rest_vouches_for_the_others() -> None:
    """Those that rest, and those that stream later."""
    rested, resting, later = Line(RESTED), Line(SHORTLY), Line(0.0)
    pool = pool_of(rested, resting, has_streamed=True)

    assert {pool.take(HERE), pool.take(HERE)} == {rested, resting}
    pool.put(later, has_streamed=True)
    assert pool.take(HERE) is later


def test_a_connection_that_was_closed_in_its_rest_vouches_for_none() -> None:
    """The next one does, once it rested itself."""
    closed, resting = Line(RESTED, is_closing=True), Line(SHORTLY)
    pool = pool_of(closed, resting, has_streamed=True)
    assert pool.take(HERE) is None

    resting.idle_seconds = RESTED

    assert pool.take(HERE) is resting


def test_what_vouches_for_one_server_says_nothing_of_another() -> None:
    """Each is known by its own."""
    pool = pool_of(Line(RESTED), has_streamed=True)
    pool.take(HERE)

    pool.put(Line(SHORTLY, server=ELSEWHERE), has_streamed=True)

    assert pool.take(ELSEWHERE) is None


def test_a_server_that_hangs_up_after_a_stream_is_not_believed_again() -> None:
    """Even where one of its connections vouched for it, and another would."""
    pool = pool_of(Line(RESTED), has_streamed=True)
    assert pool.take(HERE)
    ready, streamed = Line(0.0), Line(RESTED)
    pool.put(ready, has_streamed=True)

    pool.lost_after_stream(Line(SHORTLY, is_closing=True))
    pool.put(streamed, has_streamed=True)

    assert pool.take(HERE) is None
    assert (ready.is_aborted, streamed.is_aborted) == (True, True)


def test_connections_that_rest_are_closed_with_the_one_that_was() -> None:
    """Their streams are over as well."""
    resting = Line(SHORTLY)
    pool = pool_of(resting, has_streamed=True)

    pool.lost_after_stream(Line(SHORTLY, is_closing=True))

    assert resting.is_aborted


def test_such_a_server_keeps_connections_that_did_not_stream() -> None:
    """It is only after streams that it closes them."""
    plain = Line()
    pool = found_out()
    pool.put(plain, has_streamed=False)

    assert pool.take(HERE) is plain


def test_a_connection_that_is_closed_long_after_its_stream_proves_nothing() -> None:
    """Every server closes what lies idle at last."""
    pool = pool_of(Line(RESTED), has_streamed=True)

    pool.lost_after_stream(Line(HANGS_UP_SECONDS + 1, is_closing=True))

    assert pool.take(HERE) is not None
