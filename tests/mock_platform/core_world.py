"""The whole core under a clock of its own: its parts wrapped as a test likes, and time for everything to settle."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from mock_platform.audit import audit
from mock_platform.domain.cart import Cart, CartLine
from mock_platform.domain.customer import Customer
from mock_platform.domain.events import OrderCancelled, OrderPaid, RefundRequested
from mock_platform.domain.flash_sale import FlashSale
from mock_platform.domain.merchant import Merchant
from mock_platform.domain.order import Order, OrderState, WantedLine
from mock_platform.domain.payment import Payment
from mock_platform.domain.purchase import Purchase
from mock_platform.domain.reservation import WEB, Units
from mock_platform.domain.sku import Sku
from mock_platform.partners.bank import BankBehaviour, SimulatedBank
from mock_platform.partners.carrier import SimulatedCarrier
from mock_platform.services.bookkeeping import Bookkeeping
from mock_platform.services.charging import Charging
from mock_platform.services.checkout import Checkout
from mock_platform.services.expiry import Expiry
from mock_platform.services.flash_selling import FlashSelling
from mock_platform.services.fulfilment import Fulfilment
from mock_platform.services.outbox import Outbox
from mock_platform.services.pricing import Pricing
from mock_platform.services.shopping import Shopping
from mock_platform.services.sorting import Sorting, logistics_rows
from mock_platform.stores.carts_memory import MemoryCarts
from mock_platform.stores.catalogue_memory import MemoryCatalogue
from mock_platform.stores.customers_memory import MemoryCustomers
from mock_platform.stores.orders_memory import MemoryOrders
from mock_platform.stores.promotions_memory import MemoryPromotions
from mock_platform.stores.stock_memory import MemoryStock
from mock_platform.systems.promotions import promotion_rows
from tests.mock_platform.interruptions import run

OPENING = 1_510_329_600.0
LOCK_S, HOLD_S, PAYMENT_WINDOW_S, INQUIRE_AFTER_S, CHASE_AFTER_S, GRACE_S = 10.0, 15.0, 60.0, 3.0, 8.0, 5.0
LEASE_S = 5.0
PICKED_AFTER_S, PACKED_AFTER_S, SORTED_PER_S = 0.25, 0.25, 10.0
PRICES_FEN = {"S1": 1_000, "S2": 250, "S3": 99_900}
MERCHANTS = {"S1": "M1", "S2": "M2", "S3": "M1"}
BUYERS = ("C1", "C2", "C3")

Wrap = Callable[[Any], Any]


class FakeClock:
    def __init__(self) -> None:
        self.now = OPENING

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


class CountingTally:
    """Counts by (what, outcome)."""

    def __init__(self) -> None:
        self.counts: dict[tuple[str, str], int] = {}
        self.gmv_fen = 0

    def _count(self, what: str, outcome: str) -> None:
        self.counts[what, outcome] = self.counts.get((what, outcome), 0) + 1

    def order(self, outcome: str) -> None:
        self._count("order", outcome)

    def payment(self, outcome: str) -> None:
        self._count("payment", outcome)

    def parcel(self, state: str) -> None:
        self._count("parcel", state)

    def sale(self, amount_fen: int) -> None:
        self.gmv_fen += amount_fen


def unwrapped(inner: Any) -> Any:
    return inner


class World:
    def __init__(self, *, wrap: Wrap = unwrapped, behaviour: BankBehaviour | None = None, seed: int = 1) -> None:
        self.clock = FakeClock()
        self.tally = CountingTally()
        self.stock, self.orders = MemoryStock(), MemoryOrders()
        self.catalogue, self.customers, self.carts = MemoryCatalogue(), MemoryCustomers(), MemoryCarts()
        self.bank = SimulatedBank(clock=self.clock, rng=Random(seed), behaviour=behaviour or BankBehaviour())
        self.carrier = SimulatedCarrier(clock=self.clock, rng=Random(seed))
        numbers = itertools.count(1)
        common: dict[str, Any] = {"clock": self.clock, "tally": self.tally, "orders": wrap(self.orders)}
        new_id = {"new_id": lambda prefix: f"{prefix}{next(numbers)}"}
        stock, catalogue = wrap(self.stock), wrap(self.catalogue)
        self.flash_selling = FlashSelling(catalogue=catalogue, stock=stock, **new_id)
        self.promotions, self.coupons = MemoryPromotions(), self.orders.coupons
        self.pricing = Pricing(promotions=wrap(self.promotions), coupons=wrap(self.coupons))
        self.sells: dict[str, Any] = {"web": self.pricing, "flash_sale": self.flash_selling}
        """A test may add a way of selling."""
        self.checkout = Checkout(
            **common,
            **new_id,
            stock=stock,
            catalogue=catalogue,
            sells=self.sells,
            lock_s=LOCK_S,
            hold_s=HOLD_S,
            payment_window_s=PAYMENT_WINDOW_S,
        )
        self.charging = Charging(
            **common, **new_id, bank=wrap(self.bank), lock_s=LOCK_S, inquire_after_s=INQUIRE_AFTER_S
        )
        self.fulfilment = Fulfilment(
            **common, customers=wrap(self.customers), carrier=wrap(self.carrier), chase_after_s=CHASE_AFTER_S
        )
        self.sorting = Sorting(
            **common,
            carrier=wrap(self.carrier),
            picked_after_s=PICKED_AFTER_S,
            packed_after_s=PACKED_AFTER_S,
            sorted_per_s=SORTED_PER_S,
        )
        self.expiry = Expiry(**common, stock=stock)
        self.shopping = Shopping(
            catalogue=catalogue, stock=stock, carts=wrap(self.carts), customers=wrap(self.customers)
        )
        self.handlers = {
            OrderPaid: [self.fulfilment.pack],
            OrderCancelled: [self.expiry.give_back],
            RefundRequested: [self.expiry.give_back, self.charging.repay],
        }
        self.outbox = Outbox(
            orders=common["orders"], handlers=self.handlers, clock=self.clock, lease_s=LEASE_S, poll_s=0.0
        )
        self.bookkeeping = Bookkeeping(
            stock=self.stock,
            orders=self.orders,
            catalogue=self.catalogue,
            bank=self.bank,
            clock=self.clock,
            boot="b00t",
            hold_s=HOLD_S,
            payment_window_s=PAYMENT_WINDOW_S,
            grace_s=GRACE_S,
            tables=[self.promotion_rows, self.logistics_rows],
        )
        self.bank.on_outcome = self.charging.on_callback
        self.carrier.on_collected = self.fulfilment.on_collected
        self.carrier.on_arrived = self.fulfilment.on_arrived
        self.carrier.on_delivered = self.fulfilment.on_delivered
        run(self._fill())

    async def logistics_rows(self) -> Mapping[str, list[dict[str, Any]]]:
        return await logistics_rows(self.orders, SORTED_PER_S, self.carrier.behaviour.road_km_per_s)

    async def promotion_rows(self) -> Mapping[str, list[dict[str, Any]]]:
        return await promotion_rows(self.promotions, self.orders, self.catalogue)

    async def _fill(self) -> None:
        await self.catalogue.put_skus(
            Sku(sku, f"thing {sku}", "things", MERCHANTS[sku], fen) for sku, fen in PRICES_FEN.items()
        )
        await self.catalogue.put_merchants(Merchant(name, f"shop {name}", "Hangzhou") for name in ("M1", "M2"))
        await self.customers.put_customers(
            Customer(buyer, "王小明", "13812341234", "杭州市", "浙江省杭州市西湖区文三路1号") for buyer in BUYERS
        )
        await self.carts.fill((buyer, Cart((CartLine("S1", 1), CartLine("S2", 2)))) for buyer in BUYERS)
        await self.stock.put(Units(sku, WEB, units) for sku, units in {"S1": 20, "S2": 5, "S3": 2}.items())

    async def sale(self, allotment: int = 10, limit_per_buyer: int = 1, opens_in_s: float = 0.0) -> FlashSale:
        return await self.flash_selling.create(
            sku="S1",
            price_fen=100,
            allotment=allotment,
            limit_per_buyer=limit_per_buyer,
            opens_at=self.clock() + opens_in_s,
            closes_at=self.clock() + opens_in_s + 60,
        )

    async def place(
        self, buyer: str, key: str, lines: Sequence[WantedLine], flash_sale: str | None = None, **wish: Any
    ) -> tuple[Order, bool]:
        return await self.checkout.place(key, Purchase(buyer, tuple(lines), flash_sale, **wish))

    async def placed(self, buyer: str = "C1", key: str = "k1", **quantities: int) -> Order:
        order, _ = await self.place(buyer, key, lines(**quantities))
        return order

    async def asked(self, order: Order, key: str = "p1") -> Payment:
        payment, _ = await self.charging.pay(order.buyer, key, order.order, order.payable_fen, "alipay")
        return payment

    async def paid(self, buyer: str = "C1", key: str = "k1", **quantities: int) -> Order:
        """An order whose payment the bank has posted; its parcels are not packed yet."""
        order = await self.placed(buyer, key, **quantities)
        await self.asked(order, key=f"{key}-pay")
        self.clock.advance(1.5)
        await self.bank.diary.step()
        return await self.orders.order(order.order)

    async def turn(self, seconds: float = 1.0) -> None:
        """Let time pass and everybody in the background have their go, once."""
        self.clock.advance(seconds)
        await self.bank.diary.step()
        await self.carrier.diary.step()
        await self.expiry.sweep()
        await self.charging.sweep()
        await self.fulfilment.sweep()
        await self.sorting.step()
        await self.outbox.step()

    async def settle(self) -> None:
        """Until nothing moves any more: every lock, hold, lease, payment window and journey is over."""
        self.bank.behaviour = BankBehaviour()
        for _ in range(2 * int(PAYMENT_WINDOW_S / 5) + 6):
            await self.turn(5.0)

    async def settled_books(self) -> dict[str, Any]:
        await self.settle()
        snapshot = await self.bookkeeping.snapshot()
        assert_clean(snapshot)
        return snapshot


def lines(**quantities: int) -> tuple[WantedLine, ...]:
    """lines(S1=2): two of S1 at the price shown; one S1 if nothing is named."""
    return tuple(WantedLine(sku, quantity, PRICES_FEN[sku]) for sku, quantity in (quantities or {"S1": 1}).items())


def sale_lines(quantity: int = 1) -> tuple[WantedLine, ...]:
    return (WantedLine("S1", quantity, 100),)


def assert_clean(snapshot: dict[str, Any]) -> None:
    """The audit finds nothing, and nothing that it would excuse is left: all has come to rest."""
    assert [(found.subject, found.message) for found in audit(snapshot).violations] == []
    assert snapshot["pending"] == {"events": [], "payments": 0, "holds": 0}
    resting = {"paid", "delivered", "collected", "cancelled", "refunded"}
    assert {order["state"] for order in snapshot["orders"]} <= resting
    assert_sums(snapshot)


def assert_sums(snapshot: dict[str, Any]) -> None:
    """The few sums that matter most, worked out without the audit's code."""
    states = ("placed", "deposited", "paid", "shipped", "delivered", "collected")
    live = [order for order in snapshot["orders"] if order["state"] in states]
    bought: dict[tuple[str, str], int] = {}
    for order in live:
        for line in order["lines"]:
            place = line["sku"], line["place"]
            bought[place] = bought.get(place, 0) + line["quantity"]
    for row in snapshot["stock"]:
        assert row["initial"] + row["restocked"] == row["free"] + row["held"] + row["sold"], row
        assert min(row["free"], row["held"], row["sold"]) >= 0, row
        assert row["sold"] == bought.get((row["sku"], row["place"]), 0), row
    kept_fen = sum(line["captured_fen"] - line["refunded_fen"] for line in snapshot["bank"])
    assert kept_fen == sum(kept_of(order) for order in snapshot["orders"])
    assert sum(leg["amount_fen"] for entry in snapshot["ledger"] for leg in entry["legs"]) == 0
    keys = [(order["buyer"], order["key"]) for order in snapshot["orders"]]
    assert len(keys) == len(set(keys))


def kept_of(order: dict[str, Any]) -> int:
    """What the bank keeps for the shop of a price: all of it, a deposit that waits or is forfeited, or nothing."""
    if order["state"] in ("paid", "shipped", "delivered", "collected"):
        return 0 if order["tender"] else int(order["payable_fen"])
    deposited = any(step == "deposited" for step, _ in order["history"])
    lost = order["state"] == "cancelled" and order["history"][-1][1] >= (order["refundable_until"] or 0.0)
    return int(order["deposit_fen"]) if deposited and (lost or order["state"] == "deposited") else 0


def orders_in(snapshot: dict[str, Any], state: OrderState | None = None) -> list[dict[str, Any]]:
    return [order for order in snapshot["orders"] if state is None or order["state"] == state.value]
