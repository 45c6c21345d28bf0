"""Leads the workers of one run over Locust's master: musters them, hands out the schedule, opens, listens, stops."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
from gevent.event import Event
from locust.env import Environment
from locust.exception import RPCError
from locust.runners import STATE_MISSING

from loadtests.crowd import wire
from loadtests.live.judged_statistics import JudgedStatistics
from loadtests.plan.arrivals import Schedule
from loadtests.plan.profile import Profile
from loadtests.record.second import Event as Happening
from loadtests.record.second import Second
from loadtests.running.crowd_master import CrowdMaster
from loadtests.running.gathering import Gathering
from loadtests.running.seat import Seat

logger = logging.getLogger(__name__)

OPEN_LEAD_S = 0.8
"""From fixing run second 0 until then: the shop is set up meanwhile."""
OPEN_NOTICE_S = 0.3
"""From the order to open until run second 0: every worker has the message by then."""
STOP_LEAD_S = 0.5
"""From the order to stop until the instant from which no arrival starts: the same for every worker."""
LATE_SECOND_S = 2.5
"""How long a second waits for a worker that has not reported it; what comes later goes into a later second."""
FAREWELL_S = 15.0
"""How long after the drain a silent worker may still send its last report."""


class ConductError(Exception):
    """The run could not start; the message is one sentence or several lines of them."""


@dataclass(slots=True)
class Conductor:
    """The master of one run over Locust's own master runner.

    `workers` is how many to wait for; `dead` tells which processes of this machine have ended: pid to a sentence.
    """

    profile: Profile
    run_id: str
    host: str
    shop: dict[str, Any]
    workers: int
    classes: list[str] = field(default_factory=list)
    """The locustfile's User classes: every worker must have the same."""
    allowed_hosts: tuple[str, ...] = ()
    """Where the crowd may be sent by redirects, besides the target: the hosts the user allowed."""
    bind_host: str = "127.0.0.1"
    bind_port: int = 0
    seats: dict[str, Seat] = field(default_factory=dict)
    opened_at: float = float("inf")
    opens_at: float = 0.0
    stopped_at_s: float | None = None
    asked: str | None = None
    """What a task did to have the run stopped, if one did before anybody else."""
    dead: Callable[[], dict[int, str]] = dict
    places: dict[int, int] = field(default_factory=dict)
    """Which worker a process of this machine is, by pid, so that its log and its place have one number."""
    on_second: Callable[[Second, list[dict[str, Any]]], None] = lambda second, journal: None
    on_stop: Callable[[str, str], None] = lambda kind, why: None
    _refused: list[str] = field(default_factory=list)
    _changed: Event = field(default_factory=Event)
    _environment: Environment | None = None
    schedule: Schedule = field(init=False)
    gathering: Gathering = field(init=False)

    def __post_init__(self) -> None:
        self.schedule = self.profile.schedule()
        self.gathering = Gathering(self.schedule, lambda second, journal: self.on_second(second, journal))

    # -- before the doors open ----------------------------------------------------------------------------------------

    def listen(self) -> int:
        """Bind Locust's master port and return it; workers connect there. Raises ConductError."""
        environment = Environment(host=self.host)
        self._environment = environment
        wire.mend()
        environment.stats = JudgedStatistics()
        try:
            # As `create_master_runner` does, with a runner of our own.
            runner: CrowdMaster = environment._create_runner(CrowdMaster, self.bind_host, self.bind_port)
        except RPCError as error:
            reason = str(error).removeprefix("Socket bind failure: ").partition(" (addr")[0]
            raise ConductError(
                f"cannot listen for workers on {self.bind_host} port {self.bind_port}: {reason}; "
                "choose another --bind-host or --bind-port"
            ) from error
        runner.register_message(wire.HELLO, self._on_hello)
        runner.register_message(wire.READY, self._on_ready)
        runner.register_message(wire.REFUSED, self._on_refused)
        runner.register_message(wire.ASK, self._on_ask)
        runner.register_message(wire.SECOND, self._on_second)
        port: int = runner.server.port
        return port

    @property
    def environment(self) -> Environment:
        assert self._environment is not None
        return self._environment

    @property
    def runner(self) -> CrowdMaster:
        runner = self.environment.runner
        assert isinstance(runner, CrowdMaster)
        return runner

    def muster(self, timeout_s: float) -> None:
        """Wait for the workers, hand each its stripe, and wait until all have their first shoppers."""
        self._await(lambda: len(self.seats) >= self.workers, timeout_s, "connected")
        for seat in self.seats.values():
            seat.worker = self.places.get(seat.pid, seat.worker)
        profile = msgspec.json.encode(self.profile.to_json()).decode()
        for seat in self.seats.values():
            plan = {
                "profile": profile,
                "run": self.run_id,
                "host": self.host,
                "worker": seat.worker,
                "workers": self.workers,
                "shop": self.shop,
                "classes": self.classes,
                "allowed_hosts": list(self.allowed_hosts),
            }
            self.runner.send_message(wire.PLAN, plan, client_id=seat.client_id)
        self._await(lambda: all(seat.ready for seat in self.seats.values()), timeout_s, "got ready")

    def _await(self, done: Callable[[], bool], timeout_s: float, what: str) -> None:
        ends_at = time.monotonic() + timeout_s
        while not done():
            if self._refused:
                raise ConductError("\n".join(dict.fromkeys(self._refused)))
            if dead := self.dead():
                raise ConductError("\n".join(dead.values()))
            if time.monotonic() > ends_at:
                raise ConductError(
                    f"only {sum(seat.ready for seat in self.seats.values())} of {self.workers} workers {what} "
                    f"within {timeout_s:.0f} s; start the others with `zerohour worker`"
                )
            self._changed.wait(timeout=0.05)
            self._changed.clear()

    def await_start(self, asked: Callable[[], bool]) -> None:
        """Wait until somebody asks for the start, with all workers at hand. Raises ConductError when one has gone."""
        while not asked():
            if dead := self.dead():
                raise ConductError("\n".join(dead.values()))
            self._changed.wait(timeout=0.1)
            self._changed.clear()

    def set_opening(self) -> float:
        """Fix the wall-clock instant of run second 0 and return it."""
        self.opens_at = time.time() + OPEN_LEAD_S
        self.opened_at = time.monotonic() + OPEN_LEAD_S
        return self.opens_at

    def postpone_opening(self) -> float:
        """The instant of run second 0, moved if setting up the shop left too little time to tell every worker."""
        return self.set_opening() if self.opens_at - time.time() < OPEN_NOTICE_S else self.opens_at

    def open(self) -> None:
        """Give every worker the common instant. Call `set_opening` before."""
        self.runner.send_message(wire.OPEN, {"opens_at": self.opens_at, "shop": dict(self.shop)})
        if self.stopped_at_s is not None:  # a worker may have connected after the order to stop
            self.runner.send_message(wire.STOP, {"until_s": self.stopped_at_s})

    # -- while the run is on ------------------------------------------------------------------------------------------

    def run_s(self) -> float:
        return time.monotonic() - self.opened_at

    def note(self, kind: str, text: str) -> None:
        """Write an event (a fault, a lost worker, an abort) into the record at this instant."""
        self.gathering.events.append(Happening(at=round(max(0.0, self.run_s()), 3), kind=kind, text=text))

    @property
    def winding_down(self) -> bool:
        """Whether an order to stop comes too late: there was one, or it would keep no arrival from starting."""
        return self.stopped_at_s is not None or self.run_s() + STOP_LEAD_S >= self.schedule.duration_s

    def stop(self, kind: str, why: str) -> None:
        """Cut the run short: no arrival starts from half a second from now on; what runs is drained."""
        if self.stopped_at_s is None:
            self.stopped_at_s = max(0.0, self.run_s() + STOP_LEAD_S)
            self.note(kind, why)
            self.runner.send_message(wire.STOP, {"until_s": self.stopped_at_s})
            self.on_stop(kind, why)

    def conduct(self) -> None:
        """Gather seconds until every worker has sent its last one or is lost, then close the books."""
        gathering = self.gathering
        while True:
            self._look_for_the_lost()
            working = any(seat.at_work for seat in self.seats.values())
            while self._complete(gathering.next_second, working):
                gathering.finish_second(self._ends_s())
            if not working:
                break
            self._changed.wait(timeout=0.1)
            self._changed.clear()
        gathering.close(self._ends_s(), workers_lost=bool(self.lost_workers()))
        self.runner.send_message(wire.DONE, {})

    def quit(self) -> None:
        """Send the workers home and end Locust's greenlets."""
        if self._environment is not None:
            self.runner.quit()

    def lost_workers(self) -> frozenset[int]:
        return frozenset(seat.worker for seat in self.seats.values() if seat.lost_at_s is not None)

    def ending(self) -> dict[str, Any]:
        """What the run's end mark says of how the arrivals ended."""
        ended_s = self.schedule.duration_s
        cut_short = self.stopped_at_s is not None and self.stopped_at_s < ended_s
        return {
            "stopped_s": self.stopped_at_s if cut_short else None,
            "asked": self.asked if cut_short else None,
            "lost_workers": sorted(self.lost_workers()),
        }

    def _ends_s(self) -> float:
        duration_s = self.schedule.duration_s
        return duration_s if self.stopped_at_s is None else min(duration_s, self.stopped_at_s)

    def _complete(self, second: int, working: bool) -> bool:
        """Whether every worker has reported a second, or has had its time to; at last, whether any report is left."""
        if not working:
            return self.gathering.pending
        if all(seat.reported >= second for seat in self.seats.values() if seat.at_work):
            return True
        return self.run_s() > second + 1 + LATE_SECOND_S

    def _look_for_the_lost(self) -> None:
        overdue_s = self._ends_s() + self.profile.drain_s + FAREWELL_S
        dead = self.dead()
        for seat in self.seats.values():
            client = self.runner.clients.get(seat.client_id)
            missing = client is None or client.state == STATE_MISSING
            gone = missing or seat.pid in dead or self.run_s() > overdue_s
            if seat.at_work and gone:
                self._lose(seat)

    def _lose(self, seat: Seat) -> None:
        seat.lost_at_s = self.run_s()
        self.note("worker_lost", f"worker {seat.worker}")
        logger.error("worker %d was lost at %.1f s", seat.worker, seat.lost_at_s)

    # -- messages -----------------------------------------------------------------------------------------------------

    def _on_hello(self, msg: Any, **_: Any) -> None:
        if msg.node_id not in self.seats:
            if len(self.seats) >= self.workers or self.opens_at:
                self._send_away(msg.node_id)
                return
            self.seats[msg.node_id] = Seat(msg.node_id, worker=len(self.seats), pid=msg.data["pid"])
        self._changed.set()

    def _send_away(self, client_id: str) -> None:
        """A worker too many, or too late: the schedule is shared out already."""
        logger.warning("a worker came when all %d places were taken; it was sent away", self.workers)
        if self.opens_at:
            self.note("worker_late", "a worker came after the opening and was sent away")
        self.runner.send_message(wire.SURPLUS, {"workers": self.workers}, client_id=client_id)

    def _on_ready(self, msg: Any, **_: Any) -> None:
        self.seats[msg.node_id].ready = True
        self._changed.set()

    def _on_refused(self, msg: Any, **_: Any) -> None:
        self._refused.extend(msg.data["mistakes"])
        self._changed.set()

    def _on_ask(self, msg: Any, **_: Any) -> None:
        if not self.winding_down:
            self.asked = msg.data["why"]
            self.stop("stopped", f"a task asked the run to stop ({self.asked})")
            logger.warning("a task asked the run to stop: %s", self.asked)

    def _on_second(self, msg: Any, **_: Any) -> None:
        seat = self.seats.get(msg.node_id)
        if seat is None or seat.lost_at_s is not None:
            return  # it was written off: its arrivals are already accounted for as lost
        second = msgspec.msgpack.decode(msg.data["second"], type=Second)
        self.gathering.take(second, msgspec.msgpack.decode(msg.data["journal"]))
        seat.reported = second.second
        seat.finished = msg.data["last"]
        self._changed.set()
