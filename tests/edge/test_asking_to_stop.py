"""Who may end a run: a task asks, the worker passes it on once, and the master decides for all workers alike."""

from __future__ import annotations

import locust  # isort: skip  # first of all: it patches sockets, threads and time for the whole process

import time
from io import StringIO
from types import SimpleNamespace
from typing import Any

import gevent
import msgspec
import pytest
from gevent.pool import Group
from locust.runners import WorkerRunner
from rich.console import Console

from loadtests.crowd import wire
from loadtests.crowd.worker import ShopperRunner, Worker
from loadtests.plan.arrivals import Stage
from loadtests.plan.profile import Profile
from loadtests.record.books import Account, Books
from loadtests.record.second import Second
from loadtests.running.conductor import STOP_LEAD_S, Conductor
from loadtests.running.rehearsal import Rehearsal
from loadtests.running.seat import Seat

assert locust.__version__


@pytest.fixture
def obeyed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What reached Locust's own runner."""
    done: list[str] = []
    for order in ("stop", "quit"):
        monkeypatch.setattr(WorkerRunner, order, lambda self, order=order: done.append(order))
    return done


@pytest.mark.parametrize("order", ["stop", "quit"])
def test_a_task_s_order_to_the_runner_is_a_wish_and_the_master_s_is_obeyed(order: str, obeyed: list[str]) -> None:
    runner: Any = object.__new__(ShopperRunner)
    runner.greenlet = Group()
    asked: list[str] = []
    runner.ask_to_stop = asked.append
    gevent.spawn(getattr(runner, order)).join()
    assert (asked, obeyed) == ([f"runner.{order}()"], [])
    runner.greenlet.spawn(getattr(runner, order)).join()
    assert (asked, obeyed) == ([f"runner.{order}()"], [order])


def test_a_worker_asks_once_however_many_tasks_do() -> None:
    sent: list[Any] = []
    runner = SimpleNamespace(send_message=lambda kind, data: sent.append((kind, data)))
    worker: Any = SimpleNamespace(_asked=False, runner=runner)
    for why in ("StopTest", "runner.quit()"):
        Worker._ask_to_stop(worker, why)
    assert sent == [(wire.ASK, {"why": "StopTest"})]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """What the master sent to its workers."""
    messages: list[tuple[str, Any]] = []
    runner = SimpleNamespace(send_message=lambda kind, data, **_: messages.append((kind, data)), clients={})
    monkeypatch.setattr(Conductor, "runner", runner)
    return messages


def conductor() -> Conductor:
    profile = Profile("p", (Stage("steady", 10, 1, 1),), max_shoppers=10)
    return Conductor(profile, "r", host="", shop={}, workers=2)


def ask(master: Conductor, why: str) -> None:
    master._on_ask(SimpleNamespace(data={"why": why}))


def test_the_first_to_ask_stops_all_workers_at_one_instant_and_is_written_down(sent: list[tuple[str, Any]]) -> None:
    master = conductor()
    master.opened_at = time.monotonic() - 2.0
    ask(master, "StopTest: enough")
    ask(master, "runner.quit()")
    ((kind, data),) = sent
    assert kind == wire.STOP
    assert data["until_s"] == pytest.approx(2.0 + STOP_LEAD_S, abs=0.1)
    (event,) = master.gathering.events
    assert (event.kind, event.text) == ("stopped", "a task asked the run to stop (StopTest: enough)")
    assert master.ending()["asked"] == "StopTest: enough"


def test_who_asks_before_the_doors_open_stops_the_run_before_its_first_arrival(sent: list[tuple[str, Any]]) -> None:
    master = conductor()
    ask(master, "StopTest")
    master.set_opening()
    master.open()
    assert sent[-1] == (wire.STOP, {"until_s": 0.0})  # again, for workers that were not there yet
    assert master.gathering.events[0].at == 0.0
    assert master.ending()["stopped_s"] == 0.0


