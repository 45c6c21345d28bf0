"""The turnstile lets stock Locust users in on time, whatever they do inside, and the books balance."""

from __future__ import annotations

import locust  # isort: skip  # first of all: it patches sockets, threads and time for the whole process

import itertools
import time
from typing import Any

import gevent
import msgspec
import pytest
from locust import TaskSet, User, between, task
from locust.exception import StopUser

from loadtests.crowd.visit import Visit, current_visit, think
from loadtests.record.books import Account
from loadtests.record.second import Second
from tests.edge.one_gate import Gate, ask, user, visits

assert locust.__version__


def test_wait_time_is_replaced_and_every_arrival_runs_one_task() -> None:
    seen: list[float] = []
    account = visits(user(lambda self: seen.append(time.monotonic())))
    assert account == Account(offered=0, started=25, completed=25)
    gaps = [later - earlier for earlier, later in itertools.pairwise(seen)]
    assert sum(gaps) / len(gaps) == pytest.approx(0.02, abs=0.005)


def test_the_first_task_of_a_user_is_held_back_until_an_arrival_is_due() -> None:
    ran: list[int] = []
    gate = Gate(user(lambda self: ran.append(1)), rate=10, seconds=0.3)
    gate.turnstile.look_ahead(1.0)
    gate.pool.grow()
    gevent.sleep(0.1)
    assert gate.pool.size > 3
    assert not ran
    assert gate.account().completed == len(ran) == 3


def test_a_taskset_s_own_wait_and_interrupt_make_no_extra_visit() -> None:
    class Inner(TaskSet):
        wait_time = between(100, 200)

        @task
        def look(self) -> None:
            self.interrupt(reschedule=False)

    kind = type("Nested", (User,), {"tasks": [Inner], "wait_time": between(100, 200)})
    assert visits(kind).completed == 25


def test_a_task_that_raises_is_a_failed_visit_and_the_next_one_comes() -> None:
    def stumble(self: Any) -> None:
        raise ValueError("stumbled")

    second = Gate(user(stumble)).run()
    assert (second.arrivals["steady"].failed, second.arrivals["steady"].completed) == (25, 0)
    (row,) = second.requests
    assert (row.operation, row.outcome, sum(row.response.buckets[1::2])) == ("(visit)", "failed", 25)


def test_a_task_that_raises_is_a_failure_beside_its_good_requests_and_none_beside_a_failed_one() -> None:
    def stumble(self: Any) -> None:
        ask(self, "/good")
        if self.fails:
            ask(self, "/bad", OSError("no"))
        raise ValueError("stumbled")

    for fails, failed in ((False, "(visit)"), (True, "/bad")):
        second = Gate(user(stumble, fails=fails)).run()
        assert second.arrivals["steady"].failed == 25
        assert {row.operation: row.outcome for row in second.requests} == {"/good": "ok", failed: "failed"}


def test_a_user_that_stops_itself_is_replaced() -> None:
    def leave(self: Any) -> None:
        raise StopUser

    gate = Gate(user(leave), pool=30)
    assert gate.account().completed == 25


def test_a_failed_request_makes_a_failed_visit() -> None:
    second = Gate(user(lambda self: ask(self, "/x", OSError("no")))).run()
    assert second.arrivals["steady"].failed == 25
    (row,) = second.requests
    assert (row.operation, row.scenario, row.outcome) == ("/x", "Visitor", "failed")


def test_who_finds_no_shopper_waits_and_the_wait_is_response_time_but_not_lag() -> None:
    def linger(self: Any) -> None:
        gevent.sleep(0.1)
        now = time.monotonic()
        self.environment.events.request.fire(
            request_type="GET", name="/x", response_time=100.0, response_length=0, exception=None, context={},
            started_at=now - 0.1, finished_at=now,
        )  # fmt: skip

    second = Gate(user(linger), rate=50, seconds=0.2, pool=1).run(drain_s=3.0)
    assert second.arrivals["steady"].completed == 10
    (row,) = second.requests
    assert row.response.max_ns > 0.7e9  # the tenth waited for nine others
    assert row.service.max_ns < 0.2e9
    assert sum(second.lag["steady"].buckets[1::2]) == 1  # the only one that a free shopper could have started on time


