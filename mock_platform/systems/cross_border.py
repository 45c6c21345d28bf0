"""Cross-border trade: imported goods at dated rates, their duty and limits, and customs before anything leaves."""

from __future__ import annotations

from functools import partial
from typing import Any

import msgspec.structs

from mock_platform.api.declarations import Declarations
from mock_platform.api.exchange_rates import ExchangeRates
from mock_platform.api.imports import ImportedGoods
from mock_platform.domain.declaration import BrokerEntry, Declaration
from mock_platform.domain.events import OrderPaid, RefundRequested
from mock_platform.domain.order import Line, Order
from mock_platform.faults.plan import CUSTOMS_ROUTE
from mock_platform.metrics_customs import CustomsSeries
from mock_platform.partners.customs_broker import CustomsBehaviour, SimulatedBroker
from mock_platform.protocols_customs import CustomsBroker, ImportStore, RateStore
from mock_platform.services.clearance import Clearance
from mock_platform.services.importing import Importing
from mock_platform.services.upkeep import every
from mock_platform.settings import Settings
from mock_platform.stores.rates_memory import MemoryRates
from mock_platform.systems.ground import Ground, System

Rows = dict[str, list[dict[str, Any]]]


def open_cross_border(ground: Ground) -> System:
    settings, stores, imports = ground.settings, ground.stores, ground.stores.orders.imports
    rates = MemoryRates(ground.seed.imports.rates)
    series = CustomsSeries()
    broker = SimulatedBroker(
        clock=ground.clock,
        rng=ground.rng("customs"),
        behaviour=_behaviour(settings),
        deliveries=partial(ground.injector.deliveries, CUSTOMS_ROUTE),
    )
    clearance = Clearance(
        orders=stores.orders,
        imports=imports,
        broker=broker,
        clock=ground.clock,
        tally=ground.metrics,
        customs_tally=series,
        inquire_after_s=settings.customs_inquire_after_s,
    )
    broker.on_verdict = clearance.on_verdict
    importing = Importing(
        catalogue=stores.catalogue,
        rates=rates,
        imports=imports,
        clock=ground.clock,
        skus=[sku.sku for sku in ground.seed.imports.skus],
    )

    async def sweep() -> None:
        await clearance.sweep()
        series.under_way = await imports.moving()

    async def pending() -> dict[str, int]:
        return {"declarations": await imports.moving()}

    return System(
        name="cross-border",
        routes=(
            *ImportedGoods(importing).routes(),
            *ExchangeRates(importing).routes(),
            *Declarations(clearance).routes(),
        ),
        works={
            "customs": broker.run,
            "clearance": every(settings.sweep_every_s, sweep),
            "rates": every(settings.sweep_every_s, importing.reprice),
        },
        handlers={
            OrderPaid: [clearance.declare],
            RefundRequested: [clearance.withdraw],
        },
        sells={"cross_border": importing},
        rows=partial(customs_rows, imports, rates, broker, settings.customs_inquire_after_s),
        pending=pending,
        series=series.collect,
    )


def _behaviour(settings: Settings) -> CustomsBehaviour:
    return CustomsBehaviour(
        latency_s=settings.customs_latency_s,
        rejected=settings.customs_rejected_rate,
        late=settings.customs_late_rate,
        late_s=settings.customs_late_s,
        lost=settings.customs_lost_rate,
        doubled=settings.customs_doubled_rate,
    )


async def customs_rows(imports: ImportStore, rates: RateStore, broker: CustomsBroker, inquire_after_s: float) -> Rows:
    """The tables of this system for the exported snapshot; nothing suspends in it with the memory engines."""
    return {
        "exchange_rates": [
            {**msgspec.structs.asdict(given.rate), "given_at": given.given_at} for given in await rates.rates()
        ],
        "imported_lines": [_line_row(order, line) for order in await imports.orders() for line in order.lines],
        "declarations": [_declaration_row(each, inquire_after_s) for each in await imports.declarations()],
        "customs_broker": [_entry_row(entry, inquire_after_s) for entry in await broker.entries()],
    }


def _line_row(order: Order, line: Line) -> dict[str, Any]:
    """What an order keeps of where its line's price came from."""
    goods = line.imported
    if goods is None:
        raise ValueError(f"order {order.order} is from abroad, its line of {line.sku} is not")
    return {
        "order": order.order,
        "sku": line.sku,
        "origin": goods.origin,
        "heading": goods.heading,
        "currency": goods.currency,
        "price_minor": goods.price_minor,
        "rate_micro_yuan": goods.rate_micro_yuan,
        "rated_at": goods.rated_at,
    }


def _declaration_row(declaration: Declaration, inquire_after_s: float) -> dict[str, Any]:
    """`chased_at`: from when on the shop asks by itself what became of it."""
    return {
        "declaration": declaration.declaration,
        "order": declaration.order,
        "value_fen": declaration.value_fen,
        "duty_fen": declaration.duty_fen,
        "state": declaration.state.value,
        "history": [[state, at] for state, at in declaration.history],
        "reason": declaration.reason,
        "chased_at": declaration.moved_at + inquire_after_s,
    }


def _entry_row(entry: BrokerEntry, inquire_after_s: float) -> dict[str, Any]:
    """`heard_by`: when the shop knows the verdict at the latest, since by then it has asked."""
    return {
        "declaration": entry.declaration,
        "order": entry.order,
        "value_fen": entry.value_fen,
        "duty_fen": entry.duty_fen,
        "verdict": entry.verdict.value if entry.verdict else None,
        "withdrawn": entry.withdrawn,
        "heard_by": None if entry.decided_at is None else entry.decided_at + inquire_after_s,
    }
