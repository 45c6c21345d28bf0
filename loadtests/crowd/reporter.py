"""Cuts the recorder at every whole run second and sends the second to the master, without holding up an arrival."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import gevent
import msgspec

from loadtests.crowd.pool import Pool
from loadtests.crowd.recorder import Recorder
from loadtests.crowd.turnstile import Turnstile
from loadtests.crowd.visit import Festival
from loadtests.record.second import WorkerOfSecond

PULSE_S = 0.1
"""A greenlet that sleeps this long and wakes later than it should measures the event loop's stalls."""


def _breathe() -> None:
    """Let whoever is due have a turn: packing a busy second takes some 8 ms in one go."""
    gevent.sleep(0)


class Reporter:
    """One worker's pulse. `send` takes a message's data; `closes_at_s` says when the run was told to stop."""

    def __init__(
        self,
        festival: Festival,
        recorder: Recorder,
        turnstile: Turnstile,
        pool: Pool,
        send: Callable[[Mapping[str, Any]], None],
        closes_at_s: Callable[[], float],
    ) -> None:
        self.festival, self.recorder = festival, recorder
        self.turnstile, self.pool = turnstile, pool
        self.send, self.closes_at_s = send, closes_at_s
        self.second = 0
        self.closing = False
        """Set to end `run` after the report it may be in the middle of: killing it there would lose a second."""
        self._cpu_s, self._cut_at = time.process_time(), time.monotonic()
        self._stall_s = 0.0

    def run(self) -> None:
        """Report once a second until `closing`."""
        while not self.closing:
            # Wakes at the whole second too, so that a second holds what belongs to it.
            pulse_s = min(PULSE_S, max(0.001, self.second + 1 - self.festival.run_s()))
            expected_at = time.monotonic() + pulse_s
            gevent.sleep(pulse_s)
            self._stall_s = max(self._stall_s, time.monotonic() - expected_at)
            self.turnstile.closes_at_s = self.closes_at_s()
            self.turnstile.drop_impatient(time.monotonic())
            if self.festival.run_s() >= self.second + 1:
                self.report(last=False)

    def report(self, last: bool) -> None:
        """Send all that happened since the report before."""
        now, cpu_s = time.monotonic(), time.process_time()
        failed, failure = self.pool.failed_starts.take()
        waiting = sum(map(len, self.turnstile.waiting.values()))
        awaited, awaited_s = self.pool.first_steps.take(now, waiting=waiting > 0)
        worker = WorkerOfSecond(
            worker=self.festival.worker,
            cpu=(cpu_s - self._cpu_s) / max(1e-3, now - self._cut_at),
            stall_s=self._stall_s,
            shoppers=self.pool.size,
            in_flight=len(self.turnstile.in_flight),
            waiting=waiting,
            on_starts_failed=failed,
            on_start_failure=failure,
            on_starts_awaited=awaited,
            on_start_s=round(awaited_s, 6),
        )
        self._cpu_s, self._cut_at, self._stall_s = cpu_s, now, 0.0
        cut = self.recorder.cut()
        journal, self.festival.journal = self.festival.journal, []
        second = cut.pack(self.second, worker, _breathe)
        self.second += 1
        self.send(
            {
                "last": last,
                "second": msgspec.msgpack.encode(second),
                "journal": msgspec.msgpack.encode(journal),
            }
        )
