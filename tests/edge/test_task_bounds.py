"""A task may wait, loop and nest as under Locust: one visit a walk between tasks, and a pause is only a pause."""

from __future__ import annotations

import locust  # isort: skip  # first of all: it patches sockets, threads and time for the whole process

import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import gevent
import pytest
from gevent.pool import Group
from locust import SequentialTaskSet, TaskSet, User, constant, task
from locust.exception import RescheduleTask, RescheduleTaskImmediately, StopTest

from loadtests.crowd import exits
from loadtests.crowd.visit import current_visit
from tests.edge.one_gate import Gate, ask, user, visits

assert locust.__version__
PAUSE_S = 0.05


def number() -> int | None:
    """Which visit is on."""
    visit = current_visit()
    return None if visit is None else visit.index


class Waiter(User):
    """One task that waits twice as its class says."""

    abstract = True
    wait_time = constant(PAUSE_S)


def two_waits(wait: Callable[[Any], None], seen: list[tuple[int | None, int | None, float]]) -> Callable[[Any], None]:
    def body(self: Any) -> None:
        came, came_at = number(), time.monotonic()
        wait(self)
        wait(self)
        seen.append((came, number(), time.monotonic() - came_at))

    return body


def in_a_user(body: Callable[[Any], None]) -> type[User]:
    return type("Visitor", (Waiter,), {"task_": task(body)})


def in_a_nested_taskset(body: Callable[[Any], None]) -> type[User]:
    inner = type("Inner", (TaskSet,), {"task_": task(body)})
    return type("Visitor", (Waiter,), {"tasks": [inner]})


def in_a_sequence_of_a_taskset(body: Callable[[Any], None]) -> type[User]:
    inner = type("Inner", (SequentialTaskSet,), {"first": task(body), "second": task(body)})
    outer = type("Outer", (TaskSet,), {"tasks": [inner]})
    return type("Visitor", (Waiter,), {"tasks": [outer]})


@pytest.mark.parametrize("put", [in_a_user, in_a_nested_taskset, in_a_sequence_of_a_taskset])
def test_a_task_that_waits_pauses_by_its_own_wait_time_and_stays_in_its_visit(put: Callable[..., type[User]]) -> None:
    seen: list[tuple[int | None, int | None, float]] = []
    account = visits(put(two_waits(lambda self: self.wait(), seen)))
    assert (account.started, account.completed) == (25, 25)
    assert sorted(came for came, _, _ in seen) == list(range(25))  # type: ignore[type-var]
    for came, went, lasted_s in seen:
        assert came == went
        assert 2 * PAUSE_S <= lasted_s < 2 * PAUSE_S + 1.0  # and not the wait for another arrival


def test_the_user_s_and_the_parent_s_wait_are_pauses_too_in_a_nested_task() -> None:
    seen: list[tuple[int | None, int | None, float]] = []

    def wait(self: Any) -> None:
        self.user.wait()
        self.parent.wait()

    assert visits(in_a_nested_taskset(two_waits(wait, seen))).completed == 25
    assert all(came == went and lasted_s >= 4 * PAUSE_S for came, went, lasted_s in seen)


def test_without_a_wait_time_a_task_s_wait_is_no_pause() -> None:
    seen: list[tuple[int | None, int | None, float]] = []
    body = two_waits(lambda self: self.wait(), seen)
    assert visits(type("Visitor", (User,), {"task_": task(body), "wait_time": None})).completed == 25
    assert max(lasted_s for _, _, lasted_s in seen) < PAUSE_S


def test_the_request_after_a_pause_is_due_when_the_pause_was_meant_to_end() -> None:
    late: list[float] = []

    def body(self: Any) -> None:
        began_at = time.monotonic()
        self.wait()
        visit = current_visit()
        assert visit is not None
        assert visit.due_at is not None
        late.append(visit.due_at - began_at - PAUSE_S)

    assert visits(in_a_user(body)).completed == 25
    assert max(map(abs, late)) < 0.002


def test_waits_in_a_taskset_s_on_start_and_on_stop_belong_to_the_visit_that_is_on() -> None:
    steps: list[tuple[str, int | None]] = []

    class Inner(TaskSet):
        def on_start(self) -> None:
            steps.append(("came", number()))
            self.wait()
            steps.append(("ready", number()))

        @task
        def look(self) -> None:
            steps.append(("looked", number()))
            self.interrupt(reschedule=False)

        def on_stop(self) -> None:
            self.wait()
            steps.append(("left", number()))

    kind = type("Visitor", (Waiter,), {"tasks": [Inner]})
    assert visits(kind).completed == 25
    for visit in range(25):
        assert [step for step, on in steps if on == visit] == ["came", "ready", "looked", "left"]


def test_a_wait_in_a_user_s_on_start_takes_no_arrival() -> None:
    kind = type("Visitor", (Waiter,), {"task_": task(lambda self: None), "on_start": lambda self: self.wait()})
    assert visits(kind).completed == 25


