"""The shoppers of one worker: Locust users made ahead of demand, up to `max_shoppers`."""

from __future__ import annotations

import logging
import math
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import gevent
from gevent.pool import Group
from locust import User
from locust.env import Environment
from locust.exception import StopTest

from loadtests.crowd.failed_starts import FailedStarts, told
from loadtests.crowd.first_steps import FirstSteps
from loadtests.crowd.run_tag import tag
from loadtests.crowd.turnstile import HORIZON_S, Turnstile

logger = logging.getLogger(__name__)

GROW_EVERY_S = 0.02
BATCH = 5
"""Shoppers made before other greenlets get a turn: making one takes some 100 us, a due arrival waits at most a few."""
SPARE = 5
"""Free shoppers kept beyond what the next arrivals need."""
FIRST_LOOK_S = 1.0
"""The arrivals that find their shoppers made when the doors open, however little time an `on_start` takes."""
FURTHER_S = 0.05
"""The horizon moves by no more each time the pool grows: drawing a second of 10,000 arrivals at once takes 100 ms."""


class Pool:
    """Keeps enough free shoppers of each class for the arrivals of the turnstile's horizon.

    The horizon is as far away as an `on_start` takes, as far as that was learned; `max_shoppers` bounds it too.

    `group` is the Locust runner's group of user greenlets, so that Locust counts our shoppers as its users.
    """

    def __init__(
        self,
        environment: Environment,
        group: Group,
        classes: Mapping[str, type[User]],
        turnstile: Turnstile,
        max_shoppers: int,
        ask_to_stop: Callable[[str], None] = lambda why: None,
    ) -> None:
        self.environment = environment
        self.group = group
        self.classes = classes
        self.turnstile = turnstile
        self.max_shoppers = max_shoppers
        self.ask_to_stop = ask_to_stop
        self.sizes = dict.fromkeys(classes, 0)
        self.on_their_way: Counter[str] = Counter()
        """Shoppers that were made and are still in their `on_start`, which may take as long as a log-in does."""
        self.first_steps = FirstSteps()
        self.failed_starts = FailedStarts()
        self._growing = False
        self._given_up = False
        """An `on_start` asked for the end of the run: nobody else is made only to ask again."""
        turnstile.room = self.has_room
        turnstile.fetch = self.fetch

    @property
    def size(self) -> int:
        return sum(self.sizes.values())

    def has_room(self) -> bool:
        return self.size < self.max_shoppers and not self._given_up

    def fetch(self, scenario: str) -> bool:
        """Make one shopper for an arrival that found none free, unless one is on its way for it.

        False when none comes: the pool is full, or shoppers of the class fail and are given time.
        """
        if self._missing(scenario) <= 0:
            return True
        if not self._may_make(scenario):
            return False
        self.make(scenario)
        return True

    def grow(self) -> None:
        """Make the shoppers that the arrivals in sight and the waiting ones will need."""
        made = 0
        for scenario in self.classes:
            in_sight = self.turnstile.in_sight[scenario]
            ahead = math.ceil(in_sight * 1.1) + SPARE if in_sight else 0
            for _ in range(self._missing(scenario, ahead)):
                if not self._may_make(scenario):
                    break
                self.make(scenario)
                made += 1
                if made % BATCH == 0:
                    gevent.sleep(0)

    def fill(self, settle_s: float) -> None:
        """Make the shoppers that must be ready when the doors open; each round of them has `settle_s` to get ready.

        The first round tells how long an `on_start` takes, and so how many others must be made before the doors open.
        """
        self.turnstile.look_ahead(FIRST_LOOK_S)
        self.grow()
        if not self._settle(settle_s):
            return
        while self._look_further():
            self.turnstile.look_ahead(self.turnstile.horizon_s)
        self.grow()
        self._settle(settle_s)

    def run(self) -> None:
        """Grow for ever; killed when the run ends."""
        self._growing = True
        while True:
            self.grow()
            self._look_further()
            gevent.sleep(GROW_EVERY_S)

    def _settle(self, within_s: float) -> bool:
        """Give the shoppers made so far time for their `on_start`; who takes longer is not waited for."""
        ends_at = time.monotonic() + within_s
        while any(self.on_their_way.values()):
            if time.monotonic() >= ends_at:
                return False
            gevent.sleep(0.01)
        return True

    def _look_further(self) -> bool:
        """Move the horizon towards where it should be, and tell whether it moved away."""
        turnstile = self.turnstile
        wanted_s = HORIZON_S + self.first_steps.lead_s(time.monotonic())
        if len(turnstile.upcoming) >= self.max_shoppers:
            wanted_s = HORIZON_S  # nobody could be made for who comes later
        before_s = turnstile.horizon_s
        turnstile.horizon_s = max(before_s - FURTHER_S, min(wanted_s, before_s + FURTHER_S))
        return turnstile.horizon_s > before_s

    def _missing(self, scenario: str, ahead: int = 0) -> int:
        """How many more shoppers the waiting arrivals need, and `ahead` to come."""
        turnstile = self.turnstile
        needed = len(turnstile.waiting.get(scenario, ())) + ahead
        return needed - len(turnstile.free.get(scenario, ())) - self.on_their_way[scenario]

    def _may_make(self, scenario: str) -> bool:
        """While shoppers of a class fail, only a few at a time try, after a pause."""
        if not self.has_room():
            return False
        failed = self.failed_starts
        if not failed.troubled(scenario):
            return True
        return self.on_their_way[scenario] < BATCH and failed.may_try(scenario, time.monotonic())

    def make(self, scenario: str) -> None:
        """Make one shopper of a class, wanted or not; it enters once its `on_start` is over."""
        try:
            user: Any = self.classes[scenario](self.environment)
        except (Exception, SystemExit) as error:
            if not self._growing:
                raise  # before the doors open it is a mistake in the locustfile
            logger.exception("a %s could not be made", scenario)
            self.failed_starts.failed(scenario, error, time.monotonic())
            if isinstance(error, SystemExit):
                self._given_up = True
                self.ask_to_stop(told(error))
            return
        get_ready, steps = user.on_start, self.first_steps
        arriving = True

        def arrived() -> None:
            nonlocal arriving
            if arriving:
                arriving = False
                self.on_their_way[scenario] -= 1
                steps.ended(user)

        def on_start() -> None:
            steps.began(user, time.monotonic())
            try:
                get_ready()
            except (StopTest, SystemExit) as error:
                self._given_up = True
                self.ask_to_stop(told(error))
                raise StopTest(told(error)) from error
            except gevent.GreenletExit:
                self.failed_starts.hold_back(scenario, time.monotonic())
                raise
            except BaseException as error:
                self.failed_starts.failed(scenario, error, time.monotonic())
                raise
            self.failed_starts.succeeded(scenario)
            awaited = bool(self.turnstile.waiting.get(scenario))
            steps.succeeded(user, scenario, time.monotonic(), awaited=awaited)
            arrived()
            self.turnstile.enter(user)

        def gone(greenlet: gevent.Greenlet) -> None:
            arrived()
            self._gone(user, greenlet.exception)

        user.on_start = on_start
        _watch_requests(user)
        if (festival := getattr(self.environment, "festival", None)) is not None:
            tag(user, festival.run_id)
        self.sizes[scenario] += 1
        self.on_their_way[scenario] += 1
        user.start(self.group).link(gone)

    def _gone(self, user: User, error: BaseException | None) -> None:
        """A shopper's greenlet ended by itself: its on_start failed, or a task stopped it, or raised a gevent.Timeout.

        That, like all that is no Exception, goes past Locust's loop over tasks and its `user_error`.
        """
        self.sizes[type(user).__name__] -= 1
        visit = self.turnstile.in_flight.pop(user, None)
        if visit is None:
            return
        if error is not None and not isinstance(error, SystemExit):
            self.turnstile.recorder.broken_off(visit, error)
        self.turnstile.recorder.left(visit)

    def close(self) -> None:
        """Send everybody home; what was still under way has been written down before."""
        self.group.kill(block=True, timeout=5)


def _watch_requests(user: Any) -> None:
    """Note the request a stock Locust client has under way: Locust itself tells only of finished ones."""
    client = getattr(user, "client", None)
    send = getattr(client, "request", None)
    if client is None or send is None or hasattr(client, "in_flight"):
        return

    def request(method: str, url: str, name: str | None = None, **kwargs: Any) -> Any:
        visit = getattr(gevent.getcurrent(), "visit", None)
        if visit is None:
            return send(method, url, name=name, **kwargs)
        operation = name or getattr(client, "request_name", None) or url
        visit.in_flight = (operation, time.monotonic())
        try:
            return send(method, url, name=name, **kwargs)
        finally:
            visit.in_flight = None

    client.request = request
