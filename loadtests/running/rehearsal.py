"""One run from start to verdict: processes, doors, seconds, audit, judgement. The same for `rehearse` and `run`."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

import gevent
from gevent.event import Event
from rich.console import Console

from loadtests.judgement.gate import judge_run, write_verdict
from loadtests.live.load_metrics import LoadMetrics
from loadtests.live.metrics_server import MetricsServer
from loadtests.live.sales_board import ShopBoard
from loadtests.live.watched_run import WatchedRun
from loadtests.running.auditing import audit_books
from loadtests.running.conductor import Conductor
from loadtests.running.course import Course, Listener
from loadtests.running.harness_log import log_to
from loadtests.running.injecting import inject, try_faults
from loadtests.running.processes import PlatformProcess, deaths, start_worker
from loadtests.running.run_order import Order
from loadtests.running.stop_signals import stop_signals
from loadtests.shop.festival_setup import set_up
from loadtests.shop.run_clock import RunClock
from loadtests.shop.target import Target
from loadtests.terminal.day_table import seconds_stand_for
from loadtests.terminal.display import Display
from loadtests.terminal.reports_written import report_run
from loadtests.terminal.verdict_text import print_verdict

MUSTER_S = 30.0
MUSTER_AFAR_S = 600.0
"""Workers of other machines are started by people or schedulers."""
FIRST_LOOK_S = 2.0
"""How long somebody's own shop may take to say whether it has a boot id; most have none."""


