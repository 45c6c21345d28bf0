"""What a shopper knows while in the shop: this visit's phase, chance and due instant, and the festival around it.

The turnstile puts a `Visit` on the shopper's greenlet when an arrival starts; scenarios and the recorder find it there,
so that any Locust user, ours or not, is measured from the instant it was meant to start.
"""

from __future__ import annotations

import random
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import gevent

from loadtests.crowd.alarm import sleep_until
from loadtests.plan.arrivals import Schedule
from loadtests.plan.profile import Wanted
from loadtests.shapes.double11_2017_crowd import Crowd

BUYERS_KEPT = 5_000


@dataclass(slots=True)
class Visit:
    """One arrival on its way through the shop. Instants are seconds of `time.monotonic()`."""

    index: int
    phase: str
    scenario: str
    due_at: float | None
    """When the next request is meant to start; None: as soon as the shopper gets to it."""
    seed: int | str
    client: str = ""
    """What the shopper holds: a phone, or the web's browser; empty where a scenario does not say."""
    failed: bool = False
    started_at: float = 0.0
    cut_off: bool = False
    """Its books were closed at the end of the drain: what still happens on it is not recorded any more."""
    in_flight: tuple[str, float] | None = None
    """(operation, started_at) of a stock client's request under way, for what is unfinished when the drain ends."""
    _rng: random.Random | None = None

    @property
    def rng(self) -> random.Random:
        """This visit's own chance, made when first asked: that takes 5 us and 2.5 KB, and a stock user never asks."""
        if self._rng is None:
            self._rng = random.Random(self.seed)
        return self._rng

    def take_due(self, started_at: float) -> float:
        """The due instant of the request that started now; later ones are due as they start, or when thinking ends."""
        due_at, self.due_at = self.due_at, None
        return started_at if due_at is None else min(due_at, started_at)


@dataclass(slots=True)
class BusinessCount:
    orders: int = 0
    payments: int = 0
    gmv_fen: int = 0


@dataclass(slots=True)
class Festival:
    """The run as its shoppers see it; one a worker process. `opened_at` is run second 0 on `time.monotonic()`."""

    run_id: str
    worker: int
    seed: int
    schedule: Schedule
    opened_at: float
    timeout_s: float = 30.0
    connections: str = "keep"
    allowed_hosts: frozenset[str] | None = None
    """Hosts that redirects and absolute URLs may lead our client to, besides the target's; None: any."""
    shop: Mapping[str, Any] = field(default_factory=dict)
    """What `GET /readyz` said was seeded: customers, skus, merchants, categories."""
    clock: Callable[[], float] = time.monotonic
    journal: list[dict[str, Any]] = field(default_factory=list)
    business: defaultdict[str, BusinessCount] = field(default_factory=lambda: defaultdict(BusinessCount))
    wanted: Wanted = field(default_factory=Wanted)
    keys: int = 0
    spenders: int = 0
    """Buyers who settled how much to spend, in this process."""
    unspent: tuple[str, float] = ("", 0.0)
    """In which phase, and what they could not spend of it, as goods have prices; below zero, what was too much."""
    crowd: Crowd | None = None
    """The shape's curves of ordering and paying, which buyers then keep to; None: each buys at a pace of its own."""
    deposits: deque[Any] = field(default_factory=lambda: deque(maxlen=BUYERS_KEPT))
    """Presale orders whose deposit was paid in this process, for who comes back to pay the balance; oldest first."""
    buyers: deque[str] = field(default_factory=lambda: deque(maxlen=BUYERS_KEPT))
    """Customers lately seen to have paid, in this process: for those who come back to see what became of it."""

    def run_s(self) -> float:
        """Seconds since the run opened."""
        return self.clock() - self.opened_at

    def phase(self) -> str:
        return self.schedule.phase_at(self.run_s())

    def s_until(self, phase: str) -> float:
        """Seconds until a phase begins; zero or less once it has; minus infinity if the schedule has none."""
        if phase not in self.schedule.phases:
            return float("-inf")
        return self.schedule.phase_starts_s(phase) - self.run_s()

    def next_key(self, kind: str = "") -> str:
        """A fresh idempotency key; its prefix tells the audit that the order is of this run, `kind` by whom."""
        self.keys += 1
        return f"{self.run_id}/{self.worker}/{kind}{self.keys}"

    def next_spender(self) -> int:
        """The number of a buyer who settles now how much to spend."""
        self.spenders += 1
        return self.spenders

    def note(self, **entry: Any) -> None:
        """Write one line of the buyers' journal; it reaches the run directory within a second.

        Who it was and on what device is written beside it, for the calibration: money by phone, orders by scenario.
        """
        visit = current_visit()
        if visit is not None and visit.client:
            entry |= {"scenario": visit.scenario, "client": visit.client}
        self.journal.append({"at": round(self.run_s(), 4), **entry})

    def count(self, *, orders: int = 0, payments: int = 0, gmv_fen: int = 0) -> None:
        """Count business done, under the phase in which it happened. GMV is paid orders."""
        tally = self.business[self.phase()]
        tally.orders += orders
        tally.payments += payments
        tally.gmv_fen += gmv_fen


def go_on(visit: Visit) -> None:
    """Let this greenlet, and those that it spawns meanwhile, be on a visit.

    Gevent hands its spawn_tree_locals down to whoever is spawned. Each visit has a dictionary of its own, so a greenlet
    that outlives it does not take the shopper's next visit for its own, and fail that for a request of the last.
    """
    greenlet = gevent.getcurrent()
    greenlet.visit = visit
    greenlet.spawn_tree_locals = {"visit": visit}


def current_visit() -> Visit | None:
    """The visit on which this greenlet, a shopper's, is, or in which it was spawned; None outside any arrival."""
    greenlet = gevent.getcurrent()
    try:
        visit = greenlet.visit
    except AttributeError:
        visit = (getattr(greenlet, "spawn_tree_locals", None) or {}).get("visit")
    return visit if isinstance(visit, Visit) else None


def think(seconds: float) -> None:
    """Pause as a shopper does. The next request is due when the thinking was meant to end, not when we woke up."""
    ends_at = time.monotonic() + max(0.0, seconds)
    sleep_until(ends_at)
    visit = current_visit()
    if visit is not None:
        visit.due_at = ends_at