def test_patience_ends_and_the_arrival_is_dropped() -> None:
    gate = Gate(user(lambda self: gevent.sleep(0.3)), rate=50, seconds=0.2, pool=1, patience_s=0.05)
    account = gate.account(drain_s=2.0)
    assert account.dropped >= 8
    assert account.completed + account.dropped == 10


def test_what_hangs_when_the_drain_ends_is_unfinished_and_so_is_its_request_with_its_age() -> None:
    def hang(self: Any) -> None:
        visit = current_visit()
        assert visit is not None
        visit.in_flight = ("/never", time.monotonic())
        gevent.sleep(60)

    second = Gate(user(hang), rate=50, seconds=0.2).run(drain_s=0.3)
    assert second.arrivals["steady"].unfinished == 10
    (row,) = second.requests
    assert (row.operation, row.outcome, sum(row.response.buckets[1::2])) == ("/never", "failed", 10)
    assert row.response.min_ns > 0.25e9


def test_what_hangs_in_a_client_that_tells_nothing_is_a_failure_with_its_age_too() -> None:
    second = Gate(user(lambda self: gevent.sleep(60)), rate=50, seconds=0.2).run(drain_s=0.3)
    assert second.arrivals["steady"].unfinished == 10
    (row,) = second.requests
    assert (row.operation, row.outcome, sum(row.response.buckets[1::2])) == ("(visit)", "failed", 10)
    assert row.response.min_ns > 0.25e9


def test_what_was_cut_off_is_not_counted_again_when_it_ends_after_all() -> None:
    def hang(self: Any) -> None:
        try:
            gevent.sleep(60)
        finally:
            ask(self, "/late")

    second = Gate(user(hang), rate=50, seconds=0.2).run(drain_s=0.1)
    assert [(row.operation, row.outcome) for row in second.requests] == [("(visit)", "failed")]


def test_a_request_from_greenlets_of_greenlets_belongs_to_the_visit() -> None:
    def delegate(self: Any) -> None:
        gevent.spawn(lambda: gevent.spawn(ask, self, "/deep", OSError("no")).join()).join()

    second = Gate(user(delegate)).run()
    (row,) = second.requests
    assert (row.scenario, second.arrivals["steady"].failed) == ("Visitor", 25)


def test_a_greenlet_that_outlives_its_visit_fails_no_other() -> None:
    came: list[int] = []

    def leave_one_behind(self: Any) -> None:
        def fail_later(born: Visit | None) -> None:
            gevent.sleep(0.05)
            assert current_visit() is born
            ask(self, "/later", OSError("no"))

        ask(self, "/now")
        came.append(1)
        if len(came) == 1:
            gevent.spawn(fail_later, current_visit())
        gevent.sleep(0.03)

    gate = Gate(user(leave_one_behind), pool=1)
    second = gate.run()
    account = second.arrivals["steady"]
    assert (account.completed, account.failed) == (25, 0)
    assert {(row.operation, row.scenario) for row in second.requests} == {("/now", "Visitor"), ("/later", "Visitor")}


def test_what_a_greenlet_from_on_start_asks_belongs_to_no_visit() -> None:
    def on_start(self: Any) -> None:
        def beat() -> None:
            while True:
                gevent.sleep(0.05)
                ask(self, "/beat", OSError("no"))

        self.beating = gevent.spawn(beat)

    kind = user(lambda self: gevent.sleep(0.1), on_start=on_start, on_stop=lambda self: self.beating.kill())
    second = Gate(kind).run()
    assert second.arrivals["steady"].completed == 25
    assert {(row.operation, row.scenario) for row in second.requests} == {("/beat", "-")}


def test_a_request_named_by_a_number_is_written_by_its_words() -> None:
    second = Gate(user(lambda self: ask(self, 7))).run()  # type: ignore[arg-type]
    (row,) = msgspec.msgpack.decode(msgspec.msgpack.encode(second), type=Second).requests
    assert row.operation == "7"


def test_a_stop_keeps_later_arrivals_out() -> None:
    gate = Gate(user(lambda self: None), rate=100, seconds=1.0)
    gate.turnstile.closes_at_s = 0.2
    assert gate.account().completed == 20


def test_the_next_request_is_due_when_the_thinking_was_meant_to_end() -> None:
    def ponder(self: Any) -> None:
        think(0.05)
        visit = current_visit()
        assert visit is not None
        assert visit.due_at is not None
        assert 0 <= time.monotonic() - visit.due_at < 0.03

    assert visits(user(ponder)).completed == 25
