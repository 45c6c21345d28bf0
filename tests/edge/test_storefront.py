"""Every step of the storefront against a shop that lies: status 200 is not a sale."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from loadtests.http.client import Client
from loadtests.shop.answers import WantedLine
from loadtests.shop.storefront import Storefront

BUYER = "C0000007"
LINES = [WantedLine("S0000002", 2, 102)]
ERROR = '{"error": {"code": "internal", "message": "oh"}}'


class Visitor:
    """A storefront, the crowd's records around it, and the steps by Locust's name."""

    def __init__(self, crowd: Any) -> None:
        self.crowd = crowd
        self.client = Client(crowd.host, request_event=crowd.environment.events.request)
        self.front = Storefront(self.client, crowd.festival, BUYER)

    def placed(self) -> Any:
        return self.front.order(LINES, key=self.crowd.festival.next_key())

    def paid(self) -> Any:
        return self.front.pay(self.placed(), key=self.crowd.festival.next_key())

    def take(self, operation: str) -> Any:
        """Everything that leads to a step, then the step."""
        front = self.front
        steps: dict[str, Callable[[], Any]] = {
            "POST /customers/sessions": front.sign_in,
            "GET /skus": lambda: front.browse(category="tea"),
            "GET /skus?q=": lambda: front.search("good shoes", known=True),
            "GET /skus/{sku}": lambda: front.view("S0000005"),
            "GET /carts/mine": front.open_cart,
            "PUT /carts/mine/lines/{sku}": lambda: front.add_to_cart("S0000009", 3),
            "GET /flash-sales": front.flash_sales,
            "POST /orders": self.placed,
            "POST /payments": self.paid,
            "GET /payments/{payment}": lambda: front.await_payment(self.paid(), [0.0]),
            "GET /orders/{order}": lambda: front.my_order(self.placed()),
            "GET /shipments": lambda: front.track(self.placed()),
        }
        if operation != "POST /customers/sessions":
            assert front.sign_in() is not None
        return steps[operation]()


@pytest.fixture
def visitor(shop: Any, make_crowd: Callable[..., Any]) -> Iterator[Visitor]:
    visitor = Visitor(make_crowd(shop.host, shop.shop))
    yield visitor
    visitor.client.close()


OPERATIONS = (
    "POST /customers/sessions",
    "GET /skus",
    "GET /skus?q=",
    "GET /skus/{sku}",
    "GET /carts/mine",
    "PUT /carts/mine/lines/{sku}",
    "GET /flash-sales",
    "POST /orders",
    "POST /payments",
    "GET /payments/{payment}",
    "GET /orders/{order}",
    "GET /shipments",
)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_honest_answer_is_served(visitor: Visitor, operation: str) -> None:
    assert visitor.take(operation) is not None
    assert visitor.crowd.outcomes(operation) == ["ok"]
    assert visitor.crowd.failures() == []


LIES: list[tuple[str, list[Any], Any, str]] = [
    ("POST /customers/sessions", ["customer"], "C0000008", "the session is another customer's"),
    ("POST /customers/sessions", ["token"], "", "not of the promised form"),
    ("POST /customers/sessions", ["expires_at"], 5, "expired already"),
    ("GET /skus", ["page"], 2, "this is another page"),
    ("GET /skus", ["skus", 0, "category"], "shoes", "another category"),
    ("GET /skus", ["skus", 0, "price_fen"], 0, "not of the promised form"),
    ("GET /skus", ["skus", 1, "title"], "", "not of the promised form"),
    ("GET /skus", ["total"], 999, "the pages don't match the total"),
    ("GET /skus?q=", ["skus"], [], "the page is not full"),
    ("GET /skus?q=", ["total"], 0, "nothing was found for a word of a title"),
    ("GET /skus?q=", ["skus", 3, "title"], "good boots", "a SKU was found that lacks a word"),
    ("GET /skus?q=", ["total"], "<absent>", "not of the promised form"),
    ("GET /skus/{sku}", ["sku"], "S0000006", "this is another SKU"),
    ("GET /skus/{sku}", ["free"], -1, "not of the promised form"),
    ("GET /skus/{sku}", ["price_fen"], "105", "not of the promised form"),
    ("GET /carts/mine", ["total_fen"], 1, "the cart's total is not its sum"),
    ("GET /carts/mine", ["lines", 0, "quantity"], 0, "not of the promised form"),
    ("PUT /carts/mine/lines/{sku}", ["lines", 2, "quantity"], 2, "does not hold what was put in"),
    ("PUT /carts/mine/lines/{sku}", ["lines", 2, "sku"], "S0000010", "does not hold what was put in"),
    ("GET /flash-sales", ["flash_sales", 0, "flash_sale"], "", "not of the promised form"),
    ("GET /flash-sales", ["flash_sales", 0, "state"], "maybe", "not of the promised form"),
    ("GET /flash-sales", ["flash_sales", 0, "closes_at"], 0, "closes before it opens"),
    ("POST /orders", ["order"], "", "not of the promised form"),
    ("POST /orders", ["buyer"], "C0000001", "the order is another buyer's"),
    ("POST /orders", ["payable_fen"], 203, "the order asks for another sum"),
    ("POST /orders", ["lines", 0, "sku"], "S0000003", "lines are not those asked for"),
    ("POST /orders", ["lines", 0, "unit_price_fen"], 103, "lines are not those asked for"),
    ("POST /orders", ["flash_sale"], "F1", "not of this flash sale"),
    ("POST /orders", ["state"], "cancelled", "a new order is not placed"),
    ("POST /payments", ["payment"], "", "not of the promised form"),
    ("POST /payments", ["amount_fen"], 205, "the payment is of another sum"),
    ("POST /payments", ["order"], "O999", "the payment is for another order"),
    ("GET /payments/{payment}", ["payment"], "P999", "this is another payment"),
    ("GET /payments/{payment}", ["amount_fen"], 1, "has changed its order or its sum"),
    ("GET /payments/{payment}", ["state"], "lost", "not of the promised form"),
    ("GET /orders/{order}", ["order"], "O999", "this is another order"),
    ("GET /orders/{order}", ["payable_fen"], 1, "has changed its buyer or its sum"),
    ("GET /shipments", ["shipments", 0, "order"], "O999", "a parcel is of another order"),
    ("GET /shipments", ["shipments", 0, "waybill", "phone"], "13812341234", "the whole phone number"),
    ("GET /shipments", ["shipments", 0, "lines", 0, "quantity"], 3, "more is in parcels than was bought"),
]


@pytest.mark.parametrize(("operation", "path", "value", "promise"), LIES)
def test_a_lie_in_the_body_is_a_failure_with_a_sentence(
    shop: Any, visitor: Visitor, operation: str, path: list[Any], value: Any, promise: str
) -> None:
    shop.lie(operation=operation, patch=[[path, value]])
    assert visitor.take(operation) is None
    assert visitor.front.refusal is None
    assert visitor.crowd.outcomes(operation) == ["failed"]
    [(failed, sentence)] = visitor.crowd.failures()
    assert failed == operation
    assert promise in sentence


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    "lie",
    [
        {"raw": ERROR},
        {"raw": "<html>busy</html>"},
        {"raw": ""},
        {"status": 500, "raw": ERROR},
        {"status": 503, "raw": "no healthy upstream"},
        {"status": 503, "raw": '{"error": {"code": "sold_out", "message": "x"}}'},
        {"status": 204, "raw": ""},
        {"status": 203},
        {"hang_up": True},
    ],
    ids=lambda lie: " ".join(f"{name}={value}"[:24] for name, value in lie.items()),
)
def test_no_answer_but_the_promised_one_passes_for_service(
    shop: Any, visitor: Visitor, operation: str, lie: dict[str, Any]
) -> None:
    shop.lie(operation=operation, **lie)
    assert visitor.take(operation) is None
    assert visitor.front.refusal is None
    assert visitor.crowd.outcomes(operation) == ["failed"]
    assert all(sentence for _, sentence in visitor.crowd.failures())