@pytest.mark.parametrize("late_s", [0.0, -0.4], ids=["in the drain", "within the lead of a stop"])
def test_who_asks_when_all_arrivals_have_had_their_start_stops_nothing(
    late_s: float, sent: list[tuple[str, Any]]
) -> None:
    master = conductor()
    master.opened_at = time.monotonic() - 10.0 - late_s
    ask(master, "StopTest")
    assert (sent, master.gathering.events, master.stopped_at_s) == ([], [], None)


@pytest.fixture
def said(sent: list[tuple[str, Any]]) -> tuple[Rehearsal, Conductor, StringIO]:
    """A rehearsal two seconds after its opening, with what it prints."""
    master, heard = conductor(), StringIO()
    master.opened_at = time.monotonic() - 2.0
    order: Any = None
    rehearsal = Rehearsal(order, Console(file=heard, width=80))
    rehearsal._conductor, master.on_stop = master, rehearsal._stopping
    return rehearsal, master, heard


def test_at_which_second_a_task_stopped_the_run_and_why_is_said_at_once(
    said: tuple[Rehearsal, Conductor, StringIO],
) -> None:
    _, master, heard = said
    ask(master, "StopTest: [red]enough[/]")
    ask(master, "StopTest: more than enough")
    assert heard.getvalue() == (
        "stopping at 2.0 s: a task asked the run to stop (StopTest: [red]enough[/]); "
        "no arrival starts any more, what is under way is drained\n"
    )


def test_a_threshold_that_breaks_while_the_run_is_drained_has_not_aborted_it(
    said: tuple[Rehearsal, Conductor, StringIO],
) -> None:
    rehearsal, master, heard = said
    ask(master, "StopTest")
    rehearsal._abort(master, "failures: rate < 1%")
    assert rehearsal.aborted is None
    assert [event.kind for event in master.gathering.events] == ["stopped"]
    assert heard.getvalue().count("\n") == 1


def test_a_threshold_that_breaks_while_arrivals_are_on_aborts_the_run_once(
    said: tuple[Rehearsal, Conductor, StringIO],
) -> None:
    rehearsal, master, heard = said
    rehearsal._abort(master, "failures: rate < 1%")
    rehearsal._abort(master, "orders: rate > 1%")
    ask(master, "StopTest")
    assert rehearsal.aborted == {"threshold": "failures: rate < 1%", "at_s": pytest.approx(2.0, abs=0.1)}
    assert [(event.kind, event.text) for event in master.gathering.events] == [("aborted", "failures: rate < 1%")]
    assert heard.getvalue().startswith("stopping at 2.0 s: aborted by failures: rate < 1%; no arrival starts")
    assert heard.getvalue().count("\n") == 1
    assert master.ending()["asked"] is None


def test_who_asks_when_the_run_was_stopped_already_changes_nothing(sent: list[tuple[str, Any]]) -> None:
    master = conductor()
    master.stop("stopped", "interrupted")
    ask(master, "StopTest")
    assert len(sent) == len(master.gathering.events) == 1
    assert master.ending()["asked"] is None


def test_a_worker_s_last_report_is_written_down_however_late_it_comes(sent: list[tuple[str, Any]]) -> None:
    """A slow on_stop keeps a worker for seconds; meanwhile those it has not reported were handed over without it."""
    master, books = conductor(), Books()
    master.opened_at = time.monotonic() - 20.0
    master.on_second = lambda second, journal: books.add(second.arrivals)
    master.seats = {"w": Seat("w", worker=0, pid=1)}
    for _ in range(13):
        master.gathering.finish_second(10.0)
    offered = master.schedule.offered(10.0)["steady"]
    last = Second(second=11, arrivals={"steady": Account(started=offered, completed=offered - 2, unfinished=2)})
    data = {"second": msgspec.msgpack.encode(last), "journal": msgspec.msgpack.encode([]), "last": True}
    master._on_second(SimpleNamespace(node_id="w", data=data))
    master.conduct()
    assert books.mistakes() == []
    assert (books.total().offered, books.total().unfinished) == (offered, 2)
