"""The shop put together: the only place that knows which concrete part stands behind which seam."""

from __future__ import annotations

import itertools
import logging
import random
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from importlib.metadata import version

from aiohttp import web

from mock_platform.api.access import Access
from mock_platform.api.carts import Carts
from mock_platform.api.customers import Customers
from mock_platform.api.deadlines import Deadlines
from mock_platform.api.exports import Exports
from mock_platform.api.fault_plans import FaultPlans
from mock_platform.api.flash_sales import FlashSales
from mock_platform.api.health import Alive, Health, Readiness, Seeded
from mock_platform.api.merchants import Merchants
from mock_platform.api.openapi import Document
from mock_platform.api.orders import Orders
from mock_platform.api.payments import Payments
from mock_platform.api.quotes import Quotes
from mock_platform.api.refusals import STATUS_BY_CODE
from mock_platform.api.route import Route
from mock_platform.api.sessions import Sessions
from mock_platform.api.skus import Skus
from mock_platform.clock import steady_clock
from mock_platform.domain.events import Event, OrderCancelled, RefundRequested
from mock_platform.domain.reservation import WEB, Units
from mock_platform.faults.broken_books import break_books
from mock_platform.faults.injector import Injector
from mock_platform.faults.plan import BANK_ROUTE
from mock_platform.faults.registry import KINDS
from mock_platform.metrics import Metrics
from mock_platform.partners.bank import BankBehaviour, SimulatedBank
from mock_platform.protocols import NewId, WayOfSelling
from mock_platform.seed import Seed, make_seed
from mock_platform.services.bookkeeping import Bookkeeping
from mock_platform.services.charging import Charging
from mock_platform.services.checkout import Checkout
from mock_platform.services.expiry import Expiry
from mock_platform.services.flash_selling import FlashSelling
from mock_platform.services.outbox import Outbox
from mock_platform.services.shopping import Shopping
from mock_platform.services.upkeep import Works, every, running, watch_lag
from mock_platform.settings import Settings
from mock_platform.stores.carts_memory import MemoryCarts
from mock_platform.stores.catalogue_memory import MemoryCatalogue
from mock_platform.stores.customers_memory import MemoryCustomers
from mock_platform.stores.orders_memory import MemoryOrders
from mock_platform.stores.orders_pooled import PooledOrders
from mock_platform.stores.stock_memory import MemoryStock
from mock_platform.systems.all_systems import SYSTEMS
from mock_platform.systems.ground import Ground, Stores, System, all_screens

log = logging.getLogger(__name__)

SHOP = "zerohour"
WATCH_EVERY_S = 1.0
GRACE_S = 5.0
"""How overdue a hold may be before the audit calls it leaked: sweeps come more often, but the loop may be busy."""
WORKS = ("bank", "outbox", "expiry", "charging", "watch", "deadlines", "lag")

BOOT = web.AppKey("boot", str)
SEEDED_S = web.AppKey("seeded_s", float)
METRICS = web.AppKey("metrics", Metrics)


async def make_app(settings: Settings) -> web.Application:
    """A shop, seeded and ready to serve; its background work starts and ends with the application."""
    started = time.perf_counter()
    sizes = {size: getattr(settings, size) for size in ("skus", "merchants", "customers", "outlets")}
    seed = make_seed(settings.seed, **sizes)
    stores = await _filled_stores(seed, _orders(settings))
    seeded = Seeded(len(seed.customers), len(seed.skus), len(seed.merchants), seed.categories)
    shop = _Shop(settings, stores, seed.without_people(), Readiness(True, seeded))
    app = web.Application(client_max_size=settings.max_body_bytes)
    shop.open(app)
    app[SEEDED_S] = time.perf_counter() - started
    return app


def _orders(settings: Settings) -> MemoryOrders:
    if not settings.commit_s:
        return MemoryOrders()
    return PooledOrders(connections=settings.connections, commit_s=settings.commit_s)


async def _filled_stores(seed: Seed, orders: MemoryOrders) -> Stores:
    stores = Stores(MemoryCatalogue(), MemoryCustomers(), MemoryCarts(), MemoryStock(), orders)
    await stores.catalogue.put_merchants((*seed.merchants, *seed.imports.merchants))
    await stores.catalogue.put_skus((*seed.skus, *seed.imports.skus))
    await stores.customers.put_customers(seed.customers)
    await stores.carts.fill(seed.carts.items())
    await stores.stock.put(Units(sku, WEB, units) for sku, units in {**seed.stock, **seed.imports.stock}.items())
    await stores.stock.put(seed.shops.units)
    return stores


