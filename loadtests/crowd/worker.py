"""A worker process: takes the plan from the master, starts its stripe of the arrivals, and reports every second.

master                                worker
  │ ◄─────────── hello ──────────────── │   a Locust worker has connected and loaded its locustfile
  │ ──────────── plan ────────────────► │   profile, stripe, run id; the pool is filled
  │ ◄─────────── ready ──────────────── │   or `refused` with a sentence
  │ ──────────── open ────────────────► │   the common instant of run second 0
  │ ◄─────────── second ─────────────── │   once a second, then a last one
  │ ──────────── stop ────────────────► │   (only when cut short) arrivals due from an instant on are not started
  │ ──────────── done ────────────────► │   the last second arrived: go home
"""

from __future__ import annotations

import gc
import logging
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gevent
import msgspec
from gevent.event import Event
from locust.env import Environment
from locust.runners import WorkerRunner

from loadtests.crowd import wire
from loadtests.crowd.pool import Pool
from loadtests.crowd.recorder import Recorder
from loadtests.crowd.scenario_choice import check_scenarios, picker, user_classes
from loadtests.crowd.turnstile import Turnstile
from loadtests.crowd.visit import Festival
from loadtests.plan.profile import Profile
from loadtests.record.second import WorkerOfSecond

logger = logging.getLogger(__name__)

PULSE_S = 0.1
"""A greenlet that sleeps this long and wakes later than it should measures the event loop's stalls."""


class Worker:
    """One worker process from hello to done."""

    def __init__(self, master_host: str, master_port: int, locustfile: Path) -> None:
        self.locustfile = locustfile
        self.classes = user_classes(locustfile)
        self.environment = Environment(user_classes=list(self.classes.values()), locustfile=str(locustfile))
        wire.mend()
        self.runner: WorkerRunner = self.environment.create_worker_runner(master_host, master_port)
        self.opened = Event()
        self.done = Event()
        self.stop_at_s: float | None = None
        self.festival: Festival | None = None
        self.runner.register_message(wire.PLAN, self._on_plan, concurrent=True)
        self.runner.register_message(wire.OPEN, self._on_open)
        self.runner.register_message(wire.STOP, self._on_stop)
        self.runner.register_message(wire.DONE, lambda **_: self.done.set())
        self.runner.register_message(wire.SURPLUS, self._on_surplus)
        self.runner.send_message(wire.HELLO, {"pid": os.getpid(), "classes": sorted(self.classes)})

    def join(self) -> None:
        """Serve until the master says quit, or our parent is gone."""
        parent = os.getppid()
        while not self.runner.greenlet.join(timeout=1.0):
            if not len(self.runner.greenlet):
                return
            if os.getppid() != parent:
                logger.error("the master process is gone; this worker ends too")
                os._exit(1)

    # -- messages -----------------------------------------------------------------------------------------------------

    def _on_plan(self, msg: Any, **_: Any) -> None:
        try:
            self._take_plan(msg.data)
        except Exception as error:
            logger.exception("the worker broke")
            self.runner.send_message(wire.REFUSED, {"mistakes": [f"a worker broke: {error!r}"]})

    def _take_plan(self, plan: Mapping[str, Any]) -> None:
        profile = Profile.from_json(msgspec.json.decode(plan["profile"]))
        mistakes = check_scenarios(profile, self.classes, self.locustfile)
        if sorted(self.classes) != plan["classes"]:
            needed, found = ", ".join(plan["classes"]), ", ".join(sorted(self.classes))
            mistakes.append(
                f"a worker has the User classes {found}, the run needs {needed}: give it the same --locustfile"
            )
        if mistakes:
            self.runner.send_message(wire.REFUSED, {"mistakes": mistakes})
            return
        for cls in self.classes.values():
            cls.host = plan["host"]
        self.environment.host = plan["host"]
        self.festival = Festival(
            run_id=plan["run"],
            worker=plan["worker"],
            seed=profile.seed,
            schedule=profile.schedule(),
            opened_at=float("inf"),
            timeout_s=profile.timeout_s,
            connections=profile.connections,
            allowed_hosts=frozenset(plan["allowed_hosts"]),
            shop=plan["shop"],
        )
        self.environment.festival = self.festival  # type: ignore[attr-defined]  # where scenarios find it
        self._work(profile, self.festival, plan["worker"], plan["workers"])

    def _on_open(self, msg: Any, **_: Any) -> None:
        assert self.festival is not None
        self.festival.opened_at = time.monotonic() + (msg.data["opens_at"] - time.time())
        self.opened.set()

    def _on_surplus(self, msg: Any, **_: Any) -> None:
        logger.error("this run has its %d workers already; this one is not needed", msg.data["workers"])
        os._exit(0)

    def _on_stop(self, msg: Any, **_: Any) -> None:
        self.stop_at_s = msg.data["until_s"]

    # -- the run ------------------------------------------------------------------------------------------------------

    def _work(self, profile: Profile, festival: Festival, index: int, workers: int) -> None:
        recorder = Recorder(festival)
        arrivals = profile.schedule().stripe(index, workers)
        turnstile = Turnstile(festival, arrivals, picker(profile, self.classes), recorder, profile.patience_s)
        turnstile.install()
        pool = Pool(self.environment, self.runner.user_greenlets, self.classes, turnstile, profile.max_shoppers)
        self.environment.events.request.add_listener(recorder.request)
        self.environment.events.user_error.add_listener(_a_task_raised)
        self.environment.events.test_start.fire(environment=self.environment)
        turnstile.look_ahead(1.0)
        pool.grow()
        gc.collect()
        gc.freeze()
        self.runner.send_message(wire.READY, {"worker": index})
        self.opened.wait()
        reporter = Reporter(self, festival, recorder, turnstile, pool, index)
        growing, reporting = gevent.spawn(pool.run), gevent.spawn(reporter.run)
        turnstile.run()
        offered_until_s = min(festival.schedule.duration_s, turnstile.closes_at_s)
        drain_ends_at = festival.opened_at + offered_until_s + profile.drain_s
        while time.monotonic() < drain_ends_at and not turnstile.empty:
            gevent.sleep(0.02)
        gevent.killall([growing, reporting])
        turnstile.drop_waiting()
        turnstile.abandon(time.monotonic())
        pool.close()
        reporter.report(last=True)
        if not self.done.wait(timeout=10):
            logger.error("the master never confirmed the last report of this worker")


