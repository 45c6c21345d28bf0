"""The shoppers of one worker: Locust users made ahead of demand, up to `max_shoppers`."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Mapping
from typing import Any

import gevent
from gevent.pool import Group
from locust import User
from locust.env import Environment

from loadtests.crowd.turnstile import Turnstile

logger = logging.getLogger(__name__)

GROW_EVERY_S = 0.02
BATCH = 5
"""Shoppers made before other greenlets get a turn: making one takes some 100 us, a due arrival waits at most a few."""
SPARE = 5
"""Free shoppers kept beyond what the next arrivals need."""


class Pool:
    """Keeps enough free shoppers of each class for the arrivals of the turnstile's horizon.

    `group` is the Locust runner's group of user greenlets, so that Locust counts our shoppers as its users.
    """

    def __init__(
        self,
        environment: Environment,
        group: Group,
        classes: Mapping[str, type[User]],
        turnstile: Turnstile,
        max_shoppers: int,
    ) -> None:
        self.environment = environment
        self.group = group
        self.classes = classes
        self.turnstile = turnstile
        self.max_shoppers = max_shoppers
        self.sizes = dict.fromkeys(classes, 0)
        turnstile.room = self.has_room
        turnstile.fetch = self.fetch

    @property
    def size(self) -> int:
        return sum(self.sizes.values())

    def has_room(self) -> bool:
        return self.size < self.max_shoppers

    def fetch(self, scenario: str) -> bool:
        """Make one shopper for an arrival that found none free; False when the pool is full."""
        if not self.has_room():
            return False
        self._make(scenario)
        return True

    def grow(self) -> None:
        """Make the shoppers that the arrivals in sight and the waiting ones will need."""
        made = 0
        for scenario, wanted in list(self.turnstile.in_sight.items()):
            if not wanted:
                continue
            missing = math.ceil(wanted * 1.1) + SPARE - len(self.turnstile.free.get(scenario, ()))
            for _ in range(missing):
                if not self.has_room():
                    return
                self._make(scenario)
                made += 1
                if made % BATCH == 0:
                    gevent.sleep(0)

    def run(self) -> None:
        """Grow for ever; killed when the run ends."""
        while True:
            self.grow()
            gevent.sleep(GROW_EVERY_S)

    def _make(self, scenario: str) -> None:
        user: Any = self.classes[scenario](self.environment)
        first_steps = user.on_start

        def on_start() -> None:
            first_steps()
            self.turnstile.enter(user)

        user.on_start = on_start
        _watch_requests(user)
        self.sizes[scenario] += 1
        greenlet = user.start(self.group)
        greenlet.link(lambda _: self._gone(user))

    def _gone(self, user: User) -> None:
        """A shopper's greenlet ended by itself: its on_start failed, or a task stopped it."""
        self.sizes[type(user).__name__] -= 1
        visit = self.turnstile.in_flight.pop(user, None)
        if visit is not None:
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