@dataclass(slots=True)
class Rehearsal:
    """Everything of one run that is open while it lasts."""

    order: Order
    console: Console
    stack: ExitStack = field(default_factory=ExitStack)
    aborted: dict[str, Any] | None = None
    interrupted: bool = False
    opened: bool = False
    """Arrivals may have started."""
    boot: str | None = None
    """Tells whether the target was restarted while the run was on."""
    _stage: Literal["preparing", "conducting", "judging", "staying", "leaving"] = "preparing"
    _conductor: Conductor | None = None
    _watched: WatchedRun | None = None
    _metrics: MetricsServer | None = None
    _sent_home: Event = field(default_factory=Event)

    def run(self) -> int:
        """Run, audit, judge, print; returns the exit code. Raises the errors the command line turns into sentences."""
        with stop_signals(self._interrupt), self.stack, self.order.record:
            try:
                return self._run()
            finally:
                self._stage = "leaving"

    def _run(self) -> int:
        order, profile = self.order, self.order.profile
        log_to(order.out / "harness.log")
        shop_process = self._start_shop()
        target = None if shop_process else self._known_target()
        conductor = Conductor(
            profile, order.run_id, host="", shop={}, workers=order.workers, classes=sorted(order.classes)
        )
        conductor.allowed_hosts, conductor.on_stop = order.allow_target, self._stopping
        self._conductor = conductor
        if order.doors is not None:
            conductor.bind_host, conductor.bind_port = order.doors.host, order.doors.port
        if target is not None:
            self._meet(target, conductor)
        port = conductor.listen()
        self.stack.callback(conductor.quit)
        self._open_pages(conductor)
        self._open_metrics()
        self._start_workers(conductor, port)
        if shop_process is not None:
            # The shop seeds itself while the workers load; only now is it needed.
            target = Target(shop_process.wait_until_ready(), shop_process.admin_token)
            self._meet(target, conductor)
        assert target is not None
        try_faults(profile.faults, target)
        conductor.muster(MUSTER_S if order.doors is None else MUSTER_AFAR_S)
        if self._watched is not None and order.pages is not None and order.pages.wait_for_start:
            self._watched.wait_for_start()
            self.console.print("all is ready and waits for Start in Locust's web UI", highlight=False)
            conductor.await_start(self._watched.start_asked.is_set)
        return self._hold(conductor, target)

    def _open_pages(self, conductor: Conductor) -> None:
        order = self.order
        if order.pages is None:
            return
        self._watched = watched = WatchedRun(
            order.profile,
            order.run_id,
            conductor.environment,
            port=order.pages.port,
            login=order.pages.login,
            workers=order.workers,
            stop=self._stop_from_page,
        )
        watched.open()
        self.stack.callback(watched.close)
        for name, path in (("Locust's web UI", "/"), ("control room", "/control-room"), ("big screen", "/big-screen")):
            self.console.print(f"{name:<16}{watched.server.url}{path}", highlight=False, soft_wrap=True)

    def _open_metrics(self) -> None:
        order = self.order
        if order.metrics is None:
            return
        metrics = LoadMetrics(order.profile, order.run_id)
        self._metrics = server = MetricsServer(metrics, order.metrics.host, order.metrics.port)
        server.open()
        self.stack.callback(server.close)
        self.console.print(f"{'metrics':<16}{server.url}", highlight=False, soft_wrap=True)

    def _start_shop(self) -> PlatformProcess | None:
        if self.order.host is not None:
            return None
        shop = PlatformProcess(self.order.out / "platform.log", self.order.platform_arguments)
        self.stack.enter_context(shop)
        return shop

    def _start_workers(self, conductor: Conductor, port: int) -> None:
        order = self.order
        if order.doors is not None:
            where = f"--master-host {order.doors.host} --master-port {port}"
            self.console.print(f"waiting for {order.workers} of: zerohour worker {where}", highlight=False)
            return
        children = [
            self.stack.enter_context(
                start_worker(number, port, order.profile.locustfile, order.out / f"worker-{number}.log")
            )
            for number in range(order.workers)
        ]
        conductor.dead = lambda: deaths(children)
        conductor.places = {child.pid: number for number, child in enumerate(children)}

    def _known_target(self) -> Target:
        assert self.order.host is not None
        target = Target(self.order.host, self.order.admin_token)
        target.guard(self.order.allow_target)
        return target

    def _meet(self, target: Target, conductor: Conductor) -> None:
        """Look at the target before any load."""
        target.knock()
        conductor.host = target.host
        if self.order.profile.locustfile is not None:
            self.boot = target.boot(FIRST_LOOK_S)
        else:
            shop = target.shop()
            self.boot, conductor.shop = shop.boot, shop.seeded
        self.order.record.learn({"target": target.host, "boot": self.boot})
        if self._watched is not None:
            shop_known = self.order.profile.locustfile is None and target.admin_token
            self._watched.met(target.host, ShopBoard(target) if shop_known else None)

    def _hold(self, conductor: Conductor, target: Target) -> int:
        """From the opening of the doors to the exit code."""
        self._open_doors(conductor, target)
        self._announce(target)
        self._conduct(conductor, target)
        ended = conductor.ending()
        if self.boot is not None and target.boot() not in (self.boot, None):
            ended["restarted"] = True  # one that answers no more is no other shop: failures and audit tell of it
        return self._judge(target, ended, conductor.lost_workers())

    def _open_doors(self, conductor: Conductor, target: Target) -> None:
        order, profile = self.order, self.order.profile
        opens_at = conductor.set_opening()
        if profile.locustfile is None and target.admin_token:
            clock = RunClock(opens_at, profile.schedule(), profile.seed, profile.balances_window)
            conductor.shop = {**conductor.shop, **set_up(target, clock)}
            opens_at = conductor.postpone_opening()
        conductor.open()
        self.opened = True
        # Only now: a disk may take longer to store it than there is from the order to open until the first arrival.
        order.record.learn({"started_at": opens_at})
        if self._watched is not None:
            self._watched.opened(opens_at)
        order.opened()

    def _announce(self, target: Target) -> None:
        profile = self.order.profile
        about = f"{self._title(target)}   run directory {self.order.out}"
        self.console.print(about, highlight=False, soft_wrap=True)
        for sentence in profile.warnings:
            self.console.print(f"note: {sentence}", highlight=False, soft_wrap=True)
        if (day := profile.shaped_day()) is not None:
            self.console.print(seconds_stand_for(day))

    def _title(self, target: Target) -> str:
        return f"zerohour {self.order.profile.name} → {target.host}"

    def _conduct(self, conductor: Conductor, target: Target) -> None:
        """All arrivals, with the faults that are due; returns when the last worker has gone."""
        order = self.order
        faults = [gevent.spawn(inject, fault, conductor, target) for fault in order.profile.faults]
        live = self.console.is_terminal and not order.headless
        with Display(self.console, self._title(target), live) as display:
            listeners: list[Listener] = [lambda heard: display.update(heard.told)]
            if (watched := self._watched) is not None:
                listeners.append(lambda heard: watched.second(heard.second, heard.tally, heard.results, heard.told))
            if (metrics := self._metrics) is not None:
                listeners.append(lambda heard: metrics.second(heard.second, heard.results))
            course = Course(order.profile, order.record, partial(self._abort, conductor), listeners)
            conductor.on_second = course.second
            self._stage = "conducting"
            conductor.conduct()
            self._stage = "judging"
            if watched is not None:
                watched.judging()
        gevent.killall(faults)

    def _judge(self, target: Target, ended: dict[str, Any], lost_workers: frozenset[int]) -> int:
        order, record = self.order, self.order.record
        known_shop, own_audit = not order.profile.locustfile, order.profile.audit
        audit_books(target, record, lost_workers=lost_workers, known_shop=known_shop, own_audit=own_audit)
        record.end({**ended, "aborted": self.aborted, "interrupted": self.interrupted})
        verdict = judge_run(order.out)
        write_verdict(order.out, verdict)
        print_verdict(self.console, verdict, str(order.out))
        report_run(self.console, order.out, verdict)
        if self._watched is not None:
            self._watched.ended(verdict)
            self._stay()
        code: int = verdict["exit_code"]
        return code

    def _stay(self) -> None:
        """Leave the pages open for whoever still reads them."""
        if self.order.pages is not None and self.order.pages.stay:
            self._stage = "staying"
            self.console.print("the pages stay open; Ctrl-C ends them", highlight=False)
            self._sent_home.wait()

    def _abort(self, conductor: Conductor, threshold: str) -> None:
        """A run that was ending already is not ended by a threshold; whether that holds is judged all the same."""
        if not conductor.winding_down:
            self.aborted = {"threshold": threshold, "at_s": round(conductor.run_s(), 3)}
            conductor.stop("aborted", threshold)

    def _stopping(self, kind: str, why: str) -> None:
        """Say at this moment that the run is cut short, and not only in the verdict."""
        assert self._conductor is not None
        at_s, by = max(0.0, self._conductor.run_s()), "aborted by " if kind == "aborted" else ""
        rest = "no arrival starts any more, what is under way is drained"
        self.console.print(
            f"stopping at {at_s:.1f} s: {by}{why}; {rest}", highlight=False, markup=False, soft_wrap=True
        )
        if self._watched is not None:
            self._watched.stopping()

    def _interrupt(self) -> None:
        """Ctrl-C: drain, then judge what there is. A second one, or one while nobody shops, ends at once."""
        if self._stage == "leaving":
            return
        if self._stage == "staying":
            self._sent_home.set()
            return
        if self.interrupted or self._stage != "conducting" or self._conductor is None:
            # Into the main greenlet from the loop: raised here, gevent would print it first.
            gevent.get_hub().loop.run_callback(gevent.get_hub().parent.throw, KeyboardInterrupt())
            return
        self._drain(self._conductor, "interrupted")
        self.console.print("Ctrl-C again ends the run at once")

    def _stop_from_page(self) -> tuple[bool, str]:
        """Stop in the web UI: what a first Ctrl-C does, and never more than that."""
        if self._stage != "conducting" or self._conductor is None:
            return False, "No arrivals are on; Ctrl-C in the terminal ends what is left."
        if self.interrupted:
            return False, "It is stopping already: what is under way is drained."
        self._drain(self._conductor, "stopped in the web UI")
        return True, "No arrival starts any more; what is under way is drained, then judged."

    def _drain(self, conductor: Conductor, why: str) -> None:
        self.interrupted = True
        conductor.stop("stopped", why)
