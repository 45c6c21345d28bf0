"""An adapter with only some steps: what shoppers do without the others, and what of an answer fails a request."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from locust import FastHttpUser, HttpUser, User
from locust.env import Environment

from loadtests.crowd.run_tag import tag
from loadtests.scenarios.cart_loaded_buyer import CartLoadedBuyer
from loadtests.scenarios.flash_sale_hunter import FlashSaleHunter
from loadtests.scenarios.window_shopper import WindowShopper
from loadtests.shop.adapter_mistakes import adapter_mistakes
from loadtests.shop.answers import Order, OrderLine, Payment, SkuDetail
from loadtests.shop.own_dialogue import promise
from loadtests.shop.own_shop import OwnShop, left_out, offers
from tests.edge.conftest import Crowd


class Kiosk(BaseHTTPRequestHandler):
    """Answers every request alike and keeps its headers."""

    status, answer = 200, {"price": 500}
    asked: ClassVar[list[tuple[str, dict[str, str]]]] = []
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        Kiosk.asked.append((f"{self.command} {self.path}", dict(self.headers)))
        body = json.dumps(Kiosk.answer).encode()
        self.send_response(Kiosk.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - http.server's name

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def kiosk() -> Iterator[str]:
    Kiosk.status, Kiosk.answer = 200, {"price": 500}
    Kiosk.asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Kiosk)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


class Looking(OwnShop):
    known: ClassVar[dict[str, Any]] = {"customers": 5, "skus": 3, "categories": ("",)}

    def view(self, sku: str) -> SkuDetail | None:
        def read(answer: Any) -> SkuDetail:
            it = answer.json()
            promise(it["price"] > 0, "an article costs something")
            return SkuDetail(sku, f"article {sku}", "", "", it["price"], 9)

        return self.ask("GET /articles", f"/articles/{sku}", read)


class Selling(Looking):
    def place_order(self, lines: Any, key: str, flash_sale: str | None) -> Order | None:
        def read(answer: Any) -> Order:
            bought = [OrderLine(line.sku, line.quantity, line.unit_price_fen, "") for line in lines]
            cost = sum(line.quantity * line.unit_price_fen for line in lines)
            return Order(f"O-{key}", self.buyer, "placed", cost, bought, None, 0.0, 9e9)

        return self.ask("POST /orders", "/orders", read)


class Paying(Selling):
    def take_payment(self, order: Order, key: str, method: str) -> Payment | None:
        state = "pending" if offers(type(self), "payment") else "posted"
        return self.ask(
            "POST /payments", "/payments", lambda _: Payment(f"P-{key}", order.order, order.payable_fen, state, None)
        )


class PayingLater(Paying):
    def payment(self, payment: Payment) -> Payment | None:
        posted = Payment(payment.payment, payment.order, payment.amount_fen, "posted", None)
        return self.ask("GET /payments", "/payments/1", lambda _: posted)


def shopper(kind: type[Any], shop: type[OwnShop]) -> type[Any]:
    return type(
        f"Our{kind.__name__}", (kind,), {"adapter": shop, "abstract": False, "think_s": 0.01, "checkout_s": 0.01}
    )


def test_a_window_shopper_only_views_where_nothing_else_is_offered(kiosk: str) -> None:
    crowd = Crowd(kiosk, {})
    crowd.send(shopper(WindowShopper, Looking), 1, 2, 3)
    assert {seen.operation for seen in crowd.seen} == {"GET /articles"}
    assert not crowd.failures()
    assert all(headers["X-Zerohour-Run"] == "run" for _, headers in Kiosk.asked)


def test_a_buyer_keeps_the_cart_where_the_shop_does_not_and_the_order_is_journalled(kiosk: str) -> None:
    crowd = Crowd(kiosk, {})
    crowd.send(shopper(CartLoadedBuyer, Selling), 1)
    assert crowd.outcomes("POST /orders") == ["ok"]
    assert list(crowd.beliefs("order").values()) == [["trying", "placed"]]
    assert not crowd.beliefs("pay")
    assert (crowd.business().orders, crowd.business().payments) == (1, 0)


@pytest.mark.parametrize(
    ("shop", "states"), [(Paying, ["trying", "paid"]), (PayingLater, ["trying", "pending", "paid"])]
)
def test_a_payment_is_journalled_until_it_is_decided_and_counts_once(
    shop: type[OwnShop], states: list[str], kiosk: str
) -> None:
    crowd = Crowd(kiosk, {})
    crowd.send(shopper(CartLoadedBuyer, shop), 1)
    assert list(crowd.beliefs("pay").values()) == [states]
    assert crowd.business().payments == 1
    assert crowd.business().gmv_fen % 500 == 0 < crowd.business().gmv_fen


@pytest.mark.parametrize(
    ("status", "answer", "outcome", "said"),
    [
        (200, {"price": 500}, "ok", ""),
        (200, {"price": 0}, "failed", "an article costs something"),
        (200, {"cost": 500}, "failed", '(KeyError at it["price"], line '),
        (200, {"price": "5"}, "failed", '(TypeError at it["price"] > 0, line '),
        (200, [], "failed", "not of the promised form"),
        (429, {}, "refused", ""),
        (404, {}, "failed", "status 404"),
        (500, {}, "failed", "status 500"),
        (302, {}, "failed", "status 302"),
    ],
)
def test_a_status_of_200_is_not_enough(status: int, answer: Any, outcome: str, said: str, kiosk: str) -> None:
    Kiosk.status, Kiosk.answer = status, answer
    crowd = Crowd(kiosk, {})
    user = crowd.shopper(shopper(WindowShopper, Looking))
    step = Looking(user.client, crowd.festival, "1")
    assert (step.view("1") is not None) is (outcome == "ok")
    assert step.refusal == ("rate_limited" if outcome == "refused" else None)
    assert [seen.outcome for seen in crowd.seen] == [outcome]
    assert said in crowd.seen[0].exception


def test_an_order_that_nobody_answered_leaves_the_buyer_in_doubt_and_a_refused_one_does_not(kiosk: str) -> None:
    for status, belief in ((500, "unknown"), (429, "refused")):
        Kiosk.status = status
        crowd = Crowd(kiosk, {})
        user = crowd.shopper(shopper(WindowShopper, Selling))
        assert Selling(user.client, crowd.festival, "1").order([], key="k") is None
        assert crowd.beliefs("order") == {"k": ["trying", belief]}


def test_a_payment_in_a_state_that_nobody_knows_is_not_taken_for_paid(kiosk: str) -> None:
    class Translating(Selling):
        def take_payment(self, order: Order, key: str, method: str) -> Payment | None:
            state: Any = "DECLINED"
            return Payment("P1", order.order, order.payable_fen, state, None)

    crowd = Crowd(kiosk, {})
    user = crowd.shopper(shopper(WindowShopper, Translating))
    shop = Translating(user.client, crowd.festival, "1")
    order = shop.order([], key="k")
    assert order is not None
    with pytest.raises(ValueError, match=r'posted, voided, .*; "DECLINED" is none of them'):
        shop.pay(order, key="p")
    assert crowd.business().payments == 0


class Misspelt(Selling):
    def take_paiment(self, order: Order, key: str, method: str) -> None: ...

    def read_order(self, answer: Any) -> None: ...


class Brief(Selling):
    def place_order(self, lines: Any) -> None: ...  # type: ignore[override]

    def search(self, words: str) -> None: ...  # type: ignore[override]


def test_a_step_nobody_would_ask_for_is_refused_before_the_run() -> None:
    assert adapter_mistakes(Paying) == adapter_mistakes(Selling) == adapter_mistakes(OwnShop) == []
    (slip,) = shopper(WindowShopper, Misspelt).unfit()
    assert slip.startswith('Misspelt.take_paiment is no step; did you mean "take_payment"?')
    search, order = shopper(WindowShopper, Brief).unfit()
    assert search == (
        "Brief.search(self, words) is asked as search(self, words, *, known=False): "
        "got an unexpected keyword argument 'known'"
    )
    assert order.startswith("Brief.place_order(self, lines) is asked as place_order(self, lines, key, flash_sale)")


def test_who_cannot_do_without_a_step_says_which() -> None:
    assert shopper(WindowShopper, Looking).unfit() == []
    assert shopper(CartLoadedBuyer, Selling).unfit() == []
    (sentence,) = shopper(CartLoadedBuyer, Looking).unfit()
    assert "OurCartLoadedBuyer needs the step place_order, which Looking does not offer" in sentence
    assert "flash_sales" in shopper(FlashSaleHunter, Selling).unfit()[0]
    assert WindowShopper.unfit() == FlashSaleHunter.unfit() == []


def test_what_a_shop_leaves_out_is_told_in_one_sentence() -> None:
    (sentence,) = left_out(PayingLater)
    assert sentence.startswith(
        "PayingLater offers no sign_in, browse, search, open_cart, flash_sales, my_order, track: "
    )
    assert "place_order" not in sentence
    assert WindowShopper.left_out() == []


@pytest.mark.parametrize("stock", [HttpUser, FastHttpUser])
def test_stock_users_requests_carry_the_run(stock: type[Any], kiosk: str) -> None:
    user = type("Stock", (stock,), {"host": kiosk})(Environment())
    tag(user, "run-7")
    user.client.get("/one")
    user.client.post("/two", json={}, headers={"X-Own": "1"})
    assert [headers["X-Zerohour-Run"] for _, headers in Kiosk.asked] == ["run-7", "run-7"]
    assert Kiosk.asked[1][1]["X-Own"] == "1"


def test_a_header_of_ones_own_and_a_client_without_headers_stay_as_they_are(kiosk: str) -> None:
    user = type("Own", (FastHttpUser,), {"host": kiosk, "default_headers": {"X-Zerohour-Run": "mine"}})(Environment())
    tag(user, "run-7")
    user.client.get("/")
    assert Kiosk.asked[0][1]["X-Zerohour-Run"] == "mine"
    tag(SimpleNamespace(client=object()), "run-7")
    tag(type("Bare", (User,), {})(Environment()), "run-7")
