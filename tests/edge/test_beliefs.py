"""What a buyer writes into the journal, and what counts as business, whatever the shop answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from loadtests.http.client import Client
from loadtests.shop.answers import Order, WantedLine
from loadtests.shop.storefront import Storefront

LINES = [WantedLine("S0000002", 2, 102)]


@pytest.fixture
def crowd(shop: Any, make_crowd: Callable[..., Any]) -> Any:
    return make_crowd(shop.host, shop.shop)


@pytest.fixture
def front(crowd: Any) -> Iterator[Storefront]:
    client = Client(crowd.host, request_event=crowd.environment.events.request)
    front = Storefront(client, crowd.festival, "C0000007")
    assert front.sign_in() is not None
    yield front
    client.close()


def refusal(code: str) -> str:
    return f'{{"error": {{"code": "{code}", "message": "no"}}}}'


def placed(front: Storefront) -> Order:
    order = front.order(LINES, key="run/0/order")
    assert order is not None
    return order


def test_a_try_is_written_down_before_it_is_sent_and_the_answer_after(crowd: Any, front: Storefront) -> None:
    order = placed(front)
    payment = front.pay(order, key="run/0/pay")
    assert payment is not None
    settled = front.await_payment(payment, [0.0, 0.0])
    assert settled is not None and settled.state == "posted"
    told = [(e["step"], e["state"], e["order"], e["payment"], e["amount_fen"]) for e in crowd.festival.journal]
    assert told == [
        ("order", "trying", None, None, 204),
        ("order", "placed", order.order, None, 204),
        ("pay", "trying", order.order, None, 204),
        ("pay", "pending", order.order, payment.payment, 204),
        ("pay", "paid", order.order, payment.payment, 204),
    ]
    business = crowd.business()
    assert (business.orders, business.payments, business.gmv_fen) == (1, 1, 204)


def test_every_line_of_the_journal_has_every_field(crowd: Any, front: Storefront) -> None:
    placed(front)
    for entry in crowd.festival.journal:
        assert set(entry) == {
            "at", "buyer", "key", "step", "state", "order", "payment", "amount_fen", "code", "replayed"
        }  # fmt: skip
        assert entry["buyer"] == "C0000007"


def test_the_same_key_again_is_the_same_order_and_no_second_business(crowd: Any, front: Storefront) -> None:
    first, second = placed(front), placed(front)
    assert first.order == second.order
    assert [entry["replayed"] for entry in crowd.festival.journal] == [False, False, False, True]
    assert crowd.business().orders == 1
    assert crowd.failures() == []


def test_a_payment_seen_paid_again_and_again_is_one_payment(crowd: Any, front: Storefront) -> None:
    order = placed(front)
    for _ in range(2):
        payment = front.pay(order, key="p")
        assert payment is not None
        front.await_payment(payment, [0.0])
    assert crowd.beliefs("pay") == {"p": ["trying", "pending", "paid", "trying", "paid"]}
    business = crowd.business()
    assert (business.payments, business.gmv_fen) == (1, 204)


def test_an_order_first_acknowledged_by_a_replay_counts_once(shop: Any, crowd: Any, front: Storefront) -> None:
    shop.lie(operation="POST /orders", delay_s=0.3, times=1)
    assert front.order(LINES, key="k", patience_s=0.05, hang_up=True) is None
    assert front.order(LINES, key="k") is not None
    assert front.replayed
    assert crowd.business().orders == 1
    assert crowd.beliefs("order") == {"k": ["trying", "unknown", "trying", "placed"]}


def test_a_hang_up_is_the_buyers_own_refused_with_the_time_it_took(shop: Any, crowd: Any, front: Storefront) -> None:
    shop.lie(operation="POST /orders", delay_s=1.0)
    assert front.order(LINES, key="k", patience_s=0.05, hang_up=True) is None
    assert front.refusal == "hung_up"
    [request] = [seen for seen in crowd.seen if seen.operation == "POST /orders"]
    assert request.outcome == "refused"
    assert 45 < request.response_ms < 500
    assert crowd.festival.journal[-1]["code"] == "hung_up"
    assert crowd.beliefs("order") == {"k": ["trying", "unknown"]}


def test_patience_that_runs_out_without_a_hang_up_is_the_shops_failure(
    shop: Any, crowd: Any, front: Storefront
) -> None:
    shop.lie(operation="POST /orders", delay_s=1.0)
    assert front.order(LINES, key="k", patience_s=0.05) is None
    assert crowd.outcomes("POST /orders") == ["failed"]
    assert crowd.beliefs("order") == {"k": ["trying", "unknown"]}


def test_a_hang_up_hides_no_other_failure(shop: Any, crowd: Any, front: Storefront) -> None:
    shop.lie(operation="POST /orders", hang_up=True)
    assert front.order(LINES, key="k", patience_s=2.0, hang_up=True) is None
    assert crowd.outcomes("POST /orders") == ["failed"]
    assert front.refusal is None


def test_two_orders_under_one_key_fail_and_the_journal_names_both(shop: Any, crowd: Any, front: Storefront) -> None:
    first = placed(front)
    shop.lie(operation="POST /orders", patch=[[["order"], "O999"]])
    assert front.order(LINES, key="run/0/order") is None
    assert crowd.failures() == [("POST /orders", "one key was answered with two different things")]
    orders = [entry["order"] for entry in crowd.festival.journal if entry["state"] == "placed"]
    assert orders == [first.order, "O999"]


def test_a_second_answer_that_is_not_marked_as_a_replay_fails(shop: Any, crowd: Any, front: Storefront) -> None:
    placed(front)
    shop.lie(operation="POST /orders", headers={"Idempotency-Replayed": "false"})
    assert front.order(LINES, key="run/0/order") is None
    assert crowd.failures() == [("POST /orders", "a second answer under one key is not marked as a replay")]


def test_two_payments_under_one_key_fail(shop: Any, crowd: Any, front: Storefront) -> None:
    order = placed(front)
    assert front.pay(order, key="p") is not None
    shop.lie(operation="POST /payments", patch=[[["payment"], "P999"]])
    assert front.pay(order, key="p") is None
    assert crowd.failures() == [("POST /payments", "one key was answered with two different things")]


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (409, "sold_out"),
        (409, "price_changed"),
        (409, "sale_not_open"),
        (409, "sale_closed"),
        (409, "limit_per_buyer"),
        (409, "request_in_progress"),
        (503, "overloaded"),
        (429, "overloaded"),
        (429, "rate_limited"),
    ],
)
def test_what_the_shop_may_say_no_to_is_refused(
    shop: Any, crowd: Any, front: Storefront, status: int, code: str
) -> None:
    shop.lie(operation="POST /orders", status=status, raw=refusal(code))
    assert front.order(LINES, key="k") is None
    assert front.refusal == code
    assert crowd.outcomes("POST /orders") == ["refused"]
    assert crowd.festival.journal[-1]["code"] == code
    assert crowd.beliefs("order") == {"k": ["trying", "refused"]}
    assert crowd.business().orders == 0


@pytest.mark.parametrize(
    ("status", "code"), [(500, "sold_out"), (404, "unknown_sku"), (422, "key_reused"), (400, "malformed_request")]
)
def test_what_it_may_not_say_no_to_is_a_failure(
    shop: Any, crowd: Any, front: Storefront, status: int, code: str
) -> None:
    shop.lie(operation="POST /orders", status=status, raw=refusal(code))
    assert front.order(LINES, key="k") is None
    assert front.refusal is None
    assert crowd.failures() == [("POST /orders", f"{status} {code}")]


def test_a_refusal_of_another_operation_is_a_failure(shop: Any, crowd: Any, front: Storefront) -> None:
    shop.lie(operation="GET /carts/mine", status=409, raw=refusal("sold_out"))
    assert front.open_cart() is None
    assert crowd.failures() == [("GET /carts/mine", "409 sold_out")]


def test_a_declined_payment_is_no_business_and_no_failure(shop: Any, crowd: Any, front: Storefront) -> None:
    payment = front.pay(placed(front), key="p")
    assert payment is not None
    shop.lie(operation="GET /payments/{payment}", patch=[[["state"], "voided"], [["reason"], "no funds"]])
    settled = front.await_payment(payment, [0.0])
    assert settled is not None and settled.state == "voided"
    assert crowd.festival.journal[-1]["state"] == "declined"
    assert crowd.festival.journal[-1]["code"] == "no funds"
    assert (crowd.business().payments, crowd.failures()) == (0, [])


def test_a_payment_that_stays_pending_is_asked_for_a_bounded_number_of_times(
    shop: Any, crowd: Any, front: Storefront
) -> None:
    payment = front.pay(placed(front), key="p")
    assert payment is not None
    shop.lie(operation="GET /payments/{payment}", patch=[[["state"], "pending"]])
    still = front.await_payment(payment, [0.0, 0.01, 0.01])
    assert still is not None and still.state == "pending"
    assert crowd.outcomes("GET /payments/{payment}") == ["ok"] * 3
    assert crowd.beliefs("pay") == {"p": ["trying", "pending"]}


@pytest.mark.parametrize(("pay_before", "outcome"), [(9e9, "failed"), (1.0, "refused")])
def test_an_order_is_gone_only_after_its_time_to_pay(
    shop: Any, crowd: Any, front: Storefront, pay_before: float, outcome: str
) -> None:
    shop.lie(operation="POST /orders", patch=[[["placed_at"], 0.5], [["pay_before"], pay_before]])
    order = placed(front)
    shop.lie(operation="POST /payments", status=409, raw=refusal("illegal_transition"))
    assert front.pay(order, key="p") is None
    assert crowd.outcomes("POST /payments") == [outcome]


def test_an_order_that_was_paid_must_stay_paid(shop: Any, crowd: Any, front: Storefront) -> None:
    order = placed(front)
    payment = front.pay(order, key="p")
    assert payment is not None and front.await_payment(payment, [0.0]) is not None
    assert front.my_order(order) is not None
    shop.lie(operation="GET /orders/{order}", patch=[[["state"], "placed"]])
    assert front.my_order(order) is None
    assert crowd.failures() == [("GET /orders/{order}", "a paid order is not paid")]
