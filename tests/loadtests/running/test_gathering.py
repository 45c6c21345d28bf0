"""The run's seconds are the sum of the workers' seconds; what nobody reported is accounted for all the same."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from loadtests.plan.arrivals import Schedule, Stage
from loadtests.record.books import Account, Books
from loadtests.record.second import Event, FailuresOfSecond, Second
from loadtests.running.gathering import Gathering

STEADY = Schedule((Stage("steady", 4.0, 10, 10),), "even")


class Handed:
    """Keeps what a gathering hands over."""

    def __init__(self, schedule: Schedule = STEADY) -> None:
        self.seconds: list[Second] = []
        self.journal: list[dict[str, Any]] = []
        self.gathering = Gathering(schedule, self._keep)

    def _keep(self, second: Second, journal: list[dict[str, Any]]) -> None:
        self.seconds.append(second)
        self.journal += journal

    @property
    def books(self) -> Books:
        books = Books()
        for second in self.seconds:
            books.add(second.arrivals)
        return books


def done(second: int, count: int) -> Second:
    return Second(second=second, arrivals={"steady": Account(started=count, completed=count)})


def test_offered_comes_from_the_schedule_whatever_workers_say() -> None:
    handed = Handed()
    for second in range(4):
        handed.gathering.take(done(second, 3), [])
        handed.gathering.finish_second(4.0)
    assert [second.arrivals["steady"].offered for second in handed.seconds] == [10, 10, 10, 10]
    assert handed.books.mistakes()


def test_two_workers_make_one_second() -> None:
    handed = Handed()
    why = FailuresOfSecond("/pay", "status 500", 2)
    handed.gathering.take(replace(done(0, 6), failures=[why]), [{"key": "a"}])
    handed.gathering.take(replace(done(0, 4), failures=[why]), [{"key": "b"}])
    handed.gathering.finish_second(4.0)
    assert handed.seconds[0].arrivals["steady"] == Account(offered=10, started=10, completed=10)
    assert handed.seconds[0].failures == [FailuresOfSecond("/pay", "status 500", 4)]
    assert handed.journal == [{"key": "a"}, {"key": "b"}]


def test_a_late_report_goes_into_a_later_second_and_is_not_lost() -> None:
    handed = Handed()
    handed.gathering.finish_second(4.0)
    handed.gathering.take(done(0, 10), [])
    handed.gathering.finish_second(4.0)
    assert handed.books.total().completed == 10


def test_events_travel_with_the_next_second() -> None:
    handed = Handed()
    handed.gathering.events.append(Event(at=0.5, kind="fault_started", text="latency"))
    handed.gathering.finish_second(4.0)
    handed.gathering.finish_second(4.0)
    assert [len(second.events) for second in handed.seconds] == [1, 0]


@given(
    started=st.integers(0, 40),
    ended_share=st.floats(0, 1),
    heard=st.integers(0, 4),
    ends_s=st.floats(0.0, 4.0, allow_nan=False),
)
def test_the_books_balance_when_workers_are_lost(started: int, ended_share: float, heard: int, ends_s: float) -> None:
    handed = Handed()
    due = STEADY.offered(ends_s)["steady"]
    started = min(started, due)
    if heard:
        account = Account(started=started, completed=int(started * ended_share))
        handed.gathering.take(Second(second=0, arrivals={"steady": account}), [])
    for _ in range(heard):
        handed.gathering.finish_second(ends_s)
    handed.gathering.close(ends_s, workers_lost=True)
    assert handed.books.mistakes() == []
    total = handed.books.total()
    assert total.offered == due
    assert min(total.dropped, total.unfinished) >= 0
    if heard:
        assert total.unfinished == started - int(started * ended_share)


def test_without_a_lost_worker_nothing_is_written_off() -> None:
    handed = Handed()
    handed.gathering.close(4.0, workers_lost=False)
    assert handed.books.total() == Account(offered=40)
    assert handed.books.mistakes()
