"""Starts each arrival on its due instant on a free shopper; counts it late, waiting or dropped else. Hot path.

Shoppers are stock Locust users. `TaskSet.wait`, where Locust calls it between tasks, is replaced by a walk
through the turnstile: leave (the visit ends), then wait to be let in again; `task_bounds.py` tells it from a task's own
pause. So neither `wait_time` nor Locust's ramp decides when a shopper starts. A user's first task is held back the same
way, after its `on_start`.

         due instants ──► [ turnstile ] ──► free shopper        lag = started - due: ours, and judged
                               │   └──────► waits for one       its wait counts in the response
                               └──────────► dropped             after `patience`, or when the drain ends
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from typing import Any

import gevent
from gevent.hub import Waiter, get_hub
from locust import User
from locust.exception import StopUser
from locust.user.task import LOCUST_STATE_RUNNING, LOCUST_STATE_STOPPING, LOCUST_STATE_WAITING, TaskSet

from loadtests.crowd import task_bounds
from loadtests.crowd.alarm import sleep_until
from loadtests.crowd.fresh_connections import forget_connections
from loadtests.crowd.recorder import Recorder
from loadtests.crowd.visit import Festival, Visit, go_on
from loadtests.plan.arrivals import Arrival

HORIZON_S = 0.25
"""How far ahead arrivals are drawn at least: enough for the pool to grow before they are due."""

SEED_STRIDE = 1_000_003
"""Gives each arrival its own chance stream from the run's one seed."""