class Reporter:
    """Cuts the recorder at every whole run second and sends the second to the master."""

    def __init__(
        self,
        worker: Worker,
        festival: Festival,
        recorder: Recorder,
        turnstile: Turnstile,
        pool: Pool,
        index: int,
    ) -> None:
        self.worker, self.festival, self.recorder = worker, festival, recorder
        self.turnstile, self.pool, self.index = turnstile, pool, index
        self.second = 0
        self._cpu_s, self._cut_at = time.process_time(), time.monotonic()
        self._stall_s = 0.0

    def run(self) -> None:
        """Report for ever; killed when the drain ends."""
        while True:
            # Wakes at the whole second too, so that a second holds what belongs to it.
            pulse_s = min(PULSE_S, max(0.001, self.second + 1 - self.festival.run_s()))
            expected_at = time.monotonic() + pulse_s
            gevent.sleep(pulse_s)
            self._stall_s = max(self._stall_s, time.monotonic() - expected_at)
            if self.worker.stop_at_s is not None:
                self.turnstile.closes_at_s = self.worker.stop_at_s
            self.turnstile.drop_impatient(time.monotonic())
            if self.festival.run_s() >= self.second + 1:
                self.report(last=False)

    def report(self, last: bool) -> None:
        now, cpu_s = time.monotonic(), time.process_time()
        delta = WorkerOfSecond(
            worker=self.index,
            cpu=(cpu_s - self._cpu_s) / max(1e-3, now - self._cut_at),
            stall_s=self._stall_s,
            shoppers=self.pool.size,
            in_flight=len(self.turnstile.in_flight),
            waiting=sum(map(len, self.turnstile.waiting.values())),
        )
        self._cpu_s, self._cut_at, self._stall_s = cpu_s, now, 0.0
        second = self.recorder.cut(self.second, delta)
        self.second += 1
        journal, self.festival.journal = self.festival.journal, []
        self.worker.runner.send_message(
            wire.SECOND,
            {
                "worker": self.index,
                "last": last,
                "second": msgspec.msgpack.encode(second),
                "journal": msgspec.msgpack.encode(journal),
            },
        )


def _a_task_raised(**_: Any) -> None:
    """Locust's `user_error`: the visit that raised has failed."""
    visit = getattr(gevent.getcurrent(), "visit", None)
    if visit is not None:
        visit.failed = True