def test_each_task_of_a_nested_taskset_is_a_visit() -> None:
    ran: list[int | None] = []
    assert visits(in_a_nested_taskset(lambda self: ran.append(number()))).completed == 25
    assert ran == list(range(25))


def test_a_task_rescheduled_at_once_runs_in_the_same_visit_and_one_rescheduled_later_in_the_next() -> None:
    ran: list[tuple[str, int | None]] = []

    def again(self: Any) -> None:
        ran.append(("again", number()))
        raise RescheduleTaskImmediately

    def later(self: Any) -> None:
        ran.append(("later", number()))
        raise RescheduleTask

    sequence = type("Steps", (SequentialTaskSet,), {"a": task(again), "b": task(later)})
    assert visits(type("Visitor", (Waiter,), {"tasks": [sequence]})).completed == 25
    assert sorted(ran) == sorted((kind, visit) for visit in range(25) for kind in ("again", "later"))


def test_a_wait_of_one_s_own_between_tasks_still_ends_the_visit() -> None:
    ran: list[int | None] = []

    class Inner(TaskSet):
        @task
        def look(self) -> None:
            ran.append(number())

        def wait(self) -> None:
            gevent.sleep(0.001)

    assert visits(type("Visitor", (Waiter,), {"tasks": [Inner]})).completed == 25
    assert ran == list(range(25))


def test_a_taskset_without_tasks_fails_each_visit_once() -> None:
    inner = type("Inner", (TaskSet,), {})
    account = visits(type("Visitor", (Waiter,), {"tasks": [inner], "wait_time": constant(0)}))
    assert (account.started, account.failed) == (25, 25)


class Torn(BaseException):
    """No Exception: what asyncio's and gevent's own are."""


@pytest.mark.parametrize("error", [gevent.Timeout(0.01), Torn("odd")], ids=["a timeout", "another"])
@pytest.mark.parametrize("put", [user, in_a_nested_taskset])
def test_a_task_that_raises_what_locust_does_not_catch_has_failed_its_visit(
    put: Callable[..., type[User]], error: BaseException
) -> None:
    def body(self: Any) -> None:
        ask(getattr(self, "user", self), "/x")
        raise error

    second = Gate(put(body)).run()
    account = second.arrivals["steady"]
    assert (account.started, account.failed) == (25, 25)
    assert ("(visit)", "failed") in {(row.operation, row.outcome) for row in second.requests}


# -- the end of the whole run ------------------------------------------------------------------------------------------


def a_task(self: Any) -> None:
    raise StopTest("enough")


def a_listener(self: Any) -> None:
    def listen(**_: Any) -> None:
        raise StopTest("enough")

    user_of = getattr(self, "user", self)
    user_of.environment.events.request.add_listener(listen)
    ask(user_of, "/x")


@pytest.mark.parametrize("put", [user, in_a_nested_taskset])
@pytest.mark.parametrize("body", [a_task, a_listener])
def test_a_stop_test_asks_for_the_end_of_the_run(put: Callable[..., type[User]], body: Callable[[Any], None]) -> None:
    gate = Gate(put(body), seconds=0.1)
    account = gate.account()
    assert set(gate.asked) == {"StopTest: enough"}
    assert account.completed == 5


@pytest.mark.parametrize("put", [user, in_a_nested_taskset])
def test_an_exit_in_a_task_asks_for_the_end_of_the_run_and_ends_nothing_else(put: Callable[..., type[User]]) -> None:
    left: list[int] = []
    kind = put(lambda self: sys.exit("enough"))
    for part in (kind, *kind.tasks):
        if isinstance(part, type):
            part.on_stop = lambda self: left.append(1)  # type: ignore[attr-defined]
    gate = Gate(kind, seconds=0.1)
    account = gate.account()
    assert gate.asked[0] == "SystemExit: enough"
    assert account.completed == 5
    assert len(left) >= 5


@pytest.fixture
def exits_asked() -> Iterator[list[str]]:
    """What the process was asked for instead of being ended."""
    hub = gevent.get_hub()
    own, asked = Group(), []
    exits.install(asked.append, own)
    yield asked
    del hub.handle_error


def test_an_exit_in_a_greenlet_that_a_task_spawned_asks_for_the_end_too(exits_asked: list[str]) -> None:
    account = visits(user(lambda self: gevent.spawn(sys.exit, "enough")), seconds=0.1)
    assert account.completed == 5
    assert set(exits_asked) == {"SystemExit: enough"}


def test_an_exit_in_on_stop_asks_for_the_end_too(exits_asked: list[str]) -> None:
    kind = user(lambda self: None, on_stop=lambda self: sys.exit(3))
    assert visits(kind, seconds=0.1).completed == 5
    assert set(exits_asked) == {"SystemExit: 3"}


def test_a_greenlet_of_the_worker_s_own_may_end_it() -> None:
    hub, own = gevent.get_hub(), Group()
    exits.install(lambda why: pytest.fail(why), own)
    try:
        own.spawn(sys.exit, "surplus")
        with pytest.raises(SystemExit, match="surplus"):
            gevent.sleep(0.1)
    finally:
        del hub.handle_error