class Turnstile:
    """One worker's gate between the schedule and its pool of shoppers.

    `pick` names the User class of an arrival. The pool hangs in two hooks: `fetch` makes one more shopper at once, and
    `room` says whether it may still grow: an arrival that waits while it may is the generator's own lateness.
    """

    def __init__(
        self,
        festival: Festival,
        arrivals: Iterator[Arrival],
        pick: Callable[[Arrival], str],
        recorder: Recorder,
        patience_s: float,
    ) -> None:
        self.festival = festival
        self.recorder = recorder
        self.patience_s = patience_s
        self.fetch: Callable[[str], bool] = lambda scenario: False
        self.room: Callable[[], bool] = lambda: False
        self.free: dict[str, list[Waiter[Visit]]] = {}
        self.waiting: dict[str, deque[Visit]] = {}
        self.upcoming: deque[tuple[float, Visit]] = deque()
        """With the run second at which each is due. Made before they are due: then there is no time for it."""
        self.in_sight: Counter[str] = Counter()
        """How many of the upcoming visits each scenario has."""
        self.horizon_s = HORIZON_S
        """How far ahead arrivals are drawn now. The pool moves it where shoppers take long to get ready."""
        self.in_flight: dict[User, Visit] = {}
        self.closes_at_s = float("inf")
        """Run second after which no arrival starts any more: the run was told to stop."""
        self._let_in = 0
        """Handed to a shopper that has not yet taken its first step."""
        self._arrivals = arrivals
        self._pick = pick
        self._exhausted = False

    # -- the schedule's side ------------------------------------------------------------------------------------------

    def look_ahead(self, until_s: float) -> None:
        """Draw the arrivals due before `until_s` (run seconds), at least one, and choose who they are."""
        while not self._exhausted and (not self.upcoming or self.upcoming[-1][0] < until_s):
            arrival = next(self._arrivals, None)
            if arrival is None:
                self._exhausted = True
                return
            visit = Visit(
                index=arrival.index,
                phase=arrival.phase,
                scenario=self._pick(arrival),
                due_at=None,
                seed=self.festival.seed * SEED_STRIDE + arrival.index,
            )
            self.in_sight[visit.scenario] += 1
            self.upcoming.append((arrival.due_s, visit))

    def run(self) -> None:
        """Let every arrival in on time; returns when the schedule is over or was cut short."""
        opened_at = self.festival.opened_at
        monotonic = time.monotonic
        while True:
            self.look_ahead(monotonic() - opened_at + self.horizon_s)
            next_s = self.upcoming[0][0] if self.upcoming else self.festival.schedule.duration_s
            wait_s = opened_at + next_s - monotonic()
            if next_s > self.closes_at_s or (wait_s <= 0 and not self.upcoming):
                self.upcoming.clear()
                self.in_sight.clear()
                return
            if wait_s > 0:
                # Never longer than the horizon, so that a stop, a quiet stage or the pool is served in time.
                sleep_until(monotonic() + min(wait_s, HORIZON_S))
                if wait_s > HORIZON_S:
                    continue
            if self.upcoming:
                self._admit(*self.upcoming.popleft())

    def _admit(self, due_s: float, visit: Visit) -> None:
        visit.due_at = self.festival.opened_at + due_s
        self.in_sight[visit.scenario] -= 1
        free = self.free.get(visit.scenario)
        if free:
            self._let_in += 1
            get_hub().loop.run_callback(free.pop().switch, visit)
        else:
            self.waiting.setdefault(visit.scenario, deque()).append(visit)
            self.fetch(visit.scenario)

    @property
    def empty(self) -> bool:
        """Whether nobody is in the shop, on the way in, or waiting."""
        return not (self.in_flight or self._let_in or any(self.waiting.values()))

    def drop_impatient(self, now: float) -> None:
        """Drop those who have waited longer than their patience for a shopper to come free."""
        for queue in self.waiting.values():
            while queue and now - (queue[0].due_at or now) > self.patience_s:
                self.recorder.dropped(queue.popleft().phase)

    def drop_waiting(self) -> None:
        """Drop all who still wait: the drain has ended."""
        for queue in self.waiting.values():
            while queue:
                self.recorder.dropped(queue.popleft().phase)

    # -- the shopper's side -------------------------------------------------------------------------------------------

    def enter(self, user: User) -> None:
        """Hold a shopper back until an arrival is due, then let it in; blocks."""
        scenario = type(user).__name__
        user._state = LOCUST_STATE_WAITING
        queue = self.waiting.get(scenario)
        now = time.monotonic()
        if queue:
            self.drop_impatient(now)
        if queue:
            visit = queue.popleft()
            now = time.monotonic()
            if self.room() and visit.due_at is not None:
                self.recorder.lag(visit.phase, now - visit.due_at)
        else:
            waiter: Waiter[Visit] = Waiter()
            free = self.free.setdefault(scenario, [])
            free.append(waiter)
            try:
                visit = waiter.get()
            except BaseException:
                if waiter in free:
                    free.remove(waiter)
                raise
            self._let_in -= 1
            now = time.monotonic()
            self.recorder.lag(visit.phase, now - (visit.due_at or now))
        visit.started_at = now
        user._state = LOCUST_STATE_RUNNING
        self.in_flight[user] = visit
        go_on(visit)
        self.recorder.started(visit.phase)

    def leave(self, user: User) -> None:
        """End a shopper's visit, if it is on one."""
        visit = self.in_flight.pop(user, None)
        if visit is None:
            return
        gevent.getcurrent().visit = None
        self.recorder.left(visit)
        if self.festival.connections == "per_arrival":
            forget_connections(user)

    def walk_through(self, taskset: TaskSet) -> None:
        """What Locust's wait between tasks becomes: the visit ends, and the next begins when one is due."""
        user = taskset.user
        self.leave(user)
        if user._state == LOCUST_STATE_STOPPING:
            raise StopUser
        self.enter(user)

    def install(self, ask_to_stop: Callable[[str], None] = lambda why: None) -> None:
        """Replace Locust's wait between tasks, for this process; `ask_to_stop` hears of tasks that raise StopTest."""
        task_bounds.install(self.walk_through, ask_to_stop)

    def abandon(self, now: float) -> None:
        """Write down all that is still under way as unfinished, requests with their age. The drain has ended."""
        for user, visit in self.in_flight.items():
            self.recorder.unfinished(visit, _request_under_way(user, visit), now)
        self.in_flight.clear()


def _request_under_way(user: User, visit: Visit) -> tuple[str, float] | None:
    """(operation, started_at) of the request a shopper waits for; None while it thinks."""
    client: Any = getattr(user, "client", None)
    under_way: tuple[str, float] | None = visit.in_flight or getattr(client, "in_flight", None)
    return under_way
