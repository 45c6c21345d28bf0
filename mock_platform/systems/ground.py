"""What every system of the shop stands on, and what it offers in return: routes, work, rows for the audit, series.

A system is one of the article's: presale, logistics, data protection. Its file here is part of the composition root:
it builds the system's parts, knows which concrete ones they are, and knows no other system.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from prometheus_client.core import Metric

from mock_platform.api.route import Route
from mock_platform.api.sessions import Sessions
from mock_platform.audit import Evidence
from mock_platform.domain.events import Event
from mock_platform.domain.idempotency import Claim
from mock_platform.domain.purchase import Purchase
from mock_platform.faults.injector import Injector
from mock_platform.metrics import Metrics
from mock_platform.protocols import Clock, NewId, Screen, WayOfSelling
from mock_platform.seed import Seed
from mock_platform.services.upkeep import Works
from mock_platform.settings import Settings
from mock_platform.stores.carts_memory import MemoryCarts
from mock_platform.stores.catalogue_memory import MemoryCatalogue
from mock_platform.stores.customers_memory import MemoryCustomers
from mock_platform.stores.orders_memory import MemoryOrders
from mock_platform.stores.stock_memory import MemoryStock

Handlers = Mapping[type[Event], Sequence[Callable[[Event], Awaitable[None]]]]
Rows = Callable[[], Awaitable[Mapping[str, list[dict[str, Any]]]]]
Pending = Callable[[], Awaitable[Mapping[str, int]]]


@dataclass(frozen=True, slots=True)
class Stores:
    catalogue: MemoryCatalogue
    customers: MemoryCustomers
    carts: MemoryCarts
    stock: MemoryStock
    orders: MemoryOrders


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The shop under a system: shared stores, clock and chance."""

    settings: Settings
    stores: Stores
    seed: Seed
    clock: Clock
    new_id: NewId
    merchant_sessions: Sessions
    clerk_sessions: Sessions
    metrics: Metrics
    injector: Injector
    rng: Callable[[str], random.Random]
    """A chance of its own for each part, from the one seed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """What a system offers. All of it is optional but the name."""

    name: str
    routes: tuple[Route, ...] = ()
    works: Works = field(default_factory=dict)
    """Background work by name: a coroutine function that runs until it is cancelled."""
    handlers: Handlers = field(default_factory=dict)
    """Who hears of which events, after those of the shop itself; every one may come twice."""
    sells: Mapping[str, WayOfSelling] = field(default_factory=dict)
    screen: Screen | None = None
    rows: Rows | None = None
    """Tables for the exported snapshot. With the memory engine it does not suspend: all is one instant."""
    pending: Pending | None = None
    """What still moves, by kind; an audit is final when all are zero. Cheap."""
    evidence: Callable[[], Evidence] | None = None
    """What the audit may look at beside the snapshot; one system gives it."""
    series: Callable[[], Iterable[Metric]] | None = None
    """Metric families; asked for at every scrape, on the event loop: cheap, or requests wait for it."""


def all_screens(systems: Iterable[System]) -> Screen | None:
    """Every system's screen as one, asked in turn; None, which costs nothing, if there is none."""
    screens = [system.screen for system in systems if system.screen is not None]
    if len(screens) < 2:
        return screens[0] if screens else None

    async def screen(purchase: Purchase, claim: Claim, now: float) -> None:
        for ask in screens:
            await ask(purchase, claim, now)

    return screen
