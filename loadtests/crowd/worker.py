"""A worker process: takes the plan from the master, starts its stripe of the arrivals, and reports every second.

master                                worker
  │ ◄─────────── hello ──────────────── │   a Locust worker has connected and loaded its locustfile
  │ ──────────── plan ────────────────► │   profile, stripe, run id; the pool is filled
  │ ◄─────────── ready ──────────────── │   or `refused` with a sentence
  │ ──────────── open ────────────────► │   the common instant of run second 0
  │ ◄─────────── second ─────────────── │   once a second, then a last one
  │ ◄──────────── ask ───────────────── │   (only if a task wants it) to stop the whole run
  │ ──────────── stop ────────────────► │   (only when cut short) arrivals due from an instant on are not started
  │ ──────────── done ────────────────► │   the last second arrived: go home
"""

from __future__ import annotations

import gc
import logging
import os
import time
from collections.abc import Callable, Mapping
from math import inf
from pathlib import Path
from typing import Any

import gevent
import msgspec
from gevent.event import Event
from locust import events
from locust.env import Environment
from locust.runners import WorkerRunner
from locust.stats import RequestStats

from loadtests.crowd import addresses, exits, wire
from loadtests.crowd.pool import Pool
from loadtests.crowd.recorder import Recorder
from loadtests.crowd.reporter import Reporter
from loadtests.crowd.scenario_choice import check_scenarios, parsed_options, picker, user_classes
from loadtests.crowd.task_bounds import walk_after_error
from loadtests.crowd.turnstile import Turnstile
from loadtests.crowd.visit import Festival
from loadtests.plan.profile import Profile

logger = logging.getLogger(__name__)

FULL_COLLECTION_EVERY = 1_000
"""Middle collections to a full one: a full one stops a worker of 10,000 shoppers for some 100 ms."""


FIRST_STEPS_S = 10.0
"""How long the first shoppers' `on_start` may hold up the opening: a log-in takes a while, a dead shop takes longer."""


class ShopperRunner(WorkerRunner):
    """Locust's worker runner, told by the pool how many users there are instead of asking every greenlet.

    A task that stops it or makes it quit asks for the end of the whole run; only the runner's own greenlets, which
    obey the master, end this process.
    """

    pool: Pool | None = None
    ask_to_stop: Callable[[str], None]

    def stop(self) -> None:
        if gevent.getcurrent() in self.greenlet:
            super().stop()
        else:
            self.ask_to_stop("runner.stop()")

    def quit(self) -> None:
        if gevent.getcurrent() in self.greenlet:
            super().quit()
        else:
            self.ask_to_stop("runner.quit()")

    @property
    def user_classes_count(self) -> dict[str, int]:
        return dict(self.pool.sizes) if self.pool is not None else {cls.__name__: 0 for cls in self.user_classes}


class Worker:
    """One worker process from hello to done."""

    def __init__(self, master_host: str, master_port: int, locustfile: Path) -> None:
        self.locustfile = locustfile
        self.classes = user_classes(locustfile)
        # With Locust's own events, to which the locustfile has added its listeners.
        self.environment = Environment(
            user_classes=list(self.classes.values()),
            locustfile=str(locustfile),
            events=events,
            parsed_options=parsed_options(locustfile),
        )
        wire.mend()
        addresses.install()
        # As `create_worker_runner` does, with a runner of our own.
        self.environment.stats = RequestStats(use_response_times_cache=False)
        self.runner = self.environment._create_runner(ShopperRunner, master_host, master_port)
        self.runner.ask_to_stop = self._ask_to_stop
        exits.install(self._ask_to_stop, self.runner.greenlet)
        self.opened = Event()
        self.done = Event()
        self.closes_at_s = inf
        self._asked = False
        self.festival: Festival | None = None
        self.runner.register_message(wire.PLAN, self._on_plan, concurrent=True)
        self.runner.register_message(wire.OPEN, self._on_open)
        self.runner.register_message(wire.STOP, self._on_stop)
        self.runner.register_message(wire.DONE, lambda **_: self.done.set())
        self.runner.register_message(wire.SURPLUS, self._on_surplus)
        events.init.fire(environment=self.environment, runner=self.runner, web_ui=None)
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
        except (Exception, SystemExit) as error:
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
            crowd=profile.crowd(),
            wanted=profile.wanted,
        )
        self.environment.festival = self.festival  # type: ignore[attr-defined]  # where scenarios find it
        self._work(profile, self.festival, plan["worker"], plan["workers"])

    def _on_open(self, msg: Any, **_: Any) -> None:
        assert self.festival is not None
        self.festival.shop = msg.data["shop"]
        self.festival.opened_at = time.monotonic() + (msg.data["opens_at"] - time.time())
        self.opened.set()

    def _on_surplus(self, msg: Any, **_: Any) -> None:
        logger.error("this run has its %d workers already; this one is not needed", msg.data["workers"])
        os._exit(0)

    def _on_stop(self, msg: Any, **_: Any) -> None:
        self.closes_at_s = msg.data["until_s"]

    def _ask_to_stop(self, why: str) -> None:
        """A task wants the run to end. The master decides from when on, for all workers alike."""
        if not self._asked:
            self._asked = True
            logger.info("a task asked the run to stop: %s", why)
            self.runner.send_message(wire.ASK, {"why": why})

    # -- the run ------------------------------------------------------------------------------------------------------

    def _work(self, profile: Profile, festival: Festival, index: int, workers: int) -> None:
        recorder = Recorder(festival)
        arrivals = profile.schedule().stripe(index, workers)
        turnstile = Turnstile(festival, arrivals, picker(profile, self.classes), recorder, profile.patience_s)
        turnstile.install(self._ask_to_stop)
        pool = Pool(
            self.environment,
            self.runner.user_greenlets,
            self.classes,
            turnstile,
            profile.max_shoppers,
            self._ask_to_stop,
        )
        self.environment.events.request.add_listener(recorder.request)
        self.environment.events.user_error.add_listener(recorder.raised)
        self.environment.events.user_error.add_listener(walk_after_error)
        self.environment.events.test_start.fire(environment=self.environment)
        self.runner.pool = pool
        gc.disable()
        pool.fill(FIRST_STEPS_S)
        gc.collect()
        gc.freeze()
        gc.set_threshold(*gc.get_threshold()[:2], FULL_COLLECTION_EVERY)
        gc.enable()
        self.runner.send_message(wire.READY, {"worker": index})
        self.opened.wait()
        reporter = Reporter(festival, recorder, turnstile, pool, self._send_second, lambda: self.closes_at_s)
        growing, reporting = gevent.spawn(pool.run), gevent.spawn(reporter.run)
        turnstile.run()
        offered_until_s = min(festival.schedule.duration_s, turnstile.closes_at_s)
        drain_ends_at = festival.opened_at + offered_until_s + profile.drain_s
        while time.monotonic() < drain_ends_at and not turnstile.empty:
            gevent.sleep(0.02)
        growing.kill()
        reporter.closing = True
        reporting.join()
        turnstile.drop_waiting()
        turnstile.abandon(time.monotonic())
        pool.close()
        reporter.report(last=True)
        self.environment.events.test_stop.fire(environment=self.environment)
        if not self.done.wait(timeout=10):
            logger.error("the master never confirmed the last report of this worker")

    def _send_second(self, data: Mapping[str, Any]) -> None:
        self.runner.send_message(wire.SECOND, dict(data))
