"""Clean books to plant faults in: every row an honest shop would have for its orders, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from mock_platform.domain.shipment import BACKLOG
from mock_platform.domain.warehouse import CITIES, stocked_in

NOW = 1_510_329_600.0
HOLD_S, GRACE_S = 15.0, 5.0
INITIAL = 50
SORTED_PER_S = 10.0
ROAD_KM_PER_S = 400.0
PACKED_AFTER_S = 10.0
"""After an order is placed; by then it is paid."""
LIVE = ("placed", "paid", "shipped", "delivered")
HISTORIES = {
    "placed": ["placed"],
    "paid": ["placed", "paid"],
    "shipped": ["placed", "paid", "shipped"],
    "delivered": ["placed", "paid", "shipped", "delivered"],
    "cancelled": ["placed", "cancelled"],
    "refunded": ["placed", "paid", "refunded"],
}
PAYMENT_HISTORIES = {
    "pending": ["pending"],
    "voided": ["pending", "voided"],
    "posted": ["pending", "posted"],
    "refunding": ["pending", "posted", "refunding"],
    "refunded": ["pending", "posted", "refunding", "refunded"],
}
PARCEL_HISTORIES = {
    "packed": ["created", "picked", "packed"],
    "recalled": ["created", "picked", "recalled"],
    "in_transit": ["created", "picked", "packed", "sorted", "in_transit"],
    "delivered": ["created", "picked", "packed", "sorted", "in_transit", "arrived", "delivered"],
}

Row = dict[str, Any]


def history(states: Sequence[str], later_s: float = 0.0) -> list[list[Any]]:
    return [[state, NOW - 100 + 5 * index + later_s] for index, state in enumerate(states)]


class CleanBooks:
    """Adds whole orders with all they leave behind; `snapshot` is what the shop would export."""

    def __init__(self) -> None:
        self.sales: list[Row] = []
        self.restocked: dict[tuple[str, str], int] = {}
        self.rows: dict[str, list[Row]] = {
            name: [] for name in ("allocations", "orders", "payments", "bank", "parcels", "ledger", "keys", "events")
        }
        self.pending_payments = 0
        self.made = 0

    def line(self, sku: str = "S1", quantity: int = 2, place: str = "web", merchant: str = "M1") -> Row:
        return {"sku": sku, "place": place, "quantity": quantity, "unit_price_fen": 500, "merchant": merchant}

    def sale(self, sku: str = "S1", allotment: int = INITIAL, limit: int = 4) -> str:
        name = f"F{len(self.sales) + 1}"
        self.sales.append(
            {
                "flash_sale": name,
                "sku": sku,
                "place": f"flash:{name}",
                "price_fen": 500,
                "allotment": allotment,
                "limit_per_buyer": limit,
                "opens_at": NOW - 110,
                "closes_at": NOW,
            }
        )
        return name

    def hold(self, order: str, buyer: str, lines: Sequence[Row], state: str, expires_at: float = NOW + 1) -> None:
        self.rows["allocations"] += [
            {
                "order": order,
                "buyer": buyer,
                "sku": line["sku"],
                "place": line["place"],
                "quantity": line["quantity"],
                "state": state,
                "expires_at": expires_at,
            }
            for line in lines
        ]

    def key(self, buyer: str, key: str, state: str = "finished", order: str | None = None, refusal: Any = None) -> None:
        self.rows["keys"].append({"key": key, "buyer": buyer, "state": state, "order": order, "refusal": refusal})

    def event(self, kind: str, order: str) -> None:
        self.rows["events"].append({"event": f"{order}:{kind}", "kind": kind, "order": order})

    def order(
        self,
        state: str = "placed",
        lines: Sequence[Row] | None = None,
        *,
        buyer: str = "C1",
        flash_sale: str | None = None,
        payment: str | None = None,
        allocated: str = "sold",
        packed: bool = True,
    ) -> str:
        """An order in this state with its payment, stock, parcels, ledger and key. `payment` is its payment's state."""
        self.made += 1
        order, key = f"O{self.made}", f"run/0/{self.made}"
        lines = [self.line()] if lines is None else lines
        payable_fen = sum(line["quantity"] * line["unit_price_fen"] for line in lines)
        self.rows["orders"].append(
            {
                "order": order,
                "buyer": buyer,
                "key": key,
                "state": state,
                "payable_fen": payable_fen,
                "flash_sale": flash_sale,
                "placed_at": NOW - 100,
                "lines": list(lines),
                "history": history(HISTORIES[state]),
            }
        )
        self.key(buyer, key, order=order)
        if state in LIVE:
            # What is sold was held until an instant long past, and stays sold.
            self.hold(order, buyer, lines, allocated, expires_at=NOW + 1 if allocated == "held" else NOW - 85)
        if payment is None:
            payment = {"placed": None, "cancelled": None, "refunded": "refunded"}.get(state, "posted")
        if payment is not None:
            self._pay(order, buyer, payment, payable_fen, captured=payment not in ("pending", "voided"))
        self._book(order, state, payment, lines, payable_fen)
        if packed and state in ("paid", "shipped", "delivered", "refunded"):
            self._pack(order, state, lines)
        return order

    def _pay(self, order: str, buyer: str, state: str, amount_fen: int, *, captured: bool) -> None:
        name = f"P{order[1:]}"
        self.rows["payments"].append(
            {
                "payment": name,
                "order": order,
                "buyer": buyer,
                "key": f"pay/{order}",
                "amount_fen": amount_fen,
                "state": state,
                "history": history(PAYMENT_HISTORIES[state]),
            }
        )
        self.rows["bank"].append(
            {
                "payment": name,
                "order": order,
                "captures": int(captured),
                "captured_fen": amount_fen if captured else 0,
                "refunded_fen": amount_fen if state == "refunded" else 0,
            }
        )
        self.pending_payments += state in ("pending", "refunding")

    def _book(self, order: str, state: str, payment: str | None, lines: Sequence[Row], payable_fen: int) -> None:
        merchants = [(f"merchant/{line['merchant']}", line["quantity"] * line["unit_price_fen"]) for line in lines]
        receivable = f"receivable/{order}"
        self._entry(order, "placed", [(receivable, payable_fen), *((name, -fen) for name, fen in merchants)])
        if state == "cancelled":
            self._entry(order, "cancelled", [(receivable, -payable_fen), *merchants])
        if payment in ("posted", "refunding", "refunded"):
            self._entry(order, "paid", [("bank", payable_fen), (receivable, -payable_fen)])
        if payment == "refunded":
            back = [(receivable, payable_fen)] if state == "cancelled" else merchants
            self._entry(order, "refunded", [("bank", -payable_fen), *back])

    def _entry(self, order: str, what: str, legs: Sequence[tuple[str, int]]) -> None:
        rows = [{"account": account, "amount_fen": fen} for account, fen in legs]
        self.rows["ledger"].append({"entry": f"{order}:{what}", "order": order, "at": NOW, "legs": rows})

    def _pack(self, order: str, state: str, lines: Sequence[Row]) -> None:
        parcel_state = {"paid": "packed", "shipped": "in_transit", "refunded": "recalled"}.get(state, state)
        split = sorted({(line["merchant"], stocked_in(line["merchant"], line["sku"])) for line in lines})
        for number, (merchant, warehouse) in enumerate(split):
            self.rows["parcels"].append(
                {
                    "parcel": f"{order}-{number}",
                    "order": order,
                    "merchant": merchant,
                    "warehouse": warehouse,
                    "city": "杭州市",
                    "waybill": {"name": "王**", "phone": "138****1234", "address": "浙江省杭州市****"},
                    "state": parcel_state,
                    "lines": [
                        {"sku": line["sku"], "quantity": line["quantity"]}
                        for line in lines
                        if (line["merchant"], stocked_in(line["merchant"], line["sku"])) == (merchant, warehouse)
                    ],
                    "history": history(
                        PARCEL_HISTORIES[parcel_state],
                        later_s=PACKED_AFTER_S + len(self.rows["parcels"]) / SORTED_PER_S,
                    ),
                }
            )

    def snapshot(self) -> Row:
        places: dict[tuple[str, str], Row] = {}
        for sku in ("S1", "S2", "S3"):
            places[sku, "web"] = {"held": 0, "sold": 0, "initial": INITIAL}
        for sale in self.sales:
            places[sale["sku"], sale["place"]] = {"held": 0, "sold": 0, "initial": sale["allotment"]}
        for row in self.rows["allocations"]:
            places[row["sku"], row["place"]][row["state"]] += row["quantity"]
        stock = []
        for (sku, place), row in places.items():
            restocked = self.restocked.get((sku, place), 0)
            free = row["initial"] + restocked - row["held"] - row["sold"]
            stock.append({"sku": sku, "place": place, "restocked": restocked, "free": free, **row})
        events = self.rows["events"]
        return {
            "schema": 1,
            "taken_at": NOW,
            "boot": "b00t",
            "settings": {"hold_s": HOLD_S, "payment_window_s": 120.0, "grace_s": GRACE_S},
            "stock": stock,
            "flash_sales": self.sales,
            **{name: rows for name, rows in self.rows.items() if name != "events"},
            "warehouses": [
                {
                    "warehouse": warehouse,
                    "city": city,
                    "sorted_per_s": SORTED_PER_S,
                    "backlog": sum(
                        parcel["warehouse"] == warehouse and parcel["state"] in BACKLOG
                        for parcel in self.rows["parcels"]
                    ),
                }
                for warehouse, city in CITIES.items()
            ],
            "carrier_terms": [{"road_km_per_s": ROAD_KM_PER_S}],
            "pending": {
                "events": events,
                "payments": self.pending_payments,
                "holds": len({row["order"] for row in self.rows["allocations"] if row["state"] == "held"}),
            },
        }


@pytest.fixture(scope="session")
def new_books() -> Callable[[], CleanBooks]:
    return CleanBooks


@pytest.fixture
def clean() -> Row:
    """O1 placed, O2 paid, O3 shipped, O4 delivered, O5 cancelled, O6 refunded, O7 paid in a flash sale.

    Two lines of two merchants each (2 of S1 from M1, 1 of S2 from M2), but O7: 2 of S1 out of F1's 10, at most 4 each.
    """
    books = CleanBooks()
    for state in HISTORIES:
        books.order(state, [books.line(), books.line("S2", 1, merchant="M2")], buyer=f"C{len(books.rows['orders'])}")
    sale = books.sale(allotment=10, limit=4)
    books.order("paid", [books.line(place=f"flash:{sale}")], buyer="C9", flash_sale=sale)
    return books.snapshot()


@pytest.fixture(scope="session")
def find() -> Callable[..., Row]:
    """find(snapshot, "orders", order="O1", ...): the one row with these values."""

    def find(snapshot: Row, name: str, **values: Any) -> Row:
        (found,) = [row for row in snapshot[name] if all(row[field] == value for field, value in values.items())]
        return found

    return find