class _Shop:
    """Every part, made once and handed to those that need it."""

    def __init__(self, settings: Settings, stores: Stores, seed: Seed, readiness: Readiness) -> None:
        self.settings = settings
        self.stores = stores
        self.readiness = readiness
        self.boot = secrets.token_hex(4)
        self.clock = clock = steady_clock()
        self.metrics = tally = Metrics(refusal_codes=STATUS_BY_CODE, fault_kinds=KINDS, works=WORKS)
        self.injector = Injector(clock=clock, rng=self._rng("faults"), on_hurt=tally.hurt.count)
        self.deadlines = Deadlines(settings.request_timeout_s)
        self.sessions = Sessions(settings.session_secret, lasts_s=settings.session_s, clock=clock)
        sessions_of = partial(Sessions, settings.session_secret, lasts_s=settings.session_s, clock=clock)
        self.merchant_sessions, self.clerk_sessions = sessions_of(audience="merchants"), sessions_of(audience="clerks")
        stock, orders, self.bank = break_books(settings.broken_books, stores.stock, stores.orders, self._bank())
        if settings.broken_books:
            log.warning("the books are broken on purpose: %s", settings.broken_books)
        catalogue, customers = stores.catalogue, stores.customers
        numbers = itertools.count(1)
        new_id = lambda prefix: f"{prefix}{self.boot}{next(numbers):07d}"  # noqa: E731
        self.systems = self._systems(Stores(catalogue, customers, stores.carts, stock, orders), seed, new_id)
        self.shopping = Shopping(catalogue=catalogue, stock=stock, carts=stores.carts, customers=customers)
        self.flash_selling = FlashSelling(catalogue=catalogue, stock=stock, new_id=new_id)
        sells: dict[str, WayOfSelling] = {"flash_sale": self.flash_selling}
        for system in self.systems:
            sells |= system.sells
        self.checkout = Checkout(
            catalogue=catalogue,
            stock=stock,
            orders=orders,
            clock=clock,
            new_id=new_id,
            tally=tally,
            sells=sells,
            screen=all_screens(self.systems),
            lock_s=settings.key_lock_s,
            hold_s=settings.hold_s,
            payment_window_s=settings.payment_window_s,
        )
        self.charging = Charging(
            orders=orders,
            bank=self.bank,
            clock=clock,
            new_id=new_id,
            tally=tally,
            lock_s=settings.key_lock_s,
            inquire_after_s=settings.inquire_after_s,
        )
        self.expiry = Expiry(stock=stock, orders=orders, clock=clock, tally=tally)
        handlers = self._handlers()
        stores.orders.heard = frozenset(handlers)
        self.outbox = Outbox(orders=orders, handlers=handlers, clock=clock)
        self.bookkeeping = Bookkeeping(
            stock=stock,
            orders=orders,
            catalogue=catalogue,
            bank=self.bank,
            clock=clock,
            boot=self.boot,
            hold_s=settings.hold_s,
            payment_window_s=settings.payment_window_s,
            grace_s=GRACE_S,
            tables=[system.rows for system in self.systems if system.rows is not None],
            moving=[system.pending for system in self.systems if system.pending is not None],
        )
        self.bank.on_outcome = self.charging.on_callback

    def _rng(self, part: str) -> random.Random:
        return random.Random(f"{self.settings.seed} {part}")

    def _bank(self) -> SimulatedBank:
        settings = self.settings
        behaviour = BankBehaviour(
            latency_s=settings.bank_latency_s,
            declined=settings.bank_declined_rate,
            late=settings.bank_late_rate,
            late_s=settings.bank_late_s,
            lost=settings.bank_lost_rate,
            doubled=settings.bank_doubled_rate,
        )
        deliveries = partial(self.injector.deliveries, BANK_ROUTE)
        return SimulatedBank(clock=self.clock, rng=self._rng("bank"), behaviour=behaviour, deliveries=deliveries)

    def _systems(self, stores: Stores, seed: Seed, new_id: NewId) -> tuple[System, ...]:
        ground = Ground(
            settings=self.settings,
            stores=stores,
            seed=seed,
            clock=self.clock,
            new_id=new_id,
            merchant_sessions=self.merchant_sessions,
            clerk_sessions=self.clerk_sessions,
            metrics=self.metrics,
            injector=self.injector,
            rng=self._rng,
        )
        systems = tuple(open_system(ground) for open_system in SYSTEMS)
        for system in systems:
            self.metrics.background_errors.expect(system.works)
            if system.series is not None:
                self.metrics.also(system.series)
        return systems

    def _handlers(self) -> dict[type[Event], list[Callable[[Event], Awaitable[None]]]]:
        handlers: dict[type[Event], list[Callable[[Event], Awaitable[None]]]] = {
            OrderCancelled: [self.expiry.give_back],
            RefundRequested: [self.expiry.give_back, self.charging.repay],
        }
        for system in self.systems:
            for kind, hears in system.handlers.items():
                handlers.setdefault(kind, []).extend(hears)
        return handlers

    def open(self, app: web.Application) -> None:
        """Put the routes on the application, and the background work around its life."""
        settings = self.settings
        access = Access(
            sessions=self.sessions,
            merchant_sessions=self.merchant_sessions,
            clerk_sessions=self.clerk_sessions,
            admin_token=settings.admin_token,
            metrics=self.metrics,
            injector=self.injector,
            deadlines=self.deadlines,
            boot=self.boot,
        )
        access.open(app.router, self._routes())
        app.cleanup_ctx.append(self._in_business)
        app.on_shutdown.append(self._close_door)
        app[BOOT] = self.boot
        app[METRICS] = self.metrics

    def _routes(self) -> tuple[Route, ...]:
        release = version(SHOP)
        alive = Alive(shop=SHOP, version=release, boot=self.boot, started_at=self.clock())
        routes = (
            *Health(alive, self.readiness, self.metrics).routes(),
            *Customers(self.shopping, self.sessions).routes(),
            *Skus(self.shopping).routes(),
            *Merchants(self.shopping).routes(),
            *FlashSales(self.flash_selling, self.clock).routes(),
            *Carts(self.shopping).routes(),
            *Orders(self.checkout, self.charging, self.sessions).routes(),
            *Quotes(self.checkout).routes(),
            *Payments(self.charging).routes(),
            *Exports(self.bookkeeping, next((each.evidence for each in self.systems if each.evidence), None)).routes(),
            *(route for system in self.systems for route in system.routes),
        )
        hurtable = tuple(route.path for route in routes if route.hurtable)
        routes = (*routes, *FaultPlans(self.injector, hurtable).routes())
        document = Document(routes, release)
        return (*routes, *document.routes())

    async def _in_business(self, app: web.Application) -> AsyncIterator[None]:
        pause_s = self.settings.sweep_every_s
        works: Works = {
            "bank": self.bank.run,
            "outbox": self.outbox.run,
            "expiry": every(pause_s, self.expiry.sweep),
            "charging": every(pause_s, self.charging.sweep),
            "watch": every(WATCH_EVERY_S, self._watch),
            "deadlines": self.deadlines.sweep,
            "lag": partial(watch_lag, self.metrics),
        }
        works = {**works, **{name: work for system in self.systems for name, work in system.works.items()}}
        async with running(works, self.metrics):
            yield
            if not await self.outbox.drain(within_s=self.settings.shutdown_s):
                log.warning("events are left undelivered after %s s", self.settings.shutdown_s)

    async def _watch(self) -> None:
        totals = await self.stores.stock.totals()
        self.metrics.stock.set(free=totals.free, held=totals.held, sold=totals.sold)
        self.metrics.pending.set(**await self.bookkeeping.pending())
        now = self.clock()
        self.metrics.flash.set(**await self.flash_selling.units(now))
        oldest = await self.stores.orders.pending_payments(now, 1)
        self.metrics.oldest_payment_s = now - oldest[0].asked_at if oldest else 0.0
        if isinstance(self.stores.orders, PooledOrders):
            self.metrics.commits.set(**self.stores.orders.commits())

    async def _close_door(self, app: web.Application) -> None:
        self.readiness.ready = False
